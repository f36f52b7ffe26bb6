/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/run_folder.h"

#include "checks/registry.h"
#include "plugin/file.h"
#include "plugin/reload.h"
#include "plugin/render/render.h"

static struct report report;

static bool reads(const char *text)
{
    put("report.json", text);
    fault = (struct fault){.kind = FAULT_NONE};
    return reload_report(&arena, folder, registry_find, &report, &fault);
}

static void prints_what_it_read(void **state)
{
    static const struct {
        const char *scenario, *before;
    } cases[] = {
        {"healthy", "before"},         {"three-faults", "before"}, {"before", NULL},
        {"alert-explained", "before"}, {"mixed-builds", "before"}, {"empty-documents", NULL},
        {"both-suspended", "before"}};
    struct report_waiver waivers[] = {{.name = "all",
                                       .check = "status",
                                       .node = "*",
                                       .text = "*",
                                       .reason = "r <&> \"q\"",
                                       .approved_by = "A, B",
                                       .expires = 1893456000},
                                      {.name = "over",
                                       .check = "*",
                                       .node = "esa1*",
                                       .text = "*",
                                       .reason = "r",
                                       .approved_by = "A, B",
                                       .expires = 1}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct span written;
        struct rules rules = some_rules();
        rules.waivers = waivers;
        rules.waiver_count = i % 2 == 0 ? 0 : COUNT(waivers);
        rules.interrupted = i == 3 ? "interrupted by SIGTERM" : NULL;
        rules.previous = i == 4 ? "verify-1" : NULL;
        rules.previous_sha256 = i == 4 ? "0123" : NULL;
        const char *name = arena_printf(&arena, "run%zu", i);
        (void)make_run(name, cases[i].scenario, cases[i].before, &rules);
        const char *path = arena_printf(&arena, "%s/report.json", inside(name));
        assert_true(file_read(&arena, path, 64 << 20, &written, &fault));
        assert_true(reload_report(&arena, inside(name), registry_find, &report, &fault));
        struct span again = proof_render(&arena, &report, render_json_print);
        assert_int_equal(again.n, written.n);
        assert_memory_equal(again.p, written.p, written.n);
        /* By its own name as well as by its folder. */
        assert_true(reload_report(&arena, path, registry_find, &report, &fault));
    }
}

static void two_judgements_are_the_same_but_for_run(void **state)
{
    struct span bytes[2];
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct rules rules = some_rules();
        rules.run_id = i == 0 ? "one" : "two";
        rules.started_at += (int64_t)i * 100000;
        const char *name = i == 0 ? "one" : "two";
        (void)make_run(name, "three-faults", "before", &rules);
        assert_true(file_read(&arena, arena_printf(&arena, "%s/report.json", inside(name)),
                              64 << 20, &bytes[i], &fault));
        bytes[i].p = strstr(arena_dup(&arena, bytes[i]), "\"verdict\":");
        assert_non_null(bytes[i].p);
    }
    assert_string_equal(bytes[0].p, bytes[1].p);
}

#define REPORT(more) "{\"schema\": \"postcheck.report/1\"" more "}"
#define RESULT(more)                                                                               \
    REPORT(", \"results\": [{\"check\": \"status\", \"node\": \"esa1\", \"state\": \"ok\"" more    \
           "}]")

static void refuses_what_is_no_report(void **state)
{
    static const struct {
        const char *text;
        enum fault_kind kind;
    } cases[] = {
        {"", FAULT_SYNTAX},
        {"{", FAULT_SYNTAX},
        {"\xff\xfe{}", FAULT_SYNTAX},
        {"null", FAULT_SYNTAX},
        {"[]", FAULT_UNSUPPORTED},
        {"{}", FAULT_UNSUPPORTED},
        {"{\"schema\": [\"postcheck.report/1\"]}", FAULT_UNSUPPORTED},
        {"{\"schema\": \"postcheck.report/2\"}", FAULT_UNSUPPORTED},
        {REPORT(", \"results\": [1]"), FAULT_SYNTAX},
        {REPORT(", \"results\": [{\"state\": \"splendid\"}]"), FAULT_SYNTAX},
        {REPORT(", \"results\": [{\"state\": 1}]"), FAULT_SYNTAX},
        {REPORT(", \"nodes\": [null]"), FAULT_SYNTAX},
        {REPORT(", \"clusters\": [{\"members\": [1]}]"), FAULT_SYNTAX},
        {RESULT(", \"findings\": [{\"text\": \"x\"}]"), FAULT_SYNTAX},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (reads(cases[i].text))
            print_error("'%s' was read\n", cases[i].text);
        assert_int_equal(fault.kind, cases[i].kind);
        assert_non_null(strstr(fault.origin, "report.json"));
    }
    char *deep = arena_alloc(&arena, 200001);
    memset(deep, '[', 200000);
    assert_false(reads(deep));
    assert_int_equal(remove(inside("report.json")), 0);
    assert_false(reload_report(&arena, folder, registry_find, &report, &fault));
    assert_int_equal(fault.kind, FAULT_NOT_CAPTURED);
    assert_int_equal(mkfifo(inside("report.json"), 0600), 0);
    assert_false(reload_report(&arena, folder, registry_find, &report, &fault));
    assert_int_equal(fault.kind, FAULT_INTERNAL);
}

