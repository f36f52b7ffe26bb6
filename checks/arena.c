/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 64 * 1024 };

struct arena_block {
    struct arena_block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *arena, void (*out_of_memory)(void))
{
    *arena = (struct arena){.out_of_memory = out_of_memory};
}

void arena_free(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
    arena->bytes = 0;
}

static _Noreturn void give_up(const struct arena *arena)
{
    if (arena->out_of_memory != NULL)
        arena->out_of_memory();
    abort();
}

static struct arena_block *add_block(struct arena *arena, size_t wanted)
{
    size_t size = wanted > BLOCK_SIZE / 4 ? wanted : BLOCK_SIZE;
    struct arena_block *block = malloc(sizeof(*block) + size);
    if (block == NULL)
        give_up(arena);
    block->size = size;
    block->used = 0;
    if (arena->blocks != NULL && size == wanted) {
        /* A large request gets a block of its own behind the current one, which stays in use. */
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    } else {
        block->next = arena->blocks;
        arena->blocks = block;
    }
    return block;
}

static size_t aligned(size_t size)
{
    const size_t align = alignof(max_align_t);
    return (size + align - 1) / align * align;
}

/* SIZE bytes of BLOCK, which has them; its size is a multiple of the alignment. */
static void *take(struct arena *arena, struct arena_block *block, size_t size)
{
    void *memory = block->bytes + block->used;
    block->used += aligned(size);
    arena->bytes += aligned(size);
    return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        give_up(arena);
    struct arena_block *block = arena->blocks;
    if (block == NULL || block->size - block->used < size)
        block = add_block(arena, aligned(size));
    return memset(take(arena, block, size), 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        give_up(arena);
    return arena_alloc(arena, count * size);
}

void *arena_push(struct arena *arena, void *items, size_t count, size_t size)
{
    bool power_of_two = (count & (count - 1)) == 0;
    if (count != 0 && !power_of_two)
        return items;
    void *grown = arena_array(arena, count == 0 ? 1 : 2 * count, size);
    if (count != 0)
        memcpy(grown, items, count * size);
    return grown;
}

char *arena_dup(struct arena *arena, struct span span)
{
    char *copy = arena_alloc(arena, span.n + 1);
    if (span.n != 0)
        memcpy(copy, span.p, span.n);
    return copy;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    /* Most texts fit into what the current block has left: they are printed once, in place. */
    struct arena_block *block = arena->blocks;
    const size_t room = block == NULL ? 0 : block->size - block->used;
    char *text = block == NULL ? NULL : (char *)block->bytes + block->used;
    va_list again;
    va_copy(again, args);
    const int length = vsnprintf(text, room, format, args);
    if (length < 0)
        give_up(arena);
    const size_t size = (size_t)length + 1;
    if (size <= room) {
        take(arena, block, size);
    } else {
        text = arena_alloc(arena, size);
        (void)vsnprintf(text, size, format, again);
    }
    va_end(again);
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}
