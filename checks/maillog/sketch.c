/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/sketch.h"

#include <stdlib.h>
#include <string.h>

/*
 * Cells are found by a hash table with chains. A heap of them, least count first, gives the cell
 * that a new text takes over; it is built when the last free cell is gone.
 */
enum { NOWHERE = UINT32_MAX };

struct cell {
    uint64_t count, error;
    uint32_t hash, next; /* next of its chain */
    uint32_t place;      /* in the heap */
    uint32_t n;
    char text[SKETCH_TEXT];
};

struct sketch {
    uint32_t counters, used, mask;
    bool ordered; /* the heap is one */
    uint64_t total;
    uint32_t *chains; /* mask + 1 */
    uint32_t *heap;   /* counters */
    struct cell **sorted;
    struct cell *cells;
};

struct sketch *sketch_new(size_t counters)
{
    struct sketch *sketch = calloc(1, sizeof(*sketch));
    size_t chains = 2;
    if (sketch == NULL)
        return NULL;
    counters = counters == 0 ? 1 : counters > SKETCH_MAX_COUNTERS ? SKETCH_MAX_COUNTERS : counters;
    while (chains < counters * 2)
        chains *= 2;
    sketch->counters = (uint32_t)counters;
    sketch->mask = (uint32_t)chains - 1;
    sketch->chains = malloc(chains * sizeof(*sketch->chains));
    sketch->heap = calloc(counters, sizeof(*sketch->heap));
    sketch->sorted = calloc(counters, sizeof(struct cell *));
    sketch->cells = calloc(counters, sizeof(*sketch->cells));
    if (sketch->chains == NULL || sketch->heap == NULL || sketch->sorted == NULL ||
        sketch->cells == NULL) {
        sketch_free(sketch);
        return NULL;
    }
    memset(sketch->chains, 0xff, chains * sizeof(*sketch->chains));
    return sketch;
}

void sketch_free(struct sketch *sketch)
{
    if (sketch == NULL)
        return;
    free(sketch->chains);
    free(sketch->heap);
    free(sketch->sorted);
    free(sketch->cells);
    free(sketch);
}

static uint32_t hash_of(const char *text, size_t n)
{
    uint64_t hash = 0x9e3779b97f4a7c15u ^ n, word;
    for (; n >= 8; n -= 8, text += 8) {
        memcpy(&word, text, 8);
        hash = (hash ^ word) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 32;
    }
    word = 0;
    memcpy(&word, text, n);
    hash = (hash ^ word) * 0xff51afd7ed558ccdu;
    hash = (hash ^ (hash >> 29)) * 0xc4ceb9fe1a85ec53u;
    return (uint32_t)(hash >> 32);
}

static void put(struct sketch *sketch, uint32_t place, uint32_t index)
{
    sketch->heap[place] = index;
    sketch->cells[index].place = place;
}

/* The cell at PLACE may count more than those below it. */
static void sink(struct sketch *sketch, uint32_t place)
{
    const uint32_t index = sketch->heap[place];
    const uint64_t count = sketch->cells[index].count;
    for (;;) {
        uint32_t child = 2 * place + 1;
        if (child >= sketch->used)
            break;
        if (child + 1 < sketch->used &&
            sketch->cells[sketch->heap[child + 1]].count < sketch->cells[sketch->heap[child]].count)
            child++;
        if (sketch->cells[sketch->heap[child]].count >= count)
            break;
        put(sketch, place, sketch->heap[child]);
        place = child;
    }
    put(sketch, place, index);
}

static void order(struct sketch *sketch)
{
    for (uint32_t i = 0; i < sketch->used; i++)
        put(sketch, i, i);
    for (uint32_t i = sketch->used / 2; i-- > 0;)
        sink(sketch, i);
    sketch->ordered = true;
}

static void unchain(struct sketch *sketch, uint32_t index)
{
    uint32_t *link = &sketch->chains[sketch->cells[index].hash & sketch->mask];
    while (*link != index)
        link = &sketch->cells[*link].next;
    *link = sketch->cells[index].next;
}

/* A cell for a text that has none: a free one, else that of the least frequent. */
static uint32_t take(struct sketch *sketch)
{
    if (sketch->used < sketch->counters)
        return sketch->used++;
    if (!sketch->ordered)
        order(sketch);
    unchain(sketch, sketch->heap[0]);
    return sketch->heap[0];
}

