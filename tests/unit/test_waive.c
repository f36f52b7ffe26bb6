/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "plugin/judge.h"
#include "plugin/waive.h"

static const struct check status = {.name = "status"}, raid = {.name = "raid"};

static struct report_waiver waiver(const char *name, const char *check, const char *node,
                                   const char *text)
{
    return (struct report_waiver){.name = name,
                                  .check = check,
                                  .node = node,
                                  .text = text,
                                  .reason = "known",
                                  .approved_by = "J. Doe",
                                  .expires = 2000};
}

static struct report report;
static struct report_waiver waivers[4];

static void begin(size_t waiver_count)
{
    report = (struct report){.arena = &arena,
                             .waivers = waivers,
                             .waiver_count = waiver_count,
                             .state = STATE_NOT_APPLICABLE};
}

static struct result *result_of(const struct check *check, const char *node)
{
    struct result *result = arena_alloc(&arena, sizeof(*result));
    result_init(result, &arena, check, node);
    return result;
}

/* As judge.c adds one. */
static struct report_result *add(struct result *result)
{
    report.results = arena_push(&arena, report.results, report.count, sizeof(*report.results));
    struct report_result *answer = &report.results[report.count++];
    waive_result(&report, result);
    *answer = (struct report_result){
        .result = result, .state = result_state(result), .line = result_line(result)};
    report.state = result_worse(report.state, answer->state);
    return answer;
}

