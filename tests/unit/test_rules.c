/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/run_folder.h"

#include "checks/registry.h"
#include "plugin/rules.h"

static struct rules rules;

static bool read_text(const char *text)
{
    fault = (struct fault){.kind = FAULT_NONE};
    return rules_read(&arena, "rules.json", text_of(text), &rules, &fault);
}

static void comes_back_as_it_was_written(void **state)
{
    const struct check *mail = registry_find(text_of("mailflow"));
    const struct check *checks[] = {mail, registry_find(text_of("status"))};
    assert_non_null(mail);
    assert_true(mail->metric_count > 0);
    const struct check_limit limits[] = {
        {.spec = &mail->metrics[0],
         .has_warning = true,
         .has_critical = true,
         .warning = {.low = 10, .high = 20.5},
         .critical = {.low = 0, .high = 1e9}},
    };
    const struct check_word words[] = {{mail, text_of("\"fine\" <b>")}};
    struct rules_plan plan = {"esa1.example.com", {0}};
    struct report_waiver waivers[] = {{.name = "a\"b",
                                       .check = "*",
                                       .node = "esa*",
                                       .text = "*[x]\\*",
                                       .reason = "ü – ok",
                                       .approved_by = "A, B",
                                       .expires = 1772939400}};
    struct rules all = some_rules();
    (void)state;
    assert_true(release_parse(text_of("15.0.3-002"), &plan.expect, &fault));
    all.plan =
        (struct report_plan){.title = "t", .has_from = true, .from = 1, .has_to = true, .to = 2};
    all.interrupted = "interrupted by SIGTERM";
    all.previous = "verify-1";
    all.previous_sha256 = "00";
    all.judging.checks = checks;
    all.judging.check_count = COUNT(checks);
    all.judging.by_role = true;
    all.judging.optional = checks;
    all.judging.optional_count = 1;
    all.judging.limits = limits;
    all.judging.limit_count = 1;
    all.judging.words = words;
    all.judging.word_count = 1;
    all.judging.has_since = true;
    all.judging.since = (struct stamp){.civil = 1772939400, .has_offset = true, .offset = -3600};
    all.judging.has_expect = true;
    all.judging.expect = plan.expect;
    all.expects = &plan;
    all.expect_count = 1;
    all.waivers = waivers;
    all.waiver_count = 1;
    const struct rules minimal = {.phase = "baseline"};
    const struct rules *const cases[] = {&all, &minimal};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct span text = rules_print(&arena, cases[i]);
        assert_true(rules_read(&arena, "rules.json", text, &rules, &fault));
        assert_span(rules_print(&arena, &rules), text.p);
    }
    /* A clock without zone gets none on the way. */
    all.judging.since.has_offset = false;
    struct span text = rules_print(&arena, &all);
    assert_true(rules_read(&arena, "rules.json", text, &rules, &fault));
    assert_false(rules.judging.since.has_offset);
    assert_int_equal(rules.judging.since.civil, 1772939400);
    assert_ptr_equal(rules.judging.limits[0].spec, &mail->metrics[0]);
    assert_string_equal(rules.waivers[0].text, "*[x]\\*");
    assert_true(rules.judging.of_change);
}

#define RULES(more) "{\"schema\": \"postcheck.rules/1\", \"phase\": \"verify\"" more "}"

static void refuses_what_it_does_not_know(void **state)
{
    static const struct {
        const char *text;
        enum fault_kind kind;
    } cases[] = {
        {"", FAULT_SYNTAX},
        {"{", FAULT_SYNTAX},
        {"[]", FAULT_UNSUPPORTED},
        {"{}", FAULT_UNSUPPORTED},
        {"{\"schema\": 1, \"phase\": \"verify\"}", FAULT_UNSUPPORTED},
        {"{\"schema\": \"postcheck.rules/2\", \"phase\": \"verify\"}", FAULT_UNSUPPORTED},
        {"{\"schema\": \"postcheck.rules/1\"}", FAULT_UNSUPPORTED},
        {RULES(", \"checks\": [\"astrology\"]"), FAULT_UNSUPPORTED},
        {RULES(", \"checks\": [null]"), FAULT_UNSUPPORTED},
        {RULES(", \"optional\": [7]"), FAULT_UNSUPPORTED},
        {RULES(", \"limits\": [{}]"), FAULT_UNSUPPORTED},
        {RULES(", \"limits\": [{\"metric\": \"stars\"}]"), FAULT_UNSUPPORTED},
        {RULES(", \"limits\": [3]"), FAULT_UNSUPPORTED},
        {RULES(", \"words\": [{\"check\": \"status\"}]"), FAULT_UNSUPPORTED},
        {RULES(", \"words\": [\"x\"]"), FAULT_UNSUPPORTED},
        {RULES(", \"waivers\": [{}]"), FAULT_UNSUPPORTED},
        {RULES(", \"waivers\": [[]]"), FAULT_UNSUPPORTED},
        {RULES(", \"waivers\": [{\"name\": \"w\", \"check\": \"*\", \"node\": \"*\", \"text\": "
               "\"*\", \"reason\": \"r\", \"approved_by\": \"a\", \"expires\": \"soon\"}]"),
         FAULT_UNSUPPORTED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (read_text(cases[i].text))
            print_error("'%s' was read\n", cases[i].text);
        assert_int_equal(fault.kind, cases[i].kind);
        assert_string_equal(fault.origin, "rules.json");
        assert_true(strlen(fault.text) > 0);
        assert_null(strstr(fault.text, "(null)"));
    }
    assert_false(read_text(RULES(", \"expect\": \"rubbish\"")));
    assert_false(read_text(RULES(", \"expect_of\": {\"esa1\": null}")));
    assert_false(
        read_text(RULES(", \"limits\": [{\"metric\": \"oldest_s\", \"warning\": \"x:y:z\"}]")));
}

static void survives_wrong_types(void **state)
{
    (void)state;
    assert_true(read_text(RULES(
        ", \"checks\": {}, \"optional\": 1, \"limits\": \"x\", \"words\": null, \"waivers\": 2,"
        "\"since\": [], \"expect\": {}, \"expect_of\": [], \"plan\": 1, \"judged_at\": 5,"
        "\"started_at\": true, \"operator\": [\"x\"], \"change\": \"a\\u001b[31m\\nb\"")));
    assert_int_equal(rules.judging.check_count, 0);
    assert_int_equal(rules.waiver_count, 0);
    assert_false(rules.has_judged_at);
    assert_false(rules.has_times);
    assert_false(rules.judging.has_since);
    assert_string_equal(rules.change, "a [31m b");
    /* Deep nesting is refused, not followed. */
    char *deep = arena_alloc(&arena, 100001);
    memset(deep, '[', 100000);
    assert_false(read_text(deep));
    assert_int_equal(fault.kind, FAULT_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_arena(comes_back_as_it_was_written),
                                       with_arena(refuses_what_it_does_not_know),
                                       with_arena(survives_wrong_types)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