void sketch_add(struct sketch *sketch, struct span text, uint64_t weight)
{
    struct cell *cell;
    if (text.n == 0 || weight == 0)
        return;
    text.n = text.n < SKETCH_TEXT ? text.n : SKETCH_TEXT;
    sketch->total += weight;
    const uint32_t hash = hash_of(text.p, text.n);
    uint32_t *chain = &sketch->chains[hash & sketch->mask];
    uint32_t index = *chain;
    for (; index != NOWHERE; index = cell->next) {
        cell = &sketch->cells[index];
        if (cell->hash == hash && cell->n == text.n && memcmp(cell->text, text.p, text.n) == 0)
            break;
    }
    if (index == NOWHERE) {
        index = take(sketch);
        cell = &sketch->cells[index];
        cell->error = cell->count;
        cell->hash = hash;
        cell->next = *chain;
        cell->n = (uint32_t)text.n;
        memcpy(cell->text, text.p, text.n);
        *chain = index;
    }
    cell = &sketch->cells[index];
    cell->count += weight;
    if (sketch->ordered)
        sink(sketch, cell->place);
}

uint64_t sketch_total(const struct sketch *sketch)
{
    return sketch->total;
}

static int by_count(const void *a, const void *b)
{
    const struct cell *x = *(struct cell *const *)a, *y = *(struct cell *const *)b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    int order = memcmp(x->text, y->text, x->n < y->n ? x->n : y->n);
    return order != 0 ? order : (x->n > y->n) - (x->n < y->n);
}

size_t sketch_list(struct sketch *sketch, struct flow_top *tops, size_t room)
{
    size_t count = sketch->used < room ? sketch->used : room;
    for (uint32_t i = 0; i < sketch->used; i++)
        sketch->sorted[i] = &sketch->cells[i];
    if (sketch->used > 1)
        qsort(sketch->sorted, sketch->used, sizeof(struct cell *), by_count);
    for (size_t i = 0; i < count; i++) {
        const struct cell *cell = sketch->sorted[i];
        tops[i] = (struct flow_top){{cell->text, cell->n}, cell->count, cell->error};
    }
    return count;
}

static void pack_cell(struct sketch *sketch, uint32_t index, struct pack *pack)
{
    struct cell *cell = &sketch->cells[index];
    uint8_t n = (uint8_t)cell->n;
    pack_u64(pack, &cell->count);
    pack_u64(pack, &cell->error);
    pack_u8(pack, &n);
    if (!pack_check(pack, n > 0 && n <= SKETCH_TEXT))
        return;
    pack_bytes(pack, cell->text, n);
    if (!pack->loading)
        return;
    cell->n = n;
    cell->hash = hash_of(cell->text, n);
    cell->next = sketch->chains[cell->hash & sketch->mask];
    cell->place = NOWHERE;
    sketch->chains[cell->hash & sketch->mask] = index;
    sketch->used++;
}

/* Each cell stands in the heap once. */
static void pack_heap(struct sketch *sketch, struct pack *pack)
{
    for (uint32_t i = 0; i < sketch->used && !pack->bad; i++) {
        uint32_t index = sketch->heap[i];
        pack_u32(pack, &index);
        if (!pack->loading)
            continue;
        if (pack_check(pack, index < sketch->used && sketch->cells[index].place == NOWHERE &&
                                 (i == 0 || sketch->cells[sketch->heap[(i - 1) / 2]].count <=
                                                sketch->cells[index].count)))
            put(sketch, i, index);
    }
}

void sketch_pack(struct sketch *sketch, struct pack *pack)
{
    enum { LEAST = 8 + 8 + 1 + 1 };
    uint32_t counters = sketch->counters, used = sketch->used;
    pack_u32(pack, &counters);
    (void)pack_check(pack, counters == sketch->counters);
    pack_u64(pack, &sketch->total);
    pack_count(pack, &used, sketch->counters, LEAST);
    for (uint32_t i = 0; i < used && !pack->bad; i++)
        pack_cell(sketch, i, pack);
    pack_bool(pack, &sketch->ordered);
    if (sketch->ordered && pack_check(pack, used == counters))
        pack_heap(sketch, pack);
}
