/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/via/place.h"

#include <string.h>

#include "checks/text.h"

enum { MAX_DEPTH = 16 }; /* of zones: Icinga itself forbids circles */

static const char *word(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL || *text == '\0' ? NULL : text;
}

/* The object NAME among the results of LIST, in any letter case; NULL: it is not there. */
static const json_t *result_of(const json_t *list, const char *name)
{
    size_t i;
    const json_t *result;
    json_array_foreach (json_object_get(list, "results"), i, result)
        if (text_is_nocase(text_of(word(result, "name")), name))
            return result;
    return NULL;
}

static const json_t *object_of(const json_t *list, const char *name)
{
    return json_object_get(result_of(list, name), "attrs");
}

static bool has_endpoint(const json_t *zone, const char *endpoint)
{
    size_t i;
    const json_t *name;
    json_array_foreach (json_object_get(zone, "endpoints"), i, name)
        if (text_is(text_of(json_string_value(name)), endpoint))
            return true;
    return false;
}

/* The zone that ENDPOINT is in; NULL = none. */
static const char *zone_of(const json_t *zones, const char *endpoint)
{
    size_t i;
    const json_t *result;
    json_array_foreach (json_object_get(zones, "results"), i, result)
        if (has_endpoint(json_object_get(result, "attrs"), endpoint))
            return word(result, "name");
    return NULL;
}

/* Is ZONE the same as ABOVE, or below it? */
static bool is_below(const json_t *zones, const char *zone, const char *above)
{
    for (int depth = 0; zone != NULL && depth < MAX_DEPTH; depth++) {
        if (strcmp(zone, above) == 0)
            return true;
        zone = word(object_of(zones, zone), "parent");
    }
    return false;
}

/* The endpoint that the services of the host NAME tell, else the host itself; NULL = none. */
static const char *told_endpoint(const struct place_map *map, const char *name, const json_t *host)
{
    size_t i;
    const json_t *result;
    json_array_foreach (json_object_get(map->services, "results"), i, result) {
        const json_t *service = json_object_get(result, "attrs");
        if (text_is(text_of(word(service, "host_name")), name) &&
            word(service, "command_endpoint") != NULL)
            return word(service, "command_endpoint");
    }
    return word(host, "command_endpoint");
}

static void add(struct arena *arena, struct place *place, const char *endpoint)
{
    place->endpoints =
        arena_push(arena, place->endpoints, place->endpoint_count, sizeof(*place->endpoints));
    place->endpoints[place->endpoint_count++] = arena_dup(arena, text_of(endpoint));
}

/* This one by itself, where it is one of them: it is there. */
static void add_zone(struct arena *arena, const struct place_map *map, const char *zone,
                     struct place *place)
{
    size_t i;
    const json_t *name, *attrs = object_of(map->zones, zone);
    if (has_endpoint(attrs, map->local)) {
        add(arena, place, map->local);
        return;
    }
    json_array_foreach (json_object_get(attrs, "endpoints"), i, name)
        if (json_is_string(name))
            add(arena, place, json_string_value(name));
}

/* A host whose answers an endpoint of ZONE may give; NULL = there is none. */
static const char *carrier_in(const struct place_map *map, const char *zone)
{
    size_t i;
    const json_t *result;
    json_array_foreach (json_object_get(map->hosts, "results"), i, result) {
        const char *own = word(json_object_get(result, "attrs"), "zone");
        if (own != NULL && is_below(map->zones, own, zone))
            return word(result, "name");
    }
    return NULL;
}

bool place_find(struct arena *arena, const struct place_map *map, const char *name,
                struct place *place, struct fault *fault)
{
    const json_t *result = result_of(map->hosts, name), *host = json_object_get(result, "attrs");
    *place = (struct place){.zone = NULL};
    if (host == NULL)
        return fault_set(fault, FAULT_NOT_CAPTURED, NULL, 0,
                         "Icinga shows no host %.80s with vars.asyncos_role: define it, or name it "
                         "with monitored_as",
                         name);
    name = word(result, "name"); /* as Icinga writes it */
    const char *here = zone_of(map->zones, map->local), *own = word(host, "zone");
    const char *told = told_endpoint(map, name, host);
    const char *zone = told != NULL ? zone_of(map->zones, told) : own != NULL ? own : here;
    if (told != NULL)
        add(arena, place, told);
    else if (zone != NULL)
        add_zone(arena, map, zone, place);
    else
        add(arena, place, map->local);
    if (place->endpoint_count == 0)
        return fault_set(fault, FAULT_NOT_CAPTURED, NULL, 0,
                         "the zone %.80s of host %.80s has no endpoint in Icinga that could ask it",
                         zone, name);
    own = own != NULL ? own : here;
    const char *carrier = name;
    if (zone != NULL && own != NULL && !is_below(map->zones, own, zone) &&
        (here == NULL || strcmp(zone, here) != 0))
        carrier = carrier_in(map, zone);
    if (carrier == NULL)
        return fault_set(fault, FAULT_NOT_CAPTURED, NULL, 0,
                         "Icinga drops what %.80s answers about %.80s, which is outside of its "
                         "zone: define a host with vars.asyncos_role = \"satellite\" in zone %.80s",
                         place->endpoints[0], name, zone);
    const char *above = zone == NULL ? NULL : word(object_of(map->zones, zone), "parent");
    place->direct = here != NULL && zone != NULL &&
                    (strcmp(zone, here) == 0 || (above != NULL && strcmp(above, here) == 0));
    const char *config = word(json_object_get(host, "vars"), "asyncos_config");
    place->host = arena_dup(arena, text_of(carrier));
    place->zone = zone == NULL ? NULL : arena_dup(arena, text_of(zone));
    place->config = config == NULL ? NULL : arena_dup(arena, text_of(config));
    return true;
}

bool place_must_ask(const struct place *place, const char *local)
{
    return place->direct && strcmp(place->endpoints[0], local) != 0;
}

const char *place_endpoint(const struct place *place, const json_t *endpoints, struct fault *fault)
{
    if (endpoints == NULL)
        return place->endpoints[0];
    for (size_t i = 0; i < place->endpoint_count; i++)
        if (json_is_true(json_object_get(object_of(endpoints, place->endpoints[i]), "connected")))
            return place->endpoints[i];
    if (place->endpoint_count == 1)
        (void)fault_set(fault, FAULT_DROPPED, NULL, 0,
                        "the satellite %.100s is not connected: is its icinga2 running?",
                        place->endpoints[0]);
    else
        (void)fault_set(fault, FAULT_DROPPED, NULL, 0,
                        "none of the %zu satellites of zone %.80s is connected: is their icinga2 "
                        "running?",
                        place->endpoint_count, place->zone);
    return NULL;
}
