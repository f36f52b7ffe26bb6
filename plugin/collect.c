/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/collect.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "plugin/hash.h"
#include "plugin/index.h"
#include "plugin/sums.h"
#include "plugin/via/via.h"
#include "plugin/wire.h"

/* Saving the index takes at most one part of so many of the time of a run. */
enum { SAVE_SHARE = 20 };

struct rules collect_rules(struct cmd *cmd, const char *phase, const char *change)
{
    const struct config *config = &cmd->config;
    char when[32];
    struct rules rules = {
        .phase = phase,
        .change = change,
        .run_operator = config->run_operator,
        .plan = config->plan,
        .has_times = true,
        .started_at = (int64_t)time(NULL),
        .judging = cmd->judging,
        .waivers = config->waivers,
        .waiver_count = config->waiver_count,
    };
    rules.ended_at = rules.started_at;
    rules.run_id = arena_printf(
        cmd->arena, "%s-%ld", time_print_utc(rules.started_at, when, sizeof(when)), (long)getpid());
    rules.judging.of_change = true;
    rules.judging.optional = config->optional;
    rules.judging.optional_count = config->optional_count;
    rules.expects = arena_array(cmd->arena, config->node_count, sizeof(*rules.expects));
    for (size_t i = 0; i < config->node_count; i++)
        if (config->nodes[i].has_expect)
            rules.expects[rules.expect_count++] =
                (struct rules_plan){config->nodes[i].name, config->nodes[i].expect};
    return rules;
}

/* Does the document of ENTRY lie in the folder as it was kept? A run may be killed in between. */
static bool is_kept(const struct collect *collect, const char *node, const json_t *entry)
{
    struct arena *arena = collect->cmd->arena;
    const char *id = json_string_value(json_object_get(entry, "id"));
    const char *sha256 = json_string_value(json_object_get(entry, "sha256"));
    if (id == NULL || sha256 == NULL || !index_is_name(node) || !wire_is_id(text_of(id)))
        return false;
    const char *found =
        hash_file(arena, arena_printf(arena, "%s/%s/%s", collect->dir, node, id), NULL, NULL);
    return found != NULL && strcmp(found, sha256) == 0;
}

/* Appliances whose documents are all there and were all answered need not be asked again. */
static void leave_out(struct collect *collect, const json_t *index)
{
    const struct config *config = &collect->cmd->config;
    bool *faulty = arena_array(collect->cmd->arena, config->node_count, sizeof(*faulty));
    bool *seen = arena_array(collect->cmd->arena, config->node_count, sizeof(*seen));
    size_t i;
    json_t *entry;
    json_array_foreach (json_object_get(index, "documents"), i, entry) {
        const char *name = json_string_value(json_object_get(entry, "node"));
        const struct config_node *node = name == NULL ? NULL : config_node(config, name);
        if (node == NULL)
            continue;
        seen[node - config->nodes] = true;
        faulty[node - config->nodes] |=
            !json_is_null(json_object_get(entry, "fault")) || !is_kept(collect, name, entry);
    }
    for (i = 0; i < config->node_count; i++) {
        collect->ask[i] = !seen[i] || faulty[i];
        collect->kept += !collect->ask[i];
    }
}

static bool open_record(struct collect *collect, bool resume, struct fault *fault)
{
    struct arena *arena = collect->cmd->arena;
    struct capture capture = {.run_id = NULL};
    json_t *index = NULL;
    if (!resume) {
        collect->record = record_open(arena, collect->dir, fault);
        return collect->record != NULL;
    }
    (void)index_load(arena, collect->dir, &capture, &index, NULL); /* killed before there was one */
    collect->record = record_resume(arena, collect->dir, index, fault);
    if (collect->record != NULL) /* what it was sealed with does not hold from now on */
        (void)unlink(arena_printf(arena, "%s/%s", collect->dir, sums_name));
    leave_out(collect, index);
    json_decref(index);
    return collect->record != NULL;
}

