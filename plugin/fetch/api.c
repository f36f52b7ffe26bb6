/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/api.h"

#include <jansson.h>
#include <string.h>

#include "checks/parse/api_error.h"
#include "plugin/redact.h"

/* An error body is short, and so is the answer to a login. */
enum { MAX_SMALL = 64 * 1024, MAX_TOKEN = 16 * 1024 };

/* -- Judging -------------------------------------------------------------------------------- */

/* The message of an error body; empty when there is none. *IS_JSON: is it an error body at all? */
static struct span message_of(struct arena *arena, struct span bytes, bool *is_json)
{
    struct span message = {NULL, 0};
    json_t *root =
        bytes.n == 0 || bytes.n > MAX_SMALL ? NULL : json_loadb(bytes.p, bytes.n, 0, NULL);
    const json_t *error = json_object_get(root, "error");
    *is_json = json_is_object(root);
    if (json_is_string(error))
        message = api_error_keep(arena, api_error_string(root, "error"));
    else if (error != NULL)
        message = api_error_keep(arena, api_error_string(error, "message"));
    json_decref(root);
    return message;
}

static bool says_unauthorized(const struct api_view *view, struct span message, struct fault *fault)
{
    const char *user = view->user;
    if (view->stage == API_LOGIN)
        return fault_set(fault, FAULT_LOGIN, view->id, 0,
                         "the API refused the login of %.64s (\"%.*s\"); it is not tried again, "
                         "for failures lock the account",
                         user, FAULT_QUOTE(message));
    if (view->stage == API_TOKEN || view->accepted)
        return fault_set(fault, FAULT_FORBIDDEN, view->id, 0,
                         "the role of %.64s may not read %s (\"%.*s\")", user, view->what,
                         FAULT_QUOTE(message));
    return fault_set(fault, FAULT_LOGIN, view->id, 0,
                     "the passphrase of %.64s was refused, or its role may not read %s "
                     "(\"%.*s\"); it is not tried again",
                     user, view->what, FAULT_QUOTE(message));
}

static bool says_not_found(const struct api_view *view, struct span message, bool is_json,
                           struct fault *fault)
{
    if (!is_json)
        return fault_set(fault, FAULT_UNSUPPORTED, view->id, 0,
                         "port %u answers 404 without JSON: wrong port (api_port), or the API is "
                         "not enabled on this interface",
                         view->port);
    if (view->stage == API_LOGIN)
        return fault_set(fault, FAULT_UNSUPPORTED, view->id, 0,
                         "the API knows no login for a token (\"%.*s\"): set api_login = basic",
                         FAULT_QUOTE(message));
    return fault_set(fault, FAULT_UNSUPPORTED, view->id, 0,
                     "this release does not know %s: "
                     "\"%.*s\"",
                     view->what, FAULT_QUOTE(message));
}

static enum api_meaning judge_good(const struct api_view *view, const struct http_answer *answer,
                                   struct fault *fault)
{
    struct span text = text_trim(answer->bytes);
    if (text.n == 0) {
        (void)fault_set(fault, FAULT_EMPTY, view->id, 0, "the answer is empty");
        return API_FAULT;
    }
    if (*text.p == '{' && !text_ends(text, "}")) {
        (void)fault_set(fault, FAULT_CUT, view->id, 0, "the JSON ends early (%zu bytes came)",
                        answer->bytes.n);
        return API_FAULT;
    }
    return API_ANSWER;
}

