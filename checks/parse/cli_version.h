/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_CLI_VERSION_H
#define CHECKS_PARSE_CLI_VERSION_H

/*
 * CLI `version`. asyncos-cli.md 2: verbatim for SMA 15.0 and WSA (V), same code base on ESA (R).
 */

#include "checks/fleet.h"
#include "checks/release.h"

struct cli_version_component {
    struct span name;    /* "Sophos IDE" */
    struct span version; /* may be empty */
    struct span updated; /* text in parentheses; empty when there is none */
    unsigned line;
};

struct cli_version {
    struct span host; /* first of all: cli_host() */
    bool has_release;
    struct release release; /* product from Product/Model when they tell */
    unsigned release_line;
    struct span release_text; /* as written */
    struct span product;      /* "Cisco C600V Email Security Virtual Appliance"; empty = absent */
    struct span model;        /* "C600V"; empty = absent */
    struct span serial;       /* empty = absent */
    bool has_install_date;
    struct stamp install_date; /* wall clock, no zone */
    unsigned install_line;
    struct span raid, raid_status;        /* empty = line absent */
    unsigned raid_line, raid_status_line; /* 0 = line absent */
    bool is_virtual;                      /* the model ends in V */
    struct cli_version_component *components;
    size_t component_count;
};

extern const struct document_kind cli_version_kind; /* cli/version.txt, struct cli_version */

#endif
