/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "checks/maillog/sketch.h"

enum { ROOM = 8 };

static struct flow_top tops[ROOM];

static void add(struct sketch *sketch, const char *text, uint64_t weight)
{
    sketch_add(sketch, text_of(text), weight);
}

static void counts_exactly_while_there_is_room(void **state)
{
    struct sketch *sketch = sketch_new(4);
    (void)state;
    assert_non_null(sketch);
    assert_int_equal(sketch_list(sketch, tops, ROOM), 0);
    add(sketch, "b@example.com", 1);
    add(sketch, "a@example.com", 2);
    add(sketch, "c@example.com", 1);
    add(sketch, "b@example.com", 5);
    add(sketch, "", 9);
    add(sketch, "nobody@example.com", 0);
    assert_int_equal(sketch_list(sketch, tops, ROOM), 3);
    assert_span(tops[0].text, "b@example.com");
    assert_int_equal(tops[0].count, 6);
    assert_int_equal(tops[0].error, 0);
    assert_span(tops[1].text, "a@example.com");
    assert_span(tops[2].text, "c@example.com");
    assert_int_equal(sketch_list(sketch, tops, 1), 1);
    assert_span(tops[0].text, "b@example.com");
    assert_int_equal(sketch_total(sketch), 9);
    sketch_free(sketch);
}

static void orders_equal_counts_by_their_bytes(void **state)
{
    static const char *const texts[] = {"ab", "b", "a", "abc"};
    struct sketch *sketch = sketch_new(8);
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        add(sketch, texts[i], 3);
    assert_int_equal(sketch_list(sketch, tops, ROOM), 4);
    assert_span(tops[0].text, "a");
    assert_span(tops[1].text, "ab");
    assert_span(tops[2].text, "abc");
    assert_span(tops[3].text, "b");
    sketch_free(sketch);
}

/* The newcomer inherits the count of the least frequent, and says so. */
static void takes_over_the_least_frequent(void **state)
{
    struct sketch *sketch = sketch_new(2);
    (void)state;
    add(sketch, "often", 10);
    add(sketch, "seldom", 3);
    add(sketch, "new", 1);
    assert_int_equal(sketch_list(sketch, tops, ROOM), 2);
    assert_span(tops[1].text, "new");
    assert_int_equal(tops[1].count, 4);
    assert_int_equal(tops[1].error, 3);
    add(sketch, "seldom", 1); /* forgotten: it comes back like any other */
    assert_int_equal(sketch_list(sketch, tops, ROOM), 2);
    assert_span(tops[1].text, "seldom");
    assert_int_equal(tops[1].error, 4);
    sketch_free(sketch);
}

static void keeps_the_beginning_of_a_long_text(void **state)
{
    char text[400];
    struct sketch *sketch = sketch_new(0); /* that is one */
    (void)state;
    memset(text, 'x', sizeof(text));
    sketch_add(sketch, (struct span){text, 300}, 1);
    sketch_add(sketch, (struct span){text, SKETCH_TEXT}, 1);
    sketch_add(sketch, (struct span){text, 301}, 1);
    assert_int_equal(sketch_list(sketch, tops, ROOM), 1);
    assert_int_equal(tops[0].text.n, SKETCH_TEXT);
    assert_int_equal(tops[0].count, 3);
    assert_int_equal(tops[0].error, 0);
    sketch_free(sketch);
    sketch_free(NULL);
}

/*
 * Against exact counts: what is more frequent than total / counters is there, no count is too low,
 * none is too high by more than its error, and a second run says the same.
 */
static void keeps_its_promises_on_a_long_stream(void **state)
{
    enum { TEXTS = 5000, COUNTERS = 64, STEPS = 200000 };
    static uint64_t exact[TEXTS];
    struct flow_top list[2][COUNTERS];
    struct sketch *sketches[2] = {sketch_new(COUNTERS), sketch_new(COUNTERS)};
    uint64_t random = 88172645463325252u, total = 0;
    char text[32];
    (void)state;
    for (size_t step = 0; step < STEPS; step++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        size_t top = random % 16 < 9 ? 20 : TEXTS; /* more than half to the first few */
        size_t number = (random >> 8) % top;
        uint64_t weight = 1 + (random >> 40) % 3;
        (void)snprintf(text, sizeof(text), "user%zu@example.com", number);
        exact[number] += weight;
        total += weight;
        add(sketches[0], text, weight);
        add(sketches[1], text, weight);
    }
    size_t count = sketch_list(sketches[0], list[0], COUNTERS);
    assert_int_equal(count, COUNTERS);
    assert_int_equal(sketch_list(sketches[1], list[1], COUNTERS), COUNTERS);
    for (size_t i = 0; i < count; i++) {
        size_t number = (size_t)strtoul(list[0][i].text.p + strlen("user"), NULL, 10);
        assert_true(list[0][i].count >= exact[number]);
        assert_true(list[0][i].count - list[0][i].error <= exact[number]);
        assert_true(i == 0 || list[0][i - 1].count >= list[0][i].count);
        assert_true(text_same(list[0][i].text, list[1][i].text));
        assert_int_equal(list[0][i].count, list[1][i].count);
        if (exact[number] > total / COUNTERS)
            exact[number] = 0; /* seen */
    }
    for (size_t number = 0; number < TEXTS; number++)
        assert_true(exact[number] <= total / COUNTERS);
    sketch_free(sketches[0]);
    sketch_free(sketches[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(counts_exactly_while_there_is_room),
                                       cmocka_unit_test(orders_equal_counts_by_their_bytes),
                                       cmocka_unit_test(takes_over_the_least_frequent),
                                       cmocka_unit_test(keeps_the_beginning_of_a_long_text),
                                       cmocka_unit_test(keeps_its_promises_on_a_long_stream)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
