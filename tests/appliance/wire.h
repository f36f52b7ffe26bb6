/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_WIRE_H
#define TESTS_APPLIANCE_WIRE_H

/* Faults of a connection to the SSH port before SSH begins: block list, hang, garbage, delay, cut.
 */

#include "tests/appliance/appliance.h"

/*
 * Plays the faults on the accepted connection *FD. False: there is nothing to serve, the caller
 * only closes *FD. *FD may become another descriptor (of a thread that passes a limited number of
 * bytes on, and closes the old one).
 */
bool wire_spoil(struct sim *sim, struct sim_node *node, int *fd);

/* Waits until the peer is gone, or MS milliseconds (-1 = for ever). False when it is gone. */
bool wire_wait(int fd, int ms);

/*
 * Waits until the client has closed too, after a key exchange that failed: a connection that is
 * closed at once takes what was offered with it.
 */
void wire_linger(int fd);

#endif
