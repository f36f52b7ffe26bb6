/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/table.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BITS = 10, MAX_BITS = 31, CACHE_LINE = 64 };

static bool set_heads(struct table *table, unsigned bits)
{
    uint32_t *heads = bits > MAX_BITS ? NULL : calloc((size_t)1 << bits, sizeof(*heads));
    if (heads == NULL)
        return false;
    table->heads = heads;
    table->bits = bits;
    table->mask = ((uint32_t)1 << bits) - 1;
    return true;
}

bool table_init(struct table *table, size_t size)
{
    *table = (struct table){.size = size};
    return set_heads(table, FIRST_BITS);
}

void table_free(struct table *table)
{
    for (uint32_t i = 0; i < table->chunk_count; i++)
        free(table->chunks[i]);
    free(table->chunks);
    free(table->heads);
    *table = (struct table){.size = table->size};
}

bool table_reserve(struct table *table, unsigned bits)
{
    uint32_t *before = table->heads;
    if (bits <= table->bits || bits > MAX_BITS)
        return true;
    if (!set_heads(table, bits))
        return false;
    free(before);
    return true;
}

static void put(struct table *table, struct table_key *record, uint32_t number)
{
    uint32_t *head = table_home(table, record->id, record->appliance);
    record->next = *head;
    *head = number;
}

static bool grow(struct table *table)
{
    uint32_t *before = table->heads;
    size_t count = (size_t)1 << table->bits;
    if (!set_heads(table, table->bits + 1))
        return false;
    for (size_t i = 0; i < count; i++)
        for (uint32_t n = before[i], next; n != 0; n = next) {
            struct table_key *record = table_at(table, n);
            next = record->next;
            put(table, record, n);
        }
    free(before);
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
        table->free = record->next;
    else
        table->made = n;
    record->id = id;
    record->appliance = appliance;
    put(table, record, n);
    table->used++;
    return record;
}

void *table_add(struct table *table, uint64_t id, uint16_t appliance)
{
    enum { KEY = offsetof(struct table_key, appliance) + sizeof(appliance) };
    char *record = table_add_raw(table, id, appliance);
    if (record != NULL)
        memset(record + KEY, 0, table->size - KEY);
    return record;
}

uint32_t table_number(const struct table *table, uint64_t id, uint16_t appliance)
{
    return *table_slot(table, id, appliance);
}

void table_remove(struct table *table, uint64_t id, uint16_t appliance)
{
    uint32_t *slot = table_slot(table, id, appliance);
    if (*slot != 0)
        table_remove_at(table, slot);
}

void table_remove_at(struct table *table, uint32_t *slot)
{
    uint32_t n = *slot;
    struct table_key *record = table_at(table, n);
    *slot = record->next;
    record->next = table->free;
    table->free = n;
    table->used--;
}

/* The keys of those that are to go. */
struct gone {
    struct table_key *keys;
    size_t count, room;
};

static bool note_gone(struct gone *gone, const struct table_key *key)
{
    if (gone->count == gone->room) {
        size_t room = gone->room * 2 + 64;
        struct table_key *keys = realloc(gone->keys, room * sizeof(*keys));
        if (keys == NULL)
            return false;
        gone->keys = keys;
        gone->room = room;
    }
    gone->keys[gone->count++] = *key;
    return true;
}

bool table_each(struct table *table, bool (*each)(void *context, void *record), void *context,
                bool remove)
{
    struct gone gone = {NULL, 0, 0};
    bool good = true;
    uint32_t left = table->used;
    for (size_t i = 0; good && left != 0; i++)
        for (uint32_t n = table->heads[i]; good && n != 0; left--) {
            struct table_key *record = table_at(table, n);
            n = record->next;
            if (each(context, record) && remove)
                good = note_gone(&gone, record);
        }
    for (size_t i = 0; good && i < gone.count; i++)
        table_remove(table, gone.keys[i].id, gone.keys[i].appliance);
    free(gone.keys);
    return good;
}
