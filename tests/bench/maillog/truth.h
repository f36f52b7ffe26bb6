/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_BENCH_MAILLOG_TRUTH_H
#define TESTS_BENCH_MAILLOG_TRUTH_H

/* What the written lines amount to, by the definitions of postcheck.maillog/1; see truth.c. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum truth_flag {
    TRUTH_MET = 1, /* an effective line was written */
    TRUTH_BORN = 2,
    TRUTH_DELIVERED = 4,
    TRUTH_HELD = 8,
    TRUTH_RELEASED = 16,
    TRUTH_DROPPED = 32,
    TRUTH_BOUNCED = 64,
    TRUTH_HANDED_ON = 128,
    TRUTH_SPAM = 256,     /* all its recipients are in the spam quarantine */
    TRUTH_OFFBOX = 512,   /* some are in the one off the box */
    TRUTH_FINISHED = 1024 /* "done", but a line may still come */
};

enum { TRUTH_NONE = -1 };

struct truth_fate {                  /* of one message */
    int64_t ready, queued, done;     /* printed seconds; TRUTH_NONE = not written */
    uint16_t flags, accepted, known; /* recipients: accepted, with a known outcome */
    uint64_t delayed;                /* a bit for each recipient */
};

struct truth_counts { /* how often a number of seconds was met */
    uint64_t *of;
    size_t room;
    uint64_t count;
};

struct truth_minute {
    uint64_t received, delivered, bounced;
};

enum truth_class {
    TRUTH_IS_DELIVERED,
    TRUTH_IS_QUARANTINED,
    TRUTH_IS_DROPPED,
    TRUTH_IS_BOUNCED,
    TRUTH_IS_HANDED_ON,
    TRUTH_IS_OTHER,
    TRUTH_IS_ABORTED,
    TRUTH_CLASSES
};

struct truth_appliance {
    const char *name, *version, *serial; /* name NULL: lines without a host */
    int utc_offset_s;
};

struct truth {
    uint64_t continuations, unrecognised;
    struct {
        uint64_t opened, accepted, relayed, rejected, refused, tls_ok, tls_failed;
    } in;
    struct {
        uint64_t opened, tls_ok, tls_failed, errors;
    } out;
    struct {
        uint64_t received, generated, split, rewritten, ready, bytes, finished, older, open;
        uint64_t class[TRUTH_CLASSES];
    } messages;
    struct {
        uint64_t accepted, refused, delivered, delayed, bounced, quarantined;
    } recipients;
    struct truth_counts scan, delivery;
    struct truth_minute *minutes;
    size_t minute_room;
    int64_t minute_base; /* minutes since 1970 */
    struct truth_appliance appliances[16];
    unsigned appliance_count;
    int64_t first, last; /* printed seconds */
    bool timed;          /* lines have a time */
    int64_t now;         /* printed second of the line in hand */
};

void truth_init(struct truth *t, int64_t first, bool timed);
void truth_free(struct truth *t);
struct truth_fate truth_unseen(void);

/* Each after its line was written. */
void truth_met(struct truth *t, struct truth_fate *f);
void truth_start(struct truth *t, struct truth_fate *f, bool received);
void truth_ready(struct truth *t, struct truth_fate *f, uint64_t bytes);
void truth_to(struct truth *t, struct truth_fate *f);
void truth_refused(struct truth *t, struct truth_fate *f);
void truth_child(struct truth *t, struct truth_fate *parent, struct truth_fate *child, bool split);
void truth_generated(struct truth *t, struct truth_fate *f);
void truth_queued(struct truth *t, struct truth_fate *f);
void truth_done(struct truth *t, struct truth_fate *f, unsigned recipients, bool quarantine);
void truth_bounced(struct truth *t, struct truth_fate *f);
void truth_delayed(struct truth *t, struct truth_fate *f, unsigned rid);
void truth_flag(struct truth *t, struct truth_fate *f, unsigned flags);
void truth_finished(struct truth *t, struct truth_fate *f, bool aborted);
void truth_finished_first(struct truth *t, struct truth_fate *f); /* truth_left_open follows */
/* No line of it will come any more, or the file ends. */
void truth_left_open(struct truth *t, struct truth_fate *f);

bool truth_write(const struct truth *t, uint64_t lines, uint64_t bytes, const char *path);

#endif
