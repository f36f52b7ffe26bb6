/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_RENDERED_H
#define TESTS_UNIT_RENDERED_H

/* What a renderer makes of a report. */

#include <stdio.h>
#include <stdlib.h>

#include "plugin/render/render.h"
#include "tests/unit/report_sample.h"
#include "unit.h"

/* The bytes of FORMAT, in the arena. */
static inline const char *rendered(const struct report *report, const char *format)
{
    char *bytes = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&bytes, &n);
    assert_non_null(out);
    render_find(format)->print(out, report);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(strlen(bytes), n);
    const char *copy = arena_dup(&arena, (struct span){bytes, n});
    free(bytes);
    return copy;
}

static inline struct report *sample(const char *name)
{
    const struct report_sample *row = report_samples;
    while (strcmp(row->name, name) != 0)
        row++;
    return row->make(&arena);
}

static inline size_t times(const char *text, const char *word)
{
    size_t count = 0;
    for (; (text = strstr(text, word)) != NULL; text++)
        count++;
    return count;
}

#define assert_says(text, word)   assert_true(times(text, word) > 0)
#define assert_silent(text, word) assert_int_equal(times(text, word), 0)

#endif
