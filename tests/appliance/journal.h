/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_JOURNAL_H
#define TESTS_APPLIANCE_JOURNAL_H

/*
 * DIR/journal.jsonl: one JSON object a line of everything that was asked, written and flushed at
 * once, by any thread: {"t_ms", "node", "on", "event", …}. Never holds a passphrase or token.
 */

#include "tests/appliance/appliance.h"

/*
 * Events and their further members, in pairs of name and text, ended by NULL:
 *   connect   peer            accepted TCP connection
 *   auth      method, user, ok ("yes"/"no")
 *   shell     columns, rows   exec command
 *   input     bytes           everything that was written to a channel, in the order it came
 *   request   method, path, status, auth (basic, token, cookie, none), host, user_agent, accept
 *   fault     fault           a fault was played
 *   close     why             state  name
 *   methods   user            (asked with "none" which logins there are)
 *   session   open            logged in; how many sessions of this appliance are open
 *   answer    question, answer, default ("taken" by an empty line / "not taken")
 *   changed   command, answer what a real appliance would have changed
 *   down, up                  the appliance's ports
 */
void journal(struct sim *sim, const struct sim_node *node, const char *on, const char *event, ...)
    __attribute__((sentinel));

/* Like "input", for bytes that may hold anything. */
void journal_bytes(struct sim *sim, const struct sim_node *node, const char *on, const char *event,
                   const char *bytes, size_t n);

#endif
