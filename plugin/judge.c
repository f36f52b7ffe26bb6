/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/judge.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "checks/cluster.h"
#include "checks/parse/cli_version.h"
#include "checks/registry.h"
#include "checks/settle.h"
#include "plugin/waive.h"

bool judge_wants(const struct judging *judging, const struct check *check, enum role role)
{
    for (size_t i = 0; i < judging->check_count; i++)
        if (judging->checks[i] == check)
            return !judging->by_role || (check->roles & role) != 0;
    return judging->check_count == 0 && (check->roles & role) != 0;
}

/* Does the run say itself which checks it has? "All that fit the role" are kept as a list, too. */
static bool is_named(const struct judging *judging)
{
    return judging->check_count > 0 && !judging->by_role;
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

static const char *release_of(const struct question *q, const struct node *node,
                              struct arena *arena)
{
    char text[48];
    const struct cli_version *version = check_facts_of(q, node, &cli_version_kind, NULL);
    if (version == NULL || !version->has_release)
        return NULL;
    return arena_dup(arena, text_of(release_print(&version->release, text, sizeof(text))));
}

static void add_node(const struct question *q, bool of_change, enum state state,
                     struct report *report)
{
    const struct cli_version *now = check_facts_of(q, q->node, &cli_version_kind, NULL);
    struct arena *arena = report->arena;
    char expected[48];
    report->nodes = arena_push(arena, report->nodes, report->node_count, sizeof(*report->nodes));
    report->nodes[report->node_count++] = (struct report_node){
        .name = arena_dup(arena, text_of(q->node->name)),
        .role = q->node->role,
        .model = now == NULL ? NULL : clean_or_null(arena, now->model),
        .serial = now == NULL ? NULL : clean_or_null(arena, now->serial),
        .cluster = clean_or_null(arena, text_of(q->node->cluster)),
        .sma = clean_or_null(arena, text_of(q->node->sma)),
        .before = release_of(q, check_before(q), arena),
        .after = release_of(q, q->node, arena),
        .expected =
            !q->has_expect
                ? NULL
                : arena_dup(arena, text_of(release_print(&q->expect, expected, sizeof(expected)))),
        .state = state,
    };
    if (of_change)
        report->nodes[report->node_count - 1].timeline = timeline_of(q, arena);
}

/* The cluster of that name with that first member, if it is there already: names may repeat. */
static struct report_cluster *known_cluster(const struct report *report,
                                            const struct cluster *cluster)
{
    for (size_t i = report->cluster_count; i-- > 0;) {
        struct report_cluster *known = &report->clusters[i];
        bool same = (known->name == NULL) == (cluster->name.n == 0) &&
                    (known->name == NULL || text_same_nocase(text_of(known->name), cluster->name));
        for (size_t m = 0; same && m < known->member_count; m++)
            if (cluster_has(cluster, text_of(known->members[m])))
                return known;
    }
    return NULL;
}

/* The cluster of the appliance, if it is in one, judged by the checks that are about it. */
static void add_cluster(const struct question *q, size_t first, struct report *report)
{
    struct cluster cluster = cluster_of(q, q->node);
    struct arena *arena = report->arena;
    if (q->node->role != ROLE_ESA || !cluster.known)
        return;
    struct report_cluster *described = known_cluster(report, &cluster);
    if (described == NULL) {
        report->clusters =
            arena_push(arena, report->clusters, report->cluster_count, sizeof(*report->clusters));
        described = &report->clusters[report->cluster_count++];
        described->name = clean_or_null(arena, cluster.name);
        described->members = arena_array(arena, cluster.count, sizeof(*described->members));
        for (size_t i = 0; i < cluster.count; i++)
            described->members[described->member_count++] =
                result_clean(arena, cluster.members[i], 200);
        described->state = STATE_NOT_APPLICABLE;
    }
    for (size_t i = first; i < report->count; i++)
        if (report->results[i].result->check->about_cluster)
            described->state = result_worse(described->state, report->results[i].state);
}

/* What a time limit left unanswered has the state that the operator chose for that. */
static void apply_timeout_state(const struct judging *judging, const struct node *node,
                                struct result *result)
{
    for (size_t i = 0; i < result->finding_count; i++) {
        struct finding *finding = result->findings[i];
        const struct document *document = finding->evidence.document == NULL
                                              ? NULL
                                              : fleet_document(node, finding->evidence.document);
        if (document != NULL && document->fault != NULL && document->fault->kind == FAULT_TIMEOUT &&
            finding->state == STATE_UNKNOWN)
            finding->state = judging->timeout_state;
    }
}

static enum state add_result(const struct question *q, const struct judging *judging,
                             const struct check *check, struct report *report)
{
    struct result *result = check_run(check, q);
    int64_t until = 0;
    if (judging->of_change && settle_pending(check, q, &until))
        settle_apply(result, until);
    if (judging->timeout_state != STATE_NOT_APPLICABLE)
        apply_timeout_state(judging, q->node, result);
    report->results =
        arena_push(report->arena, report->results, report->count, sizeof(*report->results));
    struct report_result *answer = &report->results[report->count++];
    answer->result = result_copy(report->arena, result);
    for (size_t i = 0; i < judging->optional_count; i++)
        answer->optional |= judging->optional[i] == check;
    answer->pending_until = until;
    waive_result(report, answer->result);
    answer->state = result_state(answer->result);
    answer->line = result_line(answer->result);
    add_times(answer, q->node);
    return answer->state;
}

void judge_node(struct arena *scratch, const struct judging *judging, const struct fleet *fleet,
                const struct fleet *baseline, const struct node *node, struct report *report)
{
    const struct question question = {
        .arena = scratch,
        .fleet = fleet,
        .baseline = baseline,
        .node = node,
        .has_since = judging->has_since,
        .since = judging->since,
        .has_expect = judging->has_expect,
        .expect = judging->expect,
        .limits = judging->limits,
        .limit_count = judging->limit_count,
        .words = judging->words,
        .word_count = judging->word_count,
    };
    const size_t first = report->count;
    enum state worst = STATE_NOT_APPLICABLE;
    for (size_t i = 0; i < registry_count; i++)
        if (judge_wants(judging, registry_checks[i], node->role) &&
            (is_named(judging) || check_takes_part(registry_checks[i], &question)))
            worst = result_worse(worst, add_result(&question, judging, registry_checks[i], report));
    report->state = result_worse(report->state, worst);
    add_node(&question, judging->of_change, worst, report);
    add_cluster(&question, first, report);
}

static int by_node(const void *a, const void *b)
{
    const struct report_node *x = a, *y = b;
    return strcasecmp(x->name, y->name);
}

static int by_cluster(const void *a, const void *b)
{
    const struct report_cluster *x = a, *y = b;
    int order = strcasecmp(x->name == NULL ? "" : x->name, y->name == NULL ? "" : y->name);
    return order != 0 ? order : strcasecmp(x->members[0], y->members[0]);
}

/* The registry is sorted by name. */
static int by_result(const void *a, const void *b)
{
    const struct report_result *x = a, *y = b;
    int order = strcasecmp(x->result->node, y->result->node);
    return order != 0 ? order : strcmp(x->result->check->name, y->result->check->name);
}

void judge_end(struct report *report)
{
    if (report->node_count > 1)
        qsort(report->nodes, report->node_count, sizeof(*report->nodes), by_node);
    if (report->cluster_count > 1)
        qsort(report->clusters, report->cluster_count, sizeof(*report->clusters), by_cluster);
    if (report->count > 1)
        qsort(report->results, report->count, sizeof(*report->results), by_result);
    waive_end(report);
}