enum api_meaning api_judge(struct arena *arena, const struct api_view *view,
                           const struct http_answer *answer, struct fault *fault)
{
    bool is_json = false;
    struct span message = {NULL, 0};
    struct span text = text_trim(answer->bytes);
    bool is_object = text.n != 0 && *text.p == '{';
    if (!is_object && http_is_restarting(answer)) {
        (void)fault_set(fault, FAULT_RESTARTING, view->id, 0, "the GUI and the API are restarting");
        return API_FAULT;
    }
    if (answer->status != 200)
        message = message_of(arena, answer->bytes, &is_json);
    if (answer->status == 401 && message.n == 0)
        message = text_of("401 without a reason");
    if (answer->status == 401 && view->stage == API_TOKEN &&
        (text_starts(message, "ExpiredSignatureError") ||
         text_starts(message, "InvalidTokenError"))) {
        (void)fault_set(fault, FAULT_LOGIN, view->id, 0,
                        "the session token was refused, also a new one (\"%.*s\")",
                        FAULT_QUOTE(message));
        return API_RENEW;
    }
    if (answer->status == 401 || answer->status == 403)
        (void)says_unauthorized(view, message, fault);
    else if (answer->status == 404)
        (void)says_not_found(view, message, is_json, fault);
    else if ((answer->status >= 300 && answer->status < 400) ||
             (answer->status == 200 && http_is_html(answer)))
        (void)fault_set(fault, FAULT_UNSUPPORTED, view->id, 0,
                        "the GUI, not the API, answers on port %u: set api_port, or enable the "
                        "API on this interface",
                        view->port);
    else if (answer->status == 200)
        return judge_good(view, answer, fault);
    else
        (void)fault_set(fault, FAULT_SYNTAX, view->id, 0,
                        "the API answers with status %ld on port %u%s%.*s%s", answer->status,
                        view->port, message.n > 0 ? " (\"" : "", FAULT_QUOTE(message),
                        message.n > 0 ? "\")" : "");
    return API_FAULT;
}

/* -- Login ---------------------------------------------------------------------------------- */

void api_login_body(struct draft *body, const char *user, const struct secret *secret)
{
    draft_string(body, "{\"data\": {\"userName\": \"");
    draft_base64(body, text_of(user));
    draft_string(body, "\", \"passphrase\": \"");
    draft_base64(body, (struct span){secret->bytes, secret->n});
    draft_string(body, "\"}}");
}

/* It becomes the value of a header, so it must not be able to end one. */
static bool is_token(struct span token)
{
    for (size_t i = 0; i < token.n; i++)
        if (token.p[i] <= ' ' || token.p[i] > '~')
            return false;
    return token.n > 0 && token.n <= MAX_TOKEN;
}

bool api_read_token(const struct api_view *view, struct span bytes, struct draft *header,
                    struct fault *fault)
{
    json_t *root =
        bytes.n == 0 || bytes.n > MAX_SMALL ? NULL : json_loadb(bytes.p, bytes.n, 0, NULL);
    const json_t *data = json_object_get(root, "data");
    struct span token = api_error_string(data, "jwtToken");
    const json_t *second = json_object_get(data, "is2FactorRedirectRequired");
    bool wants_second = json_is_true(second) ||
                        text_is_nocase(api_error_string(data, "is2FactorRedirectRequired"), "true");
    bool done = false;
    if (wants_second) {
        (void)fault_set(fault, FAULT_FACTOR, view->id, 0,
                        "the account %.64s needs a second factor for the API: use an account "
                        "without",
                        view->user);
    } else if (!is_token(token)) {
        (void)fault_set(fault, FAULT_SYNTAX, view->id, 0,
                        "the API accepted the login of %.64s, but no token is in its answer; "
                        "set api_login = basic",
                        view->user);
    } else {
        draft_string(header, "jwtToken: ");
        draft_put(header, token);
        done = true;
    }
    json_decref(root);
    return done;
}

/* -- Ports ---------------------------------------------------------------------------------- */

size_t api_ports(const struct config_node *node, unsigned ports[3])
{
    const unsigned usual[] = {6443, 4431, node->https_port};
    size_t count = 0;
    if (node->api_port != 0) {
        ports[0] = node->api_port;
        return 1;
    }
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
        if (i != 2 || (usual[i] != usual[0] && usual[i] != usual[1]))
            ports[count++] = usual[i];
    return count;
}

