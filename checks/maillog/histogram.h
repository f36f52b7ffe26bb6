/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_HISTOGRAM_H
#define CHECKS_MAILLOG_HISTOGRAM_H

/*
 * Seconds, counted: exact below HISTOGRAM_EXACT (4.5 hours), above within 1 % (128 steps for each
 * doubling). The log has no fractions of a second (mail-logs.md (a), R).
 */

#include <stdbool.h>
#include <stdint.h>

#include "checks/maillog/pack.h"

enum { HISTOGRAM_EXACT = 16384, HISTOGRAM_STEPS = 128, HISTOGRAM_DOUBLINGS = 18 };

struct histogram { /* all zero: empty */
    uint64_t count;
    uint32_t max;
    uint32_t exact;  /* seconds below that are counted exactly so far */
    uint32_t *steps; /* so many, and those of the doublings once EXACT is HISTOGRAM_EXACT */
};

void histogram_free(struct histogram *histogram);
/* Empty TO becomes as FROM. False: out of memory. */
bool histogram_copy(struct histogram *to, const struct histogram *from);

/* The same as histogram_add(), of more than was counted so far. */
bool histogram_add_far(struct histogram *histogram, uint32_t seconds);

/* False: out of memory. */
static inline bool histogram_add(struct histogram *histogram, uint32_t seconds)
{
    if (seconds >= histogram->exact)
        return histogram_add_far(histogram, seconds);
    histogram->count++;
    if (seconds > histogram->max)
        histogram->max = seconds;
    histogram->steps[seconds]++;
    return true;
}

/* The value of rank ceil(PERCENT / 100 * count) of all in order; 0 when there is none. */
uint32_t histogram_percentile(const struct histogram *histogram, unsigned percent);

/* All of it, saved, or loaded into an empty one: of the counts those that are not 0. */
void histogram_pack(struct histogram *histogram, struct pack *pack);

#endif
