/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "checks/fault.h"

static void words_and_states(void **state)
{
    static const struct {
        enum fault_kind kind;
        const char *word;
        enum state state;
    } rows[] = {
        {FAULT_NOT_CAPTURED, "not captured", STATE_UNKNOWN},
        {FAULT_EMPTY, "empty", STATE_UNKNOWN},
        {FAULT_UNREACHABLE, "unreachable", STATE_CRITICAL},
        {FAULT_TIMEOUT, "timeout", STATE_UNKNOWN},
        {FAULT_HOST_KEY, "host key", STATE_UNKNOWN},
        {FAULT_HOST_CHANGED, "host key changed", STATE_CRITICAL},
        {FAULT_CERTIFICATE, "certificate", STATE_UNKNOWN},
        {FAULT_ALGORITHM, "algorithm", STATE_UNKNOWN},
        {FAULT_LOGIN, "login", STATE_UNKNOWN},
        {FAULT_EXPIRED, "expired", STATE_UNKNOWN},
        {FAULT_FACTOR, "second factor", STATE_UNKNOWN},
        {FAULT_BUSY, "busy", STATE_UNKNOWN},
        {FAULT_DROPPED, "dropped", STATE_UNKNOWN},
        {FAULT_QUESTION, "question", STATE_UNKNOWN},
        {FAULT_FORBIDDEN, "forbidden", STATE_UNKNOWN},
        {FAULT_UNSUPPORTED, "unsupported", STATE_UNKNOWN},
        {FAULT_RESTARTING, "restarting", STATE_PENDING},
        {FAULT_CUT, "cut", STATE_UNKNOWN},
        {FAULT_TOO_BIG, "too big", STATE_UNKNOWN},
        {FAULT_SYNTAX, "syntax", STATE_UNKNOWN},
        {FAULT_INTERNAL, "internal", STATE_UNKNOWN},
    };
    (void)state;
    assert_int_equal(COUNT(rows), FAULT_KINDS - 1);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(fault_word(rows[i].kind), rows[i].word);
        assert_int_equal(fault_kind_of(text_of(rows[i].word)), rows[i].kind);
        assert_int_equal(fault_state(rows[i].kind), rows[i].state);
    }
}

/* A fault that is there must never read as none, and never as fine. */
static void no_kind_is_fine(void **state)
{
    static const char *const words[] = {"", "nonesuch", "timeouts", "time", "ok"};
    (void)state;
    for (size_t i = 0; i < COUNT(words); i++)
        assert_int_equal(fault_kind_of(text_of(words[i])), FAULT_INTERNAL);
    assert_int_equal(fault_kind_of((struct span){NULL, 0}), FAULT_INTERNAL);
    assert_int_equal(fault_kind_of((struct span){"timeout\0", 8}), FAULT_INTERNAL);
    for (int kind = 0; kind < FAULT_KINDS; kind++)
        assert_true(fault_state((enum fault_kind)kind) > STATE_OK);
}

static void sets_all_members(void **state)
{
    (void)state;
    memset(&fault, 0x5a, sizeof(fault));
    assert_false(
        fault_set(&fault, FAULT_SYNTAX, "cli/status.txt", 12, "no %s in %d lines", "sense", 3));
    assert_int_equal(fault.kind, FAULT_SYNTAX);
    assert_int_equal(fault.line, 12);
    assert_string_equal(fault.origin, "cli/status.txt");
    assert_string_equal(fault.text, "no sense in 3 lines");
    assert_false(fault_set(&fault, FAULT_EMPTY, NULL, 0, "nothing"));
    assert_string_equal(fault.origin, "");
    assert_false(fault_set(NULL, FAULT_EMPTY, "x", 0, "nobody listens to %s", "this"));
}

static void long_texts_are_cut(void **state)
{
    char text[2000];
    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    (void)fault_set(&fault, FAULT_SYNTAX, text, 0, "%s", text);
    assert_int_equal(strlen(fault.origin), sizeof(fault.origin) - 1);
    assert_int_equal(strlen(fault.text), sizeof(fault.text) - 1);
    struct span span = text_of(text), none = {NULL, 0};
    (void)fault_set(&fault, FAULT_SYNTAX, "x", 0, "'%.*s' '%.*s'", FAULT_QUOTE(span),
                    FAULT_QUOTE(none));
    assert_int_equal(strlen(fault.text), 120 + 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_states),
        cmocka_unit_test(no_kind_is_fine),
        cmocka_unit_test(sets_all_members),
        cmocka_unit_test(long_texts_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
