/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "checks/maillog/flow_inner.h"

/* What becomes of the recipients of a message. */

struct fate {
    struct flow *flow;
    struct message *message;
    enum flow_outcome outcome;
    uint32_t raised; /* recipients whose outcome this line changed */
};

/*
 * The recipients "[0, 1]", "RID [0]", "0": calls EACH, returns what follows. The bytes behind END
 * are readable and the first of them is no digit.
 */
static inline const char *each_rid(const char *p, const char *end,
                                   void (*each)(struct fate *fate, uint32_t rid), struct fate *fate)
{
    if (end - p >= 4 && memcmp(p, "RID ", 4) == 0)
        p += 4;
    bool list = p < end && *p == '[';
    p += list;
    while (p < end && *p >= '0' && *p <= '9') {
        uint32_t rid = (uint32_t)(*p++ - '0');
        for (; p < end && *p >= '0' && *p <= '9'; p++)
            rid = rid < FLOW_MAX_RIDS ? rid * 10 + (uint32_t)(*p - '0') : rid;
        if (rid < FLOW_MAX_RIDS)
            each(fate, rid);
        if (!list || end - p < 2 || p[0] != ',' || p[1] != ' ')
            break;
        p += 2;
    }
    return list && p < end && *p == ']' ? p + 1 : p;
}

static uint8_t *far_of(struct flow *flow, struct message *message, uint32_t rid)
{
    struct more *more = flow_mail_more(flow, message);
    if (more == NULL)
        return NULL;
    if (rid >= more->far_n) {
        uint32_t n = rid + 1 + rid / 2;
        uint8_t *far = realloc(more->far, n);
        if (far == NULL) {
            flow->broken = true;
            return NULL;
        }
        memset(far + more->far_n, 0, n - more->far_n);
        more->far = far;
        more->far_n = n;
    }
    return &more->far[rid];
}

/* Sets NOTE of RID; true when it was not set. */
static bool note(struct flow *flow, struct message *message, uint32_t rid, enum flow_note note)
{
    struct more *more = flow_mail_more(flow, message);
    if (more == NULL)
        return false;
    if (rid < 64) {
        uint64_t bit = (uint64_t)1 << rid, before = more->notes[note];
        more->notes[note] |= bit;
        return (before & bit) == 0;
    }
    uint8_t *far = far_of(flow, message, rid), bit = (uint8_t)(FLOW_FAR_NOTE << note);
    if (far == NULL || (*far & bit) != 0)
        return false;
    *far |= bit;
    return true;
}

static inline bool is_noted(const struct flow *flow, const struct message *message, uint32_t rid,
                            enum flow_note note)
{
    const struct more *more = message->more != 0 ? &flow->more[message->more - 1] : NULL;
    if (more == NULL)
        return false;
    if (rid < 64)
        return (more->notes[note] >> rid & 1) != 0;
    return rid < more->far_n && (more->far[rid] & FLOW_FAR_NOTE << note) != 0;
}

static inline void count_outcome(struct flow *flow, enum flow_outcome outcome, uint64_t by)
{
    if (outcome == FLOW_RID_BOUNCED)
        flow->sum.recipients.bounced += by;
    else if (outcome == FLOW_RID_QUARANTINED)
        flow->sum.recipients.quarantined += by;
    else if (outcome == FLOW_RID_DELIVERED)
        flow->sum.recipients.delivered += by;
}

/* The better known outcome stays: the order of the lines does not matter. */
static inline void raise_outcome(struct fate *fate, uint32_t rid)
{
    struct message *message = fate->message;
    enum flow_outcome before;
    if (rid < FLOW_SMALL_RIDS) {
        before = (enum flow_outcome)(message->outcome >> (2 * rid) & 3);
        if (before >= fate->outcome)
            return;
        message->outcome += (uint64_t)(fate->outcome - before) << (2 * rid);
    } else {
        uint8_t *far = far_of(fate->flow, message, rid);
        if (far == NULL)
            return;
        before = (enum flow_outcome)(*far & FLOW_FAR_OUTCOME);
        if (before >= fate->outcome)
            return;
        *far = (uint8_t)(*far - before + fate->outcome);
    }
    count_outcome(fate->flow, before, (uint64_t)-1);
    count_outcome(fate->flow, fate->outcome, 1);
    fate->raised++;
}

