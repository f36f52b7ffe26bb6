/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "checks/maillog/shape.h"

static void forms(void **state)
{
    (void)state;
    static const struct {
        const char *message, *form;
    } rows[] = {
        {"", ""},
        {"MID 14 foo <ann@example.com> bar", "MID # foo <@> bar"},
        {"MID 15 foo <> bar", "MID # foo <@> bar"},
        {"MID 16 foo <\"a b\"@example.com", "MID # foo <@>"},
        {"  two   blanks\t\tand a tab \r", "two blanks and a tab"},
        {"from ann@example.com, bob@example.com and eve@example.com", "from @ and @"},
        {"DCID 7 192.0.2.11:25", "DCID # #"},
        {"DCID 7 2001:db8::1", "DCID # #"},
        {"key 0a3f9c11 sha256", "key # sha#"},
        {"added facade", "added facade"}, /* no digit: a word */
        {"retry in -5.0 s (31%)", "retry in # s (#%)"},
        {"to RID [0, 1,2, 3]", "to RID [#]"},
        {"to RID [12]", "to RID [#]"},
        {"mx1.example.com and http://example.net/a?b=1 done.", "* and *?b=# done."},
        {"said 'it\\'s 5' \"x'y\", 'z' now", "said '' '' now"},
        {"they don't stop", "they don't stop"},
        {"('550', ['no such user', 'x'])", "('', [''])"},
        {"open 'quote MID 5", "open ''"},
        {"gr\xc3\xbc\xc3\x9f"
         "e \xff\xfe",
         "* *"},
        {"a\x01"
         "b",
         "a?b"},
        {"TLSv1.2 name=value;x", "TLSv#.# name=value;x"},
    };
    char form[SHAPE_FORM_BYTES + 1];
    for (size_t i = 0; i < COUNT(rows); i++) {
        const size_t n = shape_form(text_of(rows[i].message), form);
        assert_string_equal(form, rows[i].form);
        assert_int_equal(n, strlen(rows[i].form));
    }
}

static void counts_by_shape(void **state)
{
    (void)state;
    static struct shapes shapes;
    shapes = (struct shapes){.count = 0};
    char text[64];
    for (unsigned i = 0; i < 10; i++) {
        (void)snprintf(text, sizeof(text), "frob %u of <u%u@example.com>", i, i);
        shape_add(&shapes, text_of(text));
    }
    shape_add(&shapes, text_of("frob none"));
    assert_int_equal(shapes.count, 2);
    assert_int_equal(shapes.of[0].count, 10);
    assert_string_equal(shapes.of[0].example, "frob 0 of <u0@example.com>");
    assert_int_equal(shapes.of[0].n, strlen(shapes.of[0].example));
    assert_int_equal(shapes.of[1].count, 1);
    assert_int_equal(shapes.others, 0);
}

/* A word of letters only, different for each N. */
static void wordy(char text[16], unsigned n)
{
    (void)snprintf(text, 16, "w%c%cw", 'a' + n / 26 % 26, 'a' + n % 26);
}

static void bounded(void **state)
{
    (void)state;
    static struct shapes shapes, other;
    shapes = other = (struct shapes){.count = 0};
    char text[16];
    for (unsigned i = 0; i < SHAPE_MAX + 20; i++) {
        wordy(text, i);
        shape_add(&shapes, text_of(text));
        shape_add(&shapes, text_of(text));
        wordy(text, i + 50);
        shape_add(&other, text_of(text));
    }
    assert_int_equal(shapes.count, SHAPE_MAX);
    assert_int_equal(shapes.others, 40);
    assert_int_equal(other.count, SHAPE_MAX);
    shape_merge(&shapes, &other);
    assert_int_equal(shapes.count, SHAPE_MAX);
    uint64_t sum = shapes.others;
    for (size_t i = 0; i < shapes.count; i++)
        sum += shapes.of[i].count;
    assert_int_equal(sum, 3 * (SHAPE_MAX + 20)); /* nothing is lost, whatever is kept */

    static struct shapes empty;
    empty = (struct shapes){.count = 0};
    shape_merge(&empty, &other);
    assert_memory_equal(&empty, &other, sizeof(empty));
}

