/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>
#include <math.h>

#include "plugin/render/render.h"

/*
 * Report of schema postcheck.report/1 (design.md 8, plugin/schema/). Nothing but "run" depends on
 * when or where it was made. All text in a result is valid UTF-8 already.
 */

static json_t *text_or_null(const char *text)
{
    return text == NULL ? json_null() : json_string(text);
}

static json_t *number(double value)
{
    if (value == floor(value) && fabs(value) < 9e15)
        return json_integer((json_int_t)value);
    return json_real(value);
}

static json_t *time_or_null(bool known, int64_t seconds)
{
    char text[32];
    return known ? json_string(time_print_utc(seconds, text, sizeof(text))) : json_null();
}

static void put(json_t *object, const char *name, json_t *value)
{
    (void)json_object_set_new(object, name, value);
}

static const char *role_word(enum role role)
{
    return role == ROLE_SMA ? "sma" : "esa";
}

static json_t *finding_object(const struct finding *finding)
{
    json_t *object = json_object();
    json_t *evidence = json_null();
    put(object, "state", json_string(result_state_word(finding->state)));
    put(object, "subject", json_string(finding->subject));
    put(object, "text", json_string(finding->text));
    put(object, "wanted", text_or_null(finding->wanted));
    put(object, "found", text_or_null(finding->found));
    put(object, "hint", text_or_null(finding->hint));
    put(object, "explained_by", text_or_null(finding->explained_by));
    if (finding->evidence.document != NULL) {
        evidence = json_object();
        put(evidence, "document", json_string(finding->evidence.document));
        put(evidence, "line",
            finding->evidence.line == 0 ? json_null() : json_integer(finding->evidence.line));
    }
    put(object, "evidence", evidence);
    put(object, "waiver", json_null());
    return object;
}

static json_t *metric_object(const struct metric *metric)
{
    json_t *object = json_object();
    put(object, "name", json_string(metric->spec->name));
    put(object, "instance", text_or_null(metric->instance));
    put(object, "unit", json_string(metric->spec->unit));
    put(object, "value", number(metric->value));
    put(object, "warning", text_or_null(metric->warning));
    put(object, "critical", text_or_null(metric->critical));
    return object;
}

static json_t *result_object(const struct report_result *answer)
{
    const struct result *result = answer->result;
    json_t *object = json_object(), *findings = json_array(), *metrics = json_array();
    put(object, "check", json_string(result->check->name));
    put(object, "node", json_string(result->node));
    put(object, "state", json_string(result_state_word(answer->state)));
    put(object, "summary", json_string(answer->line));
    put(object, "taken_at", time_or_null(answer->has_taken_at, answer->taken_at));
    put(object, "duration_ms",
        answer->has_duration ? json_integer((json_int_t)answer->duration_ms) : json_null());
    for (size_t i = 0; i < result->finding_count; i++)
        (void)json_array_append_new(findings, finding_object(result->findings[i]));
    for (size_t i = 0; i < result->metric_count; i++)
        (void)json_array_append_new(metrics, metric_object(&result->metrics[i]));
    put(object, "findings", findings);
    put(object, "metrics", metrics);
    return object;
}

static json_t *node_object(const struct report_node *node)
{
    json_t *object = json_object(), *version = json_object();
    put(object, "name", json_string(node->name));
    put(object, "role", json_string(role_word(node->role)));
    put(object, "model", text_or_null(node->model));
    put(object, "serial", text_or_null(node->serial));
    put(object, "cluster", text_or_null(node->cluster));
    put(object, "sma", text_or_null(node->sma));
    put(version, "before", text_or_null(node->before));
    put(version, "after", text_or_null(node->after));
    put(version, "expected", text_or_null(node->expected));
    put(object, "version", version);
    put(object, "state", json_string(result_state_word(node->state)));
    return object;
}

static json_t *cluster_object(const struct report_cluster *cluster)
{
    json_t *object = json_object(), *members = json_array();
    put(object, "name", text_or_null(cluster->name));
    for (size_t i = 0; i < cluster->member_count; i++)
        (void)json_array_append_new(members, json_string(cluster->members[i]));
    put(object, "members", members);
    put(object, "state", json_string(result_state_word(cluster->state)));
    return object;
}

static json_t *counts_object(const struct report *report)
{
    json_t *object = json_object();
    for (int state = 0; state < STATE_COUNT; state++)
        put(object, result_state_word((enum state)state),
            json_integer((json_int_t)report_count(report, (enum state)state)));
    put(object, "waived", json_integer(0));
    return object;
}

static json_t *run_object(const struct report *report)
{
    json_t *object = json_object();
    put(object, "id", text_or_null(report->run_id));
    put(object, "change", text_or_null(report->change));
    put(object, "phase", json_string(report->phase));
    put(object, "started_at", time_or_null(report->has_times, report->started_at));
    put(object, "ended_at", time_or_null(report->has_times, report->ended_at));
    if (report->interrupted != NULL)
        put(object, "interrupted", json_string(report->interrupted));
    put(object, "operator", text_or_null(report->run_operator));
    put(object, "tool_version", json_string(report->tool_version));
    return object;
}

void render_json_print(FILE *out, const struct report *report)
{
    json_t *root = json_object(), *nodes = json_array(), *clusters = json_array();
    json_t *results = json_array();
    for (size_t i = 0; i < report->node_count; i++)
        (void)json_array_append_new(nodes, node_object(&report->nodes[i]));
    for (size_t i = 0; i < report->cluster_count; i++)
        (void)json_array_append_new(clusters, cluster_object(&report->clusters[i]));
    for (size_t i = 0; i < report->count; i++)
        (void)json_array_append_new(results, result_object(&report->results[i]));
    put(root, "schema", json_string("postcheck.report/1"));
    put(root, "run", run_object(report));
    put(root, "verdict", json_string(report_verdict(report)));
    put(root, "counts", counts_object(report));
    put(root, "nodes", nodes);
    put(root, "clusters", clusters);
    put(root, "results", results);
    /* A stream that cannot be written is noticed by the caller, who asks it once. */
    (void)json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    (void)fputc('\n', out);
    json_decref(root);
}
