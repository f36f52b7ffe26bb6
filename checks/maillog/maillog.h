/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_MAILLOG_H
#define CHECKS_MAILLOG_MAILLOG_H

/*
 * A mail log as one stream: pieces of any size in, a flow out.
 *
 *     struct maillog *log = maillog_new(0, LINE_BEST, &options);
 *     while ((buffer = maillog_room(log, &room)) != NULL && (got = read(fd, buffer, room)) > 0)
 *         if (!maillog_commit(log, got)) …
 *     maillog_finish(log);
 *     flow_summary(maillog_flow(log), &summary);
 */

#include "checks/fault.h"
#include "checks/maillog/flow.h"
#include "checks/maillog/pack.h"

struct maillog;

/*
 * BUFFER_BYTES at a time (0 = 256 KiB, at least 64): the result does not depend on it; a longer
 * line is kept as far as it is looked at. NULL: out of memory, or PATH cannot be had.
 */
struct maillog *maillog_new(size_t buffer_bytes, enum line_path path,
                            const struct flow_options *options);
void maillog_free(struct maillog *log);

/* Where to read the next bytes to, without a copy: *ROOM of them, at least one. NULL: out of
 * memory. */
char *maillog_room(struct maillog *log, size_t *room);
/* N bytes were put there. False: out of memory. */
bool maillog_commit(struct maillog *log, size_t n);
/* The same for bytes that lie somewhere else. */
bool maillog_feed(struct maillog *log, struct span bytes);

/* Another file begins: the last line of the one before counts as whole. */
bool maillog_file(struct maillog *log);
/* The end: the last line counts also without '\n'. */
bool maillog_finish(struct maillog *log);

/* Bytes of the last, not yet ended line that are held back: for a saved position. */
size_t maillog_pending(const struct maillog *log);

/*
 * What LOG knows at the first byte that is held back, appended to OUT, and loaded into one that is
 * new and has the same options: checks/maillog/flow_state.h.
 */
bool maillog_save(struct maillog *log, struct pack *out);
bool maillog_load(struct maillog *log, struct span blob, struct fault *fault);

/* Each line as an event, whatever its family, before the flow takes it; NULL = none. For --mid. */
void maillog_each(struct maillog *log,
                  void (*each)(void *context, const struct line_reader *reader,
                               const struct line_event *event),
                  void *context);
/* In between, each line without an envelope: it belongs to the line before. Asks for EACH. */
void maillog_each_more(struct maillog *log, void (*more)(void *context, struct span line));
/* The number of the line that is told, in its file: 1 = first. */
uint64_t maillog_line(const struct maillog *log);

struct flow *maillog_flow(struct maillog *log);
struct line_reader *maillog_reader(struct maillog *log);

#endif
