/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RELOAD_H
#define PLUGIN_RELOAD_H

/*
 * A report from its JSON form, schema postcheck.report/1, so that an old run is rendered again as
 * it was judged then. A check or metric that this program does not have keeps its name. All texts
 * are cleaned again: the file may be anybody's.
 */

#include "plugin/render/report.h"

/* A report that is larger is not read. */
enum { RELOAD_MAX = 256 * 1024 * 1024 };

/* The check of that name, or NULL: registry_find(), where the checks are linked. */
typedef const struct check *reload_find(struct span name);

/* The report that PATH names: the file itself, or that of a folder with report.json. In ARENA. */
const char *reload_path(struct arena *arena, const char *path);

/* PATH is the report, or a folder with report.json. REPORT lives in ARENA. False: FAULT. */
bool reload_report(struct arena *arena, const char *path, reload_find *find, struct report *report,
                   struct fault *fault);

/* The same of BYTES; PATH is what a FAULT names. */
bool reload_bytes(struct arena *arena, const char *path, struct span bytes, reload_find *find,
                  struct report *report, struct fault *fault);

#endif
