/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_CLUSTER_H
#define CHECKS_CLUSTER_H

/*
 * Which cluster an appliance is in, and with whom: from its own `clusterconfig list`, else from the
 * inventory (nodes of the same cluster), else from the list of another appliance that names it.
 */

#include "checks/check.h"

struct cluster {
    bool known;           /* members is usable */
    bool standalone;      /* the appliance showed that it is in no cluster */
    struct span name;     /* may be empty */
    struct span *members; /* names, the appliance itself included */
    size_t count;
    bool from_inventory;  /* or from another member's list: its own one does not tell */
    const char *document; /* what told it; NULL for the inventory */
    unsigned line;
};

/* The cluster of NODE as q->fleet or the baseline shows it. NODE may be NULL. Says nothing. */
struct cluster cluster_of(const struct question *q, const struct node *node);

/*
 * For checks that only make sense in a cluster: says N/A (with the observed reason) when q->node is
 * standalone, CRITICAL when it is standalone although inventory or baseline know it as a
 * member. True when the check can go on.
 */
bool cluster_applies(const struct question *q, struct result *result,
                     const struct cluster *cluster);

/* Is NAME one of the members (case folded)? */
bool cluster_has(const struct cluster *cluster, struct span name);

#endif
