/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/histogram.h"

enum { EXACT_BITS = 14, STEP_BITS = 7 };

void histogram_add_coarse(struct histogram *histogram, uint32_t seconds)
{
    unsigned doubling = 31 - (unsigned)__builtin_clz(seconds);
    uint32_t step = seconds >> (doubling - STEP_BITS) & (HISTOGRAM_STEPS - 1);
    histogram->coarse[(doubling - EXACT_BITS) * HISTOGRAM_STEPS + step]++;
}

uint32_t histogram_percentile(const struct histogram *histogram, unsigned percent)
{
    uint64_t rank = (histogram->count * percent + 99) / 100, seen = 0;
    if (rank == 0)
        return 0;
    for (uint32_t i = 0; i < HISTOGRAM_EXACT; i++)
        if ((seen += histogram->exact[i]) >= rank)
            return i;
    for (uint32_t i = 0; i < HISTOGRAM_DOUBLINGS * HISTOGRAM_STEPS; i++)
        if ((seen += histogram->coarse[i]) >= rank) {
            unsigned shift = i / HISTOGRAM_STEPS + EXACT_BITS - STEP_BITS;
            uint64_t low = (uint64_t)(HISTOGRAM_STEPS + i % HISTOGRAM_STEPS) << shift;
            uint64_t middle = low + ((uint64_t)1 << shift) / 2;
            return middle < histogram->max ? (uint32_t)middle : histogram->max;
        }
    return histogram->max;
}

/* A step and its count; VALUES has SIZE. */
static void pack_values(uint32_t *values, uint32_t size, struct pack *pack)
{
    enum { LEAST = 2 + 4 };
    uint32_t count = 0;
    for (uint32_t i = 0; !pack->loading && i < size; i++)
        count += values[i] != 0;
    pack_count(pack, &count, size, LEAST);
    for (uint32_t done = 0, next = 0; done < count && !pack->bad; done++, next++) {
        while (!pack->loading && values[next] == 0)
            next++;
        uint16_t i = (uint16_t)next;
        pack_u16(pack, &i);
        if (!pack_check(pack, i < size))
            return;
        pack_u32(pack, &values[i]);
    }
}

void histogram_pack(struct histogram *histogram, struct pack *pack)
{
    pack_u64(pack, &histogram->count);
    pack_u32(pack, &histogram->max);
    pack_values(histogram->exact, HISTOGRAM_EXACT, pack);
    pack_values(histogram->coarse, HISTOGRAM_DOUBLINGS * HISTOGRAM_STEPS, pack);
}
