/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_SILENCE_H
#define CHECKS_SILENCE_H

/*
 * Times in which a busy mail log said nothing, and went on later. The appliance's own reboot
 * explains one that lies inside of it (domain.md 0.5), and nothing else does: what stopped mail may
 * come again.
 */

#include "checks/period.h"

/*
 * Says what was silent in WHOLE, all of q->node's own log, since the change began; nothing where
 * that is not told, and nothing where mail before and behind is so rare that it may just not have
 * come.
 */
void silence_judge(const struct question *q, struct result *result, const struct period *period,
                   const struct mail_logs *whole);

#endif