static void fits_by_check_node_and_text(void **state)
{
    static const struct {
        const char *check, *node, *text;
        bool fits;
    } cases[] = {
        {"raid", "esa1.example.com", "*degraded*", true},
        {"*", "*", "*", true},
        {"raid", "ESA*.example.com", "Drive 1 IS *", true},
        {"raid", "esa[12].example.com", "drive ? is degraded", true},
        {"status", "*", "*", false},
        {"rai", "*", "*", false},
        {"RAID", "*", "*", false},
        {"raid", "esa1", "*", false},
        {"raid", "", "*", false},
        {"raid", "*", "degraded", false},
        {"raid", "*", "", false},
        {"raid", "*", "drive \\1 is degraded", false},
        {"raid", "*", "drive [ is degraded", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        waivers[0] = waiver("w", cases[i].check, cases[i].node, cases[i].text);
        begin(1);
        struct result *result = result_of(&raid, "esa1.example.com");
        (void)result_say(result, STATE_CRITICAL, "drive 1", "drive 1 is degraded");
        struct report_result *answer = add(result);
        if ((answer->state == STATE_WARNING) != cases[i].fits)
            print_error("case %zu\n", i);
        assert_int_equal(answer->state, cases[i].fits ? STATE_WARNING : STATE_CRITICAL);
        assert_int_equal(waivers[0].used, cases[i].fits);
        assert_int_equal(report_waived(&report), cases[i].fits);
    }
}

/* The state of the finding stays what it is; what counts of it is never OK. */
static void weighs_by_the_state(void **state)
{
    static const struct {
        enum state state, weight;
        bool waived;
        size_t used;
    } cases[] = {
        {STATE_CRITICAL, STATE_WARNING, true, 1},
        {STATE_WARNING, STATE_WARNING, true, 1},
        {STATE_UNKNOWN, STATE_UNKNOWN, false, 1},
        {STATE_PENDING, STATE_PENDING, false, 1},
        {STATE_OK, STATE_OK, false, 0},
        {STATE_NOT_APPLICABLE, STATE_NOT_APPLICABLE, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        waivers[0] = waiver("w", "*", "*", "*");
        begin(1);
        struct result *result = result_of(&status, "esa1.example.com");
        struct finding *finding = result_say(result, cases[i].state, "esa1", "text");
        struct report_result *answer = add(result);
        assert_int_equal(finding->state, cases[i].state);
        assert_int_equal(answer->state, cases[i].weight);
        assert_int_equal(finding->waiver != NULL, cases[i].waived);
        assert_int_equal(waivers[0].used, cases[i].used);
    }
}

static void the_first_of_two_is_named_and_both_are_used(void **state)
{
    (void)state;
    waivers[0] = waiver("a", "status", "*", "*");
    waivers[1] = waiver("b", "*", "*", "*text*");
    begin(2);
    struct result *result = result_of(&status, "esa1.example.com");
    struct finding *one = result_say(result, STATE_CRITICAL, "1", "one text");
    struct finding *two = result_say(result, STATE_WARNING, "2", "another");
    (void)add(result);
    assert_string_equal(one->waiver, "a");
    assert_string_equal(two->waiver, "a");
    assert_int_equal(waivers[0].used, 2);
    assert_int_equal(waivers[1].used, 1);
    waive_end(&report);
    assert_int_equal(result->finding_count, 2);
    assert_string_equal(report_verdict(&report), "pass_with_warnings");
}

static void an_expired_one_lets_nothing_pass(void **state)
{
    (void)state;
    waivers[0] = waiver("over", "status", "*", "*");
    waivers[0].expired = true;
    waivers[1] = waiver("still", "status", "*", "two*");
    begin(2);
    struct result *result = result_of(&status, "esa1.example.com");
    struct finding *one = result_say(result, STATE_CRITICAL, "1", "one");
    struct finding *two = result_say(result, STATE_CRITICAL, "2", "two");
    struct report_result *answer = add(result);
    assert_null(one->waiver);
    assert_string_equal(two->waiver, "still");
    assert_int_equal(answer->state, STATE_CRITICAL);
    waive_end(&report);
    assert_int_equal(result->finding_count, 3);
    assert_int_equal(result->findings[2]->state, STATE_WARNING);
    assert_string_equal(result->findings[2]->subject, "over");
    assert_non_null(strstr(result->findings[2]->text, "(2 findings)"));
    assert_non_null(result->findings[2]->hint);
    assert_string_equal(report_verdict(&report), "fail");
}

static void one_that_fits_nothing_is_said_where_it_belongs(void **state)
{
    struct report_node nodes[] = {{.name = "esa1.example.com", .state = STATE_OK},
                                  {.name = "esa2.example.com", .state = STATE_OK}};
    (void)state;
    waivers[0] = waiver("rot", "raid", "esa2*", "*gone*");
    waivers[1] = waiver("stray", "raid", "nobody", "*");
    begin(2);
    report.nodes = nodes;
    report.node_count = 2;
    const struct check *const checks[] = {&status, &raid, &raid};
    static const char *const names[] = {"esa1.example.com", "esa1.example.com", "esa2.example.com"};
    for (size_t i = 0; i < 3; i++) {
        struct result *result = result_of(checks[i], names[i]);
        (void)result_say(result, STATE_OK, "x", "fine");
        (void)add(result);
    }
    assert_string_equal(report_verdict(&report), "pass");
    waive_end(&report);
    assert_int_equal(report.results[2].state, STATE_WARNING);
    assert_non_null(strstr(report.results[2].line, "'rot' fits nothing"));
    assert_int_equal(report.results[1].state, STATE_OK);
    assert_int_equal(report.results[0].state, STATE_WARNING); /* of nobody: said first of all */
    assert_int_equal(nodes[0].state, STATE_WARNING);
    assert_int_equal(nodes[1].state, STATE_WARNING);
    assert_int_equal(report.state, STATE_WARNING);
    assert_string_equal(report_verdict(&report), "pass_with_warnings");
}

/* The warning about a waiver stands beside what is not known yet, and must not cover it. */
static void its_own_flaw_hides_nothing(void **state)
{
    static const enum state states[] = {STATE_UNKNOWN, STATE_PENDING};
    (void)state;
    for (size_t i = 0; i < COUNT(states); i++) {
        waivers[0] = waiver("rot", "status", "*", "nothing");
        begin(1);
        struct result *result = result_of(&status, "esa1.example.com");
        (void)result_say(result, states[i], "x", "not seen");
        (void)add(result);
        waive_end(&report);
        assert_int_equal(result->finding_count, 2);
        assert_string_equal(report_verdict(&report), "incomplete");
    }
}

static void says_nothing_without_results(void **state)
{
    (void)state;
    waivers[0] = waiver("rot", "status", "*", "nothing");
    begin(1);
    waive_end(&report);
    assert_int_equal(report.count, 0);
    assert_string_equal(report_verdict(&report), "incomplete");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(fits_by_check_node_and_text),
        with_arena(weighs_by_the_state),
        with_arena(the_first_of_two_is_named_and_both_are_used),
        with_arena(an_expired_one_lets_nothing_pass),
        with_arena(one_that_fits_nothing_is_said_where_it_belongs),
        with_arena(its_own_flaw_hides_nothing),
        with_arena(says_nothing_without_results),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
