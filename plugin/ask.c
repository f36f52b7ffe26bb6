/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/ask.h"

#include "plugin/live.h"
#include "plugin/pack.h"

/* What the command line leaves open, the configuration fills in. */
static struct judging merged(struct arena *arena, struct options *options,
                             const struct config *config)
{
    struct judging judging = run_judging(options);
    struct limits limits = {NULL, 0};
    for (size_t i = 0; i < config->limits.count; i++)
        limits_put(arena, &limits, &config->limits.items[i]);
    for (size_t i = 0; i < options->limits.count; i++)
        limits_put(arena, &limits, &options->limits.items[i]);
    judging.limits = limits.items;
    judging.limit_count = limits.count;
    struct check_word *words =
        arena_array(arena, options->word_count + config->word_count, sizeof(*words));
    for (size_t i = 0; i < options->word_count; i++)
        words[i] = options->words[i];
    for (size_t i = 0; i < config->word_count; i++)
        words[options->word_count + i] = config->words[i];
    judging.words = words;
    judging.word_count = options->word_count + config->word_count;
    if (!judging.has_since && config->has_since) {
        judging.has_since = true;
        judging.since = config->since;
    }
    return judging;
}

struct talk {
    struct arena *arena;
    bool wanted;
    const char **notes;
    size_t count;
};

static void hear(void *context, const char *node, const char *step)
{
    struct talk *talk = context;
    if (!talk->wanted || talk->count >= 500)
        return;
    talk->notes = arena_push(talk->arena, talk->notes, talk->count, sizeof(*talk->notes));
    talk->notes[talk->count++] =
        result_clean(talk->arena, text_of(arena_printf(talk->arena, "%s: %s", node, step)), 300);
}

bool ask(struct arena *arena, struct options *options, struct report *report, struct fault *fault)
{
    struct config config;
    struct talk talk = {.arena = arena, .wanted = options->verbose > 2};
    const char *path = options->config != NULL ? options->config : config_default_path();
    bool unsaved;
    if (!config_load(arena, path, &config, fault))
        return false;
    const struct judging judging = merged(arena, options, &config);
    if (options->replay != NULL)
        return run_replay(arena, options, &judging, report, fault);
    const struct live run = {
        .config = &config,
        .host = options->host,
        .judging = &judging,
        .record = options->record,
        .baseline = options->baseline != NULL ? options->baseline : config.baseline,
        .phase = "check",
        .change = config.change,
        .run_operator = config.run_operator,
        .timeout_s = options->timeout_s,
        .verbose = options->verbose,
        .one_check = options->check_count == 1,
        .context = &talk,
        .step = hear,
    };
    bool done = live_run(arena, &run, report, &unsaved, fault);
    report->notes = talk.notes;
    report->note_count = talk.count;
    if (unsaved) /* what was found out is said all the same */
        report->interrupted = arena_printf(arena, "%s: %s", fault->origin, fault->text);
    return done || unsaved;
}

struct packing {
    struct arena *arena;
    const char *host, *text;
};

static void pack(void *context, struct arena *arena, const struct fleet *fleet)
{
    struct packing *packing = context;
    const struct node *node = fleet_node(fleet, text_of(packing->host));
    (void)arena; /* of the answers, which are released now */
    if (node != NULL)
        packing->text = pack_print(packing->arena, node);
}

/* What `verify` asks for: it judges a change. */
bool ask_answers(struct arena *arena, const struct options *options, const char **text,
                 struct fault *fault)
{
    struct config config;
    struct report report;
    struct packing packing = {arena, options->host, NULL};
    struct judging judging = run_judging(options);
    const char *path = options->config != NULL ? options->config : config_default_path();
    bool unsaved;
    if (!config_load(arena, path, &config, fault))
        return false;
    judging.of_change = true;
    const struct live run = {
        .config = &config,
        .host = options->host,
        .judging = &judging,
        .phase = "check",
        .timeout_s = options->timeout_s,
        .context = &packing,
        .look = pack,
    };
    if (!live_run(arena, &run, &report, &unsaved, fault))
        return false;
    *text = packing.text;
    return *text != NULL ||
           fault_set(fault, FAULT_INTERNAL, options->host, 0, "what it answered cannot be packed");
}
