/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_SIDELOG_H
#define CHECKS_MAILLOG_SIDELOG_H

/*
 * Lines of the other logs: updater_logs, upgrade_logs, system_logs, error_logs, bounces, the smad
 * log of an SMA, and what every log file begins and ends with. The forms are rows of sidelog.def
 * with source and grade; nothing that is only remembered is in there. So there is no row for an
 * update that succeeds: no sample of one was found (mail-logs.md "Other logs", [U]). Their silence
 * is no success.
 *
 * A form is matched from the first byte of the message on, and never searched inside it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/maillog/line.h"
#include "checks/text.h"

enum sidelog_kind {
    SIDELOG_NONE, /* not recognised */
#define SIDELOG(kind, log, pattern, meaning, sample) SIDELOG_##kind,
#define SIDELOG_FORM(kind, log, pattern, meaning, sample)
#include "checks/maillog/sidelog.def"
#undef SIDELOG
#undef SIDELOG_FORM
    SIDELOG_KINDS
};

enum sidelog_log {
    SIDELOG_ANY, /* header and trailer: every log */
    SIDELOG_UPDATER,
    SIDELOG_UPGRADE,
    SIDELOG_SYSTEM,
    SIDELOG_ERROR,
    SIDELOG_SMAD,
    SIDELOG_BOUNCES
};

enum sidelog_meaning {
    SIDELOG_NOTE,    /* happened, neither good nor bad */
    SIDELOG_FAILURE, /* something failed, whatever the level: a failing manifest is an "Info" */
    SIDELOG_PROOF    /* something works */
};

/* One wording. In a pattern '#' is a number, '?' one word, '*' the rest, all else itself. */
struct sidelog_row {
    enum sidelog_kind kind;
    enum sidelog_log log;
    const char *pattern;
    enum sidelog_meaning meaning;
    const char *sample;
};

extern const struct sidelog_row sidelog_rows[];
extern const size_t sidelog_row_count;

/* What one line says. Spans point into the message; what a kind has not is empty. */
struct sidelog {
    enum sidelog_kind kind;
    enum sidelog_log log;
    enum sidelog_meaning meaning;
    enum line_level level;
    bool alarming; /* a failure, or of level Warning or Critical, recognised or not */

    struct span subject; /* component, user, release, plugin */
    struct span text;    /* what stands behind: reason, comment, serial number, path */

    uint64_t number;    /* PID of a commit; the DCID of a bounce */
    int64_t utc_offset; /* OFFSET: seconds */

    /* BOUNCED. A response was written by a stranger. */
    bool has_dcid, has_ids; /* the older form has no DCID; without ids it was not understood */
    uint64_t mid, rid;
    struct span from, to, reason, response;

    /* TRANSFER. The time that the file is about, as its name tells it: seconds since 1970, UTC. */
    struct span address;
    bool has_period;
    int64_t period_begin, period_end;
};

/* MESSAGE is the text behind "LEVEL: ". Fills OUT in any case; returns its kind. */
enum sidelog_kind sidelog_classify(struct span message, enum line_level level, struct sidelog *out);

const char *sidelog_kind_name(enum sidelog_kind kind); /* "UPDATE_FAILED", "NONE" */
const char *sidelog_log_name(enum sidelog_log log);    /* "updater_logs"; ANY is "any" */

/*
 * How old what a TRANSFER fetched was when its line was written at WRITTEN (UTC, seconds): false
 * where the name of the file tells no period.
 */
bool sidelog_lag(const struct sidelog *transfer, int64_t written, int64_t *lag_s);

#endif
