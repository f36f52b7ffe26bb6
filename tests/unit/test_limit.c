/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>

#include "checks/limit.h"

/* The list of monitoring-ecosystem.md 1.4 and its neighbours. */
static const struct {
    const char *text;
    double low, high;
    bool inside;
    const char *printed, *perfdata;
} good[] = {
    {"10", 0, 10, false, "10", "10"},
    {"10:", 10, INFINITY, false, "10:", "10:"},
    {"~:10", -INFINITY, 10, false, "~:10", "10"},
    {"10:20", 10, 20, false, "10:20", "10:20"},
    {"@10:20", 10, 20, true, "@10:20", "@10:20"},
    {"@10", 0, 10, true, "@10", "@10"},
    {"@~:20", -INFINITY, 20, true, "@~:20", "@~:20"},
    {":10", 0, 10, false, "10", "10"},
    {"0:", 0, INFINITY, false, "0:", "0:"},
    {":", 0, INFINITY, false, "0:", "0:"},
    {"0", 0, 0, false, "0", "0"},
    {"1:1", 1, 1, false, "1:1", "1:1"},
    {"~:", -INFINITY, INFINITY, false, "~:", "~:"},
    {"-20:-10", -20, -10, false, "-20:-10", "-20:-10"},
    {"-10:", -10, INFINITY, false, "-10:", "-10:"},
    {"~:-5", -INFINITY, -5, false, "~:-5", "-5"},
    {"~:0", -INFINITY, 0, false, "~:0", "0"},
    {"+5", 0, 5, false, "5", "5"},
    {"1.5:2.25", 1.5, 2.25, false, "1.5:2.25", "1.5:2.25"},
    {"0.1", 0, 0.1, false, "0.1", "0.1"},
    {".5", 0, 0.5, false, "0.5", "0.5"},
    {"5.", 0, 5, false, "5", "5"},
    {"1e3", 0, 1000, false, "1000", "1000"},
    {"1E+3:2.5e3", 1000, 2500, false, "1000:2500", "1000:2500"},
    {"2e-3", 0, 0.002, false, "0.002", "0.002"},
    {"1e-7", 0, 1e-7, false, "1e-07", "1e-07"},
    {"1.25e-9:", 1.25e-9, INFINITY, false, "1.25e-09:", "1.25e-09:"},
    {"@-1e300:1e300", -1e300, 1e300, true, "@-1e+300:1e+300", "@-1e+300:1e+300"},
    {"99.999999", 0, 99.999999, false, "99.999999", "99.999999"},
    {"1099511627776", 0, 1099511627776.0, false, "1099511627776", "1099511627776"},
};

static void same_end(double wanted, double found)
{
    assert_true(wanted == found);
}

static void reads_ranges(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct limit limit;
        fault = (struct fault){0};
        if (!limit_parse(good[i].text, &limit, &fault))
            fail_msg("%s: %s", good[i].text, fault.text);
        assert_int_equal(fault.kind, FAULT_NONE);
        same_end(good[i].low, limit.low);
        same_end(good[i].high, limit.high);
        assert_int_equal(limit.inside, good[i].inside);
    }
}

static void prints_what_it_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        char buffer[64];
        struct limit limit, again;
        assert_true(limit_parse(good[i].text, &limit, NULL));
        assert_string_equal(limit_print_perfdata(&limit, buffer, sizeof(buffer)), good[i].perfdata);
        assert_ptr_equal(limit_print(&limit, buffer, sizeof(buffer)), buffer);
        assert_string_equal(buffer, good[i].printed);
        assert_true(limit_parse(buffer, &again, NULL));
        same_end(limit.low, again.low);
        same_end(limit.high, again.high);
        assert_int_equal(limit.inside, again.inside);
    }
}

