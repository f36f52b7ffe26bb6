/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_LOG_HEADER_H
#define CHECKS_LOG_HEADER_H

#include "checks/check.h"
#include "checks/maillog/flow.h"

/*
 * The header of a log file names the build that wrote it (mail-logs.md (a), R): the newest of
 * SUMMARY should be the one that runs, else the log is from before the upgrade. Says nothing where
 * there is no header, or nothing to compare it with.
 */
void log_header_judge(const struct question *q, struct result *result,
                      const struct flow_summary *summary);

#endif
