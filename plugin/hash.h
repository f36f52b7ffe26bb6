/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_HASH_H
#define PLUGIN_HASH_H

/* SHA-256, by OpenSSL, as 64 hexadecimal digits. */

#include <stdint.h>

#include "checks/arena.h"
#include "checks/fault.h"

/* Of BYTES, in ARENA; NULL when the library cannot. */
const char *hash_bytes(struct arena *arena, struct span bytes);

/*
 * Of the regular file PATH, read piece by piece, in ARENA; *SIZE (may be NULL) is how long it is.
 * NULL with FAULT: NOT_CAPTURED when there is no such file, else the system's reason. Links are not
 * followed: evidence is what lies in the folder.
 */
const char *hash_file(struct arena *arena, const char *path, uint64_t *size, struct fault *fault);

#endif
