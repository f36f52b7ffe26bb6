/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_START_H
#define CHECKS_START_H

/*
 * When an appliance started, from the two documents that tell it: `Up since` of CLI status
 * (asyncos-cli.md 3.1, V) and birth_time of the XML page (asyncos-http.md 4, V).
 */

#include "checks/check.h"

struct start_source {
    bool known;
    struct stamp when;    /* as written */
    const char *document; /* id for evidence */
    unsigned line;
};

struct start {
    bool known;
    struct stamp when; /* the CLI's, else the page's; with an offset when zone_of() knows one */
    bool zone_told;    /* the offset stands in the text itself */
    const char *document;
    unsigned line;
    struct start_source cli, xml;
};

/* Two clocks that read the same event differ by rounding and formatting only. */
enum { START_TOLERANCE_S = 120 };

/* Start of NODE (may be NULL) of q->fleet or of the baseline. Says nothing. */
struct start start_of(const struct question *q, const struct node *node);

#endif
