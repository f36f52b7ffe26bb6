/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/appliance/api.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/appliance/access.h"
#include "tests/appliance/log.h"

static const char token_head[] = "eyJhbGciOiJIUzI1NiJ9.";
static const char tracking_id[] = "https/tracking_messages/%s.json";

static void serve_document(struct request *request, struct answer *answer);
static void serve_appliances(struct request *request, struct answer *answer);
static void serve_time(struct request *request, struct answer *answer);
static void serve_tracking(struct request *request, struct answer *answer);
static void serve_log(struct request *request, struct answer *answer);

static const char *const device_type[] = {"device_type", NULL};
static const char *const tracking[] = {
    "startDate",   "endDate",        "searchOption", "ciscoHost",    "offset",
    "limit",       "orderBy",        "orderDir",     "filterBy",     "filterValue",
    "device_type", "filterOperator", "subject",      "serialNumber", NULL};

static const char *const log_query[] = {"startDate", "endDate", "computeHash", NULL};

static const struct route {
    const char *path; /* behind /esa/api/v2.0/ or /sma/api/v2.0/ */
    bool esa, sma;
    const char *document;
    const char *const *query; /* parameters that it knows */
    void (*serve)(struct request *request, struct answer *answer);
} routes[] = {
    {"health/system_status", true, false, "https/system_status.json", device_type, serve_document},
    {"config/appliances", false, true, "https/config_appliances.json", device_type,
     serve_appliances},
    {"config/system_time", true, true, NULL, device_type, serve_time},
    {"message-tracking/messages", false, true, NULL, tracking, serve_tracking},
    {"logs/", true, true, NULL, log_query, serve_log}, /* and what stands behind it */
};

/* "mail_logs" or "mail_logs/mail.current" behind "logs/". */
static bool is_route(const struct route *route, const char *path)
{
    const struct span known = text_of(route->path);
    return text_ends(known, "/") ? text_starts(text_of(path), route->path) && path[known.n] != '\0'
                                 : strcmp(route->path, path) == 0;
}

/* What stands behind the API's prefix for this kind of appliance; NULL for any other path. */
static const char *inner_path(const struct request *request)
{
    const char *prefix = request->node->is_sma ? "/sma/api/v2.0/" : "/esa/api/v2.0/";
    return text_starts(text_of(request->path), prefix) ? request->path + strlen(prefix) : NULL;
}

static const struct route *find_route(const struct request *request)
{
    const char *path = inner_path(request);
    for (size_t i = 0; path != NULL && i < sizeof(routes) / sizeof(routes[0]); i++)
        if (is_route(&routes[i], path) && (request->node->is_sma ? routes[i].sma : routes[i].esa))
            return &routes[i];
    return NULL;
}

/* The appliance of that name, as it writes its name itself. */
static const char *known_host(const struct sim *sim, const char *name)
{
    for (size_t i = 0; i < sim->node_count; i++)
        if (text_is_nocase(text_of(name), sim->nodes[i].name))
            return sim->nodes[i].name;
    return NULL;
}

void api_route(struct request *request)
{
    const struct route *route = find_route(request);
    if (route != NULL && route->serve == serve_tracking) {
        const char *asked = request_query(request, "ciscoHost");
        const char *host = asked == NULL ? NULL : known_host(request->sim, asked);
        if (host != NULL)
            request->document = arena_printf(&request->arena, tracking_id, host);
    } else if (route != NULL && route->serve == serve_log) {
        struct span name, file;
        (void)text_cut(text_of(inner_path(request) + strlen(route->path)), '/', &name, &file);
        request->document = log_document(name);
    } else if (route != NULL) {
        request->document = route->document;
    }
}

static void json_body(struct answer *answer, unsigned status, const char *text)
{
    answer->status = status;
    answer->type = "application/json";
    answer->body = text_of(text);
}

void api_error(struct request *request, struct answer *answer, unsigned status, const char *message)
{
    const char *why = status == MHD_HTTP_UNAUTHORIZED
                          ? "No permission -- see authorization schemes."
                      : status == MHD_HTTP_NOT_FOUND ? "Nothing matches the given URI."
                                                     : "Server does not support this operation.";
    json_body(answer, status,
              arena_printf(&request->arena,
                           "{\"error\": {\"message\": \"%s\", \"code\": \"%u\", "
                           "\"explanation\": \"%u = %s\"}}",
                           message, status, status, why));
}

