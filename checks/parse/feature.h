/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_FEATURE_H
#define CHECKS_PARSE_FEATURE_H

/*
 * One feature key and how long it lives, as CLI status, featurekey and /xml/status write it:
 * "30 days", "Perpetual", "Expired", "Dormant", "Dormant/Perpetual", seconds (may be negative:
 * expired). asyncos-cli.md 3.2 and 8 (R), asyncos-http.md 4 (V).
 */

#include <stdbool.h>
#include <stdint.h>

#include "checks/text.h"

enum feature_life {
    FEATURE_UNRECOGNISED, /* the text says something else: quote it */
    FEATURE_TIMED,        /* seconds_left holds; negative or 0 = expired */
    FEATURE_PERPETUAL,
    FEATURE_EXPIRED, /* said in words */
    FEATURE_DORMANT  /* not activated; also "Dormant/Perpetual" */
};

struct feature {
    struct span name;
    struct span text; /* the life as written */
    enum feature_life life;
    int64_t seconds_left; /* only for FEATURE_TIMED */
    unsigned line;
};

/* Sets life, text and seconds_left from TEXT. A bare number is seconds when NUMBER_IS_SECONDS. */
void feature_read(struct feature *feature, struct span text, bool number_is_seconds);

/* Has it run out? */
bool feature_expired(const struct feature *feature);

/*
 * Same feature? Names compare without case, without a leading "Feature - ", "Cisco " or "IronPort
 * ".
 */
bool feature_same_name(struct span a, struct span b);

#endif
