/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/table.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BITS = 10, MAX_BITS = 31, CACHE_LINE = 64 };

static void set_bits(struct table *table, unsigned bits)
{
    table->bits = bits;
    table->shift = 64 - bits;
    table->mask = ((uint32_t)1 << bits) - 1;
}

bool table_init(struct table *table, size_t size)
{
    *table = (struct table){.size = size};
    set_bits(table, FIRST_BITS);
    table->slots = calloc((size_t)1 << FIRST_BITS, sizeof(*table->slots));
    return table->slots != NULL;
}

void table_free(struct table *table)
{
    for (uint32_t i = 0; i < table->chunk_count; i++)
        free(table->chunks[i]);
    free(table->chunks);
    free(table->slots);
    *table = (struct table){.size = table->size};
}

bool table_reserve(struct table *table, unsigned bits)
{
    if (bits <= table->bits || bits > MAX_BITS)
        return true;
    uint64_t *slots = calloc((size_t)1 << bits, sizeof(*slots));
    if (slots == NULL)
        return false;
    free(table->slots);
    table->slots = slots;
    set_bits(table, bits);
    return true;
}

static void put(uint64_t *slots, unsigned bits, uint64_t entry)
{
    uint64_t mask = ((uint64_t)1 << bits) - 1, s = entry >> (64 - bits);
    while (slots[s] != 0)
        s = (s + 1) & mask;
    slots[s] = entry;
}

static bool grow(struct table *table)
{
    unsigned bits = table->bits + 1;
    uint64_t *slots = bits > MAX_BITS ? NULL : calloc((size_t)1 << bits, sizeof(*slots));
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < (size_t)1 << table->bits; i++)
        if (table->slots[i] != 0)
            put(slots, bits, table->slots[i]);
    free(table->slots);
    table->slots = slots;
    set_bits(table, bits);
    return true;
}

static bool more_records(struct table *table)
{
    char **chunks = realloc(table->chunks, (table->chunk_count + 1) * sizeof(*chunks));
    if (chunks == NULL)
        return false;
    table->chunks = chunks;
    chunks[table->chunk_count] = aligned_alloc(CACHE_LINE, TABLE_CHUNK * table->size);
    if (chunks[table->chunk_count] == NULL)
        return false;
    table->chunk_count++;
    return true;
}

/* Room for one more, in the index and of a number that no record had before. */
static bool make_room(struct table *table)
{
    if (table_is_full(table) && !grow(table))
        return false;
    return table->free != 0 || table->made + 1 < table->chunk_count * (uint32_t)TABLE_CHUNK ||
           more_records(table);
}

/* Apart, so that what is nearly always enough keeps its registers. */
static __attribute__((noinline)) void *add_with_room(struct table *table, uint64_t id,
                                                     uint16_t appliance)
{
    return make_room(table) ? table_add_raw(table, id, appliance) : NULL;
}

void *table_add_raw(struct table *table, uint64_t id, uint16_t appliance)
{
    uint32_t n = table->free != 0 ? table->free : table->made + 1;
    if (table_is_full(table) || n >= table->chunk_count * (uint32_t)TABLE_CHUNK)
        return add_with_room(table, id, appliance);
    struct table_key *record = table_at(table, n);
    if (n == table->free)
        memcpy(&table->free, record, sizeof(table->free));
    else
        table->made = n;
    record->id = id;
    record->appliance = appliance;
    uint64_t hash = table_hash(id, appliance), s = hash >> table->shift;
    while (table->slots[s] != 0)
        s = (s + 1) & table->mask;
    table->slots[s] = (hash & ~(uint64_t)UINT32_MAX) | n;
    table->used++;
    return record;
}

void *table_add(struct table *table, uint64_t id, uint16_t appliance, uint32_t *number)
{
    enum { KEY = offsetof(struct table_key, appliance) + sizeof(appliance) };
    char *record = table_add_raw(table, id, appliance);
    if (record == NULL)
        return NULL;
    memset(record + KEY, 0, table->size - KEY);
    if (number != NULL)
        *number = table_number(table, id, appliance);
    return record;
}

uint32_t table_number(const struct table *table, uint64_t id, uint16_t appliance)
{
    return (uint32_t)*table_slot(table, id, appliance);
}

void table_remove(struct table *table, uint64_t id, uint16_t appliance)
{
    uint64_t *slot = table_slot(table, id, appliance);
    if (*slot != 0)
        table_remove_at(table, slot);
}

void table_remove_at(struct table *table, uint64_t *slot)
{
    uint64_t *slots = table->slots;
    uint64_t s = (uint64_t)(slot - slots), mask = table->mask;
    uint32_t n = (uint32_t)*slot;
    memcpy(table_at(table, n), &table->free, sizeof(table->free));
    table->free = n;
    table->used--;
    for (uint64_t next = (s + 1) & mask; slots[next] != 0; next = (next + 1) & mask) {
        uint64_t home = slots[next] >> table->shift;
        if (((next - home) & mask) >= ((next - s) & mask)) {
            slots[s] = slots[next];
            s = next;
        }
    }
    slots[s] = 0;
}

bool table_each(struct table *table, bool (*each)(void *context, void *record), void *context,
                bool remove)
{
    struct table_key *gone = NULL;
    size_t count = 0, room = 0;
    for (size_t i = 0; i < (size_t)1 << table->bits; i++) {
        if (table->slots[i] == 0)
            continue;
        const struct table_key *key = table_at(table, (uint32_t)table->slots[i]);
        if (!each(context, table_at(table, (uint32_t)table->slots[i])) || !remove)
            continue;
        if (count == room) {
            struct table_key *more = realloc(gone, (room = room * 2 + 64) * sizeof(*gone));
            if (more == NULL) {
                free(gone);
                return false;
            }
            gone = more;
        }
        gone[count++] = (struct table_key){key->id, key->appliance};
    }
    for (size_t i = 0; i < count; i++)
        table_remove(table, gone[i].id, gone[i].appliance);
    free(gone);
    return true;
}
