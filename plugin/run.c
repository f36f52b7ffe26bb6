/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/run.h"

#include "checks/registry.h"

static const char *known_names(struct arena *arena, const struct fleet *fleet)
{
    const char *text = "";
    for (size_t i = 0; i < fleet->count && i < 10; i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "", fleet->nodes[i].name);
    return fleet->count > 10 ? arena_printf(arena, "%s …", text) : text;
}

static bool load(struct arena *arena, const struct options *options, struct report *report,
                 struct question *question, struct fault *fault)
{
    struct capture *now = arena_alloc(arena, sizeof(*now));
    struct capture *before = arena_alloc(arena, sizeof(*before));
    if (!capture_load(arena, options->replay, now, fault))
        return false;
    report->capture = now;
    report->node = fleet_node(&now->fleet, text_of(options->host));
    if (report->node == NULL)
        return fault_set(fault, FAULT_NOT_CAPTURED, options->replay, 0,
                         "holds no appliance '%.80s', but %.120s", options->host,
                         known_names(arena, &now->fleet));
    if (options->baseline != NULL && !capture_load(arena, options->baseline, before, fault))
        return false;
    question->fleet = &now->fleet;
    question->baseline = options->baseline != NULL ? &before->fleet : NULL;
    question->node = report->node;
    return true;
}

static bool is_wanted(const struct options *options, const struct check *check,
                      const struct node *node)
{
    for (size_t i = 0; i < options->check_count; i++)
        if (options->checks[i] == check)
            return true;
    return options->check_count == 0 && (check->roles & node->role) != 0;
}

bool run_replay(struct arena *arena, const struct options *options, struct report *report,
                struct fault *fault)
{
    struct question *question = arena_alloc(arena, sizeof(*question));
    *question = (struct question){
        .arena = arena,
        .has_since = options->has_since,
        .since = options->since,
        .has_expect = options->has_expect,
        .expect = options->expect,
        .limits = options->limits,
        .limit_count = options->limit_count,
        .words = options->words,
        .word_count = options->word_count,
    };
    *report = (struct report){
        .arena = arena,
        .tool_version = POSTCHECK_VERSION,
        .verbose = options->verbose,
        .one_check = options->check_count == 1,
        .question = question,
        .state = STATE_NOT_APPLICABLE,
    };
    if (!load(arena, options, report, question, fault))
        return false;
    report->results = arena_array(arena, registry_count, sizeof(struct result *));
    for (size_t i = 0; i < registry_count; i++) {
        if (!is_wanted(options, registry_checks[i], report->node))
            continue;
        struct result *result = check_run(registry_checks[i], question);
        report->results[report->count++] = result;
        report->state = result_worse(report->state, result_state(result));
    }
    return true;
}