/* One configured port may say less of itself than one of several that were guessed. */
static bool is_api(const struct http_answer *answer, size_t count)
{
    struct span text = text_trim(answer->bytes);
    return http_is_json(answer) || (count == 1 && text.n != 0 && *text.p == '{');
}

/* Tells why no port of COUNT is the API's. WHY: the first that did not just refuse. */
static bool no_port(struct api *api, const struct http_request *request, size_t count,
                    const struct fault *why, struct fault *fault)
{
    const struct config_node *node = api->fetch->node;
    if (why->kind != FAULT_NONE)
        *fault = *why;
    else if (count == 1)
        (void)fault_set(fault, FAULT_UNSUPPORTED, request->id, 0,
                        "port %u refuses connections: the API is not enabled on this interface "
                        "(interfaceconfig), or still starting",
                        request->port);
    else
        (void)fault_set(fault, FAULT_UNSUPPORTED, request->id, 0,
                        "ports 6443, 4431 and %u refuse connections: the API is not enabled on "
                        "this interface (interfaceconfig, api_port), or still starting",
                        node->https_port);
    api->failed = true;
    api->fault = *fault;
    return false;
}

/* Sends REQUEST to the API's port, which is looked for when it is not known yet. */
static bool send_request(struct api *api, const struct api_view *view, struct http_request *request,
                         struct http_answer *answer, struct fault *fault)
{
    unsigned ports[3];
    struct fault first = {.kind = FAULT_NONE};
    size_t count = api_ports(api->fetch->node, ports);
    bool stop = false;
    int limit_ms = request->limit_ms;
    request->port = api->port;
    if (api->port != 0)
        return http_ask(api->http, request, answer, fault);
    for (size_t i = 0; i < count && !stop; i++) {
        struct fault why = {.kind = FAULT_NONE};
        struct api_view here = *view;
        here.port = request->port = ports[i];
        request->limit_ms = fetch_left_ms(api->fetch, limit_ms);
        bool done = http_ask(api->http, request, answer, &why);
        if (done && is_api(answer, count)) {
            api->port = ports[i];
            return true;
        }
        bool refused = !done && why.kind == FAULT_UNSUPPORTED;
        if (done && api_judge(api->fetch->arena, &here, answer, &why) != API_FAULT)
            (void)fault_set(&why, FAULT_UNSUPPORTED, request->id, 0,
                            "port %u answers, but not with JSON: set api_port", ports[i]);
        stop = why.kind == FAULT_UNREACHABLE || why.kind == FAULT_LOGIN ||
               why.kind == FAULT_FORBIDDEN || why.kind == FAULT_RESTARTING ||
               (!done && http_was_sent(api->http));
        if (!refused && (first.kind == FAULT_NONE || stop))
            first = why;
        if (why.kind == FAULT_LOGIN)
            api->fetch->passphrase_refused = true;
    }
    return no_port(api, request, count, &first, fault);
}

/* -- Asking --------------------------------------------------------------------------------- */

struct api api_open(struct fetch *fetch, struct http *http)
{
    return (struct api){.fetch = fetch, .http = http, .header = {.arena = fetch->arena}};
}

void api_close(struct api *api)
{
    draft_wipe(&api->header);
}

static struct http_request request_for(const struct api *api, const struct fetch_row *row,
                                       const char *id, const char *path)
{
    return (struct http_request){.id = id,
                                 .path = path,
                                 .accept = "application/json",
                                 .max_bytes = row->max_bytes,
                                 .limit_ms = fetch_left_ms(api->fetch, (int)row->limit_s * 1000)};
}

