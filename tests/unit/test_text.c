/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>

#include "checks/text.h"

#define SPAN(literal) ((struct span){literal, sizeof(literal) - 1})

static const struct span nothing = {NULL, 0};

static void cuts_spans(void **state)
{
    (void)state;
    assert_span(text_of(NULL), "");
    assert_span(text_of("abc"), "abc");
    assert_span(text_skip(text_of("abc"), 0), "abc");
    assert_span(text_skip(text_of("abc"), 2), "c");
    assert_span(text_skip(text_of("abc"), 3), "");
    assert_span(text_skip(text_of("abc"), SIZE_MAX), "");
    assert_span(text_skip(nothing, 5), "");
    assert_span(text_head(text_of("abc"), 2), "ab");
    assert_span(text_head(text_of("abc"), 99), "abc");
    assert_span(text_head(nothing, 5), "");
    static const struct {
        struct span span;
        const char *wanted;
    } rows[] = {
        {SPAN(""), ""},
        {SPAN("  \t\r\n"), ""},
        {SPAN("a"), "a"},
        {SPAN(" a b "), "a b"},
        {SPAN("\0a\0"), "a"},
        {SPAN("\r\r\na\r\n"), "a"},
        {SPAN("\xc2\xa0 a\xc2\xa0"), "a"},
        {SPAN("\xc2\xa0"), ""},
        {SPAN("\xa0"), "\xa0"},
        {SPAN("\xc2"), "\xc2"},
        {SPAN("a\xc2"), "a\xc2"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_span(text_trim(rows[i].span), rows[i].wanted);
    assert_int_equal(text_trim(nothing).n, 0);
}

static void compares(void **state)
{
    (void)state;
    assert_true(text_is(text_of("abc"), "abc"));
    assert_false(text_is(text_of("abc"), "ab"));
    assert_false(text_is(text_of("ab"), "abc"));
    assert_false(text_is(text_of("ABC"), "abc"));
    assert_true(text_is(nothing, ""));
    assert_false(text_is(SPAN("a\0b"), "a"));
    assert_true(text_is_nocase(text_of("aBc1"), "AbC1"));
    assert_false(text_is_nocase(text_of("a["), "a{"));
    assert_false(text_is_nocase(SPAN("\xc4"), "\xe4"));
    assert_true(text_same(SPAN("a\0b"), SPAN("a\0b")));
    assert_false(text_same(SPAN("a\0b"), SPAN("a\0c")));
    assert_true(text_same(nothing, text_of("")));
    assert_true(text_same_nocase(text_of("ESA1.example.com"), text_of("esa1.EXAMPLE.com")));
    assert_true(text_same_nocase(nothing, nothing));
    assert_true(text_starts(text_of("abc"), "ab"));
    assert_true(text_starts(text_of("abc"), ""));
    assert_true(text_starts(nothing, ""));
    assert_false(text_starts(text_of("ab"), "abc"));
    assert_false(text_starts(text_of("Abc"), "ab"));
    assert_true(text_starts_nocase(text_of("Abc"), "aB"));
    assert_false(text_starts_nocase(nothing, "a"));
    assert_true(text_ends(text_of("abc"), "bc"));
    assert_true(text_ends(nothing, ""));
    assert_false(text_ends(text_of("bc"), "abc"));
}

static void finds(void **state)
{
    (void)state;
    static const struct {
        struct span span;
        const char *needle;
        int plain, nocase, word;
    } rows[] = {
        {SPAN("hello world"), "world", 6, 6, 6},
        {SPAN("hello World"), "world", -1, 6, 6},
        {SPAN("aab"), "ab", 1, 1, -1},
        {SPAN("aaab"), "aab", 1, 1, -1},
        {SPAN("abc"), "abcd", -1, -1, -1},
        {SPAN("abc"), "", 0, 0, -1},
        {SPAN(""), "a", -1, -1, -1},
        {SPAN(""), "", 0, 0, -1},
        {SPAN("a\0b"), "b", 2, 2, 2},
        {SPAN("disconnected, connected"), "connected", 3, 3, 14},
        {SPAN("esa1.example.com"), "esa1", 0, 0, -1},
        {SPAN("esa1. Then"), "esa1", 0, 0, 0},
        {SPAN("esa1-b esa1"), "esa1", 0, 0, 7},
        {SPAN("x-esa1 (esa1)"), "esa1", 2, 2, 8},
        {SPAN("www.example.com"), "example", 4, 4, -1},
        {SPAN("- esa1 -"), "esa1", 2, 2, 2},
        {SPAN("-esa1-"), "esa1", 1, 1, 1},
        {SPAN("_esa1 esa1_ esa1"), "esa1", 1, 1, 12},
        {SPAN("3esa1"), "esa1", 1, 1, -1},
        {SPAN("esa1"), "ESA1", -1, 0, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(text_find(rows[i].span, rows[i].needle), rows[i].plain);
        assert_int_equal(text_find_nocase(rows[i].span, rows[i].needle), rows[i].nocase);
        if (text_find_word(rows[i].span, rows[i].needle) != rows[i].word)
            fail_msg("%s in %.*s", rows[i].needle, TEXT_ARGS(rows[i].span));
    }
    assert_int_equal(text_find(nothing, "a"), -1);
    assert_int_equal(text_find_nocase(nothing, "a"), -1);
    assert_int_equal(text_find_word(nothing, "a"), -1);
}

static void cuts_at_separators(void **state)
{
    (void)state;
    struct span head, tail;
    assert_true(text_cut(text_of("a:b:c"), ':', &head, &tail));
    assert_span(head, "a");
    assert_span(tail, "b:c");
    assert_true(text_cut(text_of(":"), ':', &head, &tail));
    assert_span(head, "");
    assert_span(tail, "");
    assert_false(text_cut(text_of("abc"), ':', &head, &tail));
    assert_span(head, "abc");
    assert_span(tail, "");
    assert_false(text_cut(nothing, ':', &head, &tail));
    assert_span(head, "");
    /* The outputs may be the input. */
    struct span rest = text_of("k=v=w");
    assert_true(text_cut(rest, '=', &head, &rest));
    assert_span(head, "k");
    assert_span(rest, "v=w");
}

static void reads_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_int;
        int64_t integer;
        bool is_double;
        double number;
    } rows[] = {
        {"0", true, 0, true, 0},
        {"-17", true, -17, true, -17},
        {"+17", true, 17, true, 17},
        {"007", true, 7, true, 7},
        {"3,113,176", true, 3113176, false, 0},
        {"-1,024", true, -1024, false, 0},
        {"1,23", false, 0, false, 0},
        {"1,2345", false, 0, false, 0},
        {"1,,234", false, 0, false, 0},
        {",123", false, 0, false, 0},
        {"123,", false, 0, false, 0},
        {"1.5", false, 0, true, 1.5},
        {"-0.25", false, 0, true, -0.25},
        {".5", false, 0, true, 0.5},
        {"5.", false, 0, true, 5},
        {"99.999999", false, 0, true, 99.999999},
        {"1.2.3", false, 0, false, 0},
        {".", false, 0, false, 0},
        {"", false, 0, false, 0},
        {"-", false, 0, false, 0},
        {"--1", false, 0, false, 0},
        {"-+1", false, 0, false, 0},
        {"1-", false, 0, false, 0},
        {"1 ", false, 0, false, 0},
        {" 1", false, 0, false, 0},
        {"1e3", false, 0, false, 0},
        {"0x10", false, 0, false, 0},
        {"inf", false, 0, false, 0},
        {"nan", false, 0, false, 0},
        {"1%", false, 0, false, 0},
        {"999999999999999999", true, 999999999999999999, true, 1e18},
        {"99999999999999999999999999", false, 0, true, 1e26},
        {"999,999,999,999,999,999,999,999", false, 0, false, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t integer = 42;
        double number = 42;
        if (text_to_int(text_of(rows[i].text), &integer) != rows[i].is_int ||
            integer != (rows[i].is_int ? rows[i].integer : 42))
            fail_msg("integer: %s", rows[i].text);
        if (text_to_double(text_of(rows[i].text), &number) != rows[i].is_double ||
            number != (rows[i].is_double ? rows[i].number : 42))
            fail_msg("double: %s", rows[i].text);
    }
    int64_t integer;
    double number;
    char digits[500];
    memset(digits, '9', sizeof(digits));
    assert_false(text_to_int((struct span){digits, sizeof(digits)}, &integer));
    assert_false(text_to_double((struct span){digits, sizeof(digits)}, &number));
    assert_true(text_to_double((struct span){digits, 63}, &number));
    assert_true(isfinite(number));
}

static void walks_words(void **state)
{
    (void)state;
    struct cursor c = text_cursor(text_of(" \t Status: (48d) abc;rest"));
    struct span word;
    assert_false(text_word(&c, 10, &word));
    text_blanks(&c);
    assert_false(text_literal(&c, "status"));
    assert_true(text_literal_nocase(&c, "status"));
    assert_true(text_literal(&c, ":"));
    assert_true(text_literal(&c, ""));
    text_blanks(&c);
    assert_false(text_word(&c, 4, &word));
    assert_true(text_word(&c, 5, &word));
    assert_span(word, "(48d)");
    text_blanks(&c);
    assert_false(text_until(&c, ';', 2, &word));
    assert_false(text_until(&c, '!', 99, &word));
    assert_true(text_until(&c, ';', 3, &word));
    assert_span(word, "abc");
    assert_span(text_rest(&c), "rest");
    assert_true(text_word(&c, SIZE_MAX, &word));
    assert_true(text_at_end(&c));
    assert_false(text_word(&c, 9, &word));
    assert_false(text_until(&c, 'x', SIZE_MAX, &word));
    assert_false(text_literal(&c, "x"));
    text_blanks(&c);
    c = text_cursor(text_of(";"));
    assert_true(text_until(&c, ';', 0, &word));
    assert_span(word, "");
    c = text_cursor(nothing);
    assert_true(text_at_end(&c));
    assert_int_equal(text_rest(&c).n, 0);
}

static void walks_digits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t min, max;
        int64_t value; /* -1 = refused */
        const char *rest;
    } rows[] = {
        {"2022-", 4, 4, 2022, "-"},
        {"20220", 4, 4, 2022, "0"},
        {"202", 4, 4, -1, "202"},
        {"7 ", 1, 2, 7, " "},
        {"07", 1, 2, 7, ""},
        {"", 1, 2, -1, ""},
        {"", 0, 2, -1, ""},
        {"x", 0, 2, -1, "x"},
        {"-1", 1, 2, -1, "-1"},
        {"+1", 1, 2, -1, "+1"},
        {"1", 1, 0, -1, "1"},
        {"99999999999999999999", 1, 30, -1, "99999999999999999999"},
        {"922337203685477579", 1, 18, 922337203685477579, ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t value = -1;
        struct cursor c = text_cursor(text_of(rows[i].text));
        assert_int_equal(text_digits(&c, rows[i].min, rows[i].max, &value), rows[i].value >= 0);
        assert_int_equal(value, rows[i].value);
        assert_span(text_rest(&c), rows[i].rest);
    }
    struct cursor c = text_cursor(text_of("3,113,176 -17 1,2 1234,567x"));
    static const struct {
        int64_t value;
        const char *behind;
    } integers[] = {{3113176, " "}, {-17, " "}, {1, ",2 "}};
    for (size_t i = 0; i < COUNT(integers); i++) {
        int64_t value = 0;
        assert_true(text_integer(&c, &value));
        assert_int_equal(value, integers[i].value);
        assert_true(text_literal(&c, integers[i].behind));
    }
}

static void walks_quantities(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        double value;
        char unit;
        const char *rest;
    } rows[] = {
        {"14%", true, 14, '%', ""},
        {"0", true, 0, 0, ""},
        {"388G", true, 388.0 * 1024 * 1024 * 1024, 'B', ""},
        {"379323K", true, 379323.0 * 1024, 'B', ""},
        {"34M left", true, 34.0 * 1024 * 1024, 'B', " left"},
        {"1T", true, 1099511627776.0, 'B', ""},
        {"2KB", true, 2048, 'B', ""},
        {"0.5", true, 0.5, 0, ""},
        {"-0.5", true, -0.5, 0, ""},
        {"-3", true, -3, 0, ""},
        {"1,024", true, 1024, 0, ""},
        {"1,024.25%", true, 1024.25, '%', ""},
        {"1.5G", true, 1.5 * 1024 * 1024 * 1024, 'B', ""},
        {"5.", true, 5, 0, "."},
        {"5 %", true, 5, 0, " %"},
        {"", false, 0, 0, ""},
        {"%", false, 0, 0, "%"},
        {"G", false, 0, 0, "G"},
        {"-", false, 0, 0, "-"},
        {".5", false, 0, 0, ".5"},
        {"x1", false, 0, 0, "x1"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        double value = 0;
        char unit = 0;
        struct cursor c = text_cursor(text_of(rows[i].text));
        assert_int_equal(text_quantity(&c, &value, &unit), rows[i].ok);
        assert_true(fabs(value - rows[i].value) <= 1e-12 * fabs(rows[i].value));
        assert_int_equal(unit, rows[i].unit);
        assert_span(text_rest(&c), rows[i].rest);
    }
    struct cursor c = text_cursor(SPAN("5\0"));
    double value = 0;
    char unit = 'x';
    assert_true(text_quantity(&c, &value, &unit));
    assert_int_equal(unit, 0);
    assert_int_equal(text_rest(&c).n, 1);
}

/* Every reader over every short mix of telling bytes, in memory of exactly that size. */
static void stays_inside(void **state)
{
    (void)state;
    static const char alphabet[] = "1,.-K%a\n \xc2\xa0";
    enum { LENGTH = 5 };
    size_t letters = sizeof(alphabet) - 1, all = 1;
    for (int i = 0; i < LENGTH; i++)
        all *= letters;
    char *bytes = malloc(LENGTH);
    for (size_t number = 0; number < all; number++) {
        size_t rest = number;
        for (int i = 0; i < LENGTH; i++, rest /= letters)
            bytes[i] = alphabet[rest % letters];
        struct span span = {bytes, LENGTH}, out = {bytes, 0}, tail;
        struct cursor whole = text_cursor(span), c = whole;
        int64_t integer;
        double value;
        char unit;
        bool moved[] = {text_integer(&c, &integer), (c = whole, text_quantity(&c, &value, &unit)),
                        (c = whole, text_word(&c, 4, &out)),
                        (c = whole, text_until(&c, 'a', 3, &out)),
                        (c = whole, text_digits(&c, 2, 3, &integer))};
        assert_true(c.p >= whole.p && c.p <= whole.end && (moved[4] || c.p == whole.p));
        out = text_trim(span);
        assert_true(out.p >= bytes && out.p + out.n <= bytes + LENGTH);
        (void)text_to_int(span, &integer);
        (void)text_to_double(span, &value);
        (void)text_find_word(span, "a");
        assert_int_equal(text_cut(span, 'a', &out, &tail), text_find(span, "a") >= 0);
        assert_int_equal(text_find(span, "a"), text_find_nocase(span, "A"));
    }
    free(bytes);
}

/* A quadratic search of this would not end within the life of a test. */
static void stays_linear(void **state)
{
    (void)state;
    enum { SIZE = 10 * 1000 * 1000 };
    char *bytes = malloc(SIZE);
    assert_non_null(bytes);
    struct span span = {bytes, SIZE};
    memset(bytes, 'a', SIZE);
    assert_int_equal(text_find(span, "aaaaaaab"), -1);
    assert_int_equal(text_find_nocase(span, "AAAAAAAB"), -1);
    assert_int_equal(text_find_word(span, "aa"), -1);
    memset(bytes, '\n', SIZE);
    assert_int_equal(text_trim(span).n, 0);
    memset(bytes, '9', SIZE);
    int64_t integer;
    double value;
    char unit;
    struct cursor c = text_cursor(span);
    assert_false(text_integer(&c, &integer));
    assert_false(text_quantity(&c, &value, &unit));
    bytes[1] = '.';
    assert_true(text_quantity(&c, &value, &unit));
    assert_true(text_at_end(&c));
    free(bytes);
}

static void orders_without_case(void **state)
{
    (void)state;
    assert_int_equal(text_order_nocase(text_of("ESA1.example.com"), text_of("esa1.EXAMPLE.com")),
                     0);
    assert_true(text_order_nocase(text_of("esa1"), text_of("ESA10")) < 0);
    assert_true(text_order_nocase(text_of("Esa2"), text_of("esa10")) > 0);
    assert_true(text_order_nocase(text_of(""), text_of("a")) < 0);
    assert_int_equal(text_order_nocase(text_of(""), text_of(NULL)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_without_case),
        cmocka_unit_test(cuts_spans),
        cmocka_unit_test(compares),
        cmocka_unit_test(finds),
        cmocka_unit_test(cuts_at_separators),
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(walks_words),
        cmocka_unit_test(walks_digits),
        cmocka_unit_test(walks_quantities),
        cmocka_unit_test(stays_inside),
        cmocka_unit_test(stays_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
