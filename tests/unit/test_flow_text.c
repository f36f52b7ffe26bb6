/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdlib.h>

#include "checks/maillog/flow_text.h"

/* Texts of messages in flight against a list of them. */

enum { MESSAGES = 2500, KEPT = 40 };

static uint32_t seed = 1;

static uint32_t below(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

/* The text that STEP keeps: its bytes and its length tell which. */
static struct span text_at(uint32_t step)
{
    static char bytes[FLOW_TEXT_LONGEST + 100];
    memset(bytes, (int)('a' + step % 26), sizeof(bytes));
    return (struct span){bytes, step % 16 == 0 ? step % sizeof(bytes) : step % 50};
}

static void assert_has(const struct flow_text *of, const uint32_t *steps, uint32_t count)
{
    uint32_t at = 0;
    enum flow_text_kind kind;
    struct span text = {NULL, 0};
    for (uint32_t i = 0; i < count; i++) {
        struct span wanted = text_head(text_at(steps[i]), FLOW_TEXT_LONGEST);
        assert_true(flow_text_next(of, &at, &kind, &text));
        assert_int_equal(kind, steps[i] % TEXT_KINDS);
        assert_true(text_same(text, wanted));
    }
    assert_false(flow_text_next(of, &at, &kind, &text));
}

/* Messages come in any order, though none before its number, and go: their cells are used again. */
static void against_a_list(void **state)
{
    static uint32_t steps[MESSAGES][KEPT], counts[MESSAGES];
    static struct flow_text of[MESSAGES];
    struct flow_texts texts = {NULL, 0};
    (void)state;
    for (uint32_t step = 1; step < 60000; step++) {
        uint32_t i = below(step < MESSAGES ? step : MESSAGES);
        flow_text_expect(&texts, i + 1);
        if (counts[i] == KEPT || below(16) == 0) {
            assert_has(&of[i], steps[i], counts[i]);
            flow_text_release(&of[i]);
            counts[i] = 0;
        } else {
            enum flow_text_kind kind = (enum flow_text_kind)(step % TEXT_KINDS);
            assert_true(flow_text_keep(&texts, i + 1, &of[i], kind, text_at(step)));
            steps[i][counts[i]++] = step;
        }
    }
    for (uint32_t i = 0; i < MESSAGES; i++) {
        assert_has(&of[i], steps[i], counts[i]);
        flow_text_release(&of[i]);
    }
    flow_text_free(&texts);
}

/* What lies behind a text is not read: each has a room of its own. */
static void keeps_every_length(void **state)
{
    struct flow_texts texts = {NULL, 0};
    struct flow_text of = {NULL, 0, 0};
    enum flow_text_kind kind;
    struct span kept = {NULL, 0};
    uint32_t at = 0;
    (void)state;
    for (size_t n = 0; n <= 70; n++) {
        char *text = malloc(n + (n == 0));
        assert_non_null(text);
        memset(text, (int)n, n);
        assert_true(flow_text_keep(&texts, 1, &of, TEXT_TO, (struct span){text, n}));
        assert_true(flow_text_next(&of, &at, &kind, &kept));
        assert_true(text_same(kept, (struct span){text, n}));
        free(text);
    }
    flow_text_release(&of);
    flow_text_free(&texts);
}

static void keeps_no_more_than_enough(void **state)
{
    struct flow_texts texts = {NULL, 0};
    struct flow_text of = {NULL, 0, 0};
    (void)state;
    for (uint32_t i = 0; i < FLOW_TEXT_ENOUGH / 100; i++)
        assert_true(flow_text_keep(&texts, 1, &of, TEXT_TO, text_at(1024)));
    assert_true(of.n > FLOW_TEXT_ENOUGH);
    assert_true(of.n <= FLOW_TEXT_ENOUGH + FLOW_TEXT_HEAD + FLOW_TEXT_LONGEST);
    flow_text_release(&of);
    flow_text_free(&texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(against_a_list),
                                       cmocka_unit_test(keeps_every_length),
                                       cmocka_unit_test(keeps_no_more_than_enough)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
