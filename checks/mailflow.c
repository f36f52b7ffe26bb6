/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"
#include "checks/counters.h"
#include "checks/log_end.h"
#include "checks/log_header.h"
#include "checks/log_owner.h"
#include "checks/maillog/verdict.h"
#include "checks/nexthop.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/cli_version.h"
#include "checks/parse/cli_workqueue.h"
#include "checks/parse/status_log.h"
#include "checks/parse/xml_status.h"
#include "checks/period.h"
#include "checks/silence.h"
#include "checks/usual.h"

#include <string.h>

static const struct need needs[] = {
    {&mail_logs_kind, NEED_REQUIRED}, {&cli_status_kind, NEED_ALSO},
    {&xml_status_kind, NEED_ALSO},    {&status_log_kind, NEED_ALSO},
    {&cli_workqueue_kind, NEED_ALSO}, {&cli_version_kind, NEED_ALSO},
};

static const struct metric_spec metrics[] = {
    {"stall_s", "s", "longest time that mail stands still", "600", "1800", NULL},
    {"delivery_p95_s", "s", "from the queue to the next hop, 95 of 100 messages are faster", "600",
     "3600", "look for slow or refusing next hops: `tophosts`, `hoststatus`, delays in mail_logs"},
    {"bounce_ratio", "", "share of the recipients that bounced", "0.2", "0.5",
     "read the reasons: `grep Bounced mail_logs`; DNS, routing (`smtproutes`) and the next hops "
     "come first"},
    {"inflight", "", "messages between arrival and next hop", NULL, NULL,
     "compare with the same hour of the baseline"},
    {"received_per_minute", "", "messages received a minute", NULL, NULL, NULL},
    {"delivered_per_minute", "", "recipients delivered a minute", NULL, NULL, NULL},
};

static const struct compare_spec compares[] = {
    /* Rates differ with the hour of the day: only an order of magnitude means something. */
    {"received_per_minute", COMPARE_BAND, "messages received a minute, in the log", 10},
    {"directions", COMPARE_SET_KEPT, "directions in which mail is delivered", 0},
    {"next_hops", COMPARE_SET_KEPT,
     "next hops that carried much of the mail, and that mail is due for", 0},
    {"counted", COMPARE_NOT_LESS, "what the appliance counts over its lifetime", 0},
};

enum {
    MIN_SAMPLE = 20,  /* with fewer recipients or messages no share and no percentile is judged */
    MIN_STALL_S = 60, /* mail that waits for less is on its way */
    SEARCH_S = 3600,  /* what a search of the log looked through at least */
    MIN_MISSED = 20, /* so many messages would have been logged in a silence that means something */
    MIN_REFUSED = 3  /* fewer may be one dead destination */
};

static const char hint_test[] =
    "send a test message that way (in: from outside to a mailbox behind; out: from an inside host "
    "to a mailbox outside), then ask again";
static const char hint_usual[] =
    "send a test message that way (in: from outside to a mailbox behind; out: from an inside host "
    "to a mailbox outside), then ask again; --baseline tells which ways the site uses at all";

/* What the check works with. */
struct view {
    const struct question *q;
    struct result *result;
    const char *node;
    struct period period;
    const struct flow_summary *now, *before; /* of the period; BEFORE may be NULL */
    struct counters counters;
    struct log_end end;
    struct cli_status_meaning status; /* what `status` says itself */
    bool stands[FLOW_WAYS];           /* delivery stands in this direction, and that was said */
};

static struct finding *say(const struct view *v, enum state state, const char *text,
                           const char *hint, uint64_t line)
{
    struct finding *finding = result_say(v->result, state, v->node, "%s: %s", v->node, text);
    (void)result_hint(finding, hint);
    return result_evidence(v->result, finding, mail_logs_kind.id, (unsigned)line);
}

static const char *at(const struct view *v, int64_t seconds)
{
    char text[32];
    return arena_dup(v->q->arena,
                     text_of(time_print((struct stamp){.civil = seconds}, text, sizeof(text))));
}

static const char hint_owner[] =
    "let syslog write one file per appliance, or say how its lines call this one: log_host in the "
    "configuration; `version` in the capture tells its serial number";

