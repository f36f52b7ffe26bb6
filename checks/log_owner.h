/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_LOG_OWNER_H
#define CHECKS_LOG_OWNER_H

/*
 * Whose lines are these? A file that a syslog collector writes may hold those of several
 * appliances. NODE's are those under its serial number, as `version` tells it, or under its name in
 * the host field, short or whole (fleet_same_name()).
 */

#include "checks/check.h"
#include "checks/parse/mail_logs.h"

/*
 * FACTS of NODE (of q->fleet or of the baseline), without the lines of others. NULL: they are those
 * of another appliance of the fleet, or it cannot be told which are NODE's; WHY (may be NULL) says
 * it as half a sentence.
 */
const struct mail_logs *log_owner_part(const struct question *q, const struct node *node,
                                       const struct mail_logs *facts, const char **why);

#endif
