/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_SESSION_H
#define TESTS_APPLIANCE_SESSION_H

/*
 * One SSH connection, served by one thread with libssh: key exchange, login, channels. Knows
 * nothing of the CLI. asyncos-cli.md 1.4, 1.6.
 */

#include <libssh/libssh.h>

#include "tests/appliance/appliance.h"

struct session;

/* A channel with a shell or one batch command. */
struct session_channel {
    struct session *session;
    ssh_channel ssh;
    bool pty;
    int columns, rows; /* of the terminal; 0 = none told */
    bool shell;
    char *command; /* of a batch channel; NULL for a shell */
    bool wanted;   /* shell or command asked for, and not yet served */
    bool refused;  /* a second shell: to be closed */
    bool closed;
    bool eof;             /* the client writes no more */
    char *input;          /* what the client wrote and nobody took yet */
    size_t used, n, room; /* input[used … n) is left */
    struct session_channel *next;
    void *callbacks;
};

/* One node's host keys, one user key for all: made before the first session. */
bool session_prepare(struct sim *sim);
void session_free_keys(struct sim *sim);

/*
 * Serves the accepted connection FD in a thread of its own: SHELL is called for each shell or batch
 * command, and closes its channel at the end. FD is closed by the session.
 */
void session_serve(struct sim *sim, struct sim_node *node, int fd,
                   void (*shell)(struct session_channel *channel));

/* Breaks all connections of NODE (NULL: of all appliances). */
void session_break(const struct sim_node *node);

/* Breaks all, and waits until their threads have ended. */
void session_stop(void);

struct sim *session_sim(const struct session_channel *channel);
struct sim_node *session_node(const struct session_channel *channel);

/* Is somebody still there to read what is written? */
bool session_is_open(const struct session_channel *channel);

/*
 * Next byte that the client wrote. -1 when the channel ended, or nothing came in TIMEOUT_MS (-1 =
 * for ever).
 */
int session_read(struct session_channel *channel, int timeout_ms);

/* Waits until the client wrote something. False: nothing in TIMEOUT_MS, or the channel ended. */
bool session_typed(struct session_channel *channel, int timeout_ms);

/* Did the client write Ctrl-C? Takes everything up to it. Waits at most TIMEOUT_MS. */
bool session_interrupted(struct session_channel *channel, int timeout_ms);

/* False when the client is gone. */
bool session_write(struct session_channel *channel, const char *bytes, size_t n);
bool session_write_error(struct session_channel *channel, const char *text);

/* Ends the channel properly; breaks the whole connection, journalled with WHY. */
void session_close(struct session_channel *channel, int status);
void session_cut(struct session_channel *channel, const char *why);

#endif
