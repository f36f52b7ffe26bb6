/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_CEF_H
#define CHECKS_MAILLOG_CEF_H

/*
 * A consolidated event: what became of one message, in one line (AsyncOS 13 and later).
 * mail-logs.md "Other logs", R; names that are not there are the Common Event Format's own.
 *
 *     CEF:0|Cisco|MODEL|VERSION|ESA_CONSOLIDATED_LOG_EVENT|Consolidated Log Event|5|KEY=VALUE …
 *
 * Keys have any order and any of them may be missing. A value holds blanks and "\="; it ends where
 * " KEY=" follows, or, when it is a whole Python dict, with its brace. Events are cut in the middle
 * of a value on their way (R): what is cut is never told.
 *
 * Spans point into the line and are as written: cef_plain() undoes the escapes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/fault.h"
#include "checks/text.h"
#include "checks/time.h"

enum { CEF_PAIRS = 96 };

enum cef_act {
    CEF_ACT_NONE, /* not told */
    CEF_ACT_DELIVERED,
    CEF_ACT_BOUNCED,
    CEF_ACT_QUARANTINED,
    CEF_ACT_DQ,   /* delayed quarantine */
    CEF_ACT_OTHER /* another word: quote it */
};

enum cef_way { CEF_WAY_NONE, CEF_WAY_INBOUND, CEF_WAY_OUTBOUND };

struct cef_pair {
    struct span key, value;
};

struct cef {
    struct span vendor, model, version, event, name, severity;
    bool consolidated; /* an ESA_CONSOLIDATED_LOG_EVENT of Cisco */

    bool cut;           /* it ends early: a sign of that, or neither `act` nor `ESAStatus` in it */
    unsigned malformed; /* texts without a key, keys that came twice, numbers that are none */
    struct span stray;  /* the first of them */

    bool has_mid, has_icid, has_dcid;
    uint64_t mid, icid, dcid;
    enum cef_act act;
    struct span act_text, details, status; /* act, ESAFinalActionDetails, ESAStatus */
    struct span from, to;                  /* suser; duser: see cef_next() */
    struct span subject;                   /* msg */
    struct span serial, host, address;     /* deviceExternalId, dvchost, dvc */
    enum cef_way way;                      /* deviceDirection */
    struct span start_text, end_text;      /* start=, end= on 16.x, startTime=, endTime= before */
    bool has_start, has_end;
    struct stamp start, end;

    struct cef_pair pairs[CEF_PAIRS]; /* in their order; the first of each key */
    unsigned pair_count, unkept;
};

/*
 * Reads LINE, which begins with "CEF:". False: it does not (FAULT_SYNTAX), or ends inside its
 * header (FAULT_CUT; what there is of the header is in OUT). FAULT may be NULL.
 */
bool cef_parse(struct span line, struct cef *out, struct fault *fault);

/* The value of KEY as written; false: not told. */
bool cef_find(const struct cef *event, const char *key, struct span *value);

/* The next address of a list like event.to, without blanks; false: no more. LIST is used up. */
bool cef_next(struct span *list, struct span *address);

/* VALUE without escapes, as much as has room, ended by NUL (SIZE >= 1). Returns its bytes. */
size_t cef_plain(struct span value, char *buffer, size_t size);

const char *cef_act_word(enum cef_act act); /* "delivered", "dq"; NONE is "" */

#endif
