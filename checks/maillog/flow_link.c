/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "checks/maillog/flow_inner.h"

/* A connection that was opened longer ago is forgotten when the table is about to grow. */
enum { FORGET_S = 6 * 3600 };

static bool is_old(void *context, void *record)
{
    const struct flow *flow = context;
    const struct link *link = record;
    return flow->now > link->opened && flow->now - link->opened > FORGET_S;
}

static __attribute__((noinline)) struct link *new_link(struct flow *flow, struct table *table,
                                                       uint64_t id)
{
    if (table_is_full(table))
        flow->broken |= !table_each(table, is_old, flow, true);
    flow->appliance->used = true;
    struct link *link = flow->broken ? NULL : table_add_raw(table, id, flow->appliance_index);
    if (link == NULL) {
        flow->broken = true;
        return NULL;
    }
    *link = (struct link){
        .id = id, .next = link->next, .appliance = flow->appliance_index, .opened = flow->now};
    return link;
}

/* The connection ID of TABLE, added when new. NULL: the number 0 means none. */
static struct link *link_of(struct flow *flow, struct table *table, uint64_t id)
{
    struct link *link = id == 0 ? NULL : table_find(table, id, flow->appliance_index);
    return link != NULL || id == 0 ? link : new_link(flow, table, id);
}

/* Its lines may come late, or twice: it leaves when as many others as CLOSED has room for closed.
 */
static void close_link(struct table *table, struct flow_closed *closed, struct link *link)
{
    if (link == NULL || (link->flags & LINK_CLOSED) != 0)
        return;
    link->flags |= LINK_CLOSED;
    struct table_key key = {.id = link->id, .appliance = link->appliance},
                     *place = &closed->keys[closed->next];
    closed->next = (closed->next + 1) % FLOW_CLOSED;
    uint32_t *slot = table_slot(table, place->id, place->appliance);
    const struct link *first = *slot == 0 ? NULL : table_at(table, *slot);
    if (first != NULL && (first->flags & LINK_CLOSED) != 0)
        table_remove_at(table, slot);
    *place = key;
}

/* Sets FLAG of LINK; true when it was not set: a line that comes twice counts once. */
static bool mark(struct link *link, unsigned flag)
{
    if (link == NULL || (link->flags & flag) != 0)
        return link == NULL;
    link->flags = (uint16_t)(link->flags | flag);
    return true;
}

/* What EVENT says of an ICID counts once. */
static void told(struct flow *flow, const struct line_event *event, enum link_flags flag,
                 uint64_t *counter)
{
    if (!mark(link_of(flow, &flow->icids, event->id[0]), flag))
        return;
    *counter += 1;
    if ((flag & (LINK_ACCEPTED | LINK_RELAYED)) != 0)
        flow_seen(flow, FLOW_E1, event);
}

/* A message that was being received when its connection ended was never taken (mail-logs.md b). */
static void close_icid(struct flow *flow, const struct line_event *event)
{
    struct link *link = table_find(&flow->icids, event->id[0], flow->appliance_index);
    if (link == NULL)
        return;
    struct message *message =
        link->mid == 0 ? NULL : table_find(&flow->messages, link->mid, flow->appliance_index);
    if (message != NULL && (message->flags & (MESSAGE_READY | MESSAGE_FINISHED)) == 0)
        message->flags |= MESSAGE_BROKEN;
    close_link(&flow->icids, &flow->icids_closed, link);
}

static void close_dcid(struct flow *flow, const struct line_event *event)
{
    close_link(&flow->dcids, &flow->dcids_closed,
               table_find(&flow->dcids, event->id[0], flow->appliance_index));
}

/* "[IPORNAME] address IP [port N]": an interface's name may hold blanks. */
static struct span hop_address(const struct line_event *event)
{
    enum { WORD = 9 };
    const char *p = event->rest, *end = event->message + event->message_n;
    const char *blank = memchr(p, ' ', (size_t)(end - p));
    while (blank != NULL && end - blank >= WORD && memcmp(blank, " address ", WORD) != 0)
        blank = memchr(blank + 1, ' ', (size_t)(end - blank - 1));
    if (blank == NULL || end - blank <= WORD)
        return (struct span){NULL, 0};
    p = blank + WORD;
    blank = memchr(p, ' ', (size_t)(end - p));
    return (struct span){p, (size_t)((blank != NULL ? blank : end) - p)};
}

static void open_dcid(struct flow *flow, const struct line_event *event)
{
    struct link *link = link_of(flow, &flow->dcids, event->id[0]);
    if (!mark(link, LINK_NEW))
        return;
    flow->sum.out.opened++;
    struct span address = hop_address(event);
    uint32_t hop = address.n == 0 ? UINT32_MAX : hops_find(&flow->hops, address);
    if (hop == UINT32_MAX)
        return;
    flow->hops.list[hop].opened++;
    if (link != NULL)
        link->hop = hop + 1;
}

