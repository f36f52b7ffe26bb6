/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _XOPEN_SOURCE 700 /* strptime */
#include "tests/appliance/fleet.h"

#include <jansson.h>
#include <string.h>
#include <time.h>

enum { COPIES_MAX = 10000 };

/* Every word of the table in README.md. */
static const char *const words[] = {
    "refuse",
    "hang",
    "delay",
    "garbage",
    "cut",
    "endless",
    "drip",
    "empty",
    "reboot",
    "wrong-host-key",
    "old-algorithms",
    "login-refused",
    "expired",
    "second-factor",
    "session-limit",
    "idle",
    "no-shell",
    "interactive-only",
    "login-prompt",
    "other-host",
    "pager",
    "wrap",
    "question",
    "prompt-inside",
    "prompt-pause",
    "unknown-command",
    "expired-certificate",
    "self-signed",
    "old-tls",
    "restarting",
    "html",
    "forbidden",
    "not-found-json",
    "not-found",
    "token-expired",
    "error",
    "cut-text",
};

static const char *keep(struct sim *sim, const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? NULL : arena_dup(sim->arena, text_of(text));
}

static json_t *load(struct sim *sim, const char *path, const char **wrong)
{
    json_error_t error;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        *wrong = arena_printf(sim->arena, "%s: line %d: %s", path, error.line, error.text);
    return root;
}

static json_t *load_capture(struct sim *sim, const char *scenario, const char **wrong)
{
    return load(sim, arena_printf(sim->arena, "%s/capture.json", scenario), wrong);
}

static bool is_word(const char *text)
{
    for (size_t i = 0; text != NULL && i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i], text) == 0)
            return true;
    return false;
}

static bool is_node(const struct sim *sim, const char *name)
{
    for (size_t i = 0; i < sim->node_count; i++)
        if (strcmp(sim->nodes[i].name, name) == 0 || strcmp(sim->nodes[i].origin, name) == 0)
            return true;
    return strcmp(name, "*") == 0;
}

static const char *add_fault(struct sim *sim, const json_t *object)
{
    const json_t *value = json_object_get(object, "value");
    struct sim_fault fault = {.node = keep(sim, object, "node"),
                              .on = keep(sim, object, "on"),
                              .fault = keep(sim, object, "fault"),
                              .value = json_integer_value(value),
                              .once = json_is_true(json_object_get(object, "once"))};
    if (fault.node == NULL)
        fault.node = "*";
    if (!is_node(sim, fault.node))
        return arena_printf(sim->arena, "there is no appliance %s", fault.node);
    if (fault.on == NULL)
        return "a fault needs \"on\": ssh, https, gui, api or a document";
    if (!is_word(fault.fault))
        return "a fault needs \"fault\", a word of the table in tests/appliance/README.md";
    if (fault.value < 0 || (value != NULL && !json_is_integer(value)))
        return "\"value\" is a number of bytes, milliseconds, lines or columns";
    fault.used = arena_array(sim->arena, sim->node_count, sizeof(*fault.used));
    sim_lock();
    sim->faults = arena_push(sim->arena, sim->faults, sim->fault_count, sizeof(*sim->faults));
    sim->faults[sim->fault_count++] = fault;
    sim_unlock();
    return NULL;
}

const char *fleet_fault(struct sim *sim, const char *text)
{
    json_error_t error;
    json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    const char *wrong = json_is_object(object) ? add_fault(sim, object) : "no JSON object";
    json_decref(object);
    return wrong;
}

static const char *add_state(struct sim *sim, const json_t *object)
{
    size_t i;
    const json_t *name, *down = json_object_get(object, "down");
    const json_t *at = json_object_get(object, "at_s");
    struct sim_state state = {.name = keep(sim, object, "name"),
                              .scenario = keep(sim, object, "scenario"),
                              .at_ms = at == NULL ? -1 : (int64_t)(json_number_value(at) * 1000)};
    if (state.scenario == NULL)
        return "a state of the timeline needs \"scenario\", a folder";
    if (state.name == NULL)
        state.name = arena_printf(sim->arena, "%zu", sim->state_count);
    state.down = arena_array(sim->arena, json_array_size(down), sizeof(*state.down));
    json_array_foreach (down, i, name) {
        if (!json_is_string(name))
            return "\"down\" is a list of appliances";
        state.down[state.down_count++] = arena_dup(sim->arena, text_of(json_string_value(name)));
    }
    sim->states = arena_push(sim->arena, sim->states, sim->state_count, sizeof(*sim->states));
    sim->states[sim->state_count++] = state;
    return NULL;
}