/* One POST; what comes of it is remembered for all documents. */
static bool login(struct api *api, const struct fetch_row *row, struct api_view *view,
                  struct fault *fault)
{
    struct fetch *fetch = api->fetch;
    struct http_answer answer;
    struct draft body = {.arena = fetch->arena};
    bool is_sma = fetch->node->role == ROLE_SMA;
    struct http_request request =
        request_for(api, row, view->id, is_sma ? "/sma/api/v2.0/login" : "/esa/api/v2.0/login");
    api_login_body(&body, view->user, &fetch->secret);
    request.type = "application/json";
    request.body = draft_span(&body);
    request.max_bytes = MAX_SMALL;
    view->stage = API_LOGIN;
    bool done = send_request(api, view, &request, &answer, fault);
    draft_wipe(&body);
    view->port = api->port;
    done = done && api_judge(fetch->arena, view, &answer, fault) == API_ANSWER;
    if (done) {
        fetch->passphrase_accepted = true;
        done = api_read_token(view, answer.bytes, &api->header, fault);
    } else if (fault->kind == FAULT_LOGIN || fault->kind == FAULT_FORBIDDEN) {
        fetch->passphrase_refused = true;
    }
    if (done)
        fetch_note(fetch, "HTTPS: logged in to the API on port %u as %s, with a token", api->port,
                   view->user);
    api->failed = !done;
    if (!done)
        api->fault = *fault;
    return done;
}

/* The header that proves who asks. */
static bool prepare(struct api *api, const struct fetch_row *row, struct api_view *view,
                    struct fault *fault)
{
    const struct fetch *fetch = api->fetch;
    if (!api->failed && fetch->passphrase_refused) {
        api->failed = true;
        (void)fault_set(&api->fault, FAULT_LOGIN, view->id, 0,
                        "not tried: the passphrase of %.64s was refused before, and failures lock "
                        "the account",
                        view->user);
    }
    if (api->failed) {
        (void)fault_set(fault, api->fault.kind, view->id, 0, "%s", api->fault.text);
        return false;
    }
    if (fetch->node->api_login == CONFIG_LOGIN_BASIC) {
        if (api->header.n == 0)
            http_basic(&api->header, view->user, &fetch->secret);
        view->stage = API_BASIC;
        return true;
    }
    if (api->header.n == 0 && !login(api, row, view, fault))
        return false;
    view->stage = API_TOKEN;
    return true;
}

/* A server may echo what it was sent: no fault quotes the token. */
static void clean(const struct api *api, struct fault *fault)
{
    struct span name, value, scheme, token;
    if (!text_cut(draft_span(&api->header), ' ', &name, &value))
        return;
    if (!text_cut(value, ' ', &scheme, &token))
        token = value;
    const struct fault dirty = *fault;
    struct span text = redact(api->fetch->arena, text_of(dirty.text), token, true);
    (void)fault_set(fault, dirty.kind, dirty.origin, dirty.line, "%.*s", TEXT_ARGS(text));
}

bool api_get(struct api *api, const struct fetch_row *row, const char *id, const char *path,
             struct span *bytes, struct fault *fault)
{
    struct fetch *fetch = api->fetch;
    struct http_answer answer;
    struct api_view view = {.id = id,
                            .what = api->what != NULL ? api->what : row->kind->asked,
                            .user = fetch->node->user,
                            .port = api->port};
    for (;;) {
        if (!prepare(api, row, &view, fault))
            return false;
        struct http_request request = request_for(api, row, id, path);
        request.header = api->header.bytes;
        request.tail = api->tail;
        view.accepted = fetch->passphrase_accepted;
        if (!send_request(api, &view, &request, &answer, fault))
            return false;
        view.port = api->port;
        enum api_meaning meaning = api_judge(fetch->arena, &view, &answer, fault);
        if (view.stage == API_BASIC && fault->kind == FAULT_LOGIN && meaning == API_FAULT)
            fetch->passphrase_refused = true;
        if (meaning == API_RENEW && !api->renewed) {
            fetch_note(fetch, "HTTPS: the token of the API was not accepted any more");
            api->renewed = true;
            draft_wipe(&api->header);
            continue;
        }
        *bytes = answer.bytes;
        api->head = answer.head;
        if (meaning != API_ANSWER)
            clean(api, fault);
        if (meaning == API_ANSWER && view.stage == API_BASIC)
            fetch->passphrase_accepted = true;
        return meaning == API_ANSWER;
    }
}
