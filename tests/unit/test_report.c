/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include "plugin/render/report.h"

static void is_never_green_from_silence(void **state)
{
    (void)state;
    struct report report = {.arena = &arena, .state = STATE_NOT_APPLICABLE};
    assert_string_equal(report_verdict(&report), "incomplete");
    assert_int_equal(report_exit_code(&report), 3);
    assert_string_equal(report_headline(&report), "ASYNCOS UNKNOWN - nothing was asked");
    report.interrupted = "interrupted by SIGTERM";
    assert_int_equal(report_exit_code(&report), 3);
    assert_string_equal(report_headline(&report), "ASYNCOS UNKNOWN - interrupted by SIGTERM");
}

/* A run of one answer that has a finding in each of STATES (-1 ends them). */
static struct report run_of(bool optional, const char *waiver, const int *states)
{
    static const struct check check = {.name = "status"};
    struct report_result *answer = arena_alloc(&arena, sizeof(*answer));
    struct result *result = arena_alloc(&arena, sizeof(*result));
    result_init(result, &arena, &check, "esa1.example.com");
    for (size_t i = 0; states[i] >= 0; i++) {
        struct finding *finding = result_say(result, (enum state)states[i], "esa1", "text");
        finding->waiver = i == 0 ? waiver : NULL;
    }
    *answer = (struct report_result){
        .result = result, .state = result_state(result), .optional = optional};
    return (struct report){.arena = &arena, .results = answer, .count = 1, .state = answer->state};
}

static void no_warning_hides_what_was_not_seen(void **state)
{
    static const struct {
        bool optional;
        const char *waiver; /* of the first finding */
        int states[4];
        int code;
    } cases[] = {
        {false, NULL, {STATE_OK, STATE_NOT_APPLICABLE, -1}, 0},
        {false, NULL, {STATE_WARNING, STATE_OK, -1}, 1},
        {false, NULL, {STATE_WARNING, STATE_UNKNOWN, -1}, 3},
        {false, NULL, {STATE_WARNING, STATE_PENDING, -1}, 3},
        {false, NULL, {STATE_OK, STATE_PENDING, -1}, 3},
        {false, NULL, {-1}, 3},
        {false, NULL, {STATE_CRITICAL, STATE_UNKNOWN, -1}, 2},
        {false, "accepted", {STATE_CRITICAL, STATE_OK, -1}, 1},
        {false, "accepted", {STATE_CRITICAL, STATE_UNKNOWN, -1}, 3},
        {false, "accepted", {STATE_CRITICAL, STATE_CRITICAL, -1}, 2},
        {false, "accepted", {STATE_UNKNOWN, STATE_OK, -1}, 1},
        {true, NULL, {STATE_UNKNOWN, -1}, 1},
        {true, NULL, {STATE_WARNING, STATE_UNKNOWN, -1}, 1},
        {true, NULL, {STATE_CRITICAL, -1}, 2},
    };
    static const char *const words[] = {"pass", "pass_with_warnings", "fail", "incomplete"};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct report report = run_of(cases[i].optional, cases[i].waiver, cases[i].states);
        if (report_verdict_code(&report) != cases[i].code)
            print_error("case %zu\n", i);
        assert_int_equal(report_verdict_code(&report), cases[i].code);
        assert_string_equal(report_verdict(&report), words[cases[i].code]);
        /* An interruption makes less of it, never more. */
        report.interrupted = "interrupted by SIGTERM";
        assert_int_equal(report_verdict_code(&report), cases[i].code == 2 ? 2 : 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_arena(is_never_green_from_silence),
                                       with_arena(no_warning_hides_what_was_not_seen)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
