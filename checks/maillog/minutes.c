/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/minutes.h"

#include <stdlib.h>
#include <string.h>

enum { DAY_SECONDS = 86400 };

void minutes_free(struct minutes *minutes)
{
    for (size_t i = 0; i < minutes->count; i++)
        free(minutes->days[i]);
    free(minutes->days);
    *minutes = (struct minutes){.count = 0};
}

static struct minutes_day *insert(struct minutes *minutes, size_t at, int64_t day)
{
    struct minutes_day **days = realloc(minutes->days, (minutes->count + 1) * sizeof(*days));
    if (days == NULL)
        return NULL;
    minutes->days = days;
    struct minutes_day *new = malloc(sizeof(*new));
    if (new == NULL)
        return NULL;
    memmove(days + at + 1, days + at, (minutes->count - at) * sizeof(*days));
    days[at] = new;
    minutes->count++;
    new->day = day;
    new->first = new->end = 0;
    return new;
}

/* The counts of MINUTE, which is set now. */
static uint32_t *counts_of(struct minutes_day *day, uint16_t minute)
{
    if (day->first == day->end)
        day->first = day->end = minute;
    if (minute < day->first) {
        memset(day->count[minute], 0, (day->first - minute) * sizeof(*day->count));
        day->first = minute;
    }
    if (minute >= day->end) {
        memset(day->count[day->end], 0, (minute + 1u - day->end) * sizeof(*day->count));
        day->end = (uint16_t)(minute + 1);
    }
    return day->count[minute];
}

/* The counts of the minute of SECONDS; NULL: out of memory, or above the limit of days. */
static uint32_t *find(struct minutes *minutes, int64_t seconds)
{
    int64_t day = seconds / DAY_SECONDS;
    size_t at = minutes->count;
    struct minutes_day *found = NULL;
    while (at > 0 && minutes->days[at - 1]->day > day)
        at--;
    if (at > 0 && minutes->days[at - 1]->day == day)
        found = minutes->days[at - 1];
    else if (minutes->count < MINUTES_DAYS)
        found = insert(minutes, at, day);
    return found == NULL ? NULL : counts_of(found, (uint16_t)(seconds % DAY_SECONDS / 60));
}

bool minutes_add_first(struct minutes *minutes, int64_t seconds, enum minutes_what what,
                       uint32_t count)
{
    size_t days = minutes->count;
    minutes->last = find(minutes, seconds);
    minutes->from = seconds - seconds % 60;
    if (minutes->last == NULL) {
        minutes->lost += count;
        return days == MINUTES_DAYS;
    }
    minutes->last[what] += count;
    return true;
}

static void pack_minute(struct minutes_day *day, uint16_t minute, struct pack *pack)
{
    pack_u16(pack, &minute);
    if (!pack_check(pack, minute < MINUTES_A_DAY))
        return;
    uint32_t *counts = counts_of(day, minute);
    for (unsigned what = 0; what < MINUTES_WHATS; what++)
        pack_u32(pack, &counts[what]);
}

static void pack_day(struct minutes_day *day, struct pack *pack)
{
    enum { LEAST = 2 + 4 * MINUTES_WHATS };
    uint32_t count = 0;
    for (unsigned m = day->first; !pack->loading && m < day->end; m++)
        count += (day->count[m][0] | day->count[m][1] | day->count[m][2]) != 0;
    pack_count(pack, &count, MINUTES_A_DAY, LEAST);
    for (uint16_t m = day->first; !pack->loading && m < day->end; m++)
        if ((day->count[m][0] | day->count[m][1] | day->count[m][2]) != 0)
            pack_minute(day, m, pack);
    for (uint32_t i = 0; pack->loading && i < count; i++)
        pack_minute(day, 0, pack);
}

void minutes_pack(struct minutes *minutes, struct pack *pack)
{
    enum { LEAST = 8 + 4 };
    const int64_t last_day = UINT32_MAX / DAY_SECONDS;
    uint32_t count = (uint32_t)minutes->count;
    pack_u64(pack, &minutes->lost);
    pack_count(pack, &count, MINUTES_DAYS, LEAST);
    for (uint32_t i = 0; i < count && !pack->bad; i++) {
        int64_t day = pack->loading ? 0 : minutes->days[i]->day;
        pack_i64(pack, &day);
        if (pack->loading && !pack_check(pack, day >= 0 && day <= last_day &&
                                                   (i == 0 || day > minutes->days[i - 1]->day) &&
                                                   insert(minutes, i, day) != NULL))
            return;
        pack_day(minutes->days[i], pack);
    }
}
