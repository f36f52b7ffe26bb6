/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_MINUTES_H
#define CHECKS_MAILLOG_MINUTES_H

/* Counts per minute of the wall clock; memory for the days that occur, at most MINUTES_DAYS. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/maillog/pack.h"

enum { MINUTES_DAYS = 400, MINUTES_A_DAY = 1440 };

enum minutes_what { MINUTES_RECEIVED, MINUTES_DELIVERED, MINUTES_BOUNCED, MINUTES_WHATS };

struct minutes_day {
    int64_t day;         /* since 1970 */
    uint16_t first, end; /* only these minutes are set: all others have no counts */
    uint32_t count[MINUTES_A_DAY][MINUTES_WHATS];
};

struct minutes {
    struct minutes_day **days; /* sorted */
    size_t count;
    int64_t from;   /* the minute that was counted in last begins here */
    uint32_t *last; /* and its counts; NULL = none yet */
    uint64_t lost;  /* counts of days above the limit */
};

void minutes_free(struct minutes *minutes);

/* Makes the minute of SECONDS the one counted in last. */
bool minutes_add_first(struct minutes *minutes, int64_t seconds, enum minutes_what what,
                       uint32_t count);

/* COUNT more of WHAT at SECONDS. False: out of memory. */
static inline bool minutes_add(struct minutes *minutes, int64_t seconds, enum minutes_what what,
                               uint32_t count)
{
    if (seconds == 0)
        return true; /* a log without times */
    if (minutes->last == NULL || (uint64_t)(seconds - minutes->from) >= 60)
        return minutes_add_first(minutes, seconds, what, count);
    minutes->last[what] += count;
    return true;
}

/* All of it, saved or loaded into empty MINUTES: of the minutes those that have counts. */
void minutes_pack(struct minutes *minutes, struct pack *pack);

#endif
