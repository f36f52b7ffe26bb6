/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RENDER_REPORT_H
#define PLUGIN_RENDER_REPORT_H

/*
 * The finished value that every renderer prints. It stands alone: renderers read nothing but this,
 * neither documents nor facts. Schema postcheck.report/1 is its JSON form (design.md 8).
 */

#include "checks/check.h"
#include "checks/timeline.h"

/* One answer of one check about one appliance, with what renderers ask of it again and again. */
struct report_result {
    struct result *result;
    enum state state;
    const char *line;  /* result_line() */
    bool has_taken_at; /* when the newest of its documents was taken, UTC */
    int64_t taken_at;
    bool has_duration; /* how long asking for all of them took */
    uint64_t duration_ms;
    int64_t pending_until; /* UTC, when a PENDING one can be judged; 0 = it does not tell */
    bool optional;         /* `mandatory = no`: that it is UNKNOWN does not make a run incomplete */
};

struct report_node {
    const char *name;
    enum role role;
    const char *model, *serial;            /* NULL = not known, as all that follow */
    const char *cluster, *sma;             /* as the inventory tells */
    const char *before, *after, *expected; /* releases: "14.2.0-620" */
    enum state state;                      /* worst of its results */
    struct timeline timeline;              /* of a change; empty for a single look */
};

struct report_cluster {
    const char *name; /* NULL = not known */
    const char **members;
    size_t member_count;
    enum state state; /* worst of the checks that are about the cluster */
};

/* A waiver of the configuration: findings that it fits stay visible, and do not fail the run. */
struct report_waiver {
    const char *name;
    const char *check, *node; /* a check's name or "*"; a pattern of appliances */
    const char *text;         /* pattern of a finding's text; "*" = any */
    const char *reason, *approved_by;
    int64_t expires; /* UTC */
    bool expired;    /* when the run was judged: then it lets nothing pass */
    size_t used;     /* findings that it let pass, or would have */
};

/* A document of the evidence. */
struct report_document {
    const char *node, *id;
    bool has_taken_at;
    int64_t taken_at;
    bool has_duration;
    unsigned duration_ms;
    const char *vantage; /* NULL = not told */
    const char *sha256;  /* of the bytes as kept, 64 digits; NULL: nothing was kept */
    size_t bytes;
    const char *fault; /* why there is no answer; NULL = answered */
    enum fault_kind fault_kind;
};

/* What the ticket says, as told to the tool; NULL = not told. */
struct report_plan {
    const char *title, *requester, *approved_by, *implementer, *reviewer;
    bool has_approved_at, has_from, has_to;
    int64_t approved_at;
    int64_t from, to; /* the planned window, UTC */
};

/* A file of the run that everything else rests on, by its hash. */
struct report_seal {
    const char *name; /* "capture.json", "rules.json", "baseline/capture.json", "timeline.jsonl" */
    const char *sha256; /* 64 digits */
};

struct report {
    struct arena *arena; /* for what renderers print into */
    const char *tool_version;
    const char *phase; /* "replay", "check", "poll", "baseline", "verify", "soak" */
    bool has_times;    /* of a live run, UTC */
    int64_t started_at, ended_at;
    const char *interrupted; /* why it ended early; NULL: it did not. Then it is no pass. */
    const char *run_id, *change, *run_operator; /* NULL = not told */
    const char *only; /* names of the checks that were run, when that was not all; else NULL */
    bool alone;       /* of a run folder: there was no baseline to compare with */
    struct report_plan plan;
    const char *previous, *previous_sha256; /* run of the same change before: its folder's name, the
                                               hash of its SHA256SUMS; NULL = none */
    struct report_seal *seals;
    size_t seal_count;
    bool has_judged_at; /* the moment that waivers and settle times were judged for, UTC */
    int64_t judged_at;
    struct report_waiver *waivers; /* all of the configuration, by name */
    size_t waiver_count;
    struct report_document *documents; /* of a run folder, by appliance and id */
    size_t document_count;
    struct report_node *nodes;
    size_t node_count;
    struct report_cluster *clusters;
    size_t cluster_count;
    struct report_result *results; /* by node, then in the order of the registry */
    size_t count;
    enum state state; /* worst of the results */
    bool one_check;   /* exactly one check was asked for: it names the first line */
    int verbose;
    bool colour;        /* text goes to a terminal that may show colours (NO_COLOR is not set) */
    const char **notes; /* what was done on the way, for -vvv */
    size_t note_count;
};

/*
 * "fail": something is CRITICAL; else "incomplete": a mandatory check has an UNKNOWN or PENDING
 * finding, or there is no result at all; else "pass_with_warnings" or "pass" (design.md 5). Not the
 * worst state, neither of the run nor of a result: that one ranks a warning above ignorance, but
 * ignorance is never a pass.
 */
const char *report_verdict(const struct report *report);

/* The exit code: of the worst state; 3 for a run that was interrupted or has no result. */
int report_exit_code(const struct report *report);

/* The exit code of a run that is signed: pass 0, pass_with_warnings 1, fail 2, incomplete 3. */
int report_verdict_code(const struct report *report);

/* The verdict in a change manager's words, "SUCCESSFUL WITH ISSUES" (domain.md 4.1, 4.2). */
const char *report_close_code(const struct report *report);

/* How many findings are waived. */
size_t report_waived(const struct report *report);

/* The waiver of that name; NULL when there is none. */
const struct report_waiver *report_waiver(const struct report *report, const char *name);

/* How many results have STATE. */
size_t report_count(const struct report *report, enum state state);

/* First line of a person's answer: "STATUS CRITICAL - …", "ASYNCOS OK - …". In the arena. */
const char *report_headline(const struct report *report);

#endif
