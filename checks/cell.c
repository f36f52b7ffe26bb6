/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/cell.h"

#include <stdio.h>
#include <string.h>

#include "checks/release.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { DAY_S = 24 * 3600 };

/* -- Cells that say nothing of a status ----------------------------------------------------- */

static bool is_any(struct span cell, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_is_nocase(cell, words[i]))
            return true;
    return false;
}

bool cell_is_address(struct span cell)
{
    size_t dots = 0, colons = 0;
    for (size_t i = 0; i < cell.n; i++) {
        char c = cell.p[i];
        bool hex = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        dots += c == '.';
        colons += c == ':';
        if (!hex && !(c >= '0' && c <= '9') && c != '.' && c != ':')
            return false;
        if (hex && colons == 0 && dots != 0)
            return false;
    }
    return (dots == 3 && colons == 0) || colons >= 2;
}

/* Dates and times in any order and language that the GUI may have: a year or a time of day, and
 * nothing but digits, names of days, months, zones, and what stands between them. */
bool cell_is_date(struct span cell)
{
    static const char *const words[] = {
        "mon", "tue", "wed", "thu", "fri", "sat", "sun", "jan", "feb", "mar",  "apr",  "may",
        "jun", "jul", "aug", "sep", "oct", "nov", "dec", "am",  "pm",  "gmt",  "utc",  "to",
        "est", "edt", "cst", "cdt", "pst", "pdt", "cet", "jst", "kst", "cest", "june", "july"};
    static const char *const signs[] = {"年", "月", "日", "時", "分", "秒",   "午前", "午後", "년",
                                        "월", "일", "시", "분", "초", "오전", "오후", "–",    "～"};
    bool dated = false;
    size_t digits = 0;
    for (size_t i = 0, n; i < cell.n; i += n) {
        struct span rest = text_skip(cell, i), word = {rest.p, 0};
        bool digit = *rest.p >= '0' && *rest.p <= '9';
        dated = dated || (digits == 4 && !digit) || (digits != 0 && *rest.p == ':');
        digits = digit ? digits + 1 : 0;
        n = 1;
        if (digit || memchr(" :-/.,+()~", *rest.p, 10) != NULL)
            continue;
        while (word.n < rest.n && ((rest.p[word.n] >= 'a' && rest.p[word.n] <= 'z') ||
                                   (rest.p[word.n] >= 'A' && rest.p[word.n] <= 'Z')))
            word.n++;
        n = word.n;
        for (size_t s = 0; n == 0 && s < COUNT(signs); s++)
            n = text_starts(rest, signs[s]) ? strlen(signs[s]) : 0;
        if (n == 0 || (word.n != 0 && !is_any(word, words, COUNT(words))))
            return false;
    }
    return dated || digits == 4;
}

static bool is_release(struct span cell)
{
    struct release release;
    return release_parse(cell, &release, NULL) && release.has_build;
}

bool cell_is_neutral(struct span cell)
{
    double number;
    return cell.n == 0 || text_to_double(cell, &number) || cell_is_address(cell) ||
           cell_is_date(cell) || release_model_product(cell) != PRODUCT_UNKNOWN || is_release(cell);
}

bool cell_is_no_gap(struct span cell)
{
    static const char *const nothing[] = {"",    "-",    "--",   "none",           "no",
                                          "n/a", "없음", "なし", "no data missing"};
    static const char *const denied[] = {"no gap",       "no data gap", "no interval", "no missing",
                                         "no data lost", "0 gap",       "0 interval",  "0 missing"};
    double number;
    if (is_any(cell, nothing, COUNT(nothing)) ||
        (text_to_double(text_head(cell, 32), &number) && number == 0))
        return true;
    /* All of it: a number or another sentence behind may tell of a gap. */
    for (size_t i = 1; i < cell.n; i++)
        if (memchr("0123456789,;.:(", cell.p[i], 15) != NULL)
            return false;
    for (size_t i = 0; i < COUNT(denied); i++)
        if (text_starts_nocase(cell, denied[i]))
            return cell.n <= 40;
    return false;
}

/* -- Dates ---------------------------------------------------------------------------------- */

/* Where "A - B" is cut, and by how many bytes; -1: it is no such thing. */
static ptrdiff_t find_cut(struct span cell, size_t *size)
{
    static const char *const between[] = {" - ", " to ", "~", "～", "–", "—"};
    for (size_t i = 0; i < COUNT(between); i++) {
        ptrdiff_t at = text_find_nocase(cell, between[i]);
        *size = strlen(between[i]);
        if (at > 0)
            return at;
    }
    return -1;
}