/* Those of the lines that are this appliance's; NULL: it was said why there are none. */
static const struct mail_logs *own_part(const struct view *v, const struct mail_logs *facts)
{
    const char *why;
    const struct mail_logs *own = log_owner_part(v->q, v->q->node, facts, &why);
    if (own == NULL) {
        (void)say(v, STATE_UNKNOWN, why, hint_owner, 0);
        return NULL;
    }
    if (own != facts)
        (void)say(
            v, STATE_OK,
            arena_printf(v->q->arena,
                         "the log holds lines of %zu appliances: only those of %s are read",
                         facts->summary.appliance_count,
                         own->only[0].host[0] != '\0' ? own->only[0].host : own->only[0].serial),
            NULL, 0);
    return own;
}

static const struct {
    enum verdict_kind kind;
    enum state worst; /* what its limits can make of it */
    const char *hint;
} faults[] = {
    {VERDICT_NOTHING_READY, STATE_CRITICAL,
     "senders connect and no message arrives: `grep \"Receiving Failed\" mail_logs`, the mail flow "
     "policies (HAT), the recipient table (RAT, LDAP accept), resource conservation in `status "
     "detail`"},
    {VERDICT_NOT_QUEUED, STATE_CRITICAL,
     "the work queue stands: `workqueue status`, `workqueue resume`; then the scanning engines "
     "(`antispamstatus`, `antivirusstatus`), `updater_logs`, LDAP and DNS"},
    {VERDICT_NOT_DELIVERED, STATE_CRITICAL,
     "delivery stands: `status` (`resumedel`?), `hoststatus`, `smtproutes`, DNS, a firewall on "
     "port 25 or TLS that the next hop does not accept any more"},
    {VERDICT_SILENCE, STATE_CRITICAL,
     "the appliance handles connections that its log does not show: the log subscription "
     "(`logconfig`), the disk of logs, the way of the log to this file"},
    {VERDICT_SUSPENDED, STATE_CRITICAL, "`resumedel` (in the GUI: Resume, then Commit)"},
    {VERDICT_SLOW_QUEUE, STATE_WARNING,
     "single messages are stuck in scanning: `showmessage`, `workqueue status`"},
    {VERDICT_BACKLOG, STATE_WARNING, "see which destinations wait: `tophosts`, `hoststatus`"},
    {VERDICT_CONNECTIONS, STATE_WARNING,
     "see which next hops do not answer: `grep \"Connection Error\" mail_logs`, `tophosts`"},
    {VERDICT_TLS, STATE_WARNING,
     "partners may lack the protocols or ciphers of the new release, or do not trust the "
     "certificate: `grep \"TLS failed\" mail_logs`"},
    {VERDICT_HOP, STATE_WARNING, "try it from the appliance: `hoststatus`, `telnet` to port 25"},
    {VERDICT_RESOURCES, STATE_WARNING,
     "find what exhausts memory, disk or queue: `status detail`, Resource Conservation"},
};

static const char *hint_of(enum verdict_kind kind)
{
    for (size_t i = 0; i < CHECK_COUNT(faults); i++)
        if (faults[i].kind == kind)
            return faults[i].hint;
    return NULL;
}

/* The step that a stall is about, for its line in the log. */
static uint64_t line_of(const struct view *v, enum verdict_kind kind)
{
    const struct flow_evidence *evidence = v->now->evidence;
    if (kind == VERDICT_NOTHING_READY)
        return evidence[FLOW_E1].line;
    if (kind == VERDICT_NOT_QUEUED || kind == VERDICT_SLOW_QUEUE)
        return evidence[FLOW_E2].line;
    return kind == VERDICT_NOT_DELIVERED || kind == VERDICT_SUSPENDED ? evidence[FLOW_E3].line : 0;
}

/* What delivery fails by, as far as the log tells. */
static const char *delivery_trouble(const struct view *v)
{
    const struct flow_summary *s = v->now;
    const char *text = "";
    const struct {
        uint64_t count;
        const char *words;
    } troubles[] = {{s->out.errors, "connection errors"},
                    {s->recipients.delayed, "recipients delayed"},
                    {s->out.tls_failed, "TLS failures"},
                    {s->family[FAMILY_dns_trouble], "DNS failures"}};
    for (size_t i = 0; i < CHECK_COUNT(troubles); i++)
        if (troubles[i].count > 0)
            text = arena_printf(v->q->arena, "%s%s%llu %s", text, text[0] == '\0' ? "; " : ", ",
                                (unsigned long long)troubles[i].count, troubles[i].words);
    return text;
}

/*
 * Judges a wait by the limits of stall_s; the finding that this makes says what stands still and
 * why. Stalls of single messages never weigh more than WORST.
 */
