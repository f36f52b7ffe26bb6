/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_TAIL_PIECE_H
#define PLUGIN_TAIL_PIECE_H

/*
 * One file of a log, opened for reading: which one it is, and how far it was read. A number of an
 * inode is given to another file as soon as it is free, so the content counts as well.
 */

#include <sys/types.h>

#include "plugin/tail/position.h"

enum {
    PIECE_HEAD = 1024,  /* the hash of so many first bytes tells a file from others */
    PIECE_BEFORE = 256, /* and so many before the offset tell that it was not rewritten */
    PIECE_WEAK = 64     /* a shorter head does not tell a copy */
};

struct piece {
    int fd; /* -1 = none */
    uint64_t device, inode;
    int64_t born_ns; /* CLOCK_REALTIME; where the file system knows none, of the last change */
    int64_t offset;
    uint64_t head; /* hash of the first min(offset, PIECE_HEAD) bytes */
    uint32_t head_n, before_n;
    char before[PIECE_BEFORE]; /* the last min(offset, PIECE_BEFORE) bytes before the offset */
};

#define PIECE_NONE ((struct piece){.fd = -1})

/* Which file NAME in FOLDER (AT_FDCWD) is, not opened. False: errno; EINVAL = no regular file. */
bool piece_identify(struct piece *piece, int folder, const char *name);

/* Opens it, to be read from its start. False: errno, and the piece is PIECE_NONE. */
bool piece_open(struct piece *piece, int folder, const char *name);
void piece_close(struct piece *piece);

/* The next byte to be read is that at OFFSET. False when the file is shorter. */
bool piece_seek(struct piece *piece, int64_t offset);

/* To the first byte that was written: a hole is what is left of a file that was truncated. */
void piece_restart(struct piece *piece);

/*
 * Reads into BUFFER what follows: > 0 bytes, 0 at the end for now, -1 with errno, or PIECE_CHANGED
 * when the file was truncated or written anew. The bytes before the offset are read and compared
 * in the same call, so that nothing fits between the look and the reading.
 */
enum { PIECE_CHANGED = -2 };
ssize_t piece_read(struct piece *piece, void *buffer, size_t size);

bool piece_has_head(const struct piece *piece); /* does the file still begin as it did? */
bool piece_is(const struct piece *a, const struct piece *b); /* the same file on the disk */
bool piece_is_torn(const struct piece *piece);       /* does what was read end inside a line? */
int64_t piece_settled_ms(const struct piece *piece); /* since its bytes or its name changed */

/* The place in it as a position, without path, seen_ns and line. */
struct position piece_position(const struct piece *piece);

/* Is POSITION a place in it? Then it is read from there. */
bool piece_resume(struct piece *piece, const struct position *position);

uint64_t piece_hash(uint64_t seed, const void *bytes, size_t n); /* FNV-1a; the first seed is 0 */

#endif
