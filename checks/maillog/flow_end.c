/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "checks/maillog/flow_inner.h"

/*
 * Recipients of MESSAGE by enum flow_outcome; COUNTS[FLOW_RID_OPEN] stays 0. Returns how many of
 * those in quarantine have no line of their own.
 */
static inline unsigned flow_end_outcomes(const struct flow *flow, const struct message *message,
                                         unsigned counts[static 4])
{
    counts[0] = counts[1] = counts[2] = counts[3] = 0;
    for (uint64_t rest = message->outcome; rest != 0; rest >>= 2)
        counts[rest & 3]++;
    if (message->more != 0) {
        const struct more *more = &flow->more[message->more - 1];
        for (uint32_t i = 0; i < more->far_n; i++)
            counts[more->far[i] & FLOW_FAR_OUTCOME]++;
    }
    counts[0] = 0;
    if ((message->flags & MESSAGE_SPAM_HELD) == 0)
        return 0;
    unsigned known = counts[1] + counts[2] + counts[3];
    unsigned untold = message->rids > known ? message->rids - known : 0;
    counts[FLOW_RID_QUARANTINED] += untold;
    return untold;
}

static inline enum flow_class flow_end_class(const struct message *message,
                                             unsigned counts[static 4])
{
    uint32_t flags = message->flags;
    bool held = (flags & MESSAGE_HELD) != 0 && (flags & MESSAGE_RELEASED) == 0;
    if ((flags & MESSAGE_FINISHED) == 0)
        return FLOW_OPEN;
    if ((flags & MESSAGE_FINISHED_ABORTED) != 0)
        return FLOW_ABORTED;
    if (counts[FLOW_RID_DELIVERED] != 0)
        return FLOW_DELIVERED;
    if (held || counts[FLOW_RID_QUARANTINED] != 0)
        return FLOW_QUARANTINED;
    if ((flags & MESSAGE_DROPPED) != 0)
        return FLOW_DROPPED;
    if ((flags & MESSAGE_BOUNCED) != 0 || counts[FLOW_RID_BOUNCED] != 0)
        return FLOW_BOUNCED;
    return (flags & MESSAGE_HANDED_ON) != 0 ? FLOW_HANDED_ON : FLOW_OTHER;
}

void flow_end_account(const struct flow *flow, const struct message *message, struct totals *totals)
{
    unsigned counts[4];
    uint32_t flags = message->flags;
    totals->rids_quarantined += flow_end_outcomes(flow, message, counts);
    totals->class[flow_end_class(message, counts)]++;
    totals->finished += (flags & MESSAGE_FINISHED) != 0;
    if ((flags & MESSAGE_BORN) == 0) {
        const struct appliance *appliance = &flow->appliances[message->appliance];
        bool late = message->mid >= appliance->first_born &&
                    message->mid <= appliance->evicted_max && appliance->born_seen;
        *(late ? &totals->orphans : &totals->older) += 1;
    }
    enum flow_direction way = flow_way(message);
    totals->way[way].ready += (flags & MESSAGE_READY) != 0;
    totals->way[way].queued += (flags & MESSAGE_QUEUED) != 0;
    totals->way[way].delivered += counts[FLOW_RID_DELIVERED] != 0;
    if (message->ready != 0 && message->queued >= message->ready)
        totals->broken |= !histogram_add(&totals->scan, message->queued - message->ready);
    if (message->queued != 0 && message->done >= message->queued)
        totals->broken |= !histogram_add(&totals->delivery, message->done - message->queued);
}

static bool more_spans(struct flow *flow)
{
    size_t room = flow->span_room * 2 + 64;
    struct span *spans = realloc(flow->spans, room * sizeof(*spans));
    flow->broken |= spans == NULL;
    if (spans == NULL)
        return false;
    flow->spans = spans;
    flow->span_room = room;
    return true;
}

/* The last text of each kind, but all recipients: their number. */
static size_t list_texts(struct flow *flow, const struct flow_text *of,
                         struct span texts[static TEXT_KINDS])
{
    enum flow_text_kind kind;
    struct span text;
    size_t to_count = 0;
    for (uint32_t at = 0; flow_text_next(of, &at, &kind, &text);) {
        texts[kind] = text;
        if (kind == TEXT_TO && (to_count < flow->span_room || more_spans(flow)))
            flow->spans[to_count++] = text;
    }
    return to_count;
}

