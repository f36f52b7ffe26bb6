/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_FLOW_INNER_H
#define CHECKS_MAILLOG_FLOW_INNER_H

/* The inside of a flow, shared by flow*.c only. */

#include "checks/maillog/counters.h"
#include "checks/maillog/flow.h"
#include "checks/maillog/flow_text.h"
#include "checks/maillog/histogram.h"
#include "checks/maillog/hops.h"
#include "checks/maillog/minutes.h"
#include "checks/maillog/shape.h"
#include "checks/maillog/sketch.h"
#include "checks/maillog/table.h"

enum {
    FLOW_LINGER_S = 10,        /* a finished message stays for lines that come late */
    FLOW_LINGER_MAX = 1 << 16, /* of those at most */
    FLOW_CLOSED = 64,          /* closed connections that stay */
    FLOW_SMALL_RIDS = 32,      /* outcomes kept in the record itself */
    FLOW_MAX_RIDS = UINT16_MAX,
    FLOW_FAR_OUTCOME = 3, /* bits of struct more.far */
    FLOW_FAR_NOTE = 4,
    FLOW_APPLIANCES = 256,
    FLOW_NO_SOURCE = UINT16_MAX + 1
};

enum message_flags {
    MESSAGE_STARTED = 1 << 0,   /* received: Start with ICID > 0 */
    MESSAGE_GENERATED = 1 << 1, /* Start with ICID 0, "was generated" */
    MESSAGE_SPLIT = 1 << 2,     /* born by a split */
    MESSAGE_REWRITTEN = 1 << 3, /* born by a rewrite */
    MESSAGE_BORN = MESSAGE_STARTED | MESSAGE_GENERATED | MESSAGE_SPLIT | MESSAGE_REWRITTEN,
    MESSAGE_READY = 1 << 4,
    MESSAGE_QUEUED = 1 << 5,
    MESSAGE_DONE = 1 << 6, /* a recipient was taken by a next hop */
    MESSAGE_HELD = 1 << 7,
    MESSAGE_RELEASED = 1 << 8,
    MESSAGE_SPAM_HELD = 1 << 9, /* by the spam quarantine: all its recipients */
    MESSAGE_DROPPED = 1 << 10,
    MESSAGE_BOUNCED = 1 << 11,
    MESSAGE_HANDED_ON = 1 << 12,
    MESSAGE_BROKEN = 1 << 13, /* receiving aborted */
    MESSAGE_FINISHED = 1 << 14,
    MESSAGE_FINISHED_ABORTED = 1 << 15,
    MESSAGE_INBOUND = 1 << 16,
    MESSAGE_OUTBOUND = 1 << 17, /* next to it: flow_way() */
    MESSAGE_DELAYED = 1 << 18,  /* the last that was heard is a delay */
    MESSAGE_FROM = 1 << 19,
    MESSAGE_START_LINE = 1 << 20,
    MESSAGE_OFFBOX = 1 << 21, /* a delivery to the off-box quarantine was started */
    MESSAGE_FORMER = 1 << 22, /* ids began anew since its birth */
    MESSAGE_ABORT_LINE = 1 << 23
};

/* 56 bytes; a million in flight is a target (design.md 10). First what nearly every line needs. */
struct message {
    uint64_t mid;
    uint32_t next; /* the table's */
    uint16_t appliance;
    uint16_t rids; /* accepted recipients */
    uint32_t flags;
    uint32_t touched;
    uint32_t icid;    /* lower half: tells one life of a MID from the next */
    uint32_t more;    /* number of its struct more; 0 = none */
    uint64_t outcome; /* two bits a recipient: enum flow_outcome */
    uint32_t ready, queued, done;
};

/* What is noted of some recipients. */
enum flow_note {
    NOTE_DELAYED,
    NOTE_OFFBOX, /* a delivery to the off-box quarantine was started */
    NOTE_MISSED, /* its "RID n To:" has not come, but that of a later one */
    NOTES
};

/* What few messages have. */
struct more {
    uint64_t notes[NOTES]; /* a bit for each of the first 64 recipients */
    uint8_t *far;          /* by recipient: enum flow_outcome of those from FLOW_SMALL_RIDS on, and
                              FLOW_FAR_NOTE << enum flow_note of those from 64 on */
    uint32_t far_n;
    uint32_t next_free;
    uint64_t bytes, parent;
    struct flow_text text; /* with details */
};

struct link {
    uint64_t id;
    uint32_t next; /* the table's */
    uint16_t appliance;
    uint16_t flags;
    uint32_t opened;
    uint32_t hop; /* DCID: index + 1 */
    uint64_t mid; /* ICID: the message being received */
};

enum link_flags {
    LINK_NEW = 1,
    LINK_ACCEPTED = 2,
    LINK_RELAYED = 4,
    LINK_REFUSED = 8,
    LINK_TLS_OK = 16,
    LINK_TLS_FAILED = 32,
    LINK_ERROR = 64,
    LINK_CLOSED = 128
};

/* The connections that closed last: a ring. */
struct flow_closed {
    struct table_key keys[FLOW_CLOSED];
    uint32_t next;
};

struct appliance {
    struct flow_appliance told;
    uint32_t last_seen; /* time of the line before, to notice a clock that steps back */
    int64_t first, last;
    uint64_t first_born, last_born,
        evicted_max; /* MIDs: what is in between and unknown came too late */
    bool born_seen;
    bool used; /* a message or a connection is of it */
    int year;  /* of yearless lines; 0 = not known yet */
    uint32_t year_when;
};

