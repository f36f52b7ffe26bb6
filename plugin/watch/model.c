/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/watch/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "checks/parse/cli_connstatus.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/cli_version.h"

static int by_name(const void *a, const void *b)
{
    const struct model_cluster *x = a, *y = b;
    return strcasecmp(x->name, y->name);
}

static struct model_cluster *find_cluster(const struct model *model, const char *name)
{
    const struct model_cluster key = {.name = name};
    return name == NULL || model->cluster_count == 0
               ? NULL
               : bsearch(&key, model->clusters, model->cluster_count, sizeof(key), by_name);
}

void model_init(struct arena *arena, const struct config *config, struct model *model)
{
    size_t kept = 0;
    *model = (struct model){.node_count = config->node_count};
    model->nodes = arena_array(arena, config->node_count, sizeof(*model->nodes));
    model->order = arena_array(arena, config->node_count, sizeof(*model->order));
    model->clusters = arena_array(arena, config->node_count, sizeof(*model->clusters));
    for (size_t i = 0; i < config->node_count; i++) {
        model->nodes[i].config = &config->nodes[i];
        model->order[i] = i;
        if (config->nodes[i].cluster != NULL && config->nodes[i].role == ROLE_ESA)
            model->clusters[model->cluster_count++].name = config->nodes[i].cluster;
    }
    if (model->cluster_count > 1)
        qsort(model->clusters, model->cluster_count, sizeof(*model->clusters), by_name);
    for (size_t i = 0; i < model->cluster_count; i++)
        if (kept == 0 || strcasecmp(model->clusters[kept - 1].name, model->clusters[i].name) != 0)
            model->clusters[kept++] = model->clusters[i];
    model->cluster_count = kept;
}

struct stage model_take(struct model *model, size_t index, const struct model_sight *sight,
                        int64_t at)
{
    struct model_node *node = &model->nodes[index];
    const struct stage before = node->stage;
    if (!node->has_since || sight->stage.word != before.word) {
        node->has_since = true;
        node->since = at;
    }
    if (sight->stage.answered) {
        node->has_answered = true;
        node->answered_at = at;
    }
    node->stage = sight->stage;
    node->seen = true;
    if (sight->cli_refused || sight->web_refused)
        (void)snprintf(node->refused, sizeof(node->refused), "%s", sight->refused);
    node->cli_refused = node->cli_refused || sight->cli_refused;
    node->web_refused = node->web_refused || sight->web_refused;
    return before;
}

/* ---- what follows ---- */

/* Members of different builds cannot be connected: not seen while they still differ as planned. */
static void compare_builds(struct model_cluster *cluster, const struct model_node *node)
{
    const struct stage *stage = &node->stage;
    char a[48], b[48];
    if (!node->seen || stage->word < STAGE_UP_NEW || !stage->now.has_release)
        return;
    if (cluster->build == NULL)
        cluster->build = node;
    const struct release *other = &cluster->build->stage.now.release;
    if (cluster->state != STATE_OK || release_matches(&stage->now.release, other))
        return;
    cluster->state = STATE_CRITICAL;
    (void)snprintf(cluster->problem, sizeof(cluster->problem),
                   "new builds differ in cluster %.60s: %.60s runs %s, %.60s runs %s",
                   cluster->name, cluster->build->config->name, release_print(other, a, sizeof(a)),
                   node->config->name, release_print(&stage->now.release, b, sizeof(b)));
}

/* Beside it everything else is small. */
static void judge_receivers(struct model_cluster *cluster)
{
    if (cluster->receiving > 0 || !cluster->seen)
        return;
    if (cluster->untold > 0 && cluster->state == STATE_CRITICAL)
        return;
    cluster->state = cluster->untold == 0 ? STATE_CRITICAL : STATE_UNKNOWN;
    if (cluster->untold == 0)
        (void)snprintf(cluster->problem, sizeof(cluster->problem),
                       "nobody receives for cluster %.100s", cluster->name);
    else
        (void)snprintf(cluster->problem, sizeof(cluster->problem),
                       "nobody is known to receive for cluster %.100s: %zu of %zu do not tell",
                       cluster->name, cluster->untold, cluster->members);
}

static void judge_node(struct model_node *node, int64_t now)
{
    char text[32];
    node->state = node->seen ? node->stage.state : STATE_OK;
    (void)snprintf(node->problem, sizeof(node->problem), "%s",
                   node->seen ? node->stage.problem : "");
    if (node->cli_refused || (node->web_refused && node->config->role == ROLE_SMA)) {
        if (node->state <= STATE_UNKNOWN) {
            node->state = STATE_UNKNOWN;
            (void)snprintf(node->problem, sizeof(node->problem),
                           "login refused, not asked again: %s", node->refused);
        }
    } else if (node->seen && node->stage.word == STAGE_DOWN && node->state < STATE_WARNING &&
               now - node->since > MODEL_DOWN_S) {
        node->state = STATE_WARNING;
        (void)snprintf(node->problem, sizeof(node->problem), "down for %s",
                       time_print_span(now - node->since, text, sizeof(text)));
    }
}

/* Those in the middle of it first: what may go wrong next. */
static int rank(const struct model_node *node)
{
    static const int ranks[STAGE_COUNT] = {
        [STAGE_DOWN] = 0,    [STAGE_UP_OLD] = 1,    [STAGE_INSTALLING] = 2,   [STAGE_UP_NEW] = 3,
        [STAGE_DRAINED] = 4, [STAGE_SUSPENDED] = 5, [STAGE_RESUMED] = 6,      [STAGE_CONNECTED] = 7,
        [STAGE_UNKNOWN] = 8, [STAGE_PLANNED] = 9,   [STAGE_ESTABLISHED] = 10, [STAGE_VERIFIED] = 11,
    };
    return node->stage.complete && node->stage.word != STAGE_VERIFIED ? ranks[STAGE_ESTABLISHED]
                                                                      : ranks[node->stage.word];
}