static void refuses_everything_else(void **state)
{
    (void)state;
    static const char *const bad[] = {
        NULL,    "",       "~",      "@",     "@~",      " ",         " 10",   "10 ",    "10: 20",
        "20:10", "-10",    "10foo",  "foo",   "10:20x",  "0x10",      "inf",   "-inf",   "nan",
        "NaN:",  "10:inf", "~:~",    "10:~",  "~10",     "~5:10",     "@@10",  "1:2:3",  "10::",
        "1,5",   "1.2.3",  ".",      "-",     "+",       "-.",        "1e",    "1e+",    "1e1000",
        "1e999", "e5",     "--1",    "+-1",   "1 e3",    "1_000",     "10%",   "10s",    "\t10",
        "10\n",  "٣",      "10\xff", "@10:5", "1e5e5",   "INFINITY:", "1'000", "1e-1e1", "10:@20:",
        "1d",    "1f",     "0b1",    "1.0e",  "~:1e400", "1:~:2",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct limit limit = {.low = 1, .high = 2, .inside = true};
        fault = (struct fault){0};
        if (limit_parse(bad[i], &limit, &fault))
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(fault.kind, FAULT_SYNTAX);
        assert_non_null(strstr(fault.text, "10:20"));
        assert_true(limit.low == 1 && limit.high == 2 && limit.inside);
        assert_false(limit_parse(bad[i], &limit, NULL));
    }
}

static void errors_tell_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text, *said;
    } rows[] = {
        {"", "the range is empty"},
        {"~", "\"~\" is not a number"},
        {"10foo", "\"10foo\" is not a number"},
        {"5:x", "\"5:x\" is not a range: \"x\" is not a number"},
        {"20:10", "its start 20 is above its end 10"},
        {"-10", "its start 0 is above its end -10"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct limit limit;
        fault = (struct fault){0};
        assert_false(limit_parse(rows[i].text, &limit, &fault));
        if (strstr(fault.text, rows[i].said) == NULL)
            fail_msg("%s: %s", rows[i].text, fault.text);
        assert_non_null(strstr(fault.text, "a range looks like"));
    }
}

static void survives_long_input(void **state)
{
    (void)state;
    static char text[100000];
    static const char fill[] = "1.9@~:e-\xff";
    for (size_t f = 0; f < sizeof(fill) - 1; f++) {
        struct limit limit;
        fault = (struct fault){0};
        memset(text, fill[f], sizeof(text) - 1);
        assert_false(limit_parse(text, &limit, &fault));
        assert_int_equal(fault.kind, FAULT_SYNTAX);
        assert_non_null(strstr(fault.text, "a range looks like 10, 10:, ~:10, 10:20 or @10:20"));
    }
}

static void alerts_outside_ends_inclusive(void **state)
{
    (void)state;
    static const struct {
        const char *range;
        double value;
        bool alerts;
    } rows[] = {
        {"10", -0.001, true},     {"10", 0, false},
        {"10", -0.0, false},      {"10", 10, false},
        {"10", 10.001, true},     {"10:", 9.99, true},
        {"10:", 10, false},       {"10:", 1e300, false},
        {"~:10", -1e300, false},  {"~:10", 10, false},
        {"~:10", 10.5, true},     {"10:20", 9, true},
        {"10:20", 10, false},     {"10:20", 20, false},
        {"10:20", 21, true},      {"@10:20", 9, false},
        {"@10:20", 10, true},     {"@10:20", 15, true},
        {"@10:20", 20, true},     {"@10:20", 20.1, false},
        {"@~:20", -7, true},      {"@~:20", 21, false},
        {":10", -1, true},        {":10", 0, false},
        {"-20:-10", -15, false},  {"-20:-10", -20, false},
        {"-20:-10", 0, true},     {"0", 0, false},
        {"0", 1, true},           {"0", -1, true},
        {"@0", 0, true},          {"@0", 1, false},
        {"~:", 42, false},        {"@~:", 42, true},
        {"0.1", 0.1, false},      {"10", INFINITY, true},
        {"10:", INFINITY, false}, {"~:10", -INFINITY, false},
        {"10", NAN, true},        {"@10", NAN, true},
        {"~:", NAN, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct limit limit;
        assert_true(limit_parse(rows[i].range, &limit, NULL));
        if (limit_alerts(&limit, rows[i].value) != rows[i].alerts)
            fail_msg("%s of %f", rows[i].range, rows[i].value);
    }
}

static void prints_numbers(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0, "0"},
        {-0.0, "0"},
        {1, "1"},
        {-17, "-17"},
        {100, "100"},
        {0.5, "0.5"},
        {-0.25, "-0.25"},
        {1.0 / 3, "0.333333"},
        {2.0 / 3, "0.666667"},
        {0.0000001, "0"},
        {-0.0000001, "0"},
        {0.000001, "0.000001"},
        {0.9999999, "1"},
        {-9.9999999, "-10"},
        {1e15, "1000000000000000"},
        {1e22, "10000000000000000000000"},
        {4503599627370495.5, "4503599627370495.5"},
        {NAN, "U"},
        {INFINITY, "U"},
        {-INFINITY, "U"},
        {1e300, "U"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char buffer[64];
        assert_string_equal(limit_print_number(rows[i].value, buffer, sizeof(buffer)),
                            rows[i].text);
    }
}

