/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RENDER_SERIES_H
#define PLUGIN_RENDER_SERIES_H

/* What a metric of a check is called in Prometheus: in base units, with the unit as suffix. */

#include "checks/arena.h"

struct series_unit {
    const char *suffix; /* of the metric's name: "_s" */
    const char *unit;   /* of the series: "seconds" */
    double factor;      /* a value of the metric, times this, is one of the series */
};

/* The unit of METRIC; NULL = a bare number. */
const struct series_unit *series_unit_of(const char *metric);

/* "uptime_s" is "postcheck_uptime_seconds". In ARENA. */
const char *series_name(struct arena *arena, const char *metric);

#endif
