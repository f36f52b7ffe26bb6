/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_TAIL_TAIL_H
#define PLUGIN_TAIL_TAIL_H

/*
 * Follows growing, rotating logs and pipes. Bytes go straight into the caller's buffer:
 *
 *     while (tail_wait(tail, 1000) != TAIL_DONE)
 *         while (tail_next(tail, buffer, size, &chunk))
 *             …
 *
 * Every byte is delivered once, those of one source in order. After a rename the old file is read
 * until it has been quiet for 50 ms (1 s inside a line; 5 s at most), then its successors, also
 * those that came and went between two looks. Where copy-and-truncate left a copy beside the log,
 * what was not read yet is read from it. inotify wakes; every 500 ms all is looked at anyway, for
 * file systems that send no events.
 */

#include "plugin/tail/position.h"

enum tail_event {
    TAIL_DATA,
    TAIL_ROTATED,   /* the log was renamed: what follows is of the next file */
    TAIL_TRUNCATED, /* the file was emptied or written anew: what follows is of its start */
    TAIL_APPEARED,  /* there is a file again, or at last */
    TAIL_GONE,      /* there is none: waits for one */
    TAIL_END        /* of a pipe: nothing more comes from this source */
};

struct tail_chunk {
    size_t source; /* as counted by tail_add(), from 0 */
    enum tail_event event;
    size_t n; /* DATA: bytes in the buffer */
    /* Of the other events: */
    bool torn; /* what was delivered before ends inside a line, which ends with it */
    bool lost; /* bytes may be missing: the file was overwritten, or is not there to resume */
};

enum tail_state {
    TAIL_READY, /* call tail_next() */
    TAIL_QUIET, /* the time is over, or a signal came */
    TAIL_DONE   /* every source has ended */
};

enum tail_from { TAIL_FROM_START, TAIL_FROM_END };

struct tail;

/* In ARENA. NULL with FAULT when the system has no more to watch files with. */
struct tail *tail_open(struct arena *arena, struct fault *fault);
void tail_close(struct tail *tail);

/*
 * Adds what PATH names: a file, that may come later; a FIFO; "-" and /dev/stdin, /dev/fd/N: a
 * descriptor that is open, a pipe or a file that is read to its end. PATH must outlive TAIL. False
 * with FAULT: it is a folder, or must not be read.
 */
bool tail_add(struct tail *tail, const char *path, enum tail_from from, struct fault *fault);

/* Goes on at POSITION, in the file that holds it now, then in those that followed it. */
bool tail_resume(struct tail *tail, const struct position *position, struct fault *fault);

/* Waits for at most TIMEOUT_MS (< 0: for ever). Above 1,000 wake-ups/s it collects for 1 ms. */
enum tail_state tail_wait(struct tail *tail, int timeout_ms);

/* The next bytes of any source, or an event. False: nothing more now. SIZE > 0. */
bool tail_next(struct tail *tail, void *buffer, size_t size, struct tail_chunk *chunk);

/*
 * Where SOURCE stands, but for its last UNREAD bytes, of the same file, which its reader has not
 * used yet. `line` is the caller's to fill. False for a pipe, which has no place.
 */
bool tail_position(const struct tail *tail, size_t source, size_t unread,
                   struct position *position);

/* How often it woke so far: to measure. */
uint64_t tail_wakes(const struct tail *tail);

#endif
