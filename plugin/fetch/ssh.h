/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_SSH_H
#define PLUGIN_FETCH_SSH_H

/*
 * The CLI over SSH (libssh): one session per appliance, host key verified, one authentication
 * attempt, one shell on a wide and tall terminal. asyncos-cli.md 1 and 11.
 */

#include "plugin/fetch/fetch.h"

/*
 * Asks for all CLI rows of FETCH, and last for the logs that no file gave; a log that it cannot
 * get is left for https_ask(), with the fault in fetch->logs. Every one ends as an answer or a
 * fault in the sink; but what only members of a cluster have is neither asked nor sent where the
 * prompt shows no cluster (the list of machines is asked there too: it tells).
 */
void ssh_ask(struct fetch *fetch);

#endif
