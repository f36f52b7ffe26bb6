/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_ICINGA_DOWNTIME_H
#define PLUGIN_ICINGA_DOWNTIME_H

/*
 * Downtime in Icinga 2 around a change: for the host of each appliance and cluster, with all
 * services. What was scheduled is kept by its name in a file of the change, a name a line, and
 * nothing else is ever removed.
 */

#include "plugin/config.h"

struct downtime {
    struct arena *arena;
    const struct config *config;
    const char *path;    /* of the file; its folder is there */
    const char *comment; /* of the change */
    int64_t from, until; /* UTC */
};

/*
 * For all *HOSTS or for none: what was scheduled before one was refused is removed again. Those of
 * an earlier call for the same change are replaced. False with FAULT.
 */
bool downtime_schedule(const struct downtime *downtime, size_t *hosts, struct fault *fault);

/*
 * Removes what the file names, and then the file. One that is over or was removed by somebody else
 * is no fault. *REMOVED counts; no file: 0, and nobody is asked. False with FAULT: the rest stays,
 * and stays named.
 */
bool downtime_remove(const struct downtime *downtime, size_t *removed, struct fault *fault);

#endif
