/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/cluster.h"

#include "checks/parse/cli_clustercheck.h"
#include "checks/parse/cli_clusterlist.h"
#include "checks/parse/cli_connstatus.h"
#include "checks/parse/cli_status.h"

static void add_member(struct arena *arena, struct cluster *cluster, struct span name)
{
    cluster->members =
        arena_push(arena, cluster->members, cluster->count, sizeof(*cluster->members));
    cluster->members[cluster->count++] = name;
}

static void from_list(const struct question *q, const struct node *node,
                      const struct cli_clusterlist *list, struct cluster *cluster)
{
    cluster->document = check_source(q, node, cli_clusterlist_kind.id);
    cluster->standalone = list->standalone;
    cluster->line = list->standalone_line;
    cluster->name = list->cluster;
    cluster->known = list->count > 0;
    for (size_t i = 0; i < list->count; i++)
        add_member(q->arena, cluster, list->machines[i].name);
}

static void from_inventory(const struct question *q, const struct node *node,
                           struct cluster *cluster)
{
    struct span name = text_of(node->cluster);
    if (name.n == 0)
        return;
    cluster->known = true;
    cluster->from_inventory = true;
    cluster->name = name;
    for (size_t i = 0; i < q->fleet->count; i++)
        if (text_same_nocase(name, text_of(q->fleet->nodes[i].cluster)))
            add_member(q->arena, cluster, text_of(q->fleet->nodes[i].name));
}

/* Where NODE, of q->fleet, tells nothing itself: the first list of another machine that has it. */
static void from_peers(const struct question *q, const struct node *node, struct cluster *cluster)
{
    struct span name = text_of(node->name);
    if (fleet_node(q->fleet, name) != node)
        return; /* of the baseline: what is listed today does not count */
    for (size_t i = 0; i < q->fleet->count; i++) {
        const struct cli_clusterlist *list =
            check_facts_of(q, &q->fleet->nodes[i], &cli_clusterlist_kind, NULL);
        for (size_t m = 0; list != NULL && m < list->count; m++) {
            if (!text_same_nocase(list->machines[m].name, name))
                continue;
            from_list(q, &q->fleet->nodes[i], list, cluster);
            cluster->from_inventory = true;
            return;
        }
    }
}

/*
 * Does NODE's own prompt show it outside a cluster? A member's prompt names its mode,
 * "(Machine esa1.example.com)> " (V), but any line of pasted text may look like another host's
 * prompt; and a machine that answered what only members are asked is no witness.
 */
static bool stands_alone(const struct node *node, const struct cli_status *status)
{
    static const struct document_kind *const asked_of_members[] = {
        &cli_clusterlist_kind, &cli_connstatus_kind, &cli_clustercheck_kind};
    if (status->mode != CLI_MODE_STANDALONE || !fleet_same_name(status->host, text_of(node->name)))
        return false;
    for (size_t i = 0; i < CHECK_COUNT(asked_of_members); i++) {
        const struct document *document = fleet_document(node, asked_of_members[i]->id);
        if (document != NULL && document->fault == NULL)
            return false;
    }
    return true;
}

struct cluster cluster_of(const struct question *q, const struct node *node)
{
    struct cluster cluster = {.known = false};
    if (node == NULL)
        return cluster;
    const struct cli_clusterlist *list = check_facts_of(q, node, &cli_clusterlist_kind, NULL);
    const struct cli_status *status = check_facts_of(q, node, &cli_status_kind, NULL);
    if (list != NULL) {
        from_list(q, node, list, &cluster);
    } else if (status != NULL && stands_alone(node, status)) {
        cluster.standalone = true;
        cluster.document = check_source(q, node, cli_status_kind.id);
    } else {
        from_inventory(q, node, &cluster);
        if (!cluster.known)
            from_peers(q, node, &cluster);
    }
    return cluster;
}

bool cluster_applies(const struct question *q, struct result *result, const struct cluster *cluster)
{
    if (!cluster->standalone)
        return true;
    const struct cluster before = cluster_of(q, check_before(q));
    struct span expected = before.known ? before.name : text_of(q->node->cluster);
    struct finding *finding;
    if (expected.n != 0) {
        finding = result_say(result, STATE_CRITICAL, q->node->name,
                             "%s is in no cluster, but was a member of %.*s", q->node->name,
                             TEXT_ARGS(expected));
        (void)result_hint(finding,
                          "the machine was removed instead of disconnected: its machine-level "
                          "certificates are lost when it joins again; restore them after joining");
    } else {
        finding = result_say(result, STATE_NOT_APPLICABLE, q->node->name,
                             "%s stands alone, in no cluster", q->node->name);
    }
    (void)result_evidence(result, finding, cluster->document, cluster->line);
    return false;
}

bool cluster_has(const struct cluster *cluster, struct span name)
{
    for (size_t i = 0; i < cluster->count; i++)
        if (text_same_nocase(cluster->members[i], name))
            return true;
    return false;
}
