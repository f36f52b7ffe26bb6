/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/run.h"

#include "checks/cluster.h"
#include "checks/parse/cli_version.h"
#include "checks/registry.h"
#include "plugin/capture.h"

static const char *known_names(struct arena *arena, const struct fleet *fleet)
{
    const char *text = "";
    for (size_t i = 0; i < fleet->count && i < 10; i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "", fleet->nodes[i].name);
    return fleet->count > 10 ? arena_printf(arena, "%s …", text) : text;
}

static bool load(struct arena *arena, const struct options *options, struct capture *now,
                 struct question *question, struct fault *fault)
{
    struct capture *before = arena_alloc(arena, sizeof(*before));
    if (!capture_load(arena, options->replay, options->host, now, fault))
        return false;
    question->fleet = &now->fleet;
    question->node = fleet_node(&now->fleet, text_of(options->host));
    if (question->node == NULL)
        return fault_set(fault, FAULT_NOT_CAPTURED, options->replay, 0,
                         "holds no appliance '%.80s', but %.120s", options->host,
                         known_names(arena, &now->fleet));
    if (options->baseline != NULL &&
        !capture_load(arena, options->baseline, options->host, before, fault))
        return false;
    question->baseline = options->baseline != NULL ? &before->fleet : NULL;
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

/* When the newest of the check's documents was taken, and how long asking for all of them took. */
static void add_times(struct report_result *answer, const struct node *node)
{
    const struct check *check = answer->result->check;
    for (size_t d = 0; d < node->document_count; d++) {
        const struct document *document = &node->documents[d];
        bool needed = false;
        for (size_t n = 0; n < check->need_count && !needed; n++)
            needed = fleet_is_of_kind(check->needs[n].kind, text_of(document->id));
        if (!needed)
            continue;
        if (document->has_taken_at &&
            (!answer->has_taken_at || document->taken_at > answer->taken_at))
            answer->taken_at = document->taken_at;
        answer->has_taken_at = answer->has_taken_at || document->has_taken_at;
        answer->duration_ms += document->has_duration ? document->duration_ms : 0;
        answer->has_duration = answer->has_duration || document->has_duration;
    }
}

static const char *clean_or_null(struct arena *arena, struct span text)
{
    return text.n == 0 ? NULL : result_clean(arena, text, 200);
}

static const char *release_of(const struct question *q, const struct node *node)
{
    char text[48];
    const struct cli_version *version = check_facts_of(q, node, &cli_version_kind, NULL);
    if (version == NULL || !version->has_release)
        return NULL;
    return arena_dup(q->arena, text_of(release_print(&version->release, text, sizeof(text))));
}

static struct report_node describe_node(const struct question *q, enum state state)
{
    const struct cli_version *now = check_facts_of(q, q->node, &cli_version_kind, NULL);
    char expected[48];
    return (struct report_node){
        .name = q->node->name,
        .role = q->node->role,
        .model = now == NULL ? NULL : clean_or_null(q->arena, now->model),
        .serial = now == NULL ? NULL : clean_or_null(q->arena, now->serial),
        .cluster = clean_or_null(q->arena, text_of(q->node->cluster)),
        .sma = clean_or_null(q->arena, text_of(q->node->sma)),
        .before = release_of(q, check_before(q)),
        .after = release_of(q, q->node),
        .expected = !q->has_expect ? NULL
                                   : arena_dup(q->arena, text_of(release_print(&q->expect, expected,
                                                                               sizeof(expected)))),
        .state = state,
    };
}

/* The cluster of the appliance, if it is in one, judged by the checks that are about it. */
static void describe_cluster(const struct question *q, struct report *report)
{
    struct cluster cluster = cluster_of(q, q->node);
    if (q->node->role != ROLE_ESA || !cluster.known)
        return;
    struct report_cluster *described = arena_alloc(q->arena, sizeof(*described));
    described->name = clean_or_null(q->arena, cluster.name);
    described->members = arena_array(q->arena, cluster.count, sizeof(*described->members));
    for (size_t i = 0; i < cluster.count; i++)
        described->members[described->member_count++] =
            result_clean(q->arena, cluster.members[i], 200);
    described->state = STATE_NOT_APPLICABLE;
    for (size_t i = 0; i < report->count; i++)
        if (report->results[i].result->check->about_cluster)
            described->state = result_worse(described->state, report->results[i].state);
    report->clusters = described;
    report->cluster_count = 1;
}

static void judge(const struct question *q, const struct options *options, struct report *report)
{
    report->results = arena_array(q->arena, registry_count, sizeof(*report->results));
    for (size_t i = 0; i < registry_count; i++) {
        if (!is_wanted(options, registry_checks[i], q->node))
            continue;
        struct report_result *answer = &report->results[report->count++];
        answer->result = check_run(registry_checks[i], q);
        answer->state = result_state(answer->result);
        answer->line = result_line(answer->result);
        add_times(answer, q->node);
        report->state = result_worse(report->state, answer->state);
    }
    report->nodes = arena_alloc(q->arena, sizeof(*report->nodes));
    report->nodes[0] = describe_node(q, report->state);
    report->node_count = 1;
    describe_cluster(q, report);
}

bool run_replay(struct arena *arena, const struct options *options, struct report *report,
                struct fault *fault)
{
    struct question *question = arena_alloc(arena, sizeof(*question));
    struct capture *now = arena_alloc(arena, sizeof(*now));
    *question = (struct question){
        .arena = arena,
        .has_since = options->has_since,
        .since = options->since,
        .has_expect = options->has_expect,
        .expect = options->expect,
        .limits = options->limits.items,
        .limit_count = options->limits.count,
        .words = options->words,
        .word_count = options->word_count,
    };
    if (!load(arena, options, now, question, fault))
        return false;
    *report = (struct report){
        .arena = arena,
        .tool_version = POSTCHECK_VERSION,
        .phase = "replay",
        .run_id = clean_or_null(arena, text_of(now->run_id)),
        .change = clean_or_null(arena, text_of(now->change)),
        .run_operator = clean_or_null(arena, text_of(now->run_operator)),
        .verbose = options->verbose,
        .one_check = options->check_count == 1,
        .state = STATE_NOT_APPLICABLE,
    };
    judge(question, options, report);
    return true;
}
