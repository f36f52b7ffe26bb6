/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/line_portable.h"

#include "checks/maillog/line_hot.h"

static inline size_t hot_ends(const char *p, size_t n, uint32_t *ends)
{
    size_t count = 0;
    const char *end = p + n;
    for (const char *at = p; at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
        ends[count++] = (uint32_t)(at - p);
    return count;
}

static inline bool hot_same(const char *a, const char *b, uint32_t n, uint32_t mask)
{
    (void)mask;
    return memcmp(a, b, n) == 0;
}

static inline unsigned hot_digits(const char *p)
{
    unsigned n = 0;
    while (n < 16 && p[n] >= '0' && p[n] <= '9')
        n++;
    return n;
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
