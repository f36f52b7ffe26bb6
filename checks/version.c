/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"
#include "checks/cluster.h"
#include "checks/parse/cli_clusterlist.h"
#include "checks/parse/cli_version.h"
#include "checks/parse/xml_status.h"

static const struct need needs[] = {
    {&cli_version_kind, NEED_REQUIRED},
    {&xml_status_kind, NEED_ALSO},
    {&cli_clusterlist_kind, NEED_ALSO},
};

static const struct compare_spec compares[] = {
    {"model", COMPARE_EQUAL, "model of the appliance", 0},
    {"serial", COMPARE_EQUAL, "serial number of the appliance", 0},
};

struct running {
    bool known;
    struct release release;
    const char *document;
    unsigned line;
    char text[48];
};

/* The running release: what the CLI says, else what the XML page says. */
static struct running running_on(const struct question *q, const struct node *node)
{
    struct running running = {.known = false};
    const struct cli_version *cli = check_facts_of(q, node, &cli_version_kind, NULL);
    const struct xml_status *xml = check_facts_of(q, node, &xml_status_kind, NULL);
    if (cli != NULL && cli->has_release)
        running = (struct running){true, cli->release, cli_version_kind.id, cli->release_line, ""};
    else if (xml != NULL && xml->has_release)
        running = (struct running){true, xml->release, xml_status_kind.id, xml->root_line, ""};
    if (!running.known)
        return running;
    running.document = check_source(q, node, running.document);
    (void)release_print(&running.release, running.text, sizeof(running.text));
    return running;
}

/*
 * domain.md V01: two interfaces that disagree are UNKNOWN, whatever they say. True when both said
 * the same.
 */
static bool compare_sources(const struct question *q, struct result *result)
{
    const struct cli_version *cli = check_facts_of(q, q->node, &cli_version_kind, NULL);
    const struct xml_status *xml = check_facts_optional(q, result, &xml_status_kind);
    if (cli == NULL || !cli->has_release || xml == NULL || !xml->has_release)
        return false;
    char a[48], b[48];
    (void)release_print(&cli->release, a, sizeof(a));
    (void)release_print(&xml->release, b, sizeof(b));
    bool agree = release_matches(&cli->release, &xml->release);
    struct finding *finding;
    if (agree) {
        finding = result_say(result, STATE_OK, q->node->name, "CLI and XML page agree on %s", a);
    } else {
        finding =
            result_say(result, STATE_UNKNOWN, q->node->name,
                       "%s: the CLI says build %s, the XML page says %s", q->node->name, a, b);
        (void)result_hint(finding, "one of the two answers is old: ask both again after the "
                                   "appliance has come up completely");
    }
    (void)result_evidence(result, finding, xml_status_kind.id, xml->root_line);
    (void)result_compare(result, finding, a, b);
    return agree;
}

static void judge_expected(const struct question *q, struct result *result,
                           const struct running *now)
{
    char wanted[48];
    const char *node = q->node->name;
    struct finding *finding;
    (void)release_print(&q->expect, wanted, sizeof(wanted));
    if (!release_comparable(&now->release, &q->expect)) {
        finding = result_say(result, STATE_UNKNOWN, node, "%s is an %s; the expected %s is for %s",
                             node, release_product_name(now->release.product), wanted,
                             release_product_name(q->expect.product));
    } else if (!release_matches(&now->release, &q->expect)) {
        finding = result_say(result, STATE_CRITICAL, node, "%s runs %s, expected %s", node,
                             now->text, wanted);
        int order = 0;
        bool older = release_order(&now->release, &q->expect, &order) && order < 0;
        (void)result_hint(
            finding, older ? "installed but not rebooted, or only downloaded? Look at `upgrade` "
                             "and upgrade_logs; reboot inside the window"
                           : "another line of the upgrade menu was taken: accept it by name, or "
                             "upgrade again");
    } else {
        finding = result_say(result, STATE_OK, node, "%s runs the expected %s%s", node, now->text,
                             q->expect.has_build ? "" : " (the plan names no build)");
    }
    (void)result_compare(result, finding, wanted, now->text);
    (void)result_evidence(result, finding, now->document, now->line);
}

