/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/settle.h"

#include "checks/cluster.h"
#include "checks/start.h"

/* The newest moment at which a document that CHECK needs was taken from NODE. */
static bool newest(const struct check *check, const struct node *node, int64_t *when)
{
    bool known = false;
    for (size_t d = 0; d < node->document_count; d++) {
        const struct document *document = &node->documents[d];
        for (size_t n = 0; n < check->need_count && document->has_taken_at; n++)
            if (fleet_is_of_kind(check->needs[n].kind, text_of(document->id)) &&
                (!known || document->taken_at > *when)) {
                *when = document->taken_at;
                known = true;
            }
    }
    return known;
}

static void later(const struct question *q, const struct node *node, bool *known, int64_t *start)
{
    int64_t when;
    const struct start found = start_of(q, node);
    if (!found.known || !time_utc(found.when, &when))
        return;
    if (!*known || when > *start)
        *start = when;
    *known = true;
}

/* The last start of anybody whom the question is about: a manager's gateways, a cluster's members.
 */
static bool last_start(const struct check *check, const struct question *q, int64_t *start)
{
    bool known = false;
    later(q, q->node, &known, start);
    if (q->node->role == ROLE_SMA && check->roles == ROLE_SMA) {
        for (size_t i = 0; i < q->fleet->count; i++) {
            const struct node *node = &q->fleet->nodes[i];
            if (node->role == ROLE_ESA &&
                (node->sma == NULL || text_same_nocase(text_of(node->sma), text_of(q->node->name))))
                later(q, node, &known, start);
        }
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

bool settle_pending(const struct check *check, const struct question *q, int64_t *until)
{
    int64_t taken, start;
    if (check->settle_s == 0 || !newest(check, q->node, &taken) || !last_start(check, q, &start))
        return false;
    *until = start + check->settle_s;
    return taken >= start - START_TOLERANCE_S && taken < *until;
}

void settle_apply(struct result *result, int64_t until)
{
    char when[32];
    if (result_state(result) == STATE_NOT_APPLICABLE)
        return;
    const char *so_far = result_line(result);
    for (size_t i = 0; i < result->finding_count; i++)
        if (result->findings[i]->state > STATE_PENDING)
            result->findings[i]->state = STATE_PENDING;
    (void)result_say(result, STATE_PENDING, result->node,
                     "too early to tell, will be judged at %s; so far: %s",
                     time_print_utc(until, when, sizeof(when)), so_far);
    result_headline(result, "%s", result->findings[result->finding_count - 1]->text);
}
