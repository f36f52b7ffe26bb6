/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/flow_inner.h"

#include <stdlib.h>
#include <string.h>

static __attribute__((noinline)) struct message *new_message(struct flow *flow, uint64_t mid)
{
    flow->appliance->used = true;
    if (table_is_full(&flow->messages) || flow->messages.used >= flow->options.max_in_flight)
        flow_end_make_room(flow);
    struct message *message =
        flow->broken ? NULL : table_add_raw(&flow->messages, mid, flow->appliance_index);
    if (message == NULL) {
        flow->broken = true;
        return NULL;
    }
    *message = (struct message){.mid = mid,
                                .next = message->next,
                                .appliance = flow->appliance_index,
                                .touched = flow->now};
    flow->heard = flow->now;
    return message;
}

/* A line is about MESSAGE. */
static inline void hear(struct flow *flow, struct message *message)
{
    flow->heard = message->touched;
    message->touched = flow->now;
}

static struct message *message_of(struct flow *flow, uint64_t mid)
{
    struct message *message = table_find(&flow->messages, mid, flow->appliance_index);
    if (message == NULL)
        return new_message(flow, mid);
    hear(flow, message);
    return message;
}

struct more *flow_mail_more(struct flow *flow, struct message *message)
{
    if (message->more != 0)
        return &flow->more[message->more - 1];
    uint32_t i = flow->more_free;
    if (i != 0) {
        flow->more_free = flow->more[i - 1].next_free;
        if (flow->more_free != 0) { /* the next to be used has cooled down since it was left */
            __builtin_prefetch(&flow->more[flow->more_free - 1], 1);
            flow_text_expect(&flow->texts, flow->more_free);
        }
    } else {
        if (flow->more_count == flow->more_room) {
            uint32_t room = flow->more_room * 2 + 64;
            struct more *more = realloc(flow->more, room * sizeof(*more));
            if (more == NULL) {
                flow->broken = true;
                return NULL;
            }
            flow->more = more;
            flow->more_room = room;
        }
        i = ++flow->more_count;
    }
    struct more *more = &flow->more[i - 1];
    memset(more, 0, sizeof(*more));
    message->more = i;
    return more;
}

void flow_mail_keep(struct flow *flow, struct message *message, enum flow_text_kind kind,
                    struct span text)
{
    if (!flow->options.details)
        return;
    struct more *more =
        message->more != 0 ? &flow->more[message->more - 1] : flow_mail_more(flow, message);
    if (more != NULL && !flow_text_keep(&flow->texts, message->more, &more->text, kind, text))
        flow->broken = true;
}

static struct span rest_of(const struct line_event *event)
{
    return (struct span){event->rest, (size_t)(event->message + event->message_n - event->rest)};
}

/* Up to the '>' of an address; all when there is none. */
static struct span address_of(const struct line_event *event)
{
    struct span rest = rest_of(event);
    const char *end = rest.n == 0 ? NULL : memchr(rest.p, '>', rest.n);
    return end == NULL ? rest : (struct span){rest.p, (size_t)(end - rest.p)};
}

void flow_mail_count(struct flow *flow, enum flow_list list, struct span text)
{
    if (flow->tops[list] != NULL)
        sketch_add(flow->tops[list], text, 1);
}

static void count_address(struct flow *flow, enum flow_list list, struct span address)
{
    if (!flow->options.top)
        return;
    flow_mail_count(flow, list, address.n != 0 ? address : text_of("<>"));
    for (size_t i = address.n; list == FLOW_RECIPIENTS && i > 0; i--)
        if (address.p[i - 1] == '@') {
            flow_mail_count(flow, FLOW_DOMAINS, text_skip(address, i));
            return;
        }
}

/* -- Birth ---------------------------------------------------------------------------------- */

static void born(struct flow *flow, const struct message *message)
{
    struct appliance *appliance = flow->appliance;
    if (!appliance->born_seen || message->mid < appliance->first_born)
        appliance->first_born = message->mid;
    appliance->born_seen = true;
}

static struct link *link_of(struct flow *flow, uint64_t icid)
{
    return icid == 0 ? NULL : table_find(&flow->icids, icid, flow->appliance_index);
}

