/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_PACK_H
#define CHECKS_MAILLOG_PACK_H

/*
 * Values as bytes and back, little-endian and of fixed width, whatever the machine. One function
 * walks over a structure for both ways, so what is written is what is read:
 *
 *     void thing_pack(struct thing *thing, struct pack *pack) { pack_u32(pack, &thing->number); … }
 *
 * Nobody trusts what is read: after the first thing that is wrong `bad` is set, and all that
 * follows reads as 0.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/text.h"

struct pack {
    bool loading;
    bool bad;    /* out of memory; loading: cut off, or not what it must be */
    char *bytes; /* saving: grows; pack_free() */
    size_t n, room;
    const char *p, *end; /* loading: what is left */
};

/* To save: all zero. To load BYTES, which must outlive it: */
static inline struct pack pack_of(struct span bytes)
{
    return (struct pack){.loading = true, .p = bytes.p, .end = bytes.p + bytes.n};
}

void pack_free(struct pack *pack);

/* N bytes as they are; at AT, which is filled with zeros when there are not so many to load. */
void pack_bytes(struct pack *pack, void *at, size_t n);
void pack_number(struct pack *pack, uint64_t *value, unsigned bytes);
/* A C string in ROOM bytes. */
void pack_string(struct pack *pack, char *text, size_t room);
/* How many elements follow, of LEAST bytes each at least: more than there are bytes is wrong. */
void pack_count(struct pack *pack, uint32_t *count, uint32_t most, size_t least);

/* What must hold of what was loaded; false when it does not. */
static inline bool pack_check(struct pack *pack, bool holds)
{
    pack->bad = pack->bad || !holds;
    return !pack->bad;
}

static inline void pack_u64(struct pack *pack, uint64_t *value)
{
    pack_number(pack, value, 8);
}

static inline void pack_i64(struct pack *pack, int64_t *value)
{
    uint64_t bits = (uint64_t)*value;
    pack_number(pack, &bits, 8);
    *value = (int64_t)bits;
}

static inline void pack_u32(struct pack *pack, uint32_t *value)
{
    uint64_t bits = *value;
    pack_number(pack, &bits, 4);
    *value = (uint32_t)bits;
}

/* Seconds as a log has them: 1970 to 2106. */
static inline void pack_time(struct pack *pack, int64_t *value)
{
    uint64_t bits = (uint64_t)*value;
    pack_number(pack, &bits, 4);
    *value = (int64_t)bits;
}

static inline void pack_i32(struct pack *pack, int32_t *value)
{
    uint64_t bits = (uint32_t)*value;
    pack_number(pack, &bits, 4);
    *value = (int32_t)(uint32_t)bits;
}

static inline void pack_u16(struct pack *pack, uint16_t *value)
{
    uint64_t bits = *value;
    pack_number(pack, &bits, 2);
    *value = (uint16_t)bits;
}

static inline void pack_u8(struct pack *pack, uint8_t *value)
{
    uint64_t bits = *value;
    pack_number(pack, &bits, 1);
    *value = (uint8_t)bits;
}

static inline void pack_bool(struct pack *pack, bool *value)
{
    uint64_t bits = *value;
    pack_number(pack, &bits, 1);
    *value = pack_check(pack, bits <= 1) && bits == 1;
}

#endif
