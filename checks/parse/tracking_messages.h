/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_TRACKING_MESSAGES_H
#define CHECKS_PARSE_TRACKING_MESSAGES_H

/*
 * GET /sma/api/v2.0/message-tracking/messages, one answer per managed ESA. asyncos-http.md 2.2 (V).
 * Only host, serial number and time are read: senders, recipients and subjects are personal data
 * and never leave the document.
 */

#include "checks/fleet.h"

struct tracking_messages_record {
    struct span host;   /* without the "(192.0.2.10)" behind it; may be empty */
    struct span serial; /* may be empty */
    bool has_when;
    struct stamp when;
};

struct tracking_messages {
    struct tracking_messages_record *records;
    size_t count;
    bool has_total;
    int64_t total;       /* may be -1 */
    int64_t bad_records; /* 0 when not told */
};

/* https/tracking_messages/<esa>.json */
extern const struct document_kind tracking_messages_kind;

#endif