static void judge_wait(const struct view *v, const char *text, const char *hint, enum state worst,
                       int64_t seconds, uint64_t line)
{
    const size_t count = v->result->finding_count;
    check_judge(v->q, v->result, "stall_s", NULL, (double)seconds,
                (struct evidence){mail_logs_kind.id, (unsigned)line});
    if (v->result->finding_count == count)
        return;
    struct finding *finding = v->result->findings[count];
    const char *sentence = arena_printf(v->q->arena, "%s: %s", v->node, text);
    finding->text = result_clean(v->q->arena, text_of(sentence), strlen(sentence));
    finding->hint = hint;
    if (finding->state > worst)
        finding->state = worst;
}

static bool is_wait(enum verdict_kind kind)
{
    return kind <= VERDICT_BACKLOG && kind != VERDICT_SUSPENDED;
}

static bool is_delivery(enum verdict_kind kind)
{
    return kind == VERDICT_NOT_DELIVERED || kind == VERDICT_SUSPENDED;
}

/* Does `status` name the cause? Then the check of that name speaks in a headline. */
static bool follows(const struct view *v, enum verdict_kind kind)
{
    const struct cli_status_meaning *says = &v->status;
    return (is_delivery(kind) && says->delivery_suspended) ||
           (kind == VERDICT_NOT_QUEUED && says->work_queue_paused) ||
           (kind == VERDICT_NOTHING_READY && says->receiving_suspended);
}

static void say_fault(const struct view *v, const struct verdict_reason *reason, int64_t *longest)
{
    for (size_t i = 0; i < CHECK_COUNT(faults); i++) {
        if (faults[i].kind != reason->kind)
            continue;
        const bool delivery =
            reason->kind == VERDICT_NOT_DELIVERED || reason->kind == VERDICT_SUSPENDED;
        const char *text =
            arena_printf(v->q->arena, "%s%s", reason->text, delivery ? delivery_trouble(v) : "");
        const uint64_t line = line_of(v, reason->kind);
        const size_t count = v->result->finding_count;
        if (is_wait(reason->kind))
            judge_wait(v, text, faults[i].hint, faults[i].worst, reason->seconds, line);
        else
            (void)say(v, faults[i].worst, text, faults[i].hint, line);
        if (v->result->finding_count > count)
            v->result->findings[count]->follows = follows(v, reason->kind);
        if (reason->kind <= VERDICT_SUSPENDED && reason->seconds > *longest)
            *longest = reason->seconds;
    }
}

/*
 * A log that says nothing while the appliance itself says that it works. Returns the gap. A search
 * that found nothing looked through an hour at least, and not further back than that for sure.
 */
static int64_t judge_silence(const struct view *v)
{
    const struct period *period = &v->period;
    const int64_t last = v->now->last;
    const int64_t quiet = period->clock - (last != 0 ? last : period->since);
    const int64_t gap = period->now->silent && quiet > SEARCH_S ? SEARCH_S : quiet;
    char text[32];
    if (v->end.busy == NULL || gap < MIN_STALL_S || v->end.torn || v->end.stale)
        return 0;
    judge_wait(v,
               arena_printf(v->q->arena, "the log is silent for %s, but %s",
                            time_print_span(gap, text, sizeof(text)), v->end.busy),
               hint_of(VERDICT_SILENCE), STATE_CRITICAL, gap, 0);
    return gap;
}

/* Until when what waits has waited: now, where the log goes on until now; else its last line. */
static int64_t known_until(const struct view *v)
{
    return v->period.has_clock && !v->end.torn && !v->end.stale ? v->period.clock : v->now->last;
}

/*
 * Refused for now, again and again: such messages are not stuck but retried, and yet nothing
 * arrives. Returns how long.
 */
static int64_t judge_refusals(const struct view *v, enum flow_direction way)
{
    const struct flow_summary *s = v->now;
    const int64_t wait = known_until(v) - s->first;
    char text[32];
    if (s->way[way].queued < MIN_REFUSED || s->way[way].delivered > 0 ||
        s->waiting.delayed < MIN_REFUSED)
        return 0;
    judge_wait(v,
               arena_printf(v->q->arena,
                            "%s: %llu messages are queued, and none was taken for %s%s",
                            verdict_way_word(way), (unsigned long long)s->way[way].queued,
                            time_print_span(wait, text, sizeof(text)), delivery_trouble(v)),
               hint_of(VERDICT_NOT_DELIVERED), STATE_CRITICAL, wait, s->evidence[FLOW_E3].line);
    return wait;
}