/* Ids began anew: MESSAGE is over, and another has its number. */
static struct message *another_life(struct flow *flow, struct message *message)
{
    uint64_t mid = message->mid;
    flow->appliance->told.resets++;
    flow_end_gone(flow, message);
    return message_of(flow, mid);
}

/*
 * MIDs rise; one that falls by far began anew, and what is open of the former ones stays open
 * (mail-logs.md d16). So does a second Start of a MID with another ICID, or much later.
 */
static struct message *new_life(struct flow *flow, struct message *message, uint64_t icid)
{
    enum { FAR_BACK = 1000 };
    struct appliance *appliance = flow->appliance;
    if (message->mid < appliance->last_born && appliance->last_born - message->mid > FAR_BACK) {
        bool first = message->flags == 0;
        appliance->told.resets++;
        appliance->last_born = message->mid;
        flow_end_lives(flow);
        message->flags = first ? 0 : message->flags;
    }
    bool former = (message->flags & MESSAGE_FORMER) != 0;
    if ((message->flags & MESSAGE_START_LINE) == 0)
        return former ? another_life(flow, message) : message;
    bool same = !former && message->icid == (uint32_t)icid && flow_idle(flow) <= FLOW_LINGER_S;
    return same ? message : another_life(flow, message);
}

static void start(struct flow *flow, struct message *message, const struct line_event *event)
{
    uint64_t icid = event->id[1];
    message = new_life(flow, message, icid);
    if (message == NULL || (message->flags & MESSAGE_START_LINE) != 0)
        return;
    message->icid = (uint32_t)icid;
    message->flags |= MESSAGE_START_LINE | (icid != 0 ? MESSAGE_STARTED : MESSAGE_GENERATED);
    flow->appliance->last_born = message->mid;
    born(flow, message);
    if (icid == 0) {
        flow->sum.messages.generated++;
        return;
    }
    flow->sum.messages.received++;
    flow->broken |= !minutes_add(&flow->minutes, flow->now, MINUTES_RECEIVED, 1);
    struct link *link = link_of(flow, icid);
    if (link == NULL)
        return;
    link->mid = event->id[0];
    if ((message->flags & (MESSAGE_INBOUND | MESSAGE_OUTBOUND)) == 0)
        message->flags |= (link->flags & LINK_RELAYED) != 0    ? MESSAGE_OUTBOUND
                          : (link->flags & LINK_ACCEPTED) != 0 ? MESSAGE_INBOUND
                                                               : 0;
}

/* A child comes from PARENT by FLAG: it inherits what its own lines will not tell. */
static void inherit(struct flow *flow, struct message *parent, const struct line_event *event,
                    uint32_t flag)
{
    uint32_t ready = parent->ready, icid = parent->icid,
             flags = parent->flags & (MESSAGE_INBOUND | MESSAGE_OUTBOUND);
    parent->flags |= MESSAGE_HANDED_ON;
    struct message *child = message_of(flow, event->id[1]);
    if (child != NULL && child != parent && (child->flags & MESSAGE_BORN) != 0 &&
        (flow_idle(flow) > FLOW_LINGER_S || (child->flags & MESSAGE_FORMER) != 0))
        child = another_life(flow, child);
    if (child == NULL || child == parent || (child->flags & flag) != 0)
        return;
    child->flags |= flag;
    if (child->ready == 0)
        child->ready = ready;
    if ((child->flags & (MESSAGE_INBOUND | MESSAGE_OUTBOUND)) == 0)
        child->flags |= flags;
    if (child->icid == 0)
        child->icid = icid;
    born(flow, child);
    if (flag == MESSAGE_SPLIT)
        flow->sum.messages.split++;
    else
        flow->sum.messages.rewritten++;
    if (flow->options.details) {
        struct more *more = flow_mail_more(flow, child);
        if (more != NULL)
            more->parent = event->id[0];
    }
}

/* Of a parent that is not here this says nothing: it finished long since. */
static void reinjected(struct flow *flow, struct message *parent, const struct line_event *event)
{
    bool gone = parent->flags == 0 && parent->rids == 0 && parent->outcome == 0;
    parent->flags |= MESSAGE_HANDED_ON | MESSAGE_RELEASED;
    if (gone)
        table_remove(&flow->messages, parent->mid, parent->appliance);
    if (event->id[1] != event->id[0])
        (void)message_of(flow, event->id[1]);
}

