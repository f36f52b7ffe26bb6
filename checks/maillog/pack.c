/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/pack.h"

#include <stdlib.h>
#include <string.h>

void pack_free(struct pack *pack)
{
    free(pack->bytes);
    *pack = (struct pack){.bad = false};
}

/* Where the next N bytes go. NULL: out of memory. */
static char *room_for(struct pack *pack, size_t n)
{
    if (pack->bad || n > SIZE_MAX / 4 - pack->n)
        return NULL;
    if (pack->n + n > pack->room) {
        size_t room = (pack->n + n) * 2 + 4096;
        char *bytes = realloc(pack->bytes, room);
        if (bytes == NULL)
            return NULL;
        pack->bytes = bytes;
        pack->room = room;
    }
    pack->n += n;
    return pack->bytes + pack->n - n;
}

/* The next N bytes to load. NULL: there are not so many. */
static const char *next(struct pack *pack, size_t n)
{
    if (!pack_check(pack, n <= (size_t)(pack->end - pack->p)))
        return NULL;
    pack->p += n;
    return pack->p - n;
}

void pack_bytes(struct pack *pack, void *at, size_t n)
{
    if (n == 0)
        return;
    if (pack->loading) {
        const char *from = next(pack, n);
        if (from != NULL)
            memcpy(at, from, n);
        else
            memset(at, 0, n);
        return;
    }
    char *to = room_for(pack, n);
    if (pack_check(pack, to != NULL))
        memcpy(to, at, n);
}

void pack_number(struct pack *pack, uint64_t *value, unsigned bytes)
{
    if (pack->loading) {
        const char *from = next(pack, bytes);
        *value = 0;
        for (unsigned i = 0; from != NULL && i < bytes; i++)
            *value |= (uint64_t)(unsigned char)from[i] << (8 * i);
        return;
    }
    char *to = room_for(pack, bytes);
    if (!pack_check(pack, to != NULL))
        return;
    for (unsigned i = 0; i < bytes; i++)
        to[i] = (char)(unsigned char)(*value >> (8 * i));
}

void pack_string(struct pack *pack, char *text, size_t room)
{
    uint16_t n = pack->loading ? 0 : (uint16_t)strnlen(text, room - 1);
    pack_u16(pack, &n);
    if (!pack_check(pack, n < room))
        n = 0;
    pack_bytes(pack, text, n);
    if (pack->loading)
        memset(text + n, 0, room - n);
}

void pack_count(struct pack *pack, uint32_t *count, uint32_t most, size_t least)
{
    pack_u32(pack, count);
    if (pack->loading &&
        !pack_check(pack, *count <= most && *count <= (size_t)(pack->end - pack->p) / least))
        *count = 0;
}
