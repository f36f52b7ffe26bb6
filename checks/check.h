/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_CHECK_H
#define CHECKS_CHECK_H

/*
 * The one interface of a check. A check is one file with one constant struct that states all
 * about it; the registry, --help, the manual, perfdata, and every renderer read it from there.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/compare.h"
#include "checks/fleet.h"
#include "checks/limit.h"
#include "checks/release.h"
#include "checks/result.h"
#include "checks/time.h"

/* How much a check depends on a document. */
enum need_rank {
    NEED_REQUIRED, /* first source: answered but not recognised makes the check UNKNOWN; where it
                      was not captured at all, a second source may answer instead */
    NEED_ONE_OF,   /* without any of these the check is UNKNOWN */
    NEED_ALSO      /* second source; its absence alone is no finding */
};

/* A document that a check wants to read. */
struct need {
    const struct document_kind *kind;
    enum need_rank rank;
};

struct metric_spec {
    const char *name;     /* snake_case with its unit as suffix; unique in the registry */
    const char *unit;     /* Nagios unit: "", "s", "%", "B" */
    const char *help;     /* one line for people: "messages in the work queue" */
    const char *warning;  /* default range, NULL = none */
    const char *critical; /* default range, NULL = none */
    const char *hint;     /* remediation when a limit is crossed, NULL = none */
};

/* Limits that the operator set for one metric, in place of the defaults. */
struct check_limit {
    const struct metric_spec *spec;
    bool has_warning, has_critical;
    struct limit warning, critical;
};

/* A word that the operator configured as good on a localised GUI page. */
struct check_word {
    const struct check *check;
    struct span word;
};

/* What is asked: of which appliance, from which documents, against what. */
struct question {
    struct arena *arena;
    const struct fleet *fleet;
    const struct fleet *baseline; /* NULL = none given */
    const struct node *node;      /* the appliance in question, of FLEET */
    bool has_since;
    struct stamp since; /* start of the change */
    bool has_expect;
    struct release expect; /* planned release */
    const struct check_limit *limits;
    size_t limit_count;
    const struct check_word *words;
    size_t word_count;
};

struct check {
    const char *name;
    const char *title; /* the question in the procedure's words, one line */
    enum role roles;
    const struct need *needs;
    size_t need_count;
    const struct metric_spec *metrics;
    size_t metric_count;
    const struct compare_spec *compares; /* what of it is compared with a baseline, and how */
    size_t compare_count;
    unsigned
        settle_s; /* after a start its answer is not final for so long (settle.h); 0 = at once */
    bool about_cluster; /* its answer is one about the whole cluster */
    bool if_asked; /* where nobody asked for its first source, only a run that names it has it */
    /* Answers Q into RESULT (already initialised): metrics, findings, summary. Pure. */
    void (*run)(const struct question *q, struct result *result);
};

#define CHECK_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Runs CHECK on Q. A check that does not fit the node's role answers N/A; one that said nothing at
 * all answers UNKNOWN. The result lives in q->arena.
 */
struct result *check_run(const struct check *check, const struct question *q);

/*
 * May CHECK answer Q in a run that does not name it? Not when nobody asks for its first source (it
 * is off on the appliance unless somebody turned it on, as SNMP is), neither now nor in the
 * baseline.
 */
bool check_takes_part(const struct check *check, const struct question *q);

/*
 * Facts of a document of q->node. When there are none, says so as a finding of RESULT (state by
 * the kind of fault, the text quoted) and returns NULL.
 */
const void *check_facts(const struct question *q, struct result *result,
                        const struct document_kind *kind);

/* The same without a word: for second sources, other nodes and baselines (NODE may be NULL). */
const void *check_facts_of(const struct question *q, const struct node *node,
                           const struct document_kind *kind, struct fault *fault);

/*
 * Facts of an optional document of q->node. A document that nobody asked for is passed over; one
 * that was answered but cannot be used is noted as such (state OK), for then a second source fell
 * away.
 */
const void *check_facts_optional(const struct question *q, struct result *result,
                                 const struct document_kind *kind);

/* q->node as the baseline knew it; NULL without baseline or when it was not in it. */
const struct node *check_before(const struct question *q);

/*
 * Seconds from the moment when NODE's document ID was taken to when its newest document was. False
 * when the capture does not tell.
 */
bool check_age_s(const struct node *node, const char *id, int64_t *seconds);

/* Says FAULT about SUBJECT as a finding. */
struct finding *check_fault(struct result *result, const char *subject, const struct fault *fault);

/*
 * Records VALUE for the metric NAME of the result's check and judges it: operator's limits in place
 * of the defaults, CRITICAL before WARNING. A crossed limit becomes a finding with FROM as
 * its evidence.
 */
void check_measure(const struct question *q, struct result *result, const char *name,
                   const char *instance, double value, struct evidence from);

/* The same without judging: the check has judged what the value means by itself. */
void check_record(const struct question *q, struct result *result, const char *name,
                  const char *instance, double value);

/* The same without recording: another document's value of the same quantity. */
void check_judge(const struct question *q, struct result *result, const char *name,
                 const char *instance, double value, struct evidence from);

/* Id of a document for evidence: the id itself for q->node, NODE/id for another node. */
const char *check_source(const struct question *q, const struct node *node, const char *id);

/* Is TEXT one of the words the operator configured as good for the result's check? */
bool check_good_word(const struct question *q, const struct result *result, struct span text);

#endif
