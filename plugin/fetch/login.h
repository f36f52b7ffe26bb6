/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_LOGIN_H
#define PLUGIN_FETCH_LOGIN_H

/*
 * Exactly one authentication attempt: more than ten failed logins within two minutes lock this
 * address out for about a day (asyncos-cli.md 1.6, V). A key or the agent when configured, else the
 * passphrase; never one after the other.
 */

#include "plugin/fetch/link.h"

struct login {
    struct fetch *fetch;
    ssh_key key; /* NULL unless identity_file is used */
};

/*
 * Gets what the login needs before anybody is asked: the key (its passphrase is the line of the
 * credentials whose USER is the path of the key), one key of the agent, or the passphrase. False
 * with FAULT (LOGIN, INTERNAL). login_free() in any case.
 */
bool login_prepare(struct login *login, struct fetch *fetch, struct fault *fault);

/*
 * Logs in on LINK, whose host key is verified, until DEADLINE_MS. False with FAULT: LOGIN, EXPIRED,
 * FACTOR, TIMEOUT, DROPPED, BUSY. Says in the fetch whether the passphrase was accepted or refused.
 */
bool login_try(struct login *login, const struct link *link, int64_t deadline_ms,
               struct fault *fault);

void login_free(struct login *login);

/* Does TEXT, in any letter case, demand that the passphrase be changed? Its form is not known. */
bool login_says_expired(struct span text);

#endif
