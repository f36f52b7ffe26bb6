/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "plugin/render/render.h"
#include "plugin/render/tell.h"

/*
 * Local checks of a Checkmk agent, one line each: STATE "SERVICE" METRICS TEXT. The state is ours,
 * 0 to 3; limits stand beside metrics for the graphs. A service is "AsyncOS NODE CHECK"; one more,
 * "AsyncOS run", is always there, so that it is found before it fails.
 */

enum { MAX_LINES = 12 };

/*
 * Text for Checkmk's page: "\n" in it would be a new line, "|" is a separator elsewhere in the
 * line, and "(!!)" is shown as a state.
 */
static void put(FILE *out, const struct report *report, const char *text)
{
    for (const char *p = tell_clean(report->arena, text); *p != '\0'; p++) {
        if (*p == '\\')
            (void)fputs("⧵", out);
        else if (*p == '|')
            (void)fputs("¦", out);
        else if (*p == '(' && p[1] != '\0' && strchr("!?.", p[1]) != NULL)
            (void)fputs("( ", out);
        else
            (void)fputc(*p, out);
    }
}

/* Names of metrics are words; the rest of an item's name becomes '_'. */
static void put_name(FILE *out, const struct report *report, const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    for (const char *p = tell_clean(report->arena, name); *p != '\0'; p++)
        (void)fputc(strchr(plain, *p) != NULL ? *p : '_', out);
}

/* "UPPER" or "LOWER:UPPER"; a range that alerts inside cannot be said, and is left out. */
static const char *level(struct arena *arena, const char *text)
{
    char buffer[64];
    struct limit limit;
    if (text == NULL || !limit_parse(text, &limit, NULL) || limit.inside)
        return "";
    return arena_dup(arena, text_of(limit_print_perfdata(&limit, buffer, sizeof(buffer))));
}

static void put_metrics(FILE *out, const struct report *report, const struct result *result)
{
    char separator = ' ';
    char number[64];
    for (size_t i = 0; i < result->metric_count; i++) {
        const struct metric *metric = &result->metrics[i];
        const char *warning = level(report->arena, metric->warning);
        const char *critical = level(report->arena, metric->critical);
        const char *value = limit_print_number(metric->value, number, sizeof(number));
        if (strcmp(value, "U") == 0) /* no word for it here */
            continue;
        (void)fputc(separator, out);
        put_name(out, report, metric->spec->name);
        if (metric->instance != NULL) {
            (void)fputc('_', out);
            put_name(out, report, metric->instance);
        }
        (void)fprintf(out, "=%s", value);
        if (*warning != '\0' || *critical != '\0')
            (void)fprintf(out, ";%s;%s", warning, critical);
        separator = '|';
    }
    (void)fputs(separator == ' ' ? " - " : " ", out);
}

static void put_finding(FILE *out, const struct report *report, const struct finding *finding)
{
    const char *waiver = tell_waiver(report, finding);
    (void)fprintf(out, "\\n[%s] ", tell_label(finding));
    put(out, report, finding->text);
    if (finding->explained_by != NULL) {
        (void)fputs("\\n    explained by: ", out);
        put(out, report, finding->explained_by);
    }
    if (waiver != NULL) {
        (void)fputs("\\n    waived: ", out);
        put(out, report, waiver);
    }
    if (finding->hint != NULL) {
        (void)fputs("\\n    hint: ", out);
        put(out, report, finding->hint);
    }
}

static void put_service(FILE *out, const struct report *report, const struct report_result *answer)
{
    const struct result *result = answer->result;
    size_t shown = 0;
    (void)fprintf(out, "%d \"AsyncOS ", result_exit_code(answer->state));
    put_name(out, report, result->node);
    (void)fprintf(out, " %s\"", result->check->name);
    put_metrics(out, report, result);
    if (answer->state != STATE_OK)
        (void)fprintf(out, "%s: ", result_state_label(answer->state));
    put(out, report, answer->line);
    for (int severity = STATE_COUNT - 1; severity >= 0; severity--)
        for (size_t i = 0; i < result->finding_count; i++) {
            const struct finding *finding = result->findings[i];
            bool told = finding->state > STATE_OK || tell_is_explained(finding);
            if ((int)result_weight(finding) == severity && told && shown++ < MAX_LINES)
                put_finding(out, report, finding);
        }
    if (shown > MAX_LINES)
        (void)fprintf(out, "\\n… and %zu more: --format json shows all", shown - MAX_LINES);
    (void)fputc('\n', out);
}

static void put_run(FILE *out, const struct report *report)
{
    char separator = ' ';
    (void)fprintf(out, "%d \"AsyncOS run\"", report_verdict_code(report));
    for (int state = 0; state < STATE_COUNT; state++, separator = '|')
        (void)fprintf(out, "%c%s=%zu", separator, result_state_word((enum state)state),
                      report_count(report, (enum state)state));
    (void)fprintf(out, "|waived=%zu %s", report_waived(report), tell_verdict(report));
    if (report->interrupted != NULL || report->count == 0) {
        (void)fputs(", ", out);
        put(out, report, report->interrupted != NULL ? report->interrupted : "nothing was asked");
    }
    if (report->count > 0) {
        (void)fputs(": ", out);
        put(out, report, tell_counts(report));
    }
    (void)fputc('\n', out);
}

void render_checkmk_print(FILE *out, const struct report *report)
{
    put_run(out, report);
    for (size_t i = 0; i < report->count; i++)
        put_service(out, report, &report->results[i]);
}
