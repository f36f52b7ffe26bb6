/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"
#include "checks/cluster.h"
#include "checks/parse/cli_clusterlist.h"
#include "checks/parse/cli_connstatus.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/cli_version.h"

static const struct need needs[] = {
    {&cli_connstatus_kind, NEED_REQUIRED},
    {&cli_clusterlist_kind, NEED_REQUIRED},
};

static const struct metric_spec metrics[] = {
    {"cluster_members", "", "machines in the cluster", "20", NULL,
     "more than 20 machines can cause errors in cluster communication: split the cluster"},
    {"cluster_connected", "", "other machines connected, as this one sees it", NULL, NULL, NULL},
};

static const struct compare_spec compares[] = {
    {"members", COMPARE_SET_EQUAL, "machines in the cluster list", 0},
};

/* Machines of different builds cannot be connected; reconnecting is done by hand (V, UG912). */
static const char *const hint_bad =
    "bring all members to the same build, then `clusterconfig` > reconnect (one machine, or a "
    "range "
    "such as 1-3; no commit needed); check that the names resolve and that SSH or CCS is open";
static const char *const hint_one_way =
    "ask again after two minutes; links are pinged every minute, and one side notices first";
static const char *const hint_lists =
    "every member must list the same machines (`clusterconfig` > list on each): what is missing "
    "was removed or never joined; where the inventory is wrong, correct that";

/* What NODE's own connstatus says about MACHINE. */
static struct cli_connstatus_link link_from(const struct question *q, const struct node *node,
                                            const struct cluster *cluster, struct span machine,
                                            struct fault *fault)
{
    const struct cli_connstatus *status = check_facts_of(q, node, &cli_connstatus_kind, fault);
    if (status == NULL)
        return (struct cli_connstatus_link){.state = CLI_CONNSTATUS_ABSENT};
    return cli_connstatus_link(q->arena, status, machine, cluster->members, cluster->count);
}

/* This appliance's view of PEER. True when it is good. */
static bool judge_own_view(const struct question *q, struct result *result,
                           const struct cluster *cluster, struct span peer)
{
    struct cli_connstatus_link link = link_from(q, q->node, cluster, peer, NULL);
    const char *name = arena_dup(q->arena, peer);
    const char *self = q->node->name;
    struct finding *finding = NULL;
    switch (link.state) {
    case CLI_CONNSTATUS_GOOD:
        finding = result_say(result, STATE_OK, name, "%s sees %s connected", self, name);
        break;
    case CLI_CONNSTATUS_BAD:
        finding = result_say(result, STATE_CRITICAL, name, "%s is not connected to %s: '%.*s'",
                             self, name, TEXT_ARGS(link.words));
        (void)result_hint(finding, hint_bad);
        break;
    case CLI_CONNSTATUS_ABSENT:
        finding = result_say(result, STATE_UNKNOWN, name,
                             "%s: connstatus does not name %s, which is a member of the cluster",
                             self, name);
        break;
    case CLI_CONNSTATUS_SELF:
    case CLI_CONNSTATUS_UNRECOGNISED:
        finding = result_say(result, STATE_UNKNOWN, name,
                             "%s: connstatus says something not recognised about %s: '%.*s'", self,
                             name, TEXT_ARGS(link.words));
        break;
    }
    (void)result_evidence(result, finding, cli_connstatus_kind.id, link.line);
    (void)result_compare(result, finding, "connected",
                         arena_dup(q->arena, text_head(link.words, 200)));
    return link.state == CLI_CONNSTATUS_GOOD;
}

/* Who stands in the list HAS of the machine HAS_NAME, and not in the list LACKS? */
static void compare_lists(const struct question *q, struct result *result,
                          const struct cluster *has, const char *has_name,
                          const struct cluster *lacks, const char *lacks_name)
{
    for (size_t i = 0; i < has->count && !has->from_inventory && !lacks->from_inventory; i++) {
        const bool alike = i < lacks->count && text_same(lacks->members[i], has->members[i]);
        if (alike || cluster_has(lacks, has->members[i])) /* lists tend to have one order */
            continue;
        const char *name = arena_dup(q->arena, has->members[i]);
        struct finding *finding =
            result_say(result, STATE_CRITICAL, name,
                       "%s stands in the cluster list of %s, but not in that of %s", name, has_name,
                       lacks_name);
        (void)result_evidence(result, finding, lacks->document, 0);
        (void)result_hint(finding, hint_lists);
    }
}

