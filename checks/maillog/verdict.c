/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/verdict.h"

#include <stdarg.h>
#include <stdio.h>

struct judge {
    const struct flow_summary *s;
    const struct verdict_limits *l;
    struct verdict *v;
    int64_t now, stall;
};

static const char *const way_words[FLOW_WAYS] = {"unknown", "inbound", "outbound"};

const char *verdict_word(enum verdict_word word)
{
    static const char *const words[] = {"flowing", "degraded", "stalled", "no_proof"};
    return words[word];
}

const char *verdict_kind_word(enum verdict_kind kind)
{
    static const char *const words[VERDICT_KINDS] = {[VERDICT_NOTHING_READY] = "nothing_ready",
                                                     [VERDICT_NOT_QUEUED] = "not_queued",
                                                     [VERDICT_NOT_DELIVERED] = "not_delivered",
                                                     [VERDICT_SILENCE] = "silence",
                                                     [VERDICT_SUSPENDED] = "suspended",
                                                     [VERDICT_SLOW_QUEUE] = "slow_queue",
                                                     [VERDICT_BACKLOG] = "backlog",
                                                     [VERDICT_SLOW_DELIVERY] = "slow_delivery",
                                                     [VERDICT_BOUNCES] = "bounces",
                                                     [VERDICT_CONNECTIONS] = "connections",
                                                     [VERDICT_TLS] = "tls",
                                                     [VERDICT_INFLIGHT] = "inflight",
                                                     [VERDICT_HOP] = "hop",
                                                     [VERDICT_RESOURCES] = "resources",
                                                     [VERDICT_NO_ENTRIES] = "no_entries",
                                                     [VERDICT_NO_ACCEPT] = "no_accept",
                                                     [VERDICT_NO_READY] = "no_ready",
                                                     [VERDICT_NO_QUEUED] = "no_queued",
                                                     [VERDICT_NO_DELIVERED] = "no_delivered",
                                                     [VERDICT_OLD] = "old"};
    return words[kind];
}

const char *verdict_way_word(enum flow_direction way)
{
    return way_words[way];
}

const char *verdict_evidence_title(enum flow_evidence_id id)
{
    static const char *const titles[FLOW_EVIDENCES] = {"the log moves, and names its version",
                                                       "the listener accepts connections",
                                                       "messages are taken",
                                                       "messages pass the work queue",
                                                       "next hops take messages",
                                                       "nothing is left behind",
                                                       "failures are within their limits",
                                                       "the appliance's counters agree",
                                                       "the engines update"};
    return titles[id];
}

const char *verdict_duration(int64_t seconds, char *text, size_t size)
{
    int64_t minutes = seconds / 60, hours = minutes / 60;
    if (seconds < 100)
        (void)snprintf(text, size, "%lld s", (long long)seconds);
    else if (minutes < 100)
        (void)snprintf(text, size, "%lld min", (long long)minutes);
    else if (hours < 48)
        (void)snprintf(text, size, "%lld h %02lld min", (long long)hours,
                       (long long)(minutes % 60));
    else
        (void)snprintf(text, size, "%lld d %02lld h", (long long)(hours / 24 % 99999),
                       (long long)(hours % 24));
    return text;
}

__attribute__((format(printf, 3, 4))) static struct verdict_reason
say(enum verdict_kind kind, enum flow_direction way, const char *format, ...)
{
    struct verdict_reason reason = {.kind = kind, .way = way};
    va_list args;
    va_start(args, format);
    (void)vsnprintf(reason.text, sizeof(reason.text), format, args);
    va_end(args);
    return reason;
}

/* A stall weighs more than what degrades, and what degrades more than what is missing. */
static void blame(struct judge *j, struct verdict_reason reason, uint64_t count, uint64_t of,
                  int64_t seconds)
{
    enum verdict_word word = reason.kind <= VERDICT_SUSPENDED ? VERDICT_STALLED : VERDICT_DEGRADED;
    reason.count = count;
    reason.of = of;
    reason.seconds = seconds;
    if (j->v->word != VERDICT_STALLED)
        j->v->word = word;
    if (j->v->reason_count < VERDICT_MAX_REASONS)
        j->v->reasons[j->v->reason_count++] = reason;
}

