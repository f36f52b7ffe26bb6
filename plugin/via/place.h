/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_VIA_PLACE_H
#define PLUGIN_VIA_PLACE_H

/* Where Icinga 2 asks an appliance, by what its API says of hosts, services and zones. Pure. */

#include <jansson.h>

#include "checks/fault.h"

/* Answers of the API, borrowed. */
struct place_map {
    const char *local;      /* the endpoint that answers */
    const json_t *zones;    /* objects/zones: endpoints, parent */
    const json_t *hosts;    /* objects/hosts: zone, command_endpoint, vars */
    const json_t *services; /* objects/services: host_name, command_endpoint */
};

struct place {
    const char *zone; /* NULL: that of the endpoint that answers */
    const char *host; /* that carries what is executed: the appliance's, or another of the zone */
    const char **endpoints; /* any of these */
    size_t endpoint_count;
    bool direct; /* Icinga's API tells whether they are connected: not of those further below */
    const char *config; /* vars.asyncos_config of the appliance's host; NULL = none */
};

/*
 * The PLACE of the host NAME, in ARENA: a service's `command_endpoint`, else the host's, else the
 * endpoints of the host's zone. Icinga takes an answer only from an endpoint to whose zone, or to
 * one below, the object belongs: where an agent is asked about a host of its master, another host
 * of the agent's zone carries it. False with FAULT: Icinga does not know it, or there is none.
 */
bool place_find(struct arena *arena, const struct place_map *map, const char *name,
                struct place *place, struct fault *fault);

/* Is it to be asked who of PLACE is connected? Of what is LOCAL, or far below, nobody can tell. */
bool place_must_ask(const struct place *place, const char *local);

/*
 * The endpoint to give PLACE's work to, by what objects/endpoints says; NULL = nobody could tell.
 * One that is connected: what is sent to another waits, perhaps for ever. NULL with FAULT
 * (DROPPED): none is.
 */
const char *place_endpoint(const struct place *place, const json_t *endpoints, struct fault *fault);

#endif
