/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/flow_text.h"

#include <stdlib.h>

enum { CHUNK = 1024, BLOCK = 16, LINE = 64 }; /* LINE: of the processor's memory */

void flow_text_free(struct flow_texts *texts)
{
    for (uint32_t i = 0; i < texts->chunk_count; i++)
        free(texts->chunks[i]);
    free(texts->chunks);
}

void flow_text_release(struct flow_text *of)
{
    if (of->room > FLOW_TEXT_CELL)
        free(of->bytes);
    *of = (struct flow_text){NULL, 0, 0};
}

static bool add_chunk(struct flow_texts *texts)
{
    char **chunks = realloc(texts->chunks, (texts->chunk_count + 1) * sizeof(*chunks));
    if (chunks == NULL)
        return false;
    texts->chunks = chunks;
    char *chunk = chunks[texts->chunk_count] = aligned_alloc(LINE, (size_t)CHUNK * FLOW_TEXT_CELL);
    texts->chunk_count += chunk != NULL;
    return chunk != NULL;
}

static char *cell_of(const struct flow_texts *texts, uint32_t number)
{
    return texts->chunks[(number - 1) / CHUNK] + (number - 1) % CHUNK * FLOW_TEXT_CELL;
}

void flow_text_expect(const struct flow_texts *texts, uint32_t number)
{
    enum { MOSTLY = 3 * LINE };
    if ((number - 1) / CHUNK < texts->chunk_count)
        for (size_t at = 0; at < MOSTLY; at += LINE)
            __builtin_prefetch(cell_of(texts, number) + at);
}

/* Makes room for N bytes more: rarely, so it is kept out of what calls it. */
static __attribute__((noinline)) bool grow(struct flow_texts *texts, uint32_t number,
                                           struct flow_text *of, size_t n)
{
    while ((number - 1) / CHUNK >= texts->chunk_count)
        if (!add_chunk(texts))
            return false;
    if (of->n + n <= FLOW_TEXT_CELL) {
        of->bytes = cell_of(texts, number);
        of->room = FLOW_TEXT_CELL;
        return true;
    }
    size_t room = (of->n + n) * 2;
    char *bytes = realloc(of->room > FLOW_TEXT_CELL ? of->bytes : NULL, room);
    if (bytes == NULL)
        return false;
    if (of->room <= FLOW_TEXT_CELL && of->n != 0)
        memcpy(bytes, of->bytes, of->n);
    of->bytes = bytes;
    of->room = (uint32_t)room;
    return true;
}

/* Most texts are short, and the compiler would rather begin something for long ones. */
static void copy(char *restrict to, const char *restrict from, size_t n)
{
    size_t i = 0;
    for (; i + BLOCK <= n; i += BLOCK)
        memcpy(to + i, from + i, BLOCK);
    if (n >= BLOCK)
        memcpy(to + n - BLOCK, from + n - BLOCK, BLOCK);
    else
        for (i = 0; i < n; i++)
            to[i] = from[i];
}

bool flow_text_keep(struct flow_texts *texts, uint32_t number, struct flow_text *of,
                    enum flow_text_kind kind, struct span text)
{
    size_t n = text.n < FLOW_TEXT_LONGEST ? text.n : FLOW_TEXT_LONGEST;
    if (of->n > FLOW_TEXT_ENOUGH)
        return true;
    if (of->n + FLOW_TEXT_HEAD + n > of->room && !grow(texts, number, of, FLOW_TEXT_HEAD + n))
        return false;
    char *to = of->bytes + of->n;
    uint16_t length = (uint16_t)n;
    to[0] = (char)kind;
    memcpy(to + 1, &length, sizeof(length));
    copy(to + FLOW_TEXT_HEAD, text.p, n);
    of->n += FLOW_TEXT_HEAD + (uint32_t)n;
    return true;
}
