/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_FLOW_READING_H
#define TESTS_UNIT_FLOW_READING_H

/*
 * Reads a log text in every way that may not matter (both paths, buffers, pieces, CR LF) and writes
 * down what was found, so that two readings are compared as texts and a difference can be read.
 */

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "checks/maillog/maillog.h"
#include "tests/unit/log_lines.h"

enum { READING_BYTES = 1 << 17, REFERENCE = 1772949600 }; /* 2026-03-08 06:00 */

/* CORE: counts of messages, recipients, connections that are not 0. ALL: everything but bytes. */
struct reading {
    char core[2048], all[READING_BYTES];
    size_t core_n, all_n;
    struct flow_summary sum; /* its lists are gone */
};

static struct reading reading; /* the last */
static uint32_t reading_seed = 1;

static inline uint32_t reading_random(uint32_t below)
{
    reading_seed = reading_seed * 1664525u + 1013904223u;
    return (reading_seed >> 8) % below;
}

static inline void reading_put(struct reading *to, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static inline void reading_put(struct reading *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    to->all_n += (size_t)vsnprintf(to->all + to->all_n, READING_BYTES - to->all_n, format, args);
    va_end(args);
    assert_true(to->all_n < READING_BYTES);
}

static inline void reading_core(struct reading *to, const char *name, uint64_t value)
{
    if (value == 0)
        return;
    to->core_n += (size_t)snprintf(to->core + to->core_n, sizeof(to->core) - to->core_n, "%s%s %ju",
                                   to->core_n > 0 ? ", " : "", name, (uintmax_t)value);
    assert_true(to->core_n < sizeof(to->core));
}

static inline void reading_write_core(struct reading *to)
{
    const struct flow_summary *sum = &to->sum;
#define CORE(name, field) reading_core(to, name, sum->field);
    CORE("received", messages.received)
    CORE("generated", messages.generated)
    CORE("split", messages.split)
    CORE("rewritten", messages.rewritten)
    CORE("ready", messages.ready)
    CORE("bytes", messages.bytes)
    CORE("finished", messages.finished)
    for (unsigned i = 0; i < FLOW_CLASSES; i++)
        reading_core(to, flow_class_word((enum flow_class)i), sum->messages.class[i]);
    CORE("older", messages.older)
    CORE("expired", messages.expired)
    CORE("orphans", messages.orphans)
    CORE("to", recipients.accepted)
    CORE("to refused", recipients.refused)
    CORE("to delivered", recipients.delivered)
    CORE("to delayed", recipients.delayed)
    CORE("to bounced", recipients.bounced)
    CORE("to quarantined", recipients.quarantined)
    CORE("in", in.opened)
    CORE("in accepted", in.accepted)
    CORE("in relayed", in.relayed)
    CORE("in rejected", in.rejected)
    CORE("in refused", in.refused)
    CORE("in tls", in.tls_ok)
    CORE("in tls failed", in.tls_failed)
    CORE("out", out.opened)
    CORE("out tls", out.tls_ok)
    CORE("out tls failed", out.tls_failed)
    CORE("out errors", out.errors)
#undef CORE
}

static inline void reading_write_lists(struct reading *to, struct flow *flow, bool ordered)
{
    const struct flow_summary *sum = &to->sum;
    for (size_t i = 0; i < sum->appliance_count; i++)
        reading_put(to, "%s/%s/%s/%d %jd-%jd %ju %ju\n", sum->appliances[i].host,
                    sum->appliances[i].serial, sum->appliances[i].version,
                    sum->appliances[i].utc_offset_s, (intmax_t)sum->appliances[i].first,
                    (intmax_t)sum->appliances[i].last, (uintmax_t)sum->appliances[i].restarts,
                    (uintmax_t)sum->appliances[i].resets);
    for (size_t i = 0; i < sum->minute_count; i++)
        reading_put(to, "minute %jd: %u %u %u\n", (intmax_t)sum->minutes[i].minute,
                    sum->minutes[i].received, sum->minutes[i].delivered, sum->minutes[i].bounced);
    for (size_t i = 0; ordered && i < sum->hop_count; i++)
        reading_put(to, "hop %s: %ju %ju %ju %ju %ju %ju\n", sum->hops[i].address,
                    (uintmax_t)sum->hops[i].opened, (uintmax_t)sum->hops[i].delivered,
                    (uintmax_t)sum->hops[i].delayed, (uintmax_t)sum->hops[i].bounced,
                    (uintmax_t)sum->hops[i].errors, (uintmax_t)sum->hops[i].tls_failed);
    for (unsigned i = 0; ordered && i < FLOW_EVIDENCES; i++)
        reading_put(to, "E%u: %ju %jd %ju '%.*s'\n", i, (uintmax_t)sum->evidence[i].count,
                    (intmax_t)sum->evidence[i].last, (uintmax_t)sum->evidence[i].line,
                    (int)sum->evidence[i].text_n, sum->evidence[i].text);
    for (unsigned i = 0; i < FLOW_LISTS; i++) {
        struct flow_top tops[50];
        size_t count = flow_top(flow, (enum flow_list)i, tops, COUNT(tops));
        for (size_t k = 0; k < count; k++)
            reading_put(to, "top %u: %ju %.*s\n", i, (uintmax_t)tops[k].count,
                        TEXT_ARGS(tops[k].text));
    }
}

/* ORDERED: also what depends on the order of the lines in a second, and on how many there are. */
static inline void reading_write(struct reading *to, struct flow *flow, bool ordered)
{
    const struct flow_summary *sum = &to->sum;
    to->core_n = to->all_n = 0;
    to->core[0] = '\0';
    assert_true(flow_summary(flow, &to->sum));
    reading_write_core(to);
    reading_put(to, "%s\n", to->core);
    if (ordered)
        reading_put(to, "%ju lines, %ju continue, %ju unknown\n", (uintmax_t)sum->lines,
                    (uintmax_t)sum->continuations, (uintmax_t)sum->unrecognised);
    for (unsigned i = 0; ordered && i < FAMILY_COUNT; i++)
        if (sum->family[i] != 0)
            reading_put(to, "%s %ju\n", family_name((enum family)i), (uintmax_t)sum->family[i]);
    for (unsigned i = 0; i < FLOW_WAYS; i++)
        reading_put(to, "way %u: %ju %ju %ju\n", i, (uintmax_t)sum->way[i].ready,
                    (uintmax_t)sum->way[i].queued, (uintmax_t)sum->way[i].delivered);
    reading_put(to, "scan %ju %u %u %u, delivery %ju %u %u %u\n", (uintmax_t)sum->scan.count,
                sum->scan.p50, sum->scan.p95, sum->scan.max, (uintmax_t)sum->delivery.count,
                sum->delivery.p50, sum->delivery.p95, sum->delivery.max);
    reading_put(to, "waiting %ju %ju %ju %ju\n", (uintmax_t)sum->waiting.scanning,
                (uintmax_t)sum->waiting.delivering, (uintmax_t)sum->waiting.delayed,
                (uintmax_t)sum->waiting.held);
    reading_put(to, "%ju-%ju, %ju steps, other %ju, events %ju\n", (uintmax_t)sum->first,
                (uintmax_t)sum->last, (uintmax_t)sum->clock_steps, (uintmax_t)sum->other_logs.lines,
                (uintmax_t)sum->consolidated.events);
    reading_write_lists(to, flow, ordered);
}

static inline bool reading_can(enum line_path path)
{
    const struct flow_options options = {.reference = REFERENCE};
    struct maillog *log = maillog_new(0, path, &options);
    maillog_free(log);
    return log != NULL;
}

/* BUFFER bytes at a time; PIECES: of random size, at most that many bytes, 0 = whole. */
static inline void read_so(struct span text, const struct flow_options *options, size_t buffer,
                           enum line_path path, uint32_t pieces, bool ordered)
{
    struct maillog *log = maillog_new(buffer, path, options);
    assert_non_null(log);
    while (text.n > 0) {
        size_t n = pieces == 0 ? text.n : 1 + reading_random(pieces);
        n = n < text.n ? n : text.n;
        assert_true(maillog_feed(log, text_head(text, n)));
        text = text_skip(text, n);
    }
    assert_true(maillog_finish(log));
    reading_write(&reading, maillog_flow(log), ordered);
    maillog_free(log);
}

static inline struct span reading_crlf(struct span text)
{
    char *copy = malloc(2 * text.n + 1);
    size_t n = 0;
    assert_non_null(copy);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\n')
            copy[n++] = '\r';
        copy[n++] = text.p[i];
    }
    return (struct span){copy, n};
}

