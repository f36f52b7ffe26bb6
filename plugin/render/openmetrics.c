/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "checks/registry.h"
#include "plugin/render/render.h"
#include "plugin/render/series.h"
#include "plugin/render/tell.h"

/*
 * OpenMetrics text that Prometheus' older format reads as well: so gauges only, also where
 * OpenMetrics would say stateset or info. States are one series for each state, 0 or 1: an alert
 * names the state, and a change of states shows as two steps. Samples have no time stamps (the
 * text file collector refuses them); when answers were taken is a metric of its own.
 *
 *   postcheck_check_state{state="critical"} == 1
 *   postcheck_check_state{state=~"unknown|pending"} == 1           for some hours
 *   time() - postcheck_check_taken_timestamp_seconds > 3600
 *
 * What a metric is about stands in the label "item": "instance" is the one that Prometheus gives.
 */

static void family(FILE *out, const char *name, const char *unit, const char *help)
{
    (void)fprintf(out, "# TYPE %s gauge\n", name);
    if (unit != NULL)
        (void)fprintf(out, "# UNIT %s %s\n", name, unit);
    (void)fprintf(out, "# HELP %s %s\n", name, help);
}

/* NAME="VALUE" with SEPARATOR, '{' or ',', before it; a value that is not known is left out. */
static char label(FILE *out, const struct report *report, char separator, const char *name,
                  const char *value)
{
    if (value == NULL)
        return separator;
    (void)fprintf(out, "%c%s=\"", separator, name);
    for (const char *p = tell_clean(report->arena, value); *p != '\0'; p++)
        (void)fprintf(out, "%s%c", *p == '"' || *p == '\\' ? "\\" : "", *p);
    (void)fputc('"', out);
    return ',';
}

/* Fifteen digits, without a decimal point of the locale. */
static void put_value(FILE *out, double value)
{
    char text[64];
    if (isnan(value))
        (void)snprintf(text, sizeof(text), "NaN");
    else if (isinf(value))
        (void)snprintf(text, sizeof(text), "%sInf", value < 0 ? "-" : "+");
    else
        (void)snprintf(text, sizeof(text), "%.15g", value);
    for (char *p = text; *p != '\0'; p++)
        if (*p == ',')
            *p = '.';
    (void)fprintf(out, " %s\n", text);
}

static void check_labels(FILE *out, const struct report *report, const char *name,
                         const struct result *result)
{
    (void)fputs(name, out);
    (void)label(out, report, '{', "node", result->node);
    (void)label(out, report, ',', "check", result->check->name);
}

/* ---- the run ---- */

static void put_run(FILE *out, const struct report *report)
{
    static const char *const verdicts[] = {"pass", "pass_with_warnings", "fail", "incomplete"};
    family(out, "postcheck_run_info", NULL, "the run that was judged last");
    (void)fputs("postcheck_run_info", out);
    (void)label(out, report, '{', "tool_version", report->tool_version);
    (void)label(out, report, ',', "phase", report->phase);
    (void)label(out, report, ',', "change", report->change);
    (void)fputs("} 1\n", out);
    family(out, "postcheck_run_verdict", NULL, "1 for the verdict of the run, 0 for the others");
    for (size_t i = 0; i < CHECK_COUNT(verdicts); i++)
        (void)fprintf(out, "postcheck_run_verdict{verdict=\"%s\"} %d\n", verdicts[i],
                      strcmp(verdicts[i], report_verdict(report)) == 0);
    family(out, "postcheck_run_interrupted", NULL, "1 when the run ended early");
    (void)fprintf(out, "postcheck_run_interrupted %d\n", report->interrupted != NULL);
    if (report->has_times) {
        static const char started[] = "postcheck_run_started_timestamp_seconds";
        static const char ended[] = "postcheck_run_ended_timestamp_seconds";
        family(out, started, "seconds", "when the run began");
        (void)fprintf(out, "%s %lld\n", started, (long long)report->started_at);
        family(out, ended, "seconds", "when the run ended");
        (void)fprintf(out, "%s %lld\n", ended, (long long)report->ended_at);
    }
    family(out, "postcheck_results", NULL, "answers of checks, by their state");
    for (int state = 0; state < STATE_COUNT; state++)
        (void)fprintf(out, "postcheck_results{state=\"%s\"} %zu\n",
                      result_state_word((enum state)state),
                      report_count(report, (enum state)state));
    family(out, "postcheck_waived_findings", NULL, "findings that a waiver lets pass");
    (void)fprintf(out, "postcheck_waived_findings %zu\n", report_waived(report));
}

