/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_MAILLOG_BAR_H
#define PLUGIN_MAILLOG_BAR_H

/* How far a long file is read: a line on stderr, only on a terminal, not in the first half second.
 */

#include <stdbool.h>
#include <stdint.h>

struct bar {
    bool on, drawn;
    int64_t began_ms, shown_ms; /* CLOCK_MONOTONIC */
    uint64_t done, total;       /* bytes; total 0 = not known */
};

void bar_begin(struct bar *bar, bool wanted, uint64_t total);
void bar_add(struct bar *bar, uint64_t bytes);
void bar_end(struct bar *bar); /* wipes it */

#endif
