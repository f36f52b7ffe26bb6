/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/zone.h"

#include "checks/parse/cli_displayalerts.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/xml_status.h"

/* The newest alerts (R: they stand first) that are looked at: this is asked for many stamps. */
enum { MAX_ALERTS = 50 };

/* STAMP with the offset of OTHER, when that is the nearest so far: it may change with the season.
 */
static void lend(struct stamp stamp, struct stamp other, struct stamp *lent, uint64_t *nearest)
{
    int64_t apart =
        time_between((struct stamp){.civil = stamp.civil}, (struct stamp){.civil = other.civil});
    uint64_t distance = apart < 0 ? 0 - (uint64_t)apart : (uint64_t)apart;
    if (!other.has_offset || distance >= *nearest ||
        !time_lend(&stamp, other.offset, ZONE_SEASON_S))
        return;
    *nearest = distance;
    *lent = stamp;
}

/* The offset of the nearest of ALERTS and OTHER. */
static struct stamp lent_by(const struct cli_displayalerts *alerts, struct stamp other,
                            struct stamp stamp)
{
    uint64_t nearest = UINT64_MAX;
    struct stamp lent = stamp;
    for (size_t i = 0; alerts != NULL && i < alerts->count && i < MAX_ALERTS; i++)
        lend(stamp, alerts->alerts[i].when, &lent, &nearest);
    lend(stamp, other, &lent, &nearest);
    return lent;
}

/*
 * SHOWN is what the wall clock showed while document ID was taken; zones lie at whole quarters. An
 * answer that is hours old would tell a zone as well: what CLOCK's zone is called must fit.
 */
static bool measured(const struct node *node, const char *id, struct stamp shown,
                     struct stamp *clock)
{
    enum { QUARTER = 15 * 60 };
    const struct document *document = fleet_document(node, id);
    if (document == NULL || !document->has_taken_at)
        return false;
    shown.has_offset = false;
    int64_t apart = time_between(shown, time_from_utc(document->taken_at));
    if (apart < ZONE_MIN_S - QUARTER / 2 || apart > ZONE_MAX_S + QUARTER / 2)
        return false;
    int64_t quarters = (apart - ZONE_MIN_S + QUARTER / 2) / QUARTER;
    return time_lend(clock, (int32_t)(quarters * QUARTER + ZONE_MIN_S), 0);
}

struct stamp zone_of(const struct question *q, const struct node *node, struct stamp stamp)
{
    if (stamp.has_offset)
        return stamp;
    const struct cli_displayalerts *alerts = check_facts_of(q, node, &cli_displayalerts_kind, NULL);
    const struct cli_status *cli = check_facts_of(q, node, &cli_status_kind, NULL);
    const struct xml_status *xml = check_facts_of(q, node, &xml_status_kind, NULL);
    bool has_clock = cli != NULL && cli->has_as_of;
    struct stamp clock = has_clock ? cli->as_of : (struct stamp){.has_offset = false};
    if (has_clock && !clock.has_offset)
        clock = lent_by(alerts, clock, clock);
    stamp = lent_by(alerts, clock, stamp);
    if (!stamp.has_offset && !clock.has_offset &&
        ((has_clock && measured(node, cli_status_kind.id, cli->as_of, &clock)) ||
         (xml != NULL && xml->has_timestamp &&
          measured(node, xml_status_kind.id, xml->timestamp, &clock))))
        (void)time_lend(&stamp, clock.offset, ZONE_SEASON_S);
    return stamp;
}
