/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_CLI_FEATUREKEY_H
#define CHECKS_PARSE_CLI_FEATUREKEY_H

/*
 * CLI `featurekey`: table Module, Quantity, Status, Remaining, Expiration Date. asyncos-cli.md 8
 * (R). A line of the table that cannot be read is a feature of unrecognised life.
 */

#include "checks/fleet.h"
#include "checks/parse/feature.h"

struct cli_featurekey {
    struct span host; /* first of all: cli_host() */
    struct feature *features;
    size_t count;
    bool header_seen;
};

extern const struct document_kind cli_featurekey_kind; /* cli/featurekey.txt */

#endif