static void judge_stalls(struct view *v)
{
    struct verdict *verdict = arena_alloc(v->q->arena, sizeof(*verdict));
    struct verdict_limits limits = VERDICT_LIMITS;
    limits.stall_s = MIN_STALL_S;
    limits.fresh_s = -1;
    limits.bounce_ratio = -1; /* the metric's own limits judge it */
    limits.now = known_until(v);
    verdict_judge(v->now, &limits, verdict);
    int64_t longest = judge_silence(v);
    if (v->now->waiting.oldest_scanning > longest)
        longest = v->now->waiting.oldest_scanning;
    bool stands = false;
    for (size_t i = 0; i < verdict->reason_count; i++) {
        const struct verdict_reason *reason = &verdict->reasons[i];
        const size_t count = v->result->finding_count;
        stands = stands || is_delivery(reason->kind);
        say_fault(v, reason, &longest);
        if (is_delivery(reason->kind) && v->result->finding_count > count)
            v->stands[reason->way] = true;
    }
    for (int way = FLOW_INBOUND; way < FLOW_WAYS && !stands; way++) {
        const size_t count = v->result->finding_count;
        const int64_t wait = judge_refusals(v, (enum flow_direction)way);
        v->stands[way] = v->result->finding_count > count;
        longest = wait > longest ? wait : longest;
    }
    check_record(v->q, v->result, "stall_s", NULL, (double)longest);
}

/* Is mail of this direction to be expected here? */
static bool is_wanted(const struct view *v, enum flow_direction way)
{
    if (v->before == NULL || (v->before->way[FLOW_INBOUND].delivered == 0 &&
                              v->before->way[FLOW_OUTBOUND].delivered == 0))
        return true;
    return v->before->way[way].delivered > 0;
}

/* The first link of the chain that was not seen. */
static const char *what_is_missing(const struct view *v, enum flow_direction way)
{
    const char *word = verdict_way_word(way);
    const uint64_t ready = v->now->way[way].ready, queued = v->now->way[way].queued;
    const uint64_t untold = v->now->way[FLOW_UNKNOWN_WAY].delivered;
    if (ready > 0 && queued > 0)
        return arena_printf(v->q->arena, "of %llu queued %s messages no next hop took one",
                            (unsigned long long)queued, word);
    if (ready > 0)
        return arena_printf(v->q->arena, "of %llu %s messages none was queued for delivery",
                            (unsigned long long)ready, word);
    const char *others =
        untold == 0 ? ""
                    : arena_printf(v->q->arena, " (%llu were delivered that do not tell their way)",
                                   (unsigned long long)untold);
    return arena_printf(v->q->arena, "no %s message was received%s", word, others);
}

/* The chain of one direction, from its first to its last link. */
static void judge_way(const struct view *v, enum flow_direction way)
{
    const char *word = verdict_way_word(way);
    const uint64_t delivered = v->now->way[way].delivered;
    struct arena *arena = v->q->arena;
    if (v->now->way[way].ready > 0 && v->now->way[way].queued > 0 && delivered > 0) {
        const struct flow_evidence *last = &v->now->evidence[FLOW_E4];
        const bool is_last = last->last == v->now->way[way].last_delivered;
        (void)say(v, STATE_OK,
                  arena_printf(arena,
                               "%s mail flows: %llu messages ready, %llu queued, %llu delivered, "
                               "the last at %s",
                               word, (unsigned long long)v->now->way[way].ready,
                               (unsigned long long)v->now->way[way].queued,
                               (unsigned long long)delivered,
                               at(v, v->now->way[way].last_delivered)),
                  NULL, is_last ? last->line : 0);
        return;
    }
    if (!is_wanted(v, way)) {
        (void)say(v, STATE_OK,
                  arena_printf(arena, "no %s mail, as %s", word, v->period.before_words), NULL, 0);
        return;
    }
    if (v->stands[way])
        return; /* more is known than that proof is missing */
    const uint64_t were = v->before == NULL ? 0 : v->before->way[way].delivered;
    const char *then = were == 0 ? ""
                                 : arena_printf(arena, " (%llu delivered %s)",
                                                (unsigned long long)were, v->period.before_words);
    (void)say(v, STATE_UNKNOWN,
              arena_printf(arena, "no proof that %s mail flows: %s %s%s", word,
                           what_is_missing(v, way), v->period.since_words, then),
              v->before == NULL ? hint_usual : hint_test, 0);
}

