/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_ENVELOPE_H
#define CHECKS_MAILLOG_ENVELOPE_H

/*
 * What stands before the message of a log line: mail-logs.md (a), "Envelope of a line".
 *
 *     Sun Mar  8 04:00:02 2026 Info: MID …                            file (R; one-column day V)
 *     <166>Mar  8 04:00:02 esa1 mail_logs: Info: MID …                syslog (R)
 *     esa1 mail_logs: Info: MID …                                     header eaten (R)
 *     2026 Mar 08 04:00:02 esa1 mail [info] mail_logs:nopid Info: …   course text (V)
 *     a syslog header and then a whole file line                      forwarders (P)
 */

#include "checks/maillog/line.h"

struct envelope {
    uint32_t size; /* bytes of it, behind "Info: " with all its blanks */
    uint32_t when; /* as struct line_event */
    bool yearless, timeless;
    uint8_t level;
    bool bare; /* no level: a consolidated event follows */
    struct span host, tag;
};

/* Reads the envelope of LINE; TIMELESS: also one without a time. False: it has none. */
bool envelope_read(struct span line, bool timeless, struct envelope *envelope);

/*
 * Wall clock seconds since 1970 of yearless WHEN in YEAR (1970 to 9999), and the other way round
 * the year of SECONDS.
 */
int64_t envelope_in_year(uint32_t when, int year);
int envelope_year(int64_t seconds);

#endif
