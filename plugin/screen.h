/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_SCREEN_H
#define PLUGIN_SCREEN_H

/*
 * A page on a terminal that is drawn over itself: the other screen, no cursor, keys without Enter.
 * Only lines that changed are written, all at once, so that nothing flickers. The terminal is given
 * back also when the program crashes or exits in between.
 */

#include <stdbool.h>
#include <stdio.h>
#include <termios.h>

enum screen_key {
    SCREEN_NONE,         /* nothing was pressed */
    SCREEN_GONE = 0x100, /* the terminal is gone, or Ctrl-D */
    SCREEN_UP,
    SCREEN_DOWN,
    SCREEN_PAGE_UP,
    SCREEN_PAGE_DOWN,
    SCREEN_HOME,
    SCREEN_END
};

struct screen {
    FILE *out;
    bool on, keys; /* keys: stdin is a terminal, and its settings are kept in OLD */
    struct termios old;
    char *text; /* of the page that is being made */
    size_t n;
    char *shown;          /* the lines that stand there, each ended by NUL; NULL: not known */
    size_t rows, columns; /* of the terminal when they were drawn */
};

void screen_begin(struct screen *screen, FILE *out);
/* Of the terminal now; 24 x 80 where it does not tell. */
void screen_size(const struct screen *screen, size_t *rows, size_t *columns);
/* To write a page to; NULL: out of memory. */
FILE *screen_page(struct screen *screen);
/*
 * Closes PAGE and shows as much of it as fits, BOTTOM below it; another bottom when it does not
 * fit. Its text is clean UTF-8, and may hold ESC [ … m.
 */
void screen_show(struct screen *screen, FILE *page, const char *bottom, const char *cut_bottom);
/* A byte, or one of screen_key. Does not wait. */
int screen_key(struct screen *screen);
bool screen_quit(struct screen *screen); /* was q pressed? */
/* Back to what was there before. */
void screen_end(struct screen *screen);

#endif
