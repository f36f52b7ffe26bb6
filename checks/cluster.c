/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/cluster.h"

#include "checks/parse/cli_clustercheck.h"
#include "checks/parse/cli_clusterlist.h"
#include "checks/parse/cli_connstatus.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/cli_version.h"
#include "checks/parse/xml_status.h"

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
    cluster->count = list->count;
    cluster->members = arena_array(q->arena, list->count, sizeof(*cluster->members));
    cluster->serials = arena_array(q->arena, list->count, sizeof(*cluster->serials));
    for (size_t i = 0; i < list->count; i++) {
        cluster->members[i] = list->machines[i].name;
        cluster->serials[i] = list->machines[i].serial;
    }
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

/* Two hosts of one domain, by their full names? */
static bool are_neighbours(struct span a, struct span b)
{
    struct span label, domain_a, domain_b;
    return text_cut(a, '.', &label, &domain_a) && text_cut(b, '.', &label, &domain_b) &&
           !fleet_same_name(a, b) && text_same_nocase(domain_a, domain_b);
}

/*
 * Is HOST, of NODE's prompt, its own name, or the one that its XML page has and nobody else? A
 * neighbour of the name that the fleet has is rather another appliance than an alias.
 */
static bool is_own_host(const struct question *q, const struct node *node, struct span host)
{
    const struct xml_status *xml = check_facts_of(q, node, &xml_status_kind, NULL);
    if (fleet_same_name(host, text_of(node->name)))
        return true;
    if (host.n == 0 || xml == NULL || !text_same_nocase(host, xml->hostname) ||
        are_neighbours(host, text_of(node->name)))
        return false;
    for (size_t i = 0; i < q->fleet->count; i++)
        if (fleet_same_name(host, text_of(q->fleet->nodes[i].name)))
            return false;
    return true;
}

/*
 * Does NODE's own prompt show it outside a cluster? A member's prompt names its mode,
 * "(Machine esa1.example.com)> " (V), but any line of pasted text may look like another host's
 * prompt; and a machine that answered what only members are asked is no witness.
 */
static bool stands_alone(const struct question *q, const struct node *node,
                         const struct cli_status *status)
{
    static const struct document_kind *const asked_of_members[] = {
        &cli_clusterlist_kind, &cli_connstatus_kind, &cli_clustercheck_kind};
    if (status->mode != CLI_MODE_STANDALONE || !is_own_host(q, node, status->host))
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
    } else if (status != NULL && stands_alone(q, node, status)) {
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

/* What NODE's own answers call it; empty when none tells. */
static struct span host_of(const struct question *q, const struct node *node)
{
    static const struct document_kind *const kinds[] = {&cli_version_kind, &cli_status_kind,
                                                        &xml_status_kind};
    struct span host = {NULL, 0};
    for (size_t i = 0; host.n == 0 && i < CHECK_COUNT(kinds); i++) {
        const void *facts = check_facts_of(q, node, kinds[i], NULL);
        if (facts != NULL)
            host = kinds[i]->host(facts);
    }
    return host;
}

/* What tells that a member is a node, the strongest last. A label is weak: two sites may share it.
 */
enum fit { FIT_NONE, FIT_LABEL, FIT_HOST, FIT_SERIAL, FIT_NAME };

/* By what NODE shows, whatever the fleet's names are. */
static enum fit fit_shown(const struct question *q, const struct cluster *cluster, size_t member,
                          const struct node *node)
{
    const struct cli_version *version = check_facts_of(q, node, &cli_version_kind, NULL);
    if (version != NULL && version->serial.n != 0 &&
        text_same_nocase(version->serial, cluster->serials[member]))
        return FIT_SERIAL;
    struct span name = cluster->members[member], host = host_of(q, node);
    if (host.n != 0)
        return fleet_same_name(host, name) ? FIT_HOST : FIT_NONE;
    return fleet_same_name(text_of(node->name), name) ? FIT_LABEL : FIT_NONE;
}

static enum fit fit(const struct question *q, const struct cluster *cluster, size_t member,
                    const struct node *node)
{
    if (text_same_nocase(cluster->members[member], text_of(node->name)))
        return FIT_NAME;
    if (node->role != ROLE_ESA || cluster->serials == NULL)
        return FIT_NONE;
    enum fit shown = fit_shown(q, cluster, member, node);
    bool other = shown != FIT_NONE && cluster_has(cluster, text_of(node->name));
    return other ? FIT_NONE : shown;
}

/* The member that fits NODE best; cluster->count when none does, or two do. */
static size_t best_member(const struct question *q, const struct cluster *cluster,
                          const struct node *node)
{
    enum fit best = FIT_NONE;
    size_t found = cluster->count;
    for (size_t i = 0; i < cluster->count; i++) {
        enum fit now = fit(q, cluster, i, node);
        if (now != FIT_NONE && now >= best)
            found = now > best ? i : cluster->count;
        best = now > best ? now : best;
    }
    return found;
}

/* The node that fits MEMBER best; NULL when none does, or two do. */
static const struct node *best_node(const struct question *q, const struct cluster *cluster,
                                    size_t member)
{
    const struct node *found = fleet_node(q->fleet, cluster->members[member]);
    enum fit best = found != NULL ? FIT_NAME : FIT_NONE;
    for (size_t i = 0; best != FIT_NAME && i < q->fleet->count; i++) {
        enum fit now = fit(q, cluster, member, &q->fleet->nodes[i]);
        if (now != FIT_NONE && now >= best)
            found = now > best ? &q->fleet->nodes[i] : NULL;
        best = now > best ? now : best;
    }
    return found;
}

const struct node *cluster_node(const struct question *q, const struct cluster *cluster,
                                struct span name)
{
    for (size_t i = 0; i < cluster->count; i++) {
        if (!text_same_nocase(cluster->members[i], name))
            continue;
        const struct node *node = best_node(q, cluster, i);
        return node != NULL && !node->by_name_only &&
                       (text_same_nocase(name, text_of(node->name)) ||
                        best_member(q, cluster, node) == i)
                   ? node
                   : NULL;
    }
    return NULL;
}

struct span cluster_name_of(const struct question *q, const struct cluster *cluster,
                            const struct node *node)
{
    size_t member = best_member(q, cluster, node);
    if (member == cluster->count || best_node(q, cluster, member) != node)
        return text_of(NULL);
    return cluster->members[member];
}
