/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_JUDGE_H
#define PLUGIN_JUDGE_H

/* From documents to a report: runs the checks on one appliance after the other. */

#include "checks/check.h"
#include "plugin/render/report.h"

/* What all appliances of a run are judged by. */
struct judging {
    const struct check *const *checks; /* none: all that fit the appliance's role */
    size_t check_count;
    bool by_role;                        /* CHECKS too only where they fit the role */
    const struct check *const *optional; /* that one of these is UNKNOWN leaves a run complete */
    size_t optional_count;
    bool of_change; /* settle times count, and the time line is told */
    const struct check_limit *limits;
    size_t limit_count;
    const struct check_word *words;
    size_t word_count;
    bool has_since;
    struct stamp since;
    bool has_expect;
    struct release expect;
    /* State of what a time limit left unanswered; STATE_NOT_APPLICABLE: as any missing answer. */
    enum state timeout_state;
};

/* Is CHECK to be run on an appliance of ROLE? */
bool judge_wants(const struct judging *judging, const struct check *check, enum role role);

/*
 * Judges NODE of FLEET and adds its results, itself and its cluster to REPORT, whose arena they
 * live in. Facts and whatever else is needed on the way live in SCRATCH: it may be released
 * afterwards (fleet_forget() first, for what is judged again). The waivers of REPORT are applied.
 */
void judge_node(struct arena *scratch, const struct judging *judging, const struct fleet *fleet,
                const struct fleet *baseline, const struct node *node, struct report *report);

/*
 * Puts appliances, clusters and results in order of name, after the last one was judged. A waiver
 * of REPORT that is over or fits nothing is said then.
 */
void judge_end(struct report *report);

#endif
