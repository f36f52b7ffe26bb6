/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_MAILLOG_MERGE_H
#define PLUGIN_MAILLOG_MERGE_H

/*
 * Files of one gateway whose times overlap: two subscriptions, or a copy beside the original. They
 * are read side by side, line by line in the order of time, and a line that stands in both (the
 * same bytes in the same second) is taken once: as often as the file has it that has it most.
 * Inside a second the order is that of each file, as far as their common lines tell.
 */

#include "plugin/maillog/input.h"

/*
 * How many files from FIRST on may overlap; 1: that one is read alone. Files are sorted; those
 * whose end is not known, since they are packed, may.
 */
size_t merge_count(const struct input *input, size_t first);

/*
 * Reads files [first, *next) into SINK, *NEXT of them at most; it is smaller when the last turns
 * out to overlap with none. Where files did overlap is kept in INPUT. False: out of memory.
 */
bool merge_read(struct input *input, size_t first, size_t *next, const struct input_sink *sink);

#endif
