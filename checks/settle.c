/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/settle.h"

#include "checks/cluster.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/xml_status.h"
#include "checks/start.h"

/* No appliance runs for longer: such an uptime is no uptime. */
static const int64_t max_uptime_s = (int64_t)50 * 366 * 86400;

/* When document ID of NODE was taken, less what the appliance said then of its uptime. */
static bool by_uptime(const struct node *node, const char *id, bool told, int64_t uptime_s,
                      int64_t *start)
{
    const struct document *document = fleet_document(node, id);
    if (!told || uptime_s < 0 || uptime_s > max_uptime_s || document == NULL ||
        !document->has_taken_at)
        return false;
    *start = document->taken_at - uptime_s;
    return true;
}

/* When NODE started, UTC. */
static bool started(const struct question *q, const struct node *node, int64_t *start)
{
    const struct cli_status *cli = check_facts_of(q, node, &cli_status_kind, NULL);
    const struct xml_status *xml = check_facts_of(q, node, &xml_status_kind, NULL);
    if ((cli != NULL &&
         by_uptime(node, cli_status_kind.id, cli->has_uptime, cli->uptime_s, start)) ||
        (xml != NULL && by_uptime(node, xml_status_kind.id, xml->has_uptime, xml->uptime_s, start)))
        return true;
    const struct start found = start_of(q, node);
    return found.known && time_utc(found.when, start);
}

static void later(const struct question *q, const struct node *node, bool *known, int64_t *start)
{
    int64_t when;
    if (!started(q, node, &when))
        return;
    if (!*known || when > *start)
        *start = when;
    *known = true;
}

/* The last start of anybody whom the question is about. */
static bool last_start(const struct check *check, const struct question *q, int64_t *start)
{
    bool known = false;
    later(q, q->node, &known, start);
    if (q->node->role == ROLE_SMA && check->roles == ROLE_SMA)
        for (size_t i = 0; i < q->fleet->count; i++) {
            const struct node *node = &q->fleet->nodes[i];
            if (node->role == ROLE_ESA &&
                (node->sma == NULL || text_same_nocase(text_of(node->sma), text_of(q->node->name))))
                later(q, node, &known, start);
        }
    if (check->about_cluster) {
        const struct cluster cluster = cluster_of(q, q->node);
        for (size_t i = 0; cluster.known && i < cluster.count; i++) {
            const struct node *node = cluster_node(q, &cluster, cluster.members[i]);
            if (node != NULL)
                later(q, node, &known, start);
        }
    }
    return known;
}

/*
 * Was a document that CHECK needs taken from NODE between START and UNTIL? What is older than the
 * start is of the run before, and says so (origin.h).
 */
static bool taken_between(const struct check *check, const struct node *node, int64_t start,
                          int64_t until)
{
    for (size_t d = 0; d < node->document_count; d++) {
        const struct document *document = &node->documents[d];
        if (!document->has_taken_at || document->taken_at < start - START_TOLERANCE_S ||
            document->taken_at >= until)
            continue;
        for (size_t n = 0; n < check->need_count; n++)
            if (fleet_is_of_kind(check->needs[n].kind, text_of(document->id)))
                return true;
    }
    return false;
}

bool settle_pending(const struct check *check, const struct question *q, int64_t *until)
{
    int64_t start;
    if (check->settle_s == 0 || !last_start(check, q, &start))
        return false;
    *until = start + check->settle_s;
    return taken_between(check, q->node, start, *until);
}

void settle_apply(struct result *result, int64_t until)
{
    char when[32];
    if (result_state(result) == STATE_NOT_APPLICABLE)
        return;
    const char *so_far = result_line(result);
    for (size_t i = 0; i < result->finding_count; i++)
        if (result->findings[i]->state > STATE_PENDING && !result->findings[i]->lasting)
            result->findings[i]->state = STATE_PENDING;
    const struct finding *said = result_say(result, STATE_PENDING, result->node,
                                            "too early to tell, will be judged at %s; so far: %s",
                                            time_print_utc(until, when, sizeof(when)), so_far);
    result->headline = NULL; /* of faults that are none yet */
    if (result_state(result) == STATE_PENDING)
        result_headline(result, "%s", said->text);
}