static void miss(struct judge *j, struct verdict_reason reason)
{
    if (j->v->missing_count < VERDICT_MAX_REASONS)
        j->v->missing[j->v->missing_count++] = reason;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The share is above LIMIT, and not by chance: the limit lies outside Wilson's 95 % interval. */
static bool beyond(uint64_t count, uint64_t of, double limit)
{
    if (limit < 0 || of == 0)
        return false;
    double share = (double)count / (double)of, above = share - limit;
    return above > 0 && above * above * (double)of > 1.96 * 1.96 * limit * (1 - limit);
}

static unsigned percent(uint64_t count, uint64_t of)
{
    return of == 0 ? 0 : (unsigned)((double)count * 100 / (double)of + 0.5);
}

static int64_t last_of(const struct flow_summary *s, int which)
{
    int64_t last = 0;
    for (int way = 0; way < FLOW_WAYS; way++)
        last = later(last, which == 0   ? s->way[way].last_ready
                           : which == 1 ? s->way[way].last_queued
                                        : s->way[way].last_delivered);
    return last;
}

static uint64_t queued_messages(const struct flow_summary *s)
{
    uint64_t sum = 0;
    for (int way = 0; way < FLOW_WAYS; way++)
        sum += s->way[way].queued;
    return sum;
}

/*
 * Accepted connections and no message for so long. A quiet site has long gaps that mean nothing:
 * the gap must also be ten times the usual one, which for few messages is not taken as shorter than
 * the stall time.
 */
static void judge_receiving(struct judge *j)
{
    const struct flow_summary *s = j->s;
    char text[16];
    uint64_t accepted = s->in.accepted + s->in.relayed;
    int64_t taken = later(s->evidence[FLOW_E2].last, last_of(s, 0)),
            from = taken != 0 ? taken : s->first;
    int64_t gap =
        (s->evidence[FLOW_E1].last == 0 && taken == 0 ? s->last : s->evidence[FLOW_E1].last) - from;
    int64_t usual =
        (from - s->first + j->stall) / ((int64_t)(s->evidence[FLOW_E2].count & 0xffffffff) + 1);
    if (accepted == 0 || gap <= j->stall)
        return;
    if (taken == 0 ? accepted < 3 : gap <= 10 * usual)
        return;
    blame(j,
          say(VERDICT_NOTHING_READY, FLOW_UNKNOWN_WAY,
              "connections are accepted, but %s message was taken for %s",
              taken == 0 ? "no" : "no further", verdict_duration(gap, text, sizeof(text))),
          accepted, 0, gap);
}

static void judge_scanning(struct judge *j)
{
    const struct flow_summary *s = j->s;
    char text[16];
    int64_t waits = s->waiting.oldest_scanning, queued = last_of(s, 1);
    bool none = j->now - later(queued, s->first) > j->stall;
    if (s->waiting.scanning == 0 || waits <= j->stall)
        return;
    blame(j,
          say(none ? VERDICT_NOT_QUEUED : VERDICT_SLOW_QUEUE, FLOW_UNKNOWN_WAY,
              none ? "taken messages do not leave the work queue: %llu wait, the oldest for %s"
                   : "some messages stay in the work queue: %llu, the oldest for %s; others pass",
              (unsigned long long)s->waiting.scanning, verdict_duration(waits, text, sizeof(text))),
          s->waiting.scanning, 0, waits);
}

/* One direction that is stuck; true: it is. */
static bool judge_way(struct judge *j, enum flow_direction way)
{
    const struct flow_summary *s = j->s;
    char text[16];
    int64_t since = later(s->way[way].last_delivered, s->first), gap = j->now - since;
    int64_t usual =
        (since - s->first + j->stall) / ((int64_t)(s->way[way].delivered & 0xffffffff) + 1);
    if (s->way[way].queued == 0 || s->way[way].last_queued <= s->way[way].last_delivered ||
        gap <= j->stall || s->waiting.oldest_delivering <= j->stall)
        return false;
    if (s->way[way].delivered == 0 ? s->way[way].queued < 3 : gap <= 10 * usual)
        return false;
    blame(j,
          say(VERDICT_NOT_DELIVERED, way,
              "%s%smessages are queued, but %s was taken by a next hop for %s",
              way != FLOW_UNKNOWN_WAY ? way_words[way] : "", way != FLOW_UNKNOWN_WAY ? ": " : "",
              s->way[way].delivered == 0 ? "none" : "no further one",
              verdict_duration(gap, text, sizeof(text))),
          s->waiting.delivering + s->waiting.delayed, s->way[way].queued, gap);
    return true;
}

static void judge_delivery(struct judge *j)
{
    const struct flow_summary *s = j->s;
    char text[16];
    uint64_t waiting = s->waiting.delivering + s->waiting.delayed, queued = queued_messages(s);
    int64_t waits = s->waiting.oldest_delivering, done = last_of(s, 2);
    bool none = j->now - later(done, s->first) > j->stall, stuck = false;
    if (s->family[FAMILY_suspended] > 0 && waiting > 0 && (done == 0 || j->now - done > 60)) {
        blame(j,
              say(VERDICT_SUSPENDED, FLOW_UNKNOWN_WAY,
                  "delivery is suspended: %llu wait, the oldest for %s",
                  (unsigned long long)waiting, verdict_duration(waits, text, sizeof(text))),
              waiting, 0, waits);
        return;
    }
    for (int way = FLOW_WAYS; way-- > 0;)
        stuck = judge_way(j, (enum flow_direction)way) || stuck;
    if (stuck || waiting == 0 || waits <= j->stall)
        return;
    if (none && done == 0)
        blame(j,
              say(VERDICT_NOT_DELIVERED, FLOW_UNKNOWN_WAY,
                  "no next hop took a message: %llu wait, the oldest for %s",
                  (unsigned long long)waiting, verdict_duration(waits, text, sizeof(text))),
              waiting, 0, waits);
    else if (beyond(waiting, queued, j->l->waiting_ratio))
        blame(j,
              say(VERDICT_BACKLOG, FLOW_UNKNOWN_WAY,
                  "%llu of %llu queued messages wait for delivery, the oldest for %s",
                  (unsigned long long)waiting, (unsigned long long)queued,
                  verdict_duration(waits, text, sizeof(text))),
              waiting, queued, waits);
}

/* Nothing at all, though there are connections. */
static void judge_silence(struct judge *j)
{
    const struct flow_summary *s = j->s;
    char text[16];
    int64_t quiet = j->now - s->last;
    uint64_t policy = s->in.accepted + s->in.relayed + s->in.rejected + s->in.refused;
    if (j->l->connections > 0 && (s->last == 0 || quiet > j->stall)) {
        blame(j,
              say(VERDICT_SILENCE, FLOW_UNKNOWN_WAY,
                  "%lld connections exist, but the log says nothing%s%s",
                  (long long)j->l->connections, s->last == 0 ? "" : " for ",
                  s->last == 0 ? "" : verdict_duration(quiet, text, sizeof(text))),
              (uint64_t)j->l->connections, 0, s->last == 0 ? 0 : quiet);
        return;
    }
    if (s->in.opened >= 3 && policy == 0 && s->messages.received == 0 &&
        s->last - s->first > j->stall)
        blame(j,
              say(VERDICT_SILENCE, FLOW_UNKNOWN_WAY,
                  "%llu connections were opened, and none was accepted or refused within %s",
                  (unsigned long long)s->in.opened,
                  verdict_duration(s->last - s->first, text, sizeof(text))),
              s->in.opened, 0, s->last - s->first);
}

static void judge_share(struct judge *j, enum verdict_kind kind, const char *what, uint64_t count,
                        uint64_t of, double limit)
{
    if (beyond(count, of, limit))
        blame(j,
              say(kind, FLOW_UNKNOWN_WAY, "%u %% of %llu %s, more than %u %%", percent(count, of),
                  (unsigned long long)of, what, (unsigned)(limit * 100 + 0.5)),
              count, of, 0);
}

/* It took mail, and since then there are only errors. */
static void judge_hops(struct judge *j)
{
    const struct flow_hop *worst = NULL;
    uint64_t dead = 0;
    char text[16];
    for (size_t i = 0; i < j->s->hop_count; i++) {
        const struct flow_hop *hop = &j->s->hops[i];
        if (hop->delivered == 0 || hop->errors < 3 || hop->last_error <= hop->last_delivered ||
            j->now - hop->last_delivered <= j->stall)
            continue;
        dead++;
        if (worst == NULL || hop->delivered > worst->delivered)
            worst = hop;
    }
    if (worst == NULL)
        return;
    int64_t gap = j->now - worst->last_delivered;
    struct verdict_reason reason =
        say(VERDICT_HOP, FLOW_UNKNOWN_WAY,
            "next hop %.47s took %llu recipients, then only errors for %s", worst->address,
            (unsigned long long)worst->delivered, verdict_duration(gap, text, sizeof(text)));
    blame(j, reason, dead, j->s->hop_count, gap);
}

static void judge_limits(struct judge *j)
{
    const struct flow_summary *s = j->s;
    uint64_t open = s->messages.class[FLOW_OPEN];
    judge_share(j, VERDICT_BOUNCES, "recipients bounced", s->recipients.bounced,
                s->recipients.bounced + s->recipients.delivered, j->l->bounce_ratio);
    judge_share(j, VERDICT_CONNECTIONS, "connections to next hops failed", s->out.errors,
                s->out.opened + s->out.errors, j->l->error_ratio);
    judge_share(j, VERDICT_TLS, "TLS handshakes with next hops failed", s->out.tls_failed,
                s->out.tls_ok + s->out.tls_failed, j->l->tls_ratio);
    if (j->l->delivery_p95_s >= 0 && s->delivery.count > 0 &&
        s->delivery.p95 > j->l->delivery_p95_s)
        blame(j,
              say(VERDICT_SLOW_DELIVERY, FLOW_UNKNOWN_WAY,
                  "5 %% of the deliveries take %u s or longer, more than %lld s", s->delivery.p95,
                  (long long)j->l->delivery_p95_s),
              s->delivery.count, 0, s->delivery.p95);
    if (j->l->inflight >= 0 && open > (uint64_t)j->l->inflight)
        blame(j,
              say(VERDICT_INFLIGHT, FLOW_UNKNOWN_WAY, "%llu messages are in flight, more than %lld",
                  (unsigned long long)open, (long long)j->l->inflight),
              open, 0, 0);
    if (s->queue_full > 0)
        blame(j,
              say(VERDICT_RESOURCES, FLOW_UNKNOWN_WAY,
                  "the listener refused mail %llu times for want of resources",
                  (unsigned long long)s->queue_full),
              s->queue_full, 0, 0);
}

static void judge_evidence(struct judge *j)
{
    const struct flow_summary *s = j->s;
    bool *holds = j->v->holds;
    bool late = s->waiting.oldest_delivering > j->stall && s->waiting.delivering > 0;
    for (int id = 0; id < FLOW_EVIDENCES; id++)
        holds[id] = s->evidence[id].count > 0;
    holds[FLOW_E0] = holds[FLOW_E0] && s->last > s->first;
    holds[FLOW_E3] = holds[FLOW_E3] && s->waiting.oldest_scanning <= j->stall;
    holds[FLOW_E5] = s->messages.finished > 0 && !late && s->waiting.oldest_scanning <= j->stall;
    holds[FLOW_E6] = s->recipients.delivered + s->recipients.bounced > 0;
    for (size_t i = 0; i < j->v->reason_count; i++)
        if (j->v->reasons[i].kind >= VERDICT_SLOW_DELIVERY)
            holds[FLOW_E6] = false;
        else if (j->v->reasons[i].kind == VERDICT_NOT_DELIVERED ||
                 j->v->reasons[i].kind == VERDICT_SUSPENDED)
            holds[FLOW_E5] = false;
    holds[FLOW_E7] = holds[FLOW_E7] && s->counters.failures == 0 && s->counters.compared &&
                     !s->counters.reset && s->counters.taken > 0 && s->counters.delivered > 0;
    holds[FLOW_E8] = holds[FLOW_E8] && s->other_logs.failures == 0;
    for (int way = 0; way < FLOW_WAYS; way++)
        j->v->flows[way] =
            s->way[way].delivered > 0 &&
            (j->l->fresh_s < 0 || j->now - s->way[way].last_delivered <= j->l->fresh_s);
}

/* A direction: how far does its chain reach? */
static void miss_way(struct judge *j, enum flow_direction way)
{
    const struct flow_summary *s = j->s;
    const char *word = way_words[way];
    if (j->v->flows[way])
        return;
    if (s->way[way].ready == 0 && s->way[way].queued == 0 && s->way[way].delivered == 0)
        miss(j, say(VERDICT_NO_READY, way, "%s: no message was seen", word));
    else if (s->way[way].queued == 0 && s->way[way].delivered == 0)
        miss(j,
             say(VERDICT_NO_QUEUED, way, "%s: of %llu messages taken none was queued for delivery",
                 word, (unsigned long long)s->way[way].ready));
    else if (s->way[way].delivered == 0)
        miss(j, say(VERDICT_NO_DELIVERED, way, "%s: of %llu queued messages no next hop took one",
                    word, (unsigned long long)s->way[way].queued));
    else
        miss(j, say(VERDICT_OLD, way, "%s: no message was delivered lately", word));
}

/* What is not proven; true: something without which nothing is. */
static bool find_missing(struct judge *j)
{
    const struct flow_summary *s = j->s;
    char text[16];
    int64_t done = last_of(s, 2);
    bool lacks = true;
    if (s->last == 0)
        miss(j, say(VERDICT_NO_ENTRIES, FLOW_UNKNOWN_WAY, "no entry of a mail log was read"));
    else if (s->evidence[FLOW_E1].count == 0)
        miss(j, say(VERDICT_NO_ACCEPT, FLOW_UNKNOWN_WAY,
                    s->in.rejected + s->in.refused > 0
                        ? "no connection was accepted, only refused ones were seen"
                        : "no connection was accepted"));
    else
        lacks = false;
    if (s->last == 0)
        return true;
    if (s->evidence[FLOW_E2].count == 0)
        miss(j, say(VERDICT_NO_READY, FLOW_UNKNOWN_WAY, "no message was taken from a sender"));
    if (s->evidence[FLOW_E3].count == 0)
        miss(j, say(VERDICT_NO_QUEUED, FLOW_UNKNOWN_WAY,
                    "no message passed the work queue (queued for delivery)"));
    if (s->evidence[FLOW_E4].count == 0)
        miss(j, say(VERDICT_NO_DELIVERED, FLOW_UNKNOWN_WAY, "no next hop took a message"));
    lacks = lacks || j->v->missing_count > 0;
    if (!lacks && j->l->fresh_s >= 0 && j->now - done > j->l->fresh_s) {
        lacks = true;
        miss(j, say(VERDICT_OLD, FLOW_UNKNOWN_WAY, "the last delivery is %s old",
                    verdict_duration(j->now - done, text, sizeof(text))));
    }
    for (int way = FLOW_INBOUND; way < FLOW_WAYS; way++) {
        lacks = lacks || (j->l->need[way] && !j->v->flows[way]);
        miss_way(j, (enum flow_direction)way);
    }
    return lacks;
}

static void worst_first(struct verdict *verdict)
{
    for (size_t i = 1; i < verdict->reason_count; i++)
        for (size_t k = i; k > 0 && verdict->reasons[k].kind < verdict->reasons[k - 1].kind; k--) {
            struct verdict_reason swap = verdict->reasons[k];
            verdict->reasons[k] = verdict->reasons[k - 1];
            verdict->reasons[k - 1] = swap;
        }
}

void verdict_judge(const struct flow_summary *summary, const struct verdict_limits *limits,
                   struct verdict *verdict)
{
    struct judge j = {summary, limits, verdict, later(limits->now, summary->last),
                      limits->stall_s > 0 ? limits->stall_s : 1};
    *verdict = (struct verdict){.word = VERDICT_FLOWING};
    judge_silence(&j);
    if (summary->last != 0) {
        judge_receiving(&j);
        judge_scanning(&j);
        judge_delivery(&j);
        judge_limits(&j);
        judge_hops(&j);
    }
    judge_evidence(&j);
    /* A proven fault outweighs ignorance. */
    if (find_missing(&j) && verdict->word == VERDICT_FLOWING)
        verdict->word = VERDICT_NO_PROOF;
    worst_first(verdict);
}
