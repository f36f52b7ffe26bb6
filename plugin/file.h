/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FILE_H
#define PLUGIN_FILE_H

/* Whole files into memory, bounded. */

#include "checks/arena.h"
#include "checks/fault.h"

/*
 * Reads the regular file PATH of at most MAX bytes into ARENA. False with FAULT: NOT_CAPTURED when
 * there is no such file, TOO_BIG, INTERNAL with the system's reason (not readable, no regular
 * file). Never blocks on a FIFO or device.
 */
bool file_read(struct arena *arena, const char *path, size_t max, struct span *bytes,
               struct fault *fault);

/*
 * Reads FD to its end, at most SIZE bytes: *GOT of them. False: errno says why. Also for secrets:
 * nothing is kept but in BUFFER.
 */
bool file_read_all(int fd, void *buffer, size_t size, size_t *got);

/* Writes BYTES to FD, all of them. False: errno says why. */
bool file_write_all(int fd, struct span bytes);

#endif
