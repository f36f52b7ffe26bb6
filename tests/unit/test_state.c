/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/folder.h"

#include <dirent.h>

#include "checks/registry.h"
#include "plugin/capture.h"
#include "plugin/file.h"
#include "plugin/judge.h"
#include "plugin/proof.h"
#include "plugin/render/render.h"
#include "plugin/state.h"
#include "plugin/state_index.h"

/* The newest answers of the scenarios are of 8 March 2026, 03:00 UTC. */
enum { ENDED = 1772938880, MINUTES = 60 };

static struct report begun(void)
{
    return (struct report){.arena = &arena,
                           .tool_version = "1",
                           .phase = "poll",
                           .has_times = true,
                           .started_at = ENDED - 80,
                           .ended_at = ENDED,
                           .state = STATE_NOT_APPLICABLE};
}

/* The fleet of SCENARIO, or of it only HOST. */
static struct report judged(const char *scenario, const char *host)
{
    static const struct judging judging;
    struct report report = begun();
    struct capture capture;
    const char *dir = arena_printf(&arena, "tests/scenarios/%s", scenario);
    assert_true(capture_load(&arena, dir, NULL, &capture, &fault));
    for (size_t i = 0; i < capture.fleet.count; i++)
        if (host == NULL || strcmp(capture.fleet.nodes[i].name, host) == 0)
            judge_node(&arena, &judging, &capture.fleet, NULL, &capture.fleet.nodes[i], &report);
    judge_end(&report);
    return report;
}

static struct span put_state(const char *name, const struct report *report)
{
    const struct span text = proof_render(&arena, report, render_json_print);
    put_bytes(name, text);
    return text;
}

/* An index must not be taken for that of a file that was written in the same moment. */
static void put_index(const char *name)
{
    fault = (struct fault){.kind = FAULT_NONE};
    if (!state_index_write(&arena, inside(name), &fault))
        print_error("%s\n", fault.text);
    assert_int_equal(fault.kind, FAULT_NONE);
}

static unsigned max_age_s; /* 0 = the default */
static bool whole_report;

static struct report ask(const char *name, const char *host, int64_t now, const char *check)
{
    const char *const checks[] = {check};
    const struct state_question question = {.path = inside(name),
                                            .host = host,
                                            .checks = checks,
                                            .check_count = check == NULL ? 0 : 1,
                                            .max_age_s = max_age_s,
                                            .now = now,
                                            .whole = whole_report,
                                            .find = registry_find};
    return state_answer(&arena, &question);
}

static const char *said(const struct report *report)
{
    return arena_dup(&arena, proof_render(&arena, report, render_nagios_print));
}

/* What is said without the age of the state, which a live answer does not have. */
static const char *as_live(const struct report *report)
{
    struct report live = *report;
    assert_true(report->has_age);
    live.has_age = false;
    return said(&live);
}

static void answers_as_the_live_plugin(void **state)
{
    static const char *const hosts[] = {"esa1.example.com", "esa2.example.com", "sma1.example.com"};
    DIR *scenarios = opendir("tests/scenarios");
    size_t compared = 0, indexed = 0;
    (void)state;
    assert_non_null(scenarios);
    max_age_s = 366 * 24 * 60 * MINUTES; /* the baseline is of the evening before */
    for (struct dirent *entry; (entry = readdir(scenarios)) != NULL;) {
        const char *index = arena_printf(&arena, "tests/scenarios/%s/capture.json", entry->d_name);
        if (entry->d_name[0] == '.' || access(index, R_OK) != 0)
            continue;
        const struct report fleet = judged(entry->d_name, NULL);
        const char *file = arena_printf(&arena, "%s.json", entry->d_name);
        const char *alone = arena_printf(&arena, "%s.alone", entry->d_name);
        struct span whole = put_state(file, &fleet), part;
        (void)put_state(alone, &fleet);
        put_index(file);
        for (size_t i = 0; i < COUNT(hosts); i++) {
            const struct report wanted = judged(entry->d_name, hosts[i]);
            const struct report found = ask(file, hosts[i], ENDED, NULL);
            const struct report slow = ask(alone, hosts[i], ENDED, NULL);
            assert_string_equal(as_live(&found), said(&wanted));
            assert_string_equal(said(&slow), said(&found));
            whole_report = true;
            const struct report full = ask(file, hosts[i], ENDED, NULL);
            whole_report = false;
            assert_string_equal(said(&full), said(&found));
            assert_int_equal(full.cluster_count, wanted.cluster_count);
            assert_true(state_index_cut(&arena, whole, hosts[i], &part));
            assert_true(part.n < whole.n);
            assert_int_equal(report_exit_code(&found), report_exit_code(&wanted));
            compared++;
            if (state_index_read(&arena, inside(file), hosts[i], &part)) {
                assert_true(part.n < whole.n);
                indexed++;
            }
            assert_false(state_index_read(&arena, inside(alone), hosts[i], &part));
        }
    }
    assert_int_equal(closedir(scenarios), 0);
    max_age_s = 0;
    assert_true(compared > 100);
    assert_int_equal(indexed, compared);
}

