/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"
#include "checks/mib.h"

static const struct need needs[] = {{&snmp_walk_kind, NEED_REQUIRED}};

static const struct compare_spec compares[] = {
    {"update_services", COMPARE_SET_KEPT, "services that are updated", 0},
};

enum { SERVICE = 2, SUCCESSES = 3, FAILURES = 4 };

/* domain.md V13: within an hour rules are updated, if anything is. */
enum { HOUR = 3600 };

static const char hint_updates[] =
    "`updatenow`, then `tail updater_logs`: does it reach its servers (DNS, proxy, firewall), and "
    "is it asking those for its kind of appliance (`updateconfig`, dynamichost)?";

/* One service: rows of the same name together, for the index means nothing. */
struct service {
    struct span name;
    unsigned line;
    bool has_successes, has_failures;
    int64_t successes, failures;
};

struct services {
    struct service *list;
    size_t count;
};

static struct service *find(const struct services *services, struct span name)
{
    for (size_t i = 0; i < services->count; i++)
        if (text_same_nocase(services->list[i].name, name))
            return &services->list[i];
    return NULL;
}

static void add(const struct snmp_value *value, bool *has, int64_t *sum)
{
    if (value->type != SNMP_NUMBER)
        return;
    *has = true;
    *sum += value->number;
}

static struct services services_of(const struct question *q, const struct snmp_walk *walk)
{
    struct services services = {.count = 0};
    if (walk == NULL)
        return services;
    const struct snmp_table *table = &walk->tables[SNMP_UPDATES];
    services.list = arena_array(q->arena, table->count, sizeof(*services.list));
    for (size_t i = 0; i < table->count; i++) {
        const struct snmp_row *row = &table->rows[i];
        struct span name = text_of(mib_name(q->arena, row, SERVICE, "service"));
        struct service *service = find(&services, name);
        if (service == NULL) {
            service = &services.list[services.count++];
            *service = (struct service){.name = name, .line = row->columns[SUCCESSES].line};
        }
        add(&row->columns[SUCCESSES], &service->has_successes, &service->successes);
        add(&row->columns[FAILURES], &service->has_failures, &service->failures);
    }
    return services;
}

static void say_unread(const struct question *q, struct result *result,
                       const struct snmp_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct snmp_row *row = &table->rows[i];
        const char *name = mib_name(q->arena, row, SERVICE, "service");
        (void)mib_number(result, &row->columns[SUCCESSES], name, "number of updates", true);
        (void)mib_number(result, &row->columns[FAILURES], name, "number of failed updates", false);
    }
}

/* The counters since the baseline; they may begin anew with the agent (unverified: snmp.md 1.3). */
static struct service since(const struct service *now, const struct service *then)
{
    struct service moved = *now;
    if (then == NULL || now->successes < then->successes || now->failures < then->failures)
        return moved;
    moved.successes -= then->successes;
    moved.failures -= then->failures;
    return moved;
}

/*
 * One service that did not move proves nothing: how often there is something new for it is not
 * told. One that only fails does.
 */
static void judge_service(const struct question *q, struct result *result,
                          const struct service *moved, const char *since_when)
{
    const char *name = arena_dup(q->arena, text_head(moved->name, 120));
    bool fails = moved->failures > 0 && moved->successes == 0;
    struct finding *finding = result_say(
        result, fails ? STATE_WARNING : STATE_OK, name, "%s: %s: %lld updates and %lld failures %s",
        q->node->name, name, (long long)moved->successes, (long long)moved->failures, since_when);
    (void)result_evidence(result, finding, snmp_walk_kind.id, moved->line);
    (void)result_hint(finding, fails ? hint_updates : NULL);
}

/* Has less than an hour passed since the baseline's walk? */
static bool is_early(const struct question *q)
{
    const struct document *now = fleet_document(q->node, snmp_walk_kind.id);
    const struct document *then =
        check_before(q) == NULL ? NULL : fleet_document(check_before(q), snmp_walk_kind.id);
    return now != NULL && then != NULL && now->has_taken_at && then->has_taken_at &&
           time_between(time_from_utc(now->taken_at), time_from_utc(then->taken_at)) < HOUR;
}

static void judge_all(const struct question *q, struct result *result,
                      const struct services *services, const struct services *before)
{
    const char *since_when = before->count > 0 ? "since the baseline" : "since the agent counts";
    size_t advanced = 0, told = 0;
    for (size_t i = 0; i < services->count; i++) {
        const struct service *now = &services->list[i];
        const struct service moved = since(now, find(before, now->name));
        if (!now->has_successes)
            continue; /* said above */
        told++;
        advanced += moved.successes > 0;
        judge_service(q, result, &moved, since_when);
    }
    if (advanced == 0 && told > 0) {
        enum state state = before->count == 0 ? STATE_WARNING
                           : is_early(q)      ? STATE_PENDING
                                              : STATE_CRITICAL;
        struct finding *finding =
            result_say(result, state, q->node->name, "%s: none of %zu services was updated %s",
                       q->node->name, told, since_when);
        (void)result_evidence(result, finding, snmp_walk_kind.id, services->list[0].line);
        (void)result_hint(finding, hint_updates);
    }
    result_summary(result, "%s: %zu of %zu services were updated %s", q->node->name, advanced, told,
                   since_when);
}

static void judge_set(const struct question *q, struct result *result,
                      const struct services *services, const struct services *before)
{
    struct span *now = arena_array(q->arena, services->count, sizeof(*now));
    struct span *then = arena_array(q->arena, before->count, sizeof(*then));
    for (size_t i = 0; i < services->count; i++)
        now[i] = services->list[i].name;
    for (size_t i = 0; i < before->count; i++) {
        then[i] = before->list[i].name;
        if (find(services, then[i]) != NULL)
            continue;
        const char *name = arena_dup(q->arena, text_head(then[i], 120));
        struct finding *finding = result_say(
            result, STATE_WARNING, name,
            "%s: %s was updated before the change and is not listed now", q->node->name, name);
        (void)result_evidence(result, finding, snmp_walk_kind.id, 0);
        (void)result_hint(finding, "is the feature still on and licensed?");
    }
    (void)compare_set(q, result, "update_services", NULL, before->count == 0 ? NULL : then,
                      before->count, now, services->count);
}

static void run(const struct question *q, struct result *result)
{
    const struct snmp_walk *walk = mib_facts(q, result);
    if (walk == NULL)
        return;
    const struct services now = services_of(q, walk);
    const struct services before =
        services_of(q, check_facts_of(q, check_before(q), &snmp_walk_kind, NULL));
    if (now.count == 0) {
        struct finding *finding = result_say(result, STATE_UNKNOWN, q->node->name,
                                             "%s publishes no counters of updates", q->node->name);
        (void)result_evidence(result, finding, snmp_walk_kind.id, 0);
        return;
    }
    say_unread(q, result, &walk->tables[SNMP_UPDATES]);
    judge_all(q, result, &now, &before);
    if (walk->cut_line == 0)
        judge_set(q, result, &now, &before);
}

const struct check updates_check = {
    .name = "updates",
    .title = "do engines and rules update again?",
    .roles = ROLE_ANY,
    .needs = needs,
    .need_count = CHECK_COUNT(needs),
    .compares = compares,
    .compare_count = CHECK_COUNT(compares),
    .settle_s = HOUR,
    .if_asked = true,
    .run = run,
};
