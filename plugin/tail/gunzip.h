/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_TAIL_GUNZIP_H
#define PLUGIN_TAIL_GUNZIP_H

/*
 * Unpacks gzip: every byte that can be had of a file that is cut off or damaged, and its checksums
 * are verified. libarchive does neither.
 */

#include <sys/types.h>

#include "checks/arena.h"
#include "checks/fault.h"

struct gunzip;

/* The next packed bytes, at *BYTES until the next call: > 0, 0 = the end, -1 = FAULT says why. */
typedef ssize_t gunzip_more(void *context, const void **bytes, struct fault *fault);

/* In ARENA; PATH is named in faults. NULL: out of memory. */
struct gunzip *gunzip_open(struct arena *arena, const char *path, gunzip_more *more, void *context);

/*
 * The next bytes: > 0; 0 behind the last one; -1 with FAULT: cut off (CUT), damaged or of a wrong
 * checksum (SYNTAX), after all that could be unpacked was given.
 */
ssize_t gunzip_read(struct gunzip *gunzip, void *buffer, size_t size, struct fault *fault);

void gunzip_close(struct gunzip *gunzip);

#endif
