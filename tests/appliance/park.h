/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_PARK_H
#define TESTS_APPLIANCE_PARK_H

/* Connections that no daemon serves: they get nothing, or garbage. */

#include <stdbool.h>

bool park_start(void);

/* Takes FD and holds it, reading and forgetting, until the client goes. */
void park_connection(int fd, bool garbage);

/* Closes all that are held. */
void park_stop(void);

#endif
