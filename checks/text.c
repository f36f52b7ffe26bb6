/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/text.h"

#include <string.h>

enum { MAX_NUMBER = 64 };

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (text_lower(c) >= 'a' && text_lower(c) <= 'z');
}

static bool is_trimmed(char c)
{
    return (unsigned char)c <= ' ' && (c == ' ' || c == '\0' || (c >= '\t' && c <= '\r'));
}

struct span text_trim(struct span span)
{
    for (;;) {
        if (span.n > 0 && is_trimmed(span.p[0]))
            span = text_skip(span, 1);
        else if (span.n > 1 && *span.p == '\xc2' && span.p[1] == '\xa0')
            span = text_skip(span, 2);
        else
            break;
    }
    for (;;) {
        if (span.n > 0 && is_trimmed(span.p[span.n - 1]))
            span.n--;
        else if (span.n > 1 && span.p[span.n - 1] == '\xa0' && span.p[span.n - 2] == '\xc2')
            span.n -= 2;
        else
            return span;
    }
}

static bool equal(const char *a, const char *b, size_t n)
{
    return n == 0 || memcmp(a, b, n) == 0;
}

static bool equal_nocase(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i] && text_lower(a[i]) != text_lower(b[i]))
            return false;
    return true;
}

bool text_same_nocase(struct span a, struct span b)
{
    return a.n == b.n && equal_nocase(a.p, b.p, a.n);
}

bool text_is_nocase(struct span span, const char *string)
{
    return text_same_nocase(span, text_of(string));
}

bool text_starts_nocase(struct span span, const char *prefix)
{
    size_t n = strlen(prefix);
    return span.n >= n && equal_nocase(span.p, prefix, n);
}

bool text_ends(struct span span, const char *suffix)
{
    size_t n = strlen(suffix);
    return span.n >= n && equal(span.p + span.n - n, suffix, n);
}

int text_order_nocase(struct span a, struct span b)
{
    for (size_t i = 0; i < a.n && i < b.n; i++)
        if (a.p[i] != b.p[i] && text_lower(a.p[i]) != text_lower(b.p[i]))
            return text_lower(a.p[i]) < text_lower(b.p[i]) ? -1 : 1;
    return (a.n > b.n) - (a.n < b.n);
}

ptrdiff_t text_find(struct span span, const char *needle)
{
    size_t n = strlen(needle);
    if (n == 0)
        return 0;
    for (size_t at = 0; at + n <= span.n; at++) {
        const char *hit = memchr(span.p + at, needle[0], span.n - n + 1 - at);
        if (hit == NULL)
            return -1;
        at = (size_t)(hit - span.p);
        if (equal(hit, needle, n))
            return (ptrdiff_t)at;
    }
    return -1;
}

/* The first SMALL or BIG of the N bytes at P; P + N when there is none. */
static const char *first_of(const char *p, size_t n, char small, char big)
{
    const char *a = memchr(p, small, n);
    const char *b = memchr(p, big, a == NULL ? n : (size_t)(a - p));
    return b != NULL ? b : a != NULL ? a : p + n;
}

ptrdiff_t text_find_nocase(struct span span, const char *needle)
{
    enum { WINDOW = 64 }; /* how far is looked for the one letter when the other is near */
    size_t n = strlen(needle);
    if (n == 0 || n > span.n)
        return n == 0 ? 0 : -1;
    const char small = text_lower(*needle), big = upper(small);
    const char *end = span.p + (span.n - n + 1);
    for (const char *p = span.p; p < end;) {
        size_t window = (size_t)(end - p) < WINDOW ? (size_t)(end - p) : WINDOW;
        const char *hit = first_of(p, window, small, big);
        if (hit < p + window && equal_nocase(hit, needle, n))
            return hit - span.p;
        p = hit < p + window ? hit + 1 : hit;
    }
    return -1;
}

size_t text_plain(struct span span)
{
    const uint64_t ones = 0x0101010101010101, high = 0x80 * ones;
    size_t n = 0;
    for (uint64_t eight; n + sizeof(eight) <= span.n; n += sizeof(eight)) {
        memcpy(&eight, span.p + n, sizeof(eight));
        /* A top bit where a byte is above '~', has borrowed from or lies below ' ': look closer. */
        if (((eight | (eight + ones) | (eight - ' ' * ones)) & high) != 0)
            break;
    }
    while (n < span.n && span.p[n] >= ' ' && span.p[n] <= '~')
        n++;
    return n;
}

static bool joins_left(const char *begin, const char *p)
{
    if (p == begin)
        return false;
    if (is_alnum(p[-1]) || p[-1] == '_')
        return true;
    return (p[-1] == '-' || p[-1] == '.') && p - 1 > begin && is_alnum(p[-2]);
}

static bool joins_right(const char *p, const char *end)
{
    if (p == end)
        return false;
    if (is_alnum(*p) || *p == '_')
        return true;
    return (*p == '-' || *p == '.') && p + 1 < end && is_alnum(p[1]);
}

ptrdiff_t text_find_word(struct span span, const char *word)
{
    size_t n = strlen(word);
    struct span rest = span;
    while (n != 0) {
        ptrdiff_t at = text_find_nocase(rest, word);
        if (at < 0)
            return -1;
        const char *hit = rest.p + at;
        if (!joins_left(span.p, hit) && !joins_right(hit + n, span.p + span.n))
            return hit - span.p;
        rest = text_skip(rest, (size_t)at + 1);
    }
    return -1;
}