/* "… domain: D IP: 203.0.113.25 port: …": of a connection whose opening was not seen. */
static uint32_t failed_hop(struct flow *flow, struct span rest)
{
    struct span address, behind;
    ptrdiff_t at = text_find(rest, " IP: ");
    if (at < 0)
        return UINT32_MAX;
    (void)text_cut(text_skip(rest, (size_t)at + 5), ' ', &address, &behind);
    return address.n == 0 ? UINT32_MAX : hops_find(&flow->hops, address);
}

/* "[REASON ]DCID[:] 99 domain: …": what stands before is the appliance's own word. */
static void connection_error(struct flow *flow, const struct line_event *event)
{
    struct span rest = {event->rest, (size_t)(event->message + event->message_n - event->rest)};
    ptrdiff_t at = text_find(rest, "DCID");
    uint64_t dcid = 0;
    struct link *link = NULL;
    if (at >= 0 && at <= 80) {
        struct cursor c = text_cursor(text_skip(rest, (size_t)at + 4));
        (void)text_literal(&c, ":");
        (void)text_literal(&c, " ");
        while (c.p < c.end && *c.p >= '0' && *c.p <= '9' && dcid < UINT64_MAX / 16)
            dcid = dcid * 10 + (uint64_t)(*c.p++ - '0');
        link = link_of(flow, &flow->dcids, dcid);
    }
    if (!mark(link, LINK_ERROR))
        return;
    if (link != NULL && (link->flags & LINK_NEW) == 0)
        close_link(&flow->dcids, &flow->dcids_closed, link); /* it was never there */
    flow_seen(flow, FLOW_E6, event);
    flow->sum.out.errors++;
    uint32_t hop = link != NULL && link->hop != 0 ? link->hop - 1 : failed_hop(flow, rest);
    if (hop != UINT32_MAX) {
        flow->hops.list[hop].errors++;
        flow->hops.list[hop].last_error = flow->now;
    }
}

static void tls_out_ok(struct flow *flow, const struct line_event *event)
{
    if (mark(link_of(flow, &flow->dcids, event->id[0]), LINK_TLS_OK))
        flow->sum.out.tls_ok++;
}

static void tls_out_failed(struct flow *flow, const struct line_event *event)
{
    struct link *link = link_of(flow, &flow->dcids, event->id[0]);
    if (!mark(link, LINK_TLS_FAILED))
        return;
    flow->sum.out.tls_failed++;
    if (link != NULL && link->hop != 0)
        flow->hops.list[link->hop - 1].tls_failed++;
}

/* What a line says of an ICID is a flag, and counts once. */
#define TOLD(name, flag, counter)                                                                  \
    static void name(struct flow *flow, const struct line_event *event)                            \
    {                                                                                              \
        told(flow, event, flag, &flow->sum.in.counter);                                            \
    }
TOLD(opened, LINK_NEW, opened)
TOLD(accepted, LINK_ACCEPTED, accepted)
TOLD(relayed, LINK_RELAYED, relayed)
TOLD(rejected, LINK_REFUSED, rejected)
TOLD(refused, LINK_REFUSED, refused)
TOLD(tls_in_ok, LINK_TLS_OK, tls_ok)
TOLD(tls_in_failed, LINK_TLS_FAILED, tls_failed)
#undef TOLD

static void failed(struct flow *flow, const struct line_event *event)
{
    (void)event;
    flow->sum.queue_full++;
}

void flow_link_restart(struct flow *flow)
{
    table_free(&flow->icids);
    table_free(&flow->dcids);
    memset(&flow->icids_closed, 0, sizeof(flow->icids_closed));
    memset(&flow->dcids_closed, 0, sizeof(flow->dcids_closed));
    flow->broken |= !table_init(&flow->icids, sizeof(struct link)) ||
                    !table_init(&flow->dcids, sizeof(struct link));
}

static void (*const meanings[FAMILY_COUNT])(struct flow *flow, const struct line_event *event) = {
    [FAMILY_icid_new] = opened,
    [FAMILY_icid_accept] = accepted,
    [FAMILY_icid_policy] = accepted, /* a name of its own: whoever gave it meant to take the mail */
    [FAMILY_icid_relay] = relayed,
    [FAMILY_icid_reject] = rejected,
    [FAMILY_icid_refuse] = refused,
    [FAMILY_icid_tls_ok] = tls_in_ok,
    [FAMILY_icid_tls_failed] = tls_in_failed,
    [FAMILY_icid_failed] = failed,
    [FAMILY_icid_close] = close_icid,
    [FAMILY_icid_killed] = close_icid,
    [FAMILY_dcid_new] = open_dcid,
    [FAMILY_dcid_tls_ok] = tls_out_ok,
    [FAMILY_dcid_tls_failed] = tls_out_failed,
    [FAMILY_dcid_close] = close_dcid,
    [FAMILY_dcid_killed] = close_dcid,
    [FAMILY_connection_error] = connection_error,
};

void flow_link_event(struct flow *flow, const struct line_event *event)
{
    if (meanings[event->family] != NULL)
        meanings[event->family](flow, event);
}
