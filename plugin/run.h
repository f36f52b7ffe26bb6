/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RUN_H
#define PLUGIN_RUN_H

/* From the options of check_asyncos to a report. */

#include "plugin/judge.h"
#include "plugin/options.h"

/* What the options say about judging. */
struct judging run_judging(const struct options *options);

/* An empty report with what is known of the run before it begins. */
struct report run_report(struct arena *arena, const struct options *options);

/*
 * Judges the capture of --replay. False: FAULT says what is missing (folder, node). REPORT lives in
 * ARENA.
 */
bool run_replay(struct arena *arena, const struct options *options, const struct judging *judging,
                struct report *report, struct fault *fault);

#endif
