/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_LIMITS_H
#define PLUGIN_LIMITS_H

/* The operator's limits: "[METRIC=]RANGE", from the command line or a configuration. */

#include "checks/check.h"

struct limits {
    struct check_limit *items; /* one per metric at most */
    size_t count;
};

/*
 * Adds the limit that TEXT says. METRIC is looked up in CHECKS; a bare RANGE is for the first
 * metric of the one check that CHECKS then must hold. A later limit for the same metric takes the
 * place of an earlier one. False: FAULT says what is wrong, with ORIGIN ("-w") as where it stands.
 */
bool limits_add(struct arena *arena, struct limits *limits, const struct check *const *checks,
                size_t count, const char *text, bool critical, const char *origin,
                struct fault *fault);

/* Adds LIMIT in place of what LIMITS says of the same metric. */
void limits_put(struct arena *arena, struct limits *limits, const struct check_limit *limit);

#endif
