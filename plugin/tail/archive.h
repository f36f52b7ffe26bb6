/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_TAIL_ARCHIVE_H
#define PLUGIN_TAIL_ARCHIVE_H

/*
 * Reads an old log: plain, or in gzip, bzip2, xz, zstd, zip, tar, whatever its name says. Memory
 * does not grow with the size of the file. Plain files are read with read(): libarchive costs time
 * even where nothing is compressed.
 */

#include <sys/types.h>

#include "checks/arena.h"
#include "checks/fault.h"

struct tail_archive;

/* In ARENA. NULL with FAULT: no such file (NOT_CAPTURED), not readable, damaged at its start. */
struct tail_archive *tail_archive_open(struct arena *arena, const char *path, struct fault *fault);

/*
 * The next bytes of PATH's members, those in the order of their names: > 0; 0 behind the last one;
 * -1 with FAULT. A file that is cut off (FAULT_CUT) or damaged (SYNTAX) gives first what is there,
 * but for the last block (64 KiB unpacked; zstd 128, bzip2 900) that libarchive could not fill.
 * It does not verify the checksum of gzip.
 * Never returns bytes of two members at once.
 */
ssize_t tail_archive_read(struct tail_archive *archive, void *buffer, size_t size,
                          struct fault *fault);

/* Of which member they are; of a file without members, PATH. Lives as long as the arena. */
const char *tail_archive_member(const struct tail_archive *archive);

void tail_archive_close(struct tail_archive *archive);

#endif
