/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_LOG_WRITER_H
#define TESTS_UNIT_LOG_WRITER_H

/* Writes mail logs for tests: whole messages, as far as they are to get. */

#include "tests/unit/unit.h"

#include <stdio.h>

#define INSIDE  "192.0.2.80"
#define OUTSIDE "198.51.100.25"
#define PARTNER "203.0.113.7"

enum { HOUR = 3600, MINUTE = 60, UP = 2 * HOUR, ASKED = 4 * HOUR };

/* How far a message gets. */
enum stage { ACCEPTED, STARTED, READY, DROPPED, QUEUED, FAILED, DELAYED, BOUNCED, DELIVERED };

/* A log that is being written. */
struct log {
    char *text;
    size_t n, room;
    const char *head; /* before the time: of the syslog form; NULL = file form */
    int day;          /* of March 2026 */
    unsigned id;
};

static inline void append(struct log *log, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static inline void append(struct log *log, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    const size_t n = (size_t)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    assert_true(n < sizeof(text));
    if (log->n + n + 1 > log->room) {
        log->room = 2 * (log->room + n + 1);
        char *text_now = arena_alloc(&arena, log->room);
        if (log->n > 0)
            memcpy(text_now, log->text, log->n);
        log->text = text_now;
    }
    memcpy(log->text + log->n, text, n + 1);
    log->n += n;
}

static inline void say(struct log *log, int at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static inline void say(struct log *log, int at, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (log->head != NULL)
        append(log, "<22>Mar %2d %02d:%02d:%02d %s mail_logs: Info: %s\n", log->day, at / HOUR,
               at / MINUTE % 60, at % 60, log->head, text);
    else
        append(log, "Sun Mar %2d %02d:%02d:%02d 2026 Info: %s\n", log->day, at / HOUR,
               at / MINUTE % 60, at % 60, text);
}

static inline void header(struct log *log, int at, const char *version)
{
    say(log, at, "Begin Logfile");
    say(log, at, "Version: %s SN: 564D00000000-EXAMPLE0001", version);
    say(log, at, "Time offset from UTC: 3600 seconds");
}

static inline void receive(struct log *log, int at, bool out, enum stage stage)
{
    const unsigned id = ++log->id;
    say(log, at,
        "New SMTP ICID %u interface Data 1 (192.0.2.11) address 198.51.100.%u reverse dns "
        "host mx.example.net verified yes",
        id, id % 200 + 1);
    say(log, at, "ICID %u %s SG %s match sbrs[none] SBRS None", id, out ? "RELAY" : "ACCEPT",
        out ? "RELAYLIST" : "UNKNOWNLIST");
    if (stage >= STARTED) {
        say(log, at, "Start MID %u ICID %u", id, id);
        say(log, at, "MID %u ICID %u From: <redacted@example.net>", id, id);
        say(log, at, "MID %u ICID %u RID 0 To: <redacted@example.com>", id, id);
    }
    if (stage >= READY) {
        say(log, at, "MID %u ready 2048 bytes from <redacted@example.net>", id);
        say(log, at,
            "MID %u matched all recipients for per-recipient policy DEFAULT in the %s table", id,
            out ? "outbound" : "inbound");
    }
    say(log, at, "ICID %u close", id);
}

/* One message, its last line at most six seconds behind AT. */
static inline void mail(struct log *log, int at, bool out, const char *hop, enum stage stage)
{
    receive(log, at, out, stage);
    const unsigned id = log->id;
    if (stage == DROPPED) {
        say(log, at + 2, "Message aborted MID %u Dropped by CASE", id);
        say(log, at + 2, "Message finished MID %u done", id);
    }
    if (stage < QUEUED)
        return;
    say(log, at + 2, "MID %u queued for delivery", id);
    if (stage == QUEUED)
        return;
    if (stage == FAILED) {
        say(log, at + 5,
            "Connection Error: DCID %u domain: example.com IP: %s port: 25 details: "
            "timeout interface: 192.0.2.11 reason: connection timed out",
            id, hop);
        return;
    }
    say(log, at + 3, "New SMTP DCID %u interface 192.0.2.11 address %s port 25", id, hop);
    say(log, at + 3, "Delivery start DCID %u MID %u to RID [0]", id, id);
    if (stage == DELAYED)
        say(log, at + 4,
            "Delayed: DCID %u MID %u to RID 0 - 4.1.0 - Unknown address error ('451', "
            "['later']) []",
            id, id);
    if (stage == BOUNCED)
        say(log, at + 4,
            "Bounced: DCID %u MID %u to RID 0 - 5.1.0 - Unknown address error ('550', "
            "['no']) []",
            id, id);
    if (stage == DELIVERED) {
        say(log, at + 4, "Message done DCID %u MID %u to RID [0]", id, id);
        say(log, at + 4, "MID %u RID [0] Response '2.0.0 ok'", id);
    }
    if (stage >= BOUNCED)
        say(log, at + 5, "Message finished MID %u done", id);
    say(log, at + 6, "DCID %u close", id);
}

/* COUNT messages of a kind, a minute apart. */
static inline void mails(struct log *log, int at, unsigned count, bool out, const char *hop,
                         enum stage stage)
{
    for (unsigned i = 0; i < count; i++)
        mail(log, at + (int)i * MINUTE, out, hop, stage);
}

#endif
