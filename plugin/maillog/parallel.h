/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_MAILLOG_PARALLEL_H
#define PLUGIN_MAILLOG_PARALLEL_H

/*
 * A regular file read by several threads into one flow. Each takes the next piece of the file,
 * reads and classifies it (most of the work), waits until all pieces before it are applied, and
 * applies its own. The flow sees every line once and in order: the result is that of one thread.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checks/fault.h"
#include "checks/maillog/flow.h"

enum { PARALLEL_MAX_THREADS = 64 };

struct parallel {
    struct flow *flow;
    int fd;
    uint64_t size;      /* bytes of the file, as it is when reading begins */
    unsigned threads;   /* 1 to PARALLEL_MAX_THREADS */
    size_t piece_bytes; /* 0 = 256 KiB; at least 64 */
    enum line_path path;
    bool details; /* of the flow's options */
    bool join;    /* false: lines are counted by family, nothing is applied */
    void *context;
    /* After each piece, by one thread at a time; false ends the reading. May be NULL. */
    bool (*progress)(void *context, uint64_t bytes);
};

/* Can the file be read so? Not when its lines have no time of their own: each needs the one before.
 */
bool parallel_fits(const char *path);

/*
 * False: FAULT says why (out of memory, a read error, PATH cannot be had). Ended by `progress` is
 * true. A last line without '\n' counts as one.
 */
bool parallel_read(const struct parallel *parallel, struct fault *fault);

#endif
