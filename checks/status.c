/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/cli_workqueue.h"
#include "checks/parse/xml_status.h"

static const struct need needs[] = {
    {&cli_status_kind, NEED_REQUIRED},
    {&xml_status_kind, NEED_ALSO},
    {&cli_workqueue_kind, NEED_ALSO},
};

static const struct metric_spec metrics[] = {
    {"uptime_s", "s", "time since the system started", NULL, NULL, NULL},
    {"connections_in", "", "inbound SMTP connections now", NULL, NULL, NULL},
    {"connections_out", "", "outbound SMTP connections now", NULL, NULL, NULL},
};

/* Suspension survives a reboot; nothing resumes itself (domain.md 0.4, F50, F51: A, B). */
static const char *const hint_receiving = "the listeners were not resumed: `resumelistener` or "
                                          "`resume` (in the GUI: Resume, then Commit)";
static const char *const hint_delivery =
    "delivery was not resumed: `resumedel`; the queue grows silently meanwhile";
static const char *const hint_both = "receiving and delivery were not resumed: `resume`";
static const char *const hint_conservation =
    "the appliance suspended itself (resource conservation): find what exhausts it before `resume`";

/* An appliance in resource conservation suspends its own listeners (F54): not a forgotten resume.
 */
static bool conserves(const struct cli_status *cli, const struct xml_status *xml)
{
    const struct cli_status_row *row =
        cli == NULL ? NULL : cli_status_row(cli, "Gauges", NULL, "Resource Conservation");
    const struct xml_status_number *gauge =
        xml == NULL ? NULL
                    : xml_status_find(xml->gauges, xml->gauge_count, "resource_conservation");
    return (row != NULL && row->count > 0 && row->values[0] > 0) ||
           (gauge != NULL && gauge->has[0] && gauge->values[0] > 0);
}

static const char *in_words(const struct cli_status_meaning *meaning)
{
    if (meaning->receiving_suspended && meaning->delivery_suspended)
        return "receiving and delivery are suspended";
    if (meaning->receiving_suspended)
        return "receiving is suspended";
    if (meaning->delivery_suspended)
        return "delivery is suspended";
    return meaning->work_queue_paused ? "the work queue is paused" : NULL;
}

/* SOURCE is the field in the operator's words: "System status", "XML page". */
static void judge(const struct question *q, struct result *result, const char *source,
                  struct span status, const char *document, unsigned line, bool self_suspended)
{
    struct cli_status_meaning meaning = cli_status_meaning(status);
    const char *words = in_words(&meaning);
    const char *found = arena_dup(q->arena, text_head(status, 200));
    const char *node = q->node->name;
    struct finding *finding;
    if (meaning.online)
        finding = result_say(result, STATE_OK, node, "%s is Online", node);
    else if (words != NULL)
        finding =
            result_say(result, STATE_CRITICAL, node, "%s: %s (%s: %s)", node, words, source, found);
    else
        finding = result_say(result, STATE_UNKNOWN, node, "%s: %s is not recognised: '%s'", node,
                             source, found);
    (void)result_evidence(result, finding, document, line);
    (void)result_compare(result, finding, "Online", found);
    if (words == NULL)
        return;
    if (self_suspended)
        (void)result_hint(finding, hint_conservation);
    else if (meaning.receiving_suspended && meaning.delivery_suspended)
        (void)result_hint(finding, hint_both);
    else if (meaning.receiving_suspended)
        (void)result_hint(finding, hint_receiving);
    else if (meaning.delivery_suspended)
        (void)result_hint(finding, hint_delivery);
}

static bool same_meaning(struct span a, struct span b)
{
    struct cli_status_meaning x = cli_status_meaning(a), y = cli_status_meaning(b);
    return x.online == y.online && x.receiving_suspended == y.receiving_suspended &&
           x.delivery_suspended == y.delivery_suspended &&
           x.work_queue_paused == y.work_queue_paused && x.unrecognised == y.unrecognised;
}

