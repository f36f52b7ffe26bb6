/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_ARENA_H
#define CHECKS_ARENA_H

/*
 * Bump allocator. Everything that belongs to one run lives in one arena and is released with it;
 * nothing taken from an arena is ever freed by itself.
 *
 * Running out of memory ends the process from one place: the handler given to arena_init(), which
 * must not return. So no caller checks for NULL.
 */

#include <stdarg.h>
#include <stddef.h>

#include "checks/text.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    void (*out_of_memory)(void);
    size_t bytes; /* handed out so far */
};

/* Makes ARENA empty. OUT_OF_MEMORY may be NULL: the process then aborts. */
void arena_init(struct arena *arena, void (*out_of_memory)(void));

/* Releases everything that came from ARENA and leaves it empty and usable. */
void arena_free(struct arena *arena);

/* Returns SIZE zeroed bytes, aligned for any type. Never NULL; SIZE 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size);

/* Returns COUNT zeroed elements of SIZE bytes; a product that overflows is out of memory. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/*
 * Growing array: makes room for one more element of SIZE bytes behind the COUNT elements at ITEMS
 * (NULL when COUNT is 0) and returns the array, moved when necessary. The capacity doubles at each
 * power of two, so the caller keeps only pointer and count. New elements are zeroed.
 */
void *arena_push(struct arena *arena, void *items, size_t count, size_t size);

/* Copies SPAN and terminates the copy with a NUL. */
char *arena_dup(struct arena *arena, struct span span);

/* printf into the arena. */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

#endif
