/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/line_portable.h"

#include "checks/maillog/line_hot.h"

static inline size_t hot_ends(const char *p, size_t *n, const char **ends)
{
    size_t count = 0;
    const char *at = p, *end = p + *n;
    while (count < HOT_LINES && at < end &&
           (ends[count] = memchr(at, '\n', (size_t)(end - at))) != NULL)
        at = ends[count++] + 1;
    if (count == HOT_LINES)
        *n = (size_t)(at - p);
    return count;
}

static inline bool hot_same(const char *a, const char *b, uint32_t n, uint64_t mask)
{
    return mask <= UINT32_MAX && memcmp(a, b, n) == 0;
}

static inline unsigned hot_digits(const char *p)
{
    unsigned n = 0;
    while (n < 16 && p[n] >= '0' && p[n] <= '9')
        n++;
    return n;
}

static inline unsigned hot_digits_behind(const char *p, unsigned skip)
{
    return hot_digits(p + skip);
}

static inline uint64_t hot_number(const char *p, unsigned n)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < n; i++)
        value = value * 10 + (uint64_t)(p[i] - '0');
    return value;
}

size_t line_portable_read(struct line_reader *reader, const char *bytes, size_t n,
                          struct line_event *events, size_t room, size_t *count, size_t *lines)
{
    return hot_read(reader, bytes, n, events, room, count, lines);
}
