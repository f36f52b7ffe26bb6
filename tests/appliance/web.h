/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_WEB_H
#define TESTS_APPLIANCE_WEB_H

/* The HTTPS side of all appliances: GUI port (pages, /xml/status) and API port. */

#include "tests/appliance/appliance.h"

/* Makes a CA (sim->dir/ca.pem) and its certificates: good, expired, and one self-signed. */
bool web_prepare(struct sim *sim);

/* The public key pin of the good certificate, "sha256//…". */
const char *web_pin(void);

/* Starts the daemons; web_stop() ends them. */
bool web_start(struct sim *sim);
void web_stop(void);

/* Takes an accepted connection of port WHICH (SIM_GUI, SIM_API). FD is closed by the daemon. */
void web_serve(struct sim *sim, struct sim_node *node, enum sim_port which, int fd);

#endif
