/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_SETTLE_H
#define CHECKS_SETTLE_H

/*
 * Too early to tell (domain.md 1.2): before the settle time of a check is over, its answer is
 * PENDING, with the moment at which it will be judged. A fault may still heal then, and what is
 * fine may not have had the time to fail.
 *
 * It is counted from the last start of the appliance, or of any that its question is also about: of
 * a manager's gateways, of the members of a cluster. When that was, by the clock of who asked, is
 * told by an appliance's own uptime, which needs neither its zone nor a clock that goes right; by
 * `Up since` only where no uptime is told.
 *
 * Some findings stay as they are, for waiting does not heal them (struct finding, lasting): a host
 * key that changed, a refused login, a certificate, a missing right; an answer of another
 * appliance, another serial number; what somebody removed or switched off.
 */

#include "checks/check.h"

/*
 * Is it too early to judge CHECK on q->node? *UNTIL is then the moment, UTC, when it is not any
 * more. Earliness is judged by when the check's documents were taken: one taken too early is
 * enough. False when nothing tells a start or when they were taken.
 */
bool settle_pending(const struct check *check, const struct question *q, int64_t *until);

/*
 * Every finding of RESULT that is worse than PENDING and not lasting becomes PENDING, and one more
 * says when it will be judged: "too early to tell, will be judged at 2026-03-08T01:58:10Z; so far:
 * …". Without effect on N/A.
 */
void settle_apply(struct result *result, int64_t until);

#endif
