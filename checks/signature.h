/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_SIGNATURE_H
#define CHECKS_SIGNATURE_H

/*
 * Alert texts worth knowing: what they are, how bad, what may explain them, and what to do. Texts
 * and severities from the vendor's alert tables (asyncos-cli.md 4.1 V, domain.md part 2 A); which
 * event explains which alert is practitioners' knowledge (domain.md 2.6, C).
 */

#include "checks/parse/cli_displayalerts.h"

enum signature_excuse {
    EXCUSE_NONE,
    EXCUSE_REBOOT,     /* inside the appliance's own reboot interval */
    EXCUSE_LINK,       /* a cluster link, while one of its ends rebooted or builds differed */
    EXCUSE_WORK_QUEUE, /* own reboot interval, and the work queue is operational now */
    EXCUSE_EXIT        /* a later alert says that the condition ended */
};

struct signature {
    const char *pattern; /* parts between '*' must occur in this order, case folded; see below */
    enum alert_severity severity;
    enum signature_excuse excuse;
    int settle_s;      /* how long after the start the excuse holds */
    const char *ended; /* EXCUSE_EXIT: pattern of the alert that ends it */
    const char *hint;
};

/* The first signature that TEXT fits; NULL when none does. */
const struct signature *signature_of(struct span text);

/*
 * Does TEXT fit PATTERN? A pattern that does not begin with '*' is anchored at the start of TEXT;
 * at its end it is always open.
 */
bool signature_fits(struct span text, const char *pattern);

#endif
