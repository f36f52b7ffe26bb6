/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_HISTOGRAM_H
#define CHECKS_MAILLOG_HISTOGRAM_H

/*
 * Seconds, counted: exact below HISTOGRAM_EXACT (4.5 hours), above within 1 % (128 steps for each
 * doubling). The log has no fractions of a second (mail-logs.md (a), R).
 */

#include <stdint.h>

#include "checks/maillog/pack.h"

enum { HISTOGRAM_EXACT = 16384, HISTOGRAM_STEPS = 128, HISTOGRAM_DOUBLINGS = 18 };

struct histogram {
    uint64_t count;
    uint32_t max;
    uint32_t exact[HISTOGRAM_EXACT];
    uint32_t coarse[HISTOGRAM_DOUBLINGS * HISTOGRAM_STEPS];
};

void histogram_add_coarse(struct histogram *histogram, uint32_t seconds);

static inline void histogram_add(struct histogram *histogram, uint32_t seconds)
{
    histogram->count++;
    if (seconds > histogram->max)
        histogram->max = seconds;
    if (seconds < HISTOGRAM_EXACT)
        histogram->exact[seconds]++;
    else
        histogram_add_coarse(histogram, seconds);
}

/* The value of rank ceil(PERCENT / 100 * count) of all in order; 0 when there is none. */
uint32_t histogram_percentile(const struct histogram *histogram, unsigned percent);

/* All of it, saved or loaded: of the counts those that are not 0. */
void histogram_pack(struct histogram *histogram, struct pack *pack);

#endif