/* Nobody looked at those that linger: what they hold is fetched before their turn. */
static inline __attribute__((always_inline)) void expect(const struct flow *flow)
{
    enum { SOON = 1, LATER = 3 };
    uint32_t mask = flow->linger_room - 1, first = flow->linger_first;
    if (flow->linger_count <= LATER)
        return;
    const struct message *soon = flow->linger[(first + SOON) & mask].message;
    __builtin_prefetch(flow->linger[(first + LATER) & mask].message);
    if (soon == NULL || soon->more == 0)
        return;
    __builtin_prefetch(&flow->more[soon->more - 1]);
    flow_text_expect(&flow->texts, soon->more);
}

static void report(struct flow *flow, const struct message *message)
{
    expect(flow);
    static const struct more none;
    const struct more *more = message->more != 0 ? &flow->more[message->more - 1] : &none;
    struct span texts[TEXT_KINDS] = {{NULL, 0}};
    size_t to_count = list_texts(flow, &more->text, texts);
    unsigned counts[4];
    uint32_t flags = message->flags;
    flow_end_outcomes(flow, message, counts);
    const struct flow_message told = {
        .mid = message->mid,
        .icid = message->icid,
        .appliance = message->appliance,
        .class = flow_end_class(message, counts),
        .way = flow_way(message),
        .older = (flags & MESSAGE_BORN) == 0,
        .generated = (flags & MESSAGE_GENERATED) != 0,
        .split = (flags & MESSAGE_SPLIT) != 0,
        .rewritten = (flags & MESSAGE_REWRITTEN) != 0,
        .ready = message->ready,
        .queued = message->queued,
        .done = message->done,
        .last = message->touched,
        .bytes = more->bytes,
        .parent = more->parent,
        .recipients = message->rids,
        .delivered = counts[FLOW_RID_DELIVERED],
        .bounced = counts[FLOW_RID_BOUNCED],
        .quarantined = counts[FLOW_RID_QUARANTINED],
        .from = texts[TEXT_FROM],
        .subject = texts[TEXT_SUBJECT],
        .message_id = texts[TEXT_MESSAGE_ID],
        .reason = texts[TEXT_REASON],
        .to = flow->spans,
        .to_count = to_count,
    };
    flow->options.finished(flow->options.context, &told);
}

static void release(struct flow *flow, const struct message *message)
{
    if (message->more == 0)
        return;
    struct more *more = &flow->more[message->more - 1];
    free(more->far);
    more->far = NULL;
    flow_text_release(&more->text);
    more->next_free = flow->more_free;
    flow->more_free = message->more;
}

/* Counted, reported, released; its record is the caller's to remove. */
static inline void leave(struct flow *flow, const struct message *message)
{
    flow_end_account(flow, message, &flow->totals);
    if (flow->options.finished != NULL)
        report(flow, message);
    release(flow, message);
}

static void pop(struct flow *flow)
{
    const struct message *message = flow->linger[flow->linger_first].message;
    flow->linger_first = (flow->linger_first + 1) & (flow->linger_room - 1);
    flow->linger_count--;
    if (message == NULL)
        return; /* it was taken out of the middle */
    leave(flow, message);
    table_remove_at(&flow->messages, table_slot(&flow->messages, message->mid, message->appliance));
}

static __attribute__((noinline)) bool more_linger(struct flow *flow)
{
    uint32_t room = flow->linger_room != 0 ? flow->linger_room * 2 : 1024;
    struct lingering *ring = malloc(room * sizeof(*ring));
    if (ring == NULL) {
        flow->broken = true;
        return false;
    }
    for (uint32_t i = 0; i < flow->linger_count; i++)
        ring[i] = flow->linger[(flow->linger_first + i) & (flow->linger_room - 1)];
    free(flow->linger);
    flow->linger = ring;
    flow->linger_room = room;
    flow->linger_first = 0;
    return true;
}

static bool has_waited(const struct flow *flow, const struct lingering *entry)
{
    uint32_t now = flow_clock(flow, entry->appliance);
    /* So many seconds on either side. */
    bool near = (uint64_t)now + FLOW_LINGER_S - entry->since <= 2 * FLOW_LINGER_S;
    return !near || entry->message == NULL;
}

void flow_end_finished(struct flow *flow, struct message *message)
{
    if (flow->linger_count == flow->linger_room && !more_linger(flow))
        return;
    flow->linger[(flow->linger_first + flow->linger_count++) & (flow->linger_room - 1)] =
        (struct lingering){message, flow->now, message->appliance};
    while (flow->linger_count > 0 && (flow->linger_count >= FLOW_LINGER_MAX ||
                                      has_waited(flow, &flow->linger[flow->linger_first])))
        pop(flow);
}

