/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/cli_workqueue.h"
#include "checks/parse/snmp_walk.h"
#include "checks/parse/system_status.h"
#include "checks/parse/xml_status.h"

static const struct need needs[] = {
    {&cli_workqueue_kind, NEED_REQUIRED}, {&cli_status_kind, NEED_ALSO},
    {&xml_status_kind, NEED_ALSO},        {&system_status_kind, NEED_ALSO},
    {&snmp_walk_kind, NEED_ALSO},
};

static const struct metric_spec metrics[] = {
    {"workqueue_messages", "", "messages in the work queue", "500", "1000",
     "compare with the same hour of the baseline; if it does not fall, look for a stuck scanner "
     "(`antispamstatus`, `antivirusstatus`) and slow DNS or LDAP"},
    /* 259200 s is the default bounce profile: older messages should not exist (V T211573). */
    {"oldest_message_s", "s", "age of the oldest message", "86400", "259200",
     "a message older than the bounce profile points to a damaged queue after an unclean "
     "restart: open a TAC case, do not repair the queue yourself"},
};

/* A number that one document tells. */
struct told {
    bool known;
    double value;
    const char *document;
    unsigned line;
};

static struct told in_status(const struct question *q, const struct node *node, const char *label)
{
    const struct cli_status *status = check_facts_of(q, node, &cli_status_kind, NULL);
    const struct cli_status_row *row =
        status == NULL ? NULL : cli_status_row(status, "Gauges", NULL, label);
    if (row == NULL || row->count == 0)
        return (struct told){.known = false};
    return (struct told){true, row->values[0], cli_status_kind.id, row->line};
}

static struct told in_xml(const struct question *q, const struct node *node, const char *name)
{
    const struct xml_status *xml = check_facts_of(q, node, &xml_status_kind, NULL);
    const struct xml_status_number *gauge =
        xml == NULL ? NULL : xml_status_find(xml->gauges, xml->gauge_count, name);
    if (gauge == NULL || !gauge->has[0])
        return (struct told){.known = false};
    return (struct told){true, gauge->values[0], xml_status_kind.id, gauge->line};
}

static struct told in_walk(const struct question *q, const struct node *node,
                           enum snmp_object object)
{
    const struct snmp_walk *walk = check_facts_of(q, node, &snmp_walk_kind, NULL);
    const struct snmp_value *value = walk == NULL ? NULL : &walk->scalars[object];
    if (value == NULL || value->type != SNMP_NUMBER)
        return (struct told){.known = false};
    return (struct told){true, (double)value->number, snmp_walk_kind.id, value->line};
}

/* All that is told of the depth: the command itself, then the status pages. Returns their number.
 */
enum { DEPTHS = 5 };
static size_t depths_of(const struct question *q, const struct node *node,
                        struct told depths[static DEPTHS])
{
    const struct cli_workqueue *queue = check_facts_of(q, node, &cli_workqueue_kind, NULL);
    const struct system_status *health = check_facts_of(q, node, &system_status_kind, NULL);
    size_t count = 0;
    const struct told all[DEPTHS] = {
        {queue != NULL && queue->has_messages, queue == NULL ? 0 : (double)queue->messages,
         cli_workqueue_kind.id, queue == NULL ? 0 : queue->messages_line},
        in_status(q, node, "Messages In Work Queue"),
        in_xml(q, node, "msgs_in_work_queue"),
        {health != NULL && health->messages_in_workqueue.present,
         health == NULL ? 0 : health->messages_in_workqueue.value, system_status_kind.id, 0},
        in_walk(q, node, SNMP_WORK_QUEUE),
    };
    for (size_t i = 0; i < DEPTHS; i++)
        if (all[i].known)
            depths[count++] = all[i];
    return count;
}

/* A queue counts down past zero when it is damaged (V T211573, domain.md V10). */
static void judge_sign(const struct question *q, struct result *result, const struct told *told,
                       const char *what)
{
    if (!told->known || told->value >= 0)
        return;
    struct finding *finding = result_say(result, STATE_CRITICAL, q->node->name,
                                         "%s: %s counts %.0f %s: the queue is damaged",
                                         q->node->name, told->document, told->value, what);
    (void)result_evidence(result, finding, told->document, told->line);
    (void)result_hint(finding, "negative numbers after an unclean restart: open a TAC case, do "
                               "not repair the queue yourself");
}

