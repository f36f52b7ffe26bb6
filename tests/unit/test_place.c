/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "plugin/via/place.h"

/*
 * A master with two endpoints, a site with two satellites, a branch below it, an agent beside it;
 * hosts and services as the API shows them.
 */
static const char *const zones =
    "{'results': ["
    "{'name': 'master', 'attrs': {'endpoints': ['m1.test', 'm2.test'], 'parent': ''}},"
    "{'name': 'site', 'attrs': {'endpoints': ['s1.test', 's2.test'], 'parent': 'master'}},"
    "{'name': 'branch', 'attrs': {'endpoints': ['b1.test'], 'parent': 'site'}},"
    "{'name': 'agent', 'attrs': {'endpoints': ['a1.test'], 'parent': 'master'}},"
    "{'name': 'empty', 'attrs': {'endpoints': null, 'parent': 'master'}},"
    "{'name': 'global', 'attrs': {'endpoints': null, 'parent': ''}}]}";

static const char *const hosts =
    "{'results': ["
    "{'name': 'Esa1', 'attrs': {'zone': 'site', 'command_endpoint': '',"
    " 'vars': {'asyncos_role': 'esa', 'asyncos_config': '/etc/other.ini'}}},"
    "{'name': 'esa2', 'attrs': {'zone': '', 'command_endpoint': '', 'vars': null}},"
    "{'name': 'esa3', 'attrs': {'zone': 'master', 'command_endpoint': ''}},"
    "{'name': 'esa4', 'attrs': {'zone': 'branch', 'command_endpoint': ''}},"
    "{'name': 'esa5', 'attrs': {'zone': 'master', 'command_endpoint': ''}},"
    "{'name': 'esa6', 'attrs': {'zone': 'site', 'command_endpoint': 's2.test'}},"
    "{'name': 'esa7', 'attrs': {'zone': 'empty', 'command_endpoint': ''}},"
    "{'name': 'esa8', 'attrs': {'zone': 'master', 'command_endpoint': 'b1.test'}},"
    "{'name': 'esa9', 'attrs': {'zone': 'master', 'command_endpoint': 'm2.test'}}]}";

static const char *const services =
    "{'results': ["
    "{'name': 'esa5!asyncos-alerts', 'attrs': {'host_name': 'esa5', 'command_endpoint': ''}},"
    "{'name': 'esa5!asyncos-status', 'attrs': {'host_name': 'esa5', 'command_endpoint': "
    "'a1.test'}},"
    "{'name': 'esa6!asyncos-status', 'attrs': {'host_name': 'esa6', 'command_endpoint': "
    "'s1.test'}}]}";

static struct place_map map;
static json_t *parts[3];

static json_t *parsed(const char *text)
{
    char *copy = arena_dup(&arena, text_of(text));
    for (char *p = copy; *p != '\0'; p++)
        *p = (char)(*p == '\'' ? '"' : *p);
    json_t *root = json_loads(copy, 0, NULL);
    assert_non_null(root);
    return root;
}

static int load(void **state)
{
    (void)set_up(state);
    parts[0] = parsed(zones);
    parts[1] = parsed(hosts);
    parts[2] = parsed(services);
    map = (struct place_map){"m1.test", parts[0], parts[1], parts[2]};
    return 0;
}

static int unload(void **state)
{
    for (size_t i = 0; i < COUNT(parts); i++)
        json_decref(parts[i]);
    return tear_down(state);
}

#define with_map(test) cmocka_unit_test_setup_teardown(test, load, unload)

/* "HOST: ENDPOINT ENDPOINT, in ZONE", with "?" where nobody tells whether it is connected. */
static const char *placed(const char *name)
{
    struct place place;
    fault = (struct fault){.kind = FAULT_NONE};
    if (!place_find(&arena, &map, name, &place, &fault))
        return fault.text;
    const char *text = arena_printf(&arena, "%s:", place.host);
    for (size_t i = 0; i < place.endpoint_count; i++)
        text = arena_printf(&arena, "%s %s", text, place.endpoints[i]);
    return arena_printf(&arena, "%s, in %s%s", text, place.zone == NULL ? "none" : place.zone,
                        place.direct ? "" : "?");
}