static void ready(struct flow *flow, struct message *message, const struct line_event *event)
{
    if ((message->flags & MESSAGE_READY) != 0)
        return;
    message->flags |= MESSAGE_READY;
    message->ready = flow->now;
    flow->sum.way[flow_way(message)].last_ready = flow->now;
    flow->sum.messages.ready++;
    flow->sum.messages.bytes += event->id[1];
    if ((message->flags & MESSAGE_GENERATED) == 0)
        flow_seen(flow, FLOW_E2, event);
    if (flow->options.details) {
        struct more *more = flow_mail_more(flow, message);
        if (more != NULL)
            more->bytes = event->id[1];
    }
}

static inline bool ends(struct span text, const char *with, size_t n)
{
    return text.n >= n && memcmp(text.p + text.n - n, with, n) == 0;
}

/* "… in the inbound table": the end of the line, whatever the policy is called. */
static void policy(struct flow *flow, struct message *message, const struct line_event *event)
{
    (void)flow;
    struct span rest = rest_of(event);
    uint32_t way = ends(rest, " in the inbound table", 21)    ? MESSAGE_INBOUND
                   : ends(rest, " in the outbound table", 22) ? MESSAGE_OUTBOUND
                                                              : 0;
    if (way != 0)
        message->flags = (message->flags & ~(uint32_t)(MESSAGE_INBOUND | MESSAGE_OUTBOUND)) | way;
}

/* -- Ends ------------------------------------------------------------------------------------ */

static void aborted(struct flow *flow, struct message *message, const struct line_event *event)
{
    struct span reason = rest_of(event);
    uint32_t why = text_starts(reason, "Dropped")   ? MESSAGE_DROPPED
                   : text_starts(reason, "Bounced") ? MESSAGE_BOUNCED
                                                    : MESSAGE_BROKEN;
    bool again = (message->flags & MESSAGE_ABORT_LINE) != 0;
    message->flags |= why | MESSAGE_ABORT_LINE;
    if (again)
        return;
    flow_mail_count(flow, FLOW_REASONS, reason);
    flow_mail_keep(flow, message, TEXT_REASON, reason);
}

static void queued(struct flow *flow, struct message *message, const struct line_event *event)
{
    message->flags &= ~(uint32_t)MESSAGE_DELAYED;
    if ((message->flags & MESSAGE_QUEUED) != 0)
        return;
    message->flags |= MESSAGE_QUEUED;
    message->queued = flow->now;
    flow->sum.way[flow_way(message)].last_queued = flow->now;
    flow_seen(flow, FLOW_E3, event);
}

static void from(struct flow *flow, struct message *message, const struct line_event *event)
{
    if ((message->flags & MESSAGE_FROM) != 0)
        return;
    message->flags |= MESSAGE_FROM;
    if (flow->options.top)
        count_address(flow, FLOW_SENDERS, address_of(event));
    if (flow->options.details)
        flow_mail_keep(flow, message, TEXT_FROM, address_of(event));
}

static void to(struct flow *flow, struct message *message, const struct line_event *event)
{
    if (!flow_rids_accept(flow, message, event->id[1]))
        return;
    flow->sum.recipients.accepted++;
    if (flow->options.top)
        count_address(flow, FLOW_RECIPIENTS, address_of(event));
    if (flow->options.details)
        flow_mail_keep(flow, message, TEXT_TO, address_of(event));
}

static void refused(struct flow *flow, struct message *message, const struct line_event *event)
{
    (void)message;
    /* Searched for: an address may hold a '>', and whatever it is, this line is about one. */
    if (text_find(rest_of(event), "> Rejected by ") >= 0)
        flow->sum.recipients.refused++;
}

static void finished(struct flow *flow, struct message *message, const struct line_event *event)
{
    bool again = (message->flags & MESSAGE_FINISHED) != 0;
    if (event->family == FAMILY_finished_aborted)
        message->flags |= MESSAGE_FINISHED_ABORTED;
    message->flags |= MESSAGE_FINISHED;
    if (again)
        return;
    flow_seen(flow, FLOW_E5, event);
    flow_end_finished(flow, message);
}

static void split(struct flow *flow, struct message *message, const struct line_event *event)
{
    inherit(flow, message, event, MESSAGE_SPLIT);
}

static void rewritten(struct flow *flow, struct message *message, const struct line_event *event)
{
    inherit(flow, message, event, MESSAGE_REWRITTEN);
}

