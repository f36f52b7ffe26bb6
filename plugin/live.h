/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_LIVE_H
#define PLUGIN_LIVE_H

/*
 * A run against appliances: asks them (runner.h), records the answers if wanted, judges them, and
 * lets go of them. Appliances that are judged together, because they share a cluster or a manager,
 * are asked together: so memory grows with the appliances in flight, not with the fleet.
 */

#include "plugin/config.h"
#include "plugin/fetch/fetch.h"
#include "plugin/judge.h"
#include "plugin/record.h"

struct live {
    const struct config *config;
    const char *host;              /* the one appliance to ask; NULL: all */
    const struct judging *judging; /* expect: of nodes that have none of their own */
    const char *record;            /* folder of the capture to write; NULL = none */
    struct record *into;  /* an open record that keeps the answers, in place of RECORD: then nobody
                             judges, and it stays open */
    const char *baseline; /* capture to compare with; NULL = none */
    const char *phase;    /* of the report */
    const char *change, *run_operator; /* NULL = not told */
    unsigned timeout_s;                /* of the whole run; 0 = none */
    int verbose;
    bool one_check;
    void (*ask)(struct fetch *fetch); /* as runner.h; NULL: fetch_ask() */
    const void *way;
    void *context; /* of the functions, which may be NULL */
    /* Is NODE to be asked? */
    bool (*wants)(void *context, const char *node);
    /* Is it to be asked for the document of ROW? NULL: for what the checks of JUDGING need. */
    bool (*wants_row)(void *context, const struct config_node *node, const struct fetch_row *row);
    /* All of one group have answered, in ARENA, which is released afterwards. In place of judging.
     */
    void (*look)(void *context, struct arena *arena, const struct fleet *fleet);
    /* What is being done: NODE is asked for STEP, a document or a note. */
    void (*step)(void *context, const char *node, const char *step);
    /* NODE was asked, DONE of TOTAL. */
    void (*done)(void *context, const struct node *node, size_t done, size_t total);
};

/*
 * Fills REPORT, which lives in ARENA. False with FAULT: nothing could be asked (unknown host, no
 * such baseline, folder of the capture). A capture that could not be written whole is a FAULT too,
 * but after judging: REPORT is then filled, and *UNSAVED true. A signal ends the run early:
 * REPORT->interrupted says so.
 */
bool live_run(struct arena *arena, const struct live *live, struct report *report, bool *unsaved,
              struct fault *fault);

#endif