static void answers_what_is_asked(void **state)
{
    const struct report fleet = judged("receiving-suspended", NULL);
    (void)state;
    (void)put_state("s", &fleet);
    struct report report = ask("s", "ESA1.EXAMPLE.COM", ENDED, "status");
    assert_int_equal(report.count, 1);
    assert_int_equal(report.state, STATE_CRITICAL);
    assert_non_null(strstr(said(&report), "STATUS CRITICAL - esa1.example.com: receiving is"));
    report = ask("s", "esa1.example.com", ENDED, "services"); /* of managers only */
    assert_int_equal(report_exit_code(&report), 3);
    assert_non_null(strstr(said(&report), "has no answer of this check, but of alerts, "));
    report = ask("s", "esa9.example.com", ENDED, NULL);
    assert_int_equal(report_exit_code(&report), 3);
    assert_non_null(strstr(said(&report), "holds no appliance 'esa9.example.com', but esa1"));
    put_index("s");
    report = ask("s", "esa9.example.com", ENDED, NULL);
    assert_non_null(strstr(said(&report), "holds no appliance 'esa9.example.com', but esa1"));
}

static void knows_its_age(void **state)
{
    struct report fleet = judged("healthy", NULL);
    (void)state;
    int64_t taken = 0; /* of the newest answer about esa1, which is before the end of the run */
    for (size_t i = 0; i < fleet.count; i++)
        if (strcmp(fleet.results[i].result->node, "esa1.example.com") == 0 &&
            fleet.results[i].taken_at > taken)
            taken = fleet.results[i].taken_at;
    assert_true(taken > 0 && taken < ENDED);
    (void)put_state("s", &fleet);
    const struct {
        int64_t now;
        int code;
        const char *text;
    } cases[] = {
        {taken, 0, " state_age_s=0s;;900\n"},
        {taken + 15 * MINUTES, 0, " state_age_s=900s;;900\n"},
        {taken + 15 * MINUTES + 1, 3, "|state_age_s=901s;;900\n"},
        {taken + 15 * MINUTES + 1, 3, " is 15 min old, of 2026-03-08T0"},
        {taken + 3 * 60 * MINUTES, 3, " is 3 h 0 min old"},
        {taken + 50 * 60 * MINUTES, 3, " is 2 d 2 h old"},
        {taken + 50 * 60 * MINUTES, 3, "does `postcheck poll --state` still run?"},
        {taken - 60, 0, " state_age_s=0s;;900\n"},
        {taken - 61, 3, " is of the future, 2026-03-08T0"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct report report = ask("s", "esa1.example.com", cases[i].now, NULL);
        if (strstr(said(&report), cases[i].text) == NULL)
            fail_msg("case %zu: %s", i, said(&report));
        assert_int_equal(report_exit_code(&report), cases[i].code);
    }
    /* An appliance that answered nothing has the age of the run, and without one none. */
    for (size_t i = 0; i < fleet.count; i++)
        fleet.results[i].has_taken_at = false;
    (void)put_state("s", &fleet);
    struct report report = ask("s", "esa1.example.com", ENDED + 5, NULL);
    assert_int_equal(report.age_s, 5);
    fleet.has_times = false;
    (void)put_state("s", &fleet);
    report = ask("s", "esa1.example.com", ENDED + 5, NULL);
    assert_int_equal(report_exit_code(&report), 3);
    assert_non_null(strstr(said(&report), "does not say when its answers were taken"));
}

static void takes_nothing_for_a_state(void **state)
{
    static const char *const texts[] = {"",
                                        "{",
                                        "[]",
                                        "{}",
                                        "null",
                                        "\"postcheck.report/1\"",
                                        "{\"schema\": \"postcheck.report/2\", \"results\": []}",
                                        "{\"schema\": \"postcheck.capture/1\", \"nodes\": []}"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        put("s", texts[i]);
        const struct report report = ask("s", "esa1.example.com", ENDED, NULL);
        assert_int_equal(report_exit_code(&report), 3);
        assert_non_null(strstr(said(&report), "is no state of `postcheck poll --state`: "));
    }
    struct report report = ask("missing", "esa1.example.com", ENDED, NULL);
    assert_int_equal(report_exit_code(&report), 3);
    assert_non_null(strstr(said(&report), "is not there: `postcheck poll --state` writes it"));
    assert_false(report.has_age);
    /* Torn at any place, with or without the index that was right before. */
    const struct report fleet = judged("healthy", NULL);
    const struct span whole = put_state("s", &fleet);
    put_index("s");
    for (size_t n = 1; n < whole.n - 2; n += 97) {
        put_bytes("s", text_head(whole, n));
        report = ask("s", "esa1.example.com", ENDED, NULL);
        assert_int_equal(report_exit_code(&report), 3);
    }
}

static void an_index_of_another_file_is_none(void **state)
{
    struct report fleet = judged("receiving-suspended", NULL);
    struct span part, index;
    (void)state;
    (void)put_state("s", &fleet);
    put_index("s");
    assert_true(file_read(&arena, inside("s.index"), 1 << 20, &index, &fault));
    assert_true(state_index_read(&arena, inside("s"), "esa1.example.com", &part));
    assert_true(state_index_read(&arena, inside("s"), "Esa1.Example.COM", &part));
    assert_false(state_index_read(&arena, inside("s"), "esa1.example.co", &part));
    assert_false(state_index_read(&arena, inside("s"), "1.example.com", &part));
    /* Replaced as poll does it; the index is a moment late. */
    fleet = judged("healthy", NULL);
    (void)put_state("new", &fleet);
    assert_int_equal(rename(inside("new"), inside("s")), 0);
    assert_false(state_index_read(&arena, inside("s"), "esa1.example.com", &part));
    const struct report report = ask("s", "esa1.example.com", ENDED, "status");
    assert_int_equal(report.state, STATE_OK);
    /* An index of nonsense leads nowhere, and the whole report is read. */
    const struct span own = text_of(arena_dup(&arena, index));
    put_index("s");
    assert_true(file_read(&arena, inside("s.index"), 1 << 20, &index, &fault));
    struct span first, rest, lines;
    assert_true(text_cut(index, '\n', &first, &rest));
    assert_true(text_cut(own, '\n', &lines, &rest));
    static const char *const wrong[] = {
        "esa1.example.com 0 1 0 1\nend\n",
        "esa1.example.com 999999999999999 5 999999999999999 5\nend\n",
        "esa1.example.com 0 999999999999999 0 999999999999999\nend\n",
        "esa1.example.com 1 2 3\nend\n",
        "esa1.example.com\nend\n",
        "esa1.example.com -1 -1 -1 -1\nend\n",
        "",
        "end",
        "end\n"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        put("s.index", arena_printf(&arena, "%.*s\n%s", TEXT_ARGS(first), wrong[i]));
        const struct report again = ask("s", "esa1.example.com", ENDED, "status");
        assert_int_equal(again.state, STATE_OK);
        assert_int_equal(again.count, 1);
    }
}

static void indexes_only_what_is_printed_here(void **state)
{
    const struct report fleet = judged("healthy", NULL);
    const struct span whole = put_state("s", &fleet);
    struct span lines;
    size_t head;
    (void)state;
    assert_true(state_index_lines(&arena, whole, &head, &lines));
    assert_true(text_starts(text_skip(whole, head), "  \"nodes\": [\n"));
    assert_true(text_starts(lines, "esa1.example.com "));
    for (size_t n = 0; n < whole.n; n += 101) {
        struct span torn = text_head(whole, n);
        if (text_find(torn, "\n  \"results\": [") < 0)
            assert_false(state_index_lines(&arena, torn, &head, &lines));
    }
    for (size_t n = 0; n < whole.n; n += 101)
        assert_false(state_index_cut(&arena, text_head(whole, n), "esa1.example.com", &lines));
    assert_false(state_index_cut(&arena, whole, "esa9.example.com", &lines));
    assert_false(state_index_lines(&arena, text_of(""), &head, &lines));
    assert_false(
        state_index_lines(&arena, text_of("{\"nodes\": [], \"results\": []}\n"), &head, &lines));
    /* A result of somebody who is no appliance of the report. */
    assert_false(state_index_lines(
        &arena,
        text_of("{\n  \"nodes\": [\n    {\n      \"name\": \"a\",\n    }\n  ],\n  \"results\": [\n"
                "    {\n      \"node\": \"b\",\n    }\n  ]\n}\n"),
        &head, &lines));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_folder(answers_as_the_live_plugin),
        with_folder(answers_what_is_asked),
        with_folder(knows_its_age),
        with_folder(takes_nothing_for_a_state),
        with_folder(an_index_of_another_file_is_none),
        with_folder(indexes_only_what_is_printed_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
