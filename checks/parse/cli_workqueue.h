/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_CLI_WORKQUEUE_H
#define CHECKS_PARSE_CLI_WORKQUEUE_H

/* CLI `workqueue status`. asyncos-cli.md 7 (R). */

#include "checks/fleet.h"

enum cli_workqueue_state {
    CLI_WORKQUEUE_UNRECOGNISED, /* the Status line says something else: quote it */
    CLI_WORKQUEUE_OPERATIONAL,
    CLI_WORKQUEUE_PAUSED
};

struct cli_workqueue {
    struct span host; /* first of all: cli_host() */
    bool has_state;
    enum cli_workqueue_state state;
    struct span state_text; /* value of the Status line */
    unsigned state_line;
    struct span paused_by; /* "admin" of "Paused by admin: database maintenance"; may be empty */
    struct span reason;    /* "database maintenance"; may be empty */
    bool has_messages;
    int64_t messages; /* may be negative on a damaged queue (V T211573) */
    unsigned messages_line;
    bool has_as_of;
    struct stamp as_of;
};

extern const struct document_kind cli_workqueue_kind; /* cli/workqueue.txt */

#endif
