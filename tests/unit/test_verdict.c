/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include "checks/maillog/verdict.h"

enum { START = 1772935200, HOUR = 3600 };

static struct flow_summary summary; /* a quiet hour in which everything works */
static struct verdict_limits limits;
static struct verdict verdict;
static struct flow_hop hop;

static void evidence(enum flow_evidence_id id, uint64_t count, int64_t last)
{
    summary.evidence[id].count = count;
    summary.evidence[id].last = last;
}

/* COUNT messages were taken, the last one then. */
static void taken(uint64_t count, int64_t last)
{
    evidence(FLOW_E2, count, last);
    for (int way = FLOW_INBOUND; way < FLOW_WAYS; way++)
        summary.way[way].last_ready = last;
}

static int healthy(void **state)
{
    (void)state;
    summary = (struct flow_summary){.lines = 1500, .first = START, .last = START + HOUR};
    limits = VERDICT_LIMITS;
    evidence(FLOW_E0, 1, START);
    evidence(FLOW_E1, 120, START + HOUR - 5);
    evidence(FLOW_E2, 100, START + HOUR - 5);
    evidence(FLOW_E3, 100, START + HOUR - 3);
    evidence(FLOW_E4, 100, START + HOUR);
    summary.in.opened = 150;
    summary.in.accepted = 80;
    summary.in.relayed = 40;
    summary.in.rejected = 30;
    summary.messages.received = summary.messages.ready = summary.messages.finished = 100;
    summary.recipients.delivered = 130;
    summary.recipients.bounced = 3;
    for (int way = FLOW_INBOUND; way < FLOW_WAYS; way++) {
        summary.way[way].ready = summary.way[way].queued = summary.way[way].delivered = 50;
        summary.way[way].last_ready = START + HOUR - 5;
        summary.way[way].last_queued = START + HOUR - 3;
        summary.way[way].last_delivered = START + HOUR;
    }
    return 0;
}

static enum verdict_word judged(void)
{
    verdict_judge(&summary, &limits, &verdict);
    return verdict.word;
}

/* The verdict is WORD, and its first reason KIND. */
static void assert_reason(enum verdict_word word, enum verdict_kind kind)
{
    assert_string_equal(verdict_word(judged()), verdict_word(word));
    assert_true(verdict.reason_count > 0);
    assert_string_equal(verdict_kind_word(verdict.reasons[0].kind), verdict_kind_word(kind));
    assert_true(verdict.reasons[0].text[0] != '\0');
}

static void flows_when_the_whole_chain_was_seen(void **state)
{
    (void)state;
    assert_int_equal(judged(), VERDICT_FLOWING);
    assert_int_equal(verdict.reason_count, 0);
    assert_int_equal(verdict.missing_count, 0);
    assert_true(verdict.holds[FLOW_E0] && verdict.holds[FLOW_E5] && verdict.holds[FLOW_E6]);
    assert_false(verdict.holds[FLOW_E7]);
    assert_false(verdict.holds[FLOW_E8]);
}

/* Nothing at all, only refused connections, or one link of the chain less: never green. */
static void silence_is_no_proof(void **state)
{
    (void)state;
    summary = (struct flow_summary){0};
    assert_int_equal(judged(), VERDICT_NO_PROOF);
    assert_int_equal(verdict.missing[0].kind, VERDICT_NO_ENTRIES);
    for (int id = FLOW_E1; id <= FLOW_E4; id++) {
        (void)healthy(NULL);
        evidence(id, 0, 0);
        assert_true(judged() != VERDICT_FLOWING);
        assert_true(verdict.missing_count > 0);
        assert_false(verdict.holds[id]);
    }
    for (int id = 0; id < FLOW_EVIDENCES; id++)
        evidence(id, 0, 0);
    summary.in.accepted = summary.in.relayed = 0;
    assert_int_equal(judged(), VERDICT_NO_PROOF);
    assert_non_null(strstr(verdict.missing[0].text, "only refused"));
}

static void names_the_direction_without_mail(void **state)
{
    (void)state;
    memset(&summary.way[FLOW_OUTBOUND], 0, sizeof(summary.way[0]));
    assert_int_equal(judged(), VERDICT_FLOWING);
    assert_int_equal(verdict.missing_count, 1);
    assert_int_equal(verdict.missing[0].way, FLOW_OUTBOUND);
    assert_true(verdict.flows[FLOW_INBOUND]);
    assert_false(verdict.flows[FLOW_OUTBOUND]);
    limits.need[FLOW_OUTBOUND] = true;
    assert_int_equal(judged(), VERDICT_NO_PROOF);
}