void flow_end_gone(struct flow *flow, struct message *message)
{
    for (uint32_t i = 0; (message->flags & MESSAGE_FINISHED) != 0 && i < flow->linger_count; i++) {
        struct lingering *entry = &flow->linger[(flow->linger_first + i) & (flow->linger_room - 1)];
        if (entry->message == message)
            entry->message = NULL;
    }
    leave(flow, message);
    table_remove(&flow->messages, message->mid, message->appliance);
}

/* -- Eviction -------------------------------------------------------------------------------- */

struct sweep {
    struct flow *flow;
    uint32_t idle_s;
    uint64_t count;
};

static bool is_idle(void *context, void *record)
{
    struct sweep *sweep = context;
    struct flow *flow = sweep->flow;
    const struct message *message = record;
    uint32_t idle = flow->now > message->touched ? flow->now - message->touched : 0;
    if ((message->flags & MESSAGE_FINISHED) != 0 || idle < sweep->idle_s)
        return false;
    struct appliance *appliance = &flow->appliances[message->appliance];
    if (message->mid > appliance->evicted_max)
        appliance->evicted_max = message->mid;
    flow->sum.messages.expired++;
    sweep->count++;
    leave(flow, message);
    return true;
}

static bool is_older(void *context, void *record)
{
    uint32_t *ages = context;
    const struct message *message = record;
    if ((message->flags & MESSAGE_FINISHED) == 0)
        ages[31 - (unsigned)__builtin_clz(
                      (ages[32] > message->touched ? ages[32] - message->touched : 0) | 1)]++;
    return false;
}

/* The age above which about an eighth of what is in flight lies, in powers of two. */
static uint32_t age_of_an_eighth(struct flow *flow)
{
    uint32_t ages[33] = {[32] = flow->now}, seen = 0;
    if (!table_each(&flow->messages, is_older, ages, false))
        return 0;
    for (unsigned i = 31; i > 0; i--)
        if ((seen += ages[i]) != 0 && seen >= flow->messages.used / 8)
            return (uint32_t)1 << i;
    return 0;
}

static bool sweep(struct flow *flow, uint32_t idle_s)
{
    struct sweep what = {flow, idle_s, 0};
    flow->broken |= !table_each(&flow->messages, is_idle, &what, true);
    return what.count != 0;
}

bool flow_end_make_room(struct flow *flow)
{
    bool swept = sweep(flow, flow->options.horizon_s);
    while (!flow->broken && flow->messages.used >= flow->options.max_in_flight) {
        if (flow->linger_count > 0)
            pop(flow);
        else if (!sweep(flow, age_of_an_eighth(flow)))
            break;
        swept = true;
    }
    return swept;
}

static bool is_open_here(void *context, void *record)
{
    struct flow *flow = context;
    struct message *message = record;
    if (message->appliance != flow->appliance_index)
        return false;
    message->flags |= MESSAGE_FORMER; /* lines of this second may still be about it */
    if (message->touched >= flow->now || (message->flags & MESSAGE_FINISHED) != 0)
        return false;
    leave(flow, message);
    return true;
}

void flow_end_lives(struct flow *flow)
{
    flow->broken |= !table_each(&flow->messages, is_open_here, flow, true);
}

/* -- The end of the input -------------------------------------------------------------------- */

static int by_mid(const void *a, const void *b)
{
    const struct message *one = *(const struct message *const *)a;
    const struct message *two = *(const struct message *const *)b;
    if (one->appliance != two->appliance)
        return one->appliance < two->appliance ? -1 : 1;
    return one->mid < two->mid ? -1 : one->mid > two->mid;
}

struct listing {
    const struct message **list;
    size_t count;
};

static bool list_one(void *context, void *record)
{
    struct listing *listing = context;
    listing->list[listing->count++] = record;
    return false;
}

void flow_end_all(struct flow *flow)
{
    while (flow->linger_count > 0)
        pop(flow);
    if (flow->options.finished == NULL || flow->messages.used == 0)
        return;
    struct listing listing = {malloc(flow->messages.used * sizeof(*listing.list)), 0};
    if (listing.list == NULL) {
        flow->broken = true;
        return;
    }
    (void)table_each(&flow->messages, list_one, &listing, false);
    qsort(listing.list, listing.count, sizeof(*listing.list), by_mid);
    for (size_t i = 0; i < listing.count; i++)
        report(flow, listing.list[i]);
    free(listing.list);
}
