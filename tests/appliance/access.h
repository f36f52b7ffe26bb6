/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_ACCESS_H
#define TESTS_APPLIANCE_ACCESS_H

/*
 * Who may ask over HTTPS: passphrases, tokens of the API and sessions of the GUI. Called by any
 * thread. What is granted here is never journalled.
 */

#include "tests/appliance/appliance.h"

/*
 * Are USER and PASSPHRASE right for NODE? Journalled as event "auth" of ON with METHOD; a wrong
 * one counts as a failed login.
 */
bool access_passphrase(struct sim *sim, struct sim_node *node, const char *on, const char *method,
                       struct span user, struct span passphrase);

enum access_verdict { ACCESS_GRANTED, ACCESS_UNKNOWN, ACCESS_EXPIRED };

/*
 * A new token or session of NODE, valid for LIFE_S seconds and only together with CLIENT, the text
 * of whatever it is bound to. In ARENA.
 */
const char *access_grant(struct arena *arena, const struct sim_node *node, const char *client,
                         int64_t life_s);
enum access_verdict access_check(const struct sim_node *node, const char *client, const char *text);
void access_withdraw(const struct sim_node *node, const char *text);

/* Withdraws all and releases the memory. */
void access_free(void);

#endif
