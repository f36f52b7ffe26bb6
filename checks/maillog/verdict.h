/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_VERDICT_H
#define CHECKS_MAILLOG_VERDICT_H

/*
 * Does mail flow? What a flow found -> one word, why, and which proof is missing (mail-logs.md
 * (c)). Never "flowing" from silence: every link of the chain (accepted connection, message taken,
 * through the work queue, taken by a next hop) must have been seen, and not long ago.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/maillog/flow.h"

enum verdict_word { VERDICT_FLOWING, VERDICT_DEGRADED, VERDICT_STALLED, VERDICT_NO_PROOF };

/* Why: the first ones are stalls, then what degrades, then what is missing. */
enum verdict_kind {
    VERDICT_NOTHING_READY, /* connections are accepted, but no message is taken */
    VERDICT_NOT_QUEUED,    /* messages are taken, but do not leave the work queue */
    VERDICT_NOT_DELIVERED, /* messages are queued, but no next hop takes them */
    VERDICT_SILENCE,       /* connections exist, but the log says nothing */
    VERDICT_SUSPENDED,     /* delivery is suspended while messages wait */
    VERDICT_SLOW_QUEUE,    /* some messages are long in the work queue, others pass */
    VERDICT_BACKLOG,       /* a large share waits long for delivery, others pass */
    VERDICT_SLOW_DELIVERY, /* delivery_p95_s */
    VERDICT_BOUNCES,       /* bounce_ratio */
    VERDICT_CONNECTIONS,   /* error_ratio */
    VERDICT_TLS,           /* tls_ratio */
    VERDICT_INFLIGHT,      /* inflight */
    VERDICT_HOP,           /* a next hop took mail before, and now there are only errors */
    VERDICT_RESOURCES,     /* the listener refuses mail for want of resources */
    VERDICT_NO_ENTRIES,    /* nothing of a mail log in the input */
    VERDICT_NO_ACCEPT,
    VERDICT_NO_READY,
    VERDICT_NO_QUEUED,
    VERDICT_NO_DELIVERED,
    VERDICT_OLD, /* the last proof is older than fresh_s */
    VERDICT_KINDS
};

/* A negative limit is none. VERDICT_LIMITS are those of `postcheck maillog`. */
struct verdict_limits {
    int64_t stall_s; /* so long without a step is a stall; always at least 1 */
    int64_t fresh_s; /* proof that is older does not count */
    int64_t delivery_p95_s;
    int64_t inflight;     /* messages not finished */
    double bounce_ratio;  /* of the recipients with an outcome; above it beyond chance (95 %) */
    double error_ratio;   /* connection errors, of the connections tried */
    double tls_ratio;     /* failed handshakes with next hops, of all */
    double waiting_ratio; /* of the queued messages, longer than stall_s */
    int64_t now;          /* wall clock of the appliance; 0 = the last entry of the log */
    int64_t connections;  /* that exist now, by another source; < 0 = not known */
    bool need[FLOW_WAYS]; /* directions without which there is no proof */
};
#define VERDICT_LIMITS                                                                             \
    ((struct verdict_limits){600, 3600, -1, -1, 0.25, 0.5, 0.5, 0.1, 0, -1, {false, false, false}})

struct verdict_reason {
    enum verdict_kind kind;
    enum flow_direction way; /* FLOW_UNKNOWN_WAY = all mail */
    uint64_t count, of;      /* how many, of how many; of = 0: no share */
    int64_t seconds;         /* how long */
    char text[200];          /* a sentence without full stop; may quote the log */
};

enum { VERDICT_MAX_REASONS = 16 };

struct verdict {
    enum verdict_word word;
    bool holds[FLOW_EVIDENCES];
    bool flows[FLOW_WAYS]; /* in this direction a next hop took mail, recently */
    struct verdict_reason reasons[VERDICT_MAX_REASONS]; /* worst first */
    size_t reason_count;
    /* With "flowing" only what is good to know: a direction that was not seen. */
    struct verdict_reason missing[VERDICT_MAX_REASONS];
    size_t missing_count;
};

void verdict_judge(const struct flow_summary *summary, const struct verdict_limits *limits,
                   struct verdict *verdict);

const char *verdict_word(enum verdict_word word);      /* "flowing", "no_proof" … */
const char *verdict_kind_word(enum verdict_kind kind); /* "nothing_ready" … */
const char *verdict_way_word(enum flow_direction way); /* "inbound", "outbound", "unknown" */

/* What an evidence shows when it holds: "messages pass the work queue" … */
const char *verdict_evidence_title(enum flow_evidence_id id);

/* SECONDS in words: "45 s", "12 min", "3 h 05 min", "2 d 04 h"; at most 15 bytes with the NUL. */
const char *verdict_duration(int64_t seconds, char *text, size_t size);

#endif
