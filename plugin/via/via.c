/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/via/via.h"

#include <string.h>
#include <time.h>

#include "plugin/deploy/deploy.h"
#include "plugin/icinga/icinga.h"
#include "plugin/options.h"
#include "plugin/pack.h"
#include "plugin/redact_log.h"
#include "plugin/via/place.h"

/* Between two looks at what is executed: from the first, half as long again each, to the last. */
enum { FIRST_MS = 250, LAST_MS = 3000, MARGIN_S = 5, NO_ENDPOINT = 126 };

struct spot {
    bool known;
    struct place place;
    struct fault fault; /* why it is not known */
};

struct via {
    const struct config *config;
    const char *local;
    struct spot *spots; /* by node of the configuration */
    const struct judging *judging;
};

/* ---- before: who asks whom ---- */

/* What ASKS of the objects, borrowed by nobody. */
static json_t *query(const char *filter, const char *a, const char *b, const char *c)
{
    return json_pack("{s:s*, s:[s,s,s]}", "filter", filter, "attrs", a, b, c);
}

/* BODY is consumed. */
static bool learn(struct icinga *icinga, const char *path, json_t *body, json_t **answer,
                  struct fault *fault)
{
    const struct icinga_request request = {.path = path, .body = body, .asks = body != NULL};
    const bool done = icinga_ask(icinga, &request, answer, fault);
    json_decref(body);
    return done;
}

/* An action on nothing: is it allowed at all? */
static bool may_execute(struct icinga *icinga, struct fault *fault)
{
    json_t *answer,
        *body = json_pack("{s:s, s:s, s:i}", "type", "Host", "filter", "false", "ttl", 1);
    const struct icinga_request request = {.path = "actions/execute-command", .body = body};
    bool done = icinga_ask(icinga, &request, &answer, fault);
    json_decref(answer);
    json_decref(body);
    if (done || fault->kind != FAULT_UNSUPPORTED)
        return done;
    if (strstr(fault->text, "does not exist") != NULL)
        return fault_set(fault, FAULT_UNSUPPORTED, fault->origin, 0,
                         "has no action execute-command: this Icinga is older than 2.13");
    *fault = (struct fault){.kind = FAULT_NONE}; /* no results, with status 500 (2.13): allowed */
    return true;
}

static const char *local_name(const json_t *status)
{
    const json_t *of = json_array_get(json_object_get(status, "results"), 0);
    static const char *const path[] = {"status", "icingaapplication", "app", "node_name"};
    for (size_t i = 0; i < CHECK_COUNT(path); i++)
        of = json_object_get(of, path[i]);
    return json_string_value(of);
}

static void find_all(struct arena *arena, const struct place_map *map, struct via *via)
{
    const struct config *config = via->config;
    via->local = arena_dup(arena, text_of(map->local));
    via->spots = arena_array(arena, config->node_count, sizeof(*via->spots));
    for (size_t i = 0; i < config->node_count; i++) {
        const struct config_node *node = &config->nodes[i];
        struct spot *spot = &via->spots[i];
        spot->known =
            place_find(arena, map, node->monitored_as != NULL ? node->monitored_as : node->name,
                       &spot->place, &spot->fault);
    }
}

const struct via *via_look(struct arena *arena, const struct config *config,
                           const struct judging *judging, struct fault *fault)
{
    json_t *status = NULL, *zones = NULL, *hosts = NULL, *services = NULL;
    struct via *via = arena_alloc(arena, sizeof(*via));
    *via = (struct via){.config = config, .judging = judging};
    struct icinga *icinga = icinga_open(arena, config, fault);
    bool done =
        icinga != NULL && may_execute(icinga, fault) &&
        learn(icinga, "status/IcingaApplication", NULL, &status, fault) &&
        learn(icinga, "objects/zones", query(NULL, "name", "endpoints", "parent"), &zones, fault) &&
        learn(icinga, "objects/hosts",
              query("host.vars.asyncos_role", "zone", "command_endpoint", "vars"), &hosts, fault) &&
        learn(icinga, "objects/services",
              query("service.vars.asyncos_service", "name", "host_name", "command_endpoint"),
              &services, fault);
    const struct place_map map = {local_name(status), zones, hosts, services};
    if (done && map.local == NULL)
        done = fault_set(fault, FAULT_SYNTAX, config->path, 0,
                         "Icinga's API does not tell the name of its endpoint");
    if (done)
        find_all(arena, &map, via);
    icinga_close(icinga);
    json_decref(status);
    json_decref(zones);
    json_decref(hosts);
    json_decref(services);
    return done ? via : NULL;
}

/* ---- in the process that asks one appliance ---- */

struct asking {
    struct fetch *fetch;
    const struct via *via;
    const struct place *place;
    struct icinga *icinga;
    const char *endpoint, *execution;
    int64_t begun_ms;
    const char **handed; /* ids */
    size_t handed_count;
};

