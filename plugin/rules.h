/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RULES_H
#define PLUGIN_RULES_H

/*
 * rules.json of a run folder, schema postcheck.rules/1: all that a run was told and judged by and
 * that no appliance answered. With the documents it is what a verdict follows from, so anybody can
 * compute it again, years later and without the configuration of then.
 */

#include "plugin/judge.h"

/* The planned release of one appliance. */
struct rules_plan {
    const char *node;
    struct release expect;
};

struct rules {
    const char *phase;                          /* "baseline", "verify", "soak" */
    const char *run_id, *change, *run_operator; /* NULL = not told */
    struct report_plan plan;
    bool has_times;
    int64_t started_at, ended_at; /* UTC */
    const char *interrupted;      /* why it ended early; NULL: it did not */
    bool has_judged_at;
    int64_t judged_at;                      /* the moment for which waivers are judged, UTC */
    const char *previous, *previous_sha256; /* NULL = the first of its change */
    struct judging judging;                 /* its expect is for nodes without one of their own */
    struct rules_plan *expects;
    size_t expect_count;
    struct report_waiver *waivers; /* used and expired are not kept, but found out again */
    size_t waiver_count;
};

/* RULES as text, in ARENA. */
struct span rules_print(struct arena *arena, const struct rules *rules);

/*
 * Reads BYTES of PATH. Names of checks and metrics that this program does not have are a FAULT:
 * then it cannot judge by these rules.
 */
bool rules_read(struct arena *arena, const char *path, struct span bytes, struct rules *rules,
                struct fault *fault);

#endif
