/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MANAGED_H
#define CHECKS_MANAGED_H

/*
 * Which gateways an SMA manages, or should: the list that the SMA answers (config/appliances)
 * joined with the nodes of the inventory, by name, serial number, address, or short name.
 */

#include "checks/check.h"
#include "checks/parse/config_appliances.h"

/* Far above what one SMA manages; what is beyond is not judged, and managed_rest() says so. */
enum { MANAGED_MAX = 1000 };

struct managed {
    const char *name;                             /* for people and for document names */
    const struct node *node;                      /* NULL: not part of this capture */
    const struct config_appliances_entry *entry;  /* NULL: not in the SMA's list */
    const struct config_appliances_entry *before; /* in the baseline's list; NULL: not told */
    struct span serial;                           /* by the list, else by its own `version` */
};

/* A text that stands for one or (when they share it) several things. */
struct managed_name {
    struct span text;
    uint64_t key; /* of TEXT, case folded: a fleet's names are looked up thousands of times */
    size_t index; /* of the gateway in `items` */
    bool weak;    /* counts only as long as nothing else has it: addresses, short names */
};

/* Sorted so that the same texts (case folded) stand together, by index among themselves. */
struct managed_names {
    struct managed_name *all;
    size_t count;
};

struct managed_list {
    struct managed *items;
    size_t count;
    struct managed_names names;  /* under which they stand on pages and in answers */
    const struct node **orphans; /* gateways of the fleet that no SMA of the fleet manages */
    size_t orphan_count;
    bool too_many;
};

/*
 * All ESAs that the SMA in question manages (LIST, may be NULL) or should manage: nodes whose
 * inventory names this SMA, and nodes without a named SMA when the fleet has only this one.
 */
struct managed_list managed_by(const struct question *q, const struct config_appliances *list);

/* The first of *COUNT gateways that TEXT names; NULL when it names none. */
const struct managed_name *managed_find(const struct managed_list *list, struct span text,
                                        size_t *count);

/* Does TEXT name gateway INDEX? */
bool managed_is(const struct managed_list *list, size_t index, struct span text);

/* Is SERVICE on for ITEM by the SMA's list, or was it by the baseline's? */
bool managed_service_on(const struct managed *item, enum config_appliances_service service);

/* ENTRY in LIST (may be NULL), which was answered at another time; NULL when it is not there. */
const struct config_appliances_entry *managed_twin(const struct config_appliances *list,
                                                   const struct config_appliances_entry *entry);

/* Says which gateways nobody judges: those beyond MANAGED_MAX, and the orphans. */
void managed_rest(const struct question *q, struct result *result, const struct managed_list *list);

#endif
