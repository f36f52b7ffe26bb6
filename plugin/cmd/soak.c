/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/cmd/soak.h"

#include "checks/registry.h"
#include "plugin/reload.h"
#include "plugin/render/tell.h"
#include "plugin/sums.h"

bool soak_load(struct cmd *cmd, const struct change *change, struct report *before)
{
    struct fault why;
    if (change->last == NULL)
        (void)fault_set(&why, FAULT_NOT_CAPTURED, "--soak", 0,
                        "there is no earlier run of this change");
    else if (sums_hold(cmd->arena, change->last, &why) &&
             reload_report(cmd->arena, change->last, registry_find, before, &why))
        return true;
    (void)fprintf(stderr, "postcheck: nothing to compare with, so everything is told: %s: %s\n",
                  result_clean(cmd->arena, text_of(why.origin), 300),
                  result_clean(cmd->arena, text_of(why.text), 300));
    return false;
}

int soak_compare(FILE *out, const struct report *before, const struct report *report)
{
    size_t worse = 0, better = 0, both = 0, near = 0;
    for (size_t i = 0; i < report->count; i++) {
        const struct report_result *now = &report->results[i];
        const struct report_result *then =
            tell_cell(before, now->result->node, now->result->check, &near);
        const enum state was = then == NULL ? STATE_OK : then->state;
        both += then != NULL;
        better += now->state <= STATE_OK && was > STATE_OK;
        if (now->state <= was || now->state <= STATE_OK)
            continue;
        worse++;
        if (out != NULL)
            (void)fprintf(out, "%s -> %s %s %s: %s\n", result_state_label(was),
                          result_state_label(now->state), now->result->node,
                          now->result->check->name, now->line);
    }
    if (out != NULL && before->count > both)
        (void)fprintf(out, "%zu answers of then are not asked for any more\n",
                      before->count - both);
    if (out != NULL)
        (void)fprintf(out, "Since %s: %zu got worse, %zu recovered. Verdict: %s\n",
                      report->previous == NULL ? "before" : report->previous, worse, better,
                      report_verdict(report));
    return worse > 0 || report->interrupted != NULL ? report_verdict_code(report) : 0;
}
