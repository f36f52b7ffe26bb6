/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_CONFIG_APPLIANCES_H
#define CHECKS_PARSE_CONFIG_APPLIANCES_H

/*
 * GET /sma/api/v2.0/config/appliances?device_type=sma. asyncos-http.md 3.2 (V, 12.0.0-452): a list
 * of one-member objects keyed by serial number. Flags may be absent: absent is "not told", not
 * "no".
 */

#include "checks/fleet.h"

enum config_appliances_flag { FLAG_UNTOLD, FLAG_NO, FLAG_YES };

enum config_appliances_service {
    SERVICE_TRACKING,
    SERVICE_REPORTING,
    SERVICE_SPAM,
    SERVICE_PVO,
    SERVICE_COUNT
};

struct config_appliances_entry {
    struct span serial;
    struct span product_type; /* "ESA", "WSA"; empty = not told */
    struct span host_name;    /* empty = not told */
    struct span ip_address;   /* may hold a host name (I) */
    enum config_appliances_flag established;
    enum config_appliances_flag services[SERVICE_COUNT];
    unsigned line; /* 0: JSON tells none */
};

struct config_appliances {
    struct config_appliances_entry *entries;
    size_t count;
};

extern const struct document_kind config_appliances_kind; /* https/config_appliances.json */

/* "Message Tracking", "Reporting", "Spam Quarantine", "Policy, Virus and Outbreak Quarantines" */
const char *config_appliances_service_name(enum config_appliances_service service);

#endif
