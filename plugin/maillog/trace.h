/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_MAILLOG_TRACE_H
#define PLUGIN_MAILLOG_TRACE_H

/*
 * --mid: the whole family of a message, what it came from and what it became (split, rewritten,
 * generated, reinjected), with all lines of each and of their connections, in the order of the
 * files, and where each stands. A message of the same number on another appliance is another
 * family.
 */

#include "plugin/maillog/input.h"
#include "plugin/maillog/settings.h"

/* 0 found, 1 not found, 3 with FAULT. */
int trace_run(struct cmd *cmd, const struct settings *settings, struct input *input,
              struct fault *fault);

#endif
