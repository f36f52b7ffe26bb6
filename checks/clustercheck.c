/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"
#include "checks/cluster.h"
#include "checks/parse/cli_clustercheck.h"
#include "checks/parse/cli_clusterlist.h"
#include "checks/parse/cli_connstatus.h"

static const struct need needs[] = {
    {&cli_clustercheck_kind, NEED_REQUIRED},
    {&cli_clusterlist_kind, NEED_ALSO},
    {&cli_connstatus_kind, NEED_ALSO},
};

static const struct metric_spec metrics[] = {
    {"inconsistencies", "", "settings that differ between cluster members", NULL, NULL, NULL},
};

/* What is said one by one; the rest is counted. */
enum { MAX_SAID = 100 };

/* The default answer of the question overwrites configuration (asyncos-cli.md 5.2, domain.md F22:
 * A). */
static const char *const hint_item =
    "decide which copy is right before you answer `clustercheck`; do not press Enter at its "
    "question: the default may overwrite the configuration of the whole cluster";

static const char *const hint_resolved =
    "the question was answered during this check: run `clustercheck` again, only a check that "
    "finds nothing shows that it is resolved, then compare the setting with what it was before";

static const char *updates_of(const struct question *q, const struct cli_clustercheck_item *item)
{
    const char *text = "";
    for (size_t i = 0; i < item->update_count && i < 20; i++) {
        const struct cli_clustercheck_update *update = &item->updates[i];
        text = arena_printf(q->arena, "%s%s%.*s updated %.*s%s%.*s%s", text, i > 0 ? ", " : "",
                            TEXT_ARGS(update->host), TEXT_ARGS(update->when),
                            update->user.n ? " by '" : "", TEXT_ARGS(update->user),
                            update->user.n ? "'" : "");
    }
    return text;
}

static void say_item(const struct question *q, struct result *result,
                     const struct cli_clustercheck_item *item)
{
    const char *subject =
        item->setting.n != 0
            ? arena_printf(q->arena, "\"%.*s\"", TEXT_ARGS(text_head(item->setting, 200)))
            : "a setting that is not named";
    const char *updates = updates_of(q, item);
    struct finding *finding =
        result_say(result, STATE_CRITICAL, subject, "%s differs%s%.*s%s%s", subject,
                   item->level.n != 0 ? " at " : "", TEXT_ARGS(item->level),
                   updates[0] != '\0' ? ": " : "", updates);
    (void)result_evidence(result, finding, cli_clustercheck_kind.id, item->line);
    (void)result_compare(result, finding, "the same on every member", updates);
    (void)result_hint(finding, item->resolved ? hint_resolved : hint_item);
}

static void headline(const struct question *q, struct result *result,
                     const struct cli_clustercheck *facts)
{
    const char *names = "";
    for (size_t i = 0; i < facts->count && i < 5; i++)
        if (facts->items[i].setting.n != 0)
            names = arena_printf(q->arena, "%s%s%.*s", names, *names != '\0' ? "; " : ": ",
                                 TEXT_ARGS(facts->items[i].setting));
    result_headline(result, "%s: %zu %s in the cluster%s%s", q->node->name, facts->count,
                    facts->count == 1 ? "setting differs" : "settings differ", names,
                    facts->count > 5 ? " …" : "");
}

static void say_notes(const struct question *q, struct result *result, enum state state,
                      const char *what, const struct cli_clustercheck_note *notes, size_t count)
{
    for (size_t i = 0; i < count && i < MAX_SAID; i++) {
        struct finding *finding = result_say(result, state, q->node->name, "%s%s: '%.*s'",
                                             q->node->name, what, TEXT_ARGS(notes[i].text));
        (void)result_evidence(result, finding, cli_clustercheck_kind.id, notes[i].line);
    }
}

