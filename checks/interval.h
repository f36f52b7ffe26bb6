/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_INTERVAL_H
#define CHECKS_INTERVAL_H

/*
 * When an appliance was down for its last reboot, as its own documents show it: what lies inside
 * needs no other explanation (domain.md 0.5). The end is its start (start.h). The begin is its last
 * sign of life before that: a line of its mail log or status log, an alert, an answer of the
 * baseline. Where the last sign is older than a reboot takes, nothing tells when it went down: then
 * the interval is as long as a reboot may be, and no longer.
 */

#include "checks/check.h"

enum {
    INTERVAL_REBOOT_S = 20 * 60, /* a reboot takes up to about that (domain.md D08, J) */
    INTERVAL_FILE_S = 3 * 60     /* tracking data come in files of about that (domain.md 0.5) */
};

struct interval {
    bool known;
    struct stamp from, to;
    bool from_seen; /* FROM is a sign of life */
    struct evidence first, last;
};

/* Of NODE (may be NULL) of q->fleet. Says nothing. */
struct interval interval_reboot(const struct question *q, const struct node *node);

/* Can moments of the form of STAMP be compared with INTERVAL's? */
bool interval_comparable(const struct interval *interval, struct stamp stamp);

/* Do FROM and TO lie inside, SLACK_S allowed on both sides? False when nothing is known. */
bool interval_holds(const struct interval *interval, struct stamp from, struct stamp to,
                    int64_t slack_s);

/* Did the appliance start after the baseline was taken, as both show it? */
bool interval_since_baseline(const struct question *q, const struct interval *interval);

/* As an explanation, with its evidence; in q->arena. */
const char *interval_text(const struct question *q, const struct interval *interval);

#endif
