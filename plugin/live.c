/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/live.h"

#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "checks/parse/cli_status.h"
#include "checks/registry.h"
#include "plugin/capture.h"
#include "plugin/fetch/warm.h"
#include "plugin/runner.h"

/* Appliances that are judged together. */
struct group {
    struct fleet fleet; /* the nodes of the group, those by name only included */
    struct arena arena; /* of their answers and facts: released when the group is judged */
    size_t waiting;     /* jobs that are not done */
};

struct work {
    const struct live *live;
    struct report *report;
    struct group *groups;
    size_t group_count;
    struct runner_job *jobs;
    struct group **group_of; /* by job */
    size_t job_count, done;
    struct fleet before;
    bool has_before;
    struct record *record;
    size_t asked, answered; /* documents */
};

/* ---- who belongs together ---- */

static size_t root_of(size_t *parent, size_t i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

static void join(size_t *parent, size_t a, size_t b)
{
    a = root_of(parent, a);
    b = root_of(parent, b);
    parent[a > b ? a : b] = a > b ? b : a;
}

/* Sorts indices of nodes by the name of their cluster; the nodes are read through this pointer. */
static const struct config_node *sorted_nodes;

static int by_cluster(const void *a, const void *b)
{
    const struct config_node *x = &sorted_nodes[*(const size_t *)a];
    const struct config_node *y = &sorted_nodes[*(const size_t *)b];
    int order =
        strcasecmp(x->cluster == NULL ? "" : x->cluster, y->cluster == NULL ? "" : y->cluster);
    return order != 0 ? order : (x > y) - (x < y);
}

static void join_clusters(struct arena *arena, const struct config *config, size_t *parent)
{
    size_t *order = arena_array(arena, config->node_count, sizeof(*order));
    for (size_t i = 0; i < config->node_count; i++)
        order[i] = i;
    sorted_nodes = config->nodes;
    qsort(order, config->node_count, sizeof(*order), by_cluster);
    for (size_t i = 1; i < config->node_count; i++) {
        const char *a = config->nodes[order[i - 1]].cluster, *b = config->nodes[order[i]].cluster;
        if (a != NULL && b != NULL && strcasecmp(a, b) == 0)
            join(parent, order[i - 1], order[i]);
    }
}

/* A gateway whose manager is not told may be any manager's. */
static void join_managers(const struct config *config, size_t *parent)
{
    const struct config_node *nodes = config->nodes;
    for (size_t i = 0; i < config->node_count; i++) {
        if (nodes[i].role != ROLE_ESA)
            continue;
        const struct config_node *sma =
            nodes[i].sma == NULL ? NULL : config_node(config, nodes[i].sma);
        if (sma != NULL)
            join(parent, i, (size_t)(sma - nodes));
        for (size_t s = 0; nodes[i].sma == NULL && s < config->node_count; s++)
            if (nodes[s].role == ROLE_SMA)
                join(parent, i, s);
    }
}

/* Moves the inventory's nodes into groups; those that hold nobody who is asked are left out. */
static void make_groups(struct work *work, const struct fleet *inventory)
{
    struct arena *arena = work->report->arena;
    const struct config *config = work->live->config;
    size_t *parent = arena_array(arena, config->node_count, sizeof(*parent));
    struct group **of_root = arena_array(arena, config->node_count, sizeof(struct group *));
    for (size_t i = 0; i < config->node_count; i++)
        parent[i] = i;
    join_clusters(arena, config, parent);
    join_managers(config, parent);
    work->groups = arena_array(arena, config->node_count, sizeof(*work->groups));
    const struct live *live = work->live;
    const struct config_node *host = live->host == NULL ? NULL : config_node(config, live->host);
    for (size_t i = 0; i < config->node_count; i++) {
        size_t root = root_of(parent, i);
        if (host != NULL && root != root_of(parent, (size_t)(host - config->nodes)))
            continue;
        if (of_root[root] == NULL) {
            of_root[root] = &work->groups[work->group_count++];
            arena_init(&of_root[root]->arena, arena->out_of_memory);
        }
        struct fleet *fleet = &of_root[root]->fleet;
        fleet->nodes = arena_push(arena, fleet->nodes, fleet->count, sizeof(*fleet->nodes));
        fleet->nodes[fleet->count] = *fleet_node(inventory, text_of(config->nodes[i].name));
        fleet->nodes[fleet->count++].by_name_only =
            (host != NULL && &config->nodes[i] != host) ||
            (live->wants != NULL && !live->wants(live->context, config->nodes[i].name));
    }
}

/* ---- what is asked ---- */

static size_t add_rows(const struct judging *judging, enum role role, const struct fetch_row **rows)
{
    size_t count = 0;
    for (size_t r = 0; r < plan_row_count; r++) {
        const struct document_kind *kind = plan_rows[r].kind;
        /* Settle times count from the start that it tells. */
        bool wanted = judging->of_change && kind == &cli_status_kind;
        for (size_t c = 0; c < registry_count && (kind->roles & role) != 0; c++)
            for (size_t n = 0; n < registry_checks[c]->need_count; n++)
                wanted |= registry_checks[c]->needs[n].kind == kind &&
                          (registry_checks[c]->roles & role) != 0 &&
                          judge_wants(judging, registry_checks[c], role);
        if (wanted)
            rows[count++] = &plan_rows[r];
    }
    return count;
}

/* The rows of one appliance by the caller's own choice. */
static void choose_rows(const struct live *live, struct arena *arena, struct runner_job *job)
{
    job->rows = arena_array(arena, plan_row_count, sizeof(struct fetch_row *));
    job->row_count = 0;
    for (size_t r = 0; r < plan_row_count; r++)
        if ((plan_rows[r].kind->roles & job->node->role) != 0 &&
            live->wants_row(live->context, job->node, &plan_rows[r]))
            job->rows[job->row_count++] = &plan_rows[r];
}

/* SNMP is asked where it is configured; elsewhere it must not be missed. */
static void drop_snmp(struct arena *arena, struct runner_job *job)
{
    const struct fetch_row **rows = arena_array(arena, job->row_count, sizeof(*rows));
    size_t count = 0;
    if (job->node->snmp != CONFIG_SNMP_OFF)
        return;
    for (size_t r = 0; r < job->row_count; r++)
        if (job->rows[r]->how != FETCH_SNMP)
            rows[count++] = job->rows[r];
    job->rows = rows;
    job->row_count = count;
}

static void make_jobs(struct work *work)
{
    struct arena *arena = work->report->arena;
    const struct config *config = work->live->config;
    const struct fetch_row **rows[ROLE_ANY + 1] = {NULL};
    size_t counts[ROLE_ANY + 1] = {0};
    for (enum role role = ROLE_ESA; role <= ROLE_SMA; role++) {
        rows[role] = arena_array(arena, plan_row_count, sizeof(struct fetch_row *));
        counts[role] = add_rows(work->live->judging, role, rows[role]);
    }
    work->jobs = arena_array(arena, config->node_count, sizeof(*work->jobs));
    work->group_of = arena_array(arena, config->node_count, sizeof(struct group *));
    for (size_t g = 0; g < work->group_count; g++)
        for (size_t i = 0; i < work->groups[g].fleet.count; i++) {
            struct node *node = &work->groups[g].fleet.nodes[i];
            if (node->by_name_only)
                continue;
            work->group_of[work->job_count] = &work->groups[g];
            work->groups[g].waiting++;
            work->jobs[work->job_count++] =
                (struct runner_job){.node = config_node(config, node->name),
                                    .answers = node,
                                    .arena = &work->groups[g].arena,
                                    .rows = rows[node->role],
                                    .row_count = counts[node->role]};
            if (work->live->wants_row != NULL)
                choose_rows(work->live, arena, &work->jobs[work->job_count - 1]);
            drop_snmp(arena, &work->jobs[work->job_count - 1]);
        }
}

/* ---- what comes back ---- */

static void judge_group(struct work *work, struct group *group)
{
    const struct config *config = work->live->config;
    if (work->live->look != NULL)
        work->live->look(work->live->context, &group->arena, &group->fleet);
    for (size_t i = 0; i < group->fleet.count; i++) {
        const struct node *node = &group->fleet.nodes[i];
        const struct config_node *configured = config_node(config, node->name);
        struct judging judging = *work->live->judging;
        if (node->by_name_only || work->live->into != NULL || work->live->look != NULL)
            continue;
        if (!judging.has_expect && configured->has_expect) {
            judging.has_expect = true;
            judging.expect = configured->expect;
        }
        judge_node(&group->arena, &judging, &group->fleet, work->has_before ? &work->before : NULL,
                   node, work->report);
    }
    for (size_t i = 0; i < group->fleet.count; i++) {
        struct node *before = work->has_before
                                  ? fleet_node(&work->before, text_of(group->fleet.nodes[i].name))
                                  : NULL;
        if (before != NULL)
            fleet_forget(before);
        group->fleet.nodes[i].documents = NULL;
        group->fleet.nodes[i].document_count = 0;
    }
    arena_free(&group->arena);
}

static void job_done(void *context, struct runner_job *job)
{
    struct work *work = context;
    struct group *group = work->group_of[job - work->jobs];
    for (size_t i = 0; i < job->answers->document_count; i++)
        work->answered += job->answers->documents[i].fault == NULL;
    work->asked += job->answers->document_count;
    if (work->record != NULL)
        (void)record_node(work->record, job->answers, NULL); /* kept, and said by record_close() */
    work->done++;
    if (work->live->done != NULL)
        work->live->done(work->live->context, job->answers, work->done, work->job_count);
    if (--group->waiting == 0)
        judge_group(work, group);
}

static void job_step(void *context, const struct runner_job *job, const char *step)
{
    struct work *work = context;
    if (work->live->step != NULL)
        work->live->step(work->live->context, job->node->name, step);
}

/* ---- the whole ---- */

static const char *signal_name(int number)
{
    return number == SIGINT ? "SIGINT" : number == SIGTERM ? "SIGTERM" : "SIGHUP";
}

static bool unknown_host(const struct live *live, struct fault *fault)
{
    const struct config *config = live->config;
    for (size_t i = 0; i < config->node_count; i++)
        if (fleet_same_name(text_of(config->nodes[i].name), text_of(live->host)))
            return fault_set(fault, FAULT_NOT_CAPTURED, config->path, 0,
                             "has no section [node %.80s]; did you mean %.80s?", live->host,
                             config->nodes[i].name);
    return fault_set(fault, FAULT_NOT_CAPTURED, config->path, 0,
                     "has no section [node %.80s]; `postcheck -f FILE nodes` lists them",
                     live->host);
}

static bool prepare(struct arena *arena, const struct live *live, struct work *work,
                    struct fault *fault)
{
    struct capture before;
    if (live->host != NULL && config_node(live->config, live->host) == NULL)
        return unknown_host(live, fault);
    if (live->baseline != NULL) {
        if (!capture_load(arena, live->baseline, live->host, &before, fault))
            return false;
        work->before = before.fleet;
        work->has_before = true;
    }
    if (live->record != NULL) {
        work->record = record_open(arena, live->record, fault);
        if (work->record == NULL)
            return false;
    }
    if (live->into != NULL)
        work->record = live->into;
    return true;
}

/* The inventory of those groups that were asked, for capture.json. */
static struct fleet asked_fleet(struct arena *arena, const struct work *work)
{
    struct fleet fleet = {NULL, 0};
    const char *twice;
    for (size_t g = 0; g < work->group_count; g++)
        for (size_t i = 0; i < work->groups[g].fleet.count; i++) {
            fleet.nodes = arena_push(arena, fleet.nodes, fleet.count, sizeof(*fleet.nodes));
            fleet.nodes[fleet.count++] = work->groups[g].fleet.nodes[i];
        }
    (void)fleet_sort(&fleet, &twice);
    return fleet;
}

bool live_run(struct arena *arena, const struct live *live, struct report *report, bool *unsaved,
              struct fault *fault)
{
    struct work work = {.live = live, .report = report};
    *unsaved = false;
    *report = (struct report){
        .arena = arena,
        .tool_version = POSTCHECK_VERSION,
        .phase = live->phase,
        .change = live->change,
        .run_operator = live->run_operator == NULL
                            ? NULL
                            : result_clean(arena, text_of(live->run_operator), 200),
        .has_times = true,
        .started_at = (int64_t)time(NULL),
        .verbose = live->verbose,
        .one_check = live->one_check,
        .state = STATE_NOT_APPLICABLE,
    };
    if (!prepare(arena, live, &work, fault))
        return false;
    const struct fleet inventory = config_fleet(arena, live->config);
    make_groups(&work, &inventory);
    make_jobs(&work);
    const struct runner runner = {
        .config = live->config,
        .deadline_ms = live->timeout_s == 0 ? 0 : fetch_now_ms() + 1000 * (int64_t)live->timeout_s,
        .ask = live->ask != NULL ? live->ask : fetch_ask,
        .way = live->way,
        .context = &work,
        .done = job_done,
        .step = job_step,
    };
    warm_up();
    int signal = runner_run(&runner, work.jobs, work.job_count);
    if (signal != 0)
        report->interrupted =
            arena_printf(arena, "interrupted by %s: %zu of %zu documents were answered",
                         signal_name(signal), work.answered, work.asked);
    report->ended_at = (int64_t)time(NULL);
    judge_end(report);
    if (work.record == NULL || live->into != NULL)
        return true;
    const struct record_run run = {.change = live->change, .run_operator = live->run_operator};
    const struct fleet asked = asked_fleet(arena, &work);
    *unsaved = !record_close(work.record, &run, &asked, signal != 0, fault);
    return !*unsaved;
}
