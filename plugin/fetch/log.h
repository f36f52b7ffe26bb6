/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_LOG_H
#define PLUGIN_FETCH_LOG_H

/*
 * Logs as documents: which part of a log is asked for, and how the answers become one text. The
 * end of a log matters most, so parts are gathered from the newest to the oldest until there is
 * enough, and what is over the limit goes at the front. Pure: log_grep.c, log_api.c and log_file.c
 * ask.
 */

#include "checks/arena.h"
#include "checks/fault.h"
#include "checks/time.h"

enum {
    LOG_BYTES = 8 * 1024 * 1024, /* of a document: at 89 bytes a line (R) some 90,000 lines */
    LOG_ENOUGH = 1024 * 1024,    /* with so much, only the two newest parts are asked for */
    LOG_PARTS = 6,               /* commands for one log at most: grep reads all rotated files */
    LOG_HEADS = 3,
    LOG_HEAD_BYTES = 160
};

/* The appliance's own wall clock, as its answer to `status` told it. */
struct log_clock {
    bool known;
    int64_t civil; /* seconds from 1970-01-01 00:00:00 to what it shows */
    int64_t at_ms; /* CLOCK_MONOTONIC when it said so */
    bool has_start;
    int64_t start; /* civil: up since */
};

/* One hour or day of a log: how each of its lines begins (asyncos-cli.md 6.1, V). */
struct log_part {
    char begin[24]; /* "Sun Mar  8 04:" or "Sun Mar  8 " */
    int64_t year;   /* what grep finds of other years does not belong */
};

/*
 * The hours from that of NOW back to that of FROM (civil seconds), the newest first: at least two,
 * at most LOG_PARTS. Returns how many.
 */
size_t log_hours(int64_t now, int64_t from, struct log_part parts[LOG_PARTS]);

/*
 * The days that it may be somewhere on earth at NOW (UTC), the newest first: for an appliance whose
 * zone is not known. At most three.
 */
size_t log_days(int64_t now, struct log_part parts[LOG_PARTS]);

/* `grep -e "Sun Mar  8 04:" mail_logs`, in ARENA. */
const char *log_command(struct arena *arena, const struct log_part *part, const char *name);

/*
 * The lines of PART in ANSWER, what a terminal or channel showed behind log_command(): prompt,
 * echo, pager, line ends CR LF and wrapped lines are taken back, lines of other times are left out.
 * True with no lines: the log has none. PROMPT: what the answer ended with, of ANSWER; empty where
 * nothing prompts. False with FAULT (origin ID): UNSUPPORTED for an unknown
 * command, SYNTAX when something else was said, or a line looks like a prompt.
 */
bool log_answer(struct arena *arena, const char *id, const char *command,
                const struct log_part *part, struct span answer, struct span *lines,
                struct span *prompt, struct fault *fault);

/* What was gathered of one log. */
struct log_text {
    struct arena *arena;
    size_t max;
    struct span *parts; /* borrowed; newest first */
    size_t count;
    size_t bytes;
    bool cut;                 /* something older was left out */
    const char *first, *last; /* lines around the document, NULL = none: whose prompt it was */
    /* The newest header that was left out: version, serial and zone stand nowhere else (R). */
    char head[LOG_HEADS][LOG_HEAD_BYTES];
    size_t head_n[LOG_HEADS];
};

struct log_text log_begin(struct arena *arena, size_t max);

/*
 * PART is older than all before and stays where it is. False: no more is wanted, for there is no
 * room; of PART only the last lines were kept then.
 */
bool log_add(struct log_text *text, struct span part);

/* BYTES (whole lines) were left out, older ones before newer ones: keeps a header among them. */
void log_dropped(void *text, struct span bytes);

/* The document: the header that was left out, and all parts in order. In the arena. */
struct span log_join(struct log_text *text);

/* "of mail_logs only the last 8.0 MiB are kept": for a note. NULL: nothing was left out. */
const char *log_cut_note(const struct log_text *text, const char *name);

#endif
