/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_CELL_H
#define CHECKS_CELL_H

/*
 * What one cell of a GUI table is when it is no word of status: addresses, dates, releases, models,
 * and the absence of a gap. In any language and order that the GUI may have (asyncos-http.md 5).
 */

#include "checks/time.h"

bool cell_is_address(struct span cell);
bool cell_is_date(struct span cell); /* or from one date to another */

/* Says nothing of a status: empty, a number, an address, a date, a release, a model. */
bool cell_is_neutral(struct span cell);

/* "none", "0", "No missing intervals": nothing is missing. */
bool cell_is_no_gap(struct span cell);

/* B of "A - B"; CELL itself when there is no such thing in it. A of it: then empty. */
struct span cell_end(struct span cell);
struct span cell_begin(struct span cell);

/*
 * The date of CELL, with or without day of the week, time of day, seconds and zone. A day without
 * a time is its last second; of two readings (03/07/2026) the later one that is not after NOW.
 */
bool cell_read_date(struct span cell, struct stamp now, struct stamp *stamp);

#endif
