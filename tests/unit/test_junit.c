/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rendered.h"

#include "checks/registry.h"

/* A report of one appliance, to which answers of the checks are added in turn. */
static struct report_result answers[64];
static struct report_node node;
static struct report report;

static int begin(void **state)
{
    node = (struct report_node){.name = "esa1.example.com", .role = ROLE_ESA};
    report = (struct report){.arena = &arena,
                             .tool_version = "0.1.0",
                             .phase = "verify",
                             .nodes = &node,
                             .node_count = 1,
                             .results = answers};
    return set_up(state);
}

/* The next check of the registry says TEXT. */
static struct finding *answer(enum state state, const char *text)
{
    struct result *result = arena_alloc(&arena, sizeof(*result));
    result_init(result, &arena, registry_checks[report.count], node.name);
    struct finding *finding = result_say(result, state, node.name, "%s", text);
    answers[report.count++] =
        (struct report_result){.result = result, .state = state, .line = finding->text};
    return finding;
}

static struct report_result *last(void)
{
    return &answers[report.count - 1];
}

static const char *suite(void)
{
    return rendered(&report, "junit");
}

static void maps_each_state(void **state)
{
    (void)state;
    (void)answer(STATE_CRITICAL, "wrong");
    (void)answer(STATE_UNKNOWN, "not seen");
    (void)answer(STATE_PENDING, "too early");
    (void)answer(STATE_WARNING, "tolerable");
    (void)answer(STATE_NOT_APPLICABLE, "virtual");
    (void)answer(STATE_OK, "fine");
    assert_says(suite(), "tests=\"6\" failures=\"1\" errors=\"2\" skipped=\"1\"");
    assert_says(suite(),
                "<failure message=\"wrong\" type=\"critical\">CRITICAL: wrong\n</failure>");
    assert_says(suite(), "<error message=\"not seen\" type=\"unknown\">");
    assert_says(suite(), "<error message=\"too early\" type=\"pending\">");
    assert_says(suite(), "<skipped message=\"virtual\">");
    assert_says(suite(), "<system-out>tolerable\nWARNING: tolerable\n</system-out>");
    assert_says(suite(), "<property name=\"state\" value=\"warning\"/>");
}

static void skips_what_need_not_be_known(void **state)
{
    (void)state;
    (void)answer(STATE_UNKNOWN, "not seen");
    last()->optional = true;
    assert_says(suite(), "failures=\"0\" errors=\"0\" skipped=\"1\"");
    assert_says(suite(), "<skipped message=\"UNKNOWN, not mandatory: not seen\">");
    (void)answer(STATE_CRITICAL, "wrong");
    last()->optional = true; /* what is wrong stays wrong */
    assert_says(suite(), "failures=\"1\" errors=\"0\" skipped=\"1\"");
}

/* It is never green, and never hides another fault. */
static void names_the_waiver(void **state)
{
    (void)state;
    struct report_waiver waiver = {.name = "mirror", .reason = "rebuilt", .approved_by = "C. A."};
    report.waivers = &waiver;
    report.waiver_count = 1;
    answer(STATE_CRITICAL, "old rules")->waiver = "mirror";
    last()->state = result_state(last()->result);
    static const char told[] = "mirror: rebuilt (approved by C. A., until 1970-01-01T00:00:00Z)";
    assert_says(suite(), "failures=\"0\" errors=\"0\" skipped=\"1\"");
    assert_says(suite(), arena_printf(&arena, "<skipped message=\"waived: %s\">", told));
    assert_says(suite(), arena_printf(&arena, "<property name=\"waiver\" value=\"%s\"/>", told));
    assert_says(suite(), "WAIVED: old rules");
    answer(STATE_CRITICAL, "old engine")->waiver = "mirror";
    last()->state = STATE_CRITICAL; /* by another finding */
    assert_says(suite(), "<failure message=\"old engine\" type=\"critical\">");
    assert_int_equal(times(suite(), "<property name=\"waiver\" "), 2);
}

static void is_no_pass_when_it_ended_early(void **state)
{
    (void)state;
    (void)answer(STATE_OK, "fine");
    report.interrupted = "interrupted by SIGTERM";
    assert_says(suite(), "<testsuites name=\"postcheck\" tests=\"2\" failures=\"0\" errors=\"1\"");
    assert_says(suite(), "<error message=\"interrupted by SIGTERM\" type=\"incomplete\">");
}

/* XML 1.0 forbids more than UTF-8 does; the sample's bytes never pass through result_say(). */
static void leaves_out_what_xml_forbids(void **state)
{
    (void)state;
    answer(STATE_CRITICAL, "x")->text = "a\x01"
                                        "b\x1b]0;c\x07\n\xef\xbf\xbe" /* U+FFFE */
                                        "d\xef\xbf\xbf"               /* U+FFFF */
                                        "e\xed\xa0\x80 ]]> \xf0\x9f\xbf\xbe & \"'";
    assert_says(suite(), "CRITICAL: a b ]0;c de\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd ]]&gt; "
                         "\xf0\x9f\xbf\xbe &amp; &quot;&apos;\n");
}

/* As a report.json of anybody may have it: nothing that failed may be missing. */
static void loses_no_answer_without_an_appliance(void **state)
{
    (void)state;
    (void)answer(STATE_OK, "fine");
    (void)answer(STATE_CRITICAL, "wrong");
    last()->result->node = "esa9.example.com";
    (void)answer(STATE_CRITICAL, "wrong too");
    assert_int_equal(times(suite(), "<testsuite "), 3);
    assert_int_equal(times(suite(), "<failure "), 2);
    report.node_count = 0;
    assert_int_equal(times(suite(), "<failure "), 2);
}

static void adds_the_time_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        (void)answer(STATE_OK, "fine");
        last()->has_duration = true;
        last()->duration_ms = 1005;
    }
    assert_int_equal(times(suite(), " time=\"1.005\""), 2);
    assert_int_equal(times(suite(), " time=\"2.010\""), 2);
    assert_silent(suite(), "timestamp");
    report.has_times = true;
    report.started_at = REPORT_SAMPLE_MIDNIGHT;
    assert_says(suite(), " timestamp=\"2026-03-08T00:00:00\"");
}

#define with_report(test) cmocka_unit_test_setup_teardown(test, begin, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {with_report(maps_each_state),
                                       with_report(skips_what_need_not_be_known),
                                       with_report(names_the_waiver),
                                       with_report(is_no_pass_when_it_ended_early),
                                       with_report(leaves_out_what_xml_forbids),
                                       with_report(loses_no_answer_without_an_appliance),
                                       with_report(adds_the_time_up)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
