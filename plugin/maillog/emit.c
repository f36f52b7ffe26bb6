/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/maillog/emit.h"

#include <string.h>

enum { PAGE = 4096, BLOCK = 16 };

/* Kept out of what calls it: there it is rare. */
#define RARE __attribute__((noinline))

void emit_begin(struct emit *emit, FILE *out)
{
    emit->out = out;
    emit->end = emit->buffer;
    for (int i = 0; i < EMIT_MINUTES; i++)
        emit->minutes[i].minute = UINT64_MAX;
}

/* Whole pages as long as there is more to come: the kernel is slow where they are torn. */
char *emit_spill(struct emit *emit, char *p)
{
    size_t used = (size_t)(p - emit->buffer), whole = used - used % PAGE;
    (void)fwrite(emit->buffer, 1, whole, emit->out);
    memcpy(emit->buffer, emit->buffer + whole, used - whole);
    return emit->buffer + (used - whole);
}

void emit_flush(struct emit *emit)
{
    (void)fwrite(emit->buffer, 1, (size_t)(emit->end - emit->buffer), emit->out);
    emit->end = emit->buffer;
    (void)fflush(emit->out);
}

static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233"
                            "34353637383940414243444546474849505152535455565758596061626364656667"
                            "6869707172737475767778798081828384858687888990919293949596979899";

static void put_pair(char *p, uint32_t below_100)
{
    memcpy(p, pairs + 2 * below_100, 2);
}

static void put_four(char *p, uint32_t below_10000)
{
    put_pair(p, below_10000 / 100);
    put_pair(p + 2, below_10000 % 100);
}

char *emit_digits(char *p, uint64_t value)
{
    enum { EIGHT = 100000000 };
    if (value >= EIGHT) {
        p = emit_number(p, value / EIGHT);
        put_four(p, (uint32_t)(value % EIGHT) / 10000);
        put_four(p + 4, (uint32_t)(value % EIGHT) % 10000);
        return p + 8;
    }
    uint32_t rest = (uint32_t)value;
    char *end = p + 2 + (rest >= 100) + (rest >= 1000) + (rest >= 10000) + (rest >= 100000) +
                (rest >= 1000000) + (rest >= 10000000);
    char *at = end;
    for (; rest >= 100; rest /= 100)
        put_pair(at -= 2, rest % 100);
    if (rest >= 10)
        put_pair(p, rest);
    else
        *p = (char)('0' + rest);
    return end;
}

/* Bytes of the character at P, and what it is; 0 = no UTF-8. */
static size_t decode(const unsigned char *p, size_t n, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || n < size)
        return 0;
    *code = p[0] & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (p[i] & 0x3f);
    }
    return *code < least[size] || (*code >= 0xd800 && *code < 0xe000) || *code > 0x10ffff ? 0
                                                                                          : size;
}

/* Controls, separators, what has no width, and what changes the direction of writing. */
static bool is_unsafe(uint32_t code)
{
    return code < 0xa0 || code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x2069) ||
           code == 0xfeff;
}

static char *put_escape(char *p, uint32_t code)
{
    static const char digits[] = "0123456789abcdef";
    p = EMIT(p, "\\u");
    for (int shift = 12; shift >= 0; shift -= 4)
        *p++ = digits[code >> shift & 15];
    return p;
}

/* The first character of *TEXT, which is not plain ASCII; it is taken off. */
static char *put_special(char *p, struct span *text)
{
    const unsigned char *from = (const unsigned char *)text->p;
    uint32_t code = 0;
    size_t size = *from < 0x80 ? 1 : decode(from, text->n, &code);
    if (*from == '"' || *from == '\\')
        p = emit_bytes(EMIT(p, "\\"), text->p, 1);
    else if (*from < 0x80 || size == 0)
        p = put_escape(p, *from < 0x80 ? *from : 0xfffd);
    else if (is_unsafe(code))
        p = put_escape(p, code);
    else
        p = emit_bytes(p, text->p, size);
    size += size == 0;
    *text = (struct span){text->p + size, text->n - size};
    return p;
}

/* Does one of eight bytes need more than to be copied? */
static bool is_special(uint64_t eight)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    uint64_t quote = eight ^ ones * '"', slash = eight ^ ones * '\\', del = eight ^ ones * 0x7f;
    return ((eight | (eight - ones * ' ') | (quote - ones) | (slash - ones) | (del - ones)) &
            high) != 0;
}

/* What the processor has for sixteen bytes at once is left to the compiler. */
typedef unsigned char block __attribute__((vector_size(BLOCK)));
typedef signed char truth __attribute__((vector_size(BLOCK)));

