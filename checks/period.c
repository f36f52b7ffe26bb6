/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/period.h"

#include "checks/log_owner.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/xml_status.h"
#include "checks/start.h"
#include "checks/zone.h"

/* So many messages make the log before the change its own baseline. */
enum { MIN_PAST = 100 };

/*
 * STAMP as NODE's wall clock showed it. What tells UTC needs the log's own header or another
 * document that tells the zone.
 */
static bool wall_clock(const struct question *q, const struct node *node,
                       const struct mail_logs *logs, struct stamp stamp, int64_t *seconds)
{
    int64_t utc;
    *seconds = stamp.civil;
    if (!time_utc(stamp, &utc))
        return true;
    const struct stamp local = zone_of(q, node, (struct stamp){.civil = utc});
    if (logs->summary.has_offset)
        *seconds = utc + logs->summary.utc_offset_s;
    else if (local.has_offset)
        *seconds = utc + local.offset;
    else
        return false;
    return true;
}

bool period_clock(const struct question *q, const struct node *node, const struct mail_logs *logs,
                  int64_t *seconds)
{
    const struct document *document = fleet_document(node, mail_logs_kind.id);
    const struct cli_status *cli = check_facts_of(q, node, &cli_status_kind, NULL);
    const struct xml_status *xml = check_facts_of(q, node, &xml_status_kind, NULL);
    if (document != NULL && document->has_taken_at &&
        wall_clock(q, node, logs, time_from_utc(document->taken_at), seconds))
        return true;
    if (cli != NULL && cli->has_as_of)
        *seconds = cli->as_of.civil;
    else if (xml != NULL && xml->has_timestamp)
        *seconds = xml->timestamp.civil;
    else
        return false;
    return true;
}

const struct mail_logs *period_part(const struct question *q, const struct node *node,
                                    const struct mail_logs *facts, struct mail_logs_range range)
{
    const struct document *document = fleet_document(node, mail_logs_kind.id);
    const bool all = !facts->yearless && range.until == 0 && range.since <= facts->summary.first;
    if (all || facts->silent || document == NULL)
        return facts;
    struct mail_logs *part = arena_alloc(q->arena, sizeof(*part));
    range.only = facts->only;
    range.only_count = facts->only_count;
    return mail_logs_read(q->arena, document->bytes, &range, part, NULL) ? part : facts;
}

static const struct mail_logs *baseline_of(const struct question *q)
{
    const struct node *node = check_before(q);
    const struct mail_logs *facts = check_facts_of(q, node, &mail_logs_kind, NULL);
    struct mail_logs_range range = {.since = 0};
    facts = facts == NULL ? NULL : log_owner_part(q, node, facts, NULL);
    if (facts == NULL || facts->silent)
        return NULL;
    if (!period_clock(q, node, facts, &range.reference))
        range.reference = 0;
    return period_part(q, node, facts, range);
}

static void choose_since(const struct question *q, struct period *period,
                         const struct mail_logs *facts, const struct mail_logs *baseline)
{
    const struct start start = start_of(q, q->node);
    const int64_t past = baseline == NULL ? 0 : baseline->summary.last;
    int64_t given;
    char text[32];
    period->since_words = "in the log";
    period->has_change = past > 0;
    period->change = past;
    if (q->has_since && wall_clock(q, q->node, facts, q->since, &given)) {
        period->has_since = period->has_change = true;
        period->since = period->change = given;
        period->since_words =
            arena_printf(q->arena, "since %s", time_print(q->since, text, sizeof(text)));
    }
    if (start.known && (!period->has_since || start.when.civil > period->since)) {
        period->has_since = period->from_start = true;
        period->since = start.when.civil;
        period->since_words = arena_printf(q->arena, "since its last start %s",
                                           time_print(start.when, text, sizeof(text)));
    }
    if (past > period->since && (!period->has_clock || past < period->clock)) {
        period->has_since = true;
        period->from_start = false;
        period->since = past + 1;
        period->since_words = "since the baseline";
    }
}

static void choose_before(const struct question *q, struct period *period,
                          const struct mail_logs *facts, const struct mail_logs *baseline)
{
    if (baseline != NULL && baseline->summary.messages.finished > 0) {
        period->before = &baseline->summary;
        period->before_words = "in the baseline";
        period->of_baseline = true;
        return;
    }
    if (!period->has_since || facts->summary.first == 0 || facts->summary.first >= period->since)
        return;
    const struct mail_logs_range range = {.until = period->since - 1, .reference = period->clock};
    const struct mail_logs *past = period_part(q, q->node, facts, range);
    if (past->summary.messages.finished < MIN_PAST)
        return;
    period->before = &past->summary;
    period->before_words = "in the log before";
}

struct period period_of(const struct question *q, const struct mail_logs *facts)
{
    struct period period = {.has_since = false};
    const struct mail_logs *baseline = baseline_of(q);
    period.baseline_lacks = q->baseline != NULL && baseline == NULL;
    period.has_clock = period_clock(q, q->node, facts, &period.clock);
    choose_since(q, &period, facts, baseline);
    const struct mail_logs_range range = {.since = period.since,
                                          .reference = period.has_clock ? period.clock : 0};
    period.now = period_part(q, q->node, facts, range);
    choose_before(q, &period, facts, baseline);
    return period;
}
