/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_STATE_INDEX_H
#define PLUGIN_STATE_INDEX_H

/*
 * Where in a state file each appliance stands, so that one of thousands is read without the others:
 * the file FILE.index beside FILE. It is a help and no more: it names the inode, size and time of
 * the file that it is about, and where that is another one (copied, replaced a moment ago) or there
 * is none, the whole report is read.
 *
 *   postcheck.state-index/1 INODE SIZE SECONDS NANOSECONDS HEAD
 *   NAME NODE LENGTH RESULTS LENGTH         offsets of bytes; names in lower case
 *   end
 */

#include "checks/arena.h"
#include "checks/fault.h"

/*
 * Writes the index of the report at PATH, which render_json_print() printed. False with FAULT when
 * it could not; an index of before is then of another file, which harms nothing.
 */
bool state_index_write(struct arena *arena, const char *path, struct fault *fault);

/*
 * A report in ARENA of the run and of HOST alone, by the index of PATH. False when that does not
 * work, for whatever reason: then PATH is to be read itself.
 */
bool state_index_read(struct arena *arena, const char *path, const char *host, struct span *report);

/*
 * The same out of the WHOLE report, without an index. False as well when it is torn, or has more
 * than a poll's (waivers).
 */
bool state_index_cut(struct arena *arena, struct span whole, const char *host, struct span *report);

/* The lines of the appliances of REPORT; false when it has another form than is printed here. */
bool state_index_lines(struct arena *arena, struct span report, size_t *head, struct span *lines);

#endif