/* Said even where the command itself was not captured. */
static void judge_signs(const struct question *q, struct result *result)
{
    struct told depths[DEPTHS];
    const struct told recipients[] = {in_status(q, q->node, "Active Recipients"),
                                      in_xml(q, q->node, "active_recips")};
    size_t count = depths_of(q, q->node, depths);
    for (size_t i = 0; i < count; i++)
        judge_sign(q, result, &depths[i], "messages in the work queue");
    for (size_t i = 0; i < CHECK_COUNT(recipients); i++)
        judge_sign(q, result, &recipients[i], "active recipients");
}

static void judge_state(const struct question *q, struct result *result,
                        const struct cli_workqueue *queue)
{
    const char *node = q->node->name;
    struct finding *finding;
    if (!queue->has_state) {
        finding = result_say(result, STATE_UNKNOWN, node, "%s: no Status line in %s", node,
                             cli_workqueue_kind.id);
    } else if (queue->state == CLI_WORKQUEUE_OPERATIONAL) {
        finding = result_say(result, STATE_OK, node, "the work queue of %s is operational", node);
    } else if (queue->state == CLI_WORKQUEUE_PAUSED) {
        finding =
            result_say(result, STATE_CRITICAL, node, "%s: the work queue is paused%s%.*s%s%.*s",
                       node, queue->paused_by.n ? " by " : "", TEXT_ARGS(queue->paused_by),
                       queue->reason.n ? ": " : "", TEXT_ARGS(queue->reason));
        (void)result_hint(finding, "it will never drain by itself: `workqueue resume`, once the "
                                   "reason for the pause is gone");
    } else {
        finding = result_say(result, STATE_UNKNOWN, node,
                             "%s: work queue status is not recognised: '%.*s'", node,
                             TEXT_ARGS(queue->state_text));
    }
    (void)result_evidence(result, finding, cli_workqueue_kind.id, queue->state_line);
}

static void judge_depth(const struct question *q, struct result *result)
{
    struct told now[DEPTHS], before[DEPTHS];
    size_t count = depths_of(q, q->node, now);
    if (count == 0) {
        (void)result_say(result, STATE_UNKNOWN, q->node->name,
                         "%s: nothing tells how many messages are in the work queue",
                         q->node->name);
        return;
    }
    size_t deepest = 0;
    for (size_t i = 1; i < count; i++)
        if (now[i].value > now[deepest].value)
            deepest = i;
    check_record(q, result, "workqueue_messages", NULL, now[0].value);
    check_judge(q, result, "workqueue_messages", NULL, now[deepest].value,
                (struct evidence){now[deepest].document, now[deepest].line});
    const char *then = depths_of(q, check_before(q), before) == 0
                           ? ""
                           : arena_printf(q->arena, " (%.0f in the baseline)", before[0].value);
    result_summary(result, "%s: work queue operational, %.0f message%s%s", q->node->name,
                   now[0].value, now[0].value == 1 ? "" : "s", then);
}

static void judge_oldest(const struct question *q, struct result *result)
{
    const struct cli_status *status = check_facts_of(q, q->node, &cli_status_kind, NULL);
    const struct xml_status *xml = check_facts_of(q, q->node, &xml_status_kind, NULL);
    const struct told walked = in_walk(q, q->node, SNMP_OLDEST_AGE);
    if (status != NULL && status->has_oldest)
        check_measure(q, result, "oldest_message_s", NULL,
                      status->oldest_none ? 0 : (double)status->oldest_s,
                      (struct evidence){cli_status_kind.id, status->oldest_line});
    else if (xml != NULL && xml->has_oldest)
        check_measure(q, result, "oldest_message_s", NULL, (double)xml->oldest_s,
                      (struct evidence){xml_status_kind.id, 0});
    else if (walked.known)
        check_measure(q, result, "oldest_message_s", NULL, walked.value,
                      (struct evidence){walked.document, walked.line});
}

static void run(const struct question *q, struct result *result)
{
    const struct cli_workqueue *queue = check_facts(q, result, &cli_workqueue_kind);
    judge_signs(q, result);
    if (queue == NULL)
        return;
    judge_state(q, result, queue);
    judge_depth(q, result);
    judge_oldest(q, result);
}

const struct check workqueue_check = {
    .name = "workqueue",
    .title = "is the work queue running: depth, oldest message, paused",
    .roles = ROLE_ESA,
    .needs = needs,
    .need_count = CHECK_COUNT(needs),
    .metrics = metrics,
    .metric_count = CHECK_COUNT(metrics),
    .settle_s = 600, /* domain.md V10 */
    .run = run,
};
