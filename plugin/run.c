/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/run.h"

#include "plugin/capture.h"

struct judging run_judging(const struct options *options)
{
    return (struct judging){
        .checks = options->checks,
        .check_count = options->check_count,
        .limits = options->limits.items,
        .limit_count = options->limits.count,
        .words = options->words,
        .word_count = options->word_count,
        .has_since = options->has_since,
        .since = options->since,
        .has_expect = options->has_expect,
        .expect = options->expect,
        .timeout_state = options->timeout_state,
    };
}

struct report run_report(struct arena *arena, const struct options *options)
{
    return (struct report){
        .arena = arena,
        .tool_version = POSTCHECK_VERSION,
        .verbose = options->verbose,
        .one_check = options->check_count == 1,
        .state = STATE_NOT_APPLICABLE,
    };
}

static const char *known_names(struct arena *arena, const struct fleet *fleet)
{
    const char *text = "";
    for (size_t i = 0; i < fleet->count && i < 10; i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "", fleet->nodes[i].name);
    return fleet->count > 10 ? arena_printf(arena, "%s …", text) : text;
}

static const char *clean_or_null(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : result_clean(arena, text_of(text), 200);
}

bool run_replay(struct arena *arena, const struct options *options, const struct judging *judging,
                struct report *report, struct fault *fault)
{
    struct capture now, before;
    if (!capture_load(arena, options->replay, options->host, &now, fault))
        return false;
    const struct node *node = fleet_node(&now.fleet, text_of(options->host));
    if (node == NULL)
        return fault_set(fault, FAULT_NOT_CAPTURED, options->replay, 0,
                         "holds no appliance '%.80s', but %.120s", options->host,
                         known_names(arena, &now.fleet));
    if (options->baseline != NULL &&
        !capture_load(arena, options->baseline, options->host, &before, fault))
        return false;
    *report = run_report(arena, options);
    report->phase = "replay";
    report->run_id = clean_or_null(arena, now.run_id);
    report->change = clean_or_null(arena, now.change);
    report->run_operator = clean_or_null(arena, now.run_operator);
    judge_node(arena, judging, &now.fleet, options->baseline == NULL ? NULL : &before.fleet, node,
               report);
    return true;
}
