/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_AUDIT_H
#define PLUGIN_AUDIT_H

/*
 * Is the folder of a run what it was when it was sealed, and does its verdict follow from it?
 * Offline, from the folder alone: every hash, then every verdict computed again.
 */

#include "plugin/proof.h"

struct audit_difference {
    const char *file; /* below the folder */
    const char *what; /* one sentence */
};

struct audit {
    size_t files, documents, results; /* how many were held against their hash, computed again */
    const char *tool_version;         /* that wrote the report */
    const char *verdict;              /* as the report says it, and as it was computed again */
    const char *recomputed;
    struct audit_difference *differences;
    size_t difference_count;
};

/*
 * Audits DIR; AUDIT lives in ARENA. False with FAULT: it is no run, has no seal, or was judged by
 * rules that this program does not have. What differs is no fault.
 */
bool audit_run(struct arena *arena, const char *dir, struct audit *audit, struct fault *fault);

#endif