/* A fault of the way is none of the appliance: what it is must stay unknown. */
static void of_the_way(struct fault *fault)
{
    if (fault->kind == FAULT_UNREACHABLE || fault->kind == FAULT_RESTARTING ||
        fault->kind == FAULT_HOST_CHANGED)
        fault->kind = FAULT_DROPPED;
}

static bool choose(struct asking *a, struct fault *fault)
{
    json_t *connected = NULL;
    if (place_must_ask(a->place, a->via->local) &&
        !learn(a->icinga, "objects/endpoints", json_pack("{s:[s,s]}", "attrs", "name", "connected"),
               &connected, fault))
        return false;
    a->endpoint = place_endpoint(a->place, connected, fault);
    json_decref(connected);
    return a->endpoint != NULL;
}

/* No option that a host has set for its services has a place here: an empty list leaves it out. */
static json_t *macros_of(const struct asking *a, long long left_s)
{
    struct arena *arena = a->fetch->arena;
    const struct judging *judging = a->via->judging;
    size_t count;
    const struct flag *flags = options_flags(&count);
    json_t *macros = json_object(), *checks = json_array();
    for (size_t i = 0; i < count; i++)
        if (deploy_has(&flags[i]) && flags[i].code != 'f' && flags[i].code != 't')
            (void)json_object_set_new(macros, deploy_variable(arena, &flags[i]),
                                      flags[i].argument != NULL ? json_array() : json_false());
    for (size_t i = 0; i < judging->check_count; i++)
        (void)json_array_append_new(checks, json_string(judging->checks[i]->name));
    (void)json_object_set_new(macros, "asyncos_check", checks);
    (void)json_object_set_new(macros, "asyncos_answers", json_true());
    (void)json_object_set_new(macros, "asyncos_hostname", json_string(a->fetch->node->name));
    if (a->place->config != NULL)
        (void)json_object_set_new(macros, "asyncos_config", json_string(a->place->config));
    /* Else as its service has it: in time for what is known by then to come back. */
    const long long margin_s = left_s > 2 * MARGIN_S ? MARGIN_S : left_s > 2 ? 1 : 0;
    if (left_s < DEPLOY_TIMEOUT_S + MARGIN_S)
        (void)json_object_set_new(macros, "asyncos_timeout",
                                  json_integer(left_s < 1 ? 1 : left_s - margin_s));
    return macros;
}

/* No request outlasts the appliance's time. */
static unsigned limit_s(const struct asking *a)
{
    enum { USUAL_S = 30 };
    const int left_s = fetch_left_ms(a->fetch, USUAL_S * 1000) / 1000;
    return left_s < 1 ? 1 : (unsigned)left_s;
}

static bool start(struct asking *a, struct fault *fault)
{
    const long long left_s = fetch_left_ms(a->fetch, INT32_MAX) / 1000;
    json_t *answer;
    json_t *body =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:o}", "type", "Host", "host", a->place->host,
                  "command_type", "CheckCommand", "command", "asyncos", "endpoint", a->endpoint,
                  "ttl", (json_int_t)(left_s < 1 ? 1 : left_s), "macros", macros_of(a, left_s));
    const struct icinga_request request = {.path = "actions/execute-command",
                                           .body = body,
                                           .object = a->place->host,
                                           .limit_s = limit_s(a)};
    fetch_note(a->fetch, "asked by %s, through Icinga", a->endpoint);
    const bool done = icinga_ask(a->icinga, &request, &answer, fault);
    json_decref(body);
    if (!done)
        return false;
    const char *id = json_string_value(
        json_object_get(json_array_get(json_object_get(answer, "results"), 0), "execution"));
    a->execution = id == NULL ? NULL : arena_dup(a->fetch->arena, text_of(id));
    json_decref(answer);
    return id != NULL || fault_set(fault, FAULT_SYNTAX, NULL, 0,
                                   "Icinga does not say what became of the request to execute");
}

static bool late(const struct asking *a, struct fault *fault)
{
    return fault_set(fault, FAULT_TIMEOUT, NULL, 0,
                     "the satellite %.100s did not answer within %lld s: is its icinga2 running "
                     "and connected?",
                     a->endpoint, (long long)(fetch_now_ms() - a->begun_ms + 500) / 1000);
}

/* Would the next request fail as well? All else may be a reload of Icinga's. */
static bool is_final(const struct fault *fault)
{
    return fault->kind == FAULT_LOGIN || fault->kind == FAULT_FORBIDDEN ||
           fault->kind == FAULT_CERTIFICATE || fault->kind == FAULT_TOO_BIG;
}

