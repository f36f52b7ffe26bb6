/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/flow_state_mail.h"

#include <stdlib.h>
#include <string.h>

enum {
    LEAST_BITS = 1,
    MOST_BITS = 24, /* of an index that is made before its records; it can still grow */
    MOST_TEXT = FLOW_TEXT_ENOUGH + FLOW_TEXT_HEAD + FLOW_TEXT_LONGEST,
    MOST_FAR = FLOW_MAX_RIDS * 3 / 2 + 1, /* flow_rids.c: half as many more than it needs */
    LEAST_KEY = 8 + 2
};

/* -- Tables ---------------------------------------------------------------------------------- */

typedef void pack_record(struct flow *flow, void *record, struct pack *pack);

/* Turns the list at HEAD: its last record becomes the first. */
static void turn(const struct table *table, uint32_t *head)
{
    uint32_t turned = 0;
    for (uint32_t number = *head, next; number != 0; number = next) {
        struct table_key *key = table_at(table, number);
        next = key->next;
        key->next = turned;
        turned = number;
    }
    *head = turned;
}

static void save_records(struct flow *flow, const struct table *table, pack_record *record,
                         struct pack *pack)
{
    for (uint32_t i = 0; i <= table->mask && !pack->bad; i++) {
        turn(table, &table->heads[i]);
        for (uint32_t number = table->heads[i]; number != 0 && !pack->bad;) {
            struct table_key *key = table_at(table, number);
            pack_u64(pack, &key->id);
            pack_u16(pack, &key->appliance);
            record(flow, key, pack);
            number = key->next;
        }
        turn(table, &table->heads[i]);
    }
}

static void load_records(struct flow *flow, struct table *table, uint32_t count,
                         pack_record *record, struct pack *pack)
{
    for (uint32_t i = 0; i < count && !pack->bad; i++) {
        struct table_key key = {.id = 0};
        pack_u64(pack, &key.id);
        pack_u16(pack, &key.appliance);
        if (!pack_check(pack, key.appliance < flow->appliance_count &&
                                  table_find(table, key.id, key.appliance) == NULL))
            return;
        void *at = table_add(table, key.id, key.appliance);
        if (pack_check(pack, at != NULL))
            record(flow, at, pack);
    }
}

/*
 * The size of the index and the order of its lists are kept: by the one idle messages are looked
 * for, in the other they leave. A list is saved from its end: who is added becomes the first.
 */
static void pack_table(struct flow *flow, struct table *table, pack_record *record,
                       struct pack *pack)
{
    uint8_t bits = (uint8_t)table->bits;
    uint32_t count = table->used;
    pack_u8(pack, &bits);
    pack_count(pack, &count, UINT32_MAX / 4, LEAST_KEY);
    if (!pack->loading) {
        save_records(flow, table, record, pack);
        return;
    }
    bits = bits < MOST_BITS ? bits : MOST_BITS;
    if (pack_check(pack, bits >= LEAST_BITS && table_reserve(table, bits)))
        load_records(flow, table, count, record, pack);
}

/* -- Records --------------------------------------------------------------------------------- */

static void pack_link(struct flow *flow, void *record, struct pack *pack)
{
    struct link *link = record;
    pack_u16(pack, &link->flags);
    pack_u32(pack, &link->opened);
    pack_u32(pack, &link->hop);
    pack_u64(pack, &link->mid);
    (void)pack_check(pack, link->hop <= flow->hops.count);
}

static void pack_closed(struct flow_closed *closed, struct pack *pack)
{
    for (unsigned i = 0; i < FLOW_CLOSED; i++) {
        pack_u64(pack, &closed->keys[i].id);
        pack_u16(pack, &closed->keys[i].appliance);
    }
    pack_u32(pack, &closed->next);
    (void)pack_check(pack, closed->next < FLOW_CLOSED);
}

static void pack_far(struct more *more, struct pack *pack)
{
    uint32_t n = more->far_n;
    pack_count(pack, &n, MOST_FAR, 1);
    if (n == 0)
        return;
    if (pack->loading && !pack_check(pack, (more->far = calloc(n, 1)) != NULL))
        return;
    more->far_n = n;
    pack_bytes(pack, more->far, n);
    for (uint32_t i = 0; pack->loading && i < n; i++)
        (void)pack_check(pack, more->far[i] < FLOW_FAR_NOTE << NOTES);
}

struct text {
    uint8_t kind;
    uint16_t n;
    char bytes[FLOW_TEXT_LONGEST];
};

static bool pack_text(struct text *text, struct pack *pack)
{
    pack_u8(pack, &text->kind);
    pack_u16(pack, &text->n);
    if (pack_check(pack, text->kind < TEXT_KINDS && text->n <= sizeof(text->bytes)))
        pack_bytes(pack, text->bytes, text->n);
    return !pack->bad;
}

