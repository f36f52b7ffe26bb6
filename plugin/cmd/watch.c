/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/change.h"
#include "plugin/cmd/cmd.h"
#include "plugin/duration.h"
#include "plugin/proof.h"
#include "plugin/watch/loop.h"

/* postcheck watch: the fleet while it is upgraded. */

enum { FLAG_CHANGE = CMD_OWN, FLAG_CHANGES, FLAG_EVERY, FLAG_ONCE, FLAG_JOURNAL };

/* Twice a minute; one that asks more often than this is a load of its own. */
enum { EVERY_S = 30, EVERY_MIN_S = 5, EVERY_MAX_S = 24 * 60 * 60 };

const struct flag watch_flags[] = {
    {FLAG_CHANGE, "change", "ID", "the change, such as a ticket; it names the folder"},
    {FLAG_CHANGES, "changes", "DIR",
     "folder of all changes (default: as configured,\nelse ./changes)"},
    {FLAG_EVERY, "every", "DURATION", "ask so often: 30s (default), 2m"},
    {FLAG_ONCE, "once", NULL, "ask once, say it in lines, and end"},
    {FLAG_JOURNAL, "journal", "FILE",
     "append what happens (default with a change:\nCHANGES/ID/timeline.jsonl)"},
};
const size_t watch_flag_count = CHECK_COUNT(watch_flags);

struct own {
    const char *change, *changes, *journal;
    unsigned every_s;
    bool once;
};

bool watch_take(struct cmd *cmd, int code, const char *argument, struct fault *fault)
{
    if (cmd->own == NULL)
        cmd->own = arena_alloc(cmd->arena, sizeof(struct own));
    struct own *own = cmd->own;
    switch (code) {
    case FLAG_CHANGE:
        own->change = argument;
        return true;
    case FLAG_CHANGES:
        own->changes = argument;
        return true;
    case FLAG_EVERY:
        return duration_parse(argument, EVERY_MIN_S, EVERY_MAX_S, &own->every_s) ||
               fault_set(fault, FAULT_INTERNAL, "--every", 0,
                         "expected a duration from 5s to 24h, not '%.60s'", argument);
    case FLAG_JOURNAL:
        own->journal = argument;
        return true;
    default:
        return own->once = true;
    }
}

int cmd_watch(struct cmd *cmd, struct fault *fault)
{
    static const struct own none;
    const struct own *own = cmd->own != NULL ? cmd->own : &none;
    const struct config *config = &cmd->config;
    struct change change = {.id = NULL};
    struct loop_settings settings = {
        .config = config,
        .out = cmd->out,
        .json = cmd->format[0] == 'j',
        .colour = cmd->colour,
        .once = own->once,
        .every_s = own->every_s != 0 ? own->every_s : EVERY_S,
        .change = own->change != NULL ? own->change : config->change,
        .changes = change_root(own->changes, config->changes),
        .journal = own->journal,
        .baseline = cmd->baseline,
    };
    if (settings.change != NULL &&
        !change_find(cmd->arena, settings.changes, settings.change, &change, fault))
        return 3;
    if (settings.baseline == NULL)
        settings.baseline = change.has_baseline ? change.baseline : config->baseline;
    if (settings.journal == NULL && change.id != NULL) {
        if (!change_make(cmd->arena, &change, fault))
            return 3;
        settings.journal = arena_printf(cmd->arena, "%s/%s", change.dir, proof_timeline);
    }
    return loop_run(cmd->arena, &settings, fault);
}
