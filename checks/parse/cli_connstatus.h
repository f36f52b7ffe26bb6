/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_CLI_CONNSTATUS_H
#define CHECKS_PARSE_CLI_CONNSTATUS_H

/*
 * CLI `clusterconfig connstatus`. No public sample exists (asyncos-cli.md 5.3, grade "none"), so
 * the text is read by the names of the machines and a small vocabulary; anything else is
 * "unrecognised" and quoted.
 */

#include "checks/fleet.h"
#include "checks/parse/cli.h"

/* In the order of their weight: of several records of one machine, the last of these counts. */
enum cli_connstatus_state {
    CLI_CONNSTATUS_ABSENT,       /* the machine is not named */
    CLI_CONNSTATUS_SELF,         /* "this machine", "local" */
    CLI_CONNSTATUS_GOOD,         /* "connected", and nothing but words known to be harmless */
    CLI_CONNSTATUS_UNRECOGNISED, /* named, but with other words, or none; or GOOD, and a bad word in
                                    what stands before or behind the record */
    CLI_CONNSTATUS_BAD           /* disconnected, not connected, error, failed, … */
};

struct cli_connstatus_memo;

struct cli_connstatus {
    struct span host; /* first of all: cli_host() */
    struct cli_text text;
    struct cli_connstatus_memo
        *memo; /* kept by cli_connstatus_link(): a cluster asks each of many */
};

extern const struct document_kind cli_connstatus_kind; /* cli/connstatus.txt */

struct cli_connstatus_link {
    enum cli_connstatus_state state;
    struct span words; /* what stands there, hard wrapping undone; to be quoted */
    unsigned line;
};

/*
 * What the text says about MACHINE, one of NAMES (all machines of the cluster; a record ends
 * where the next name begins, and a name never matches inside a longer one). In ARENA.
 */
struct cli_connstatus_link cli_connstatus_link(struct arena *arena,
                                               const struct cli_connstatus *status,
                                               struct span machine, const struct span *names,
                                               size_t name_count);

#endif
