/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/excuse.h"

#include "checks/parse/cli_connstatus.h"
#include "checks/parse/cli_workqueue.h"

/* A reboot takes up to about 20 minutes, from the last service down to the start (domain.md D08,
 * J). */
enum { SHUTDOWN_S = 20 * 60 };

static bool *connected_members(const struct question *q, const struct cluster *cluster)
{
    const struct cli_connstatus *status = check_facts_of(q, q->node, &cli_connstatus_kind, NULL);
    bool *connected = arena_array(q->arena, cluster->count, sizeof(*connected));
    for (size_t i = 0; status != NULL && i < cluster->count; i++)
        connected[i] = cli_connstatus_link(q->arena, status, cluster->members[i], cluster->members,
                                           cluster->count)
                           .state == CLI_CONNSTATUS_GOOD;
    return connected;
}

struct excuse_facts excuse_facts(const struct question *q)
{
    const struct cli_workqueue *queue = check_facts_of(q, q->node, &cli_workqueue_kind, NULL);
    struct excuse_facts facts = {
        .start = start_of(q, q->node),
        .cluster = cluster_of(q, q->node),
        .queue_operational =
            queue != NULL && queue->has_state && queue->state == CLI_WORKQUEUE_OPERATIONAL,
        .alerts = check_facts_of(q, q->node, &cli_displayalerts_kind, NULL),
    };
    facts.connected = connected_members(q, &facts.cluster);
    return facts;
}

/* The summary line has no zone of its own: it is the appliance's, as the entry's. */
static struct stamp with_zone_of(struct stamp stamp, struct stamp zoned)
{
    if (!stamp.has_offset && zoned.has_offset) {
        stamp.has_offset = true;
        stamp.offset = zoned.offset;
    }
    return stamp;
}

struct stamp excuse_first(const struct alert *alert)
{
    if (!alert->has_repeat_span)
        return alert->when;
    struct stamp first = with_zone_of(alert->repeat_first, alert->when);
    return time_between(first, alert->when) < 0 ? first : alert->when;
}

struct stamp excuse_last(const struct alert *alert)
{
    if (!alert->has_repeat_span)
        return alert->when;
    struct stamp last = with_zone_of(alert->repeat_last, alert->when);
    return time_between(last, alert->when) > 0 ? last : alert->when;
}

/* All of ALERT lies between FROM - SHUTDOWN_S and TO + SETTLE? */
static bool inside(const struct alert *alert, struct stamp from, struct stamp to, int settle_s)
{
    return time_between(excuse_first(alert), from) >= -SHUTDOWN_S &&
           time_between(excuse_last(alert), to) <= settle_s;
}

static const char *own_reboot(const struct question *q, const struct excuse_facts *facts,
                              const struct signature *signature, const struct alert *alert)
{
    char text[32];
    if (!facts->start.known ||
        !inside(alert, facts->start.when, facts->start.when, signature->settle_s))
        return NULL;
    return arena_printf(q->arena, "own reboot, up since %s",
                        time_print(facts->start.when, text, sizeof(text)));
}

/* The machine that a cluster alert names: "Error connecting to cluster machine NAME (Serial …". */
static struct span named_machine(const struct alert *alert)
{
    static const char before[] = "cluster machine ";
    struct span name = {NULL, 0};
    ptrdiff_t at = text_find_nocase(alert->text, before);
    if (at < 0)
        return name;
    struct cursor cursor = text_cursor(text_skip(alert->text, (size_t)at + sizeof(before) - 1));
    (void)text_word(&cursor, 255, &name);
    return name;
}

static bool connected_now(const struct excuse_facts *facts, struct span peer)
{
    for (size_t i = 0; i < facts->cluster.count; i++)
        if (text_same_nocase(facts->cluster.members[i], peer))
            return facts->connected[i];
    return false;
}

/*
 * Members are disconnected while their builds differ, from the first reboot of the change to the
 * last: a dropped link in between is its consequence, once the link stands again.
 */
static const char *disconnect(const struct question *q, const struct excuse_facts *facts,
                              const struct signature *signature, const struct alert *alert,
                              struct span peer)
{
    struct start first = {.known = false}, last = {.known = false};
    for (size_t i = 0; i < facts->cluster.count; i++) {
        struct start start = start_of(q, fleet_node(q->fleet, facts->cluster.members[i]));
        if (!start.known)
            continue;
        if (!first.known || time_between(start.when, first.when) < 0)
            first = start;
        if (!last.known || time_between(start.when, last.when) > 0)
            last = start;
    }
    char from[32], to[32];
    if (!first.known || !inside(alert, first.when, last.when, signature->settle_s) ||
        !connected_now(facts, peer))
        return NULL;
    return arena_printf(q->arena,
                        "the members rebooted one after the other, %s to %s; %.*s is connected now",
                        time_print(first.when, from, sizeof(from)),
                        time_print(last.when, to, sizeof(to)), TEXT_ARGS(peer));
}

static const char *link_excuse(const struct question *q, const struct excuse_facts *facts,
                               const struct signature *signature, const struct alert *alert)
{
    struct span peer = named_machine(alert);
    const char *own = own_reboot(q, facts, signature, alert);
    if (own != NULL)
        return own;
    struct start theirs = start_of(q, fleet_node(q->fleet, peer));
    char text[32];
    if (theirs.known && inside(alert, theirs.when, theirs.when, signature->settle_s))
        return arena_printf(q->arena, "reboot of %.*s, up since %s", TEXT_ARGS(peer),
                            time_print(theirs.when, text, sizeof(text)));
    return disconnect(q, facts, signature, alert, peer);
}

static const char *ended_later(const struct question *q, struct excuse_facts *facts,
                               const struct signature *signature, const struct alert *alert)
{
    char text[32];
    if (facts->end_pattern != signature->ended) {
        facts->end_pattern = signature->ended;
        facts->end = NULL;
        for (size_t i = 0; facts->alerts != NULL && i < facts->alerts->count; i++) {
            const struct alert *other = &facts->alerts->alerts[i];
            if (signature_fits(other->text, signature->ended) &&
                (facts->end == NULL || time_between(other->when, facts->end->when) > 0))
                facts->end = other;
        }
    }
    if (facts->end == NULL || time_between(facts->end->when, excuse_last(alert)) < 0)
        return NULL;
    return arena_printf(q->arena, "ended by %s, as a later alert says",
                        time_print(facts->end->when, text, sizeof(text)));
}

const char *excuse_for(const struct question *q, struct excuse_facts *facts,
                       const struct signature *signature, const struct alert *alert)
{
    if (signature == NULL)
        return NULL;
    switch (signature->excuse) {
    case EXCUSE_NONE:
        return NULL;
    case EXCUSE_REBOOT:
        return own_reboot(q, facts, signature, alert);
    case EXCUSE_LINK:
        return link_excuse(q, facts, signature, alert);
    case EXCUSE_WORK_QUEUE:
        return facts->queue_operational ? own_reboot(q, facts, signature, alert) : NULL;
    case EXCUSE_EXIT:
        return ended_later(q, facts, signature, alert);
    }
    return NULL;
}
