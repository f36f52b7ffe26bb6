/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_ZONE_H
#define CHECKS_ZONE_H

/*
 * How far an appliance's wall clock is from UTC, for the stamps that do not tell it themselves:
 * AsyncOS prints a zone name that may be ambiguous (IST, CST), and the XML page prints none.
 */

#include "checks/check.h"

/* No place on earth is further from UTC than this. */
enum { ZONE_MIN_S = -12 * 3600, ZONE_MAX_S = 14 * 3600 };

/*
 * A stamp of the other season is one hour off. Clocks of appliance and capture may be ten minutes
 * apart (V28 is stricter, but a capture's clock is no reference).
 */
enum { ZONE_SEASON_S = 3600, ZONE_SKEW_S = 600 };

/*
 * STAMP of NODE's wall clock, with the offset of the nearest stamp of NODE that tells one
 * (displayalerts, `Status as of`), else the one that lies between its status and the moment when
 * the capture says it was taken. An ambiguous name stays what it may mean (time_lend). Unchanged
 * when it has an offset, or when nothing tells. NODE may be NULL.
 */
struct stamp zone_of(const struct question *q, const struct node *node, struct stamp stamp);

#endif