static void pack_texts(struct flow *flow, uint32_t number, struct pack *pack)
{
    struct flow_text *of = &flow->more[number - 1].text;
    uint32_t size = of->n, at = 0;
    enum flow_text_kind kind;
    struct span span;
    struct text text = {.kind = 0};
    pack_count(pack, &size, MOST_TEXT, 1);
    while (pack->loading && of->n < size && pack_text(&text, pack)) {
        kind = (enum flow_text_kind)text.kind;
        span = (struct span){text.bytes, text.n};
        (void)pack_check(pack, (uint32_t)text.n + FLOW_TEXT_HEAD <= size - of->n &&
                                   flow_text_keep(&flow->texts, number, of, kind, span));
    }
    while (!pack->loading && flow_text_next(of, &at, &kind, &span)) {
        text.kind = (uint8_t)kind;
        text.n = (uint16_t)span.n;
        memcpy(text.bytes, span.p, span.n);
        (void)pack_text(&text, pack);
    }
}

static void pack_more(struct flow *flow, struct message *message, struct pack *pack)
{
    bool has = message->more != 0;
    pack_bool(pack, &has);
    if (!has)
        return;
    struct more *more = flow_mail_more(flow, message);
    if (!pack_check(pack, more != NULL))
        return;
    for (unsigned i = 0; i < NOTES; i++)
        pack_u64(pack, &more->notes[i]);
    pack_u64(pack, &more->bytes);
    pack_u64(pack, &more->parent);
    pack_far(more, pack);
    pack_texts(flow, message->more, pack);
}

static void pack_message(struct flow *flow, void *record, struct pack *pack)
{
    struct message *message = record;
    pack_u16(pack, &message->rids);
    pack_u32(pack, &message->flags);
    pack_u64(pack, &message->outcome);
    pack_u32(pack, &message->ready);
    pack_u32(pack, &message->queued);
    pack_u32(pack, &message->done);
    pack_u32(pack, &message->touched);
    pack_u32(pack, &message->icid);
    pack_more(flow, message, pack);
}

/* -- Those that linger ----------------------------------------------------------------------- */

/* MESSAGE is NULL where one was taken out of the middle. */
static void pack_lingering(struct flow *flow, struct lingering *entry, struct pack *pack)
{
    struct table_key key = {.id = 0};
    bool there = entry->message != NULL;
    if (there)
        key = (struct table_key){.id = entry->message->mid, .appliance = entry->message->appliance};
    pack_u32(pack, &entry->since);
    pack_bool(pack, &there);
    if (!there)
        return;
    pack_u64(pack, &key.id);
    pack_u16(pack, &key.appliance);
    entry->appliance = key.appliance;
    if (pack->loading)
        entry->message = table_find(&flow->messages, key.id, key.appliance);
    (void)pack_check(pack, entry->message != NULL);
}

/* Each lingers once, and has finished: it is gone when its time is over. */
static bool lingers_well(const struct flow *flow, const struct message *message, uint8_t *seen)
{
    uint32_t number = table_number(&flow->messages, message->mid, message->appliance);
    bool well = (message->flags & MESSAGE_FINISHED) != 0 && seen[number] == 0;
    seen[number] = 1;
    return well;
}

static void load_linger(struct flow *flow, uint32_t count, struct pack *pack)
{
    uint32_t room = 1024;
    while (room < count)
        room *= 2;
    uint8_t *seen = calloc((size_t)flow->messages.made + 1, 1);
    flow->linger = calloc(room, sizeof(*flow->linger));
    if (pack_check(pack, seen != NULL && flow->linger != NULL)) {
        flow->linger_room = room;
        for (uint32_t i = 0; i < count && !pack->bad; i++) {
            struct lingering *entry = &flow->linger[i];
            pack_lingering(flow, entry, pack);
            (void)pack_check(pack,
                             entry->message == NULL || lingers_well(flow, entry->message, seen));
            flow->linger_count += !pack->bad;
        }
    }
    free(seen);
}

static void pack_linger(struct flow *flow, struct pack *pack)
{
    enum { LEAST = 4 + 1 };
    uint32_t count = flow->linger_count;
    pack_count(pack, &count, FLOW_LINGER_MAX, LEAST);
    if (pack->loading && count > 0)
        load_linger(flow, count, pack);
    for (uint32_t i = 0; !pack->loading && i < count; i++)
        pack_lingering(flow, &flow->linger[(flow->linger_first + i) & (flow->linger_room - 1)],
                       pack);
}

void flow_state_mail(struct flow *flow, struct pack *pack)
{
    pack_table(flow, &flow->icids, pack_link, pack);
    pack_table(flow, &flow->dcids, pack_link, pack);
    pack_closed(&flow->icids_closed, pack);
    pack_closed(&flow->dcids_closed, pack);
    pack_table(flow, &flow->messages, pack_message, pack);
    pack_linger(flow, pack);
}
