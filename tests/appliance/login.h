/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_LOGIN_H
#define TESTS_APPLIANCE_LOGIN_H

/*
 * The way into one SSH connection: what is offered, and who is let in. asyncos-cli.md 1.4, 1.6.
 */

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include "tests/appliance/appliance.h"

struct session;

struct login {
    struct session *session; /* that it leads into: for who gets the same callbacks */
    struct sim *sim;
    struct sim_node *node;
    ssh_session ssh;
    ssh_key user_key;
    bool done;             /* logged in */
    unsigned tries;        /* that were wrong */
    bool passphrase_right; /* a second factor is still missing */
    bool interactive_only; /* neither passwords nor keys are taken */
    bool asks_again;       /* a wrong answer is asked for again, within the attempt */
    char user[64];         /* that keyboard-interactive began with */
};

/*
 * Offers the methods, before the key exchange. CALLBACKS are those of the login; their context is
 * LOGIN, whose session, sim, node, ssh and user_key are set.
 */
void login_begin(struct login *login, struct ssh_server_callbacks_struct *callbacks);

#endif
