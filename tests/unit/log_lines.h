/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_LOG_LINES_H
#define TESTS_UNIT_LOG_LINES_H

#include <stdio.h>

#include "tests/unit/unit.h"

/*
 * Messages of LINES, up to a NULL, one a second, in the file form; "+" before one: in the second
 * before. Until the next call.
 */
static inline struct span log_lines(const char *const *lines)
{
    static char text[1 << 17];
    size_t n = 0;
    int second = 0;
    text[0] = '\0';
    for (size_t i = 0; lines[i] != NULL; i++) {
        bool same = lines[i][0] == '+';
        second += i > 0 && !same;
        n += (size_t)snprintf(text + n, sizeof(text) - n, "Sun Mar  8 04:%02d:%02d 2026 Info: %s\n",
                              second / 60, second % 60, lines[i] + same);
        assert_true(n < sizeof(text));
    }
    return (struct span){text, n};
}

#endif
