/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_MAIL_LOGS_H
#define CHECKS_PARSE_MAIL_LOGS_H

/*
 * Lines of mail_logs: what `grep` or `tail` showed in a session, a file of the logs API, or one
 * that syslog or SCP push delivered. Grammar: mail-logs.md (a), R and V by line, read by
 * checks/maillog/; what stands around the lines in a session: asyncos-cli.md 6 (R).
 */

#include "checks/fleet.h"
#include "checks/maillog/flow.h"

/* Where a line stands; AT 0: there is none. */
struct mail_logs_mark {
    int64_t at; /* seconds of the wall clock */
    unsigned line;
};

/* So long nothing was written between two lines, and so many such times are kept: the longest. */
enum { MAIL_LOGS_SILENCE_S = 600, MAIL_LOGS_SILENCES = 16 };

struct mail_logs_silence {
    struct mail_logs_mark from, to; /* the lines before and behind */
};

struct mail_logs {
    struct span host; /* first of all: cli_host(); empty where no prompt stands around the lines */
    struct flow_summary summary; /* its arrays are in the arena; line numbers are the document's */
    bool silent;                 /* a search that found nothing: echo and prompt alone */
    bool cut;                    /* more lines than are read: the end is missing */
    bool torn;                   /* the last line has no line end: it may be cut off */
    bool yearless;               /* some lines tell no year: syslog form */
    bool several;                /* lines of more than one appliance */
    const struct flow_appliance *only; /* as they were read with: struct mail_logs_range */
    size_t only_count;
    /* Inside the range: the first message that was received whole, the first that a next hop took,
       the newest line, and what lies between two lines; by time. */
    struct mail_logs_mark first_ready, first_taken, end;
    struct mail_logs_silence silences[MAIL_LOGS_SILENCES];
    size_t silence_count;
    struct span stray; /* first line of no known form, without its envelope; or empty */
    unsigned stray_line;
};

/* Which events count, in seconds of the appliance's wall clock; 0 = no such end. */
struct mail_logs_range {
    int64_t since, until;
    int64_t reference; /* a moment near the end of the log: gives yearless lines their year */
    /* Whose lines count: under one of these hosts; without a host, behind a header with one of
       these serial numbers. Of none: all. */
    const struct flow_appliance *only;
    size_t only_count;
};

/*
 * Reads BYTES as the kind does, but only what happened inside RANGE. FAULT may be NULL. The kind
 * itself reads all of it.
 */
bool mail_logs_read(struct arena *arena, struct span bytes, const struct mail_logs_range *range,
                    struct mail_logs *logs, struct fault *fault);

extern const struct document_kind mail_logs_kind; /* log/mail_logs.txt, struct mail_logs */

#endif
