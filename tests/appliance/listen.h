/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_LISTEN_H
#define TESTS_APPLIANCE_LISTEN_H

/*
 * All ports of all appliances on 127.0.0.1, in one epoll set. A port that refuses stays bound, so
 * that nobody else can take its number.
 */

#include "tests/appliance/appliance.h"

/* Binds all ports; none listens yet. Raises the limit of open files. False with errno. */
bool listen_begin(struct sim *sim);

/* Opens and closes ports as the present state, reboots and "refuse" faults want it. */
void listen_apply(struct sim *sim);

/* What listen_wait() came back for. */
enum {
    LISTEN_CONTROL = 1, /* the control descriptor can be read */
    LISTEN_WOKEN = 2,   /* sim_wake() was called, a signal came, or the time is over */
};

/* Waits at most TIMEOUT_MS (-1 = for ever) and hands connections to SERVE. */
unsigned listen_wait(struct sim *sim, int control, int timeout_ms,
                     void (*serve)(struct sim *sim, struct sim_node *node, enum sim_port port,
                                   int fd));

void listen_end(struct sim *sim);

#endif
