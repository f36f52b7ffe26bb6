/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PERIOD_H
#define CHECKS_PERIOD_H

/*
 * Which part of an appliance's mail log tells what is now, and which what was before: mail that was
 * delivered before the change proves nothing about what came after it.
 *
 * All times are seconds of the appliance's wall clock, as its log has them.
 */

#include "checks/check.h"
#include "checks/parse/mail_logs.h"

struct period {
    const struct mail_logs *now; /* since the change; all of the log where nothing tells when */
    bool
        has_change; /* the begin of the change is told: --since, or the end of the baseline's log */
    int64_t change;
    bool has_since, from_start; /* FROM_START: since the appliance's last start */
    int64_t since;
    const char *since_words;           /* "since its last start 2026-03-08 01:48:10 +0100" */
    const struct flow_summary *before; /* to compare with; NULL = nothing */
    const char *before_words;          /* "in the baseline" */
    bool of_baseline;                  /* BEFORE is the baseline's log */
    bool baseline_lacks;               /* there is a baseline, without a log of this appliance */
    bool has_clock;
    int64_t clock; /* when the log was asked for */
};

/*
 * Since the newest of: --since, the last start (start.h), the end of the baseline's log. To compare
 * with: the baseline's log, else the part of the log before, where it is long enough to show what
 * the site uses. FACTS are those of q->node's own log; all of it.
 */
struct period period_of(const struct question *q, const struct mail_logs *facts);

/* When the log of NODE, which LOGS are of, was asked for. False: nothing tells. */
bool period_clock(const struct question *q, const struct node *node, const struct mail_logs *logs,
                  int64_t *seconds);

/* The part of NODE's log in RANGE. FACTS are of all of it, and serve when that is the same. */
const struct mail_logs *period_part(const struct question *q, const struct node *node,
                                    const struct mail_logs *facts, struct mail_logs_range range);

#endif
