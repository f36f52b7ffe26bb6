/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_SYSTEM_STATUS_H
#define CHECKS_PARSE_SYSTEM_STATUS_H

/*
 * GET /esa/api/v2.0/health/system_status. Members as asyncos-http.md 3.3 attests them for the
 * health resource (V), under "data" or at the top; numbers or numbers in strings. There is no
 * "system status" among them: health is no substitute for Online.
 */

#include "checks/fleet.h"

struct system_status_value {
    bool present;
    double value;
};

struct system_status {
    struct system_status_value cpu_percent, ram_percent, swap_percent, queue_percent,
        diskio_percent;
    struct system_status_value resource_conservation;
    struct system_status_value messages_in_workqueue;
};

extern const struct document_kind system_status_kind; /* https/system_status.json */

#endif