/* "esa1.example.com" -> "esa1-s0007.example.com"; a cluster "hq" -> "hq-s0007". */
static const char *copy_name(struct sim *sim, const char *name, unsigned copies, unsigned i)
{
    if (name == NULL || copies == 0)
        return name;
    const size_t host = strcspn(name, ".");
    return arena_printf(sim->arena, "%.*s-s%04u%s", (int)host, name, i, name + host);
}

static bool is_name(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return name != NULL && name[0] != '.' && name[0] != '-' && name[0] != '\0' &&
           strlen(name) <= 200 && strspn(name, allowed) == strlen(name);
}

static const char *add_nodes(struct sim *sim, const json_t *nodes, unsigned copies)
{
    const size_t each = json_array_size(nodes), times = copies == 0 ? 1 : copies;
    sim->nodes = arena_array(sim->arena, each * times, sizeof(*sim->nodes));
    for (size_t i = 0; i < times; i++) {
        size_t at;
        const json_t *object;
        json_array_foreach (nodes, at, object) {
            const char *role = json_string_value(json_object_get(object, "role"));
            struct sim_node *node = &sim->nodes[sim->node_count++];
            for (enum sim_port p = SIM_SSH; p < SIM_PORTS; p++)
                node->listener[p] = -1;
            node->origin = keep(sim, object, "name");
            if (!is_name(node->origin) || role == NULL)
                return "capture.json has an appliance without a good name or without role";
            node->name = copy_name(sim, node->origin, copies, (unsigned)i);
            node->is_sma = strcmp(role, "sma") == 0;
            node->cluster = copy_name(sim, keep(sim, object, "cluster"), copies, (unsigned)i);
            node->sma = copy_name(sim, keep(sim, object, "sma"), copies, (unsigned)i);
        }
    }
    return sim->node_count > 0 ? NULL : "capture.json names no appliance";
}

/* "2026-03-08T03:00:15Z" as seconds since 1970. */
static bool read_time(const char *text, int64_t *seconds)
{
    struct tm parts = {.tm_isdst = 0};
    const char *end = text == NULL ? NULL : strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (end == NULL || *end != '\0')
        return false;
    *seconds = timegm(&parts);
    return true;
}

/* The newest moment of the anchor's documents becomes this one. */
static const char *set_shift(struct sim *sim, const char *anchor)
{
    size_t i;
    const json_t *document;
    int64_t newest = INT64_MIN, at;
    const char *wrong = NULL;
    json_t *root = load_capture(sim, anchor, &wrong);
    json_array_foreach (json_object_get(root, "documents"), i, document) {
        const char *text = json_string_value(json_object_get(document, "taken_at"));
        if (read_time(text, &at) && at > newest)
            newest = at;
    }
    json_decref(root);
    if (newest != INT64_MIN)
        sim->shift_s = (int64_t)time(NULL) - newest;
    return wrong;
}

static const char *read_plan(struct sim *sim, const json_t *plan, const char **anchor)
{
    size_t i;
    const json_t *state;
    const char *wrong = NULL;
    json_array_foreach (json_object_get(plan, "timeline"), i, state) {
        wrong = add_state(sim, state);
        if (wrong != NULL)
            return wrong;
    }
    if (sim->state_count == 0)
        return "the fleet file has no \"timeline\"";
    *anchor = keep(sim, plan, "anchor");
    if (*anchor == NULL)
        *anchor = sim->states[sim->state_count - 1].scenario;
    return NULL;
}

static const char *add_faults(struct sim *sim, const json_t *plan)
{
    size_t i;
    const json_t *fault;
    json_array_foreach (json_object_get(plan, "faults"), i, fault) {
        const char *wrong = add_fault(sim, fault);
        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

const char *fleet_load(struct sim *sim, const struct fleet_source *source)
{
    const char *wrong = NULL, *anchor = NULL;
    json_t *capture = NULL;
    json_t *plan = source->file != NULL ? load(sim, source->file, &wrong)
                                        : json_pack("{s: [{s: s, s: s}]}", "timeline", "name",
                                                    "now", "scenario", source->scenario);
    if (source->copies > COPIES_MAX)
        wrong = "more than 10000 copies";
    if (wrong == NULL)
        wrong = read_plan(sim, plan, &anchor);
    if (wrong == NULL)
        capture = load_capture(sim, sim->states[0].scenario, &wrong);
    if (wrong == NULL)
        wrong = add_nodes(sim, json_object_get(capture, "nodes"), source->copies);
    if (wrong == NULL)
        wrong = set_shift(sim, anchor);
    if (wrong == NULL)
        wrong = add_faults(sim, plan);
    json_decref(capture);
    json_decref(plan);
    return wrong;
}