/* PEER's view of this appliance, which the cluster calls SELF, when PEER was asked too. */
static void judge_their_view(const struct question *q, struct result *result,
                             const struct cluster *cluster, struct span self, struct span peer,
                             bool own_view_good, enum state not_asked)
{
    const struct node *node = cluster_node(q, cluster, peer);
    const char *name = arena_dup(q->arena, peer);
    struct finding *finding;
    if (node == NULL) {
        (void)result_say(result, not_asked, name,
                         "%s is not part of this capture: its view of %s was "
                         "not asked",
                         name, q->node->name);
        return;
    }
    const char *document = check_source(q, node, cli_connstatus_kind.id);
    struct cluster theirs = cluster_of(q, node);
    if (theirs.standalone || (theirs.known && !cluster_has(&theirs, self) &&
                              !cluster_has(&theirs, text_of(q->node->name)))) {
        finding = result_say(result, STATE_CRITICAL, name,
                             "%s does not have %s in its cluster list", name, q->node->name);
        (void)result_evidence(result, finding, theirs.document, theirs.line);
        return;
    }
    if (theirs.known) {
        compare_lists(q, result, cluster, q->node->name, &theirs, name);
        compare_lists(q, result, &theirs, name, cluster, q->node->name);
    }
    struct fault fault = {.kind = FAULT_NONE};
    struct cli_connstatus_link link = link_from(q, node, cluster, self, &fault);
    if (link.state == CLI_CONNSTATUS_GOOD) {
        finding = result_say(result, STATE_OK, name, "%s sees %s connected", name, q->node->name);
    } else if (link.state == CLI_CONNSTATUS_BAD) {
        finding = result_say(result, own_view_good ? STATE_WARNING : STATE_CRITICAL, name,
                             "%s%s is not connected to %s: '%.*s'",
                             own_view_good ? "one direction only: " : "", name, q->node->name,
                             TEXT_ARGS(link.words));
        (void)result_hint(finding, own_view_good ? hint_one_way : hint_bad);
    } else if (fault.kind != FAULT_NONE) {
        finding = result_say(result, STATE_UNKNOWN, name, "the view of %s on %s is not known: %s",
                             name, q->node->name, fault.text);
    } else if (link.state == CLI_CONNSTATUS_ABSENT) {
        finding = result_say(result, STATE_UNKNOWN, name, "connstatus of %s does not name %s", name,
                             q->node->name);
    } else {
        finding = result_say(result, STATE_UNKNOWN, name,
                             "connstatus of %s says something not recognised about %s: '%.*s'",
                             name, q->node->name, TEXT_ARGS(link.words));
    }
    (void)result_evidence(result, finding, document, link.line);
}

/* The machines that CLUSTER's own list names; NULL: no list tells. */
static const struct span *listed(const struct cluster *cluster)
{
    return cluster->known && !cluster->from_inventory ? cluster->members : NULL;
}

/* A machine that joined during the change brings its own settings into the cluster. */
static void say_new(const struct question *q, struct result *result, const struct cluster *cluster,
                    const struct cluster *before)
{
    for (size_t i = 0; i < cluster->count; i++) {
        const struct node *known_as = cluster_node(q, cluster, cluster->members[i]);
        if (cluster_has(before, cluster->members[i]) ||
            (known_as != NULL && cluster_name_of(q, before, known_as).n != 0))
            continue;
        const char *name = arena_dup(q->arena, cluster->members[i]);
        struct finding *finding = result_say(
            result, STATE_WARNING, name,
            "%s: %s is in the cluster list and was not before the change", q->node->name, name);
        (void)result_evidence(result, finding, cluster->document, 0);
        finding->lasting = true;
        (void)result_hint(finding, "if it was meant to join, say so in the change and take a new "
                                   "baseline; else ask who added it");
    }
}

/* A machine that the baseline had and that is gone was removed, not disconnected (domain.md D05,
 * F24). */
static void compare_with_baseline(const struct question *q, struct result *result,
                                  const struct cluster *cluster)
{
    struct cluster before = cluster_of(q, check_before(q));
    if (!compare_set(q, result, "members", NULL, listed(&before), before.count, listed(cluster),
                     cluster->count) &&
        listed(&before) != NULL && listed(cluster) != NULL)
        say_new(q, result, cluster, &before);
    for (size_t i = 0; i < before.count; i++) {
        const struct node *known_as = fleet_node(q->fleet, before.members[i]);
        if (cluster_has(cluster, before.members[i]) ||
            (known_as != NULL && cluster_name_of(q, cluster, known_as).n != 0))
            continue;
        const char *name = arena_dup(q->arena, before.members[i]);
        struct finding *finding = result_say(
            result, STATE_CRITICAL, name,
            "%s: %s was in the cluster list before the change and is gone", q->node->name, name);
        (void)result_evidence(result, finding, cluster->document, 0);
        finding->lasting = true;
        (void)result_hint(finding, "it was removed instead of disconnected: after joining again, "
                                   "restore its machine-level settings and certificates");
    }
}

/* The inventory may call a machine by the first label of its name. */
static bool is_listed(const struct cluster *cluster, struct span name)
{
    for (size_t i = 0; i < cluster->count; i++)
        if (fleet_same_name(cluster->members[i], name))
            return true;
    return false;
}

