/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rendered.h"

#include <math.h>

#include "checks/registry.h"

/* What a value and its limits become in the formats of monitoring systems. */

static struct report_result answer;
static struct report_node node;
static struct report report;

static const struct metric_spec *spec_of(const struct check *check, const char *name)
{
    for (size_t i = 0; i < check->metric_count; i++)
        if (strcmp(check->metrics[i].name, name) == 0)
            return &check->metrics[i];
    fail_msg("no metric %s", name);
    return NULL;
}

/* The check NAME of one appliance, without a metric yet. */
static struct result *begin(const char *name)
{
    struct result *result = arena_alloc(&arena, sizeof(*result));
    node = (struct report_node){.name = "esa1.example.com", .role = ROLE_ESA};
    result_init(result, &arena, registry_find(text_of(name)), node.name);
    (void)result_say(result, STATE_OK, node.name, "fine");
    answer = (struct report_result){.result = result, .state = STATE_OK, .line = "fine"};
    report = (struct report){.arena = &arena,
                             .tool_version = "0.1.0",
                             .phase = "poll",
                             .nodes = &node,
                             .node_count = 1,
                             .results = &answer,
                             .count = 1};
    return result;
}

static void add(struct result *result, const char *name, const char *instance, double value,
                const char *warning, const char *critical)
{
    result->metrics =
        arena_push(&arena, result->metrics, result->metric_count, sizeof(*result->metrics));
    result->metrics[result->metric_count++] =
        (struct metric){spec_of(result->check, name), instance, value, warning, critical};
}

static void metrics_have_base_units(void **state)
{
    (void)state;
    struct result *result = begin("licenses");
    add(result, "license_days", "Sophos", 1.5, NULL, NULL);
    const char *text = rendered(&report, "openmetrics");
    assert_says(text, "# TYPE postcheck_license_seconds gauge\n"
                      "# UNIT postcheck_license_seconds seconds\n");
    assert_says(text, "postcheck_license_seconds{node=\"esa1.example.com\",check=\"licenses\","
                      "item=\"Sophos\"} 129600\n");
    result = begin("mailflow");
    add(result, "bounce_ratio", NULL, 0.25, NULL, NULL);
    assert_says(rendered(&report, "openmetrics"),
                "postcheck_bounce_ratio{node=\"esa1.example.com\",check=\"mailflow\"} 0.25\n");
}

/* One sample twice, and Prometheus would refuse all of them. */
static void metrics_come_once_and_in_order(void **state)
{
    (void)state;
    struct result *result = begin("licenses");
    add(result, "license_days", "b", 1, NULL, NULL);
    add(result, "license_days", "a", 2, NULL, NULL);
    add(result, "license_days", "b", 3, NULL, NULL);
    const char *text = rendered(&report, "openmetrics");
    assert_int_equal(times(text, "item=\"b\"} "), 1);
    assert_says(text, "item=\"a\"} 172800\npostcheck_license_seconds{node=\"esa1.example.com\","
                      "check=\"licenses\",item=\"b\"} 86400\n# EOF\n");
}

static void labels_are_quoted(void **state)
{
    (void)state;
    struct result *result = begin("licenses");
    add(result, "license_days", "a\"} 1\n\\x", 1, NULL, NULL);
    assert_says(rendered(&report, "openmetrics"), "item=\"a\\\"} 1 \\\\x\"} 86400\n");
}

static void odd_values_have_names(void **state)
{
    (void)state;
    struct result *result = begin("status");
    add(result, "uptime_s", NULL, (double)NAN, NULL, NULL);
    add(result, "connections_in", NULL, -(double)INFINITY, NULL, NULL);
    add(result, "connections_out", NULL, 1e300, NULL, NULL);
    const char *text = rendered(&report, "openmetrics");
    assert_says(text, "postcheck_uptime_seconds{node=\"esa1.example.com\",check=\"status\"} NaN\n");
    assert_says(text, "check=\"status\"} -Inf\n");
    assert_says(text, "check=\"status\"} 1e+300\n");
    assert_says(rendered(&report, "checkmk"),
                "0 \"AsyncOS esa1.example.com status\" "); /* a word */
    assert_silent(rendered(&report, "checkmk"), "uptime_s=");
}

static void alerts_can_ask_for_state_and_age(void **state)
{
    (void)state;
    (void)begin("status");
    answer.state = report.state = STATE_PENDING;
    answer.has_taken_at = answer.has_duration = report.has_times = true;
    answer.taken_at = report.started_at = REPORT_SAMPLE_MIDNIGHT;
    report.ended_at = report.started_at + 2;
    answer.duration_ms = 1050;
    const char *text = rendered(&report, "openmetrics");
    static const char who[] = "{node=\"esa1.example.com\",check=\"status\"";
    assert_int_equal(times(text, "postcheck_check_state{"), STATE_COUNT);
    assert_says(text, arena_printf(&arena, "postcheck_check_state%s,state=\"pending\"} 1\n", who));
    assert_says(text, arena_printf(&arena, "postcheck_check_state%s,state=\"ok\"} 0\n", who));
    assert_says(text, arena_printf(&arena, "_taken_timestamp_seconds%s} 1772928000\n", who));
    assert_says(text, arena_printf(&arena, "postcheck_check_duration_seconds%s} 1.050\n", who));
    assert_says(text, "postcheck_run_ended_timestamp_seconds 1772928002\n");
    assert_says(rendered(sample("failing"), "openmetrics"),
                "postcheck_waiver_expires_timestamp_seconds{waiver=\"av-mirror\"} 1773705600\n");
}

static void checkmk_has_levels_in_its_own_words(void **state)
{
    (void)state;
    static const struct {
        const char *warning, *critical, *shown;
    } rows[] = {{NULL, NULL, "uptime_s=5 fine"},       {"10", "20", "uptime_s=5;10;20 fine"},
                {"10:", NULL, "uptime_s=5;10:; fine"}, {NULL, "2:8.5", "uptime_s=5;;2:8.5 fine"},
                {"~:7", "0:9", "uptime_s=5;7;9 fine"}, {"@1:2", "3", "uptime_s=5;;3 fine"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct result *result = begin("status");
        add(result, "uptime_s", NULL, 5, rows[i].warning, rows[i].critical);
        assert_says(rendered(&report, "checkmk"), rows[i].shown);
    }
    struct result *result = begin("licenses");
    add(result, "license_days", "a b|c=\"d\"", 5, NULL, NULL);
    add(result, "license_days", "e", 6, NULL, NULL);
    assert_says(rendered(&report, "checkmk"), "0 \"AsyncOS esa1.example.com licenses\" "
                                              "license_days_a_b_c__d_=5|license_days_e=6 fine\n");
}

static void checkmk_text_is_one_line_without_marks(void **state)
{
    (void)state;
    (void)begin("status");
    answer.line = "a|b\\nc (!!) (?) (.) \"d\" (x)\n2 \"e\" - f";
    assert_says(rendered(&report, "checkmk"),
                "\" - a¦b⧵nc ( !!) ( ?) ( .) \"d\" (x) 2 \"e\" - f\n");
    assert_int_equal(times(rendered(&report, "checkmk"), "\n"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_arena(metrics_have_base_units),
                                       with_arena(metrics_come_once_and_in_order),
                                       with_arena(labels_are_quoted),
                                       with_arena(odd_values_have_names),
                                       with_arena(alerts_can_ask_for_state_and_age),
                                       with_arena(checkmk_has_levels_in_its_own_words),
                                       with_arena(checkmk_text_is_one_line_without_marks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
