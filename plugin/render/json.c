/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>
#include <math.h>

#include "plugin/render/render.h"
#include "plugin/render/ticket.h"

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

static json_t *waived(const struct report *report, const char *name)
{
    const struct report_waiver *waiver = name == NULL ? NULL : report_waiver(report, name);
    json_t *object = json_object();
    if (waiver == NULL) {
        json_decref(object);
        return json_null();
    }
    put(object, "name", json_string(waiver->name));
    put(object, "reason", json_string(waiver->reason));
    put(object, "approved_by", json_string(waiver->approved_by));
    put(object, "expires", time_or_null(true, waiver->expires));
    return object;
}

static json_t *finding_object(const struct report *report, const struct finding *finding)
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
    put(object, "waiver", waived(report, finding->waiver));
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

static json_t *comparison_object(const struct comparison *comparison)
{
    json_t *object = json_object();
    put(object, "name", json_string(comparison->spec->name));
    put(object, "instance", text_or_null(comparison->instance));
    put(object, "operator", json_string(compare_op_word(comparison->spec->op)));
    if (comparison->spec->op == COMPARE_BAND)
        put(object, "band", number(comparison->spec->band));
    put(object, "before", text_or_null(comparison->before));
    put(object, "after", text_or_null(comparison->after));
    put(object, "holds", json_boolean(comparison->holds));
    return object;
}

static json_t *result_object(const struct report *report, const struct report_result *answer)
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
        (void)json_array_append_new(findings, finding_object(report, result->findings[i]));
    for (size_t i = 0; i < result->metric_count; i++)
        (void)json_array_append_new(metrics, metric_object(&result->metrics[i]));
    put(object, "findings", findings);
    put(object, "metrics", metrics);
    if (result->comparison_count > 0) {
        json_t *comparisons = json_array();
        for (size_t i = 0; i < result->comparison_count; i++)
            (void)json_array_append_new(comparisons, comparison_object(&result->comparisons[i]));
        put(object, "comparisons", comparisons);
    }
    if (answer->optional)
        put(object, "mandatory", json_false());
    return object;
}

static json_t *event_object(const struct timeline_event *event)
{
    json_t *object = json_object();
    put(object, "at", time_or_null(true, event->at));
    put(object, "what", json_string(event->what));
    put(object, "document", text_or_null(event->document));
    put(object, "line", event->line == 0 ? json_null() : json_integer(event->line));
    put(object, "observed", json_boolean(event->observed));
    return object;
}

static json_t *minute_object(const struct timeline_minute *minute)
{
    json_t *object = json_object();
    put(object, "minute", time_or_null(true, minute->at));
    put(object, "received", json_integer(minute->received));
    put(object, "delivered", json_integer(minute->delivered));
    put(object, "bounced", json_integer(minute->bounced));
    return object;
}

static void put_timeline(json_t *object, const struct timeline *timeline)
{
    json_t *events = json_array(), *minutes = json_array();
    for (size_t i = 0; i < timeline->event_count; i++)
        (void)json_array_append_new(events, event_object(&timeline->events[i]));
    for (size_t i = 0; i < timeline->minute_count; i++)
        (void)json_array_append_new(minutes, minute_object(&timeline->minutes[i]));
    put(object, "timeline", events);
    put(object, "mail_per_minute", minutes);
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
    if (node->timeline.event_count + node->timeline.minute_count > 0)
        put_timeline(object, &node->timeline);
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
    put(object, "waived", json_integer((json_int_t)report_waived(report)));
    return object;
}

/* What is signed: the plan, and the hashes that the run rests on. */
static void put_signed(json_t *object, const struct report *report)
{
    json_t *seals = json_object(), *previous = json_null();
    for (size_t i = 0; i < report->seal_count; i++)
        put(seals, report->seals[i].name, json_string(report->seals[i].sha256));
    if (report->previous != NULL)
        previous =
            json_pack("{s:s, s:s}", "run", report->previous, "sha256", report->previous_sha256);
    put(object, "judged_at", time_or_null(report->has_judged_at, report->judged_at));
    if (report->alone)
        put(object, "no_baseline", json_true());
    put(object, "plan", ticket_print(&report->plan));
    put(object, "sha256", seals);
    put(object, "previous", previous);
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
    if (report->only != NULL)
        put(object, "only", json_string(report->only));
    put(object, "operator", text_or_null(report->run_operator));
    put(object, "tool_version", json_string(report->tool_version));
    if (report->seal_count > 0)
        put_signed(object, report);
    return object;
}

static json_t *waiver_object(const struct report_waiver *waiver)
{
    json_t *object = json_object();
    put(object, "name", json_string(waiver->name));
    put(object, "check", json_string(waiver->check));
    put(object, "node", json_string(waiver->node));
    put(object, "text", json_string(waiver->text));
    put(object, "reason", json_string(waiver->reason));
    put(object, "approved_by", json_string(waiver->approved_by));
    put(object, "expires", time_or_null(true, waiver->expires));
    put(object, "expired", json_boolean(waiver->expired));
    put(object, "used", json_integer((json_int_t)waiver->used));
    return object;
}

static json_t *document_object(const struct report_document *document)
{
    json_t *object = json_object();
    put(object, "node", json_string(document->node));
    put(object, "id", json_string(document->id));
    put(object, "taken_at", time_or_null(document->has_taken_at, document->taken_at));
    put(object, "duration_ms",
        document->has_duration ? json_integer(document->duration_ms) : json_null());
    put(object, "vantage", text_or_null(document->vantage));
    put(object, "sha256", text_or_null(document->sha256));
    put(object, "bytes", json_integer((json_int_t)document->bytes));
    put(object, "fault", text_or_null(document->fault));
    return object;
}

/* What only a run folder has: waivers and evidence. */
static void put_evidence(json_t *root, const struct report *report)
{
    json_t *waivers = json_array(), *documents = json_array();
    for (size_t i = 0; i < report->waiver_count; i++)
        (void)json_array_append_new(waivers, waiver_object(&report->waivers[i]));
    for (size_t i = 0; i < report->document_count; i++)
        (void)json_array_append_new(documents, document_object(&report->documents[i]));
    put(root, "waivers", waivers);
    put(root, "documents", documents);
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
        (void)json_array_append_new(results, result_object(report, &report->results[i]));
    put(root, "schema", json_string("postcheck.report/1"));
    put(root, "run", run_object(report));
    put(root, "verdict", json_string(report_verdict(report)));
    put(root, "counts", counts_object(report));
    put(root, "nodes", nodes);
    put(root, "clusters", clusters);
    put(root, "results", results);
    if (report->seal_count > 0)
        put_evidence(root, report);
    /* A stream that cannot be written is noticed by the caller, who asks it once. */
    (void)json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    (void)fputc('\n', out);
    json_decref(root);
}
