/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_REDACT_ADDRESS_H
#define PLUGIN_REDACT_ADDRESS_H

/*
 * Local parts of mail addresses: user@example.com, "a b"@example.com, and with the at sign written
 * as %40, &#64; or \u0040. What only stands around them (quotes, escapes, "sender=") stays.
 */

#include "plugin/redact_pass.h"

void redact_address_scan(struct redact_pass *pass);

/* The same for the bytes from BEGIN to END only, as if there were no others. */
void redact_address_range(struct redact_pass *pass, size_t begin, size_t end);

#endif
