/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_TAIL_SEARCH_H
#define PLUGIN_TAIL_SEARCH_H

/*
 * The files of a rotated log that lie beside it: NAME.1, NAME-20260308 of NAME, and
 * mail.@20260308T040000.s of mail.current, as AsyncOS names them (mail-logs.md (a)). Nothing else
 * in the folder is touched, and nothing that is compressed.
 */

#include "plugin/tail/piece.h"

/*
 * Opens the file that holds POSITION, wherever it is now: what PATH names, else a file of the same
 * inode, else a copy. One that is BUT (may be NULL) does not count. It is read from POSITION.
 */
bool search_position(const char *path, const struct position *position, const struct piece *but,
                     struct piece *found);

/*
 * Opens the files that came between AFTER and BEFORE (may be NULL: what PATH names now is not
 * there) and not earlier than SINCE_NS, oldest first: at most MAX of them into FOUND. Returns how
 * many.
 */
size_t search_between(const char *path, const struct piece *after, const struct piece *before,
                      int64_t since_ns, struct piece *found, size_t max);

/* The folder of PATH, as it is written or (REAL) behind its symbolic links. */
const char *search_folder(struct arena *arena, const char *path, bool real);

#endif