/* The first line that differs is shown. */
static inline void assert_reading(const char *wanted, const char *found)
{
    size_t i = 0, line = 0;
    for (; wanted[i] == found[i] && wanted[i] != '\0'; i++)
        if (wanted[i] == '\n')
            line = i + 1;
    if (wanted[i] != found[i])
        fail_msg("wanted: %.*s\nfound:  %.*s", (int)strcspn(wanted + line, "\n"), wanted + line,
                 (int)strcspn(found + line, "\n"), found + line);
}

/* Reads TEXT in every way. All must find the same. */
static inline void read_every_way(struct span text, const struct flow_options *options)
{
    static const size_t buffers[] = {64, 100, 4096, 0};
    static const enum line_path paths[] = {LINE_PORTABLE, LINE_AVX2};
    struct span dos = reading_crlf(text);
    read_so(text, options, 0, LINE_PORTABLE, 0, true);
    char *first = malloc(reading.all_n + 1);
    assert_non_null(first);
    memcpy(first, reading.all, reading.all_n + 1);
    for (size_t p = 0; p < COUNT(paths); p++)
        for (size_t b = 0; b < COUNT(buffers) && reading_can(paths[p]); b++) {
            read_so(text, options, buffers[b], paths[p], 0, true);
            assert_reading(first, reading.all);
            read_so(text, options, buffers[b], paths[p], 150, true);
            assert_reading(first, reading.all);
            read_so(dos, options, buffers[b], paths[p], b % 2 ? 500 : 0, true);
            assert_reading(first, reading.all);
        }
    free(first);
    free((void *)(uintptr_t)dos.p);
}

static const struct flow_options reading_options = {
    .reference = REFERENCE, .top = true, .details = true};

/* TEXT, read in every way, gives CORE. */
static inline void text_gives(const char *core, const char *text)
{
    read_every_way(text_of(text), &reading_options);
    assert_reading(core, reading.core);
}

#define GIVES(core, ...) text_gives(core, log_lines((const char *const[]){__VA_ARGS__, NULL}).p)

#endif
