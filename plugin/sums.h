/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_SUMS_H
#define PLUGIN_SUMS_H

/*
 * SHA256SUMS of a run folder: a line "<64 digits>  <path>" for every file below it but itself, so
 * that `sha256sum -c SHA256SUMS` in the folder holds without this program. Who signs a run signs
 * this file (ssh-keygen -Y sign, gpg --detach-sign).
 */

#include <stdint.h>

#include "checks/arena.h"
#include "checks/fault.h"

extern const char sums_name[];

struct sums_line {
    const char *path; /* below the folder */
    const char *sha256;
};

/* The lines of DIR/SHA256SUMS, in ARENA. False: FAULT, NOT_CAPTURED when there is none. */
bool sums_read(struct arena *arena, const char *dir, struct sums_line **lines, size_t *count,
               struct fault *fault);

/*
 * All regular files below DIR, sorted, without SHA256SUMS and its signatures, whose names begin
 * alike. A link, a device or a file whose name cannot stand in a line is a FAULT: what cannot be
 * sealed does not belong there.
 */
bool sums_list(struct arena *arena, const char *dir, const char ***paths, size_t *count,
               struct fault *fault);

/* Hashes all files below DIR and writes DIR/SHA256SUMS, whole or not at all. */
bool sums_write(struct arena *arena, const char *dir, struct fault *fault);

/*
 * Copies the run folder FROM, whose files must be those of its SHA256SUMS, to TO, which is made.
 * False with FAULT naming the file that differs or cannot be copied.
 */
bool sums_copy(struct arena *arena, const char *from, const char *to, struct fault *fault);

#endif
