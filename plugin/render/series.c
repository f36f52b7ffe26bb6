/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/render/series.h"

#include <string.h>

#include "checks/check.h"

static const struct series_unit units[] = {
    {"_s", "seconds", 1},        {"_ms", "seconds", 0.001}, {"_days", "seconds", 86400},
    {"_bytes", "bytes", 1},      {"_mb", "bytes", 1e6},     {"_kb", "bytes", 1e3},
    {"_percent", "ratio", 0.01}, {"_ratio", "ratio", 1},    {"_celsius", "celsius", 1}};

const struct series_unit *series_unit_of(const char *metric)
{
    for (size_t i = 0; i < CHECK_COUNT(units); i++) {
        size_t all = strlen(metric), n = strlen(units[i].suffix);
        if (all > n && strcmp(metric + all - n, units[i].suffix) == 0)
            return &units[i];
    }
    return NULL;
}

const char *series_name(struct arena *arena, const char *metric)
{
    const struct series_unit *unit = series_unit_of(metric);
    size_t stem = strlen(metric) - (unit == NULL ? 0 : strlen(unit->suffix));
    return arena_printf(arena, "postcheck_%.*s%s%s", (int)stem, metric, unit == NULL ? "" : "_",
                        unit == NULL ? "" : unit->unit);
}
