/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_SHIFT_H
#define TESTS_APPLIANCE_SHIFT_H

/*
 * Scenarios are texts of one night in 2026; a live run happens now. So every date with a time of
 * day in a text is moved by the same number of seconds, in place, in its own form and width.
 */

#include <stddef.h>
#include <stdint.h>

/*
 * Adds SECONDS to every time in the N bytes of TEXT. Forms: "Sun Mar 08 04:00:04 2026" (also with a
 * blank-padded or single digit day; the day of week follows), "08 Mar 2026 02:24:05",
 * "2026-03-08 03:41:55", "2026-03-08T03:41:55", the last three without seconds, "20260308040004" as
 * a whole word, and dates without a time of day ("2026-03-01"). Years 1900 to 2099; a line may be
 * wrapped inside a time.
 *
 * Widths never change; zones and durations stay. Forms without seconds move by whole minutes, dates
 * alone by whole days, never farther than SECONDS. Shifting back by as much gives the first text
 * again, if the names of days were right and days below 10 are filled up as the product does: with
 * a zero before a zone, else with a blank. Left alone: a time whose new day needs two digits where
 * there is room for one, and what would leave these years.
 */
void shift_times(char *text, size_t n, int64_t seconds);

#endif
