/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_COUNTERS_H
#define CHECKS_COUNTERS_H

/*
 * What an appliance counts itself: messages it took, recipients it was done with. They go on over
 * a restart (R, one pair: mail-logs.md (c)); one that falls was reset.
 *
 * Sources: the XML page (asyncos-http.md 4, V), `status detail` (asyncos-cli.md 3, R), and the
 * newest line of the status log (mail-logs.md (c), R).
 */

#include "checks/check.h"

enum counter { COUNTER_RECEIVED, COUNTER_COMPLETED, COUNTER_DELIVERED, COUNTERS };

struct counters {
    const char *document; /* id for evidence; NULL: nothing tells */
    unsigned line;
    struct {
        bool has, has_uptime;
        double lifetime, uptime; /* ever, and since the last start */
    } of[COUNTERS];
    bool has_connections;
    double connections; /* inbound ones, now */
    bool has_rate;
    double rate;      /* messages received, per hour, measured over five minutes */
    const char *torn; /* sums that do not agree, in words: none of the above is told; or NULL */
};

const char *counters_words(enum counter counter); /* "messages received" */

/* What NODE (of q->fleet or of the baseline; may be NULL) tells; the first source that tells. */
struct counters counters_of(const struct question *q, const struct node *node);

/*
 * What q->node's status log counts between its first and its last line since SINCE (seconds of the
 * appliance's wall clock). False: fewer than two lines tell.
 */
struct counters_span {
    double received, delivered;
    int64_t first, last;
    unsigned line; /* the last */
};
bool counters_since(const struct question *q, int64_t since, int64_t reference,
                    struct counters_span *span);

/* A time in which a log said nothing. */
struct counters_silence {
    int64_t from, to; /* seconds of the appliance's wall clock */
    bool from_start;  /* FROM is the appliance's last start */
};

/* What shows that the appliance worked in SILENCE, as half a sentence; NULL: nothing. */
const char *counters_busy(const struct question *q, const struct counters *counters,
                          const struct counters_silence *silence);

/* Says what counters_since() finds, and which lines are torn: a damaged log proves nothing. */
void counters_say_log(const struct question *q, struct result *result, int64_t since,
                      int64_t reference);

/* Says what moved from BEFORE to NOW, and which sums do not agree. */
void counters_say(const struct question *q, struct result *result, const struct counters *before,
                  const struct counters *now);

#endif