static void old_proof_is_none(void **state)
{
    (void)state;
    limits.now = summary.last + 2 * HOUR;
    assert_int_equal(judged(), VERDICT_NO_PROOF);
    assert_int_equal(verdict.missing[0].kind, VERDICT_OLD);
    assert_string_equal(verdict.missing[0].text, "the last delivery is 2 h 00 min old");
    limits.fresh_s = -1;
    assert_int_equal(judged(), VERDICT_FLOWING);
}

static void accepts_but_nothing_ready(void **state)
{
    (void)state;
    taken(50, START + HOUR / 2); /* one in 36 s, then none for half an hour */
    assert_reason(VERDICT_STALLED, VERDICT_NOTHING_READY);
    taken(0, 0);
    assert_reason(VERDICT_STALLED, VERDICT_NOTHING_READY);
    assert_int_equal(verdict.reasons[0].seconds, HOUR - 5);
    evidence(FLOW_E1, 120, START + 500); /* not for long enough yet */
    assert_int_equal(judged(), VERDICT_NO_PROOF);
}

/* One message in twenty minutes: a gap of half an hour is nothing. */
static void a_quiet_site_is_no_stall(void **state)
{
    (void)state;
    taken(2, START + HOUR / 2);
    assert_int_equal(judged(), VERDICT_FLOWING);
}

static void ready_but_not_queued(void **state)
{
    (void)state;
    summary.waiting.scanning = 40;
    summary.waiting.oldest_scanning = 900;
    assert_reason(VERDICT_DEGRADED, VERDICT_SLOW_QUEUE); /* others pass */
    assert_false(verdict.holds[FLOW_E3]);
    summary.way[FLOW_INBOUND].last_queued = summary.way[FLOW_OUTBOUND].last_queued = START + 60;
    assert_reason(VERDICT_STALLED, VERDICT_NOT_QUEUED);
    summary.waiting.oldest_scanning = 600; /* the limit itself is not over it */
    assert_int_equal(judged(), VERDICT_FLOWING);
}

static void queued_but_not_delivered(void **state)
{
    (void)state;
    summary.waiting.delivering = 30;
    summary.waiting.oldest_delivering = 1700;
    summary.way[FLOW_OUTBOUND].last_delivered = START + HOUR / 2;
    assert_reason(VERDICT_STALLED, VERDICT_NOT_DELIVERED);
    assert_int_equal(verdict.reasons[0].way, FLOW_OUTBOUND);
    assert_false(verdict.holds[FLOW_E5]);
    (void)healthy(NULL);
    summary.waiting.delivering = 2; /* of 100: every gateway has some */
    summary.waiting.oldest_delivering = 1700;
    assert_int_equal(judged(), VERDICT_FLOWING);
    summary.waiting.delivering = 30;
    assert_reason(VERDICT_DEGRADED, VERDICT_BACKLOG);
}

static void suspended_while_mail_waits(void **state)
{
    (void)state;
    summary.family[FAMILY_suspended] = 1;
    assert_int_equal(judged(), VERDICT_FLOWING); /* nothing waits: it was resumed */
    summary.waiting.delivering = 1;
    summary.waiting.oldest_delivering = 120;
    for (int way = 0; way < FLOW_WAYS; way++)
        summary.way[way].last_delivered = START + HOUR - 200;
    assert_reason(VERDICT_STALLED, VERDICT_SUSPENDED);
}

static void silence_while_connections_exist(void **state)
{
    (void)state;
    limits.connections = 12;
    assert_int_equal(judged(), VERDICT_FLOWING);
    limits.now = summary.last + 700;
    assert_reason(VERDICT_STALLED, VERDICT_SILENCE);
    summary = (struct flow_summary){0};
    assert_reason(VERDICT_STALLED, VERDICT_SILENCE);
    limits = VERDICT_LIMITS;
    summary = (struct flow_summary){.first = START, .last = START + HOUR, .in = {.opened = 90}};
    assert_reason(VERDICT_STALLED, VERDICT_SILENCE);
}

static void shares_degrade_only_beyond_chance(void **state)
{
    (void)state;
    summary.recipients.bounced = 70;
    assert_reason(VERDICT_DEGRADED, VERDICT_BOUNCES);
    assert_string_equal(verdict.reasons[0].text, "35 % of 200 recipients bounced, more than 25 %");
    assert_false(verdict.holds[FLOW_E6]);
    summary.recipients.delivered = summary.recipients.bounced = 2; /* of four it may be chance */
    assert_int_equal(judged(), VERDICT_FLOWING);
    (void)healthy(NULL);
    summary.out.opened = 20;
    summary.out.errors = 80;
    assert_reason(VERDICT_DEGRADED, VERDICT_CONNECTIONS);
    (void)healthy(NULL);
    summary.out.tls_failed = 80;
    summary.out.tls_ok = 20;
    assert_reason(VERDICT_DEGRADED, VERDICT_TLS);
}

