/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_REDACT_H
#define PLUGIN_REDACT_H

/*
 * Takes out of a document what may not be kept (design.md 7 and 8): secrets always, mail addresses
 * and subjects unless they are to be kept. Pure and idempotent; line ends stay where they are, so
 * evidence keeps its line numbers, and the text stays well-formed JSON, XML or HTML.
 */

#include "checks/arena.h"
#include "checks/text.h"

/*
 * BYTES with
 *  - every occurrence of SECRET (the passphrase in use; may be empty; shorter than 4 bytes is left)
 *    as "[redacted]", also percent-encoded or as base64;
 *  - values behind names such as passphrase, password, secret, community, token, jwtToken, cookie,
 *    sid, Authorization ("name: value", "name=value", JSON, XML element or attribute, form input);
 *  - unless KEEP_ADDRESSES: the local part of mail addresses ("redacted@example.com"), subjects
 *    (JSON member "subject", `Subject '…'` of mail logs).
 * "name: value" counts when the value is one word before a line end, a separator or the next name:
 * "Password: expired for the user" is prose and stays, as do words such as "none" and "yes". The
 * secret is found in any spelling of JSON, XML, HTML and forms; of its base64 the first and last
 * character may stay. UTF-16 stays as it is.
 * Returns BYTES itself when there is nothing to take out, else a copy in ARENA.
 */
struct span redact(struct arena *arena, struct span bytes, struct span secret, bool keep_addresses);

/* The first of these only, for sentences of our own that may quote an appliance. */
struct span redact_secret(struct arena *arena, struct span bytes, struct span secret);

/* Values behind names of secrets only: passphrase, token and so on. */
struct span redact_values(struct arena *arena, struct span bytes);

#endif
