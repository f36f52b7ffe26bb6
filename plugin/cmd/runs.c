/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/cmd/runs.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "plugin/duration.h"
#include "plugin/icinga/downtime.h"
#include "plugin/via/via.h"

enum {
    FLAG_CHANGE = CMD_OWN,
    FLAG_CHANGES,
    FLAG_RUN_DIR,
    FLAG_REPLAY,
    FLAG_WAIT,
    FLAG_EVERY,
    FLAG_SOAK,
    FLAG_NO_BASELINE,
    FLAG_NEW,
    FLAG_DOWNTIME,
    FLAG_VIA
};

enum { WEEK_S = 7 * 24 * 60 * 60, EVERY_S = 60 };

#define CHANGE_FLAG                                                                                \
    {                                                                                              \
        FLAG_CHANGE, "change", "ID", "the change, such as a ticket; it names the folder"           \
    }
#define CHANGES_FLAG                                                                               \
    {                                                                                              \
        FLAG_CHANGES, "changes", "DIR",                                                            \
            "folder of all changes (default: as configured,\nelse ./changes)"                      \
    }

#define VIA_FLAG                                                                                   \
    {                                                                                              \
        FLAG_VIA, "via", "icinga2", "its satellites ask: those that can reach the appliances"      \
    }

#define DOWNTIME_FLAG                                                                              \
    {                                                                                              \
        FLAG_DOWNTIME, "downtime", "DURATION", "in Icinga 2, from now on; ends when verify passes" \
    }

const struct flag runs_baseline_flags[] = {
    CHANGE_FLAG,
    CHANGES_FLAG,
    VIA_FLAG,
    DOWNTIME_FLAG,
    {FLAG_RUN_DIR, "run-dir", "DIR", "folder to write in place of CHANGES/ID/baseline"},
};

const struct flag runs_verify_flags[] = {
    CHANGE_FLAG,
    CHANGES_FLAG,
    VIA_FLAG,
    DOWNTIME_FLAG,
    {FLAG_RUN_DIR, "run-dir", "DIR", "folder to write in place of CHANGES/ID/verify-UTC"},
    {FLAG_WAIT, "wait", "DURATION", "ask again until all is settled, at most so long:\n45m, 1h"},
    {FLAG_EVERY, "every", "DURATION", "of --wait: ask who does not answer so often (60s)"},
    {FLAG_SOAK, "soak", NULL, "later again: exit code and text tell only what got worse"},
    {FLAG_REPLAY, "replay", "DIR", "ask nobody: judge this capture; needs --run-dir"},
    {FLAG_NO_BASELINE, "no-baseline", NULL, "there is none: nothing can be called new then"},
    {FLAG_NEW, "new", NULL, "do not go on with a run that was interrupted"},
};

const size_t runs_baseline_flag_count = CHECK_COUNT(runs_baseline_flags);
const size_t runs_verify_flag_count = CHECK_COUNT(runs_verify_flags);

static bool take_duration(const char *flag, const char *argument, unsigned *seconds,
                          struct fault *fault)
{
    return duration_parse(argument, 1, WEEK_S, seconds) ||
           fault_set(fault, FAULT_INTERNAL, flag, 0,
                     "expected a duration such as 90s, 45m or 1h, not '%.60s'", argument);
}

bool runs_take(struct cmd *cmd, int code, const char *argument, struct fault *fault)
{
    if (cmd->own == NULL) {
        struct runs *fresh = arena_alloc(cmd->arena, sizeof(*fresh));
        *fresh = (struct runs){.every_s = EVERY_S};
        cmd->own = fresh;
    }
    struct runs *runs = cmd->own;
    switch (code) {
    case FLAG_CHANGE:
        runs->change = argument;
        return true;
    case FLAG_CHANGES:
        runs->changes = argument;
        return true;
    case FLAG_RUN_DIR:
        runs->run_dir = argument;
        return true;
    case FLAG_REPLAY:
        cmd->replay = argument;
        return true;
    case FLAG_WAIT:
        return take_duration("--wait", argument, &runs->wait_s, fault);
    case FLAG_EVERY:
        return take_duration("--every", argument, &runs->every_s, fault);
    case FLAG_VIA:
        runs->via = strcmp(argument, "icinga2") == 0;
        return runs->via || fault_set(fault, FAULT_INTERNAL, "--via", 0,
                                      "'%.60s' is not icinga2, which is all there is", argument);
    case FLAG_DOWNTIME:
        return take_duration("--downtime", argument, &runs->downtime_s, fault);
    case FLAG_SOAK:
        return runs->soak = true;
    case FLAG_NO_BASELINE:
        return runs->no_baseline = true;
    default:
        return runs->fresh = true;
    }
}

