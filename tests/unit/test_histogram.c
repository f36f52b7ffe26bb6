/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "checks/maillog/histogram.h"

/* Percentiles against the sorted values themselves. */

enum { VALUES = 3000 };

static struct histogram histogram;
static uint32_t values[VALUES];
static uint32_t seed = 1;

static uint32_t random_number(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8 ^ seed << 16;
}

static int ascending(const void *a, const void *b)
{
    const uint32_t *one = a, *two = b;
    return *one < *two ? -1 : *one > *two;
}

/* COUNT values below LIMIT (0 = any): exact below HISTOGRAM_EXACT, else 1 % off at most. */
static void compare(size_t count, uint32_t limit)
{
    memset(&histogram, 0, sizeof(histogram));
    for (size_t i = 0; i < count; i++) {
        values[i] = limit == 0 ? random_number() : random_number() % limit;
        histogram_add(&histogram, values[i]);
    }
    qsort(values, count, sizeof(*values), ascending);
    assert_int_equal(histogram.count, count);
    assert_int_equal(histogram.max, values[count - 1]);
    for (unsigned percent = 1; percent <= 100; percent++) {
        uint32_t wanted = values[(count * percent + 99) / 100 - 1];
        uint32_t found = histogram_percentile(&histogram, percent);
        uint32_t off = found > wanted ? found - wanted : wanted - found;
        if (wanted < HISTOGRAM_EXACT)
            assert_int_equal(found, wanted);
        assert_true(off <= wanted / 100);
        assert_true(found <= histogram.max);
    }
}

static void as_the_sorted_values(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 3, 99, 100, 101, VALUES};
    static const uint32_t limits[] = {1, 2, 256, HISTOGRAM_EXACT, HISTOGRAM_EXACT + 1, 100000, 0};
    for (size_t c = 0; c < COUNT(counts); c++)
        for (size_t l = 0; l < COUNT(limits); l++)
            compare(counts[c], limits[l]);
}

static void none(void **state)
{
    (void)state;
    memset(&histogram, 0, sizeof(histogram));
    assert_int_equal(histogram_percentile(&histogram, 50), 0);
    assert_int_equal(histogram_percentile(&histogram, 100), 0);
}

static void at_the_borders(void **state)
{
    (void)state;
    static const uint32_t borders[] = {0,
                                       1,
                                       255,
                                       256,
                                       HISTOGRAM_EXACT - 1,
                                       HISTOGRAM_EXACT,
                                       HISTOGRAM_EXACT + 127,
                                       HISTOGRAM_EXACT + 128,
                                       0x7fffffff,
                                       0x80000000,
                                       UINT32_MAX - 1,
                                       UINT32_MAX};
    for (size_t i = 0; i < COUNT(borders); i++) {
        memset(&histogram, 0, sizeof(histogram));
        histogram_add(&histogram, borders[i]);
        uint32_t found = histogram_percentile(&histogram, 99);
        assert_true(found <= borders[i] && borders[i] - found <= borders[i] / 100);
        assert_true(found == borders[i] || borders[i] >= HISTOGRAM_EXACT);
        assert_int_equal(histogram.max, borders[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_the_sorted_values),
                                       cmocka_unit_test(none), cmocka_unit_test(at_the_borders)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
