/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_CHANGE_H
#define PLUGIN_CHANGE_H

/*
 * The folder of a change (design.md 8): CHANGES/ID/baseline, and CHANGES/ID/verify-<UTC> for each
 * time that it was verified. Names sort by time.
 */

#include <stdint.h>

#include "checks/arena.h"
#include "checks/fault.h"

struct change {
    const char *id;
    const char *dir;      /* CHANGES/ID, which may not be there yet */
    const char *baseline; /* its folder, whether it is there or not */
    bool has_baseline, baseline_interrupted;
    const char *last;   /* folder of the newest run that was not interrupted; NULL = none */
    const char *broken; /* of the newest run, when it was interrupted; NULL: it was not */
};

/* Folder of all changes: as TOLD, else as CONFIGURED, both NULL when not, else "changes" here. */
const char *change_root(const char *told, const char *configured);

/*
 * What lies in ROOT/ID. Nothing is made. False with FAULT: ID cannot be the name of a folder, or it
 * cannot be read.
 */
bool change_find(struct arena *arena, const char *root, const char *id, struct change *change,
                 struct fault *fault);

/* Makes the folder of CHANGE and those above it that are missing. */
bool change_make(struct arena *arena, const struct change *change, struct fault *fault);

/* A folder that is not there yet for a run that begins NOW (UTC). */
const char *change_new_run(struct arena *arena, const struct change *change, int64_t now);

/* The last part of a path. */
const char *change_name_of(const char *path);

/* Did the run in DIR end early, as its capture.json says, or was it killed before it was sealed? */
bool change_interrupted(struct arena *arena, const char *dir);

/*
 * Was the run in DIR begun, or its rules written again, within the last hour? Older answers beside
 * new ones would be of two moments.
 */
bool change_is_recent(struct arena *arena, const char *dir);

#endif
