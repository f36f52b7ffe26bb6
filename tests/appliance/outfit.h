/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_OUTFIT_H
#define TESTS_APPLIANCE_OUTFIT_H

/* What a client of the simulated fleet needs, written into its folder. */

#include "tests/appliance/appliance.h"

/* Makes sim->dir, opens the journal, removes "ready" of a former run. False with errno. */
bool outfit_begin(struct sim *sim);

/*
 * The passphrase: the first line of FILE, or a new one when FILE is NULL. NULL when FILE cannot be
 * read or is empty.
 */
const char *outfit_passphrase(struct sim *sim, const char *file);

/* Writes postcheck.ini, credentials, nodes.json, and at last ready. */
bool outfit_write(struct sim *sim, bool with_key);

#endif