static void set_delayed(struct fate *fate, uint32_t rid)
{
    fate->raised += note(fate->flow, fate->message, rid, NOTE_DELAYED);
}

static void set_offbox(struct fate *fate, uint32_t rid)
{
    (void)note(fate->flow, fate->message, rid, NOTE_OFFBOX);
}

/* Takes what was started for the off-box quarantine as quarantined, the rest as delivered. */
static inline void raise_done(struct fate *fate, uint32_t rid)
{
    enum flow_outcome outcome = fate->outcome;
    if (is_noted(fate->flow, fate->message, rid, NOTE_OFFBOX))
        fate->outcome = FLOW_RID_QUARANTINED;
    uint32_t before = fate->raised;
    raise_outcome(fate, rid);
    if (fate->raised != before && fate->outcome == FLOW_RID_DELIVERED)
        fate->message->flags |= MESSAGE_DONE;
    fate->outcome = outcome;
}

/* RIDs are dense (mail-logs.md d23): one below the highest came before, or was missed. */
bool flow_rids_accept_far(struct flow *flow, struct message *message, uint64_t rid)
{
    if (rid >= FLOW_MAX_RIDS)
        return false;
    if (rid < message->rids) {
        uint32_t r = (uint32_t)rid;
        if (!is_noted(flow, message, r, NOTE_MISSED))
            return false;
        struct more *more = &flow->more[message->more - 1];
        if (r < 64)
            more->notes[NOTE_MISSED] &= ~((uint64_t)1 << r);
        else
            more->far[r] &= (uint8_t) ~(FLOW_FAR_NOTE << NOTE_MISSED);
        return true;
    }
    for (uint32_t r = message->rids; r < rid; r++)
        (void)note(flow, message, r, NOTE_MISSED);
    message->rids = (uint16_t)(rid + 1);
    return true;
}

static inline struct flow_hop *hop_of(struct flow *flow, uint64_t dcid)
{
    const struct link *link =
        dcid == 0 ? NULL : table_find(&flow->dcids, dcid, flow->appliance_index);
    return link == NULL || link->hop == 0 ? NULL : &flow->hops.list[link->hop - 1];
}

static __attribute__((noinline)) void start_offbox(struct flow *flow, struct message *message,
                                                   const char *rids, const char *end)
{
    struct fate fate = {flow, message, FLOW_RID_OPEN, 0};
    message->flags |= MESSAGE_OFFBOX;
    (void)each_rid(rids, end, set_offbox, &fate);
}

void flow_rids_delivery_start(struct flow *flow, struct message *message,
                              const struct line_event *event)
{
    static const char offbox[] = " to offbox IronPort Spam Quarantine";
    const size_t n = sizeof(offbox) - 1;
    const char *end = event->message + event->message_n;
    if ((size_t)(end - event->rest) >= n && memcmp(end - n, offbox, n) == 0)
        start_offbox(flow, message, event->rest, end);
}

/* "RID [0, 2] (external quarantine)" */
static __attribute__((noinline)) void raise_each_done(struct flow *flow, struct message *message,
                                                      const char *rids, const char *end)
{
    struct fate fate = {flow, message, FLOW_RID_DELIVERED, 0};
    static const char quarantine[] = " (external quarantine)";
    /* The tail stands behind the list, so the list is passed over first. */
    const char *tail = memchr(rids, ']', (size_t)(end - rids));
    if (tail != NULL && (size_t)(end - tail) >= sizeof(quarantine) &&
        memcmp(tail + 1, quarantine, sizeof(quarantine) - 1) == 0)
        fate.outcome = FLOW_RID_QUARANTINED;
    (void)each_rid(rids, end,
                   (message->flags & MESSAGE_OFFBOX) != 0 || fate.outcome == FLOW_RID_DELIVERED
                       ? raise_done
                       : raise_outcome,
                   &fate);
}

static inline void raise_one_done(struct flow *flow, struct message *message, uint32_t rid)
{
    struct fate fate = {flow, message, FLOW_RID_DELIVERED, 0};
    raise_done(&fate, rid);
}