static void put_waivers(FILE *out, const struct report *report)
{
    static const char name[] = "postcheck_waiver_expires_timestamp_seconds";
    if (report->waiver_count > 0)
        family(out, name, "seconds", "when a waiver of the configuration is over");
    for (size_t i = 0; i < report->waiver_count; i++) {
        (void)fputs(name, out);
        (void)label(out, report, '{', "waiver", report->waivers[i].name);
        (void)fprintf(out, "} %lld\n", (long long)report->waivers[i].expires);
    }
}

static void put_nodes(FILE *out, const struct report *report)
{
    if (report->node_count > 0)
        family(out, "postcheck_node_info", NULL, "what is known of an appliance");
    for (size_t i = 0; i < report->node_count; i++) {
        const struct report_node *node = &report->nodes[i];
        (void)fputs("postcheck_node_info", out);
        (void)label(out, report, '{', "node", node->name);
        (void)label(out, report, ',', "role", node->role == ROLE_SMA ? "sma" : "esa");
        (void)label(out, report, ',', "model", node->model);
        (void)label(out, report, ',', "cluster", node->cluster);
        (void)label(out, report, ',', "sma", node->sma);
        (void)label(out, report, ',', "version", node->after);
        (void)fputs("} 1\n", out);
    }
}

/* ---- answers ---- */

static size_t waived_of(const struct result *result)
{
    size_t count = 0;
    for (size_t i = 0; i < result->finding_count; i++)
        count += result->findings[i]->waiver != NULL;
    return count;
}

static void put_states(FILE *out, const struct report *report)
{
    if (report->count == 0)
        return;
    family(out, "postcheck_check_state", NULL, "1 for the state of the check, 0 for the others");
    for (size_t i = 0; i < report->count; i++)
        for (int state = 0; state < STATE_COUNT; state++) {
            check_labels(out, report, "postcheck_check_state", report->results[i].result);
            (void)label(out, report, ',', "state", result_state_word((enum state)state));
            (void)fprintf(out, "} %d\n", report->results[i].state == (enum state)state);
        }
    family(out, "postcheck_check_waived_findings", NULL,
           "findings of the check that a waiver lets pass");
    for (size_t i = 0; i < report->count; i++) {
        const struct result *result = report->results[i].result;
        check_labels(out, report, "postcheck_check_waived_findings", result);
        (void)fprintf(out, "} %zu\n", waived_of(result));
    }
}

static void put_moments(FILE *out, const struct report *report)
{
    static const char taken[] = "postcheck_check_taken_timestamp_seconds";
    static const char lasted[] = "postcheck_check_duration_seconds";
    bool first = true;
    for (size_t i = 0; i < report->count; i++) {
        const struct report_result *answer = &report->results[i];
        if (!answer->has_taken_at)
            continue;
        if (first)
            family(out, taken, "seconds", "when the newest document of the check was taken");
        first = false;
        check_labels(out, report, taken, answer->result);
        (void)fprintf(out, "} %lld\n", (long long)answer->taken_at);
    }
    first = true;
    for (size_t i = 0; i < report->count; i++) {
        const struct report_result *answer = &report->results[i];
        if (!answer->has_duration)
            continue;
        if (first)
            family(out, lasted, "seconds", "how long asking for the documents of the check took");
        first = false;
        check_labels(out, report, lasted, answer->result);
        (void)fprintf(out, "} %llu.%03llu\n", (unsigned long long)(answer->duration_ms / 1000),
                      (unsigned long long)(answer->duration_ms % 1000));
    }
}

/* ---- what is wrong with a cluster ---- */

static const char *cluster_of(const struct report *report, const char *node)
{
    for (size_t i = 0; i < report->node_count; i++)
        if (strcmp(report->nodes[i].name, node) == 0)
            return report->nodes[i].cluster;
    return NULL;
}

