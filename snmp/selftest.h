/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SNMP_SELFTEST_H
#define SNMP_SELFTEST_H

/*
 * Asks the local snmpd for the module as a manager would, and tells the usual things that are in
 * the way: no master or no right to reach it, a view that hides the module, somebody else's
 * registration. How to ask (version, community, user) comes from snmp.conf, never from a command
 * line.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "checks/arena.h"

struct selftest {
    const char *socket; /* of the master; NULL: the library's own */
    const char *agent;  /* NULL: udp:127.0.0.1:161 */
    const uint32_t *base;
    size_t base_count;
};

/* One line per thing that was tried, on OUT. 0 all is well, 1 something is not. */
int selftest_run(struct arena *arena, const struct selftest *test, FILE *out);

#endif
