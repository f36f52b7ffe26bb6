/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_COLLECT_H
#define PLUGIN_COLLECT_H

/*
 * Answers of a fleet into the folder of a run, in as many rounds as it takes: what `baseline` and
 * `verify` have in common. Nothing that was answered is lost when the run is interrupted.
 */

#include "plugin/cmd/cmd.h"
#include "plugin/live.h"
#include "plugin/progress.h"
#include "plugin/proof.h"

struct collect {
    struct cmd *cmd;
    const char *dir;
    struct rules *rules; /* the caller's: written before the first round, and whenever it judges */
    struct record *record;
    struct fleet fleet; /* the inventory, for capture.json */
    bool *ask;          /* by node of the configuration: to be asked in the next round */
    struct progress progress;
    /* capture.json is saved while others are still asked: a run that is killed loses little. */
    int64_t begun_ns, saving_ns; /* CLOCK_MONOTONIC; what saving took, of our own time */
    size_t kept;                 /* appliances that an interrupted run had asked */
};

/* The rules of a run of PHASE that CMD, its configuration and its flags, asks for. */
struct rules collect_rules(struct cmd *cmd, const char *phase, const char *change);

/*
 * Begins in DIR, a new folder, or with RESUME in one that an interrupted run has left: then only
 * what is missing is to be asked. False with FAULT.
 */
bool collect_begin(struct cmd *cmd, const char *dir, bool resume, struct rules *rules,
                   struct collect *collect, struct fault *fault);

/*
 * Asks those appliances that are marked, once. rules->interrupted says so when a signal ended it.
 * False with FAULT: nothing could be asked.
 */
bool collect_round(struct collect *collect, struct fault *fault);

/*
 * Ends it, after it was judged: until then no other run may have the folder. False with FAULT: the
 * first thing that could not be kept.
 */
bool collect_end(struct collect *collect, struct fault *fault);

/* Judges the folder as it is now; REPORT lives in ARENA. */
bool collect_judge(struct collect *collect, struct arena *arena, struct report *report,
                   struct fault *fault);

#endif
