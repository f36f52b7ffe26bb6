/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/nexthop.h"

#include <stdlib.h>
#include <string.h>

enum {
    MANY = 20,    /* a next hop that took so many recipients before matters, */
    ONE_IN = 20,  /* and one that took one in so many of all */
    MAX_SAID = 50 /* the rest is only counted */
};

static int by_address(const void *a, const void *b)
{
    const struct flow_hop *x = a, *y = b;
    return strcmp(x->address, y->address);
}

/* What failed there, in words; "" when nothing did. */
static const char *trouble_of(struct arena *arena, const struct flow_hop *hop)
{
    const char *text = "";
    const struct {
        uint64_t count;
        const char *words;
    } troubles[] = {{hop->errors, "connection errors"},
                    {hop->delayed, "recipients delayed"},
                    {hop->bounced, "recipients bounced"},
                    {hop->tls_failed, "TLS failures"}};
    for (size_t i = 0; i < CHECK_COUNT(troubles); i++)
        if (troubles[i].count > 0)
            text = arena_printf(arena, "%s%s%llu %s", text, text[0] == '\0' ? "" : ", ",
                                (unsigned long long)troubles[i].count, troubles[i].words);
    return text;
}

/* The next hops of S sorted by address: there may be thousands. */
static struct flow_hop *sorted(struct arena *arena, const struct flow_summary *s)
{
    struct flow_hop *hops = arena_array(arena, s->hop_count, sizeof(*hops));
    if (s->hop_count > 0)
        memcpy(hops, s->hops, s->hop_count * sizeof(*hops));
    qsort(hops, s->hop_count, sizeof(*hops), by_address);
    return hops;
}

/* The line of the newest connection error, when that was one of HOP. */
static unsigned line_of(const struct period *period, const struct flow_hop *hop)
{
    const struct flow_evidence *error = &period->now->summary.evidence[FLOW_E6];
    return hop->errors > 0 && error->last == hop->last_error ? (unsigned)error->line : 0;
}

static void say(const struct question *q, struct result *result, const struct period *period,
                const struct flow_hop *old, const struct flow_hop *hop, enum state state)
{
    const char *trouble = trouble_of(q->arena, hop);
    struct finding *finding = result_say(
        result, state, old->address, "%s: next hop %s took %llu recipients %s, and none %s: %s",
        q->node->name, old->address, (unsigned long long)old->delivered, period->before_words,
        period->since_words, trouble);
    (void)result_hint(finding, "try it from the appliance (`telnet` to port 25, `hoststatus`): a "
                               "firewall, the route, TLS, or the server itself");
    (void)result_evidence(result, finding, mail_logs_kind.id, line_of(period, hop));
}

/* The addresses of next hops, for a comparison. */
struct names {
    struct span *all;
    size_t count;
};

static void add(struct names *names, const char *address)
{
    names->all[names->count++] = text_of(address);
}

struct nexthop_tally nexthop_judge(const struct question *q, struct result *result,
                                   const struct period *period)
{
    struct nexthop_tally tally = {0, 0, 0};
    const struct flow_summary *before = period->before, *now = &period->now->summary;
    enum state rest = STATE_OK;
    uint64_t all = 0;
    if (before == NULL)
        return tally;
    const struct flow_hop *hops = sorted(q->arena, now);
    struct names due = {arena_array(q->arena, before->hop_count, sizeof(struct span)), 0};
    struct names taking = {arena_array(q->arena, before->hop_count, sizeof(struct span)), 0};
    for (size_t i = 0; i < before->hop_count; i++)
        all += before->hops[i].delivered;
    for (size_t i = 0; i < before->hop_count; i++) {
        const struct flow_hop *old = &before->hops[i];
        const struct flow_hop *hop =
            now->hop_count == 0 ? NULL
                                : bsearch(old, hops, now->hop_count, sizeof(*hops), by_address);
        const bool troubled =
            hop != NULL && hop->errors + hop->delayed + hop->bounced + hop->tls_failed > 0;
        const bool takes = hop != NULL && hop->delivered > 0;
        if (old->delivered == 0)
            continue;
        tally.taking += takes;
        tally.idle += !takes && !troubled;
        const bool much = old->delivered >= MANY || old->delivered * ONE_IN >= all;
        if (much && (takes || troubled))
            add(&due, old->address);
        if (much && takes)
            add(&taking, old->address);
        if (takes || !troubled)
            continue;
        const enum state state = much ? STATE_CRITICAL : STATE_WARNING;
        if (tally.refusing++ < MAX_SAID)
            say(q, result, period, old, hop, state);
        else
            rest = result_worse(rest, state);
    }
    if (period->of_baseline && due.count > 0)
        (void)compare_set(q, result, "next_hops", NULL, due.all, due.count, taking.all,
                          taking.count);
    if (tally.refusing > MAX_SAID) {
        struct finding *finding = result_say(result, rest, q->node->name,
                                             "%s: %zu further next hops take no mail any more",
                                             q->node->name, tally.refusing - MAX_SAID);
        (void)result_hint(finding, "so many at once: look at DNS, the default route, the firewall");
        (void)result_evidence(result, finding, mail_logs_kind.id, 0);
    }
    return tally;
}
