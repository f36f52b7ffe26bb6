/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/collect.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "plugin/index.h"

enum { SAVE_EVERY_S = 2 };

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
        faulty[node - config->nodes] |= !json_is_null(json_object_get(entry, "fault"));
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

static bool save(struct collect *collect, bool interrupted, struct fault *fault)
{
    const struct record_run run = run_of(collect);
    collect->saved_at = (int64_t)time(NULL);
    return record_save(collect->record, &run, &collect->fleet, interrupted, fault);
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
    *collect = (struct collect){.cmd = cmd, .dir = dir, .rules = rules};
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
    if ((int64_t)time(NULL) - collect->saved_at >= SAVE_EVERY_S)
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
    const struct record_run run = run_of(collect);
    return record_close(collect->record, &run, &collect->fleet, collect->rules->interrupted != NULL,
                        fault);
}

bool collect_judge(struct collect *collect, struct arena *arena, bool end, struct report *report,
                   struct fault *fault)
{
    struct rules *rules = collect->rules;
    rules->ended_at = rules->judged_at = (int64_t)time(NULL);
    rules->has_judged_at = true;
    return proof_put_rules(arena, collect->dir, rules, fault) &&
           proof_judge(arena, collect->dir, report, fault) &&
           (!end || proof_seal(arena, collect->dir, report, fault));
}
