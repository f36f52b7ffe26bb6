/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/excuse.h"

#include "checks/interval.h"
#include "checks/parse/cli_clusterlist.h"
#include "checks/parse/cli_workqueue.h"

/* One night changes a cluster: members that started further apart did so for other reasons. */
enum { CHANGE_S = 24 * 3600 };

/* Upgrading disconnects members before the download, long before the reboot (domain.md D04, K). */
enum { DOWNLOAD_S = 2 * 3600 };

/* An updater that complains of one hour has met upgrade and reboot; of more, something else (J). */
enum { COMPLAINT_S = 3600 };

/* Without a list of members, a machine that an alert names may be any other ESA. */
static struct cluster peers(const struct question *q)
{
    struct cluster cluster = cluster_of(q, q->node);
    if (cluster.known || cluster.standalone)
        return cluster;
    for (size_t i = 0; i < q->fleet->count && cluster.count < CLI_CLUSTERLIST_MAX; i++) {
        if (q->fleet->nodes[i].role != ROLE_ESA)
            continue;
        cluster.members =
            arena_push(q->arena, cluster.members, cluster.count, sizeof(*cluster.members));
        cluster.members[cluster.count++] = text_of(q->fleet->nodes[i].name);
    }
    return cluster;
}

static struct excuse_member *members(const struct question *q, const struct cluster *cluster)
{
    const struct cli_connstatus *status = check_facts_of(q, q->node, &cli_connstatus_kind, NULL);
    struct excuse_member *list = arena_array(q->arena, cluster->count, sizeof(*list));
    for (size_t i = 0; i < cluster->count; i++) {
        struct span name = cluster->members[i];
        list[i].start = start_of(q, cluster_node(q, cluster, name));
        list[i].link = CLI_CONNSTATUS_ABSENT;
        const struct node *known = fleet_node(q->fleet, name);
        list[i].not_asked = known != NULL && known->by_name_only;
        if (status != NULL)
            list[i].link =
                cli_connstatus_link(q->arena, status, name, cluster->members, cluster->count).state;
    }
    return list;
}

/* Members are disconnected from the first reboot of the change to the last. */
static void find_window(struct excuse_facts *facts, const struct stamp *begin)
{
    for (size_t i = 0; facts->cluster.known && i < facts->cluster.count; i++) {
        struct start start = facts->members[i].start;
        if (!start.known || (begin != NULL && time_between(start.when, *begin) < 0))
            continue;
        if (!facts->first.known || time_between(start.when, facts->first.when) < 0)
            facts->first = start;
        if (!facts->last.known || time_between(start.when, facts->last.when) > 0)
            facts->last = start;
    }
}

struct excuse_facts excuse_facts(const struct question *q, const struct stamp *begin)
{
    const struct cli_workqueue *queue = check_facts_of(q, q->node, &cli_workqueue_kind, NULL);
    struct excuse_facts facts = {
        .start = start_of(q, q->node),
        .cluster = peers(q),
        .queue_operational =
            queue != NULL && queue->has_state && queue->state == CLI_WORKQUEUE_OPERATIONAL,
        .alerts = check_facts_of(q, q->node, &cli_displayalerts_kind, NULL),
    };
    facts.members = members(q, &facts.cluster);
    find_window(&facts, begin);
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

static struct stamp first_moment(const struct alert *alert)
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

/* All of ALERT lies between the longest reboot before FROM and TO + SETTLE? */
static bool inside(const struct alert *alert, struct stamp from, struct stamp to, int settle_s)
{
    return time_between(first_moment(alert), from) >= -INTERVAL_REBOOT_S &&
           time_between(excuse_last(alert), to) <= settle_s;
}

/* "… for at least 1h.", "… for at least 2 days": how long a trouble has lasted; 0 = not told. */
static int64_t lasting(const struct alert *alert)
{
    static const char before[] = "for at least ";
    ptrdiff_t at = text_find_nocase(alert->text, before);
    int64_t seconds = 0;
    if (at < 0)
        return 0;
    struct span told = text_skip(alert->text, (size_t)at + sizeof(before) - 1), tail;
    (void)text_cut(told, '.', &told, &tail);
    if (!time_parse_uptime(told, &seconds) && !time_parse_age(told, &seconds))
        return 0;
    return seconds;
}

static const char *own_reboot(const struct question *q, const struct excuse_facts *facts,
                              const struct signature *signature, const struct alert *alert)
{
    char text[32];
    if (!facts->start.known || lasting(alert) > COMPLAINT_S ||
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

/*
 * Members are disconnected while their builds differ: a link dropped in between is a consequence of
 * the change, once it stands again.
 */
static const char *disconnect(const struct question *q, const struct excuse_facts *facts,
                              const struct signature *signature, const struct alert *alert,
                              struct span peer)
{
    char from[32], to[32];
    struct stamp begin = facts->first.when;
    begin.civil -= DOWNLOAD_S;
    if (q->has_since)
        begin = q->since;
    struct stamp first = first_moment(alert);
    if (!facts->first.known || time_between(facts->last.when, facts->first.when) > CHANGE_S ||
        time_between(facts->last.when, first) > CHANGE_S || time_between(first, begin) < 0 ||
        time_between(excuse_last(alert), facts->last.when) > signature->settle_s)
        return NULL;
    return arena_printf(q->arena,
                        "the members rebooted one after the other, %s to %s; %.*s is connected now",
                        time_print(facts->first.when, from, sizeof(from)),
                        time_print(facts->last.when, to, sizeof(to)), TEXT_ARGS(peer));
}

/*
 * One appliance was asked alone, within a day of its own start: that its neighbour rebooted in the
 * same change cannot be seen, but that the link stands again can.
 */
static const char *stands_again(const struct question *q, const struct excuse_facts *facts,
                                const struct alert *alert, struct span peer)
{
    if (!facts->start.known || time_between(facts->start.when, first_moment(alert)) > CHANGE_S ||
        time_between(excuse_last(alert), facts->start.when) > CHANGE_S)
        return NULL;
    return arena_printf(q->arena,
                        "%.*s is connected now; whether it rebooted in the same change was not "
                        "asked",
                        TEXT_ARGS(peer));
}

/* A link to a member only, and only while nothing shows that it is still down (domain.md 2.2). */
static const char *link_excuse(const struct question *q, const struct excuse_facts *facts,
                               const struct signature *signature, const struct alert *alert)
{
    struct span peer = named_machine(alert);
    size_t i = 0;
    while (i < facts->cluster.count && !text_same_nocase(facts->cluster.members[i], peer))
        i++;
    if (i == facts->cluster.count || facts->members[i].link == CLI_CONNSTATUS_BAD)
        return NULL;
    const char *own = own_reboot(q, facts, signature, alert);
    if (own != NULL)
        return own;
    const struct start *theirs = &facts->members[i].start;
    char text[32];
    if (theirs->known && inside(alert, theirs->when, theirs->when, signature->settle_s))
        return arena_printf(q->arena, "reboot of %.*s, up since %s", TEXT_ARGS(peer),
                            time_print(theirs->when, text, sizeof(text)));
    if (facts->members[i].link != CLI_CONNSTATUS_GOOD)
        return NULL;
    return facts->members[i].not_asked ? stands_again(q, facts, alert, peer)
                                       : disconnect(q, facts, signature, alert, peer);
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
