/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_MAILLOG_FOLLOW_H
#define PLUGIN_MAILLOG_FOLLOW_H

/* --follow: a live summary on a terminal, lines of JSON elsewhere. */

#include "plugin/maillog/settings.h"

/* The exit code of the last account; 3 with FAULT when nothing can be followed. */
int follow_run(struct cmd *cmd, const struct settings *settings, char *const *paths, size_t count,
               struct fault *fault);

#endif
