/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_TIMELINE_H
#define CHECKS_TIMELINE_H

/*
 * What happened to one appliance during the change, as far as its documents tell, and its mail per
 * minute: for the time line of a report (domain.md 4.2, 4).
 */

#include "checks/check.h"

struct timeline_event {
    int64_t at;           /* seconds, UTC */
    const char *what;     /* a word of timeline_words: "up", "connected", "first_mail_in" */
    const char *document; /* id of the document that tells; "watch" = seen by `postcheck watch` */
    unsigned line;        /* 0 = the whole document */
};

struct timeline_minute {
    int64_t at; /* begin of the minute, UTC */
    unsigned received, delivered, bounced;
};

struct timeline {
    struct timeline_event *events; /* by time */
    size_t event_count;
    struct timeline_minute *minutes; /* by time, only those with mail; none: no log, or no zone */
    size_t minute_count;
};

/* Every word that an event may have, in the order of a change; NULL behind the last. */
extern const char *const timeline_words[];

/* What the documents of q->node tell. Lives in ARENA. Says nothing where times have no zone. */
struct timeline timeline_of(const struct question *q, struct arena *arena);

#endif
