/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_TIME_H
#define CHECKS_TIME_H

/*
 * The date forms of AsyncOS (asyncos-cli.md 10). No clock is ever asked here.
 *
 * A stamp keeps what the appliance wrote: its wall clock, and the distance to UTC only when
 * the text tells it. Two stamps of one appliance compare by wall clock when one of them has no
 * offset; stamps of different appliances need offsets.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/text.h"

struct stamp {
    int64_t civil;   /* seconds from 1970-01-01 00:00:00 to what the wall clock shows */
    bool has_offset; /* zone known? */
    uint8_t zone;    /* while not known: number of the ambiguous name, for time_lend(); 0 = none */
    int32_t offset;  /* seconds east of UTC, when known */
};

/*
 * Each reads the whole SPAN (blanks around it allowed) and leaves *STAMP untouched on failure.
 * Days, months and hours are checked (no 31 February, no hour 24); years 1970 to 9999.
 */
bool time_parse_status(struct span span,
                       struct stamp *stamp); /* Fri Apr 22 15:36:43 2022 GMT; zone optional; V */
bool time_parse_iso(struct span span,
                    struct stamp *stamp); /* 2022-03-04[ T]16:13:27[Z|+hh:mm], 2022-03-04; V */
bool time_parse_alert(struct span span,
                      struct stamp *stamp); /* 28 Apr 2014 11:37:39 -0500; V in mails, R */
bool time_parse_tracking(struct span span,
                         struct stamp *stamp); /* 07 Sep 2022 08:10:33 (GMT[ +00:00]); V */
bool time_parse_compact(struct span span, struct stamp *stamp); /* 20170329115551; V */

/* Any of the forms above; what --since accepts, and @SECONDS since the epoch. */
bool time_parse_any(struct span span, struct stamp *stamp);

/*
 * Offset of a zone abbreviation in seconds east of UTC. Only abbreviations that mean one offset in
 * practice are known (GMT UTC CET CEST EET EEST WET WEST EST EDT MST MDT PST PDT JST KST …);
 * false for ambiguous ones such as IST, CST, BST, AST.
 */
bool time_zone_offset(struct span abbreviation, int32_t *offset);

/*
 * STAMP, whose zone is not known, gets OFFSET of another stamp; where its zone has an ambiguous
 * name, the meaning of that name that is nearest, SLACK seconds away at most. False, and
 * STAMP untouched, when the name cannot mean that.
 */
bool time_lend(struct stamp *stamp, int32_t offset, int32_t slack);

/* "48d 23h 23m 32s" (any units may be missing, order d h m s), optional parentheses. Seconds. V */
bool time_parse_uptime(struct span span, int64_t *seconds);

/* "4 weeks 46 mins 53 secs", "12 mins 4 secs", "1 hour", "2 days". Seconds. R */
bool time_parse_age(struct span span, int64_t *seconds);

/*
 * Seconds from B to A (negative when A is earlier): in UTC when both have an offset, else by wall
 * clock.
 */
int64_t time_between(struct stamp a, struct stamp b);

/* Seconds since the epoch in UTC; false when the offset is not known. */
bool time_utc(struct stamp stamp, int64_t *seconds);

/* A stamp for seconds since the epoch, in UTC. */
struct stamp time_from_utc(int64_t seconds);

/* "2025-03-02 03:47:10 +0100", without the offset when it is not known. SIZE >= 32. */
const char *time_print(struct stamp stamp, char *buffer, size_t size);

/* RFC 3339 in UTC: "2025-03-02T02:47:10Z". SIZE >= 32. */
const char *time_print_utc(int64_t seconds, char *buffer, size_t size);

/* "2d 5h", "17 min", "45 s": rounded for people, two units at most. Negative: with "-". SIZE >= 32.
 */
const char *time_print_span(int64_t seconds, char *buffer, size_t size);

#endif
