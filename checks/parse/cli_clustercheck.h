/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_CLI_CLUSTERCHECK_H
#define CHECKS_PARSE_CLI_CLUSTERCHECK_H

/*
 * CLI `clustercheck`. asyncos-cli.md 5.2: the inconsistent case V, the menu R, the sentence of the
 * consistent case unknown. The resolve question is recognised, never answered.
 */

#include "checks/fleet.h"

struct cli_clustercheck_update {
    struct span host; /* whose copy */
    struct span when; /* as written */
    struct span user; /* without quotes; may be empty */
    unsigned line;
};

struct cli_clustercheck_item {
    struct span setting; /* "Listeners (including HAT, RAT, bounce profiles)" */
    struct span level; /* "Cluster Example", "Group Main_Group", "Machine esa1…"; may be empty */
    struct cli_clustercheck_update *updates;
    size_t update_count;
    bool resolved; /* its question was answered, and not by "Ignore" */
    unsigned line; /* of "Inconsistency found!" */
};

struct cli_clustercheck_note {
    struct span text;
    unsigned line;
};

struct cli_clustercheck {
    struct span host; /* first of all: cli_host() */
    size_t checking;  /* "Checking …" lines */
    struct cli_clustercheck_item *items;
    size_t count;
    bool clean_said; /* "No inconsistencies found", "No errors found", behind the last "Checking …"
                      */
    unsigned clean_line;
    bool question_open; /* "How do you want to resolve this inconsistency?" stands unanswered */
    bool prompt_returned;
    struct cli_clustercheck_note
        *troubles; /* unreachable, not connected, unable, could not, failed, skipped, … */
    size_t trouble_count;
    struct cli_clustercheck_note *strays; /* lines that no rule knows; at most 20 are kept */
    size_t stray_count;
};

extern const struct document_kind cli_clustercheck_kind; /* cli/clustercheck.txt */

#endif
