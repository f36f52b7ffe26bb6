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
    struct span *serials; /* of the members as the list tells, empty where not; NULL = no list */
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

/*
 * The node of q->fleet that the member called NAME is, if this run asks it. The fleet may call it
 * by an alias, an address, or its first label: then it is the one that shows the listed serial
 * number, or else that name. NULL when none is, or more than one may be.
 */
const struct node *cluster_node(const struct question *q, const struct cluster *cluster,
                                struct span name);

/* The other way round: what the cluster calls NODE of q->fleet; empty when it is no member. */
struct span cluster_name_of(const struct question *q, const struct cluster *cluster,
                            const struct node *node);

#endif
