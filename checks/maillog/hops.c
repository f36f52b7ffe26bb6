/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/hops.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 64 };

void hops_free(struct hops *hops)
{
    free(hops->list);
    free(hops->index);
    *hops = (struct hops){.count = 0};
}

/* HASH and N more bytes, at most 8. The upper bits are the good ones. */
static inline uint64_t mix(uint64_t hash, const char *bytes, size_t n)
{
    uint64_t word = 0;
    memcpy(&word, bytes, n);
    return (hash ^ hash >> 32 ^ word) * 0x9e3779b97f4a7c15;
}

/* Eight bytes at a time; the last eight may have some of those before. */
static inline uint32_t hash(struct span text)
{
    uint64_t h = text.n;
    if (text.n < 8)
        return text.n == 0 ? 0 : (uint32_t)(mix(h, text.p, text.n) >> 32);
    for (size_t at = 0; at + 8 < text.n; at += 8)
        h = mix(h, text.p + at, 8);
    return (uint32_t)(mix(h, text.p + text.n - 8, 8) >> 32);
}

static inline bool same(const struct flow_hop *hop, struct span address)
{
    return hop->address[address.n] == '\0' && memcmp(hop->address, address.p, address.n) == 0;
}

/* The slot where ADDRESS stands, or could. */
static inline uint32_t *slot_of(const struct hops *hops, struct span address)
{
    uint32_t mask = hops->slots - 1, s = (uint32_t)((uint64_t)hash(address) * hops->slots >> 32);
    for (; hops->index[s] != 0; s = (s + 1) & mask)
        if (same(&hops->list[hops->index[s] - 1], address))
            break;
    return &hops->index[s];
}

static __attribute__((noinline)) bool grow(struct hops *hops)
{
    uint32_t room = hops->room != 0 ? hops->room * 2 : FIRST_ROOM;
    struct flow_hop *list = realloc(hops->list, room * sizeof(*list));
    if (list == NULL)
        return false;
    hops->list = list;
    uint32_t *index = calloc((size_t)room * 2, sizeof(*index));
    if (index == NULL)
        return false;
    free(hops->index);
    hops->index = index;
    hops->room = room;
    hops->slots = room * 2;
    for (uint32_t i = 0; i < hops->count; i++)
        *slot_of(hops, text_of(list[i].address)) = i + 1;
    return true;
}

uint32_t hops_find(struct hops *hops, struct span address)
{
    if (hops->count == hops->room && !grow(hops))
        return UINT32_MAX;
    if (address.n >= sizeof(hops->list->address))
        address.n = sizeof(hops->list->address) - 1;
    uint32_t *slot = slot_of(hops, address);
    if (*slot == 0 && hops->count >= HOPS_MAX - 1) {
        address = text_of("other");
        slot = slot_of(hops, address);
    }
    if (*slot != 0)
        return *slot - 1;
    struct flow_hop *hop = &hops->list[hops->count++];
    memset(hop, 0, sizeof(*hop));
    if (address.n != 0)
        memcpy(hop->address, address.p, address.n);
    return (*slot = hops->count) - 1;
}

static void pack_hop(struct flow_hop *hop, struct pack *pack)
{
    pack_string(pack, hop->address, sizeof(hop->address));
    pack_u64(pack, &hop->opened);
    pack_u64(pack, &hop->delivered);
    pack_u64(pack, &hop->delayed);
    pack_u64(pack, &hop->bounced);
    pack_u64(pack, &hop->errors);
    pack_u64(pack, &hop->tls_failed);
    pack_time(pack, &hop->last_delivered);
    pack_time(pack, &hop->last_error);
}

void hops_pack(struct hops *hops, struct pack *pack)
{
    enum { LEAST = 2 + 6 * 8 + 2 * 4 };
    uint32_t count = hops->count;
    pack_count(pack, &count, HOPS_MAX, LEAST);
    for (uint32_t i = 0; i < count && !pack->bad; i++) {
        if (pack->loading) {
            if (!pack_check(pack, hops->count < hops->room || grow(hops)))
                return;
            memset(&hops->list[i], 0, sizeof(*hops->list));
            pack_hop(&hops->list[i], pack);
            uint32_t *slot = slot_of(hops, text_of(hops->list[i].address));
            *slot = *slot != 0 ? *slot : i + 1; /* of two alike the first is found */
            hops->count++;
        } else {
            pack_hop(&hops->list[i], pack);
        }
    }
}
