/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_WATCH_LOOP_H
#define PLUGIN_WATCH_LOOP_H

/*
 * Watches the fleet until somebody ends it: rounds of asking, keys, signals, the screen or lines,
 * the journal.
 */

#include <stdio.h>

#include "plugin/config.h"

struct loop_settings {
    const struct config *config;
    FILE *out;
    bool json, colour, once;
    unsigned every_s;
    const char *baseline; /* a capture from before the change; NULL = none */
    const char *change;   /* NULL = not told */
    const char *changes;  /* folder of all changes */
    const char *journal;  /* file of events; NULL = none */
};

/* Returns the exit code of the worst problem; 3 with FAULT when it could not begin. */
int loop_run(struct arena *arena, const struct loop_settings *settings, struct fault *fault);

#endif
