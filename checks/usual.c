/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/usual.h"

#include "checks/interval.h"
#include "checks/maillog/verdict.h"

enum {
    MIN_EXPECTED = 20,        /* so many messages are due before fewer mean something */
    HOURS_ALIKE_S = 2 * 3600, /* by the hour of the day: nights and days are not compared */
    DAY_S = 24 * 3600
};

/* The directions in which S has mail that was taken. */
static size_t directions(const struct flow_summary *s, struct span names[FLOW_WAYS])
{
    size_t count = 0;
    for (int way = FLOW_INBOUND; way < FLOW_WAYS; way++)
        if (s->way[way].delivered > 0)
            names[count++] = text_of(verdict_way_word((enum flow_direction)way));
    return count;
}

/* In three decimals: the rest is noise. */
static double rate_of(uint64_t count, double minutes)
{
    return (double)(int64_t)((double)count / minutes * 1000 + 0.5) / 1000;
}

static double minutes(const struct flow_summary *s)
{
    return (double)(s->last - s->first) / 60;
}

/* Is the middle of both at about the same hour of the day? */
static bool same_hour(const struct flow_summary *a, const struct flow_summary *b)
{
    const int64_t apart =
        ((a->first + a->last) / 2 % DAY_S - (b->first + b->last) / 2 % DAY_S + DAY_S) % DAY_S;
    return apart <= HOURS_ALIKE_S || apart >= DAY_S - HOURS_ALIKE_S;
}

static void judge_rate(const struct question *q, struct result *result,
                       const struct flow_summary *before, const struct flow_summary *now)
{
    const bool has_before = before->last != 0 && minutes(before) >= 1;
    const bool has_now = now->last != 0 && minutes(now) >= 1;
    const double was = has_before ? rate_of(before->messages.received, minutes(before)) : 0;
    const double is = has_now ? rate_of(now->messages.received, minutes(now)) : 0;
    if (compare_number(q, result, "received_per_minute", NULL, has_before, was, has_now, is) ||
        !has_before || !has_now || is >= was || was * minutes(now) < MIN_EXPECTED ||
        !same_hour(before, now))
        return;
    char usual[32], found[32];
    struct finding *finding =
        result_say(result, STATE_WARNING, q->node->name,
                   "%s: %s messages received a minute, %s at the same hour of the baseline",
                   q->node->name, limit_print_number(is, found, sizeof(found)),
                   limit_print_number(was, usual, sizeof(usual)));
    (void)result_compare(result, finding, usual, found);
    (void)result_evidence(result, finding, mail_logs_kind.id, 0);
    (void)result_hint(finding, "see who does not come any more: MX records, load balancer, "
                               "listeners, a firewall in front, the mail flow policies (HAT)");
}

void usual_judge(const struct question *q, struct result *result, const struct period *period)
{
    struct span then[FLOW_WAYS], is[FLOW_WAYS];
    if (!period->of_baseline)
        return;
    const struct flow_summary *now = &period->now->summary;
    const size_t then_count = directions(period->before, then), is_count = directions(now, is);
    (void)compare_set(q, result, "directions", NULL, then, then_count, is, is_count);
    judge_rate(q, result, period->before, now);
}

void usual_judge_counters(const struct question *q, struct result *result,
                          const struct counters *before, const struct counters *now)
{
    for (int i = 0; i < COUNTERS; i++) {
        const char *what = counters_words((enum counter)i);
        const double was = before->of[i].lifetime, is = now->of[i].lifetime;
        if (!before->of[i].has || !now->of[i].has ||
            compare_number(q, result, "counted", what, true, was, true, is))
            continue;
        char then[32], found[32];
        const struct interval down = interval_reboot(q, q->node);
        const bool explained = interval_since_baseline(q, &down);
        struct finding *finding =
            result_say(result, explained ? STATE_OK : STATE_WARNING, q->node->name,
                       "%s: %s: %s ever, but %s in the baseline: reset since", q->node->name, what,
                       limit_print_number(is, found, sizeof(found)),
                       limit_print_number(was, then, sizeof(then)));
        (void)result_compare(result, finding, then, found);
        (void)result_evidence(result, finding, now->document, now->line);
        if (explained)
            (void)result_explain(result, finding, "%s", interval_text(q, &down));
        else
            (void)result_hint(finding, "a new image, a replaced machine, or another appliance's "
                                       "answer: compare the serial numbers, and ask again");
    }
}
