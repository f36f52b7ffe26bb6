/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_STATUS_LOG_H
#define CHECKS_PARSE_STATUS_LOG_H

/*
 * Lines of the status log, one a minute by default: what `grep Status: status` showed in a session,
 * a file of the logs API, or one that syslog or SCP push delivered. asyncos-cli.md 6.3 (V),
 * mail-logs.md (c) (R); envelopes: checks/maillog/envelope.h; a line: checks/maillog/counters.h.
 *
 * The end of a live file may be torn, and so may a line be in the middle of one: a line counts when
 * it can be read and its sums agree.
 */

#include "checks/fleet.h"
#include "checks/maillog/counters.h"

struct status_log_line {
    unsigned line;
    bool has_at; /* time and year are told */
    int64_t at;  /* seconds of the appliance's wall clock since 1970 */
    struct counters_line counters;
};

/* The same for questions about a part of the log: it is kept of every line. */
struct status_log_point {
    unsigned line;
    unsigned resets;         /* lines up to this one with a counter that fell */
    bool timeless, yearless; /* as in struct envelope */
    uint32_t when;
    bool has; /* both are told: */
    int64_t received, delivered;
};

/* The highest value of a gauge. */
struct status_log_peak {
    bool has;
    int64_t value;
    unsigned line;
};

struct status_log {
    struct span host; /* first of all: cli_host(); empty where no prompt stands around the lines */
    struct span name; /* the appliance as syslog names it; empty in a file's own form */
    struct span version; /* of the newest header of a log file in it; or empty */
    bool silent;         /* a search that found nothing: echo and prompt alone */
    bool cut;            /* more lines than are read: the end is missing */
    bool yearless;       /* some lines tell no year: syslog form */
    bool several;        /* lines of more than one appliance: those of the first one count */

    unsigned count;                        /* lines that count */
    unsigned others;                       /* log lines that are no status line */
    struct status_log_line first, last;    /* when count > 0; may be one line */
    const struct status_log_point *points; /* of all that count */

    bool torn; /* the last line is not whole: it does not count */
    unsigned torn_line;
    unsigned unreadable, unreadable_line; /* others that are no whole status line */
    unsigned failures, failure_line;      /* lines whose sums do not agree */
    struct counters_identity failure;     /* the first of them */

    int64_t interval_s;      /* usual time between two lines: the median; 0 = not known */
    unsigned gaps, gap_line; /* more than three times that; the line behind the longest */
    int64_t longest_gap_s;
    unsigned steps_back;             /* times that the clock went back */
    unsigned resets, reset_line;     /* lines with a counter that fell */
    enum counters_key reset_key;     /* the first that did */
    unsigned restarts, restart_line; /* starts of the mail process between two lines; the last */
    bool has_started;                /* its last start, on the wall clock */
    int64_t started;
    struct status_log_peak work_queue, conservation; /* WorkQ, ResCon */
};

/* Which lines are asked for, in seconds of the appliance's wall clock; 0 = no such end. */
struct status_log_range {
    int64_t since, until;
    int64_t reference; /* a moment near the end of the log: gives yearless lines their year */
};

struct status_log_part {
    unsigned count;
    const struct status_log_point *first, *last; /* when count > 0; may be one line */
    bool has_times;
    int64_t from, to; /* when both were */
};

/* The lines of LOG inside RANGE: those without a time only where it has no end. */
struct status_log_part status_log_part(const struct status_log *log,
                                       const struct status_log_range *range);

extern const struct document_kind status_log_kind; /* log/status.txt, struct status_log */

#endif
