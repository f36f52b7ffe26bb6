/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_XML_STATUS_H
#define CHECKS_PARSE_XML_STATUS_H

/*
 * GET /xml/status of an ESA. asyncos-http.md 4 (V: 4.5, 5.1, 10.0). ISO-8859-1; names of counters,
 * rates and gauges vary by release, may repeat (the first counts), none is required.
 * No network, no entities, no external subset is ever loaded.
 */

#include "checks/fleet.h"
#include "checks/parse/feature.h"
#include "checks/release.h"

struct xml_status_number {
    struct span name;
    double values[3]; /* counter: reset, uptime, lifetime · rate: 1, 5, 15 minutes, per hour (I) */
    bool has[3];      /* gauge: values[0] */
    char unit;        /* '%', 'B' or 0 */
    unsigned line;
};

struct xml_status {
    bool has_release;
    struct release release;
    struct span build; /* attribute as written */
    struct span hostname;
    bool has_timestamp;
    struct stamp timestamp; /* local wall clock (I) */
    bool has_birth_time;
    struct stamp birth_time; /* start of the system */
    unsigned birth_time_line;
    bool has_uptime;
    int64_t uptime_s;
    bool has_system_status;
    struct span system_status;
    unsigned system_status_line;
    struct span system_status_other; /* a second <system> says this instead; or empty */
    bool has_oldest;
    int64_t oldest_s;
    unsigned root_line;
    struct feature *features;
    size_t feature_count;
    struct xml_status_number *counters, *rates, *gauges;
    size_t counter_count, rate_count, gauge_count;
};

extern const struct document_kind xml_status_kind; /* https/xml_status.xml */

/* First entry of that name in one of the three lists, or NULL. */
const struct xml_status_number *xml_status_find(const struct xml_status_number *list, size_t count,
                                                const char *name);

#endif