/* What a token is bound to: the headers that the captured token carries (1.3, V; binding I). */
static const char *client_of(struct request *request)
{
    const char *agent = request_header(request, MHD_HTTP_HEADER_USER_AGENT);
    const char *accept = request_header(request, MHD_HTTP_HEADER_ACCEPT);
    const char *host = request_header(request, MHD_HTTP_HEADER_HOST);
    return arena_printf(&request->arena, "token\n%s\n%s\n%s", agent ? agent : "",
                        accept ? accept : "", host ? host : "");
}

static void grant_token(struct request *request, struct answer *answer)
{
    int64_t value;
    const bool second = request_fault(request, "second-factor", 0, &value);
    json_t *data = json_object();
    json_t *root = json_pack("{s:o}", "data", data);
    (void)json_object_set_new(data, "userName", json_string(request->sim->user));
    (void)json_object_set_new(data, "is2FactorRedirectRequired",
                              json_string(second ? "true" : "false"));
    (void)json_object_set_new(data, "role", json_string("Operator"));
    (void)json_object_set_new(data, "email", json_array());
    if (!second)
        (void)json_object_set_new(
            data, "jwtToken",
            json_sprintf("%s%s", token_head,
                         access_grant(&request->arena, request->node, client_of(request),
                                      request->sim->token_s)));
    char *text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    json_body(answer, MHD_HTTP_OK, arena_dup(&request->arena, text_of(text)));
    free(text);
}

/* {"data": {"userName": BASE64, "passphrase": BASE64}} and no other member. */
static void log_in(struct request *request, struct answer *answer)
{
    struct span user = {NULL, 0}, passphrase = {NULL, 0};
    const char *user_text = NULL, *passphrase_text = NULL;
    json_t *root = json_loadb(request->body != NULL ? request->body : "", request->body_n, 0, NULL);
    const bool plain = json_unpack(root, "{s:{s:s, s:s !} !}", "data", "userName", &user_text,
                                   "passphrase", &passphrase_text) == 0 &&
                       request_decode(request, text_of(user_text), &user) &&
                       request_decode(request, text_of(passphrase_text), &passphrase);
    json_decref(root);
    if (!plain)
        api_error(request, answer, MHD_HTTP_NOT_FOUND, "Unsupported attribute.");
    else if (!access_passphrase(request->sim, request->node, request->on, "login", user,
                                passphrase))
        api_error(request, answer, MHD_HTTP_UNAUTHORIZED, "Invalid username or passphrase.");
    else
        grant_token(request, answer);
}

static bool may_ask_with_token(struct request *request, struct answer *answer, const char *token)
{
    int64_t value;
    enum access_verdict verdict = ACCESS_UNKNOWN;
    request->auth = "token";
    if (text_starts(text_of(token), token_head))
        verdict = access_check(request->node, client_of(request), token + strlen(token_head));
    if (verdict == ACCESS_GRANTED && request_fault(request, "token-expired", 0, &value))
        verdict = ACCESS_EXPIRED;
    if (verdict != ACCESS_GRANTED)
        api_error(request, answer, MHD_HTTP_UNAUTHORIZED,
                  verdict == ACCESS_EXPIRED ? "ExpiredSignatureError." : "InvalidTokenError.");
    return verdict == ACCESS_GRANTED;
}

static bool may_ask(struct request *request, struct answer *answer)
{
    struct span user, passphrase;
    const char *token = request_header(request, "jwtToken");
    if (token != NULL)
        return may_ask_with_token(request, answer, token);
    if (request_basic(request, &user, &passphrase)) {
        request->auth = "basic";
        if (access_passphrase(request->sim, request->node, request->on, "basic", user, passphrase))
            return true;
    }
    api_error(request, answer, MHD_HTTP_UNAUTHORIZED, "Unauthorized.");
    return false;
}