static void limits_of_the_site(void **state)
{
    (void)state;
    summary.delivery.count = 100;
    summary.delivery.p95 = 45;
    summary.messages.class[FLOW_OPEN] = 8;
    assert_int_equal(judged(), VERDICT_FLOWING);
    limits.delivery_p95_s = 30;
    assert_reason(VERDICT_DEGRADED, VERDICT_SLOW_DELIVERY);
    limits.delivery_p95_s = 45;
    limits.inflight = 7;
    assert_reason(VERDICT_DEGRADED, VERDICT_INFLIGHT);
    summary.queue_full = 2;
    assert_reason(VERDICT_DEGRADED, VERDICT_INFLIGHT);
    assert_int_equal(verdict.reason_count, 2);
    assert_int_equal(verdict.reasons[1].kind, VERDICT_RESOURCES);
}

static void a_hop_that_took_mail_and_fails_now(void **state)
{
    (void)state;
    hop = (struct flow_hop){.address = "203.0.113.25", .opened = 10, .delivered = 40, .errors = 9};
    hop.last_delivered = START + 600;
    hop.last_error = START + HOUR;
    summary.hops = &hop;
    summary.hop_count = 1;
    assert_reason(VERDICT_DEGRADED, VERDICT_HOP);
    assert_non_null(strstr(verdict.reasons[0].text, "203.0.113.25"));
    hop.last_delivered = START + HOUR;
    assert_int_equal(judged(), VERDICT_FLOWING);
}

/* A proven fault outweighs what is missing, a stall everything. */
static void the_worst_reason_comes_first(void **state)
{
    (void)state;
    summary.recipients.bounced = 300;
    taken(0, 0);
    assert_reason(VERDICT_STALLED, VERDICT_NOTHING_READY);
    assert_int_equal(verdict.reasons[1].kind, VERDICT_BOUNCES);
    evidence(FLOW_E1, 0, 0);
    summary.in.accepted = summary.in.relayed = 0;
    assert_reason(VERDICT_DEGRADED, VERDICT_BOUNCES);
}

static void counters_hold_when_they_agree(void **state)
{
    (void)state;
    evidence(FLOW_E7, 1, START);
    summary.counters.lines = 1;
    (void)judged();
    assert_false(verdict.holds[FLOW_E7]);
    summary.counters.lines = 2;
    summary.counters.compared = true;
    summary.counters.taken = 3;
    (void)judged();
    assert_false(verdict.holds[FLOW_E7]); /* nothing was delivered */
    summary.counters.delivered = 2;
    (void)judged();
    assert_true(verdict.holds[FLOW_E7]);
    summary.counters.failures = 1;
    (void)judged();
    assert_false(verdict.holds[FLOW_E7]);
}

static void durations_are_short_words(void **state)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } rows[] = {{0, "0 s"},       {99, "99 s"},         {100, "1 min"},
                {5999, "99 min"}, {6000, "1 h 40 min"}, {172800, "2 d 00 h"}};
    char text[16];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(verdict_duration(rows[i].seconds, text, sizeof(text)), rows[i].text);
    assert_true(strlen(verdict_duration(INT64_MAX, text, sizeof(text))) < sizeof(text));
}

int main(void)
{
#define healthy_then(test) cmocka_unit_test_setup(test, healthy)
    const struct CMUnitTest tests[] = {healthy_then(flows_when_the_whole_chain_was_seen),
                                       healthy_then(silence_is_no_proof),
                                       healthy_then(names_the_direction_without_mail),
                                       healthy_then(old_proof_is_none),
                                       healthy_then(accepts_but_nothing_ready),
                                       healthy_then(a_quiet_site_is_no_stall),
                                       healthy_then(ready_but_not_queued),
                                       healthy_then(queued_but_not_delivered),
                                       healthy_then(suspended_while_mail_waits),
                                       healthy_then(silence_while_connections_exist),
                                       healthy_then(shares_degrade_only_beyond_chance),
                                       healthy_then(limits_of_the_site),
                                       healthy_then(a_hop_that_took_mail_and_fails_now),
                                       healthy_then(the_worst_reason_comes_first),
                                       healthy_then(counters_hold_when_they_agree),
                                       healthy_then(durations_are_short_words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