/* What was executed, once it has ended: borrowed from *ANSWER, which the caller releases. */
static bool wait_for(struct asking *a, json_t **answer, const json_t **execution,
                     struct fault *fault)
{
    json_t *body = json_pack("{s:s, s:[s]}", "host", a->place->host, "attrs", "executions");
    struct icinga_request request = {
        .path = "objects/hosts", .body = body, .asks = true, .object = a->place->host};
    bool done = false, heard = true;
    for (int pause_ms = FIRST_MS; !done;
         pause_ms = pause_ms < LAST_MS ? pause_ms * 3 / 2 : LAST_MS) {
        const int ms = fetch_left_ms(a->fetch, pause_ms);
        const struct timespec pause = {ms / 1000, ms % 1000 * 1000000L};
        (void)nanosleep(&pause, NULL);
        request.limit_s = limit_s(a);
        if (fetch_left_ms(a->fetch, 100) < 100) {
            done = heard && late(a, fault);
            break;
        }
        json_decref(*answer);
        heard = icinga_ask(a->icinga, &request, answer, fault);
        if (!heard && is_final(fault))
            break;
        const json_t *host =
            json_object_get(json_array_get(json_object_get(*answer, "results"), 0), "attrs");
        *execution = json_object_get(json_object_get(host, "executions"), a->execution);
        done = json_object_get(*execution, "exit") != NULL;
    }
    json_decref(body);
    return done;
}

static bool is_wanted(const struct fetch *fetch, const char *id)
{
    for (size_t i = 0; i < fetch->row_count; i++)
        if (fleet_is_of_kind(fetch->rows[i]->kind, text_of(id)))
            return true;
    return false;
}

/* Redacted there as configured there, and here as configured here. */
static void take(void *context, const struct document *document)
{
    struct asking *a = context;
    struct fetch *fetch = a->fetch;
    struct document own = *document;
    if (!is_wanted(fetch, own.id))
        return;
    own.bytes = redact_log_document(fetch->arena, own.id, own.bytes, text_of(""),
                                    fetch->config->keep_addresses);
    own.vantage = a->endpoint;
    a->handed = arena_push(fetch->arena, a->handed, a->handed_count, sizeof(*a->handed));
    a->handed[a->handed_count++] = own.id;
    fetch_hand_out(fetch, &own);
}

/* In place of answers. */
static bool refused(const struct asking *a, json_int_t code, struct span text, struct fault *fault)
{
    if (code == NO_ENDPOINT && text_starts(text, "Endpoint '"))
        return fault_set(
            fault, FAULT_DROPPED, NULL, 0,
            "Icinga does not reach the satellite %.100s, or it is older than 2.13: is its "
            "icinga2 running and connected?",
            a->endpoint);
    return fault_set(fault, FAULT_NOT_CAPTURED, NULL, 0, "the satellite %.80s says: %s%s",
                     a->endpoint, result_clean(a->fetch->arena, text, 150),
                     code < 3 ? "; is its icinga2-commands.conf of this version?" : "");
}

static bool unpack(struct asking *a, const json_t *execution, struct fault *fault)
{
    const json_t *output = json_object_get(execution, "output");
    const struct span text = {json_string_value(output), json_string_length(output)};
    const json_int_t code = json_integer_value(json_object_get(execution, "exit"));
    if (!pack_is(text))
        return refused(a, code, text, fault);
    if (pack_read(a->fetch->arena, text, take, a, fault))
        return true;
    const struct fault why = *fault;
    return fault_set(fault, why.kind, NULL, 0, "the satellite %.80s sent %s", a->endpoint,
                     why.text);
}

static bool was_handed(const struct asking *a, const char *id)
{
    for (size_t i = 0; i < a->handed_count; i++)
        if (strcmp(a->handed[i], id) == 0)
            return true;
    return false;
}

/* Of a family nothing can be named. */
static void fail(const struct asking *a, const struct fault *fault)
{
    const struct fetch *fetch = a->fetch;
    for (size_t i = 0; i < fetch->row_count; i++) {
        const char *id = fetch->rows[i]->kind->id;
        if (strchr(id, '*') == NULL && !was_handed(a, id))
            fetch_fault(fetch, id, fault, a->begun_ms);
    }
}

void via_ask(struct fetch *fetch)
{
    const struct via *via = fetch->way;
    const struct spot *spot = &via->spots[fetch->node - via->config->nodes];
    struct asking a = {
        .fetch = fetch, .via = via, .place = &spot->place, .begun_ms = fetch_now_ms()};
    struct fault fault = spot->fault;
    json_t *answer = NULL;
    const json_t *execution = NULL;
    bool done = spot->known;
    if (done) {
        a.icinga = icinga_open(fetch->arena, fetch->config, &fault);
        done = a.icinga != NULL && choose(&a, &fault) && start(&a, &fault) &&
               wait_for(&a, &answer, &execution, &fault) && unpack(&a, execution, &fault);
        json_decref(answer);
        icinga_close(a.icinga);
    }
    of_the_way(&fault);
    if (!done)
        fail(&a, &fault);
}
