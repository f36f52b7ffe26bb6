/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_EXCUSE_H
#define CHECKS_EXCUSE_H

/*
 * What explains an alert: the reboot of this change, a cluster that was taken apart for it, a later
 * alert that ends it. An explanation needs its own observed evidence; without it the alert
 * stays what it is.
 */

#include "checks/check.h"
#include "checks/cluster.h"
#include "checks/parse/cli_connstatus.h"
#include "checks/parse/cli_displayalerts.h"
#include "checks/signature.h"
#include "checks/start.h"

struct excuse_member {
    struct start start;
    bool not_asked;                 /* by this run: it is known by name only */
    enum cli_connstatus_state link; /* to it now, as the appliance says; ABSENT: it does not tell */
};

/* What is known for excuses about the appliance in question; filled once per check. */
struct excuse_facts {
    struct start start;     /* its own */
    struct cluster cluster; /* its own; while that is not known, the ESAs of the fleet as members */
    struct excuse_member *members; /* the same, one by one */
    struct start first, last;      /* starts of the members in this change */
    bool queue_operational;
    const struct cli_displayalerts *alerts;
    const char *end_pattern; /* what END was searched by, kept for the next alert */
    const struct alert *end; /* the newest alert that fits it, or NULL */
};

/* BEGIN of the change, as --since or the baseline tells it; NULL = not told. */
struct excuse_facts excuse_facts(const struct question *q, const struct stamp *begin);

/*
 * Sentence that explains ALERT of SIGNATURE (may be NULL: nothing explains what is not known), in
 * q->arena; NULL when nothing does.
 */
const char *excuse_for(const struct question *q, struct excuse_facts *facts,
                       const struct signature *signature, const struct alert *alert);

/* The last moment the alert speaks of. */
struct stamp excuse_last(const struct alert *alert);

#endif
