/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/origin.h"

#include "checks/parse/cli_workqueue.h"
#include "checks/start.h"
#include "checks/zone.h"

static const char hint_foreign[] =
    "the answers of two appliances were mixed up: put each into the folder of its own appliance";
static const char hint_old[] = "ask again: what the appliance said before it started anew is past";

/* What document KIND of q->node says whose it is; empty when it does not. */
static struct span host_told(const struct question *q, const struct document_kind *kind)
{
    const void *facts = kind->host == NULL ? NULL : check_facts_of(q, q->node, kind, NULL);
    return facts == NULL ? text_of(NULL) : kind->host(facts);
}

/* The other appliance of the fleet that is called HOST. NULL when it may well be q->node. */
static const struct node *owner(const struct question *q, struct span host)
{
    if (fleet_same_name(host, text_of(q->node->name)))
        return NULL;
    for (size_t i = 0; i < q->fleet->count; i++)
        if (fleet_same_name(host, text_of(q->fleet->nodes[i].name)))
            return &q->fleet->nodes[i];
    return NULL;
}

/*
 * A document that names another appliance of the fleet is that one's. A name that nobody has may be
 * an alias, but then all documents must agree on it.
 */
static void judge_hosts(const struct question *q, struct result *result)
{
    struct span first = text_of(NULL);
    const char *first_id = NULL;
    bool differ = false;
    for (size_t i = 0; i < result->check->need_count; i++) {
        const struct document_kind *kind = result->check->needs[i].kind;
        struct span host = host_told(q, kind);
        const struct node *other = host.n == 0 ? NULL : owner(q, host);
        struct finding *finding = NULL;
        if (other != NULL) {
            finding =
                result_say(result, STATE_UNKNOWN, q->node->name, "%s is an answer of %s, not of %s",
                           kind->id, other->name, q->node->name);
        } else if (host.n != 0 && first.n != 0 && !differ && !fleet_same_name(first, host)) {
            finding = result_say(result, STATE_UNKNOWN, q->node->name,
                                 "%s is an answer of %.*s, %s one of %.*s", first_id,
                                 TEXT_ARGS(first), kind->id, TEXT_ARGS(host));
            differ = true;
        } else if (host.n != 0 && first.n == 0) {
            first = host;
            first_id = kind->id;
        }
        if (finding != NULL) {
            finding->lasting = true;
            (void)result_hint(finding, hint_foreign);
            (void)result_compare(result, finding, q->node->name,
                                 arena_dup(q->arena, text_head(host, 200)));
            (void)result_evidence(result, finding, kind->id, 0);
        }
    }
}

/*
 * When DOCUMENT of NODE was taken. A work queue's answer, alone of those that do not tell the start
 * themselves, carries its own stamp (asyncos-cli.md 7, R): it counts where the capture is silent.
 */
static bool moment(const struct question *q, const struct document_kind *kind,
                   const struct document *document, struct stamp *when)
{
    if (document->has_taken_at) {
        *when = time_from_utc(document->taken_at);
        return true;
    }
    const struct cli_workqueue *queue =
        kind == &cli_workqueue_kind ? check_facts_of(q, q->node, kind, NULL) : NULL;
    if (queue == NULL || !queue->has_as_of)
        return false;
    *when = zone_of(q, q->node, queue->as_of);
    return true;
}

/* In UTC, as the capture tells it, where the zone is known. */
static const char *in_words(struct stamp when, char buffer[32])
{
    int64_t seconds;
    return time_utc(when, &seconds) ? time_print_utc(seconds, buffer, 32)
                                    : time_print(when, buffer, 32);
}

/* The first document of each kind that was taken before the appliance's last start. */
static void judge_times(const struct question *q, struct result *result)
{
    struct start start = start_of(q, q->node);
    char taken[32], started[32];
    if (!start.known)
        return;
    for (size_t i = 0; i < result->check->need_count; i++)
        for (size_t d = 0; d < q->node->document_count; d++) {
            const struct document_kind *kind = result->check->needs[i].kind;
            const struct document *document = &q->node->documents[d];
            struct stamp when;
            if (document->fault != NULL || !fleet_is_of_kind(kind, text_of(document->id)) ||
                !moment(q, kind, document, &when) ||
                (document->has_taken_at && !start.when.has_offset) ||
                time_between(start.when, when) <= START_TOLERANCE_S)
                continue;
            struct finding *finding = result_say(
                result, STATE_UNKNOWN, q->node->name,
                "%s of %s was taken before its last start: %s, up since %s", document->id,
                q->node->name, in_words(when, taken), in_words(start.when, started));
            (void)result_hint(finding, hint_old);
            (void)result_evidence(result, finding, document->id, 0);
            break;
        }
}

void origin_judge(const struct question *q, struct result *result)
{
    judge_hosts(q, result);
    judge_times(q, result);
}
