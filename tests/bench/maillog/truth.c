/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/maillog/truth.h"

#include <stdlib.h>
#include <string.h>

#include "tests/bench/maillog/out.h"

/*
 * Decisions where the definitions leave room:
 * - Only written lines count: a message that was born before the first byte is "older" when a line
 *   that says what happens to it is written; verdicts, Subject and Message-ID do not.
 * - The recipients of a message in the spam quarantine are those whose To line was written and
 *   that have no other outcome.
 * - "pending till" says the same as "Delayed".  - A double bounce is a bounced recipient.
 * - Deleted from a policy quarantine is dropped.
 * - A Message done for what was started "to offbox" is quarantined, its tail or not.
 * - "Reinjected MID a as MID b" says nothing of a: that one is finished long since.
 * - When ids begin anew (--reset), what was open stays open, whatever gets its number.
 * - Lines without a time (--style bare) have no latency and no minutes.
 * - What is free chatter at Debug or Trace is recognised.
 * - A line that stands twice counts once, but in `lines` and `bytes`.
 */

struct truth_fate truth_unseen(void)
{
    return (struct truth_fate){TRUTH_NONE, TRUTH_NONE, TRUTH_NONE, 0, 0, 0, 0};
}

void truth_init(struct truth *t, int64_t first, bool timed)
{
    memset(t, 0, sizeof(*t));
    t->minute_base = first / 60;
    t->timed = timed;
}

void truth_free(struct truth *t)
{
    free(t->minutes);
    free(t->scan.of);
    free(t->delivery.of);
}

static void *grown(void *list, size_t *room, size_t wanted, size_t size)
{
    size_t more = wanted + wanted / 2 + 64;
    char *new = realloc(list, more * size);
    if (new == NULL)
        abort();
    memset(new + *room *size, 0, (more - *room) * size);
    *room = more;
    return new;
}

static struct truth_minute *minute(struct truth *t)
{
    static struct truth_minute nowhere;
    if (!t->timed)
        return &nowhere;
    size_t i = (size_t)(t->now / 60 - t->minute_base);
    if (i >= t->minute_room)
        t->minutes = grown(t->minutes, &t->minute_room, i + 1, sizeof(*t->minutes));
    return &t->minutes[i];
}

static void sample(struct truth_counts *counts, int64_t from, int64_t to)
{
    if (from == TRUTH_NONE || to == TRUTH_NONE || to < from)
        return;
    size_t seconds = (size_t)(to - from);
    if (seconds >= counts->room)
        counts->of = grown(counts->of, &counts->room, seconds + 1, sizeof(*counts->of));
    counts->of[seconds]++;
    counts->count++;
}

void truth_met(struct truth *t, struct truth_fate *f)
{
    (void)t;
    f->flags |= TRUTH_MET;
}

void truth_start(struct truth *t, struct truth_fate *f, bool received)
{
    f->flags |= TRUTH_MET | TRUTH_BORN;
    if (received) {
        t->messages.received++;
        minute(t)->received++;
    } else {
        t->messages.generated++;
    }
}

void truth_ready(struct truth *t, struct truth_fate *f, uint64_t bytes)
{
    f->flags |= TRUTH_MET;
    t->messages.ready++;
    t->messages.bytes += bytes;
    if (t->timed)
        f->ready = t->now;
}

void truth_to(struct truth *t, struct truth_fate *f)
{
    f->flags |= TRUTH_MET;
    f->accepted++;
    t->recipients.accepted++;
}

void truth_refused(struct truth *t, struct truth_fate *f)
{
    f->flags |= TRUTH_MET;
    t->recipients.refused++;
}

void truth_child(struct truth *t, struct truth_fate *parent, struct truth_fate *child, bool split)
{
    parent->flags |= TRUTH_MET | TRUTH_HANDED_ON;
    child->flags |= TRUTH_MET | TRUTH_BORN;
    child->ready = parent->ready;
    *(split ? &t->messages.split : &t->messages.rewritten) += 1;
}

void truth_generated(struct truth *t, struct truth_fate *f)
{
    (void)t;
    f->flags |= TRUTH_MET | TRUTH_BORN;
}

void truth_queued(struct truth *t, struct truth_fate *f)
{
    f->flags |= TRUTH_MET;
    if (t->timed && f->queued == TRUTH_NONE)
        f->queued = t->now;
}