/* The second source: silent when it says the same, else judged too, and the contradiction named. */
static void judge_second(const struct question *q, struct result *result,
                         const struct cli_status *cli, const struct xml_status *xml,
                         bool self_suspended)
{
    struct finding *finding;
    if (same_meaning(cli->system_status, xml->system_status)) {
        finding = result_say(result, STATE_OK, q->node->name, "the XML page says the same: '%.*s'",
                             TEXT_ARGS(xml->system_status));
    } else {
        judge(q, result, "XML page", xml->system_status, xml_status_kind.id,
              xml->system_status_line, self_suspended);
        finding = result_say(result, STATE_UNKNOWN, q->node->name,
                             "%s: the CLI says '%.*s', the XML page says '%.*s'", q->node->name,
                             TEXT_ARGS(cli->system_status), TEXT_ARGS(xml->system_status));
        (void)result_hint(finding,
                          "ask both again at the same time; one of them was in transition");
    }
    (void)result_evidence(result, finding, xml_status_kind.id, xml->system_status_line);
}

static void judge_work_queue(const struct question *q, struct result *result)
{
    const struct cli_workqueue *queue = check_facts_of(q, q->node, &cli_workqueue_kind, NULL);
    if (queue == NULL || !queue->has_state || queue->state != CLI_WORKQUEUE_PAUSED)
        return;
    struct finding *finding =
        result_say(result, STATE_CRITICAL, q->node->name, "%s: the work queue is paused (%.*s)",
                   q->node->name, TEXT_ARGS(queue->state_text));
    (void)result_evidence(result, finding, cli_workqueue_kind.id, queue->state_line);
    (void)result_hint(finding, "`workqueue resume`, once the reason for the pause is gone");
}

static void measure_row(const struct question *q, struct result *result,
                        const struct cli_status *cli, const char *label, const char *metric)
{
    const struct cli_status_row *row = cli_status_row(cli, "Gauges", NULL, label);
    if (row != NULL && row->count > 0)
        check_measure(q, result, metric, NULL, row->values[0],
                      (struct evidence){cli_status_kind.id, row->line});
}

static void measure(const struct question *q, struct result *result, const struct cli_status *cli,
                    const struct xml_status *xml)
{
    char age[32] = "";
    if (cli != NULL && cli->has_uptime)
        check_measure(q, result, "uptime_s", NULL, (double)cli->uptime_s,
                      (struct evidence){cli_status_kind.id, cli->up_since_line});
    else if (xml != NULL && xml->has_uptime)
        check_measure(q, result, "uptime_s", NULL, (double)xml->uptime_s,
                      (struct evidence){xml_status_kind.id, xml->birth_time_line});
    if (cli != NULL) {
        measure_row(q, result, cli, "Current Inbound Conn.", "connections_in");
        measure_row(q, result, cli, "Current Outbound Conn.", "connections_out");
    }
    if (cli != NULL && cli->has_uptime)
        (void)time_print_span(cli->uptime_s, age, sizeof(age));
    result_summary(result, "%s is Online%s%s", q->node->name, age[0] != '\0' ? ", up " : "", age);
}

static void run(const struct question *q, struct result *result)
{
    struct fault fault;
    const struct cli_status *cli = check_facts_of(q, q->node, &cli_status_kind, &fault);
    const struct xml_status *xml = check_facts_optional(q, result, &xml_status_kind);
    bool has_cli = cli != NULL && cli->has_system_status;
    bool has_xml = xml != NULL && xml->has_system_status;
    bool self_suspended = conserves(cli, xml);
    if (has_cli)
        judge(q, result, "System status", cli->system_status, cli_status_kind.id,
              cli->system_status_line, self_suspended);
    if (has_cli && has_xml)
        judge_second(q, result, cli, xml, self_suspended);
    else if (has_xml)
        judge(q, result, "XML page", xml->system_status, xml_status_kind.id,
              xml->system_status_line, self_suspended);
    if (cli == NULL && (!has_xml || fault.kind != FAULT_NOT_CAPTURED))
        (void)check_fault(result, q->node->name, &fault);
    else if (!has_cli && !has_xml)
        (void)result_say(result, STATE_UNKNOWN, q->node->name, "%s: no System status line in %s",
                         q->node->name, cli_status_kind.id);
    judge_work_queue(q, result);
    measure(q, result, cli, xml);
}

const struct check status_check = {
    .name = "status",
    .title = "does `status` say Online? Suspended receiving or delivery, paused work queue",
    .roles = ROLE_ANY,
    .needs = needs,
    .need_count = CHECK_COUNT(needs),
    .metrics = metrics,
    .metric_count = CHECK_COUNT(metrics),
    .run = run,
};
