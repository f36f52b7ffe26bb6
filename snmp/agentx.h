/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SNMP_AGENTX_H
#define SNMP_AGENTX_H

/*
 * The master agent's subagent: the only file that knows net-snmp's agent library. One registration
 * for the whole module; a request is answered from memory. The order of what is done, and what is
 * switched off, follows what was measured with net-snmp 5.9.3 (snmp.md 2.4).
 */

#include "checks/fault.h"
#include "snmp/table.h"

enum { AGENTX_MAX_BASE = 24 };

struct agentx_options {
    const char *socket; /* "unix:/path", "tcp:host:port"; NULL: the library's own */
    const uint32_t *base;
    size_t base_count;
    const struct table_view *(*view)(void *context); /* what is served now */
    void (*log)(const char *line);
    void *context;
};

/*
 * Connects, or tries again every other second until there is a master. Once per process. False
 * with FAULT when the base is registered by somebody else, or the library cannot be used.
 */
bool agentx_begin(const struct agentx_options *options, struct fault *fault);

/*
 * Waits for the master, for one of DESCRIPTORS, or TIMEOUT_MS at most, and answers what was asked.
 * False with FAULT when the base turns out to be registered by somebody else.
 */
bool agentx_turn(const int *descriptors, size_t count, unsigned timeout_ms, struct fault *fault);

void agentx_end(void);

#endif
