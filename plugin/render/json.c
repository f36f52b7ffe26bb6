/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>
#include <math.h>

#include "checks/cluster.h"
#include "checks/parse/cli_version.h"
#include "plugin/render/render.h"

/*
 * Report of schema postcheck.report/1 (design.md 8, plugin/schema/). Nothing but "run" depends on
 * when or where it was made. All text in a result is valid UTF-8 already.
 */

static json_t *text_or_null(const char *text)
{
    return text == NULL ? json_null() : json_string(text);
}

static json_t *span_or_null(const struct report *report, struct span span)
{
    return span.n == 0 ? json_null() : json_string(result_clean(report->arena, span, 200));
}

static json_t *number(double value)
{
    if (value == floor(value) && fabs(value) < 9e15)
        return json_integer((json_int_t)value);
    return json_real(value);
}

static void put(json_t *object, const char *name, json_t *value)
{
    (void)json_object_set_new(object, name, value);
}

static json_t *release_or_null(const struct release *release)
{
    char text[48];
    return release == NULL ? json_null() : json_string(release_print(release, text, sizeof(text)));
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

/* When the last of the check's documents was taken, and how long asking for them took. */
static void put_times(json_t *object, const struct report *report, const struct check *check)
{
    char text[32];
    const struct document *latest = NULL;
    json_int_t duration = -1;
    for (size_t i = 0; i < check->need_count; i++) {
        const struct document *document = fleet_document(report->node, check->needs[i].kind->id);
        if (document == NULL)
            continue;
        if (document->has_taken_at && (latest == NULL || document->taken_at > latest->taken_at))
            latest = document;
        if (document->has_duration)
            duration = (duration < 0 ? 0 : duration) + (json_int_t)document->duration_ms;
    }
    put(object, "taken_at",
        latest == NULL ? json_null()
                       : json_string(time_print_utc(latest->taken_at, text, sizeof(text))));
    put(object, "duration_ms", duration < 0 ? json_null() : json_integer(duration));
}

static json_t *result_object(const struct report *report, const struct result *result)
{
    json_t *object = json_object(), *findings = json_array(), *metrics = json_array();
    put(object, "check", json_string(result->check->name));
    put(object, "node", json_string(result->node));
    put(object, "state", json_string(result_state_word(result_state(result))));
    put(object, "summary", json_string(result_line(result)));
    put_times(object, report, result->check);
    for (size_t i = 0; i < result->finding_count; i++)
        (void)json_array_append_new(findings, finding_object(result->findings[i]));
    for (size_t i = 0; i < result->metric_count; i++)
        (void)json_array_append_new(metrics, metric_object(&result->metrics[i]));
    put(object, "findings", findings);
    put(object, "metrics", metrics);
    return object;
}

static json_t *node_object(const struct report *report)
{
    const struct question *q = report->question;
    const struct cli_version *now = check_facts_of(q, q->node, &cli_version_kind, NULL);
    const struct cli_version *before = check_facts_of(q, check_before(q), &cli_version_kind, NULL);
    json_t *object = json_object(), *version = json_object();
    put(object, "name", json_string(report->node->name));
    put(object, "role", json_string(role_word(report->node->role)));
    put(object, "model", now == NULL ? json_null() : span_or_null(report, now->model));
    put(object, "serial", now == NULL ? json_null() : span_or_null(report, now->serial));
    put(object, "cluster", span_or_null(report, text_of(report->node->cluster)));
    put(object, "sma", span_or_null(report, text_of(report->node->sma)));
    put(version, "before",
        release_or_null(before != NULL && before->has_release ? &before->release : NULL));
    put(version, "after", release_or_null(now != NULL && now->has_release ? &now->release : NULL));
    put(version, "expected", release_or_null(q->has_expect ? &q->expect : NULL));
    put(object, "version", version);
    put(object, "state", json_string(result_state_word(report->state)));
    return object;
}

/* The cluster of the appliance, judged by the two checks that are about it. */
static json_t *cluster_array(const struct report *report)
{
    json_t *array = json_array();
    struct cluster cluster = cluster_of(report->question, report->node);
    if (report->node->role != ROLE_ESA || !cluster.known)
        return array;
    json_t *object = json_object(), *members = json_array();
    enum state state = STATE_NOT_APPLICABLE;
    for (size_t i = 0; i < report->count; i++) {
        struct span name = text_of(report->results[i]->check->name);
        if (text_is(name, "clustercheck") || text_is(name, "connstatus"))
            state = result_worse(state, result_state(report->results[i]));
    }
    for (size_t i = 0; i < cluster.count; i++)
        (void)json_array_append_new(members, span_or_null(report, cluster.members[i]));
    put(object, "name", span_or_null(report, cluster.name));
    put(object, "members", members);
    put(object, "state", json_string(result_state_word(state)));
    (void)json_array_append_new(array, object);
    return array;
}

static json_t *counts_object(const struct report *report)
{
    json_int_t counts[STATE_COUNT] = {0};
    json_t *object = json_object();
    for (size_t i = 0; i < report->count; i++)
        counts[result_state(report->results[i])]++;
    for (int state = 0; state < STATE_COUNT; state++)
        put(object, result_state_word((enum state)state), json_integer(counts[state]));
    put(object, "waived", json_integer(0));
    return object;
}

static json_t *run_object(const struct report *report)
{
    json_t *object = json_object();
    put(object, "id", span_or_null(report, text_of(report->capture->run_id)));
    put(object, "change", span_or_null(report, text_of(report->capture->change)));
    put(object, "phase", json_string("replay"));
    put(object, "started_at", json_null());
    put(object, "ended_at", json_null());
    put(object, "operator", span_or_null(report, text_of(report->capture->run_operator)));
    put(object, "tool_version", json_string(report->tool_version));
    return object;
}

void render_json_print(FILE *out, const struct report *report)
{
    json_t *root = json_object(), *nodes = json_array(), *results = json_array();
    put(root, "schema", json_string("postcheck.report/1"));
    put(root, "run", run_object(report));
    put(root, "verdict", json_string(report_verdict(report)));
    put(root, "counts", counts_object(report));
    (void)json_array_append_new(nodes, node_object(report));
    put(root, "nodes", nodes);
    put(root, "clusters", cluster_array(report));
    for (size_t i = 0; i < report->count; i++)
        (void)json_array_append_new(results, result_object(report, report->results[i]));
    put(root, "results", results);
    /* A stream that cannot be written is noticed by the caller, who asks it once. */
    (void)json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    (void)fputc('\n', out);
    json_decref(root);
}