bool text_cut(struct span span, char separator, struct span *head, struct span *tail)
{
    const char *at = span.n == 0 ? NULL : memchr(span.p, separator, span.n);
    if (at == NULL) {
        *head = span;
        *tail = text_skip(span, span.n);
        return false;
    }
    size_t before = (size_t)(at - span.p);
    *head = text_head(span, before);
    *tail = text_skip(span, before + 1);
    return true;
}

bool text_to_int(struct span span, int64_t *value)
{
    struct cursor cursor = text_cursor(span);
    int64_t number;
    if (!text_integer(&cursor, &number) || !text_at_end(&cursor))
        return false;
    *value = number;
    return true;
}

/* Not strtod(), which obeys the locale: "1.5" would be 1 where the decimal sign is a comma. */
bool text_to_double(struct span span, double *value)
{
    size_t digits = 0, points = 0;
    long double number = 0, scale = 1;
    if (span.n == 0 || span.n >= MAX_NUMBER)
        return false;
    for (size_t i = 0; i < span.n; i++) {
        char c = span.p[i];
        if (is_digit(c)) {
            number = number * 10 + (c - '0');
            scale *= points == 0 ? 1 : 10;
            digits++;
        } else if (c == '.') {
            points++;
        } else if (i != 0 || (c != '-' && c != '+')) {
            return false;
        }
    }
    if (digits == 0 || points > 1)
        return false;
    *value = (double)(span.p[0] == '-' ? -number / scale : number / scale);
    return true;
}

bool text_literal_nocase(struct cursor *cursor, const char *string)
{
    if (!text_starts_nocase(text_rest(cursor), string))
        return false;
    cursor->p += strlen(string);
    return true;
}

bool text_word(struct cursor *cursor, size_t max, struct span *word)
{
    const char *p = cursor->p;
    while (p < cursor->end && !is_trimmed(*p))
        p++;
    size_t n = (size_t)(p - cursor->p);
    if (n == 0 || n > max)
        return false;
    *word = (struct span){cursor->p, n};
    cursor->p = p;
    return true;
}

bool text_until(struct cursor *cursor, char stop, size_t max, struct span *span)
{
    struct span rest = text_rest(cursor);
    size_t reach = rest.n > max ? max + 1 : rest.n;
    const char *at = reach == 0 ? NULL : memchr(rest.p, stop, reach);
    if (at == NULL)
        return false;
    *span = (struct span){rest.p, (size_t)(at - rest.p)};
    cursor->p = at + 1;
    return true;
}

bool text_digits(struct cursor *cursor, size_t min, size_t max, int64_t *value)
{
    const char *p = cursor->p;
    int64_t number = 0;
    while (p < cursor->end && is_digit(*p) && (size_t)(p - cursor->p) < max) {
        if (number > (INT64_MAX - 9) / 10)
            return false;
        number = number * 10 + (*p++ - '0');
    }
    if ((size_t)(p - cursor->p) < min || p == cursor->p)
        return false;
    cursor->p = p;
    *value = number;
    return true;
}

bool text_integer(struct cursor *cursor, int64_t *value)
{
    struct cursor c = *cursor;
    bool negative = text_literal(&c, "-");
    if (!negative)
        (void)text_literal(&c, "+");
    int64_t number, group;
    if (!text_digits(&c, 1, 19, &number))
        return false;
    /* A comma counts only in front of exactly three digits: "1,024" but not "1, 2" or "1,23". */
    for (;;) {
        struct cursor next = c;
        if (!text_literal(&next, ",") || !text_digits(&next, 3, 3, &group) ||
            (!text_at_end(&next) && is_digit(*next.p)))
            break;
        if (number > (INT64_MAX - 999) / 1000)
            return false;
        number = number * 1000 + group;
        c = next;
    }
    *value = negative ? -number : number;
    *cursor = c;
    return true;
}

bool text_quantity(struct cursor *cursor, double *value, char *unit)
{
    static const char units[] = "KMGT";
    struct cursor c = *cursor;
    int64_t whole;
    bool negative = text_starts(text_rest(&c), "-");
    if (!text_integer(&c, &whole))
        return false;
    double number = (double)whole;
    struct cursor fraction = c;
    if (text_literal(&fraction, ".") && !text_at_end(&fraction) && is_digit(*fraction.p)) {
        double scale = 0.1;
        for (; !text_at_end(&fraction) && is_digit(*fraction.p); fraction.p++, scale /= 10)
            number += (negative ? -scale : scale) * (*fraction.p - '0');
        c = fraction;
    }
    char found = 0;
    if (!text_at_end(&c) && *c.p == '%') {
        found = '%';
        c.p++;
    } else if (!text_at_end(&c) && *c.p != '\0' && strchr(units, *c.p) != NULL) {
        for (const char *u = units; *u != *c.p; u++)
            number *= 1024;
        number *= 1024;
        found = 'B';
        c.p++;
        (void)text_literal(&c, "B");
    }
    *value = number;
    *unit = found;
    *cursor = c;
    return true;
}
