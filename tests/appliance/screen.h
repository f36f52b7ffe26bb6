/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_SCREEN_H
#define TESTS_APPLIANCE_SCREEN_H

/*
 * What a channel shows and reads: line ends, word wrap, pager, echo, Ctrl-C. asyncos-cli.md 1.3.
 */

#include "tests/appliance/session.h"

struct screen {
    struct session_channel *channel;
    bool interrupted; /* Ctrl-C; stays until screen_begin() */
    /* of the present answer */
    int columns, page; /* 0 = no wrap, no pager */
    int lines;         /* on the present page */
    int64_t drip_ms;
    int64_t cut;       /* bytes until the connection breaks; -1 = never */
    bool after_return; /* the last byte read was CR: a LF behind it belongs to it */
};

struct screen screen_of(struct session_channel *channel);

/* Begins the answer ID (NULL: text of the CLI itself): its faults pager, wrap, drip, cut. */
void screen_begin(struct screen *screen, const char *id);

/* Writes TEXT with line ends LF. False: interrupted, or nobody is there any more. */
bool screen_write(struct screen *screen, struct span text);
bool screen_print(struct screen *screen, const char *text);

/* Writes bytes as they are. */
bool screen_raw(struct screen *screen, struct span bytes);

/* Waits. False: interrupted, or nobody is there any more. */
bool screen_wait(struct screen *screen, int ms);

/* A line that was typed, echoed on a terminal. False: Ctrl-C, or the channel ended. */
bool screen_line(struct screen *screen, char *line, size_t size);

#endif
