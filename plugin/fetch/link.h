/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_LINK_H
#define PLUGIN_FETCH_LINK_H

/*
 * One SSH connection (libssh) that never blocks: reaching the appliance, directly or through a
 * proxy, the key exchange, and waiting within a deadline.
 */

#include <libssh/libssh.h>

#include "plugin/fetch/proxy.h"

struct link {
    const struct fetch *fetch;
    ssh_session session; /* NULL = none */
    int fd;              /* our end of the way there; -1 = none */
    struct proxy proxy;
};

/*
 * Connects and exchanges keys until DEADLINE_MS. HOST_KEYS are the key types to ask for, in this
 * order; NULL = libssh's own. Nothing is sent that tells a secret. False with FAULT: UNREACHABLE,
 * TIMEOUT, ALGORITHM, BUSY, DROPPED, SYNTAX (no SSH at all), INTERNAL. link_close() in any case.
 */
bool link_open(struct link *link, const struct fetch *fetch, const char *host_keys,
               int64_t deadline_ms, struct fault *fault);

/* Leaves at once; no farewell to a shell is sent here. */
void link_close(struct link *link);

/* Waits until something came, or something can be sent that waits. False at UNTIL_MS. */
bool link_wait(const struct link *link, int64_t until_ms);

/* Is the connection gone? */
bool link_lost(const struct link *link);

/*
 * Why a step failed, when it is not what the step itself can tell: the connection is lost (DROPPED,
 * BUSY by its words) or an error of libssh (INTERNAL). STEP is "the login". Returns false.
 */
bool link_fault(const struct link *link, const char *step, struct fault *fault);

/* Does TEXT, in any letter case, tell that there are too many sessions? */
bool link_says_busy(struct span text);

#endif
