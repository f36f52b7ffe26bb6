/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_SCREEN_H
#define CHECKS_PARSE_SCREEN_H

/*
 * A terminal's bytes as the lines that it showed: pager text and its erasure taken out, escape
 * sequences dropped, backspaces applied, byte order marks and UTF-16 undone. asyncos-cli.md 1.3
 * (V).
 */

#include <stdbool.h>
#include <stddef.h>

#include "checks/arena.h"
#include "checks/text.h"

enum { SCREEN_MAX_LINES = 400000, SCREEN_MAX_LINE = 16384 };

struct screen_line {
    struct span text; /* without the line end, not trimmed; in the arena */
    unsigned number;  /* in the document as captured, 1 = first */
};

struct screen {
    struct screen_line *lines;
    size_t count;
    bool too_long;       /* over SCREEN_MAX_LINES or SCREEN_MAX_LINE: the rest was left out */
    bool last_line_open; /* the bytes do not end with a line end */
};

/* False: BYTES are no text (they hold NUL, and are not UTF-16). */
bool screen_read(struct arena *arena, struct span bytes, struct screen *screen);

#endif