void flow_rids_done(struct flow *flow, struct message *message, const struct line_event *event)
{
    const char *rids = event->rest, *end = event->message + event->message_n;
    uint64_t delivered = flow->sum.recipients.delivered;
    if (end - rids == 7 && memcmp(rids, "RID [", 5) == 0 && rids[5] >= '0' && rids[5] <= '9' &&
        rids[6] == ']') /* nearly always one */
        raise_one_done(flow, message, (uint32_t)(rids[5] - '0'));
    else
        raise_each_done(flow, message, rids, end);
    delivered = flow->sum.recipients.delivered - delivered;
    if (delivered == 0)
        return;
    message->done = flow->now;
    message->flags &= ~(uint32_t)MESSAGE_DELAYED;
    flow->sum.way[flow_way(message)].last_delivered = flow->now;
    flow_seen(flow, FLOW_E4, event);
    flow->broken |= !minutes_add(&flow->minutes, flow->now, MINUTES_DELIVERED, (uint32_t)delivered);
    struct flow_hop *hop = hop_of(flow, event->id[0]);
    if (hop != NULL) {
        hop->delivered += delivered;
        hop->last_delivered = flow->now;
    }
}

/*
 * "to RID 0 - " or "From: <…> To: <…> RID 0 - ": the position of the recipients, or NULL. An
 * address may hold a '>'; one that imitates what follows it can only name another recipient.
 */
static const char *bounce_rids(const char *p, const char *end)
{
    static const char to[] = "> To: <", rid[] = "> RID ";
    struct span rest = {p, (size_t)(end - p)};
    if (text_starts(rest, "to "))
        return p + 3;
    ptrdiff_t at = text_starts(rest, "From: <") ? text_find(rest, to) : -1;
    if (at < 0)
        return NULL;
    rest = text_skip(rest, (size_t)at + sizeof(to) - 1);
    at = text_find(rest, rid);
    return at < 0 ? NULL : rest.p + at + 2;
}

static struct span reason_of(const char *p, const char *end)
{
    if (end - p >= 3 && memcmp(p, " - ", 3) == 0)
        p += 3;
    return (struct span){p, (size_t)(end - p)};
}

void flow_rids_failed(struct flow *flow, struct message *message, const struct line_event *event)
{
    bool hard = event->family == FAMILY_bounced;
    const char *end = event->message + event->message_n;
    const char *rids = bounce_rids(event->rest, end);
    struct fate fate = {flow, message, FLOW_RID_BOUNCED, 0};
    if (rids == NULL)
        return;
    rids = each_rid(rids, end, hard ? raise_outcome : set_delayed, &fate);
    if (!hard)
        message->flags |= MESSAGE_DELAYED;
    if (fate.raised == 0)
        return;
    flow_seen(flow, FLOW_E6, event);
    struct span reason = reason_of(rids, end);
    flow_mail_count(flow, FLOW_REASONS, reason);
    if (flow->options.details)
        flow_mail_keep(flow, message, TEXT_REASON, reason);
    struct flow_hop *hop = hop_of(flow, event->id[0]);
    if (hop != NULL)
        *(hard ? &hop->bounced : &hop->delayed) += fate.raised;
    if (!hard) {
        flow->sum.recipients.delayed += fate.raised;
        return;
    }
    flow->broken |= !minutes_add(&flow->minutes, flow->now, MINUTES_BOUNCED, (uint32_t)fate.raised);
}

void flow_rids_pending(struct flow *flow, struct message *message, const struct line_event *event)
{
    struct fate fate = {flow, message, FLOW_RID_OPEN, 0};
    (void)each_rid(event->rest, event->message + event->message_n, set_delayed, &fate);
    message->flags |= MESSAGE_DELAYED;
    flow->sum.recipients.delayed += fate.raised;
}

void flow_rids_given_up(struct flow *flow, struct message *message, const struct line_event *event)
{
    struct fate fate = {flow, message, FLOW_RID_BOUNCED, 0};
    (void)each_rid(event->rest, event->message + event->message_n, raise_outcome, &fate);
    flow->broken |= !minutes_add(&flow->minutes, flow->now, MINUTES_BOUNCED, (uint32_t)fate.raised);
}
