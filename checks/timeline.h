/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_TIMELINE_H
#define CHECKS_TIMELINE_H

/*
 * What happened to one appliance during the change, as far as its documents tell, and its mail per
 * minute: for the time line of a report (domain.md 4.2, 4). What no document tells is left out.
 *
 * Some documents tell the moment of an event; others only that it was so when they were asked.
 * These are `observed`: "established" at 03:00 means that the connection stood at 03:00, not that
 * it came up then.
 *
 *   suspended      observed: `status` says that receiving or delivery is suspended
 *   disconnected   the first alert of the change about a lost member; observed: connstatus
 *   installing     the Install Date of `version`, where it is newer than the baseline's
 *   down           observed: the last sign of life before the start (interval.h)
 *   up             `Up since`, or the XML page's birth time
 *   connected      observed: connstatus names every other member as connected
 *   established    observed: the list of an SMA says so
 *   first_mail_in  the first message ready after the start, in a log that shows the start
 *   first_mail_out the first message that a next hop took after it, likewise
 *
 * The other words are for `postcheck watch`, which sees them happen, and for the end of a run.
 */

#include "checks/check.h"

enum { TIMELINE_MINUTES = 1440 };

struct timeline_event {
    int64_t at;           /* seconds, UTC */
    const char *what;     /* a word of timeline_words: "up", "connected", "first_mail_in" */
    const char *document; /* id of the document that tells; "watch" = seen by `postcheck watch` */
    unsigned line;        /* 0 = the whole document */
    bool observed;        /* it was so AT that time, and may have been before */
};

struct timeline_minute {
    int64_t at; /* begin of the minute, UTC */
    unsigned received, delivered, bounced;
};

struct timeline {
    struct timeline_event *events; /* by time */
    size_t event_count;
    /* By time, only those with mail, the newest TIMELINE_MINUTES of them; none: no log, no zone, or
       more than one zone in it. */
    struct timeline_minute *minutes;
    size_t minute_count;
};

/* Every word that an event may have, in the order of a change; NULL behind the last. */
extern const char *const timeline_words[];

/* What the documents of q->node tell. Lives in ARENA. Says nothing where times have no zone. */
struct timeline timeline_of(const struct question *q, struct arena *arena);

#endif
