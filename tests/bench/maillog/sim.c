/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "tests/bench/maillog/gen.h"

enum { CHUNK = 4096, WARM_UP_MS = 15 * 60 * 1000, REBOOT_MS = 130 * 1000 };

/* -- Records --------------------------------------------------------------------------------- */

static void *more(void *list, size_t size)
{
    void *new = realloc(list, size);
    if (new == NULL)
        abort();
    return new;
}

void *sim_at(const struct pool *pool, uint32_t number)
{
    return pool->chunks[(number - 1) / CHUNK] + (number - 1) % CHUNK * pool->size;
}

void *sim_new(struct pool *pool, uint32_t *number)
{
    if (pool->free_count > 0) {
        *number = pool->free_list[--pool->free_count];
    } else {
        if (pool->count == pool->chunk_count * CHUNK) {
            pool->chunks = more(pool->chunks, (pool->chunk_count + 1) * sizeof(*pool->chunks));
            pool->chunks[pool->chunk_count++] = more(NULL, CHUNK * pool->size);
        }
        *number = ++pool->count;
    }
    void *record = sim_at(pool, *number);
    memset(record, 0, pool->size);
    return record;
}

void sim_free(struct pool *pool, uint32_t number)
{
    if (pool->free_count == pool->free_room) {
        pool->free_room = pool->free_room * 2 + CHUNK;
        pool->free_list = more(pool->free_list, pool->free_room * sizeof(*pool->free_list));
    }
    memset(sim_at(pool, number), 0, pool->size);
    pool->free_list[pool->free_count++] = number;
}

static void pool_clear(struct pool *pool)
{
    for (uint32_t i = 0; i < pool->chunk_count; i++)
        free(pool->chunks[i]);
    free(pool->chunks);
    free(pool->free_list);
    *pool = (struct pool){.size = pool->size};
}

/* -- Events: a heap with four children a node ------------------------------------------------ */

void sim_later(struct gen *g, uint64_t ms, enum what what, uint32_t number, unsigned arg)
{
    uint64_t key = (g->now + ms) << 28 | (g->order++ & 0xfffffff);
    if (g->heap_count == g->heap_room) {
        g->heap_room = g->heap_room * 2 + CHUNK;
        g->heap = more(g->heap, g->heap_room * sizeof(*g->heap));
    }
    size_t i = g->heap_count++;
    for (; i > 0 && g->heap[(i - 1) / 4].key > key; i = (i - 1) / 4)
        g->heap[i] = g->heap[(i - 1) / 4];
    g->heap[i] = (struct event){key, number, (uint8_t)what, (uint8_t)arg, (uint16_t)arg};
}

static struct event next_event(struct gen *g)
{
    struct event first = g->heap[0], last = g->heap[--g->heap_count];
    size_t i = 0, n = g->heap_count;
    for (;;) {
        size_t child = i * 4 + 1, least = child;
        if (child >= n)
            break;
        for (size_t k = child + 1; k < child + 4 && k < n; k++)
            if (g->heap[k].key < g->heap[least].key)
                least = k;
        if (g->heap[least].key >= last.key)
            break;
        g->heap[i] = g->heap[least];
        i = least;
    }
    g->heap[i] = last;
    return first;
}

/* -- The clock and the ends ------------------------------------------------------------------ */

/* How much of what was asked for is written, 0 to 1. */
static double progress(const struct gen *g)
{
    double bytes = (double)g->out.bytes / (double)g->out.limit;
    double messages = g->set.messages == 0 ? 0 : (double)g->received / (double)g->set.messages;
    return bytes > messages ? bytes : messages;
}

int64_t sim_clock(struct gen *g)
{
    int64_t now = g->set.start + (int64_t)(g->now / 1000) - WARM_UP_MS / 1000 + g->shift;
    g->truth.now = now;
    g->line_at = g->out.bytes;
    return now;
}

bool sim_said(struct gen *g, bool written, bool once)
{
    if (!written)
        return false;
    struct truth *t = &g->truth;
    size_t length = (size_t)(g->out.bytes - g->line_at);
    if (t->first == 0 || t->now < t->first)
        t->first = t->now;
    if (t->now > t->last)
        t->last = t->now;
    if (g->set.doubled > 0 && !once && chance_of(g, g->set.doubled))
        (void)out_again(&g->out, length);
    return true;
}

static void begin_writing(struct gen *g)
{
    g->out.on = true;
    g->postfix.on = g->postfix.fd >= 0;
    for (unsigned i = 0; i < g->set.appliances; i++) {
        struct appliance *a = &g->appliances[i];
        a->first_mid = a->mid;
        a->first_icid = a->icid;
        a->first_dcid = a->dcid;
        chatter_header(g, i);
    }
}

static void leave_all_open(struct gen *g)
{
    for (uint32_t i = 1; i <= g->msgs.count; i++) {
        struct msg *m = sim_at(&g->msgs, i);
        if (m->number == 0)
            continue;
        truth_left_open(&g->truth, &m->fate);
        if (m->to != m->few)
            free(m->to);
    }
    pool_clear(&g->msgs);
    pool_clear(&g->conns);
    pool_clear(&g->links);
}

static void start_traffic(struct gen *g)
{
    for (unsigned i = 0; i < g->set.appliances; i++) {
        sim_later(g, chance_below(g, 1000), EV_ARRIVE, i, 0);
        sim_later(g, 60000 - g->now % 60000, EV_MINUTE, i, 0);
        sim_later(g, 3600000 - g->now % 3600000, EV_ROTATE, i, 0);
    }
}

/* A reboot that forgets everything: all ids begin anew. */
static void reset(struct gen *g)
{
    g->was_reset = true;
    g->heap_count = 0;
    leave_all_open(g);
    g->now += REBOOT_MS;
    for (unsigned i = 0; i < g->set.appliances; i++) {
        struct appliance *a = &g->appliances[i];
        memset(a->idle, 0, sizeof(a->idle));
        a->mid = g->set.collide ? a->first_mid : 100;
        a->icid = g->set.collide ? a->first_icid : 100;
        a->dcid = g->set.collide ? a->first_dcid : 100;
        a->rcid = 1;
        chatter_header(g, i);
        (void)SAY(g, i, "System is coming up.");
    }
    start_traffic(g);
}

static void happen(struct gen *g, const struct event *event)
{
    switch ((enum what)event->what) {
    case EV_ARRIVE:
        receive_arrive(g, event->number);
        return;
    case EV_CONN:
        receive_conn(g, event->number);
        return;
    case EV_MSG:
        message_step(g, event->number);
        return;
    case EV_GROUP:
        deliver_group(g, event->number, event->arg);
        return;
    case EV_IDLE:
        deliver_idle(g, event->number, event->uses);
        return;
    case EV_MINUTE:
        chatter_minute(g, event->number);
        return;
    case EV_ROTATE:
        chatter_rotate(g, event->number);
        return;
    }
}

void sim_run(struct gen *g)
{
    start_traffic(g);
    while (!g->out.full && !g->over) {
        struct event event = next_event(g);
        g->now = event.key >> 28;
        if (!g->out.on && g->now >= WARM_UP_MS)
            begin_writing(g);
        if (g->set.clock_back != 0 && !g->stepped && progress(g) >= 0.5) {
            g->stepped = true;
            g->shift = -g->set.clock_back;
        }
        if (g->set.reset > 0 && !g->was_reset && progress(g) >= g->set.reset) {
            reset(g);
            continue;
        }
        happen(g, &event);
        g->over = g->set.messages != 0 && g->received >= g->set.messages;
    }
    leave_all_open(g);
    free(g->heap);
}
