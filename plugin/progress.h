/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_PROGRESS_H
#define PLUGIN_PROGRESS_H

/* One line on stderr that says what a long run is doing: only on a terminal. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    bool on;
    size_t done, total;
    int64_t shown_ms; /* CLOCK_MONOTONIC of the last redraw */
    unsigned spent;   /* redraws beyond ten a second: a small fleet's last step always shows */
    size_t width;     /* of what stands there now */
};

/* On when WANTED and stderr is a terminal. */
void progress_begin(struct progress *progress, bool wanted);
void progress_step(struct progress *progress, const char *node, const char *step);
/* A line of another kind, in its place. */
void progress_note(struct progress *progress, const char *line);
void progress_done(struct progress *progress, size_t done, size_t total);
/* Wipes the line. */
void progress_end(struct progress *progress);

#endif