/* A scenario may hold an error where a document is expected: it has the status that it names. */
static unsigned status_of(struct span text)
{
    const char *code = NULL;
    json_t *root = json_loadb(text.p, text.n, 0, NULL);
    const bool error = json_unpack(root, "{s:{s:s}}", "error", "code", &code) == 0;
    const unsigned long status = error ? strtoul(code, NULL, 10) : 0;
    json_decref(root);
    return status >= 400 && status <= 599 ? (unsigned)status : MHD_HTTP_OK;
}

static void serve_document(struct request *request, struct answer *answer)
{
    struct span text;
    if (!request_document(request, request->document, &text)) {
        api_error(request, answer, MHD_HTTP_NOT_FOUND, "Not Found.");
        return;
    }
    answer->status = status_of(text);
    answer->type = "application/json";
    answer->body = text;
}

static void serve_appliances(struct request *request, struct answer *answer)
{
    const char *type = request_query(request, "device_type");
    if (type == NULL)
        api_error(request, answer, MHD_HTTP_NOT_FOUND, "Missing attribute - device_type.");
    else if (strcmp(type, "sma") != 0)
        api_error(request, answer, MHD_HTTP_NOT_FOUND,
                  "Invalid value for attribute - device_type.");
    else
        serve_document(request, answer);
}

static void serve_time(struct request *request, struct answer *answer)
{
    char now[64];
    struct tm tm;
    const time_t seconds = time(NULL);
    if (request_query(request, "device_type") == NULL) {
        api_error(request, answer, MHD_HTTP_NOT_FOUND, "Missing attribute - device_type.");
        return;
    }
    (void)gmtime_r(&seconds, &tm);
    (void)strftime(now, sizeof(now), "%a %b %d %H:%M:%S %Y GMT", &tm);
    json_body(answer, MHD_HTTP_OK,
              arena_printf(&request->arena,
                           "{\"data\": {\"timezone\": \"Etc/GMT\", \"continent\": "
                           "[\"Etc\", \"GMT\", \"GMT\"], \"time\": \"%s\"}}",
                           now));
}

