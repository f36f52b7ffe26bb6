/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/timeline.h"

#include "checks/start.h"

const char *const timeline_words[] = {
    "suspended", "drained",     "disconnected",  "installing",     "down",     "up", "resumed",
    "connected", "established", "first_mail_in", "first_mail_out", "verified", NULL};

struct timeline timeline_of(const struct question *q, struct arena *arena)
{
    struct timeline timeline = {.events = NULL};
    const struct start start = start_of(q, q->node);
    int64_t when;
    if (start.known && time_utc(start.when, &when)) {
        timeline.events = arena_push(arena, timeline.events, 0, sizeof(*timeline.events));
        timeline.events[timeline.event_count++] = (struct timeline_event){
            when, "up", arena_dup(arena, text_of(start.document)), start.line};
    }
    return timeline;
}
