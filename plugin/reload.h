/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RELOAD_H
#define PLUGIN_RELOAD_H

/*
 * A report from its JSON form, schema postcheck.report/1, so that an old run is rendered again as
 * it was judged then. A check or metric that this program does not have keeps its name. All texts
 * are cleaned again: the file may be anybody's.
 */

#include "plugin/render/report.h"

/* PATH is the report, or a folder with report.json. REPORT lives in ARENA. False: FAULT. */
bool reload_report(struct arena *arena, const char *path, struct report *report,
                   struct fault *fault);

#endif
