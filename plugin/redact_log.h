/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_REDACT_LOG_H
#define PLUGIN_REDACT_LOG_H

/*
 * What redact() does, for the lines of mail logs (mail-logs.md (a)): the grammar stays, so that a
 * reader counts the same messages, recipients and outcomes as before. Pure and idempotent, one
 * pass over the bytes.
 */

#include "plugin/redact.h"

/*
 * BYTES with SECRET and values behind secret names taken out as redact() does; unless
 * KEEP_ADDRESSES
 *  - each address in <…> and elsewhere as <redacted@example.com>: the domain stays, it tells
 *    destinations apart; an address without a domain as <redacted>; the empty one of a bounce
 * stays;
 *  - subjects as Subject '[redacted]', in the quotes they had, or none;
 *  - names of attachments as '[redacted]', headers that are logged behind "Message done" as
 *    [('redacted', 'redacted')], names of SMTP users as redacted.
 * Returns BYTES itself when there is nothing to take out, else a copy in ARENA.
 */
struct span redact_log(struct arena *arena, struct span bytes, struct span secret,
                       bool keep_addresses);

/* redact_log() for documents "log/…", redact() for all others. */
struct span redact_log_document(struct arena *arena, const char *id, struct span bytes,
                                struct span secret, bool keep_addresses);

#endif