static void judge_against_baseline(const struct question *q, struct result *result,
                                   const struct running *now)
{
    const struct running before = running_on(q, check_before(q));
    int order = 0;
    if (!before.known || !release_order(&now->release, &before.release, &order))
        return;
    struct finding *finding;
    if (order < 0) {
        finding = result_say(result, STATE_CRITICAL, q->node->name,
                             "%s runs %s, older than %s before the change", q->node->name,
                             now->text, before.text);
        (void)result_hint(finding,
                          "was it reverted? A revert also loses logs, queues and tracking");
    } else if (order > 0) {
        finding = result_say(result, STATE_OK, q->node->name, "%s before the change, %s now",
                             before.text, now->text);
    } else {
        finding = result_say(result, q->has_expect ? STATE_OK : STATE_WARNING, q->node->name,
                             "%s: %s before the change and %s now: not upgraded", q->node->name,
                             before.text, now->text);
        (void)result_hint(finding, "if this is the planned release, name it with --expect; else "
                                   "upgrade, or reboot into what was installed");
    }
    (void)result_compare(result, finding, before.text, now->text);
    (void)result_evidence(result, finding, now->document, now->line);
}

/* Only machines of the same build can be connected (V, UG912): all members, down to the build. */
static void judge_cluster(const struct question *q, struct result *result,
                          const struct running *now)
{
    const struct cluster cluster = cluster_of(q, q->node);
    size_t captured = 0;
    for (size_t i = 0; i < cluster.count; i++) {
        const struct node *member = cluster_node(q, &cluster, cluster.members[i]);
        captured += member != NULL && member != q->node;
    }
    for (size_t i = 0; i < cluster.count; i++) {
        const struct node *peer = cluster_node(q, &cluster, cluster.members[i]);
        const char *name = arena_dup(q->arena, cluster.members[i]);
        if (peer == q->node)
            continue;
        if (peer == NULL) {
            /* A capture of one appliance is as meant; one that has some of its peers has a gap. */
            (void)result_say(result, captured > 0 ? STATE_UNKNOWN : STATE_OK, name,
                             "%s is not part of this capture: its build was not compared", name);
            continue;
        }
        struct running theirs = running_on(q, peer);
        struct finding *finding;
        if (!theirs.known)
            finding = result_say(result, STATE_UNKNOWN, name, "the build of %s is not known", name);
        else if (!release_comparable(&now->release, &theirs.release))
            finding = result_say(result, STATE_UNKNOWN, name,
                                 "%s is an %s and %s an %s: their builds cannot be compared",
                                 q->node->name, release_product_name(now->release.product), name,
                                 release_product_name(theirs.release.product));
        else if (release_matches(&now->release, &theirs.release))
            finding =
                result_say(result, STATE_OK, name, "%s runs the same build %s", name, theirs.text);
        else
            finding = result_say(result, STATE_CRITICAL, name,
                                 "mixed builds in the cluster: %s runs %s, %s runs %s",
                                 q->node->name, now->text, name, theirs.text);
        if (finding->state == STATE_CRITICAL)
            (void)result_hint(finding, "bring all members to the same build before reconnecting: a "
                                       "machine can only connect to a cluster of its own build");
        if (theirs.known) {
            (void)result_compare(result, finding, now->text, theirs.text);
            (void)result_evidence(result, finding, theirs.document, theirs.line);
        }
    }
}

static struct span serial_of(const struct question *q, const struct node *node)
{
    const struct cli_version *version = check_facts_of(q, node, &cli_version_kind, NULL);
    return version == NULL ? text_of(NULL) : version->serial;
}

/* The serial that q->node's own cluster list has for it; empty when not told. */
static struct span serial_listed(const struct question *q, unsigned *line)
{
    const struct cli_clusterlist *list = check_facts_of(q, q->node, &cli_clusterlist_kind, NULL);
    const struct cluster cluster = cluster_of(q, q->node);
    struct span name = cluster_name_of(q, &cluster, q->node);
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        *line = list->machines[i].line;
        if (text_same_nocase(list->machines[i].name, name))
            return list->machines[i].serial;
    }
    return text_of(NULL);
}

static const char hint_replaced[] =
    "ask again; if the machine was replaced, say so in the change and take a new baseline";

/*
 * A serial number belongs to one machine: where another one shows it, or this one shows another,
 * an answer is not what its folder says, or the machine was replaced.
 */