/* True for bytes that are plain: one up, DEL and all behind it are negative, so below a blank. */
static inline truth copy_block(char *to, const char *from)
{
    block bytes;
    memcpy(&bytes, from, sizeof(bytes));
    memcpy(to, &bytes, sizeof(bytes));
    return ((truth)(bytes + 1) > ' ') & ~((bytes == '"') | (bytes == '\\'));
}

/* Copies N >= BLOCK bytes, and tells whether that was all they need, as for most it is. */
static bool copy_plain(char *to, const char *from, size_t n)
{
    truth plain = copy_block(to + n - BLOCK, from + n - BLOCK);
    for (size_t i = 0; i + BLOCK < n; i += BLOCK)
        plain &= copy_block(to + i, from + i);
    uint64_t halves[2];
    memcpy(halves, &plain, sizeof(halves));
    return (halves[0] & halves[1]) == UINT64_MAX;
}

/* How many of the first N bytes are plain; they are copied. */
static size_t put_plain(char *to, const char *from, size_t n)
{
    size_t i = 0;
    for (uint64_t eight; i + sizeof(eight) <= n; i += sizeof(eight)) {
        memcpy(&eight, from + i, sizeof(eight));
        if (is_special(eight))
            break;
        memcpy(to + i, &eight, sizeof(eight));
    }
    for (; i < n && from[i] >= ' ' && from[i] < 0x7f && from[i] != '"' && from[i] != '\\'; i++)
        to[i] = from[i];
    return i;
}

static char *room_at(struct emit *emit, char *p)
{
    return p < emit->buffer + EMIT_BYTES ? p : emit_spill(emit, p);
}

/* Any text. */
static RARE char *put_string(struct emit *emit, char *p, struct span text)
{
    p = EMIT(room_at(emit, p), "\"");
    while (text.n > 0) {
        p = room_at(emit, p);
        size_t most = text.n < EMIT_MARGIN ? text.n : EMIT_MARGIN, n = put_plain(p, text.p, most);
        p += n;
        text = (struct span){text.p + n, text.n - n};
        if (n < most)
            p = put_special(p, &text);
    }
    return EMIT(p, "\"");
}

char *emit_string(struct emit *emit, char *p, struct span text)
{
    if (p >= emit->buffer + EMIT_BYTES || text.n < BLOCK || text.n > EMIT_MARGIN ||
        !copy_plain(p + 1, text.p, text.n))
        return put_string(emit, p, text);
    p[0] = p[1 + text.n] = '"';
    return p + text.n + 2;
}

/* Gregorian date of DAY, by eras of 400 years. */
static void print_day(char *to, int64_t day)
{
    day += 719468;
    int64_t era = (day >= 0 ? day : day - 146096) / 146097, of_era = day - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100), m = (5 * of_year + 2) / 153;
    int64_t month = m < 10 ? m + 3 : m - 9;
    unsigned y = (unsigned)((year + era * 400 + (month <= 2)) % 10000);
    unsigned parts[] = {y / 100, y % 100, (unsigned)month,
                        (unsigned)(of_year - (153 * m + 2) / 5 + 1)};
    static const size_t at[] = {0, 2, 5, 8};
    memcpy(to, "0000-00-00T", 11);
    for (int i = 0; i < 4; i++) {
        to[at[i]] = (char)('0' + parts[i] / 10);
        to[at[i] + 1] = (char)('0' + parts[i] % 10);
    }
}

/* As emit_time(), in a MINUTE that was not printed yet. */
static RARE char *put_new_minute(struct emit *emit, uint64_t minute, char *p, int64_t seconds,
                                 const int32_t *offset)
{
    struct emit_minute *new = &emit->minutes[minute % EMIT_MINUTES];
    new->minute = minute;
    memcpy(new->text, "\"0000-00-00T00:00:00Z\"", 22);
    print_day(new->text + 1, (int64_t)minute / 1440);
    put_pair(new->text + 12, (uint32_t)(minute / 60 % 24));
    put_pair(new->text + 15, (uint32_t)(minute % 60));
    return emit_time(emit, p, seconds, offset);
}

char *emit_time(struct emit *emit, char *p, int64_t seconds, const int32_t *offset)
{
    int64_t told = seconds - (offset != NULL ? *offset : 0);
    uint64_t second = told < 0 ? 0 : (uint64_t)told, minute = second / 60;
    const struct emit_minute *known = &emit->minutes[minute % EMIT_MINUTES];
    if (known->minute != minute)
        return put_new_minute(emit, minute, p, seconds, offset);
    memcpy(p, known->text, sizeof(known->text));
    put_pair(p + 18, (uint32_t)(second - minute * 60));
    if (offset != NULL)
        return p + 22;
    p[20] = '"';
    return p + 21;
}
