/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_PROXY_H
#define PLUGIN_FETCH_PROXY_H

/*
 * A command whose standard input and output are the way to the appliance: `proxy_command`, or the
 * ssh program for `proxy_jump` (hosted appliances, asyncos-cli.md 1.1).
 */

#include <sys/types.h>

#include "plugin/fetch/fetch.h"

struct proxy {
    pid_t pid;  /* 0 = none */
    int errors; /* its standard error, never blocking; -1 = none */
};

/* Does NODE want one? */
bool proxy_wanted(const struct config_node *node);

/*
 * The command line for NODE, in ARENA; NULL with FAULT when a byte of the configuration would mean
 * something to the shell. In proxy_command %h, %p, %r and %% become host, port, user and %;
 * both run in place of the shell ("exec").
 */
const char *proxy_line(struct arena *arena, const struct config_node *node, struct fault *fault);

/* Starts LINE with the shell. Its end of a socket, never blocking; -1 with FAULT (INTERNAL). */
int proxy_start(struct proxy *proxy, const char *line, struct fault *fault);

/* The last line that it said on standard error, in BUFFER; empty when it said nothing. */
struct span proxy_words(const struct proxy *proxy, char *buffer, size_t size);

/* Ends it, by force if it must be, and waits for its end. */
void proxy_stop(struct proxy *proxy);

#endif
