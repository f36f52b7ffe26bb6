/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/start.h"

#include "checks/parse/cli_status.h"
#include "checks/parse/xml_status.h"
#include "checks/zone.h"

struct start start_of(const struct question *q, const struct node *node)
{
    struct start start = {.known = false};
    const struct cli_status *cli = check_facts_of(q, node, &cli_status_kind, NULL);
    const struct xml_status *xml = check_facts_of(q, node, &xml_status_kind, NULL);
    if (cli != NULL && cli->has_up_since)
        start.cli = (struct start_source){
            true, cli->up_since, check_source(q, node, cli_status_kind.id), cli->up_since_line};
    if (xml != NULL && xml->has_birth_time)
        start.xml = (struct start_source){
            true, xml->birth_time, check_source(q, node, xml_status_kind.id), xml->birth_time_line};
    const struct start_source *best = start.cli.known ? &start.cli : &start.xml;
    start.known = best->known;
    start.zone_told = best->when.has_offset;
    start.when = best->known ? zone_of(q, node, best->when) : best->when;
    start.document = best->document;
    start.line = best->line;
    return start;
}
