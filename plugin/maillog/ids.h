/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_MAILLOG_IDS_H
#define PLUGIN_MAILLOG_IDS_H

/* Which messages and connections a line is about, and sets of them. Slow and plain: for --mid. */

#include "checks/maillog/line.h"

enum ids_kind { IDS_MID, IDS_ICID, IDS_DCID };

struct ids {
    size_t count;
    struct {
        enum ids_kind kind;
        uint64_t id;
    } of[3];
};

/*
 * Those of EVENT, each at its place in the pattern of its family: what stands in a subject is none.
 * 0, which is no message and no connection, is left out.
 */
struct ids ids_of(const struct line_event *event);

/* A set of (appliance, kind, id); all zero = empty. */
struct ids_key {
    uint64_t id;
    uint32_t appliance;
    uint32_t kind; /* + 1; 0 = a free slot */
};
struct ids_set {
    struct ids_key *slots;
    size_t size, count;
};

bool ids_has(const struct ids_set *set, uint32_t appliance, enum ids_kind kind, uint64_t id);
/* False: out of memory. *FRESH (may be NULL): it was not there. */
bool ids_add(struct ids_set *set, uint32_t appliance, enum ids_kind kind, uint64_t id, bool *fresh);
void ids_free(struct ids_set *set);

#endif
