/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RECORD_H
#define PLUGIN_RECORD_H

/*
 * Writes a capture (design.md 8): DIR/NODE/<document id> as they come, and at the end
 * DIR/capture.json with the SHA-256 of each. Documents are redacted before they get here.
 */

#include <jansson.h>

#include "checks/fleet.h"

struct record;

/* What capture.json says about the run. */
struct record_run {
    const char *id;                    /* NULL: one is made of the time and the process */
    const char *change, *run_operator; /* NULL = not told */
};

/*
 * Makes DIR (0700) if it is missing. False with FAULT when it cannot be written, or when it already
 * holds anything: a capture is never overwritten. The record lives in ARENA.
 */
struct record *record_open(struct arena *arena, const char *dir, struct fault *fault);

/*
 * Writes all documents of NODE (0600), each to a temporary name and then renamed, and remembers
 * their entries. What the record held of NODE, from an earlier round of asking, is removed, but for
 * answers that none came in place of because the run was interrupted. Links below DIR are not
 * followed. False with FAULT ("disk full"): the first such fault is kept and said
 * by record_close(), and the document's entry says that it was not kept.
 */
bool record_node(struct record *record, const struct node *node, struct fault *fault);

/*
 * Goes on with DIR, whose capture.json, INDEX (NULL: none), a run that was interrupted has left:
 * its entries are kept. NULL with FAULT when it cannot be written, or another run has it.
 */
struct record *record_resume(struct arena *arena, const char *dir, const json_t *index,
                             struct fault *fault);

/*
 * Writes capture.json as far as it is known and goes on: marked as interrupted it is what a run
 * that is killed leaves. False with FAULT.
 */
bool record_save(struct record *record, const struct record_run *run, const struct fleet *fleet,
                 bool interrupted, struct fault *fault);

/* Ends it as it was saved last: only then another run may have DIR. False with FAULT: as below. */
bool record_release(struct record *record, struct fault *fault);

/*
 * Writes capture.json with all nodes of FLEET (those by name only marked "asked": false) and the
 * entries. Always to be called; after an interruption it makes what is there a valid capture, with
 * "interrupted": true when so told. False with FAULT: the first that happened.
 */
bool record_close(struct record *record, const struct record_run *run, const struct fleet *fleet,
                  bool interrupted, struct fault *fault);

#endif
