/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "checks/maillog/minutes.h"

enum { DAY = 86400, MARCH_8 = 1772928000 };

static uint32_t at(const struct minutes *minutes, int64_t seconds, enum minutes_what what)
{
    for (size_t i = 0; i < minutes->count; i++)
        if (minutes->days[i]->day == seconds / DAY) {
            const struct minutes_day *day = minutes->days[i];
            const int64_t minute = seconds % DAY / 60;
            return minute < day->first || minute >= day->end ? 0 : day->count[minute][what];
        }
    return 0;
}

static void each_in_its_minute(void **state)
{
    (void)state;
    struct minutes minutes = {.count = 0};
    static const int64_t times[] = {
        MARCH_8,           MARCH_8 + 59,       MARCH_8 + 60,  MARCH_8 - 1,
        MARCH_8 + DAY - 1, MARCH_8 + DAY,      MARCH_8 + 30,  MARCH_8 - 60,
        MARCH_8 - 61,      MARCH_8 - 20 * DAY, MARCH_8 + 119, 1};
    for (size_t i = 0; i < COUNT(times); i++)
        assert_true(minutes_add(&minutes, times[i], MINUTES_DELIVERED, 1));
    assert_true(minutes_add(&minutes, MARCH_8 + 5, MINUTES_BOUNCED, 70000));
    assert_int_equal(at(&minutes, MARCH_8, MINUTES_DELIVERED), 3);
    assert_int_equal(at(&minutes, MARCH_8 + 60, MINUTES_DELIVERED), 2);
    assert_int_equal(at(&minutes, MARCH_8 - 60, MINUTES_DELIVERED), 2);
    assert_int_equal(at(&minutes, MARCH_8 - 120, MINUTES_DELIVERED), 1);
    assert_int_equal(at(&minutes, MARCH_8 + DAY - 60, MINUTES_DELIVERED), 1);
    assert_int_equal(at(&minutes, MARCH_8 + DAY, MINUTES_DELIVERED), 1);
    assert_int_equal(at(&minutes, MARCH_8 - 20 * DAY, MINUTES_DELIVERED), 1);
    assert_int_equal(at(&minutes, 1, MINUTES_DELIVERED), 1);
    assert_int_equal(at(&minutes, MARCH_8, MINUTES_BOUNCED), 70000);
    assert_int_equal(at(&minutes, MARCH_8, MINUTES_RECEIVED), 0);
    for (int64_t between = MARCH_8 + 120; between < MARCH_8 + DAY - 60; between += 60)
        assert_int_equal(at(&minutes, between, MINUTES_DELIVERED), 0);
    assert_true(minutes_add(&minutes, MARCH_8 - DAY, MINUTES_BOUNCED, 9)); /* from the back */
    for (int64_t between = MARCH_8 - DAY + 60; between < MARCH_8 - 120; between += 60)
        assert_int_equal(at(&minutes, between, MINUTES_BOUNCED), 0);
    assert_int_equal(at(&minutes, MARCH_8 - DAY, MINUTES_BOUNCED), 9);
    assert_int_equal(at(&minutes, MARCH_8 - 60, MINUTES_DELIVERED), 2);
    assert_int_equal(minutes.count, 5);
    for (size_t i = 1; i < minutes.count; i++)
        assert_true(minutes.days[i - 1]->day < minutes.days[i]->day);
    minutes_free(&minutes);
    assert_int_equal(minutes.count, 0);
}

/* A log with wrong clocks does not cost more than so many days; what is above is counted. */
static void so_many_days(void **state)
{
    (void)state;
    struct minutes minutes = {.count = 0};
    for (int64_t i = 2 * MINUTES_DAYS; i > 0; i--)
        assert_true(minutes_add(&minutes, i * DAY, MINUTES_RECEIVED, 2));
    assert_int_equal(minutes.count, MINUTES_DAYS);
    assert_int_equal(minutes.lost, 2 * MINUTES_DAYS);
    assert_true(minutes_add(&minutes, DAY, MINUTES_RECEIVED, 1)); /* again, after one without */
    assert_true(minutes_add(&minutes, DAY, MINUTES_RECEIVED, 1));
    assert_int_equal(minutes.lost, 2 * MINUTES_DAYS + 2);
    assert_true(minutes_add(&minutes, (int64_t)2 * MINUTES_DAYS * DAY, MINUTES_RECEIVED, 1));
    assert_int_equal(at(&minutes, (int64_t)2 * MINUTES_DAYS * DAY, MINUTES_RECEIVED), 3);
    minutes_free(&minutes);
}

static void no_time_is_no_minute(void **state)
{
    (void)state;
    struct minutes minutes = {.count = 0};
    assert_true(minutes_add(&minutes, 0, MINUTES_RECEIVED, 1));
    assert_int_equal(minutes.count, 0);
    minutes_free(&minutes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_in_its_minute),
                                       cmocka_unit_test(so_many_days),
                                       cmocka_unit_test(no_time_is_no_minute)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
