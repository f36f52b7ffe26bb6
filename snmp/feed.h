/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SNMP_FEED_H
#define SNMP_FEED_H

/*
 * The state file, watched: what of it is served at this moment. A new file is read whole, beside
 * the image of the one before, by a thread, and then takes its place. A file that is missing, cut
 * off, no report or too old is a state of the collector; the rows stay, but none of them is ok any
 * more.
 */

#include "snmp/image.h"

/* postcheckCollectorState of the MIB. */
enum feed_state { FEED_RUNNING = 1, FEED_STALE, FEED_MISSING, FEED_INVALID };

struct feed_options {
    const char *path; /* the state file, or the folder of a run */
    const char *map;  /* the file of numbers: names.h */
    unsigned max_age_s;
};

struct feed;

/* Reads the numbers and looks for the state file. NULL with FAULT when the numbers are not usable.
 */
struct feed *feed_open(struct arena *arena, const struct feed_options *options, int64_t now,
                       struct fault *fault);
void feed_close(struct feed *feed);

/* Readable when there may be something to look at; looking now and then is needed besides. */
int feed_descriptor(const struct feed *feed);

/*
 * Looks at the file and the clock; never waits for the reading of a file, unless WAIT. True when
 * what is served is another than before, ages apart; FAULT then says what is wrong with the file or
 * the numbers, if anything is.
 */
bool feed_look(struct feed *feed, int64_t now, bool wait, struct fault *fault);

const struct table_view *feed_view(struct feed *feed, int64_t now);
enum feed_state feed_collector(const struct feed *feed);

#endif