static void judge_serial(const struct question *q, struct result *result)
{
    unsigned line = 0;
    const char *node = q->node->name;
    struct finding *finding;
    struct span own = serial_of(q, q->node), listed = serial_listed(q, &line);
    struct span before = serial_of(q, check_before(q));
    if (own.n == 0) {
        (void)compare_text(q, result, "serial", NULL, before, own);
        return;
    }
    if (listed.n != 0 && !text_same_nocase(own, listed)) {
        finding = result_say(result, STATE_WARNING, node,
                             "%s: `version` shows serial %.*s, its cluster list %.*s", node,
                             TEXT_ARGS(own), TEXT_ARGS(listed));
        (void)result_evidence(result, finding, cli_clusterlist_kind.id, line);
        (void)result_hint(finding, "one of the two answers may be another machine's: ask again");
    }
    if (!compare_text(q, result, "serial", NULL, before, own) && before.n != 0) {
        finding = result_say(result, STATE_WARNING, node,
                             "%s: serial %.*s, but %.*s in the baseline: replaced, or the answer "
                             "of another appliance",
                             node, TEXT_ARGS(own), TEXT_ARGS(before));
        (void)result_evidence(result, finding, cli_version_kind.id, 0);
    }
    for (size_t i = 0; i < q->fleet->count; i++) {
        const struct node *other = &q->fleet->nodes[i];
        if (other == q->node || !text_same_nocase(own, serial_of(q, other)))
            continue;
        finding = result_say(result, STATE_UNKNOWN, other->name,
                             "%s and %s show the same serial %.*s: one of the two answers is in "
                             "the wrong folder",
                             node, other->name, TEXT_ARGS(own));
        (void)result_evidence(result, finding, check_source(q, other, cli_version_kind.id), 0);
    }
}

/* An appliance keeps its model; a change of it is another machine, or another one's answer. */
static void judge_model(const struct question *q, struct result *result)
{
    const struct cli_version *now = check_facts_of(q, q->node, &cli_version_kind, NULL);
    const struct cli_version *then = check_facts_of(q, check_before(q), &cli_version_kind, NULL);
    const struct span is = now == NULL ? text_of(NULL) : now->model;
    const struct span was = then == NULL ? text_of(NULL) : then->model;
    if (compare_text(q, result, "model", NULL, was, is) || is.n == 0 || was.n == 0)
        return;
    struct finding *finding =
        result_say(result, STATE_WARNING, q->node->name,
                   "%s: model %.*s, but %.*s in the baseline: replaced, or the answer of another "
                   "appliance",
                   q->node->name, TEXT_ARGS(is), TEXT_ARGS(was));
    (void)result_compare(result, finding, arena_dup(q->arena, text_head(was, 200)),
                         arena_dup(q->arena, text_head(is, 200)));
    (void)result_evidence(result, finding, cli_version_kind.id, now->release_line);
    (void)result_hint(finding, hint_replaced);
}

static void judge_product(const struct question *q, struct result *result,
                          const struct running *now)
{
    enum product wanted = q->node->role == ROLE_SMA ? PRODUCT_SMA : PRODUCT_ESA;
    if (now->release.product == PRODUCT_UNKNOWN || now->release.product == wanted)
        return;
    struct finding *finding = result_say(
        result, STATE_WARNING, q->node->name, "%s is an %s, the inventory calls it an %s",
        q->node->name, release_product_name(now->release.product), release_product_name(wanted));
    (void)result_evidence(result, finding, now->document, now->line);
}

static void run(const struct question *q, struct result *result)
{
    struct running now = running_on(q, q->node);
    if (!now.known) {
        if (check_facts(q, result, &cli_version_kind) != NULL)
            (void)result_say(result, STATE_UNKNOWN, q->node->name, "%s: no Version line in %s",
                             q->node->name, cli_version_kind.id);
        return;
    }
    struct finding *finding =
        result_say(result, STATE_OK, q->node->name, "%s runs %s", q->node->name, now.text);
    (void)result_evidence(result, finding, now.document, now.line);
    judge_product(q, result, &now);
    bool confirmed = compare_sources(q, result);
    if (q->has_expect)
        judge_expected(q, result, &now);
    judge_against_baseline(q, result, &now);
    judge_cluster(q, result, &now);
    judge_serial(q, result);
    judge_model(q, result);
    const struct running before = running_on(q, check_before(q));
    bool same = before.known && release_matches(&now.release, &before.release);
    result_summary(result, "%s runs %s%s%s%s", q->node->name, now.text,
                   confirmed ? " by CLI and XML page" : "",
                   !q->has_expect        ? ""
                   : q->expect.has_build ? ", as expected"
                                         : ", as expected (the plan names no build)",
                   same ? ", the build of the baseline: not upgraded" : "");
}

const struct check version_check = {
    .name = "version",
    .title = "is it the expected build, by every interface, on every cluster member?",
    .roles = ROLE_ANY,
    .needs = needs,
    .need_count = CHECK_COUNT(needs),
    .compares = compares,
    .compare_count = CHECK_COUNT(compares),
    .run = run,
};
