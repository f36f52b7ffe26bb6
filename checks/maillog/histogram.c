/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/histogram.h"

#include <stdlib.h>
#include <string.h>

enum { EXACT_BITS = 14, STEP_BITS = 7, FIRST_EXACT = 256 };
enum { COARSE = HISTOGRAM_DOUBLINGS * HISTOGRAM_STEPS };

static uint32_t room(const struct histogram *histogram)
{
    return histogram->exact + (histogram->exact == HISTOGRAM_EXACT ? COARSE : 0);
}

/* Where SECONDS are counted. */
static uint32_t step_of(uint32_t seconds)
{
    if (seconds < HISTOGRAM_EXACT)
        return seconds;
    const unsigned doubling = 31 - (unsigned)__builtin_clz(seconds);
    const uint32_t step = seconds >> (doubling - STEP_BITS) & (HISTOGRAM_STEPS - 1);
    return HISTOGRAM_EXACT + (doubling - EXACT_BITS) * HISTOGRAM_STEPS + step;
}

static bool make_room(struct histogram *histogram, uint32_t step)
{
    const uint32_t before = room(histogram);
    struct histogram more = {.exact = FIRST_EXACT};
    if (step < before)
        return true;
    while (more.exact <= step && more.exact < HISTOGRAM_EXACT)
        more.exact *= 2;
    more.steps = realloc(histogram->steps, room(&more) * sizeof(*more.steps));
    if (more.steps == NULL)
        return false;
    memset(more.steps + before, 0, (room(&more) - before) * sizeof(*more.steps));
    histogram->steps = more.steps;
    histogram->exact = more.exact;
    return true;
}

void histogram_free(struct histogram *histogram)
{
    free(histogram->steps);
    *histogram = (struct histogram){.count = 0};
}

bool histogram_copy(struct histogram *to, const struct histogram *from)
{
    *to = (struct histogram){.count = from->count, .max = from->max};
    if (from->exact == 0)
        return true;
    if (!make_room(to, room(from) - 1))
        return false;
    memcpy(to->steps, from->steps, room(from) * sizeof(*to->steps));
    return true;
}

bool histogram_add_far(struct histogram *histogram, uint32_t seconds)
{
    const uint32_t step = step_of(seconds);
    if (!make_room(histogram, step))
        return false;
    histogram->count++;
    if (seconds > histogram->max)
        histogram->max = seconds;
    histogram->steps[step]++;
    return true;
}

/* The middle of what STEP counts. */
static uint64_t middle_of(uint32_t step)
{
    if (step < HISTOGRAM_EXACT)
        return step;
    const uint32_t i = step - HISTOGRAM_EXACT;
    const unsigned shift = i / HISTOGRAM_STEPS + EXACT_BITS - STEP_BITS;
    const uint64_t low = (uint64_t)(HISTOGRAM_STEPS + i % HISTOGRAM_STEPS) << shift;
    return low + ((uint64_t)1 << shift) / 2;
}

uint32_t histogram_percentile(const struct histogram *histogram, unsigned percent)
{
    const uint64_t rank = (histogram->count * percent + 99) / 100;
    uint64_t seen = 0;
    if (rank == 0)
        return 0;
    for (uint32_t step = 0; step < room(histogram); step++)
        if ((seen += histogram->steps[step]) >= rank) {
            const uint64_t middle = middle_of(step);
            return middle < histogram->max ? (uint32_t)middle : histogram->max;
        }
    return histogram->max;
}

/* The SIZE steps from FIRST on: each that is not 0, by its number from there, and its count. */
static void pack_steps(struct histogram *histogram, uint32_t first, uint32_t size,
                       struct pack *pack)
{
    enum { LEAST = 2 + 4 };
    const uint32_t end = room(histogram) < first + size ? room(histogram) : first + size;
    uint32_t count = 0;
    for (uint32_t step = first; !pack->loading && step < end; step++)
        count += histogram->steps[step] != 0;
    pack_count(pack, &count, size, LEAST);
    for (uint32_t done = 0, next = first; done < count && !pack->bad; done++, next++) {
        while (!pack->loading && histogram->steps[next] == 0)
            next++;
        uint16_t i = (uint16_t)(next - first);
        pack_u16(pack, &i);
        if (!pack_check(pack, i < size && make_room(histogram, first + i)))
            return;
        pack_u32(pack, &histogram->steps[first + i]);
    }
}

void histogram_pack(struct histogram *histogram, struct pack *pack)
{
    pack_u64(pack, &histogram->count);
    pack_u32(pack, &histogram->max);
    pack_steps(histogram, 0, HISTOGRAM_EXACT, pack);
    pack_steps(histogram, HISTOGRAM_EXACT, COARSE, pack);
}
