/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RENDER_REPORT_H
#define PLUGIN_RENDER_REPORT_H

/*
 * The finished value that every renderer prints. It stands alone: renderers read nothing but this,
 * neither documents nor facts. Schema postcheck.report/1 is its JSON form (design.md 8).
 */

#include "checks/check.h"

/* One answer of one check about one appliance, with what renderers ask of it again and again. */
struct report_result {
    const struct result *result;
    enum state state;
    const char *line;  /* result_line() */
    bool has_taken_at; /* when the newest of its documents was taken, UTC */
    int64_t taken_at;
    bool has_duration; /* how long asking for all of them took */
    uint64_t duration_ms;
};

struct report_node {
    const char *name;
    enum role role;
    const char *model, *serial;            /* NULL = not known, as all that follow */
    const char *cluster, *sma;             /* as the inventory tells */
    const char *before, *after, *expected; /* releases: "14.2.0-620" */
    enum state state;                      /* worst of its results */
};

struct report_cluster {
    const char *name; /* NULL = not known */
    const char **members;
    size_t member_count;
    enum state state; /* worst of the checks that are about the cluster */
};

struct report {
    struct arena *arena; /* for what renderers print into */
    const char *tool_version;
    const char *phase; /* "replay", "check", "poll" */
    bool has_times;    /* of a live run, UTC */
    int64_t started_at, ended_at;
    const char *interrupted; /* why it ended early; NULL: it did not. Then it is no pass. */
    const char *run_id, *change, *run_operator; /* NULL = not told */
    struct report_node *nodes;
    size_t node_count;
    struct report_cluster *clusters;
    size_t cluster_count;
    struct report_result *results; /* by node, then in the order of the registry */
    size_t count;
    enum state state; /* worst of the results */
    bool one_check;   /* exactly one check was asked for: it names the first line */
    int verbose;
    const char **notes; /* what was done on the way, for -vvv */
    size_t note_count;
};

/*
 * "fail": something is CRITICAL; else "incomplete": something is UNKNOWN or PENDING, or there is no
 * result at all; else
 * "pass_with_warnings" or "pass" (design.md 5). Not the worst state: that one ranks a warning above
 * ignorance, but ignorance is never a pass.
 */
const char *report_verdict(const struct report *report);

/* The exit code: of the worst state; 3 for a run that was interrupted or has no result. */
int report_exit_code(const struct report *report);

/* How many results have STATE. */
size_t report_count(const struct report *report, enum state state);

/* First line of a person's answer: "STATUS CRITICAL - …", "ASYNCOS OK - …". In the arena. */
const char *report_headline(const struct report *report);

#endif
