/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_CLI_STATUS_H
#define CHECKS_PARSE_CLI_STATUS_H

/*
 * CLI `status` and `status detail`. asyncos-cli.md 3: header V (on WSA), body R, names
 * cross-checked with the XML page (V). Labels are looked up by text, unknown ones are kept, none
 * but `System status` is required.
 */

#include "checks/fleet.h"
#include "checks/parse/cli.h"
#include "checks/parse/feature.h"

enum { CLI_STATUS_COLUMNS = 3 };

/* One row of counters, rates or gauges. */
struct cli_status_row {
    struct span section; /* "Counters", "Rates (Events Per Hour)", "Gauges" */
    struct span parent;  /* nearest label above with less indent and no number; may be empty */
    struct span label;   /* "Messages In Work Queue" */
    double values[CLI_STATUS_COLUMNS];
    size_t count; /* of values: 3 = reset, uptime, lifetime; 1 = a gauge or an id */
    char unit;    /* '%', 'B' or 0 */
    unsigned line;
};

struct cli_status {
    struct span host;   /* first of all: cli_host() */
    enum cli_mode mode; /* of the prompt around the answer: tells a cluster member */
    bool has_system_status;
    struct span system_status; /* trimmed, as written */
    unsigned system_status_line;
    struct span system_status_other; /* a later line of that label says this instead; or empty */
    bool has_as_of;
    struct stamp as_of;
    unsigned as_of_line;
    bool has_up_since;
    struct stamp up_since;
    unsigned up_since_line;
    bool has_uptime;
    int64_t uptime_s;
    bool has_oldest;  /* the line "Oldest Message" was read */
    bool oldest_none; /* "No Messages" */
    int64_t oldest_s;
    unsigned oldest_line;
    struct feature *features;
    size_t feature_count;
    struct cli_status_row *rows;
    size_t row_count;
};

extern const struct document_kind cli_status_kind; /* cli/status.txt, struct cli_status */

/*
 * First row with LABEL (case and runs of blanks ignored) in a section that begins with SECTION
 * (NULL: any), under PARENT (NULL: any). NULL when there is none.
 */
const struct cli_status_row *cli_status_row(const struct cli_status *status, const char *section,
                                            const char *parent, const char *label);

/*
 * What a system status means. The CLI's `System status` and the XML page's status attribute go
 * through the same words: the whole value "online", or parts split at ',' '/' and "and".
 */
struct cli_status_meaning {
    bool online;              /* the whole value is "online" */
    bool receiving_suspended; /* also set by "offline" */
    bool delivery_suspended;  /* also set by "offline" */
    bool work_queue_paused;
    bool unrecognised; /* some part is none of these words */
};
struct cli_status_meaning cli_status_meaning(struct span system_status);

#endif
