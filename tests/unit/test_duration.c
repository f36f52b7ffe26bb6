/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "plugin/duration.h"

static void reads_what_people_write(void **state)
{
    static const struct {
        const char *text;
        unsigned seconds;
    } cases[] = {{"1", 1},     {"60", 60},    {"60s", 60},      {"45m", 2700},
                 {"1h", 3600}, {"1 h", 3600}, {"168h", 604800}, {"007", 7}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned seconds = 0;
        assert_true(duration_parse(cases[i].text, 1, 604800, &seconds));
        assert_int_equal(seconds, cases[i].seconds);
    }
}

static void refuses_the_rest(void **state)
{
    static const char *const cases[] = {"",
                                        "s",
                                        "h",
                                        "-1",
                                        "+1",
                                        "1.5h",
                                        "1d",
                                        "0",
                                        "0h",
                                        "169h",
                                        "604801",
                                        "1hh",
                                        "h1",
                                        "1h30m",
                                        "0x1",
                                        "1 2",
                                        "999999999",
                                        "9999999999",
                                        "99999999999999999999h",
                                        "1H",
                                        "١h",
                                        "60 s x"};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned seconds = 77;
        if (duration_parse(cases[i], 1, 604800, &seconds))
            print_error("'%s' was read as %u\n", cases[i], seconds);
        assert_false(duration_parse(cases[i], 1, 604800, &seconds));
        assert_int_equal(seconds, 77);
    }
    unsigned seconds = 0;
    assert_true(duration_parse("0", 0, 10, &seconds));
    /* 999999999 h is more than 32 bits hold. */
    assert_false(duration_parse("999999999h", 0, UINT32_MAX, &seconds));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_what_people_write),
                                       cmocka_unit_test(refuses_the_rest)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
