/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_RESULT_H
#define CHECKS_RESULT_H

/*
 * What a check says: findings, metrics, and the one state that follows from them.
 *
 * Everything handed to the functions below is copied into the result's arena and made one line of
 * valid UTF-8 without control characters on the way in, so a result can be printed by any
 * renderer; only what is special to a format ('|', '<', '"') is left for its renderer.
 */

#include <stdbool.h>
#include <stddef.h>

#include "checks/arena.h"

/*
 * From best to worst; the order of the enum is the order of badness, and result_worse() is the only
 * "worst of" in the program. PENDING counts as UNKNOWN and NOT_APPLICABLE as OK in exit codes.
 */
enum state {
    STATE_NOT_APPLICABLE,
    STATE_OK,
    STATE_PENDING,
    STATE_UNKNOWN,
    STATE_WARNING,
    STATE_CRITICAL,
    STATE_COUNT
};

enum state result_worse(enum state a, enum state b);
const char *result_state_word(enum state state);  /* "ok", "not_applicable": machine formats */
const char *result_state_label(enum state state); /* "OK", "N/A": people and Nagios */
int result_exit_code(enum state state);           /* 0, 1, 2, 3 */

struct metric_spec;
struct check;

struct evidence {
    const char *document; /* id, or NODE/id when it is another node's; NULL = none */
    unsigned line;        /* 1 = first, 0 = the whole document */
};

struct finding {
    enum state state;
    const char *subject; /* what it is about: appliance, pair, setting, feature */
    const char *text;    /* one sentence without full stop */
    const char *wanted;  /* may be NULL, as the next four */
    const char *found;
    const char *hint;         /* what to do about it */
    const char *explained_by; /* why an abnormal observation does not count */
    const char *waiver;       /* name of the waiver that lets it pass; set after judging */
    struct evidence evidence;
    bool lasting; /* waiting does not heal it: settle.h */
    bool follows; /* from what another check says in full: that one speaks in a headline */
};

struct metric {
    const struct metric_spec *spec;
    const char *instance; /* NULL when there is only one */
    double value;
    const char *warning; /* range that was applied, Nagios notation; NULL = none */
    const char *critical;
};

struct compare_spec; /* compare.h */

/* One field of the appliance now beside the same of the baseline. */
struct comparison {
    const struct compare_spec *spec;
    const char *instance;       /* NULL when there is only one */
    const char *before, *after; /* NULL = not told */
    bool holds;                 /* as spec->op wants it; false when one of the two is not told */
};

struct result {
    struct arena *arena;
    const struct check *check;
    const char *node;
    const char *summary;  /* of a result without a fault: result_summary() */
    const char *headline; /* of a result with several: result_headline(); else the worst speaks */
    struct finding **findings;
    size_t finding_count;
    struct metric *metrics;
    size_t metric_count;
    struct comparison *comparisons;
    size_t comparison_count;
};

void result_init(struct result *result, struct arena *arena, const struct check *check,
                 const char *node);

/*
 * Adds a finding. Returns it, so that the caller can add the rest with the functions below;
 * it stays valid as long as the arena.
 */
struct finding *result_say(struct result *result, enum state state, const char *subject,
                           const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Each returns FINDING. Texts are copied and cleaned; NULL leaves the field out. */
struct finding *result_compare(struct result *result, struct finding *finding, const char *wanted,
                               const char *found);
struct finding *result_hint(struct finding *finding, const char *constant_text);
struct finding *result_evidence(struct result *result, struct finding *finding,
                                const char *document, unsigned line);
struct finding *result_explain(struct result *result, struct finding *finding, const char *format,
                               ...) __attribute__((format(printf, 3, 4)));

/* The sentence of a result without a fault ("Online since …"). */
void result_summary(struct result *result, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The sentence that sums up several faults ("2 settings differ: …"). */
void result_headline(struct result *result, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A copy that lives in ARENA and shares nothing with RESULT but the check's constants. */
struct result *result_copy(struct arena *arena, const struct result *result);

/* The state that counts: a waived finding is WARNING, whatever it was; a waiver never makes OK. */
enum state result_weight(const struct finding *finding);

/* Worst weight of the findings. Without any finding: UNKNOWN, for silence proves nothing. */
enum state result_state(const struct result *result);

/*
 * One line that is complete in itself: the summary when the state is OK or N/A, else the text of
 * the first finding of the worst state, with the number of further failing ones. Never NULL.
 */
const char *result_line(const struct result *result);

/*
 * Copies TEXT into ARENA as one line of valid UTF-8, at most MAX bytes, with "…" behind them when
 * there was more: control characters (C0, C1, line and paragraph separators) become blanks, runs of
 * blanks become one, bytes that are no UTF-8 become U+FFFD, and characters that change the
 * direction of writing are dropped.
 */
const char *result_clean(struct arena *arena, struct span text, size_t max);

#endif
