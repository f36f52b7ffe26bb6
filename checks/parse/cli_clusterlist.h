/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_CLI_CLUSTERLIST_H
#define CHECKS_PARSE_CLI_CLUSTERLIST_H

/* CLI `clusterconfig list`. asyncos-cli.md 5.3 (R). */

#include "checks/fleet.h"
#include "checks/parse/cli.h"

/* Far over what works: above 20 members they lose contact (domain.md 2.2, F30). */
enum { CLI_CLUSTERLIST_MAX = 100 };

struct cli_clusterlist_machine {
    struct span name;
    struct span serial; /* empty = not told */
    unsigned line;
};

struct cli_clusterlist {
    struct span host;    /* first of all: cli_host() */
    struct span cluster; /* empty when standalone */
    bool standalone;     /* the answer offers to create or join a cluster, or says so */
    unsigned standalone_line;
    struct cli_clusterlist_machine *machines;
    size_t count;
    bool prompt_returned;
};

extern const struct document_kind cli_clusterlist_kind; /* cli/clusterlist.txt */

#endif
