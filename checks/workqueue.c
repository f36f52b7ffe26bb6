/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/cli_workqueue.h"
#include "checks/parse/system_status.h"
#include "checks/parse/xml_status.h"

static const struct need needs[] = {
    {&cli_workqueue_kind, NEED_REQUIRED},
    {&cli_status_kind, NEED_ALSO},
    {&xml_status_kind, NEED_ALSO},
    {&system_status_kind, NEED_ALSO},
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

struct depth {
    bool known;
    double messages;
    const char *document;
    unsigned line;
};

/* The first document that tells the depth: the command itself, then the two status pages. */
static struct depth depth_of(const struct question *q, const struct node *node)
{
    const struct cli_workqueue *queue = check_facts_of(q, node, &cli_workqueue_kind, NULL);
    if (queue != NULL && queue->has_messages)
        return (struct depth){true, (double)queue->messages, cli_workqueue_kind.id,
                              queue->messages_line};
    const struct cli_status *status = check_facts_of(q, node, &cli_status_kind, NULL);
    const struct cli_status_row *row =
        status == NULL ? NULL : cli_status_row(status, "Gauges", NULL, "Messages In Work Queue");
    if (row != NULL && row->count > 0)
        return (struct depth){true, row->values[0], cli_status_kind.id, row->line};
    const struct xml_status *xml = check_facts_of(q, node, &xml_status_kind, NULL);
    const struct xml_status_number *gauge =
        xml == NULL ? NULL : xml_status_find(xml->gauges, xml->gauge_count, "msgs_in_work_queue");
    if (gauge != NULL && gauge->has[0])
        return (struct depth){true, gauge->values[0], xml_status_kind.id, gauge->line};
    const struct system_status *health = check_facts_of(q, node, &system_status_kind, NULL);
    if (health != NULL && health->messages_in_workqueue.present)
        return (struct depth){true, health->messages_in_workqueue.value, system_status_kind.id, 0};
    return (struct depth){.known = false};
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
    struct depth now = depth_of(q, q->node);
    const struct node *earlier = check_before(q);
    struct depth before = earlier == NULL ? (struct depth){.known = false} : depth_of(q, earlier);
    if (!now.known) {
        (void)result_say(result, STATE_UNKNOWN, q->node->name,
                         "%s: nothing tells how many messages are in the work queue",
                         q->node->name);
        return;
    }
    if (now.messages < 0) {
        struct finding *finding =
            result_say(result, STATE_CRITICAL, q->node->name,
                       "%s: the work queue counts %.0f messages: the queue is damaged",
                       q->node->name, now.messages);
        (void)result_evidence(result, finding, now.document, now.line);
        (void)result_hint(finding, "negative numbers after an unclean restart: open a TAC case, do "
                                   "not repair the queue yourself");
    }
    check_measure(q, result, "workqueue_messages", NULL, now.messages,
                  (struct evidence){now.document, now.line});
    const char *then =
        before.known ? arena_printf(q->arena, " (%.0f in the baseline)", before.messages) : "";
    result_summary(result, "%s: work queue operational, %.0f message%s%s", q->node->name,
                   now.messages, now.messages == 1 ? "" : "s", then);
}

static void judge_oldest(const struct question *q, struct result *result)
{
    const struct cli_status *status = check_facts_of(q, q->node, &cli_status_kind, NULL);
    const struct xml_status *xml = check_facts_of(q, q->node, &xml_status_kind, NULL);
    if (status != NULL && status->has_oldest)
        check_measure(q, result, "oldest_message_s", NULL,
                      status->oldest_none ? 0 : (double)status->oldest_s,
                      (struct evidence){cli_status_kind.id, status->oldest_line});
    else if (xml != NULL && xml->has_oldest)
        check_measure(q, result, "oldest_message_s", NULL, (double)xml->oldest_s,
                      (struct evidence){xml_status_kind.id, 0});
}

static void run(const struct question *q, struct result *result)
{
    const struct cli_workqueue *queue = check_facts(q, result, &cli_workqueue_kind);
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
    .run = run,
};