const struct runs *runs_of(const struct cmd *cmd)
{
    static const struct runs none = {.every_s = EVERY_S};
    return cmd->own != NULL ? cmd->own : &none;
}

bool runs_change(const struct cmd *cmd, struct change *change, struct fault *fault)
{
    const struct runs *runs = runs_of(cmd);
    const char *id = runs->change != NULL ? runs->change : cmd->config.change;
    const char *root = change_root(runs->changes, cmd->config.changes);
    if (id != NULL)
        return change_find(cmd->arena, root, id, change, fault);
    *change = (struct change){.id = NULL};
    return runs->run_dir != NULL ||
           fault_set(fault, FAULT_INTERNAL, "--change", 0,
                     "name the change, such as --change CHG0031415, or `id` in [change]");
}

bool runs_fit(const struct cmd *cmd, struct fault *fault)
{
    const struct runs *runs = runs_of(cmd);
    if (runs->no_baseline && cmd->baseline != NULL)
        return fault_set(fault, FAULT_INTERNAL, "--no-baseline", 0,
                         "does not go with --baseline: which of the two?");
    if (cmd->replay == NULL)
        return true;
    if (runs->run_dir == NULL)
        return fault_set(fault, FAULT_INTERNAL, "--run-dir", 0,
                         "is missing: with --replay name the folder to write");
    const char *asks = runs->wait_s > 0       ? "--wait"
                       : runs->soak           ? "--soak"
                       : runs->downtime_s > 0 ? "--downtime"
                       : runs->via            ? "--via"
                                              : "--new";
    return (runs->wait_s == 0 && !runs->soak && !runs->fresh && runs->downtime_s == 0 &&
            !runs->via) ||
           fault_set(fault, FAULT_INTERNAL, asks, 0,
                     "does not go with --replay, which asks nobody");
}

bool runs_look(struct cmd *cmd, struct fault *fault)
{
    if (!runs_of(cmd)->via)
        return true;
    cmd->via = via_look(cmd->arena, &cmd->config, &cmd->judging, fault);
    return cmd->via != NULL;
}

/* ---- downtime ---- */

static struct downtime downtime_of(const struct cmd *cmd, const struct change *change)
{
    return (struct downtime){.arena = cmd->arena,
                             .config = &cmd->config,
                             .path = arena_printf(cmd->arena, "%s/downtimes", change->dir)};
}

bool runs_begin_downtime(const struct cmd *cmd, const struct change *change, struct fault *fault)
{
    const unsigned duration_s = runs_of(cmd)->downtime_s;
    size_t hosts;
    char stamp[32];
    if (duration_s == 0)
        return true;
    if (change->dir == NULL)
        return fault_set(fault, FAULT_INTERNAL, "--downtime", 0,
                         "needs --change ID: what was scheduled is kept in its folder");
    struct downtime downtime = downtime_of(cmd, change);
    downtime.from = (int64_t)time(NULL);
    downtime.until = downtime.from + duration_s;
    downtime.comment =
        arena_printf(cmd->arena, "%s, by postcheck%s%s", change->id,
                     cmd->config.run_operator != NULL ? " for " : "",
                     cmd->config.run_operator != NULL ? cmd->config.run_operator : "");
    if (!change_make(cmd->arena, change, fault) || !downtime_schedule(&downtime, &hosts, fault))
        return false;
    (void)fprintf(stderr, "postcheck: downtime of %zu hosts in Icinga until %s\n", hosts,
                  time_print_utc(downtime.until, stamp, sizeof(stamp)));
    return true;
}

void runs_end_downtime(const struct cmd *cmd, const struct change *change,
                       const struct report *report)
{
    const bool passed = report_verdict_code(report) <= 1; /* pass, pass_with_warnings */
    struct fault fault = {.kind = FAULT_NONE};
    size_t removed;
    if (change->dir == NULL)
        return;
    const struct downtime downtime = downtime_of(cmd, change);
    if (!passed && access(downtime.path, F_OK) == 0)
        (void)fprintf(stderr, "postcheck: the downtime in Icinga stays: the verdict is %s\n",
                      report_verdict(report));
    if (!passed)
        return;
    if (!downtime_remove(&downtime, &removed, &fault))
        (void)fprintf(stderr, "postcheck: the downtime in Icinga stays: %s: %s\n", fault.origin,
                      result_clean(cmd->arena, text_of(fault.text), sizeof(fault.text)));
    else if (removed > 0)
        (void)fprintf(stderr, "postcheck: the downtime in Icinga is removed\n");
}
