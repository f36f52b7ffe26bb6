/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_USUAL_H
#define CHECKS_USUAL_H

/*
 * Is mail as usual: the directions that it takes, how much it is, and what the appliance counts,
 * each beside the baseline (domain.md V11).
 */

#include "checks/counters.h"
#include "checks/period.h"

/*
 * Records the comparisons "directions" and "received_per_minute" of the check mailflow. Says
 * WARNING when much less mail comes than at the same hour of the day before; a direction that is
 * missing is said by the check itself.
 */
void usual_judge(const struct question *q, struct result *result, const struct period *period);

/*
 * Records the comparison "counted", and says each lifetime counter that is lower than in the
 * baseline: it was reset. A reboot of this change explains that; without one it is a WARNING.
 */
void usual_judge_counters(const struct question *q, struct result *result,
                          const struct counters *before, const struct counters *now);

#endif
