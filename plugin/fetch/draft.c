/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/draft.h"

#include <stdint.h>
#include <string.h>

enum { FIRST_ROOM = 1024 };

/* Room for MORE bytes and a NUL. */
static void reserve(struct draft *draft, size_t more)
{
    size_t size = draft->size == 0 ? FIRST_ROOM : draft->size;
    if (more < draft->size && draft->n < draft->size - more)
        return;
    while (size <= draft->n || size - draft->n <= more)
        size = size > SIZE_MAX / 2 ? SIZE_MAX : size * 2;
    char *bytes = arena_alloc(draft->arena, size);
    if (draft->size != 0) {
        (void)memcpy(bytes, draft->bytes, draft->n);
        explicit_bzero(draft->bytes, draft->size);
    }
    draft->bytes = bytes;
    draft->size = size;
}

void draft_put(struct draft *draft, struct span span)
{
    reserve(draft, span.n);
    if (span.n != 0)
        (void)memcpy(draft->bytes + draft->n, span.p, span.n);
    draft->n += span.n;
    draft->bytes[draft->n] = '\0';
}

void draft_string(struct draft *draft, const char *string)
{
    draft_put(draft, text_of(string));
}

void draft_base64(struct draft *draft, struct span span)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < span.n; i += 3) {
        char group[4] = {'=', '=', '=', '='};
        size_t here = span.n - i < 3 ? span.n - i : 3;
        uint32_t bits = 0;
        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (j < here ? (unsigned char)span.p[i + j] : 0);
        for (size_t j = 0; j <= here; j++)
            group[j] = digits[bits >> (18 - 6 * j) & 63];
        draft_put(draft, (struct span){group, sizeof(group)});
        explicit_bzero(group, sizeof(group));
    }
}

void draft_percent(struct draft *draft, struct span span)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < span.n; i++) {
        unsigned char c = (unsigned char)span.p[i];
        char code[3] = {'%', hex[c >> 4], hex[c & 15]};
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     (c != '\0' && strchr("-._~", c) != NULL);
        draft_put(draft, plain ? (struct span){span.p + i, 1} : (struct span){code, sizeof(code)});
    }
}

struct span draft_span(const struct draft *draft)
{
    return (struct span){draft->bytes, draft->n};
}

void draft_wipe(struct draft *draft)
{
    if (draft->size != 0)
        explicit_bzero(draft->bytes, draft->size);
    draft->n = 0;
}