void truth_done(struct truth *t, struct truth_fate *f, unsigned recipients, bool quarantine)
{
    f->flags |= TRUTH_MET | (quarantine ? TRUTH_OFFBOX : TRUTH_DELIVERED);
    f->known = (uint16_t)(f->known + recipients);
    if (quarantine) {
        t->recipients.quarantined += recipients;
        return;
    }
    t->recipients.delivered += recipients;
    minute(t)->delivered += recipients;
    if (t->timed)
        f->done = t->now;
}

void truth_bounced(struct truth *t, struct truth_fate *f)
{
    f->flags |= TRUTH_MET | TRUTH_BOUNCED;
    f->known++;
    t->recipients.bounced++;
    minute(t)->bounced++;
}

void truth_delayed(struct truth *t, struct truth_fate *f, unsigned rid)
{
    uint64_t bit = (uint64_t)1 << (rid & 63);
    f->flags |= TRUTH_MET;
    t->recipients.delayed += (f->delayed & bit) == 0;
    f->delayed |= bit;
}

void truth_flag(struct truth *t, struct truth_fate *f, unsigned flags)
{
    (void)t;
    f->flags = (uint16_t)(f->flags | flags | TRUTH_MET);
}

static enum truth_class class_of(unsigned flags)
{
    if (flags & TRUTH_DELIVERED)
        return TRUTH_IS_DELIVERED;
    if (flags & (TRUTH_SPAM | TRUTH_OFFBOX) || (flags & TRUTH_HELD && !(flags & TRUTH_RELEASED)))
        return TRUTH_IS_QUARANTINED;
    if (flags & TRUTH_DROPPED)
        return TRUTH_IS_DROPPED;
    if (flags & TRUTH_BOUNCED)
        return TRUTH_IS_BOUNCED;
    return flags & TRUTH_HANDED_ON ? TRUTH_IS_HANDED_ON : TRUTH_IS_OTHER;
}

static void leaves(struct truth *t, struct truth_fate *f)
{
    t->messages.older += (f->flags & TRUTH_BORN) == 0;
    if (f->flags & TRUTH_SPAM && f->accepted > f->known)
        t->recipients.quarantined += f->accepted - f->known;
    sample(&t->scan, f->ready, f->queued);
    sample(&t->delivery, f->queued, f->done);
    *f = truth_unseen();
}

void truth_finished(struct truth *t, struct truth_fate *f, bool aborted)
{
    t->messages.finished++;
    t->messages.class[aborted ? TRUTH_IS_ABORTED : class_of(f->flags)]++;
    leaves(t, f);
}

void truth_finished_first(struct truth *t, struct truth_fate *f)
{
    (void)t;
    f->flags |= TRUTH_FINISHED | TRUTH_MET;
}

void truth_left_open(struct truth *t, struct truth_fate *f)
{
    if ((f->flags & TRUTH_FINISHED) != 0) {
        truth_finished(t, f, false);
        return;
    }
    if ((f->flags & TRUTH_MET) == 0)
        return;
    t->messages.open++;
    leaves(t, f);
}

static uint64_t percentile(const struct truth_counts *counts, unsigned p)
{
    uint64_t rank = (counts->count * p + 99) / 100, seen = 0;
    for (size_t i = 0; i < counts->room; i++)
        if ((seen += counts->of[i]) >= rank && rank != 0)
            return i;
    return 0;
}

static void write_latency(FILE *out, const char *name, const struct truth_counts *c)
{
    (void)fprintf(out,
                  "\"%s\": {\"count\": %ju, \"p50\": %ju, \"p95\": %ju, \"p99\": %ju, "
                  "\"max\": %ju}",
                  name, (uintmax_t)c->count, (uintmax_t)percentile(c, 50),
                  (uintmax_t)percentile(c, 95), (uintmax_t)percentile(c, 99),
                  (uintmax_t)percentile(c, 100));
}

static void write_minutes(FILE *out, const struct truth *t, int offset)
{
    const char *comma = "";
    (void)fprintf(out, "  \"per_minute\": [");
    for (size_t i = 0; i < t->minute_room; i++) {
        const struct truth_minute *m = &t->minutes[i];
        char time[24];
        if (m->received + m->delivered + m->bounced == 0)
            continue;
        out_time(time, (t->minute_base + (int64_t)i) * 60 - offset);
        (void)fprintf(out,
                      "%s\n    {\"minute\": \"%.16s\", \"received\": %ju, \"delivered\": %ju, "
                      "\"bounced\": %ju}",
                      comma, time, (uintmax_t)m->received, (uintmax_t)m->delivered,
                      (uintmax_t)m->bounced);
        comma = ",";
    }
    (void)fprintf(out, "\n  ]\n");
}

