/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "plugin/cmd/runs.h"
#include "plugin/collect.h"
#include "plugin/render/render.h"
#include "plugin/render/wrap.h"

/*
 * postcheck baseline: what every appliance answers before the change, kept and hashed. It judges
 * too: what is wrong already is better known now.
 */

/* Which folder, and does it go on with what an interrupted run has left? */
static bool place(const struct cmd *cmd, const struct change *change, const char **dir,
                  bool *resume, struct fault *fault)
{
    const struct runs *runs = runs_of(cmd);
    *dir = runs->run_dir != NULL ? runs->run_dir : change->baseline;
    *resume = false;
    if (runs->run_dir != NULL)
        return true;
    *resume = change->has_baseline && change->baseline_interrupted;
    if (change->has_baseline && !change->baseline_interrupted)
        return fault_set(fault, FAULT_INTERNAL, change->baseline, 0,
                         "is the baseline of %.80s already, and a baseline is never overwritten: "
                         "name another change",
                         change->id);
    if (*resume && !change_is_recent(cmd->arena, change->baseline))
        return fault_set(fault, FAULT_INTERNAL, change->baseline, 0,
                         "was interrupted more than an hour ago: with new answers it would be of "
                         "two moments; move it away, or name another change");
    return change_make(cmd->arena, change, fault);
}

/* A command or page that the appliance does not have is no gap of the baseline. */
static bool is_gap(const struct report_document *document)
{
    return document->fault != NULL && document->fault_kind != FAULT_UNSUPPORTED;
}

static int exit_code(const struct report *report)
{
    size_t gaps = 0;
    if (report->interrupted != NULL || report->node_count == 0)
        return 3;
    for (size_t n = 0; n < report->node_count; n++) {
        size_t asked = 0, answered = 0;
        for (size_t d = 0; d < report->document_count; d++) {
            if (strcmp(report->documents[d].node, report->nodes[n].name) != 0)
                continue;
            asked++;
            answered += !is_gap(&report->documents[d]);
        }
        if (answered == 0)
            return 2;
        gaps += asked - answered;
    }
    return gaps > 0 ? 1 : 0;
}

/* What no appliance answered, and what is wrong already. */
static void print(struct cmd *cmd, const char *dir, const struct report *report)
{
    size_t answered = 0;
    FILE *out = cmd->out;
    for (size_t d = 0; d < report->document_count; d++)
        answered += !is_gap(&report->documents[d]);
    if (report->interrupted != NULL)
        wrap_put(out, "",
                 arena_printf(cmd->arena, "%s; the same command goes on", report->interrupted));
    (void)fprintf(out, "Baseline of %s: %zu appliances, %zu of %zu documents answered\n",
                  report->change == NULL ? "no change" : report->change, report->node_count,
                  answered, report->document_count);
    for (size_t d = 0; d < report->document_count; d++)
        if (is_gap(&report->documents[d]))
            wrap_put(out, "  missing: ",
                     arena_printf(cmd->arena, "%s/%s: %s", report->documents[d].node,
                                  report->documents[d].id, report->documents[d].fault));
    for (size_t i = 0; i < report->count; i++)
        if (report->results[i].state >= STATE_WARNING)
            wrap_put(out, "  already so: ",
                     arena_printf(cmd->arena, "%s %s: %s",
                                  result_state_label(report->results[i].state),
                                  report->results[i].result->check->name, report->results[i].line));
    (void)fprintf(out, "Kept and hashed in %s\n", result_clean(cmd->arena, text_of(dir), 300));
}

int cmd_baseline(struct cmd *cmd, struct fault *fault)
{
    struct change change;
    struct collect collect;
    struct report report;
    struct fault unkept = {.kind = FAULT_NONE};
    const char *dir;
    bool resume;
    if (!runs_change(cmd, &change, fault) || !place(cmd, &change, &dir, &resume, fault) ||
        !runs_look(cmd, fault) || !runs_begin_downtime(cmd, &change, fault))
        return 3;
    struct rules rules = collect_rules(cmd, "baseline", change.id);
    if (!collect_begin(cmd, dir, resume, &rules, &collect, fault))
        return 3;
    if (resume && cmd->progress)
        (void)fprintf(stderr,
                      "goes on with an interrupted baseline: %zu of %zu appliances are there\n",
                      collect.kept, cmd->config.node_count);
    const bool judged = collect_round(&collect, fault) &&
                        collect_judge(&collect, cmd->arena, &report, fault) &&
                        proof_seal(cmd->arena, dir, &report, fault);
    const bool kept = collect_end(&collect, &unkept);
    if (!judged)
        return 3;
    if (strcmp(cmd->format, "text") == 0)
        print(cmd, dir, &report);
    else
        render_find(cmd->format)->print(cmd->out, &report);
    if (!kept)
        *fault = unkept;
    return kept ? exit_code(&report) : 3;
}
