/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/table.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BITS = 10, MAX_BITS = 31 };

static void set_bits(struct table *table, unsigned bits)
{
    table->bits = bits;
    table->shift = 32 - bits;
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
    uint32_t mask = ((uint32_t)1 << bits) - 1, s = (uint32_t)(entry >> 32) >> (32 - bits);
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
    chunks[table->chunk_count] = malloc(TABLE_CHUNK * table->size);
    if (chunks[table->chunk_count] == NULL)
        return false;
    table->chunk_count++;
    return true;
}

void *table_add(struct table *table, uint64_t id, uint16_t appliance, uint32_t *number)
{
    uint32_t n = table->free;
    if (table_is_full(table) && !grow(table))
        return NULL;
    if (n == 0) {
        if (table->made == table->chunk_count * (uint32_t)TABLE_CHUNK && !more_records(table))
            return NULL;
        n = ++table->made;
    }
    char *record = table_at(table, n);
    if (n == table->free)
        memcpy(&table->free, record, sizeof(table->free));
    memset(record, 0, table->size);
    struct table_key key = {id, appliance};
    memcpy(record, &key.id, sizeof(key.id));
    ((struct table_key *)(void *)record)->appliance = appliance;
    put(table->slots, table->bits, (uint64_t)table_hash(id, appliance) << 32 | n);
    table->used++;
    if (number != NULL)
        *number = n;
    return record;
}

/* The slot of the record, or UINT32_MAX. */
static uint32_t slot_of(const struct table *table, uint64_t id, uint16_t appliance)
{
    uint32_t hash = table_hash(id, appliance), mask = ((uint32_t)1 << table->bits) - 1;
    for (uint32_t s = hash >> (32 - table->bits); table->slots[s] != 0; s = (s + 1) & mask) {
        const struct table_key *key;
        if (table->slots[s] >> 32 != hash)
            continue;
        key = table_at(table, (uint32_t)table->slots[s]);
        if (key->id == id && key->appliance == appliance)
            return s;
    }
    return UINT32_MAX;
}

uint32_t table_number(const struct table *table, uint64_t id, uint16_t appliance)
{
    uint32_t s = slot_of(table, id, appliance);
    return s == UINT32_MAX ? 0 : (uint32_t)table->slots[s];
}

void table_remove(struct table *table, uint64_t id, uint16_t appliance)
{
    uint32_t s = slot_of(table, id, appliance), mask = ((uint32_t)1 << table->bits) - 1;
    if (s == UINT32_MAX)
        return;
    uint32_t n = (uint32_t)table->slots[s];
    memcpy(table_at(table, n), &table->free, sizeof(table->free));
    table->free = n;
    table->used--;
    for (uint32_t next = (s + 1) & mask; table->slots[next] != 0; next = (next + 1) & mask) {
        uint32_t home = (uint32_t)(table->slots[next] >> 32) >> (32 - table->bits);
        if (((next - home) & mask) >= ((next - s) & mask)) {
            table->slots[s] = table->slots[next];
            s = next;
        }
    }
    table->slots[s] = 0;
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
