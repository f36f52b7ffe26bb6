/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/zone.h"

#include "checks/parse/cli_displayalerts.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/xml_status.h"

/* The newest alerts (R: they stand first) that are looked at: this is asked for many stamps. */
enum { MAX_ALERTS = 50 };

/* Lends STAMP the offset of OTHER, when that is the nearest so far: it may change with the season.
 */
static void lend(struct stamp *stamp, struct stamp other, uint64_t *nearest)
{
    int64_t apart =
        time_between((struct stamp){.civil = stamp->civil}, (struct stamp){.civil = other.civil});
    uint64_t distance = apart < 0 ? 0 - (uint64_t)apart : (uint64_t)apart;
    if (!other.has_offset || distance >= *nearest)
        return;
    *nearest = distance;
    stamp->has_offset = true;
    stamp->offset = other.offset;
}

/* SHOWN is what the wall clock showed while document ID was taken; zones lie at whole quarters. */
static bool measured(const struct node *node, const char *id, struct stamp shown, int32_t *offset)
{
    enum { QUARTER = 15 * 60 };
    const struct document *document = fleet_document(node, id);
    if (document == NULL || !document->has_taken_at)
        return false;
    shown.has_offset = false;
    int64_t apart = time_between(shown, time_from_utc(document->taken_at));
    if (apart < ZONE_MIN_S - QUARTER / 2 || apart > ZONE_MAX_S + QUARTER / 2)
        return false;
    *offset = (int32_t)((apart - ZONE_MIN_S + QUARTER / 2) / QUARTER * QUARTER + ZONE_MIN_S);
    return true;
}

struct stamp zone_of(const struct question *q, const struct node *node, struct stamp stamp)
{
    const struct cli_displayalerts *alerts = check_facts_of(q, node, &cli_displayalerts_kind, NULL);
    const struct cli_status *cli = check_facts_of(q, node, &cli_status_kind, NULL);
    const struct xml_status *xml = check_facts_of(q, node, &xml_status_kind, NULL);
    uint64_t nearest = UINT64_MAX;
    if (stamp.has_offset)
        return stamp;
    for (size_t i = 0; alerts != NULL && i < alerts->count && i < MAX_ALERTS; i++)
        lend(&stamp, alerts->alerts[i].when, &nearest);
    if (cli != NULL && cli->has_as_of)
        lend(&stamp, cli->as_of, &nearest);
    if (stamp.has_offset)
        return stamp;
    stamp.has_offset = (cli != NULL && cli->has_as_of &&
                        measured(node, cli_status_kind.id, cli->as_of, &stamp.offset)) ||
                       (xml != NULL && xml->has_timestamp &&
                        measured(node, xml_status_kind.id, xml->timestamp, &stamp.offset));
    return stamp;
}