/* Whatever was read can be printed in every form, and holds no control character any more. */
static void survives_anybodys_file(void **state)
{
    static const char *const cases[] = {
        REPORT(""),
        REPORT(", \"run\": [], \"waivers\": {}, \"documents\": 1, \"nodes\": {}, \"results\": 0"),
        REPORT(", \"run\": {\"plan\": 1, \"sha256\": {\"a\": 1, \"\\u001b[2J\": null}, "
               "\"previous\": 3,"
               "\"started_at\": \"9999-99-99\", \"ended_at\": {}}"),
        REPORT(", \"waivers\": [1, null, {\"used\": -5, \"expires\": \"never\"},"
               " {\"used\": 9223372036854775807}]"),
        REPORT(", \"documents\": [{}, {\"bytes\": 9223372036854775807, \"duration_ms\": -1}, 7]"),
        REPORT(", \"clusters\": [{\"state\": \"ok\", \"members\": [null, 1, \"\\r\\n\"]}]"),
        REPORT(", \"nodes\": [{\"state\": \"ok\", \"version\": [], \"timeline\": [1, {\"line\": "
               "99999999999}], \"mail_per_minute\": [{\"received\": 1e300}]}]"),
        RESULT(""),
        RESULT(", \"duration_ms\": 9223372036854775807, \"taken_at\": \"x\", \"findings\": 1"),
        RESULT(", \"metrics\": [1, {\"name\": \"x\", \"value\": 1e308}, {\"value\": \"x\"}]"),
        RESULT(", \"comparisons\": [{\"operator\": \"astrology\", \"band\": \"x\"}, null]"),
        RESULT(", \"findings\": [{\"state\": \"critical\", \"text\": "
               "\"\\u001b[31m|<script>\\u202e\\u0085"
               "\\r\\nx\", \"evidence\": {\"document\": \"../../etc\", \"line\": -1},"
               " \"waiver\": {\"name\": \"nobody\"}}]"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (!reads(cases[i]))
            print_error("'%s': %s\n", cases[i], fault.text);
        assert_int_equal(fault.kind, FAULT_NONE);
        for (size_t f = 0; f < render_count; f++) {
            struct span text = proof_render(&arena, &report, render_rows[f].print);
            for (size_t at = 0; at < text.n; at++)
                assert_true((unsigned char)text.p[at] >= ' ' || text.p[at] == '\n');
            assert_true(text.n > 0);
        }
        /* Nothing of it is green by default. */
        if (i < 7)
            assert_string_equal(report_verdict(&report), "incomplete");
    }
}

static void keeps_the_names_that_it_does_not_know(void **state)
{
    (void)state;
    assert_true(
        reads(REPORT(", \"results\": [{\"check\": \"astrology\", \"node\": \"esa1\", \"state\": "
                     "\"warning\", \"summary\": \"s\", \"findings\": [], \"metrics\": "
                     "[{\"name\": \"stars\", \"unit\": \"ly\", \"value\": 4.25}]}]")));
    assert_int_equal(report.count, 1);
    assert_string_equal(report.results[0].result->check->name, "astrology");
    assert_string_equal(report.results[0].result->metrics[0].spec->name, "stars");
    assert_string_equal(report.results[0].result->metrics[0].spec->unit, "ly");
    assert_int_equal(report.state, STATE_WARNING);
    assert_string_equal(report_verdict(&report), "pass_with_warnings");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_folder(prints_what_it_read),
        with_folder(two_judgements_are_the_same_but_for_run),
        with_folder(refuses_what_is_no_report),
        with_folder(survives_anybodys_file),
        with_folder(keeps_the_names_that_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
