/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RENDER_TELL_H
#define PLUGIN_RENDER_TELL_H

/*
 * Words that several formats share, so that they say the same of the same. Texts live in the
 * report's arena.
 */

#include "plugin/render/report.h"

/* Is it a run that somebody signs, with evidence and hashes, not a single look? */
bool tell_is_signed(const struct report *report);

/* "fail"; of a run that is signed "UNSUCCESSFUL (fail)". */
const char *tell_verdict(const struct report *report);

/* "1 CRITICAL, 20 OK, 2 N/A; 1 finding waived": worst first, what there is none of left out. */
const char *tell_counts(const struct report *report);

/* "WAIVED", or the label of its state: a waived finding is never said without that word. */
const char *tell_label(const struct finding *finding);

/*
 * "NAME: reason (approved by A. Example, until 2026-06-30T00:00:00Z)"; NULL when FINDING is not
 * waived.
 */
const char *tell_waiver(const struct report *report, const struct finding *finding);

/* "cli/status.txt, line 3"; NULL when FINDING has no evidence. */
const char *tell_source(struct arena *arena, const struct finding *finding);

/* Did anything abnormal happen that does not count? */
bool tell_is_explained(const struct finding *finding);

/* What is compared: "members of the cluster", "rate of messages (in)". */
const char *tell_compared(struct arena *arena, const struct comparison *comparison);

/* The checks that have a result, by name; in the report's arena. */
const struct check **tell_columns(const struct report *report, size_t *count);

/*
 * The result of NODE under COLUMN; NULL = none. Results stand by appliance and check, so *NEAR, 0
 * at first, finds the next one at once; a report that somebody wrote may have them in any order.
 */
const struct report_result *tell_cell(const struct report *report, const char *node,
                                      const struct check *column, size_t *near);

/* TEXT with the appliance that says it in front: another one may be named in it. */
const char *tell_named(struct arena *arena, const char *node, const char *text);

/* "2026-03-08T03:00:00Z", NULL when it is not KNOWN. */
const char *tell_time(struct arena *arena, bool known, int64_t seconds);

/* TEXT as one clean line of bounded length (result_clean); NULL stays NULL. */
const char *tell_clean(struct arena *arena, const char *text);

#endif
