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

/* The lines of DIR/SHA256SUMS, in ARENA. False: FAULT, NOT_CAPTURED when there is none. Every path
 * is one below DIR. */
bool sums_read(struct arena *arena, const char *dir, struct sums_line **lines, size_t *count,
               struct fault *fault);

/*
 * What DIR/capture.json says of its documents: those that were kept, with the hash of then. No
 * lines when there is no capture.json. False: FAULT, it is broken.
 */
bool sums_of_index(struct arena *arena, const char *dir, struct sums_line **lines, size_t *count,
                   struct fault *fault);

/*
 * All regular files below DIR, sorted, without SHA256SUMS and its signatures beside it, whose names
 * begin alike. A link, a device or a file whose name cannot stand in a line is a FAULT: what cannot
 * be sealed does not belong there.
 */
bool sums_list(struct arena *arena, const char *dir, const char ***paths, size_t *count,
               struct fault *fault);

/* Hashes all files below DIR and writes DIR/SHA256SUMS, whole or not at all. */
bool sums_write(struct arena *arena, const char *dir, struct fault *fault);

struct sums_difference {
    const char *file; /* below the folder */
    const char *what; /* one sentence */
};

/*
 * Which files of DIR were changed, removed or added since it was sealed, in ARENA; *FILES were
 * sealed. False with FAULT: there is no seal (NOT_CAPTURED), or something cannot be read.
 */
bool sums_check(struct arena *arena, const char *dir, struct sums_difference **differences,
                size_t *count, size_t *files, struct fault *fault);

/* Is DIR what it was when it was sealed? False with FAULT: as above, or the first difference. */
bool sums_hold(struct arena *arena, const char *dir, struct fault *fault);

/*
 * Copies the run folder FROM, whose files must be those of its SHA256SUMS, to TO, which is made.
 * False with FAULT naming the file that differs or cannot be copied.
 */
bool sums_copy(struct arena *arena, const char *from, const char *to, struct fault *fault);

#endif
