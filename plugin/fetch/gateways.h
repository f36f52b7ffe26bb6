/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_GATEWAYS_H
#define PLUGIN_FETCH_GATEWAYS_H

/*
 * Which gateways a manager (SMA) is asked about, one document of the tracking family each: those of
 * the inventory joined with those that it answers (checks/managed.h). asyncos-http.md 2.3 (I).
 */

#include "plugin/fetch/fetch.h"

struct gateways_item {
    const char *id;   /* of its document */
    const char *name; /* in the inventory, else as the manager has it */
    const char *host; /* as the manager has it; NULL: it does not list this gateway */
};

/*
 * Those whose message tracking is on or not told. LIST is the answer of config/appliances; empty
 * when there is none: then those that the inventory places there. Names from the answer that cannot
 * be the name of an appliance (they become paths) are left out. In the arena of FETCH.
 */
struct gateways_item *gateways_find(const struct fetch *fetch, const struct document_kind *kind,
                                    struct span list, size_t *count);

/*
 * PATH with the query for the newest messages of HOST in the hour before NOW_S (UTC). Tracking
 * takes whole minutes only, and offset and limit only together (1.5, V).
 */
const char *gateways_query(struct arena *arena, const char *path, const char *host, int64_t now_s);

#endif
