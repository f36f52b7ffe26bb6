/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_NEXTHOP_H
#define CHECKS_NEXTHOP_H

/*
 * Does every next hop that took mail before take it now? One busy destination can hide a dead one
 * (mail-logs.md (c), E4), so each address counts for itself. One that no mail is due for says
 * nothing.
 */

#include "checks/period.h"

struct nexthop_tally {
    size_t taking, idle, refusing; /* of those that took mail before */
};

/*
 * Says each that takes nothing although it was tried: CRITICAL when it carried a good part of the
 * mail before, WARNING for somebody's server somewhere, which may well be down by itself. Records
 * the comparison "next_hops": those of the first kind that mail is due for.
 */
struct nexthop_tally nexthop_judge(const struct question *q, struct result *result,
                                   const struct period *period);

#endif
