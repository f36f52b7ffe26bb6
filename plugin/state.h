/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_STATE_H
#define PLUGIN_STATE_H

/*
 * Answers about one appliance from a report that is there already: the state file of `postcheck
 * poll`, or the report.json of any run. Nobody is asked, nothing is judged again.
 */

#include "plugin/reload.h"

enum { STATE_MAX_AGE_S = 15 * 60 };

struct state_question {
    const char *path; /* the file, or a folder with report.json */
    const char *host;
    const char *const *checks; /* names; none: all that the state has of HOST */
    size_t check_count;
    unsigned max_age_s; /* 0 = STATE_MAX_AGE_S */
    int64_t now;        /* UTC */
    int verbose;
    bool whole; /* also the clusters, which the text of a plugin does not tell */
    reload_find *find;
};

/*
 * The report about HOST as it was judged then, with the age of the state. A check that is asked for
 * and not there is UNKNOWN. When the state says nothing about HOST, or nothing that still counts,
 * the report is empty and its `interrupted` says why.
 */
struct report state_answer(struct arena *arena, const struct state_question *question);

/* The argument of --max-age. */
bool state_take_max_age(const char *argument, unsigned *seconds, struct fault *fault);

#endif
