/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_TABLE_H
#define CHECKS_MAILLOG_TABLE_H

/*
 * Records of fixed size by (id, appliance): lists of those with one home, and a pool that grows in
 * chunks, so growth never copies a record and never moves one. Ids that follow each other have
 * homes that do: what is in flight lies in a few cache lines, where a hash would scatter it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What every record begins with. `next` is the table's: the next of its list, 0 = none. */
struct table_key {
    uint64_t id;
    uint32_t next;
    uint16_t appliance;
};

enum { TABLE_CHUNK = 512, TABLE_BLOCK = 256 }; /* records; ids with homes side by side */

struct table {
    uint32_t *heads; /* 2^bits of them: the number of a record, 0 = none */
    unsigned bits;
    uint32_t mask, used;
    size_t size; /* of a record */
    char **chunks;
    uint32_t chunk_count, made, free; /* free: number of the first free record, 0 = none */
};

/* False: out of memory. SIZE is a multiple of 8. */
bool table_init(struct table *table, size_t size);
void table_free(struct table *table);
/* Gives an empty table the index it had when BITS were saved. False: out of memory. */
bool table_reserve(struct table *table, unsigned bits);

/* Where a list begins: blocks of ids lie anywhere, so that no regular step of ids shares a home. */
static inline uint32_t *table_home(const struct table *table, uint64_t id, uint16_t appliance)
{
    uint64_t block = (id / TABLE_BLOCK ^ (uint64_t)appliance << 48) * 0x9e3779b97f4a7c15;
    return &table->heads[(id + (block >> 32)) & table->mask];
}

/* The record of NUMBER, from 1: the place of a record 0 stays empty. */
static inline void *table_at(const struct table *table, uint32_t number)
{
    return table->chunks[number / TABLE_CHUNK] + number % TABLE_CHUNK * table->size;
}

/* What holds the number of a record; a 0 at the end of its list when there is none. */
static inline uint32_t *table_slot(const struct table *table, uint64_t id, uint16_t appliance)
{
    uint32_t *slot = table_home(table, id, appliance);
    while (*slot != 0) {
        struct table_key *key = table_at(table, *slot);
        if (key->id == id && key->appliance == appliance)
            break;
        slot = &key->next;
    }
    return slot;
}

/* The record when it is the first of its list, as most are; NULL says nothing. */
static inline void *table_at_home(const struct table *table, uint64_t id, uint16_t appliance)
{
    uint32_t number = *table_home(table, id, appliance);
    struct table_key *key = number == 0 ? NULL : table_at(table, number);
    return number != 0 && key->id == id && key->appliance == appliance ? key : NULL;
}

/* NULL when there is none. */
static inline void *table_find(const struct table *table, uint64_t id, uint16_t appliance)
{
    uint32_t number = *table_slot(table, id, appliance);
    return number == 0 ? NULL : table_at(table, number);
}

/* Would one more make the index grow? Then somebody may evict before. */
static inline bool table_is_full(const struct table *table)
{
    return table->used >= (uint32_t)1 << (table->bits - 1);
}

/*
 * Adds a zeroed record that is not there yet; NULL: out of memory. The other leaves it to the
 * caller to fill the record, but for its key.
 */
void *table_add(struct table *table, uint64_t id, uint16_t appliance);
void *table_add_raw(struct table *table, uint64_t id, uint16_t appliance);
/* For table_at(); 0 = none. */
uint32_t table_number(const struct table *table, uint64_t id, uint16_t appliance);
void table_remove(struct table *table, uint64_t id, uint16_t appliance);
void table_remove_at(struct table *table, uint32_t *slot); /* of a table_slot() that is not empty */

/*
 * Calls EACH for every record; it may not add or remove. REMOVE: those for which it returns true
 * are removed afterwards. Returns false when out of memory.
 */
bool table_each(struct table *table, bool (*each)(void *context, void *record), void *context,
                bool remove);

#endif