struct span cell_end(struct span cell)
{
    size_t size;
    const ptrdiff_t at = find_cut(cell, &size);
    return at < 0 ? cell : text_trim(text_skip(cell, (size_t)at + size));
}

struct span cell_begin(struct span cell)
{
    size_t size;
    const ptrdiff_t at = find_cut(cell, &size);
    return text_trim(text_head(cell, at < 0 ? 0 : (size_t)at));
}

/* Which half of the day: 0 or 12 hours, -1 when nothing tells. */
static int64_t read_half(struct cursor *cursor)
{
    static const char *const halves[][2] = {{"AM", "PM"}, {"오전", "오후"}, {"午前", "午後"}};
    text_blanks(cursor);
    for (size_t i = 0; i < 2 * COUNT(halves); i++)
        if (text_literal_nocase(cursor, halves[i / 2][i % 2])) {
            text_blanks(cursor);
            return i % 2 == 0 ? 0 : 12;
        }
    return -1;
}

/* The time of day at CURSOR, to its end; none at all is the last second of the day. */
static bool read_clock(struct cursor cursor, int64_t clock[3])
{
    text_blanks(&cursor);
    if (text_at_end(&cursor)) {
        clock[0] = 23, clock[1] = clock[2] = 59;
        return true;
    }
    int64_t half = read_half(&cursor);
    clock[2] = 0;
    if (!text_digits(&cursor, 1, 2, &clock[0]) || !text_literal(&cursor, ":") ||
        !text_digits(&cursor, 2, 2, &clock[1]) ||
        (text_literal(&cursor, ":") && !text_digits(&cursor, 2, 2, &clock[2])))
        return false;
    half = half < 0 ? read_half(&cursor) : half;
    if (half >= 0)
        clock[0] = clock[0] % 12 + half;
    return text_at_end(&cursor);
}

/* 2026/03/07 19:00, 03/07/2026 7:00 PM (month or day first, nothing tells), 07.03.2026 */
static bool read_numbers(struct span cell, struct stamp now, struct stamp *stamp)
{
    struct cursor cursor = text_cursor(cell);
    int64_t a, b, c, clock[3];
    bool any = false, was_ahead = false;
    if (!text_digits(&cursor, 1, 4, &a) ||
        !(text_literal(&cursor, "/") || text_literal(&cursor, ".")) ||
        !text_digits(&cursor, 1, 2, &b) ||
        !(text_literal(&cursor, "/") || text_literal(&cursor, ".")) ||
        !text_digits(&cursor, 1, 4, &c) || !read_clock(cursor, clock))
        return false;
    const int64_t orders[][3] = {{a, b, c}, {c, a, b}, {c, b, a}}; /* year, month, day */
    for (size_t i = 0; i < COUNT(orders); i++) {
        char text[160];
        struct stamp found;
        (void)snprintf(text, sizeof(text), "%04lld-%02lld-%02lld %02lld:%02lld:%02lld",
                       (long long)orders[i][0], (long long)orders[i][1], (long long)orders[i][2],
                       (long long)clock[0], (long long)clock[1], (long long)clock[2]);
        if (orders[i][0] < 1970 || !time_parse_iso(text_of(text), &found))
            continue;
        bool ahead = time_between(found, now) > DAY_S;
        if (!any || (!ahead && (was_ahead || found.civil > stamp->civil))) {
            *stamp = found;
            was_ahead = ahead;
        }
        any = true;
    }
    return any;
}

static bool read_named(struct span cell, struct stamp *stamp)
{
    static const char *const endings[] = {"", ":00", " (GMT)", ":00 (GMT)"};
    char text[80];
    for (size_t i = 0; i < COUNT(endings); i++) {
        (void)snprintf(text, sizeof(text), "%.*s%s", TEXT_ARGS(cell), endings[i]);
        if (!time_parse_any(text_of(text), stamp))
            continue;
        stamp->has_offset = stamp->has_offset && i < 2; /* the zone was ours */
        if (cell.n <= 10)                               /* 2026-03-07 */
            stamp->civil += DAY_S - 1;
        return true;
    }
    return false;
}

bool cell_read_date(struct span cell, struct stamp now, struct stamp *stamp)
{
    struct span day, rest;
    if (cell.n == 0 || cell.n > 60)
        return false;
    if (read_named(cell, stamp) || read_numbers(cell, now, stamp))
        return true;
    /* Sat, 07 Mar 2026 19:00:23 +0100 */
    return text_cut(cell, ' ', &day, &rest) && day.n >= 3 && (*day.p < '0' || *day.p > '9') &&
           (read_named(text_trim(rest), stamp) || read_numbers(text_trim(rest), now, stamp));
}
