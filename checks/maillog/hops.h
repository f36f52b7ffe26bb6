/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_HOPS_H
#define CHECKS_MAILLOG_HOPS_H

/* Next hops by their address, bounded: what comes above the limit shares the last, "other". */

#include "checks/maillog/flow.h"
#include "checks/maillog/pack.h"

enum { HOPS_MAX = 16384 };

struct hops {
    struct flow_hop *list;
    uint32_t *index; /* into LIST, + 1 */
    uint32_t count, room, slots;
};

void hops_free(struct hops *hops);

/* Index of ADDRESS in the list, added when new. UINT32_MAX: out of memory. */
uint32_t hops_find(struct hops *hops, struct span address);

/* The list, saved or loaded into empty HOPS. */
void hops_pack(struct hops *hops, struct pack *pack);

#endif
