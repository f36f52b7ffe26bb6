/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* FNM_CASEFOLD */
#endif
#include "plugin/waive.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

static bool fits_result(const struct report_waiver *waiver, const struct result *result)
{
    return (strcmp(waiver->check, "*") == 0 || strcmp(waiver->check, result->check->name) == 0) &&
           fnmatch(waiver->node, result->node, FNM_NOESCAPE | FNM_CASEFOLD) == 0;
}

static bool fits(const struct report_waiver *waiver, const struct result *result,
                 const struct finding *finding)
{
    return fits_result(waiver, result) &&
           fnmatch(waiver->text, finding->text, FNM_NOESCAPE | FNM_CASEFOLD) == 0;
}

void waive_result(struct report *report, struct result *result)
{
    for (size_t f = 0; f < result->finding_count; f++) {
        struct finding *finding = result->findings[f];
        if (finding->state <= STATE_OK)
            continue;
        for (size_t w = 0; w < report->waiver_count; w++) {
            struct report_waiver *waiver = &report->waivers[w];
            if (!fits(waiver, result, finding))
                continue;
            waiver->used++;
            if (!waiver->expired && finding->waiver == NULL && finding->state >= STATE_WARNING)
                finding->waiver = waiver->name;
        }
    }
}

/* Where a flaw of WAIVER is said. */
static struct report_result *place_of(const struct report *report,
                                      const struct report_waiver *waiver)
{
    for (size_t i = 0; i < report->count; i++)
        if (fits_result(waiver, report->results[i].result))
            return &report->results[i];
    return &report->results[0];
}

static void say(struct report *report, const struct report_waiver *waiver)
{
    char when[32];
    struct report_result *answer = place_of(report, waiver);
    struct result *result = answer->result;
    struct finding *finding;
    if (waiver->expired)
        finding = result_say(result, STATE_WARNING, waiver->name,
                             "the waiver '%s' ended at %s and lets nothing pass any more (%zu %s)",
                             waiver->name, time_print_utc(waiver->expires, when, sizeof(when)),
                             waiver->used, waiver->used == 1 ? "finding" : "findings");
    else
        finding = result_say(result, STATE_WARNING, waiver->name,
                             "the waiver '%s' fits nothing that was found: %s on %s, text %s",
                             waiver->name, waiver->check, waiver->node, waiver->text);
    (void)result_hint(finding, "remove the waiver from the configuration, or have it renewed or "
                               "corrected by who approved it");
    answer->state = result_state(result);
    answer->line = result_line(result);
    report->state = result_worse(report->state, answer->state);
    for (size_t i = 0; i < report->node_count; i++)
        if (strcasecmp(report->nodes[i].name, result->node) == 0)
            report->nodes[i].state = result_worse(report->nodes[i].state, answer->state);
}

void waive_end(struct report *report)
{
    for (size_t i = 0; i < report->waiver_count && report->count > 0; i++)
        if (report->waivers[i].expired || report->waivers[i].used == 0)
            say(report, &report->waivers[i]);
}
