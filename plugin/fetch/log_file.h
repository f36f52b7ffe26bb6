/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_LOG_FILE_H
#define PLUGIN_FETCH_LOG_FILE_H

/*
 * A log that syslog or SCP push delivers into a file or folder here (mail_log_path,
 * status_log_path). Nothing is asked of the appliance.
 */

#include "plugin/fetch/fetch.h"

/* Hands out the log of ROW from PATH, or the fault that names PATH and the remedy. */
void log_file_ask(struct fetch *fetch, const struct fetch_row *row, const char *path);

/*
 * The newest LOG_BYTES of PATH, in the arena of FETCH: a regular file, or a folder with the files
 * of one log, rotated by the appliance ("mail.@20260308T014810.s", "mail.current"; V) or by anybody
 * else. Of a folder: files as the appliance names them, else all that are not compressed or hidden;
 * by the time in their names, else by their own. Only regular files are read, also through symbolic
 * links; nothing ever waits for a FIFO. False with FAULT: NOT_CAPTURED (no such file, none in the
 * folder, nothing in it: no proof of silence), INTERNAL (the system's reason, no regular file).
 */
bool log_file_read(struct fetch *fetch, const char *id, const char *path, struct span *bytes,
                   struct fault *fault);

/*
 * The lines of BYTES that one appliance wrote, where several write into one file: those whose
 * syslog host is HOST (or ADDRESS), and those that name no host. A line that is no entry belongs to
 * the one before. BYTES itself when that is all. *OTHERS: how many lines other hosts wrote; OTHER
 * names one of them.
 */
struct span log_file_of_host(struct arena *arena, struct span bytes, const char *host,
                             const char *address, size_t *others, struct span *other);

/* Host of a line in one of the syslog forms (mail-logs.md (a), R); empty: none is told. */
struct span log_file_host(struct span line);

#endif
