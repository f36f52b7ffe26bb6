/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_MAILLOG_EMIT_H
#define PLUGIN_MAILLOG_EMIT_H

/*
 * Writes JSON fast: 64 KiB at a time, no tree. What strangers wrote comes out as valid UTF-8, and
 * nothing in it reaches a terminal as a control or turns the direction of writing.
 *
 *     char *p = emit_room(emit);
 *     p = emit_number(EMIT(p, "{\"mid\":"), 815);
 *     p = emit_string(emit, EMIT(p, ",\"from\":"), from);
 *     emit_end(emit, EMIT(p, "}\n"));
 *
 * Where they write stays in a register. Behind emit_room() and behind every string EMIT_MARGIN
 * bytes may be put.
 */

#include <stdio.h>
#include <string.h>

#include "checks/text.h"

enum { EMIT_BYTES = 65536, EMIT_MARGIN = 1024, EMIT_MINUTES = 4 };

struct emit_minute {
    uint64_t minute;
    char text[24]; /* its first second: "2026-03-08T03:00:00Z" with the quotes */
};

struct emit {
    FILE *out;
    char *end;
    struct emit_minute minutes[EMIT_MINUTES]; /* that were printed last */
    char buffer[EMIT_BYTES + 3 * EMIT_MARGIN];
};

void emit_begin(struct emit *emit, FILE *out);
void emit_flush(struct emit *emit); /* the stream is asked by the caller whether all was written */
char *emit_spill(struct emit *emit, char *p); /* what lies before P; where to go on */

/* Where a line goes on; emit_end() says how far it has come. */
static inline char *emit_room(struct emit *emit)
{
    return emit->end < emit->buffer + EMIT_BYTES ? emit->end : emit_spill(emit, emit->end);
}

static inline void emit_end(struct emit *emit, char *p)
{
    emit->end = p;
}

/* Each puts something at P and returns what is behind it. */
static inline char *emit_bytes(char *p, const char *literal, size_t n)
{
    memcpy(p, literal, n);
    return p + n;
}
#define EMIT(p, literal) emit_bytes(p, "" literal, sizeof(literal) - 1)

char *emit_digits(char *p, uint64_t value); /* of two or more */
static inline char *emit_number(char *p, uint64_t value)
{
    if (value >= 10)
        return emit_digits(p, value);
    *p = (char)('0' + value);
    return p + 1;
}

/*
 * "2026-03-08T03:00:02Z" with its quotes: SECONDS of a wall clock that is *OFFSET before UTC; NULL:
 * its zone is not known, and there is no Z.
 */
char *emit_time(struct emit *emit, char *p, int64_t seconds, const int32_t *offset);

/* A string of any length with its quotes. */
char *emit_string(struct emit *emit, char *p, struct span text);

#endif
