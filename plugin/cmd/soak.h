/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_CMD_SOAK_H
#define PLUGIN_CMD_SOAK_H

/* `verify --soak`: what got worse since the run before. */

#include "plugin/change.h"
#include "plugin/cmd/cmd.h"

/*
 * BEFORE is the last run of CHANGE, as it was sealed. False, said on stderr: there is none that
 * could be compared with.
 */
bool soak_load(struct cmd *cmd, const struct change *change, struct report *before);

/*
 * Tells OUT, which may be NULL, what is worse in REPORT. The exit code: REPORT's verdict if
 * anything is, or if it was interrupted, else 0.
 */
int soak_compare(FILE *out, const struct report *before, const struct report *report);

#endif
