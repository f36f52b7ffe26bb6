/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_CLI_DISPLAYALERTS_H
#define CHECKS_PARSE_CLI_DISPLAYALERTS_H

/*
 * CLI `displayalerts`. asyncos-cli.md 4: layout R, time stamp V (alert mails), alert texts V.
 * Records are found by their time stamp at the start of a line, its zone written as hours or as a
 * name; everything up to the next one belongs to the open record. Tracebacks, blank lines and
 * wrapped lines are continuations.
 */

#include "checks/fleet.h"

enum { CLI_DISPLAYALERTS_MAX = 10000 };

enum alert_severity { ALERT_UNTOLD, ALERT_INFO, ALERT_WARNING, ALERT_CRITICAL };

struct alert {
    struct stamp when;
    struct span text; /* one text, continuation lines joined by one blank, summary left out */
    enum alert_severity severity; /* of a leading severity word, if a build prints one */
    unsigned repeats;             /* "Last message occurred N times …"; 0 = no such line */
    bool has_repeat_span;
    struct stamp repeat_first, repeat_last;
    unsigned line;
};

struct cli_displayalerts {
    struct span host;     /* first of all: cli_host() */
    struct alert *alerts; /* in the order printed; newest first (R) */
    size_t count;
    size_t asked;     /* N of an echoed `displayalerts N`; 0 = not told */
    bool header_seen; /* "Date and Time Stamp  Description" */
    bool none_said;   /* a whole sentence such as "There are no alerts." */
    bool cut; /* no line end and no prompt at the end (that record is left out), or too many */
    struct span stray; /* first text before any record that is neither header nor known; or empty */
    unsigned stray_line;
    bool prompt_returned;
};

extern const struct document_kind cli_displayalerts_kind; /* cli/displayalerts.txt */

#endif