static struct record_run run_of(const struct collect *collect)
{
    return (struct record_run){.id = collect->rules->run_id,
                               .change = collect->rules->change,
                               .run_operator = collect->rules->run_operator};
}

static int64_t now_ns(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool save(struct collect *collect, bool interrupted, struct fault *fault)
{
    const struct record_run run = run_of(collect);
    const int64_t begun = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    bool saved = record_save(collect->record, &run, &collect->fleet, interrupted, fault);
    collect->saving_ns += now_ns(CLOCK_PROCESS_CPUTIME_ID) - begun;
    return saved;
}

/* A run that goes on is the same run. */
static void keep_identity(struct collect *collect)
{
    struct rules before;
    if (!proof_get_rules(collect->cmd->arena, collect->dir, &before, NULL))
        return; /* it was killed before it wrote them */
    collect->rules->run_id = before.run_id;
    collect->rules->started_at = before.has_times ? before.started_at : collect->rules->started_at;
}

bool collect_begin(struct cmd *cmd, const char *dir, bool resume, struct rules *rules,
                   struct collect *collect, struct fault *fault)
{
    *collect = (struct collect){
        .cmd = cmd, .dir = dir, .rules = rules, .begun_ns = now_ns(CLOCK_MONOTONIC)};
    collect->fleet = config_fleet(cmd->arena, &cmd->config);
    for (size_t i = 0; i < collect->fleet.count; i++)
        collect->fleet.nodes[i].by_name_only = false;
    collect->ask = arena_array(cmd->arena, cmd->config.node_count, sizeof(*collect->ask));
    memset(collect->ask, true, cmd->config.node_count * sizeof(*collect->ask));
    if (resume)
        keep_identity(collect);
    return open_record(collect, resume, fault) && save(collect, true, fault) &&
           proof_put_rules(cmd->arena, dir, rules, fault);
}

static bool wants(void *context, const char *node)
{
    const struct collect *collect = context;
    const struct config *config = &collect->cmd->config;
    return collect->ask[config_node(config, node) - config->nodes];
}

static void step(void *context, const char *node, const char *text)
{
    struct collect *collect = context;
    progress_step(&collect->progress, node, text);
}

static void done(void *context, const struct node *node, size_t count, size_t total)
{
    struct collect *collect = context;
    (void)node;
    progress_done(&collect->progress, count, total);
    if (collect->saving_ns * SAVE_SHARE <= now_ns(CLOCK_MONOTONIC) - collect->begun_ns)
        (void)save(collect, true, NULL); /* the first fault is kept, and said at the end */
}

bool collect_round(struct collect *collect, struct fault *fault)
{
    struct cmd *cmd = collect->cmd;
    struct report report;
    bool unsaved;
    const struct live live = {
        .config = &cmd->config,
        .judging = &collect->rules->judging,
        .into = collect->record,
        .phase = collect->rules->phase,
        .timeout_s = cmd->timeout_s,
        .ask = cmd->via != NULL ? via_ask : NULL,
        .way = cmd->via,
        .context = collect,
        .wants = wants,
        .step = step,
        .done = done,
    };
    progress_begin(&collect->progress, cmd->progress);
    bool whole = live_run(cmd->arena, &live, &report, &unsaved, fault);
    progress_end(&collect->progress);
    if (!whole)
        return false;
    collect->rules->interrupted = report.interrupted;
    return save(collect, report.interrupted != NULL, fault);
}

bool collect_end(struct collect *collect, struct fault *fault)
{
    return record_release(collect->record, fault);
}

bool collect_judge(struct collect *collect, struct arena *arena, struct report *report,
                   struct fault *fault)
{
    struct rules *rules = collect->rules;
    rules->ended_at = rules->judged_at = (int64_t)time(NULL);
    rules->has_judged_at = true;
    return proof_put_rules(arena, collect->dir, rules, fault) &&
           proof_judge(arena, collect->dir, report, fault);
}
