/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_TABLE_H
#define CHECKS_MAILLOG_TABLE_H

/*
 * Records of fixed size by (id, appliance): an index of 8 bytes a slot and a pool that grows in
 * chunks, so growth never copies a record and never moves one. performance.md 4: the hash
 * multiplies, for live ids are one long run; removal shifts back, so there are no tombstones.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What every record begins with. */
struct table_key {
    uint64_t id;
    uint16_t appliance;
};

enum { TABLE_CHUNK = 4096 }; /* records */

struct table {
    uint64_t *slots;      /* upper half: of the hash; lower half: number of the record; 0 = empty */
    unsigned bits, shift; /* 2^bits slots; the home of a hash or of a slot is its first bits */
    uint32_t mask;
    uint32_t used;
    size_t size; /* of a record */
    char **chunks;
    uint32_t chunk_count, made, free; /* free: number of the first free record, 0 = none */
};

/* False: out of memory. SIZE is a multiple of 8. */
bool table_init(struct table *table, size_t size);
void table_free(struct table *table);
/* Gives an empty table the index it had when BITS were saved. False: out of memory. */
bool table_reserve(struct table *table, unsigned bits);

/* Its upper half is what counts. */
static inline uint64_t table_hash(uint64_t id, uint16_t appliance)
{
    return (id ^ (uint64_t)appliance << 48) * 0x9e3779b97f4a7c15;
}

/* The record of NUMBER, from 1: the place of a record 0 stays empty. */
static inline void *table_at(const struct table *table, uint32_t number)
{
    return table->chunks[number / TABLE_CHUNK] + number % TABLE_CHUNK * table->size;
}

/* The slot of a record, or the empty one where its search ends. */
static inline uint64_t *table_slot(const struct table *table, uint64_t id, uint16_t appliance)
{
    uint64_t hash = table_hash(id, appliance), s = hash >> table->shift;
    for (; table->slots[s] != 0; s = (s + 1) & table->mask) {
        if ((table->slots[s] ^ hash) >> 32 != 0)
            continue;
        const struct table_key *key = table_at(table, (uint32_t)table->slots[s]);
        if (key->id == id && key->appliance == appliance)
            break;
    }
    return &table->slots[s];
}

/* The record when it stands at its home, as most do; NULL says nothing. */
static inline void *table_at_home(const struct table *table, uint64_t id, uint16_t appliance)
{
    uint64_t hash = table_hash(id, appliance), entry = table->slots[hash >> table->shift];
    if ((entry ^ hash) >> 32 != 0 || entry == 0)
        return NULL;
    struct table_key *key = table_at(table, (uint32_t)entry);
    return key->id == id && key->appliance == appliance ? key : NULL;
}

/* NULL when there is none. */
static inline void *table_find(const struct table *table, uint64_t id, uint16_t appliance)
{
    const uint64_t *slot = table_slot(table, id, appliance);
    return *slot == 0 ? NULL : table_at(table, (uint32_t)*slot);
}

/* Would one more make the index grow? Then somebody may evict before. */
static inline bool table_is_full(const struct table *table)
{
    return table->used >= (uint32_t)1 << (table->bits - 1);
}

/*
 * Adds a zeroed record that is not there yet; NULL: out of memory. Its number, for table_at(), in
 * *NUMBER (may be NULL). The other leaves it to the caller to fill the record, but for its key.
 */
void *table_add(struct table *table, uint64_t id, uint16_t appliance, uint32_t *number);
void *table_add_raw(struct table *table, uint64_t id, uint16_t appliance);
uint32_t table_number(const struct table *table, uint64_t id, uint16_t appliance); /* 0 = none */
void table_remove(struct table *table, uint64_t id, uint16_t appliance);
void table_remove_at(struct table *table, uint64_t *slot); /* of a table_slot() that is not empty */

/*
 * Calls EACH for every record; it may not add or remove. REMOVE: those for which it returns true
 * are removed afterwards. Returns false when out of memory.
 */
bool table_each(struct table *table, bool (*each)(void *context, void *record), void *context,
                bool remove);

#endif
