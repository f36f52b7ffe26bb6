/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MANAGED_H
#define CHECKS_MANAGED_H

/*
 * Which gateways an SMA manages, or should: the list that the SMA answers (config/appliances)
 * joined with the nodes of the inventory, by serial number, host name or address.
 */

#include "checks/check.h"
#include "checks/parse/config_appliances.h"

/* Far above what one SMA manages; what is beyond is not judged, and `too_many` says so. */
enum { MANAGED_MAX = 1000 };

struct managed {
    const char *name;                            /* for people and for document names */
    const struct node *node;                     /* NULL: not part of this capture */
    const struct config_appliances_entry *entry; /* NULL: not in the SMA's list */
    struct span serial;                          /* by the list, else by its own `version` */
};

struct managed_list {
    struct managed *items;
    size_t count;
    bool too_many;
};

/*
 * All ESAs that the SMA in question manages (LIST, may be NULL) or should manage: nodes whose
 * inventory names this SMA, and nodes without a named SMA when the fleet has only this one.
 */
struct managed_list managed_by(const struct question *q, const struct config_appliances *list);

#endif