/* qsort() has no context. */
static const struct model_node *sorted_nodes;

static int by_need(const void *a, const void *b)
{
    const size_t i = *(const size_t *)a, j = *(const size_t *)b;
    const struct model_node *x = &sorted_nodes[i], *y = &sorted_nodes[j];
    if (x->state != y->state)
        return x->state > y->state ? -1 : 1;
    if (rank(x) != rank(y))
        return rank(x) - rank(y);
    return (i > j) - (i < j);
}

void model_judge(struct model *model, int64_t now)
{
    memset(model->counts, 0, sizeof(model->counts));
    model->complete = 0;
    model->state = STATE_OK;
    for (size_t i = 0; i < model->cluster_count; i++) {
        const char *name = model->clusters[i].name;
        model->clusters[i] = (struct model_cluster){.name = name, .seen = true, .state = STATE_OK};
    }
    for (size_t i = 0; i < model->node_count; i++) {
        struct model_node *node = &model->nodes[i];
        struct model_cluster *cluster =
            node->config->role == ROLE_ESA ? find_cluster(model, node->config->cluster) : NULL;
        judge_node(node, now);
        model->counts[node->stage.word]++;
        model->complete += node->stage.complete;
        model->state = result_worse(model->state, node->state);
        if (cluster == NULL)
            continue;
        cluster->members++;
        cluster->seen = cluster->seen && node->seen;
        cluster->receiving += node->seen && node->stage.receiving == STAGE_YES;
        compare_builds(cluster, node);
        cluster->untold += !node->seen || node->stage.receiving == STAGE_UNTOLD;
    }
    for (size_t i = 0; i < model->cluster_count; i++) {
        judge_receivers(&model->clusters[i]);
        model->state = result_worse(model->state, model->clusters[i].state);
    }
    sorted_nodes = model->nodes;
    if (model->node_count > 1)
        qsort(model->order, model->node_count, sizeof(*model->order), by_need);
}

/* ---- events ---- */

static void add(struct model_event *events, size_t *count, const char *word, const char *document)
{
    events[(*count)++] = (struct model_event){word, document, strcmp(word, "up") == 0};
}

/* On the way to the reboot; nothing of it is passed over. */
static void add_before(const struct stage *before, const struct stage *now,
                       struct model_event *events, size_t *count)
{
    const enum stage_word from = before->word > STAGE_DOWN ? STAGE_PLANNED : before->word;
    if (from == STAGE_DOWN) /* the network was lost, not the appliance */
        add(events, count, "up", cli_status_kind.id);
    if (from == STAGE_SUSPENDED || from == STAGE_DRAINED || from == STAGE_INSTALLING) {
        if (now->word == STAGE_PLANNED)
            add(events, count, "resumed", now->document);
    } else if (now->word >= STAGE_SUSPENDED) {
        add(events, count, "suspended", cli_status_kind.id);
    }
    if (now->word >= STAGE_DRAINED && (from < STAGE_DRAINED || from == STAGE_DOWN))
        add(events, count, "drained", cli_status_kind.id);
    /* What shows is that it left its cluster. */
    if (now->word == STAGE_INSTALLING)
        add(events, count, "disconnected", cli_connstatus_kind.id);
}

static void add_behind(const struct stage *before, const struct stage *now,
                       struct model_event *events, size_t *count)
{
    const enum stage_word from = before->word;
    if (from <= STAGE_DOWN || (from == STAGE_UP_OLD) != (now->word == STAGE_UP_OLD))
        add(events, count, "up", cli_version_kind.id);
    if (from >= STAGE_RESUMED && now->word == STAGE_UP_NEW && now->receiving == STAGE_NO)
        add(events, count, "suspended", cli_status_kind.id);
    if (from >= STAGE_CONNECTED && now->word < STAGE_CONNECTED && now->connected == STAGE_NO)
        add(events, count, "disconnected", cli_connstatus_kind.id);
    if (from < STAGE_RESUMED && now->word >= STAGE_RESUMED && now->online == STAGE_YES)
        add(events, count, "resumed", cli_status_kind.id);
    if (from < STAGE_CONNECTED && now->word >= STAGE_CONNECTED && now->connected == STAGE_YES)
        add(events, count, "connected", cli_connstatus_kind.id);
    if (from < STAGE_ESTABLISHED && now->word >= STAGE_ESTABLISHED && now->established == STAGE_YES)
        add(events, count, "established", now->word == STAGE_ESTABLISHED ? now->document : NULL);
    if (from < STAGE_VERIFIED && now->word == STAGE_VERIFIED)
        add(events, count, "verified", NULL);
}

size_t model_events(const struct stage *before, const struct stage *now,
                    struct model_event events[MODEL_EVENTS])
{
    size_t count = 0;
    if (before->word == now->word || before->word == STAGE_UNKNOWN || now->word == STAGE_UNKNOWN)
        return 0; /* seen for the first time, it did not happen just now */
    if (now->word == STAGE_DOWN)
        add(events, &count, "down", now->document[0] == '\0' ? NULL : now->document);
    else if (now->word < STAGE_DOWN)
        add_before(before, now, events, &count);
    else
        add_behind(before, now, events, &count);
    return count;
}
