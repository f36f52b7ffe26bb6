/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_WAIVE_H
#define PLUGIN_WAIVE_H

/*
 * Waivers (domain.md 4.2, 9): somebody accepts a finding for a time. It stays visible, as waived,
 * and counts as WARNING, never as OK. A waiver that is over lets nothing pass; that, and one that
 * fits nothing, is a finding of its own, for such a list rots unseen. What was not seen, UNKNOWN
 * or PENDING, cannot be accepted: a waiver is of something (`mandatory = no` is of a check).
 */

#include "plugin/render/report.h"

/* Marks those failing findings of RESULT that a waiver of REPORT fits, and counts its use. */
void waive_result(struct report *report, struct result *result);

/*
 * Says each waiver of REPORT that is over or fits nothing, in the first result that it is about,
 * else in the first of all. After the last result is there, and all are in order.
 */
void waive_end(struct report *report);

#endif
