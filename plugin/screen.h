/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_MAILLOG_SCREEN_H
#define PLUGIN_MAILLOG_SCREEN_H

/* A page on a terminal that is drawn over itself: the other screen, keys without Enter. */

#include <stdbool.h>
#include <stdio.h>
#include <termios.h>

struct screen {
    FILE *out;
    bool on, keys; /* keys: stdin is a terminal, and its settings are kept in OLD */
    struct termios old;
    char *text; /* of the page that is being made */
    size_t n;
};

void screen_begin(struct screen *screen, FILE *out);
/* To write a page to; NULL: out of memory. */
FILE *screen_page(struct screen *screen);
/* Closes PAGE and shows as much of it as fits. */
void screen_show(struct screen *screen, FILE *page);
bool screen_quit(const struct screen *screen); /* was q pressed? */
/* Back to what was there before. */
void screen_end(struct screen *screen);

#endif