/* What messages add up to, once they are gone. */
struct totals {
    uint64_t class[FLOW_CLASSES];
    uint64_t finished, older, orphans, rids_quarantined;
    struct {
        uint64_t ready, queued, delivered;
    } way[FLOW_WAYS];
    struct histogram scan, delivery;
    bool broken; /* out of memory */
};

struct lingering {
    struct message *message; /* NULL: it has left */
    uint32_t since;
    uint16_t appliance; /* by whose clock */
};

struct flow {
    struct flow_options options;
    bool broken; /* out of memory */

    /* The line in hand. */
    struct line_reader *reader;
    struct appliance *appliance;
    uint16_t appliance_index;
    uint32_t now;
    uint32_t heard;     /* when the message in hand was heard of before */
    uint64_t file_line; /* lines of this file before this batch */

    struct appliance *appliances;
    size_t appliance_count;
    uint16_t nameless;               /* appliance of lines without a host, + 1; 0 = none yet */
    uint32_t memo_when, memo_source; /* of the line before; FLOW_NO_SOURCE: look anew */

    struct table messages, icids, dcids;
    struct flow_closed icids_closed, dcids_closed;
    struct more *more;
    uint32_t more_count, more_room, more_free;
    struct flow_texts texts;
    struct lingering *linger; /* a ring */
    uint32_t linger_room, linger_first, linger_count;
    struct totals totals;
    struct hops hops;
    struct minutes minutes;
    struct sketch *tops[FLOW_LISTS];
    struct counters_line first_counters, last_counters;
    uint16_t counters_of; /* whose these are */

    struct flow_summary sum; /* what is counted when it is seen; the rest is filled when asked */
    const struct line_event *evidence_event[FLOW_EVIDENCES];

    struct flow_minute *minute_list;
    struct flow_appliance *appliance_list;
    struct span *spans; /* recipients of the message in hand */
    size_t span_room;
    struct shapes shapes; /* last: those that nothing was met of are not set */
};

/* flow.c. An appliance for lines of HOST, empty: without a host; it becomes the one in hand. */
void flow_add_appliance(struct flow *flow, struct span host);

/* flow_mail.c: what happens to messages. */
void flow_mail_event(struct flow *flow, const struct line_event *event);
struct more *flow_mail_more(struct flow *flow, struct message *message);
/* Keeps TEXT of a message in flight when details are wanted. */
void flow_mail_keep(struct flow *flow, struct message *message, enum flow_text_kind kind,
                    struct span text);
void flow_mail_count(struct flow *flow, enum flow_list list, struct span text);

/* flow_rids.c: what becomes of recipients. */
void flow_rids_delivery_start(struct flow *, struct message *, const struct line_event *);
bool flow_rids_accept_far(struct flow *flow, struct message *message, uint64_t rid);
void flow_rids_done(struct flow *, struct message *, const struct line_event *);
void flow_rids_failed(struct flow *, struct message *, const struct line_event *);
void flow_rids_pending(struct flow *, struct message *, const struct line_event *);
void flow_rids_given_up(struct flow *, struct message *, const struct line_event *);

/* flow_link.c: connections. */
void flow_link_event(struct flow *flow, const struct line_event *event);
void flow_link_restart(struct flow *flow);

/* flow_end.c: how messages leave. */
void flow_end_finished(struct flow *flow, struct message *message);
void flow_end_gone(struct flow *flow, struct message *message); /* now, whatever its state */
void flow_end_lives(struct flow *flow); /* open ones of the appliance in hand */
bool flow_end_make_room(struct flow *flow);
void flow_end_all(struct flow *flow);
/* Adds to TOTALS what MESSAGE amounts to as it stands. */
void flow_end_account(const struct flow *flow, const struct message *message,
                      struct totals *totals);

/* flow_head.c: headers, status lines, and what is no line of mail_logs. */
void flow_head_event(struct flow *flow, const struct line_event *event);

/* Without a branch, which nobody could foresee. */
static inline enum flow_direction flow_way(const struct message *message)
{
    static const uint8_t ways[] = {FLOW_UNKNOWN_WAY, FLOW_INBOUND, FLOW_OUTBOUND, FLOW_INBOUND};
    return (enum flow_direction)ways[message->flags / MESSAGE_INBOUND % 4];
}

/* What the clock of APPLIANCE shows: those of others may be hours off. */
static inline uint32_t flow_clock(const struct flow *flow, uint16_t appliance)
{
    uint32_t seen = flow->appliances[appliance].last_seen;
    return seen != 0 ? seen : flow->now;
}

/* Is RID, of a "RID n To:" line, one that had none yet? Nearly always it is the next. */
static inline bool flow_rids_accept(struct flow *flow, struct message *message, uint64_t rid)
{
    if (rid != message->rids || rid >= FLOW_MAX_RIDS)
        return flow_rids_accept_far(flow, message, rid);
    message->rids++;
    return true;
}

/* Seconds since the message in hand was heard of before. */
static inline uint32_t flow_idle(const struct flow *flow)
{
    return flow->now > flow->heard ? flow->now - flow->heard : 0;
}

static inline void flow_seen(struct flow *flow, enum flow_evidence_id id,
                             const struct line_event *event)
{
    flow->sum.evidence[id].count++;
    flow->sum.evidence[id].last = flow->now;
    flow->evidence_event[id] = event;
}

#endif