/* "YYYY-MM-DDThh:mm:ss.mmmZ"; *MINUTE: no seconds in it. */
static bool is_date(const char *text, bool *minute)
{
    static const char form[] = "9999-99-99T99:99:99.999Z";
    if (strlen(text) != strlen(form))
        return false;
    for (size_t i = 0; form[i] != '\0'; i++)
        if (form[i] == '9' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    *minute = strcmp(text + 17, "00.000Z") == 0;
    return true;
}

/* What is wrong with the dates of a tracking query; NULL = nothing. 1.4. */
static const char *wrong_dates(const struct request *request)
{
    bool from_minute = false, to_minute = false;
    const char *from = request_query(request, "startDate");
    const char *to = request_query(request, "endDate");
    if (from == NULL || to == NULL)
        return "Missing attribute - startDate or endDate.";
    if (!is_date(from, &from_minute) || !is_date(to, &to_minute))
        return "Invalid value for attribute - startDate or endDate.";
    if (!from_minute || !to_minute)
        return "startDate and endDate attribute supports only 00 seconds and 000 microseconds.";
    return NULL;
}

/* Adds the records of one gateway to DATA; the number of bad ones is added to *BAD. */
static void add_records(struct request *request, const char *host, json_t *data, json_int_t *bad)
{
    struct span text;
    json_int_t of_this = 0;
    json_t *records = NULL;
    const char *id = arena_printf(&request->arena, tracking_id, host);
    if (!request_document(request, id, &text))
        return;
    json_t *root = json_loadb(text.p, text.n, 0, NULL);
    (void)json_unpack(root, "{s?{s?I}, s?o}", "meta", "num_bad_records", &of_this, "data",
                      &records);
    if (json_is_array(records))
        (void)json_array_extend(data, records);
    *bad += of_this;
    json_decref(root);
}

static bool is_managed(const struct request *request, const struct sim_node *node)
{
    return node->sma != NULL && strcmp(node->sma, request->node->name) == 0;
}

/* The records of all gateways, or none, in one answer. */
static void serve_records(struct request *request, struct answer *answer, bool all)
{
    const struct sim *sim = request->sim;
    json_int_t bad = 0;
    json_t *data = json_array();
    for (size_t i = 0; all && i < sim->node_count; i++)
        if (is_managed(request, &sim->nodes[i]))
            add_records(request, sim->nodes[i].name, data, &bad);
    json_t *root = json_pack("{s:{s:I, s:I}, s:o}", "meta", "num_bad_records", bad, "totalCount",
                             (json_int_t)json_array_size(data), "data", data);
    char *dump = json_dumps(root, JSON_INDENT(1));
    json_decref(root);
    json_body(answer, MHD_HTTP_OK, arena_dup(&request->arena, text_of(dump)));
    free(dump);
}

/* One gateway's document as it is; limits are not applied to the few records of a scenario. */
static void serve_tracking(struct request *request, struct answer *answer)
{
    const char *asked = request_query(request, "ciscoHost");
    const char *wrong = wrong_dates(request);
    const bool paired =
        (request_query(request, "offset") == NULL) == (request_query(request, "limit") == NULL);
    struct span text;
    if (wrong != NULL)
        api_error(request, answer, MHD_HTTP_NOT_FOUND, wrong);
    else if (!paired) /* 1.5, V: no data comes back */
        serve_records(request, answer, false);
    else if (request->document != NULL && request_document(request, request->document, &text))
        serve_document(request, answer);
    else
        serve_records(request, answer, asked == NULL || strcmp(asked, "All_Hosts") == 0);
}

static json_t *log_entry(const char *name, size_t size, time_t changed)
{
    return json_pack("{s:s, s:I, s:I, s:s}", "name", name, "size", (json_int_t)size,
                     "modificationDate", (json_int_t)changed, "downloadUrl", "/");
}

/*
 * The files of a subscription, or one of them (3.5, V for the members): what the scenario has from
 * the last "Begin Logfile" on is the current file, what stands before is a saved one.
 */
static void serve_log(struct request *request, struct answer *answer)
{
    static const char saved[] = "log.@20260308T014810.s", current[] = "log.current";
    const char *file = strchr(inner_path(request) + strlen("logs/"), '/');
    struct span text;
    if (request->document == NULL || !request_document(request, request->document, &text)) {
        api_error(request, answer, MHD_HTTP_NOT_FOUND, "Not Found.");
        return;
    }
    const size_t begin = log_last_file(text);
    const struct span head = text_head(text, begin), tail = text_skip(text, begin);
    if (file != NULL) {
        bool known = strcmp(file + 1, current) == 0 || strcmp(file + 1, saved) == 0;
        if (!known) {
            api_error(request, answer, MHD_HTTP_NOT_FOUND, "Not Found.");
            return;
        }
        answer->status = MHD_HTTP_OK;
        answer->type = "text/plain";
        answer->body = strcmp(file + 1, saved) == 0 ? head : tail;
        return;
    }
    const time_t now = time(NULL);
    json_t *data = json_array();
    if (head.n > 0)
        (void)json_array_append_new(data, log_entry(saved, head.n, now - 60));
    (void)json_array_append_new(data, log_entry(current, tail.n, now));
    json_t *root = json_pack("{s:{s:I}, s:o}", "meta", "totalCount",
                             (json_int_t)json_array_size(data), "data", data);
    char *dump = json_dumps(root, JSON_INDENT(1));
    json_decref(root);
    json_body(answer, MHD_HTTP_OK, arena_dup(&request->arena, text_of(dump)));
    free(dump);
}

void api_answer(struct request *request, struct answer *answer)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "DELETE", "OPTIONS"};
    const char *path = inner_path(request);
    const struct route *route = find_route(request);
    bool known = false;
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        known = known || strcmp(methods[i], request->method) == 0;
    if (!known) {
        api_error(request, answer, MHD_HTTP_NOT_IMPLEMENTED, "Not Implemented.");
        return;
    }
    if (path != NULL && strcmp(path, "login") == 0 && strcmp(request->method, "POST") == 0) {
        log_in(request, answer);
        return;
    }
    if (!may_ask(request, answer))
        return;
    if (route == NULL || strcmp(request->method, "GET") != 0)
        api_error(request, answer, MHD_HTTP_NOT_FOUND, "Not Found.");
    else if (request_has_other_query(request, route->query))
        api_error(request, answer, MHD_HTTP_NOT_FOUND, "Unsupported attribute.");
    else
        route->serve(request, answer);
}
