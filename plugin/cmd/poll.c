/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/cmd/cmd.h"
#include "plugin/live.h"
#include "plugin/output.h"
#include "plugin/progress.h"
#include "plugin/render/render.h"

/* postcheck poll: one collection of the whole fleet. */

static void step(void *context, const char *node, const char *text)
{
    progress_step(context, node, text);
}

static void done(void *context, const struct node *node, size_t count, size_t total)
{
    (void)node;
    progress_done(context, count, total);
}

/* Opened before anybody is asked: a wrong path must not cost the answers of a night. */
static bool open_state(struct cmd *cmd, struct output *state, struct fault *fault)
{
    *state = (struct output){.file = NULL};
    return cmd->state == NULL || output_open(cmd->arena, cmd->state, state, fault);
}

static bool save_state(const struct cmd *cmd, struct output *state, const struct report *report,
                       struct fault *fault)
{
    if (cmd->state == NULL)
        return true;
    if (report != NULL)
        render_json_print(state->file, report);
    return output_close(state, report != NULL, report != NULL ? fault : NULL);
}

int cmd_poll(struct cmd *cmd, struct fault *fault)
{
    struct report report;
    struct progress progress;
    struct output state;
    bool unsaved;
    const struct config *config = &cmd->config;
    const struct live live = {
        .config = config,
        .judging = &cmd->judging,
        .record = cmd->record,
        .baseline = cmd->baseline != NULL ? cmd->baseline : config->baseline,
        .phase = "poll",
        .change = config->change,
        .run_operator = config->run_operator,
        .timeout_s = cmd->timeout_s,
        .verbose = cmd->verbose,
        .one_check = cmd->check_count == 1,
        .context = &progress,
        .step = step,
        .done = done,
    };
    if (config->node_count == 0) {
        (void)fault_set(fault, FAULT_NOT_CAPTURED, config->path, 0, "has no [node NAME] section");
        return 3;
    }
    if (!open_state(cmd, &state, fault))
        return 3;
    progress_begin(&progress, cmd->progress);
    bool whole = live_run(cmd->arena, &live, &report, &unsaved, fault);
    progress_end(&progress);
    if (!whole) {
        (void)save_state(cmd, &state, NULL, NULL);
        if (unsaved)
            render_find(cmd->format)->print(cmd->out, &report);
        return 3;
    }
    render_find(cmd->format)->print(cmd->out, &report);
    if (cmd->record != NULL && cmd->format[0] == 't')
        (void)fprintf(cmd->out, "Recorded in %s\n",
                      result_clean(cmd->arena, text_of(cmd->record), 200));
    return save_state(cmd, &state, &report, fault) ? report_exit_code(&report) : 3;
}