/* Shares and times, where enough mail makes them mean something. */
static void judge_shares(const struct view *v)
{
    const struct flow_summary *s = v->now;
    const uint64_t finished = s->recipients.delivered + s->recipients.bounced;
    const struct evidence from = {mail_logs_kind.id, 0};
    const char *few = NULL;
    if (finished >= MIN_SAMPLE)
        check_measure(v->q, v->result, "bounce_ratio", NULL,
                      (double)s->recipients.bounced / (double)finished, from);
    else if (finished > 0)
        few = arena_printf(v->q->arena, "bounce_ratio is not judged: only %llu of %d recipients",
                           (unsigned long long)finished, MIN_SAMPLE);
    if (few != NULL)
        (void)say(v, STATE_OK, few, NULL, 0);
    if (s->delivery.count >= MIN_SAMPLE)
        check_measure(v->q, v->result, "delivery_p95_s", NULL, s->delivery.p95, from);
    else if (s->delivery.count > 0)
        (void)say(v, STATE_OK,
                  arena_printf(v->q->arena,
                               "delivery_p95_s is not judged: only %llu of %d messages",
                               (unsigned long long)s->delivery.count, MIN_SAMPLE),
                  NULL, 0);
    check_measure(v->q, v->result, "inflight", NULL,
                  (double)(s->waiting.receiving + s->waiting.scanning + s->waiting.delivering +
                           s->waiting.delayed),
                  from);
}

static void record_rates(const struct view *v)
{
    const struct flow_summary *s = v->now;
    const double minutes = (double)(s->last - s->first) / 60;
    if (s->last == 0 || minutes < 1)
        return;
    check_record(v->q, v->result, "received_per_minute", NULL,
                 (double)s->messages.received / minutes);
    check_record(v->q, v->result, "delivered_per_minute", NULL,
                 (double)s->recipients.delivered / minutes);
}

/*
 * The log ends some time before it was asked for. An appliance that is idle says nothing; but a log
 * that was cut off, or one that should have gone on, says nothing of what came after.
 */
static void judge_end(const struct view *v)
{
    const struct flow_summary *s = v->now;
    const double per_s = (double)s->messages.received / (double)(s->last - s->first + 1);
    const bool missed = s->last != 0 && !v->end.idle && per_s * (double)v->end.quiet >= MIN_MISSED;
    if (v->end.quiet < MIN_STALL_S || (s->last == 0 && !v->end.stale))
        return;
    if (v->end.stale)
        (void)say(
            v, STATE_UNKNOWN, log_end_text(v->q, &v->end),
            "see what writes it: the log subscription (`logconfig`) and its push, the receiver "
            "and its disk, mail_log_path in the configuration",
            s->lines);
    else if (v->end.torn || missed)
        (void)say(v, STATE_UNKNOWN, log_end_text(v->q, &v->end),
                  "ask for it again: what came after is not seen", s->lines);
}

/* What the log cannot tell, or tells against itself. */
static void judge_doubts(const struct view *v, const struct mail_logs *facts)
{
    const struct flow_summary *s = &facts->summary;
    const struct counters *c = &v->counters;
    struct arena *arena = v->q->arena;
    const uint64_t enveloped = s->lines - s->continuations;
    if (facts->cut)
        (void)say(v, STATE_UNKNOWN, "the log is longer than what is read: its end is missing", NULL,
                  0);
    judge_end(v);
    counters_say_log(v->q, v->result, v->period.since, v->period.clock);
    if (s->counters.failures > 0)
        (void)say(v, STATE_UNKNOWN,
                  arena_printf(arena, "the sums of %llu status lines do not agree: the log is torn",
                               (unsigned long long)s->counters.failures),
                  NULL, 0);
    if (s->unrecognised > 0)
        (void)say(v, s->unrecognised * 5 > enveloped ? STATE_UNKNOWN : STATE_OK,
                  arena_printf(arena, "%llu of %llu lines are of no known form: '%.*s'",
                               (unsigned long long)s->unrecognised, (unsigned long long)enveloped,
                               TEXT_ARGS(facts->stray)),
                  NULL, facts->stray_line);
    if (!v->period.has_since)
        (void)say(v, STATE_UNKNOWN,
                  "no --baseline, no --since, and no document that tells its last start: nothing "
                  "says which mail is from after the change",
                  NULL, 0);
    if (v->period.from_start && v->now->messages.received > 0 &&
        c->of[COUNTER_RECEIVED].has_uptime && c->of[COUNTER_RECEIVED].uptime == 0) {
        struct finding *finding =
            say(v, STATE_UNKNOWN,
                arena_printf(arena,
                             "the log shows %llu messages received since the start, %s counts none",
                             (unsigned long long)v->now->messages.received, c->document),
                NULL, v->now->evidence[FLOW_E2].line);
        (void)result_evidence(v->result, finding, c->document, c->line);
    }
}