/* Is NODE's name sure to be the one that a list would show? Else it may be an alias in the
 * inventory. */
static bool is_named_alike(const struct question *q, const struct cluster *cluster,
                           const struct node *node)
{
    struct span label, domain, other;
    if (check_facts_of(q, node, &cli_version_kind, NULL) != NULL ||
        check_facts_of(q, node, &cli_status_kind, NULL) != NULL)
        return true; /* its own answers were looked at by cluster_name_of() */
    (void)text_cut(text_of(node->name), '.', &label, &domain);
    for (size_t i = 0; i < cluster->count && domain.n != 0; i++) {
        (void)text_cut(cluster->members[i], '.', &label, &other);
        if (text_same_nocase(domain, other))
            return true;
    }
    return false;
}

/* A member by the inventory that the list does not have (domain.md V04: absent). */
static void compare_with_inventory(const struct question *q, struct result *result,
                                   const struct cluster *cluster)
{
    struct span own = text_of(q->node->cluster);
    if (own.n == 0)
        own = cluster->name;
    for (size_t i = 0; i < q->fleet->count && own.n != 0; i++) {
        const struct node *node = &q->fleet->nodes[i];
        if (node == q->node || !text_same_nocase(own, text_of(node->cluster)) ||
            is_listed(cluster, text_of(node->name)) || cluster_name_of(q, cluster, node).n != 0)
            continue;
        struct finding *finding = result_say(
            result, is_named_alike(q, cluster, node) ? STATE_CRITICAL : STATE_UNKNOWN, node->name,
            "%s is a member of %.*s by the inventory, but not in the cluster list of %s",
            node->name, TEXT_ARGS(own), q->node->name);
        (void)result_evidence(result, finding, cluster->document, 0);
        (void)result_hint(finding, hint_lists);
    }
}

/* The view of a member that was not asked is missed, unless only this one appliance was asked. */
static enum state state_of_not_asked(const struct question *q, const struct cluster *cluster)
{
    for (size_t i = 0; i < cluster->count; i++) {
        const struct node *node = cluster_node(q, cluster, cluster->members[i]);
        if (node != NULL && node != q->node)
            return STATE_UNKNOWN;
    }
    return STATE_OK;
}

static void run(const struct question *q, struct result *result)
{
    struct cluster cluster = cluster_of(q, q->node);
    if (!cluster_applies(q, result, &cluster))
        return;
    if (check_facts(q, result, &cli_connstatus_kind) == NULL)
        return;
    /* The inventory is what somebody believes; who is in the cluster stands in its list. */
    if (!cluster.known || cluster.from_inventory)
        (void)check_facts(q, result, &cli_clusterlist_kind);
    if (!cluster.known) {
        (void)result_say(result, STATE_UNKNOWN, q->node->name,
                         "%s: it is not known which machines are in the cluster", q->node->name);
        return;
    }
    const enum state not_asked = state_of_not_asked(q, &cluster);
    const struct span self = cluster_name_of(q, &cluster, q->node);
    size_t others = 0, good = 0;
    for (size_t i = 0; i < cluster.count; i++) {
        if (text_same_nocase(cluster.members[i], self))
            continue;
        bool connected = judge_own_view(q, result, &cluster, cluster.members[i]);
        judge_their_view(q, result, &cluster, self, cluster.members[i], connected, not_asked);
        others++;
        good += connected;
    }
    if (self.n == 0)
        (void)result_say(result, STATE_UNKNOWN, q->node->name,
                         "%s does not stand in its own cluster list", q->node->name);
    else if (others == 0)
        (void)result_say(result, STATE_OK, q->node->name, "%s is the only machine of its cluster",
                         q->node->name);
    compare_with_inventory(q, result, &cluster);
    compare_with_baseline(q, result, &cluster);
    check_measure(q, result, "cluster_members", NULL, (double)cluster.count,
                  (struct evidence){cluster.document, 0});
    check_measure(q, result, "cluster_connected", NULL, (double)good,
                  (struct evidence){cli_connstatus_kind.id, 0});
    result_summary(result, "%s: %zu of %zu other machines of cluster %.*s connected", q->node->name,
                   good, others, TEXT_ARGS(cluster.name));
}

const struct check connstatus_check = {
    .name = "connstatus",
    .title = "is every member of the cluster connected, seen from every member?",
    .roles = ROLE_ESA,
    .needs = needs,
    .need_count = CHECK_COUNT(needs),
    .metrics = metrics,
    .metric_count = CHECK_COUNT(metrics),
    .about_cluster = true,
    .compares = compares,
    .compare_count = CHECK_COUNT(compares),
    .settle_s = 120, /* domain.md V04 */
    .run = run,
};