static void most_frequent_first(void **state)
{
    (void)state;
    static struct shapes shapes;
    uint8_t order[SHAPE_MAX];
    shapes = (struct shapes){.count = 0};
    assert_int_equal(shape_order(&shapes, order), 0);
    static const char *const met[] = {"one", "two", "two", "three", "four", "four", "four"};
    for (size_t i = 0; i < COUNT(met); i++)
        shape_add(&shapes, text_of(met[i]));
    assert_int_equal(shape_order(&shapes, order), 4);
    static const uint8_t wanted[] = {3, 1, 0, 2};
    assert_memory_equal(order, wanted, sizeof(wanted));
}

static void examples_are_clean(void **state)
{
    (void)state;
    static const struct {
        const char *message, *example;
    } rows[] = {
        {"bell \a, del \x7f, esc \x1b[31m", "bell ?, del ?, esc ?[31m"},
        {"ok gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x93\xa7", /* as it is */
         "ok gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x93\xa7"},
        {"c1 \xc2\x85 bidi \xe2\x80\xae bom \xef\xbb\xbf", "c1 ?? bidi ??? bom ???"},
        {"overlong \xc0\xaf \xe0\x80\xaf surrogate \xed\xa0\x80", "overlong ?? ??? surrogate ???"},
        {"half \xe2\x82", "half ??"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        static struct shapes shapes;
        shapes = (struct shapes){.count = 0};
        shape_add(&shapes, text_of(rows[i].message));
        assert_string_equal(shapes.of[0].example, rows[i].example);
    }
    static struct shapes shapes;
    char text[SHAPE_EXAMPLE_BYTES + 100];
    memset(text, 'x', sizeof(text));
    memcpy(text + SHAPE_EXAMPLE_BYTES - 1, "\xe2\x82\xac", 3); /* does not fit as a whole */
    shapes = (struct shapes){.count = 0};
    shape_add(&shapes, (struct span){text, sizeof(text)});
    assert_int_equal(shapes.of[0].n, SHAPE_EXAMPLE_BYTES - 1);
    assert_int_equal(strlen(shapes.of[0].example), SHAPE_EXAMPLE_BYTES - 1);
}

/* In a heap block of exactly its size, so that ASan sees the next byte. */
static void add_exactly(struct shapes *shapes, const char *bytes, size_t n)
{
    char *exact = malloc(n == 0 ? 1 : n);
    assert_non_null(exact);
    if (n != 0)
        memcpy(exact, bytes, n);
    shape_add(shapes, (struct span){exact, n});
    free(exact);
}

static void hostile(void **state)
{
    (void)state;
    static struct shapes shapes;
    static const char line[] =
        "MID 5 '\\ <a\xe2\x82@b\" 2001:db8:: -- ://x@ \\'.. 0x1f [1, 2,3] a.b don't \xf0\x9f\x93";
    shapes = (struct shapes){.count = 0};
    for (size_t n = 0; n < sizeof(line); n++)
        add_exactly(&shapes, line, n);
    uint32_t seed = 4711;
    char bytes[700];
    uint64_t added = sizeof(line);
    for (unsigned round = 0; round < 3000; round++, added++) {
        const size_t n = (seed = seed * 1664525u + 1013904223u) >> 8 & 511;
        for (size_t i = 0; i < n; i++) {
            static const char hard[] = "'\"<>\\@:. ,0a\xc3\xff";
            seed = seed * 1664525u + 1013904223u;
            bytes[i] =
                round % 2 == 0 ? (char)(seed >> 24) : hard[(seed >> 24) % (sizeof(hard) - 1)];
        }
        add_exactly(&shapes, bytes, n);
    }
    uint64_t sum = shapes.others;
    for (size_t i = 0; i < shapes.count; i++) {
        const struct shape *shape = &shapes.of[i];
        sum += shape->count;
        assert_true(shape->n <= SHAPE_EXAMPLE_BYTES);
        assert_int_equal(shape->n, strlen(shape->example));
        for (size_t k = 0; k < shape->n; k++)
            assert_true((unsigned char)shape->example[k] >= ' ');
    }
    assert_int_equal(sum, added);
    memset(bytes, '\'', sizeof(bytes));
    add_exactly(&shapes, bytes, sizeof(bytes));
    memset(bytes, '\0', sizeof(bytes));
    add_exactly(&shapes, bytes, sizeof(bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(counts_by_shape),
        cmocka_unit_test(bounded),
        cmocka_unit_test(most_frequent_first),
        cmocka_unit_test(examples_are_clean),
        cmocka_unit_test(hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
