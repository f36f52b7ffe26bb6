/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RUNNER_H
#define PLUGIN_RUNNER_H

/*
 * One forked process per appliance, at most config->parallel at a time. A hang, a crash or a
 * hostile answer costs one appliance; a deadline is a kill, and what was fetched before is kept.
 */

#include <signal.h>

#include "plugin/config.h"
#include "plugin/fetch/fetch.h"

/* One appliance to ask. */
struct runner_job {
    const struct config_node *node;
    struct node *answers;          /* documents are added here, in answers_arena */
    struct arena *arena;           /* of the answers: released by the caller when judged */
    const struct fetch_row **rows; /* wanted: a document of another kind is not taken */
    size_t row_count;
};

struct runner {
    const struct config *config;
    int64_t deadline_ms;              /* CLOCK_MONOTONIC of the whole run; 0 = none */
    void (*ask)(struct fetch *fetch); /* fetch_ask(), via_ask(); tests give another */
    const void *way;                  /* fetch->way */
    void *context;
    /* The answers of JOB are complete: each wanted document is there, as an answer or a fault. */
    void (*done)(void *context, struct runner_job *job);
    /* May be NULL. STEP is the document that is being asked for, or a note of the child. */
    void (*step)(void *context, const struct runner_job *job, const char *step);
};

/*
 * Asks all JOBS, in their order. fetch->deadline_ms is up to a second before the deadline of the
 * process, so that what was too slow can still be said by the one who asked. Documents that the
 * process did not ask for, although wanted, are simply not there when it ended by itself. Returns
 * the signal (SIGINT, SIGTERM, SIGHUP) that ended it early, else 0. After a signal every child is
 * gone, and `done` was called for every job: those that were not finished have faults. Handlers and
 * the signal mask are as before on return. A job that is killed at its deadline has FAULT_TIMEOUT
 * for what was missing, which names the step that was running; one whose process crashed
 * FAULT_INTERNAL. A document of a family ("https/tracking_messages/…") that was never begun cannot
 * be named: such a row then adds nothing.
 */
int runner_run(const struct runner *runner, struct runner_job *jobs, size_t count);

#endif
