/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/cli_workqueue.h"
#include "checks/parse/xml_status.h"
#include "checks/zone.h"

/* From one answer to the next, when a person fetches them. */
enum { BY_HAND_S = 1800 };

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

static const struct compare_spec compares[] = {
    {"system_status", COMPARE_EQUAL, "system status", 0},
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

/* What one document says the system status is. */
struct told {
    const char *source; /* the field in the operator's words */
    bool known;
    struct span status, other;
    const char *document;
    unsigned line;
};

static void judge(const struct question *q, struct result *result, const struct told *told,
                  bool self_suspended)
{
    struct cli_status_meaning meaning = cli_status_meaning(told->status);
    const char *words = told->other.n != 0 ? NULL : in_words(&meaning);
    const char *found = arena_dup(q->arena, text_head(told->status, 200));
    const char *node = q->node->name;
    struct finding *finding;
    if (told->other.n != 0)
        finding = result_say(result, STATE_UNKNOWN, node, "%s: %s says both '%s' and '%.*s'", node,
                             told->source, found, TEXT_ARGS(told->other));
    else if (meaning.online)
        finding = result_say(result, STATE_OK, node, "%s is Online", node);
    else if (words != NULL)
        finding = result_say(result, STATE_CRITICAL, node, "%s: %s (%s: %s)", node, words,
                             told->source, found);
    else
        finding = result_say(result, STATE_UNKNOWN, node, "%s: %s is not recognised: '%s'", node,
                             told->source, found);
    (void)result_evidence(result, finding, told->document, told->line);
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

static bool say_the_same(const struct told *a, const struct told *b)
{
    struct cli_status_meaning x = cli_status_meaning(a->status), y = cli_status_meaning(b->status);
    return a->other.n == 0 && b->other.n == 0 && x.online == y.online &&
           x.receiving_suspended == y.receiving_suspended &&
           x.delivery_suspended == y.delivery_suspended &&
           x.work_queue_paused == y.work_queue_paused && x.unrecognised == y.unrecognised;
}

/* The second source: silent when it says the same, else judged too, and the contradiction named. */
static void judge_second(const struct question *q, struct result *result, const struct told *cli,
                         const struct told *xml, bool self_suspended)
{
    struct finding *finding;
    if (say_the_same(cli, xml)) {
        finding = result_say(result, STATE_OK, q->node->name, "the XML page says the same: '%.*s'",
                             TEXT_ARGS(xml->status));
    } else {
        judge(q, result, xml, self_suspended);
        if (cli->other.n != 0 || xml->other.n != 0)
            return;
        finding = result_say(result, STATE_UNKNOWN, q->node->name,
                             "%s: the CLI says '%.*s', the XML page says '%.*s'", q->node->name,
                             TEXT_ARGS(cli->status), TEXT_ARGS(xml->status));
        (void)result_hint(finding,
                          "ask both again at the same time; one of them was in transition");
    }
    (void)result_evidence(result, finding, xml->document, xml->line);
}

/*
 * Is the CLI's answer from when it was asked? A zone lent by an alert of the other season is an
 * hour off; where none fits at all, the answer is further away than any zone on earth.
 */
static void judge_clock(const struct question *q, struct result *result,
                        const struct cli_status *cli)
{
    const struct document *document = fleet_document(q->node, cli_status_kind.id);
    if (cli == NULL || !cli->has_as_of || !document->has_taken_at)
        return;
    struct stamp as_of = zone_of(q, q->node, cli->as_of);
    int64_t apart = time_between(as_of, time_from_utc(document->taken_at));
    int64_t limit = ZONE_SKEW_S + (cli->as_of.has_offset ? 0 : ZONE_SEASON_S);
    if (as_of.has_offset && apart >= -limit && apart <= limit)
        return;
    char shown[32], taken[32];
    struct finding *finding =
        result_say(result, STATE_UNKNOWN, q->node->name,
                   "%s: `Status as of` says %s, but it was asked at %s: the clock is wrong, or the "
                   "text is not from then",
                   q->node->name, time_print(as_of, shown, sizeof(shown)),
                   time_print_utc(document->taken_at, taken, sizeof(taken)));
    (void)result_evidence(result, finding, cli_status_kind.id, cli->as_of_line);
    (void)result_hint(finding, "compare the appliance's `date` with a good clock, and ask again");
}

/*
 * Two answers of one appliance can only be compared when they are of the same time, or as far apart
 * as the capture says.
 */
static void compare_times(const struct question *q, struct result *result,
                          const struct cli_status *cli, const struct xml_status *xml)
{
    if (cli == NULL || !cli->has_as_of || xml == NULL || !xml->has_timestamp)
        return;
    const struct document *first = fleet_document(q->node, cli_status_kind.id);
    const struct document *second = fleet_document(q->node, xml_status_kind.id);
    bool taken = first->has_taken_at && second->has_taken_at;
    int64_t limit = taken ? ZONE_SKEW_S : BY_HAND_S;
    int64_t apart = time_between(cli->as_of, xml->timestamp);
    if (taken) /* saturates, unlike '-' */
        apart = time_between(time_from_utc(apart),
                             time_from_utc(time_between(time_from_utc(first->taken_at),
                                                        time_from_utc(second->taken_at))));
    if (apart >= -limit && apart <= limit)
        return;
    char a[32], b[32];
    struct finding *finding =
        result_say(result, STATE_UNKNOWN, q->node->name,
                   "%s: the CLI's answer is of %s, the XML page of %s", q->node->name,
                   time_print(cli->as_of, a, sizeof(a)), time_print(xml->timestamp, b, sizeof(b)));
    (void)result_evidence(result, finding, xml_status_kind.id, xml->root_line);
    (void)result_hint(finding, "ask both again at the same time; one of them is old");
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

/* The system status of NODE: what the CLI says, else what the XML page says. */
static struct span status_of(const struct question *q, const struct node *node)
{
    const struct cli_status *cli = check_facts_of(q, node, &cli_status_kind, NULL);
    const struct xml_status *xml = check_facts_of(q, node, &xml_status_kind, NULL);
    if (cli != NULL && cli->has_system_status)
        return cli->system_status;
    return xml != NULL && xml->has_system_status ? xml->system_status : text_of(NULL);
}

static void run(const struct question *q, struct result *result)
{
    struct fault fault;
    const struct cli_status *cli = check_facts_of(q, q->node, &cli_status_kind, &fault);
    const struct xml_status *xml = check_facts_optional(q, result, &xml_status_kind);
    struct told by_cli = {.source = "System status", .document = cli_status_kind.id};
    struct told by_xml = {.source = "XML page", .document = xml_status_kind.id};
    if (cli != NULL) {
        by_cli.known = cli->has_system_status;
        by_cli.status = cli->system_status;
        by_cli.other = cli->system_status_other;
        by_cli.line = cli->system_status_line;
    }
    if (xml != NULL) {
        by_xml.known = xml->has_system_status;
        by_xml.status = xml->system_status;
        by_xml.other = xml->system_status_other;
        by_xml.line = xml->system_status_line;
    }
    bool self_suspended = conserves(cli, xml);
    if (by_cli.known)
        judge(q, result, &by_cli, self_suspended);
    if (by_cli.known && by_xml.known)
        judge_second(q, result, &by_cli, &by_xml, self_suspended);
    else if (by_xml.known)
        judge(q, result, &by_xml, self_suspended);
    if (cli == NULL && (!by_xml.known || fault.kind != FAULT_NOT_CAPTURED))
        (void)check_fault(result, q->node->name, &fault);
    else if (cli != NULL && !by_cli.known)
        (void)result_say(result, STATE_UNKNOWN, q->node->name, "%s: no System status line in %s",
                         q->node->name, cli_status_kind.id);
    (void)compare_text(q, result, "system_status", NULL, status_of(q, check_before(q)),
                       status_of(q, q->node));
    judge_clock(q, result, cli);
    compare_times(q, result, cli, xml);
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
    .compares = compares,
    .compare_count = CHECK_COUNT(compares),
    .run = run,
};
