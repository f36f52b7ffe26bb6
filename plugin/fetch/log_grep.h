/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_LOG_GREP_H
#define PLUGIN_FETCH_LOG_GREP_H

/* A log by `grep` of the CLI, hour by hour, the newest first: log.h. */

#include "plugin/fetch/fetch.h"
#include "plugin/fetch/log.h"

/* How a command is put, by the one who has the session. */
struct log_grep {
    void *context;
    /* Answer of COMMAND (of ROW): BYTES, until the next call. False with FAULT. */
    bool (*ask)(void *context, const struct fetch_row *row, const char *command, struct span *bytes,
                struct fault *fault);
    const struct log_clock *clock;
    int64_t deadline_ms; /* CLOCK_MONOTONIC */
};

/*
 * Gathers the log of ROW in TEXT (from log_begin(), which what the session drops is told to) and
 * returns it in BYTES. From the start of the change on, else from the appliance's own start when
 * that was today, else the present hour and the one before; not more than LOG_PARTS hours. Where
 * the appliance's clock is not known: the newest day of which there is anything.
 * False with FAULT: the newest part could not be had (what log_answer() and ASK say), or EMPTY: the
 * log has no line of that time. Older parts for which there was no time are a note;
 * any other failure is one of the whole log.
 */
bool log_grep(struct fetch *fetch, const struct fetch_row *row, const struct log_grep *grep,
              struct log_text *text, struct span *bytes, struct fault *fault);

#endif