static void follows_services_then_host_then_zone(void **state)
{
    struct place place;
    (void)state;
    assert_string_equal(placed("esa1"), "Esa1: s1.test s2.test, in site");
    assert_string_equal(placed("esa3"), "esa3: m1.test, in master");
    assert_string_equal(placed("esa6"), "esa6: s1.test, in site");
    assert_string_equal(placed("esa4"), "esa4: b1.test, in branch?");
    assert_string_equal(placed("esa9"), "esa9: m2.test, in master");
    assert_true(place_find(&arena, &map, "esa1", &place, &fault));
    assert_string_equal(place.config, "/etc/other.ini");
    assert_true(place_find(&arena, &map, "esa2", &place, &fault));
    assert_null(place.config);
}

static void without_a_zone_it_is_here(void **state)
{
    (void)state;
    assert_string_equal(placed("esa2"), "esa2: m1.test, in master");
    map.local = "alone.test"; /* one that no zone names */
    assert_string_equal(placed("esa2"), "esa2: alone.test, in none?");
}

/* Another host of the endpoint's zone, or of one below it, or the reason why there is none. */
static void an_agent_needs_a_carrier(void **state)
{
    (void)state;
    assert_string_equal(placed("esa8"), "esa4: b1.test, in branch?");
    assert_string_equal(placed("esa5"),
                        "Icinga drops what a1.test answers about esa5, which is outside of its "
                        "zone: define a host with vars.asyncos_role = \"satellite\" in zone agent");
    assert_int_equal(fault.kind, FAULT_NOT_CAPTURED);
}

static void says_who_is_not_known(void **state)
{
    (void)state;
    assert_non_null(strstr(placed("nobody"), "no host nobody "));
    assert_int_equal(fault.kind, FAULT_NOT_CAPTURED);
    assert_non_null(strstr(placed("esa7"), "zone empty of host esa7 has no endpoint"));
    /* An answer that is none. */
    map.hosts = NULL;
    assert_non_null(strstr(placed("esa1"), "no host esa1 "));
}

/* What place_endpoint() makes of ANSWER about where NAME is asked. */
static const char *chosen(const char *name, const char *answer)
{
    struct place place;
    json_t *endpoints = answer == NULL ? NULL : parsed(answer);
    assert_true(place_find(&arena, &map, name, &place, &fault));
    fault = (struct fault){.kind = FAULT_NONE};
    const char *endpoint = place_endpoint(&place, endpoints, &fault);
    json_decref(endpoints);
    return endpoint != NULL ? endpoint : fault.text;
}

static void takes_one_that_is_connected(void **state)
{
    static const char *const one =
        "{'results': [{'name': 's1.test', 'attrs': {'connected': false}},"
        "{'name': 's2.test', 'attrs': {'connected': true}}]}";
    struct place place;
    (void)state;
    assert_string_equal(chosen("esa1", one), "s2.test");
    assert_string_equal(chosen("esa1", NULL), "s1.test");
    assert_string_equal(chosen("esa6", one),
                        "the satellite s1.test is not connected: is its icinga2 running?");
    assert_int_equal(fault.kind, FAULT_DROPPED); /* of the way: UNKNOWN, and --wait asks again */
    assert_string_equal(
        chosen("esa1", "{}"),
        "none of the 2 satellites of zone site is connected: is their icinga2 running?");
    assert_true(place_find(&arena, &map, "esa1", &place, &fault));
    assert_true(place_must_ask(&place, map.local));
    assert_true(place_find(&arena, &map, "esa3", &place, &fault));
    assert_false(place_must_ask(&place, map.local)); /* here */
    assert_true(place_find(&arena, &map, "esa4", &place, &fault));
    assert_false(place_must_ask(&place, map.local)); /* below a satellite */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_map(follows_services_then_host_then_zone),
        with_map(without_a_zone_it_is_here),
        with_map(an_agent_needs_a_carrier),
        with_map(says_who_is_not_known),
        with_map(takes_one_that_is_connected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
