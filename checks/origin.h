/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_ORIGIN_H
#define CHECKS_ORIGIN_H

/*
 * Do the documents that a check read come from the appliance in question, and from its present run?
 * Folders are filled by hand, too: an answer pasted into the wrong one, or kept from before
 * the reboot, must not make a check green.
 */

#include "checks/check.h"

/* Says UNKNOWN in RESULT about each document of its check that is another appliance's or too old.
 */
void origin_judge(const struct question *q, struct result *result);

#endif
