/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"
#include "checks/mib.h"
#include "checks/parse/cli_version.h"

static const struct need needs[] = {
    {&snmp_walk_kind, NEED_REQUIRED},
    {&cli_version_kind, NEED_ALSO},
};

static const struct compare_spec compares[] = {
    {"snmp_model", COMPARE_EQUAL, "model of the appliance, by SNMP", 0},
    {"snmp_engine", COMPARE_EQUAL, "engine ID of the SNMP agent", 0},
    {"snmp_serial", COMPARE_EQUAL, "serial number of the appliance, by SNMP", 0},
};

static const char hint_silent[] =
    "the agent listens on one chosen IP interface and answers one configured network: after an "
    "upgrade or an interface that was renamed look at `snmpconfig`, and at what is in between";
static const char hint_mixed[] = "one of the two answers may be another machine's: is the address "
                                 "that SNMP asks this appliance's? Ask again";

/*
 * The agent may be silent though mail flows (snmp.md 1.6): that is about SNMP and not about the
 * appliance. That it answered before the change makes it a fault of the change (domain.md V33).
 */
static void judge_silence(const struct question *q, struct result *result)
{
    struct fault fault;
    const char *alive = mib_alive(q);
    (void)check_facts_of(q, q->node, &snmp_walk_kind, &fault);
    if (alive == NULL || (fault.kind != FAULT_TIMEOUT && fault.kind != FAULT_UNREACHABLE)) {
        (void)check_fault(result, q->node->name, &fault);
        return;
    }
    bool before = check_facts_of(q, check_before(q), &snmp_walk_kind, NULL) != NULL;
    struct finding *finding = result_say(
        result, before ? STATE_CRITICAL : STATE_WARNING, q->node->name,
        "%s: SNMP is silent (%s), though the appliance lives: it has answered %s%s", q->node->name,
        fault.text, alive, before ? "; in the baseline SNMP answered" : "");
    (void)result_evidence(result, finding, snmp_walk_kind.id, 0);
    (void)result_hint(finding, hint_silent);
}

/* An appliance keeps WHAT; and the CLI says the same. */
static void judge_field(const struct question *q, struct result *result, const char *what,
                        const char *compare, struct span now, struct span before, struct span cli)
{
    const char *node = q->node->name;
    struct finding *finding;
    bool same = compare_text(q, result, compare, NULL, before, now);
    if (now.n == 0)
        return;
    if (!same && before.n != 0) {
        finding = result_say(result, STATE_WARNING, node,
                             "%s: by SNMP its %s is %.*s, in the baseline %.*s: replaced, or the "
                             "answer of another appliance",
                             node, what, TEXT_ARGS(now), TEXT_ARGS(before));
        (void)result_evidence(result, finding, snmp_walk_kind.id, 0);
        (void)result_hint(finding, "if the machine was replaced, say so in the change and take a "
                                   "new baseline");
    }
    if (cli.n != 0 && !text_same_nocase(cli, now)) {
        finding =
            result_say(result, STATE_WARNING, node, "%s: by SNMP its %s is %.*s, by the CLI %.*s",
                       node, what, TEXT_ARGS(now), TEXT_ARGS(cli));
        (void)result_evidence(result, finding, snmp_walk_kind.id, 0);
        (void)result_hint(finding, hint_mixed);
    }
}

static void judge_release(const struct question *q, struct result *result,
                          const struct snmp_walk *walk, const struct cli_version *cli)
{
    char by_snmp[48], by_cli[48];
    if (!walk->has_release || cli == NULL || !cli->has_release)
        return;
    (void)release_print(&walk->release, by_snmp, sizeof(by_snmp));
    (void)release_print(&cli->release, by_cli, sizeof(by_cli));
    if (release_matches(&walk->release, &cli->release))
        return;
    struct finding *finding =
        result_say(result, STATE_UNKNOWN, q->node->name, "%s: by SNMP it runs %s, by the CLI %s",
                   q->node->name, by_snmp, by_cli);
    (void)result_compare(result, finding, by_cli, by_snmp);
    (void)result_evidence(result, finding, snmp_walk_kind.id, walk->descr.line);
    (void)result_hint(finding, hint_mixed);
}

static struct span in_hex(const struct question *q, const struct snmp_walk *walk)
{
    const char *text = "";
    if (walk == NULL || walk->engine_id.type != SNMP_TEXT)
        return text_of(NULL);
    for (size_t i = 0; i < walk->engine_id.text.n && i < 32; i++)
        text = arena_printf(q->arena, "%s%02X", text, (unsigned char)walk->engine_id.text.p[i]);
    return text_of(text);
}

/* A manager that knows v3 agents by their engine ID loses one that has changed it. */
static void judge_engine(const struct question *q, struct result *result,
                         const struct snmp_walk *walk, const struct snmp_walk *then)
{
    const struct span now = in_hex(q, walk), before = in_hex(q, then);
    if (compare_text(q, result, "snmp_engine", NULL, before, now) || now.n == 0 || before.n == 0)
        return;
    struct finding *finding =
        result_say(result, STATE_WARNING, q->node->name,
                   "%s: the engine ID of its SNMP agent is %.*s, in the baseline %.*s",
                   q->node->name, TEXT_ARGS(now), TEXT_ARGS(before));
    (void)result_evidence(result, finding, snmp_walk_kind.id, walk->engine_id.line);
    (void)result_hint(finding,
                      "managers that keep it, and traps of v3, need it anew: learn it there");
}

static void run(const struct question *q, struct result *result)
{
    const struct node *node = q->node;
    if (check_facts_of(q, node, &snmp_walk_kind, NULL) == NULL) {
        judge_silence(q, result);
        return;
    }
    const struct snmp_walk *walk = mib_facts(q, result);
    const struct snmp_walk *then = check_facts_of(q, check_before(q), &snmp_walk_kind, NULL);
    const struct cli_version *cli = check_facts_of(q, node, &cli_version_kind, NULL);
    struct finding *finding;
    if (walk->model.n == 0 || walk->serial.n == 0 || !walk->has_release)
        finding = result_say(result, STATE_UNKNOWN, node->name,
                             "%s: sysDescr does not tell model, version and serial number: '%.*s'",
                             node->name, TEXT_ARGS(text_head(walk->descr.text, 200)));
    else
        finding = result_say(result, STATE_OK, node->name, "%s: '%.*s'", node->name,
                             TEXT_ARGS(text_head(walk->descr.text, 200)));
    (void)result_evidence(result, finding, snmp_walk_kind.id, walk->descr.line);
    judge_field(q, result, "model", "snmp_model", walk->model,
                then == NULL ? text_of(NULL) : then->model,
                cli == NULL ? text_of(NULL) : cli->model);
    judge_field(q, result, "serial number", "snmp_serial", walk->serial,
                then == NULL ? text_of(NULL) : then->serial,
                cli == NULL ? text_of(NULL) : cli->serial);
    judge_release(q, result, walk, cli);
    judge_engine(q, result, walk, then);
    result_summary(result, "SNMP of %s answers%s%s", node->name,
                   cli != NULL ? ", and says the same as the CLI" : "",
                   then != NULL ? ", as in the baseline" : "");
}

const struct check snmp_check = {
    .name = "snmp",
    .title = "does SNMP answer as before, and for this appliance?",
    .roles = ROLE_ANY,
    .needs = needs,
    .need_count = CHECK_COUNT(needs),
    .compares = compares,
    .compare_count = CHECK_COUNT(compares),
    .settle_s = 300, /* domain.md V33 */
    .if_asked = true,
    .run = run,
};
