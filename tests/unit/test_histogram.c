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
    histogram_free(&histogram);
    for (size_t i = 0; i < count; i++) {
        values[i] = limit == 0 ? random_number() : random_number() % limit;
        assert_true(histogram_add(&histogram, values[i]));
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
    histogram_free(&histogram);
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
        histogram_free(&histogram);
        assert_true(histogram_add(&histogram, borders[i]));
        uint32_t found = histogram_percentile(&histogram, 99);
        assert_true(found <= borders[i] && borders[i] - found <= borders[i] / 100);
        assert_true(found == borders[i] || borders[i] >= HISTOGRAM_EXACT);
        assert_int_equal(histogram.max, borders[i]);
    }
}

/* A copy tells the same, and goes on by itself; it is as large as what was counted. */
static void copies(void **state)
{
    (void)state;
    static const uint32_t further[] = {0, 300, HISTOGRAM_EXACT - 1, 100000};
    struct histogram copy;
    for (size_t i = 0; i < COUNT(further); i++) {
        compare(100, 200);
        assert_true(histogram.exact <= 256);
        assert_true(histogram_copy(&copy, &histogram));
        assert_true(histogram_add(&copy, further[i]));
        assert_int_equal(copy.count, 101);
        assert_int_equal(histogram.count, 100);
        for (unsigned percent = 1; percent < 99; percent++)
            assert_true(histogram_percentile(&copy, percent) >=
                            histogram_percentile(&histogram, percent) ||
                        further[i] == 0);
        assert_int_equal(copy.max, further[i] < values[99] ? values[99] : further[i]);
        histogram_free(&copy);
    }
    histogram_free(&histogram);
    assert_true(histogram_copy(&copy, &histogram));
    assert_int_equal(histogram_percentile(&copy, 50), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_the_sorted_values),
                                       cmocka_unit_test(none), cmocka_unit_test(at_the_borders),
                                       cmocka_unit_test(copies)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
