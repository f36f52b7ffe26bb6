/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_TAIL_POSITION_H
#define PLUGIN_TAIL_POSITION_H

/*
 * How far a log was read, so that another process can go on there; and the file that keeps it
 * together with what its reader knew at that place. Only both together lose and double nothing.
 */

#include "checks/arena.h"
#include "checks/fault.h"

enum {
    POSITION_MAX_COUNT = 1024,             /* sources in one file */
    POSITION_MAX_BLOB = 1024 * 1024 * 1024 /* bytes of the reader's own */
};

struct position {
    const char *path; /* as it was followed; the file may have another name now */
    uint64_t device, inode;
    int64_t born_ns, seen_ns;  /* CLOCK_REALTIME: its birth; when it last was what PATH names */
    int64_t offset;            /* of the first byte that was not read */
    int64_t line;              /* the reader's: lines before the offset */
    uint64_t head, before;     /* hashes of the first bytes and of those before the offset */
    uint32_t head_n, before_n; /* of so many bytes */
};

/*
 * Writes POSITIONS and BLOB as PATH: a line of JSON, then the bytes of BLOB. One rename commits
 * both, and both are on the disk before it. False with FAULT: PATH is what it was before.
 */
bool position_save(const char *path, const struct position *positions, size_t count,
                   struct span blob, struct fault *fault);

/*
 * Reads PATH into ARENA. False with FAULT, whose kind is NOT_CAPTURED when there is no such file
 * (the first run) and SYNTAX when it is none of ours or damaged.
 */
bool position_load(struct arena *arena, const char *path, struct position **positions,
                   size_t *count, struct span *blob, struct fault *fault);

#endif
