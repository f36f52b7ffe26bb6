/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SNMP_MIB_H
#define SNMP_MIB_H

/* POSTCHECK-MIB as text, for the OID that the subagent was told to use. Pure. */

#include <stdbool.h>
#include <stdint.h>

#include "checks/fault.h"

enum { MIB_MAX_BASE = 20 };

struct mib_base {
    uint32_t oid[MIB_MAX_BASE];
    size_t count;
};

/* Where everybody's experiments live: for development only. */
extern const struct mib_base mib_playpen;

/* "1.3.6.1.4.1.64512.7", also with a dot before it: below enterprises, and not a vendor's of ours.
 */
bool mib_take_base(const char *argument, struct mib_base *base, struct fault *fault);

/* The module, with BASE as its OID. */
const char *mib_text(struct arena *arena, const struct mib_base *base);

#endif