/* No inconsistency was printed: is that a statement, or did the text end before it was made? */
static void judge_end(const struct question *q, struct result *result,
                      const struct cli_clustercheck *facts)
{
    const char *node = q->node->name;
    struct finding *finding;
    if (facts->question_open && facts->count == 0)
        finding = result_say(result, STATE_UNKNOWN, node,
                             "%s: clustercheck asks a question that is not recognised", node);
    else if (facts->clean_said)
        finding = result_say(result, STATE_OK, node, "clustercheck finds no inconsistency");
    else if (facts->prompt_returned && facts->checking > 0)
        finding = result_say(result, STATE_OK, node,
                             "clustercheck came to its end and named no inconsistency");
    else if (facts->checking > 0)
        finding = result_say(result, STATE_UNKNOWN, node,
                             "%s: clustercheck ends early: neither a closing sentence nor the "
                             "prompt after 'Checking …'",
                             node);
    else
        finding = result_say(result, STATE_UNKNOWN, node,
                             "%s: clustercheck shows no line that says what was checked", node);
    (void)result_evidence(result, finding, cli_clustercheck_kind.id, facts->clean_line);
}

/* Only connected machines are compared (asyncos-cli.md 5.2): silence about the others proves
 * nothing. Where nobody asked for connstatus, the check named connstatus says so. */
static void judge_reach(const struct question *q, struct result *result,
                        const struct cluster *cluster)
{
    struct fault fault = {.kind = FAULT_NONE};
    const char *self = q->node->name;
    const struct span own_name = cluster_name_of(q, cluster, q->node);
    const struct cli_connstatus *status = check_facts_of(q, q->node, &cli_connstatus_kind, &fault);
    if (status == NULL && fault.kind != FAULT_NOT_CAPTURED) {
        struct finding *finding = result_say(
            result, STATE_UNKNOWN, self,
            "%s: which machines were connected and compared is not known: %s", self, fault.text);
        (void)result_evidence(result, finding, cli_connstatus_kind.id, fault.line);
    }
    for (size_t i = 0; status != NULL && i < cluster->count; i++) {
        struct span member = cluster->members[i];
        if (text_same_nocase(member, own_name))
            continue;
        struct cli_connstatus_link link =
            cli_connstatus_link(q->arena, status, member, cluster->members, cluster->count);
        if (link.state == CLI_CONNSTATUS_GOOD)
            continue;
        const char *name = arena_dup(q->arena, member);
        const char *what =
            link.state == CLI_CONNSTATUS_BAD
                ? "is not connected, so its configuration was not compared"
                : "is not known to be connected (see connstatus): perhaps it was not compared";
        struct finding *finding =
            result_say(result, STATE_UNKNOWN, name, "%s: %s %s", self, name, what);
        (void)result_evidence(result, finding, cli_connstatus_kind.id, link.line);
        (void)result_hint(finding,
                          "reconnect it first (see connstatus), then run clustercheck again");
        finding->follows = true;
    }
}

static void run(const struct question *q, struct result *result)
{
    struct cluster cluster = cluster_of(q, q->node);
    if (!cluster_applies(q, result, &cluster))
        return;
    const struct cli_clustercheck *facts = check_facts(q, result, &cli_clustercheck_kind);
    if (facts == NULL)
        return;
    for (size_t i = 0; i < facts->count && i < MAX_SAID; i++)
        say_item(q, result, &facts->items[i]);
    if (facts->count > 0)
        headline(q, result, facts);
    say_notes(q, result, STATE_WARNING, ": clustercheck could not look everywhere", facts->troubles,
              facts->trouble_count);
    say_notes(q, result, STATE_UNKNOWN, ": clustercheck says something not recognised",
              facts->strays, facts->stray_count);
    if (facts->count == 0)
        judge_end(q, result, facts);
    judge_reach(q, result, &cluster);
    check_measure(q, result, "inconsistencies", NULL, (double)facts->count,
                  (struct evidence){cli_clustercheck_kind.id, 0});
    result_summary(result, "%s: the cluster%s%.*s is consistent", q->node->name,
                   cluster.name.n != 0 ? " " : "", TEXT_ARGS(cluster.name));
}

const struct check clustercheck_check = {
    .name = "clustercheck",
    .title = "is the configuration of the cluster consistent?",
    .roles = ROLE_ESA,
    .needs = needs,
    .need_count = CHECK_COUNT(needs),
    .metrics = metrics,
    .metric_count = CHECK_COUNT(metrics),
    .about_cluster = true,
    .settle_s = 120, /* domain.md V05 */
    .run = run,
};