static void never_prints_a_cut_number(void **state)
{
    (void)state;
    char buffer[4];
    assert_string_equal(limit_print_number(999, buffer, sizeof(buffer)), "999");
    assert_string_equal(limit_print_number(1000, buffer, sizeof(buffer)), "U");
    assert_string_equal(limit_print_number(-1.25, buffer, sizeof(buffer)), "U");
}

/* Any range that can be read is printed within the promised 64 bytes and reads back the same. */
static void reads_back_any_number(void **state)
{
    (void)state;
    uint64_t seed = 0x9e3779b97f4a7c15U;
    for (int round = 0; round < 20000; round++) {
        char text[64], printed[64];
        struct limit limit, again;
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        (void)snprintf(text, sizeof(text), "%s%u.%04ue%d:", round % 2 ? "-" : "",
                       (unsigned)(seed >> 40), (unsigned)(seed >> 20) % 10000,
                       round % 3 ? 0 : (int)(seed >> 50) % 60 - 30);
        assert_true(limit_parse(text, &limit, NULL));
        (void)limit_print(&limit, printed, sizeof(printed));
        assert_true(limit_parse(printed, &again, NULL));
        if (limit.low != again.low)
            fail_msg("%s printed as %s", text, printed);
    }
}

static bool enter_german(void)
{
    return setlocale(LC_ALL, "de_DE.UTF-8") != NULL || setlocale(LC_ALL, "de_DE") != NULL;
}

static void ignores_the_locale(void **state)
{
    assert_true(enter_german());
    char buffer[64];
    (void)snprintf(buffer, sizeof(buffer), "%.1f", 0.5);
    assert_string_equal(buffer, "0,5"); /* or this test would prove nothing */
    reads_ranges(state);
    prints_what_it_read(state);
    refuses_everything_else(state);
    prints_numbers(state);
    double value = 0;
    assert_true(text_to_double(text_of("1.5"), &value));
    assert_true(value == 1.5);
    assert_false(text_to_double(text_of("1,5"), &value));
    (void)setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_ranges),
        cmocka_unit_test(prints_what_it_read),
        cmocka_unit_test(refuses_everything_else),
        cmocka_unit_test(errors_tell_what_is_wrong),
        cmocka_unit_test(survives_long_input),
        cmocka_unit_test(alerts_outside_ends_inclusive),
        cmocka_unit_test(prints_numbers),
        cmocka_unit_test(never_prints_a_cut_number),
        cmocka_unit_test(reads_back_any_number),
        cmocka_unit_test(ignores_the_locale),
    };
    /* The last one needs a locale that few systems have; cmocka reports a skipped test as failed.
     */
    size_t count = COUNT(tests) - !enter_german();
    (void)setlocale(LC_ALL, "C");
    return _cmocka_run_group_tests("limit", tests, count, NULL, NULL);
}
