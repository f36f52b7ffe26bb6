/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_TAIL_ARCHIVE_H
#define PLUGIN_TAIL_ARCHIVE_H

/*
 * Reads an old log: plain, or in gzip, bzip2, xz, zstd, zip, tar, whatever its name says, also from
 * a pipe. Memory does not grow with its size; of a pipe, only what is an archive of several files
 * is kept in a temporary file, since these are read in the order of their names. Plain files are
 * read with read(), and gzip is unpacked by gunzip.c: libarchive costs time even where nothing is
 * compressed, and loses what it cannot fill a block with.
 */

#include <sys/types.h>

#include "checks/arena.h"
#include "checks/fault.h"

struct tail_archive;

/*
 * In ARENA; PATH "-" is standard input, which stays open. NULL with FAULT: no such file
 * (NOT_CAPTURED), not readable, damaged at its start.
 */
struct tail_archive *tail_archive_open(struct arena *arena, const char *path, struct fault *fault);

/*
 * The next bytes of PATH's members, those in the order of their names: > 0; 0 behind the last one;
 * -1 with FAULT. A file that is cut off (FAULT_CUT) or damaged (SYNTAX) gives first what is there;
 * but for gzip, without the last block (64 KiB unpacked; zstd 128, bzip2 900) that libarchive could
 * not fill. A signal that comes while a pipe is waited for ends the reading: 0.
 * Never returns bytes of two members at once.
 */
ssize_t tail_archive_read(struct tail_archive *archive, void *buffer, size_t size,
                          struct fault *fault);

/* Of which member they are; of a file without members, PATH. Lives as long as the arena. */
const char *tail_archive_member(const struct tail_archive *archive);

void tail_archive_close(struct tail_archive *archive);

#endif
