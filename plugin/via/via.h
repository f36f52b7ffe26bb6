/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_VIA_VIA_H
#define PLUGIN_VIA_VIA_H

/*
 * --via icinga2: appliances that this machine cannot reach are asked by the endpoints of an Icinga
 * 2 that can, with the API's `execute-command` (monitoring-ecosystem.md 3.4). What comes back are
 * the answers themselves, as pack.h prints them, so that nothing is judged there: the folder of
 * such a run is that of any other. Credentials of appliances stay where they are asked.
 */

#include "plugin/fetch/fetch.h"
#include "plugin/judge.h"

struct via;

/*
 * Learns from the API where each appliance of CONFIG is asked, which JUDGING is about, before
 * anything is written or asked. NULL with FAULT: the API does not answer, does not know its user,
 * or does not allow him what is needed. An appliance that Icinga does not know is no fault here:
 * its documents will have one. In ARENA.
 */
const struct via *via_look(struct arena *arena, const struct config *config,
                           const struct judging *judging, struct fault *fault);

/* Asks one appliance; fetch->way is what via_look() has learnt. As fetch_ask(): for runner.h. */
void via_ask(struct fetch *fetch);

#endif
