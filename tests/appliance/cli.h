/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_CLI_H
#define TESTS_APPLIANCE_CLI_H

/* The CLI of all appliances: banner, prompts, modes, commands, questions. */

#include "tests/appliance/appliance.h"

/* Makes host keys, the known_hosts file and a user key in sim->dir. The ports are known. */
bool cli_prepare(struct sim *sim);

/* Takes an accepted connection; returns at once. FD is closed by the session. */
void cli_serve(struct sim *sim, struct sim_node *node, int fd);

/* Breaks the sessions of NODE. */
void cli_break(const struct sim_node *node);

/* Breaks all sessions, waits for their threads, releases the keys. */
void cli_stop(struct sim *sim);

/* "SHA256:…" of a host key of a node, in the arena. */
const char *cli_fingerprint(struct sim *sim, const void *host_key);

#endif
