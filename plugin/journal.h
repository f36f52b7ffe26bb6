/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_JOURNAL_H
#define PLUGIN_JOURNAL_H

/*
 * What `watch` saw of a change, one JSON object a line, only ever appended: timeline.jsonl in the
 * folder of the change. `verify` keeps a copy in its run folder as evidence.
 *
 *   {"at": "2026-03-08T01:32:10Z", "node": "esa1.example.com", "event": "up", "was": "down",
 *    "stage": "up-new", "document": "cli/version.txt", "release": "15.0.3-002"}
 */

#include <stdbool.h>
#include <stdint.h>

#include "checks/arena.h"
#include "checks/fault.h"

/* What is read of one file, and of one line of it. */
enum { JOURNAL_BYTES = 64 * 1024 * 1024, JOURNAL_LINE = 4096 };

struct journal_event {
    int64_t at; /* seconds, UTC */
    const char *node;
    const char *event;    /* one of timeline_words */
    const char *was;      /* stage before, a name of stage.h; NULL = not told, as the next three */
    const char *stage;    /* that it led to: several events may have been seen at once */
    const char *document; /* that told it */
    const char *release;  /* of "up" */
};

/*
 * Opens PATH for journal_append(), made when missing; never another thing than a regular file. A
 * last line without its end, torn by a kill or a full disk, is no event and is taken away. -1 with
 * FAULT.
 */
int journal_open(const char *path, struct fault *fault);

/* One line, one write. Texts that are not UTF-8 are no event of ours: false with FAULT. */
bool journal_append(int fd, const struct journal_event *event, struct fault *fault);

/*
 * All events of PATH in their order, in ARENA. A file that is not there has none. A last line
 * without its end is left out: it is being written, or was torn. For anything else that is no event
 * of ours: false, FAULT has the line number.
 */
bool journal_read(struct arena *arena, const char *path, struct journal_event **events,
                  size_t *count, struct fault *fault);

#endif