static void sum_up(const struct view *v, const struct nexthop_tally *tally)
{
    const struct flow_summary *s = v->now;
    const char *hops = "";
    if (tally->taking + tally->idle > 0)
        hops = arena_printf(v->q->arena, "; %zu of %zu next hops took mail%s", tally->taking,
                            tally->taking + tally->idle,
                            tally->idle > 0 ? ", the others had none due" : "");
    const char *ways = s->way[FLOW_INBOUND].delivered == 0    ? "out"
                       : s->way[FLOW_OUTBOUND].delivered == 0 ? "in"
                                                              : "in and out";
    result_summary(v->result,
                   "%s: mail flows %s %s: the log shows %llu messages received, %llu recipients "
                   "delivered%s",
                   v->node, ways, v->period.since_words, (unsigned long long)s->messages.received,
                   (unsigned long long)s->recipients.delivered, hops);
}

static struct cli_status_meaning status_says(const struct question *q)
{
    const struct cli_status *cli = check_facts_of(q, q->node, &cli_status_kind, NULL);
    const struct xml_status *xml = check_facts_of(q, q->node, &xml_status_kind, NULL);
    const struct cli_workqueue *queue = check_facts_of(q, q->node, &cli_workqueue_kind, NULL);
    struct cli_status_meaning says = {.online = true};
    if (cli != NULL && cli->has_system_status)
        says = cli_status_meaning(cli->system_status);
    else if (xml != NULL && xml->has_system_status)
        says = cli_status_meaning(xml->system_status);
    if (queue != NULL && queue->has_state && queue->state == CLI_WORKQUEUE_PAUSED)
        says.work_queue_paused = true;
    return says;
}

static void judge(struct view *v, const struct mail_logs *facts)
{
    v->period = period_of(v->q, facts);
    v->now = &v->period.now->summary;
    v->before = v->period.before;
    v->end = log_end_of(v->q, &v->period, &v->counters, facts);
    if (v->period.baseline_lacks)
        (void)say(v, STATE_OK, "the baseline holds no mail log of it to compare with", NULL, 0);
    judge_stalls(v);
    silence_judge(v->q, v->result, &v->period, facts);
    usual_judge(v->q, v->result, &v->period);
    const struct nexthop_tally hops = nexthop_judge(v->q, v->result, &v->period);
    judge_way(v, FLOW_INBOUND);
    judge_way(v, FLOW_OUTBOUND);
    judge_doubts(v, facts);
    log_header_judge(v->q, v->result, v->now);
    judge_shares(v);
    record_rates(v);
    sum_up(v, &hops);
}

static void run(const struct question *q, struct result *result)
{
    const struct counters before = counters_of(q, check_before(q));
    struct view v = {.q = q, .result = result, .node = q->node->name};
    struct fault fault;
    v.counters = counters_of(q, q->node);
    v.status = status_says(q);
    counters_say(q, result, &before, &v.counters);
    usual_judge_counters(q, result, &before, &v.counters);
    const struct mail_logs *facts = check_facts_of(q, q->node, &mail_logs_kind, &fault);
    if (facts == NULL && fault.kind == FAULT_EMPTY) {
        struct mail_logs *nothing = arena_alloc(q->arena, sizeof(*nothing));
        nothing->silent = true; /* asked for its newest hours, and there was no line in them */
        facts = nothing;
    }
    if (facts == NULL)
        (void)check_fault(result, v.node, &fault);
    else if ((facts = own_part(&v, facts)) != NULL)
        judge(&v, facts);
}

const struct check mailflow_check = {
    .name = "mailflow",
    .title = "does mail flow, in and out: accepted, ready, queued, delivered?",
    .roles = ROLE_ESA,
    .needs = needs,
    .need_count = CHECK_COUNT(needs),
    .metrics = metrics,
    .metric_count = CHECK_COUNT(metrics),
    .compares = compares,
    .compare_count = CHECK_COUNT(compares),
    .settle_s = 600, /* domain.md V11 */
    .run = run,
};
