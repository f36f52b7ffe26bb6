/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_FLOW_H
#define CHECKS_MAILLOG_FLOW_H

/*
 * Events -> connections, messages, recipients: what became of every mail (mail-logs.md (b)).
 *
 * Events apply as a set, not as a sequence: order inside a message does not matter, and the same
 * line twice counts once. Memory follows the messages in flight: a finished one leaves some
 * seconds after its last line, an idle one is evicted by horizon or cap and counted.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/maillog/line.h"

struct flow;
struct shapes; /* checks/maillog/shape.h */

/* What became of a message: of those that finished "done" the first that fits, in this order. */
enum flow_class {
    FLOW_DELIVERED,   /* a recipient was taken by a next hop that is not the off-box quarantine */
    FLOW_QUARANTINED, /* held: spam quarantine, policy quarantine without release */
    FLOW_DROPPED,
    FLOW_BOUNCED,
    FLOW_HANDED_ON, /* only split or rewritten into others */
    FLOW_OTHER,
    FLOW_ABORTED, /* finished "aborted": receiving broke off */
    FLOW_OPEN,    /* not finished (yet) */
    FLOW_CLASSES
};

enum flow_direction { FLOW_UNKNOWN_WAY, FLOW_INBOUND, FLOW_OUTBOUND, FLOW_WAYS };

/* What became of a recipient, worst to best known. */
enum flow_outcome { FLOW_RID_OPEN, FLOW_RID_BOUNCED, FLOW_RID_QUARANTINED, FLOW_RID_DELIVERED };

/* One message that is gone from memory (or, at the end, still open), for --messages. */
struct flow_message {
    uint64_t mid, icid;
    unsigned appliance;
    enum flow_class class;
    enum flow_direction way;
    bool older;                        /* its birth was not seen */
    bool generated, split, rewritten;  /* how it was born, when not received */
    int64_t ready, queued, done, last; /* seconds as flow_appliance times; 0 = not seen */
    uint64_t bytes;                    /* of the ready line; only with details */
    uint64_t parent;                   /* MID it came from; only with details; 0 = none */
    unsigned recipients;               /* RIDs accepted */
    unsigned delivered, bounced, quarantined;
    /* Only with details; empty when not seen. FROM and SUBJECT are as the log has them. */
    struct span from, subject, message_id, reason;
    const struct span *to; /* per accepted recipient */
    size_t to_count;
};

struct flow_options {
    uint32_t horizon_s;     /* idle messages older than this may be evicted; 0 = 4 days */
    uint32_t max_in_flight; /* records; 0 = 4,000,000 */
    int64_t reference; /* wall clock seconds near the end of the log: gives yearless lines a year */
    int64_t since, until; /* wall clock seconds, both ends; events outside do not count; 0 = none */
    bool details;         /* keep addresses and subjects of messages in flight */
    bool top;             /* count senders, recipients, domains, reasons */
    void *context;
    void (*finished)(void *context, const struct flow_message *message); /* may be NULL */
};

enum flow_evidence_id {
    FLOW_E0,
    FLOW_E1,
    FLOW_E2,
    FLOW_E3,
    FLOW_E4,
    FLOW_E5,
    FLOW_E6,
    FLOW_E7,
    FLOW_E8,
    FLOW_EVIDENCES
};

/* A kind of proof that mail flows (mail-logs.md (c)): how often, when last, and that line. */
struct flow_evidence {
    uint64_t count;
    int64_t last;
    uint64_t line;  /* number in the input (of its file), 1 = first */
    char text[240]; /* the message of that line; raw bytes of the log */
    unsigned text_n;
};

struct flow_latency {
    uint64_t count;
    uint32_t p50, p95, p99, max;
};

struct flow_minute {
    int64_t minute; /* seconds, wall clock of the appliance, multiple of 60 */
    uint32_t received, delivered, bounced;
};

struct flow_appliance {
    char host[64], serial[64], version[32]; /* "" = not told; version: the newest header */
    bool has_offset;
    int32_t utc_offset_s;
    int64_t first, last;       /* wall clock; 0 = no line yet */
    uint64_t restarts, resets; /* starts seen; ids that began anew */
};

struct flow_hop {
    char address[48];
    uint64_t opened, delivered, delayed, bounced, errors,
        tls_failed; /* recipients, but opened, errors, tls */
    int64_t last_delivered, last_error;
};