static void generated(struct flow *flow, struct message *message, const struct line_event *event)
{
    (void)event;
    message->flags |= MESSAGE_GENERATED;
    born(flow, message);
}

static void message_id(struct flow *flow, struct message *message, const struct line_event *event)
{
    flow_mail_keep(flow, message, TEXT_MESSAGE_ID, rest_of(event));
}

static void subject(struct flow *flow, struct message *message, const struct line_event *event)
{
    flow_mail_keep(flow, message, TEXT_SUBJECT, rest_of(event));
}

/* What sets nothing but flags. */
static void flag(struct flow *flow, struct message *message, const struct line_event *event)
{
    static const uint32_t flags[FAMILY_COUNT] = {
        [FAMILY_euq_quarantined] = MESSAGE_SPAM_HELD | MESSAGE_HELD,
        [FAMILY_rpc_done] = MESSAGE_SPAM_HELD | MESSAGE_HELD,
        [FAMILY_mid_quarantined] = MESSAGE_HELD,
        [FAMILY_mid_released] = MESSAGE_RELEASED,
        [FAMILY_mid_deleted] = MESSAGE_RELEASED | MESSAGE_DROPPED,
        [FAMILY_mid_dropped] = MESSAGE_DROPPED,
        [FAMILY_mid_bounced_by] = MESSAGE_BOUNCED,
    };
    (void)flow;
    message->flags |= flags[event->family];
}

/* What a line of each family means, and which of its numbers is the message. */
static const struct meaning {
    void (*apply)(struct flow *flow, struct message *message, const struct line_event *event);
    unsigned id;
} meanings[FAMILY_COUNT] = {
    [FAMILY_mid_start] = {start, 0},
    [FAMILY_mid_from] = {from, 0},
    [FAMILY_mid_to] = {to, 0},
    [FAMILY_mid_to_refused] = {refused, 0},
    [FAMILY_mid_message_id] = {message_id, 0},
    [FAMILY_mid_subject] = {subject, 0},
    [FAMILY_mid_ready] = {ready, 0},
    [FAMILY_mid_policy] = {policy, 0},
    [FAMILY_mid_generated] = {generated, 0},
    [FAMILY_mid_split] = {split, 0},
    [FAMILY_mid_rewritten] = {rewritten, 0},
    [FAMILY_euq_reinjected] = {reinjected, 0},
    [FAMILY_mid_quarantined] = {flag, 0},
    [FAMILY_mid_released] = {flag, 0},
    [FAMILY_mid_deleted] = {flag, 0},
    [FAMILY_euq_quarantined] = {flag, 0},
    [FAMILY_rpc_done] = {flag, 1},
    [FAMILY_mid_queued] = {queued, 0},
    [FAMILY_delivery_start] = {flow_rids_delivery_start, 1},
    [FAMILY_message_done] = {flow_rids_done, 1},
    [FAMILY_bounced] = {flow_rids_failed, 1},
    [FAMILY_delayed] = {flow_rids_failed, 1},
    [FAMILY_double_bounce] = {flow_rids_given_up, 0},
    [FAMILY_mid_removed] = {flow_rids_given_up, 0},
    [FAMILY_pending] = {flow_rids_pending, 0},
    [FAMILY_aborted] = {aborted, 0},
    [FAMILY_mid_dropped] = {flag, 0},
    [FAMILY_mid_bounced_by] = {flag, 0},
    [FAMILY_finished] = {finished, 0},
    [FAMILY_finished_aborted] = {finished, 0},
    [FAMILY_finished_other] = {finished, 0},
};

/* Apart, so that the way below needs nothing of its own on the stack. */
static __attribute__((noinline)) void search(struct flow *flow, const struct line_event *event)
{
    struct message *message = message_of(flow, event->id[meanings[event->family].id]);
    if (message != NULL)
        meanings[event->family].apply(flow, message, event);
}

void flow_mail_event(struct flow *flow, const struct line_event *event)
{
    const struct meaning *meaning = &meanings[event->family];
    struct message *message =
        table_at_home(&flow->messages, event->id[meaning->id], flow->appliance_index);
    if (message == NULL) {
        search(flow, event);
        return;
    }
    hear(flow, message);
    meaning->apply(flow, message, event);
}
