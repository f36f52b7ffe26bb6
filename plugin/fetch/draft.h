/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_DRAFT_H
#define PLUGIN_FETCH_DRAFT_H

/*
 * Text that is being put together and may hold a secret: headers, request bodies, answers. When it
 * grows, what it leaves behind is overwritten; draft_wipe() overwrites the rest.
 */

#include "checks/arena.h"
#include "checks/text.h"

struct draft {
    struct arena *arena;
    char *bytes; /* NUL-terminated; NULL as long as nothing was put */
    size_t n, size;
};

void draft_put(struct draft *draft, struct span span);
void draft_string(struct draft *draft, const char *string);

/* SPAN as base64 with padding (RFC 4648). */
void draft_base64(struct draft *draft, struct span span);

/* SPAN percent-encoded: all bytes but letters, digits, '-', '.', '_', '~' (RFC 3986). */
void draft_percent(struct draft *draft, struct span span);

struct span draft_span(const struct draft *draft);

/* Makes it empty, and keeps the room. */
void draft_wipe(struct draft *draft);

#endif
