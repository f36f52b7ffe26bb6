/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_TAIL_MAGIC_H
#define PLUGIN_TAIL_MAGIC_H

/* Is a file compressed, an archive, or plain? By its first bytes: names are not to be trusted. */

#include <stdbool.h>
#include <stddef.h>

enum magic {
    MAGIC_PLAIN,
    MAGIC_GZIP,
    MAGIC_PACKED, /* one compressed file: bzip2, xz, zstd; there may be a tar in it, as in gzip */
    MAGIC_ARCHIVE /* several files: zip, tar */
};

enum { MAGIC_BYTES = 265 }; /* so many tell it for sure */

/*
 * Of what FD refers to, from where its place is, which is not moved: bytes of a pipe or a socket
 * are only looked at, and stay in it, also for a program that this one becomes. Waits until enough
 * of them are there. What cannot be read, or not twice, is plain.
 */
enum magic magic_of(int fd);

/* The same of N bytes. *OPEN (may be NULL): more of them could make it another. */
enum magic magic_of_bytes(const void *bytes, size_t n, bool *open);

#endif