/* The failing findings of RESULT, each sentence once: a second would spoil the whole scrape. */
static size_t put_sentences(FILE *out, const struct report *report, const struct result *result,
                            bool first)
{
    enum { MAX_SENTENCES = 12 };
    static const char name[] = "postcheck_finding_info";
    const char *said[MAX_SENTENCES];
    size_t count = 0;
    for (size_t i = 0; i < result->finding_count && count < MAX_SENTENCES; i++) {
        const enum state state = result_weight(result->findings[i]);
        const char *text = tell_clean(report->arena, result->findings[i]->text);
        bool known = false;
        for (size_t k = 0; k < count; k++)
            known |= strcmp(said[k], text) == 0;
        if (state < STATE_WARNING || known)
            continue;
        if (first && count == 0)
            family(out, name, NULL, "what is wrong with a cluster, in words");
        said[count++] = text;
        check_labels(out, report, name, result);
        (void)label(out, report, ',', "cluster", cluster_of(report, result->node));
        (void)label(out, report, ',', "state", result_state_word(state));
        (void)label(out, report, ',', "finding", text);
        (void)fputs("} 1\n", out);
    }
    return count;
}

/*
 * One alert for the whole cluster can say what is wrong and where. Not of other checks: their
 * sentences count seconds, and each would be a series of its own at every scrape.
 */
static void put_findings(FILE *out, const struct report *report)
{
    size_t count = 0;
    for (size_t i = 0; i < report->count; i++)
        if (report->results[i].result->check->about_cluster)
            count += put_sentences(out, report, report->results[i].result, count == 0);
}

/* ---- metrics of the checks ---- */

static int by_instance(const void *a, const void *b)
{
    const struct metric *x = *(const struct metric *const *)a,
                        *y = *(const struct metric *const *)b;
    int order =
        strcmp(x->instance == NULL ? "" : x->instance, y->instance == NULL ? "" : y->instance);
    return order != 0 ? order : (x > y) - (x < y);
}

/* The values of SPEC in RESULT by item, each item once: a second would spoil the whole scrape. */
static const struct metric **values_of(struct arena *arena, const struct result *result,
                                       const struct metric_spec *spec, size_t *count)
{
    const struct metric **all =
        arena_array(arena, result->metric_count, sizeof(const struct metric *));
    size_t found = 0;
    *count = 0;
    for (size_t i = 0; i < result->metric_count; i++)
        if (result->metrics[i].spec == spec)
            all[found++] = &result->metrics[i];
    if (found > 1)
        qsort(all, found, sizeof(*all), by_instance);
    for (size_t i = 0; i < found; i++) {
        const char *last = *count == 0 ? NULL : all[*count - 1]->instance;
        const char *item = all[i]->instance;
        if (*count > 0 && strcmp(last == NULL ? "" : last, item == NULL ? "" : item) == 0)
            continue;
        all[(*count)++] = all[i];
    }
    return all;
}

static void put_metric(FILE *out, const struct report *report, const struct check *check,
                       const struct metric_spec *spec)
{
    size_t count;
    const struct series_unit *unit = series_unit_of(spec->name);
    const char *name = series_name(report->arena, spec->name);
    const bool scaled = unit != NULL && (unit->factor < 1 || unit->factor > 1);
    bool first = true;
    for (size_t i = 0; i < report->count; i++) {
        const struct result *result = report->results[i].result;
        if (result->check != check || result->metric_count == 0)
            continue;
        const struct metric **values = values_of(report->arena, result, spec, &count);
        for (size_t v = 0; v < count; v++) {
            if (first)
                family(out, name, unit == NULL ? NULL : unit->unit,
                       scaled ? arena_printf(report->arena, "%s, as %s", spec->help, unit->unit)
                              : spec->help);
            first = false;
            check_labels(out, report, name, result);
            (void)label(out, report, ',', "item", values[v]->instance);
            (void)fputc('}', out);
            put_value(out, values[v]->value * (scaled ? unit->factor : 1));
        }
    }
}

void render_openmetrics_print(FILE *out, const struct report *report)
{
    put_run(out, report);
    put_waivers(out, report);
    put_nodes(out, report);
    put_states(out, report);
    put_moments(out, report);
    put_findings(out, report);
    for (size_t c = 0; c < registry_count; c++)
        for (size_t m = 0; m < registry_checks[c]->metric_count; m++)
            put_metric(out, report, registry_checks[c], &registry_checks[c]->metrics[m]);
    (void)fputs("# EOF\n", out);
}
