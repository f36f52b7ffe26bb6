/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RUN_H
#define PLUGIN_RUN_H

/* From options to a report: load the captures, run the checks. */

#include "plugin/options.h"
#include "plugin/render/report.h"

/* False: FAULT says what is missing (folder, node). REPORT lives in ARENA. */
bool run_replay(struct arena *arena, const struct options *options, struct report *report,
                struct fault *fault);

#endif