struct flow_top { /* of a bounded sketch: count may be too high by up to `error` */
    struct span text;
    uint64_t count, error;
};

/* All that was found so far. Spans and arrays point into the flow and live until its next event. */
struct flow_summary {
    uint64_t lines, bytes, continuations, unrecognised;
    uint64_t family[FAMILY_COUNT];
    int64_t first, last;
    bool has_offset; /* every appliance tells the same offset to UTC */
    int32_t utc_offset_s;
    struct {
        uint64_t opened, accepted, relayed, rejected, refused, tls_ok, tls_failed;
    } in;
    struct {
        uint64_t opened, tls_ok, tls_failed, errors;
    } out;
    struct {
        uint64_t received, generated, split, rewritten, ready, bytes, finished, older, expired,
            orphans;
        uint64_t class[FLOW_CLASSES];
    } messages;
    struct {
        uint64_t ready, queued, delivered; /* messages */
        int64_t last_ready, last_queued, last_delivered;
    } way[FLOW_WAYS];
    struct {
        uint64_t accepted, refused, delivered, delayed, bounced, quarantined;
    } recipients;
    struct flow_latency scan, delivery;
    struct { /* open messages by what they wait for, each in one; oldest = seconds before `last`, 0
                = none */
        uint64_t receiving, scanning, delivering, delayed, held;
        int64_t oldest_scanning, oldest_delivering; /* wait so far in seconds */
    } waiting;
    struct flow_evidence evidence[FLOW_EVIDENCES];
    uint64_t clock_steps;        /* times that the log's clock went back by more than a second */
    uint64_t alerts, queue_full; /* "alert was sent" lines; resource complaints of the listener */
    struct { /* status lines of the first appliance that has them (mail-logs.md (c), R) */
        uint64_t lines, failures; /* failures: their sums do not agree: torn, or misread */
        bool compared, reset;     /* first with last; a total fell in between */
        int64_t taken, completed, delivered; /* by how much InjMsg, CmpRcp, DlvRcp rose */
    } counters;
    struct { /* lines of updater_logs, upgrade_logs, system_logs, smad_logs, error_logs, bounces */
        uint64_t lines, failures, proofs;
        int64_t last_failure;
    } other_logs;
    struct { /* consolidated events: one a message, beside mail_logs; not among the messages above
              */
        uint64_t events, delivered, bounced, quarantined, other, cut;
    } consolidated;
    const struct shapes *shapes; /* of what was not recognised, with an example each */
    const struct flow_appliance *appliances;
    size_t appliance_count;
    const struct flow_minute *minutes;
    size_t minute_count;
    const struct flow_hop *hops; /* in order of appearance */
    size_t hop_count;
};

enum flow_list { FLOW_SENDERS, FLOW_RECIPIENTS, FLOW_DOMAINS, FLOW_REASONS, FLOW_LISTS };

/* NULL: out of memory. OPTIONS is copied. */
struct flow *flow_new(const struct flow_options *options);
void flow_free(struct flow *flow); /* NULL is allowed */

/*
 * From here on events are of another file: its line numbers begin at 1, and lines without a host
 * belong to nobody until its header names the serial number.
 */
void flow_file(struct flow *flow);

/*
 * Applies COUNT events that READER has read from LINES lines of BYTES bytes. False: out of memory;
 * the flow can only be freed then. The events' bytes are not needed afterwards.
 */
bool flow_take(struct flow *flow, struct line_reader *reader, const struct line_event *events,
               size_t count, size_t lines, size_t bytes);

/* The end of the input: what lingers is counted, what is open is reported to `finished`. */
void flow_finish(struct flow *flow);

/* Fills SUMMARY with the state of now; may be asked at any time. False: out of memory. */
bool flow_summary(struct flow *flow, struct flow_summary *summary);
/* Only what it tells of appliances: that does not walk over all that is in flight. */
bool flow_summary_appliances(struct flow *flow, struct flow_summary *summary);

/* The K most frequent of LIST, most first; at most ROOM. Returns their number. */
size_t flow_top(struct flow *flow, enum flow_list list, struct flow_top *tops, size_t room);

const char *flow_class_word(enum flow_class class); /* "delivered", "handed_on" … */

#endif
