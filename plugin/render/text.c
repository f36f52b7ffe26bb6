/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/render/render.h"

/* A table for people: a check a row, its failing findings and what to do below it. */

static const char *source_of(const struct report *report, const struct finding *finding)
{
    if (finding->evidence.line == 0)
        return finding->evidence.document;
    return arena_printf(report->arena, "%s, line %u", finding->evidence.document,
                        finding->evidence.line);
}

static void put_finding(FILE *out, const struct report *report, const struct finding *finding,
                        const char *line, const char **last_hint)
{
    bool told = text_starts(text_of(line), finding->text);
    if (finding->state <= STATE_OK && finding->explained_by == NULL && report->verbose < 2)
        return;
    if (!told)
        (void)fprintf(out, "%28s%s\n", "", finding->text);
    if (finding->explained_by != NULL)
        (void)fprintf(out, "%30sexplained by: %s\n", "", finding->explained_by);
    if (finding->hint != NULL && finding->hint != *last_hint)
        (void)fprintf(out, "%30shint: %s\n", "", finding->hint);
    *last_hint = finding->hint;
    if (report->verbose > 0 && finding->evidence.document != NULL)
        (void)fprintf(out, "%30ssee: %s\n", "", source_of(report, finding));
}

void render_text_print(FILE *out, const struct report *report)
{
    (void)fprintf(out, "%s: %s\n\n  %-13s  %-9s  %s\n", report->nodes[0].name,
                  report_verdict(report), "check", "state", "what was found");
    for (size_t i = 0; i < report->count; i++) {
        const struct report_result *answer = &report->results[i];
        const struct result *result = answer->result;
        const char *last_hint = NULL;
        (void)fprintf(out, "  %-13s  %-9s  %s\n", result->check->name,
                      result_state_label(answer->state), answer->line);
        for (size_t f = 0; f < result->finding_count; f++)
            put_finding(out, report, result->findings[f], answer->line, &last_hint);
    }
}
