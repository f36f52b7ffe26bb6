/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_TAIL_SOURCE_H
#define PLUGIN_TAIL_SOURCE_H

/* One log that is followed, or one pipe: which of its files is read, and which are to follow. */

#include "plugin/tail/piece.h"
#include "plugin/tail/tail.h"

enum {
    SOURCE_QUEUE = 64,        /* files that wait for the one before them to be drained */
    SOURCE_GRACE_MS = 50,     /* a file that was renamed is drained when so long quiet */
    SOURCE_TORN_MS = 1000,    /* inside a line */
    SOURCE_LINGER_MS = 5000,  /* and in any case */
    SOURCE_SETTLED_MS = 2000, /* at once, when neither bytes nor name changed for so long */
    SOURCE_GONE_MS = 1000     /* between a rename and the new file; longer is told */
};

struct source_next {
    struct piece piece;
    enum tail_event event; /* that is told when it begins */
    int64_t seen_ms;       /* when it was found */
};

struct source {
    const char *path;
    int pipe;         /* a descriptor that is read to its end; -1 = files */
    bool own;         /* it is to be closed */
    struct piece now; /* that is read; none while there is no file */
    struct source_next next[SOURCE_QUEUE];
    size_t next_count;
    bool ready;            /* there may be bytes */
    bool look;             /* the path may name another file */
    bool rewatch;          /* another file is read: it is to be watched */
    bool gone;             /* it was told that there is no file */
    bool ended;            /* of a pipe, and told */
    bool copy;             /* what is read is a copy, whole since it is there */
    bool torn, lost;       /* of the event that is to be told */
    enum tail_event event; /* to be told before more bytes; TAIL_DATA = none */
    int64_t bytes_ms;      /* when bytes came last */
    int64_t missing_ms;    /* since when PATH names nothing; 0 = it does */
    int64_t seen_ns;       /* CLOCK_REALTIME when PATH named the newest of the known files */
    int watch, folders[2]; /* of inotify; -1 = none */
};

/* Opens SOURCE, whose path is set. False with FAULT; a file that is missing is none. */
bool source_open(struct source *source, enum tail_from from, struct fault *fault);
bool source_resume(struct source *source, const struct position *position, struct fault *fault);
void source_close(struct source *source);

/* tail_next() of one source; NOW_MS is CLOCK_MONOTONIC. Fills all of CHUNK but `source`. */
bool source_read(struct source *source, int64_t now_ms, void *buffer, size_t size,
                 struct tail_chunk *chunk);

bool source_position(const struct source *source, size_t unread, struct position *position);

#endif
