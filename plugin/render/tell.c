/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/render/tell.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Longer than any sentence of a result, so that these stay as they are. */
enum { MAX_TEXT = 1200 };

bool tell_is_signed(const struct report *report)
{
    return report->seal_count > 0;
}

const char *tell_verdict(const struct report *report)
{
    const char *verdict = report_verdict(report);
    if (!tell_is_signed(report))
        return verdict;
    return arena_printf(report->arena, "%s (%s)", report_close_code(report), verdict);
}

const char *tell_counts(const struct report *report)
{
    const char *text = "";
    size_t waived = report_waived(report);
    for (int state = STATE_COUNT - 1; state >= 0; state--) {
        size_t count = report_count(report, (enum state)state);
        if (count > 0)
            text = arena_printf(report->arena, "%s%s%zu %s", text, *text == '\0' ? "" : ", ", count,
                                result_state_label((enum state)state));
    }
    if (waived == 0)
        return text;
    return arena_printf(report->arena, "%s; %zu finding%s waived", text, waived,
                        waived == 1 ? "" : "s");
}

const char *tell_label(const struct finding *finding)
{
    return finding->waiver != NULL ? "WAIVED" : result_state_label(finding->state);
}

const char *tell_waiver(const struct report *report, const struct finding *finding)
{
    struct arena *arena = report->arena;
    if (finding->waiver == NULL)
        return NULL;
    const struct report_waiver *waiver = report_waiver(report, finding->waiver);
    if (waiver == NULL)
        return tell_clean(arena, finding->waiver);
    return tell_clean(arena, arena_printf(arena, "%s: %s (approved by %s, until %s)", waiver->name,
                                          waiver->reason, waiver->approved_by,
                                          tell_time(arena, true, waiver->expires)));
}

const char *tell_source(struct arena *arena, const struct finding *finding)
{
    const struct evidence *evidence = &finding->evidence;
    if (evidence->document == NULL || evidence->line == 0)
        return evidence->document;
    return arena_printf(arena, "%s, line %u", evidence->document, evidence->line);
}

bool tell_is_explained(const struct finding *finding)
{
    return finding->explained_by != NULL && finding->state <= STATE_OK;
}

const char *tell_compared(struct arena *arena, const struct comparison *comparison)
{
    if (comparison->instance == NULL)
        return comparison->spec->help;
    return arena_printf(arena, "%s (%s)", comparison->spec->help, comparison->instance);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct check *const *)a)->name, (*(const struct check *const *)b)->name);
}

const struct check **tell_columns(const struct report *report, size_t *count)
{
    const struct check **used = NULL;
    *count = 0;
    for (size_t i = 0; i < report->count; i++) {
        const struct check *check = report->results[i].result->check;
        size_t c = 0;
        while (c < *count && strcmp(used[c]->name, check->name) != 0)
            c++;
        if (c < *count)
            continue;
        used = arena_push(report->arena, used, *count, sizeof(*used));
        used[(*count)++] = check;
    }
    if (*count > 1)
        qsort(used, *count, sizeof(*used), by_name);
    return used;
}

const struct report_result *tell_cell(const struct report *report, const char *node,
                                      const struct check *column, size_t *near)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct report_result *answer = &report->results[(*near + i) % report->count];
        if (strcmp(answer->result->check->name, column->name) != 0 ||
            strcasecmp(answer->result->node, node) != 0)
            continue;
        *near = (*near + i + 1) % report->count;
        return answer;
    }
    return NULL;
}

const char *tell_named(struct arena *arena, const char *node, const char *text)
{
    return text_starts(text_of(text), node) ? text : arena_printf(arena, "%s: %s", node, text);
}

const char *tell_time(struct arena *arena, bool known, int64_t seconds)
{
    char text[32];
    return known ? arena_dup(arena, text_of(time_print_utc(seconds, text, sizeof(text)))) : NULL;
}

const char *tell_clean(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : result_clean(arena, text_of(text), MAX_TEXT);
}