static void write_appliances(FILE *out, const struct truth *t)
{
    (void)fprintf(out, "  \"appliances\": [");
    for (unsigned i = 0; i < t->appliance_count; i++) {
        const struct truth_appliance *a = &t->appliances[i];
        const char *quote = a->name != NULL ? "\"" : "";
        (void)fprintf(out,
                      "%s{\"name\": %s%s%s, \"version\": \"%s\", \"serial\": \"%s\", "
                      "\"utc_offset_s\": %d}",
                      i == 0 ? "" : ", ", quote, a->name != NULL ? a->name : "null", quote,
                      a->version, a->serial, a->utc_offset_s);
    }
    (void)fprintf(out, "],\n");
}

static void write_messages(FILE *out, const struct truth *t)
{
    static const char *const words[] = {"delivered", "quarantined", "dropped", "bounced",
                                        "handed_on", "other",       "aborted"};
    (void)fprintf(out,
                  "  \"messages\": {\"received\": %ju, \"generated\": %ju, \"split\": %ju, "
                  "\"rewritten\": %ju, \"ready\": %ju, \"bytes\": %ju, \"finished\": %ju",
                  (uintmax_t)t->messages.received, (uintmax_t)t->messages.generated,
                  (uintmax_t)t->messages.split, (uintmax_t)t->messages.rewritten,
                  (uintmax_t)t->messages.ready, (uintmax_t)t->messages.bytes,
                  (uintmax_t)t->messages.finished);
    for (unsigned i = 0; i < TRUTH_CLASSES; i++)
        (void)fprintf(out, ", \"%s\": %ju", words[i], (uintmax_t)t->messages.class[i]);
    (void)fprintf(out, ", \"older\": %ju, \"open\": %ju},\n", (uintmax_t)t->messages.older,
                  (uintmax_t)t->messages.open);
}

bool truth_write(const struct truth *t, uint64_t lines, uint64_t bytes, const char *path)
{
    FILE *out = fopen(path, "w");
    int offset = t->appliance_count > 0 ? t->appliances[0].utc_offset_s : 0;
    if (out == NULL)
        return false;
    (void)fprintf(out,
                  "{\n  \"lines\": %ju,\n  \"bytes\": %ju,\n  \"continuations\": %ju,\n"
                  "  \"unrecognised\": %ju,\n",
                  (uintmax_t)lines, (uintmax_t)bytes, (uintmax_t)t->continuations,
                  (uintmax_t)t->unrecognised);
    if (t->timed) {
        char first[24], last[24];
        out_time(first, t->first - offset);
        out_time(last, t->last - offset);
        (void)fprintf(out, "  \"first\": \"%sZ\",\n  \"last\": \"%sZ\",\n", first, last);
    }
    write_appliances(out, t);
    (void)fprintf(out,
                  "  \"connections\": {\"in\": {\"opened\": %ju, \"accepted\": %ju, "
                  "\"relayed\": %ju, \"rejected\": %ju, \"refused\": %ju, \"tls_ok\": %ju, "
                  "\"tls_failed\": %ju},\n    \"out\": {\"opened\": %ju, \"tls_ok\": %ju, "
                  "\"tls_failed\": %ju, \"errors\": %ju}},\n",
                  (uintmax_t)t->in.opened, (uintmax_t)t->in.accepted, (uintmax_t)t->in.relayed,
                  (uintmax_t)t->in.rejected, (uintmax_t)t->in.refused, (uintmax_t)t->in.tls_ok,
                  (uintmax_t)t->in.tls_failed, (uintmax_t)t->out.opened, (uintmax_t)t->out.tls_ok,
                  (uintmax_t)t->out.tls_failed, (uintmax_t)t->out.errors);
    write_messages(out, t);
    (void)fprintf(out,
                  "  \"recipients\": {\"accepted\": %ju, \"refused\": %ju, \"delivered\": %ju, "
                  "\"delayed\": %ju, \"bounced\": %ju, \"quarantined\": %ju},\n  \"latency_s\": {",
                  (uintmax_t)t->recipients.accepted, (uintmax_t)t->recipients.refused,
                  (uintmax_t)t->recipients.delivered, (uintmax_t)t->recipients.delayed,
                  (uintmax_t)t->recipients.bounced, (uintmax_t)t->recipients.quarantined);
    write_latency(out, "scan", &t->scan);
    (void)fprintf(out, ",\n    ");
    write_latency(out, "delivery", &t->delivery);
    (void)fprintf(out, "},\n");
    write_minutes(out, t, offset);
    (void)fprintf(out, "}\n");
    return fclose(out) == 0;
}
