/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "plugin/render/render.h"
#include "plugin/render/tell.h"

/*
 * One pipe, at the very end of the text, then one line of performance data: the only layout that
 * Icinga 2 and Nagios 4 read alike (monitoring-ecosystem.md 1.3, measured).
 */

/* Past these the text says how many are left out; --format json carries all. */
enum { MAX_LINES = 12, MAX_LINES_VERBOSE = 200, MAX_LINE = 400, MAX_FIRST_LINE = 240 };

/* TEXT is clean already (result.h); a pipe would end it, so it becomes a broken bar. */
static void put_at_most(FILE *out, const struct report *report, const char *text, size_t max)
{
    text = result_clean(report->arena, text_of(text), max);
    for (const char *bar; (bar = strchr(text, '|')) != NULL; text = bar + 1) {
        (void)fwrite(text, 1, (size_t)(bar - text), out);
        (void)fputs("¦", out);
    }
    (void)fputs(text, out);
}

static void put(FILE *out, const struct report *report, const char *text)
{
    put_at_most(out, report, text, MAX_LINE);
}

static void line(FILE *out, const struct report *report, const char *label, const char *name,
                 const char *text)
{
    (void)fprintf(out, "\n[%s] %s: ", label, name);
    put(out, report, text);
}

static void detail(FILE *out, const struct report *report, const struct finding *finding)
{
    if (finding->waiver != NULL) {
        (void)fputs("\n    waived: ", out);
        put(out, report, tell_waiver(report, finding));
    }
    if (finding->explained_by != NULL) {
        (void)fputs("\n    explained by: ", out);
        put(out, report, finding->explained_by);
    }
    if (report->verbose == 0)
        return;
    if (finding->hint != NULL) {
        (void)fputs("\n    hint: ", out);
        put(out, report, finding->hint);
    }
    if (finding->evidence.document != NULL) {
        (void)fputs("\n    see: ", out);
        put(out, report, tell_source(report->arena, finding));
    }
}

/*
 * A finding is worth a line when it fails or was explained; with -vv all are. What the first line
 * has said in full is not repeated, unless there are hints to print below it.
 */
static bool is_shown(const struct report *report, const struct report_result *answer,
                     const struct finding *finding)
{
    bool said = text_is(text_of(answer->line), finding->text);
    if (finding->explained_by != NULL || finding->waiver != NULL)
        return true;
    if (finding->state <= STATE_OK)
        return report->verbose > 1 && !said;
    return !(said && report->one_check && report->verbose == 0);
}

static void put_result(FILE *out, const struct report *report, const struct report_result *answer)
{
    const struct result *result = answer->result;
    size_t shown = 0, left = 0, max = report->verbose > 0 ? MAX_LINES_VERBOSE : MAX_LINES;
    if (answer->state <= STATE_OK && !report->one_check)
        line(out, report, result_state_label(answer->state), result->check->name, answer->line);
    for (int severity = STATE_COUNT - 1; severity >= 0; severity--)
        for (size_t i = 0; i < result->finding_count; i++) {
            const struct finding *finding = result->findings[i];
            if ((int)result_weight(finding) != severity || !is_shown(report, answer, finding))
                continue;
            if (shown++ >= max) {
                left++;
                continue;
            }
            line(out, report, tell_label(finding), result->check->name, finding->text);
            detail(out, report, finding);
        }
    if (left > 0)
        (void)fprintf(out, "\n    … and %zu more: --format json shows all", left);
}

/* snake_case needs no quotes; an instance may be a host name or a feature with blanks. */
static void put_label(FILE *out, const struct metric *metric)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    if (metric->instance == NULL) {
        (void)fputs(metric->spec->name, out);
        return;
    }
    bool quoted = metric->instance[strspn(metric->instance, plain)] != '\0';
    (void)fprintf(out, "%s%s_", quoted ? "'" : "", metric->spec->name);
    for (const char *p = metric->instance; *p != '\0'; p++)
        (void)fputc(*p == '\'' || *p == '=' || *p == '|' || *p == ':' ? '_' : *p, out);
    if (quoted)
        (void)fputc('\'', out);
}

/* Bare "N" for 0:N and ~:N, since Icinga's writers drop every other range (1.5, measured). */
static const char *perfdata_range(const char *text, char *buffer, size_t size)
{
    struct limit limit;
    if (text == NULL || !limit_parse(text, &limit, NULL))
        return "";
    return limit_print_perfdata(&limit, buffer, size);
}

static void put_metric(FILE *out, const struct metric *metric)
{
    char value[64], warning[64], critical[64];
    const char *w = perfdata_range(metric->warning, warning, sizeof(warning));
    const char *c = perfdata_range(metric->critical, critical, sizeof(critical));
    put_label(out, metric);
    (void)fprintf(out, "=%s%s", limit_print_number(metric->value, value, sizeof(value)),
                  metric->spec->unit);
    if (*w != '\0' || *c != '\0')
        (void)fprintf(out, ";%s", w);
    if (*c != '\0')
        (void)fprintf(out, ";%s", c);
}

void render_nagios_print(FILE *out, const struct report *report)
{
    put_at_most(out, report, report_headline(report), MAX_FIRST_LINE);
    for (size_t i = 0; i < report->count; i++)
        put_result(out, report, &report->results[i]);
    if (tell_is_signed(report))
        line(out, report, "VERDICT",
             report->change == NULL ? "change" : tell_clean(report->arena, report->change),
             arena_printf(report->arena, "%s: %s", tell_verdict(report), tell_counts(report)));
    if (report->only != NULL)
        line(out, report, "VERDICT", "only these checks were run", report->only);
    if (report->alone)
        line(out, report, "VERDICT", "there was no baseline", "nothing can be called new or lost");
    for (size_t i = 0; i < report->note_count && report->verbose > 2; i++) {
        (void)fputs("\n    ", out);
        put(out, report, report->notes[i]);
    }
    char separator = '|';
    for (size_t i = 0; i < report->count; i++)
        for (size_t m = 0; m < report->results[i].result->metric_count; m++) {
            (void)fputc(separator, out);
            put_metric(out, &report->results[i].result->metrics[m]);
            separator = ' ';
        }
    if (report->has_age)
        (void)fprintf(out, "%cstate_age_s=%llds;;%u", separator, (long long)report->age_s,
                      report->max_age_s);
    (void)fputc('\n', out);
}
