/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/icinga/icinga.h"

#include <stdlib.h>
#include <string.h>

#include "plugin/fetch/http.h"

enum { MAX_ANSWER = 64 * 1024 * 1024, WORDS = 160 };

struct icinga {
    const struct config_node *at;
    struct fetch fetch; /* what http.h needs of one: arena and node */
    struct http *http;
    struct draft header; /* "Authorization: Basic …"; empty = by certificate */
};

static bool log_in(struct icinga *icinga, struct fault *fault)
{
    struct secret secret;
    if (icinga->at->user == NULL) /* config.c: then there is a certificate */
        return true;
    if (!secret_find(icinga->at, icinga->at->user, &secret, fault))
        return false;
    http_basic(&icinga->header, icinga->at->user, &secret);
    secret_wipe(&secret);
    return true;
}

struct icinga *icinga_open(struct arena *arena, const struct config *config, struct fault *fault)
{
    if (config->icinga == NULL) {
        (void)fault_set(fault, FAULT_NOT_CAPTURED, config->path, 0,
                        "has no [icinga2] section: add one with url, ca_file, user and "
                        "credentials_file");
        return NULL;
    }
    struct icinga *icinga = arena_alloc(arena, sizeof(*icinga));
    *icinga = (struct icinga){.at = config->icinga, .header = {.arena = arena}};
    icinga->fetch = (struct fetch){.arena = arena, .config = config, .node = icinga->at};
    secret_harden();
    if (log_in(icinga, fault)) {
        icinga->http = http_open(&icinga->fetch, fault);
        if (icinga->http != NULL)
            return icinga;
    }
    icinga_close(icinga);
    return NULL;
}

void icinga_close(struct icinga *icinga)
{
    if (icinga == NULL)
        return;
    http_close(icinga->http);
    draft_wipe(&icinga->header);
    secret_soften();
}

const char *icinga_service(struct arena *arena, const char *host, const char *check)
{
    return arena_printf(arena, "%s!asyncos-%s", host, check);
}

bool icinga_is_lost(const struct fault *fault)
{
    return fault->kind != FAULT_UNSUPPORTED && fault->kind != FAULT_FORBIDDEN;
}

/* -- What an answer means ------------------------------------------------------------------- */

/* Icinga's own words of an answer or of one of its results; never more than a line of them. */
static const char *words_of(struct arena *arena, const json_t *object)
{
    const char *why = json_string_value(json_object_get(object, "diagnostic_information"));
    const char *status = json_string_value(json_object_get(object, "status"));
    struct span words = text_of(status == NULL ? "" : status);
    if (why != NULL && strncmp(why, "Error: ", 7) == 0)
        words = (struct span){why + 7, strcspn(why + 7, "\n")};
    if (text_ends(words, "."))
        words = text_head(words, words.n - 1);
    return result_clean(arena, words, WORDS);
}

static const char *who(const struct icinga_view *view)
{
    return view->user != NULL ? arena_printf(view->arena, "ApiUser %.60s", view->user)
                              : "the ApiUser of this certificate";
}

/* What the words of a refusal say, whatever its status: Icinga 2.13 tells it as 404. */
static bool refused(const struct icinga_view *view, long status, const char *words,
                    struct fault *fault)
{
    static const char missing[] = "Missing permission: ";
    const char *permission = strstr(words, missing);
    if (permission != NULL)
        permission += sizeof(missing) - 1;
    else
        permission = view->request->path;
    return fault_set(fault, FAULT_FORBIDDEN, view->url, 0,
                     "HTTP %ld: %s: %s lacks the permission '%.60s', see "
                     "nagios/icinga2-api-user.conf",
                     status, words, who(view), permission);
}

static bool missing(const struct icinga_view *view, long status, const char *words,
                    struct fault *fault)
{
    const char *object = view->request->object;
    if (strncmp(words, "Can't find a valid ", 19) == 0) /* of what it would take */
        return fault_set(fault, FAULT_UNSUPPORTED, view->url, 0,
                         "HTTP %ld: %s is it defined, and may %s see it, as in "
                         "nagios/icinga2-api-user.conf?",
                         status, words, who(view));
    if (object == NULL)
        return fault_set(fault, FAULT_UNSUPPORTED, view->url, 0, "HTTP %ld: %s", status, words);
    if (strstr(words, "Access denied") != NULL)
        return fault_set(fault, FAULT_FORBIDDEN, view->url, 0,
                         "HTTP %ld: %s: the filter of the permission of %s leaves it out", status,
                         words, who(view));
    return fault_set(fault, FAULT_UNSUPPORTED, view->url, 0,
                     "HTTP %ld: %s: %.100s is not in Icinga: %s", status, words, object,
                     strchr(object, '!') == NULL
                         ? "define the host, or name it with monitored_as"
                         : "import nagios/icinga2-services.conf, and set vars.asyncos_role on the "
                           "host");
}

static bool explain(const struct icinga_view *view, long status, const char *words,
                    struct fault *fault)
{
    if (status == 401)
        return fault_set(fault, FAULT_LOGIN, view->url, 0,
                         "HTTP 401: %s: %s is not known or its passphrase is another: compare "
                         "with the ApiUser object of Icinga",
                         words, who(view));
    if (status == 403 || strstr(words, "Missing permission") != NULL)
        return refused(view, status, words, fault);
    if (status == 404)
        return missing(view, status, words, fault);
    return fault_set(fault, status == 503 ? FAULT_RESTARTING : FAULT_UNSUPPORTED, view->url, 0,
                     "HTTP %ld: %s", status, words);
}

/* An action answers with a result for each object; one that failed counts as the whole answer. */
static const json_t *failed_result(const json_t *root, long *status)
{
    size_t i;
    const json_t *result;
    json_array_foreach (json_object_get(root, "results"), i, result) {
        const json_int_t code = json_integer_value(json_object_get(result, "code"));
        if (code >= 300) {
            *status = (long)code;
            return result;
        }
    }
    return NULL;
}

bool icinga_judge(const struct icinga_view *view, long status, struct span bytes, json_t **answer,
                  struct fault *fault)
{
    json_error_t ignored;
    json_t *root = json_loadb(bytes.p, bytes.n, 0, &ignored);
    *answer = NULL;
    if (!json_is_object(root)) {
        json_decref(root);
        return status == 401 ? explain(view, status, "Unauthorized", fault)
                             : fault_set(fault, FAULT_SYNTAX, view->url, 0,
                                         "HTTP %ld, and no answer of Icinga's API: does url name "
                                         "its ApiListener?",
                                         status);
    }
    const json_t *failed = failed_result(root, &status);
    if (failed == NULL && status < 300) {
        *answer = root;
        return true;
    }
    bool done = explain(view, status, words_of(view->arena, failed != NULL ? failed : root), fault);
    json_decref(root);
    return done;
}

/* -- Asking --------------------------------------------------------------------------------- */

/*
 * http.h tells what went wrong on the way to an appliance, what to do about it behind a colon; the
 * remedy here is another one.
 */
static bool on_the_way(const char *url, struct fault *fault)
{
    struct fault own = *fault;
    const char *remedy = NULL;
    if (own.kind == FAULT_CERTIFICATE)
        remedy = strstr(own.text, "another name") != NULL
                     ? "url is to name the host as its certificate does (Icinga's NodeName), and "
                       "address where it is"
                     : "ca_file of [icinga2] is to be the ca.crt of Icinga's own CA "
                       "(/var/lib/icinga2/certs/ca.crt)";
    else if (own.kind == FAULT_UNSUPPORTED)
        remedy = "does icinga2 run, with its api feature?";
    else if (own.kind == FAULT_TIMEOUT && strchr(own.text, ':') != NULL)
        remedy = "does icinga2 run there, and is no firewall in between?";
    if (remedy != NULL)
        own.text[strcspn(own.text, ":")] = '\0';
    enum fault_kind kind = own.kind;
    if (kind == FAULT_UNSUPPORTED || kind == FAULT_SYNTAX) /* those are Icinga's own answers */
        kind = FAULT_UNREACHABLE;
    return fault_set(fault, kind, url, 0, "%s%s%s", own.text, remedy != NULL ? ": " : "",
                     remedy != NULL ? remedy : "");
}

bool icinga_ask(struct icinga *icinga, const struct icinga_request *request, json_t **answer,
                struct fault *fault)
{
    struct arena *arena = icinga->fetch.arena;
    const struct config_node *at = icinga->at;
    const char *query = strchr(request->path, '?') != NULL ? "&verbose=1" : "?verbose=1";
    const char *path = arena_printf(arena, "/v1/%s%s", request->path, request->body ? "" : query);
    const char *url = arena_printf(arena, "https://%s:%u/v1/%.*s", at->name, at->https_port,
                                   (int)strcspn(request->path, "?"), request->path);
    char *body = NULL;
    *answer = NULL;
    if (request->body != NULL) {
        (void)json_object_set_new(request->body, "verbose", json_true());
        body = json_dumps(request->body, JSON_COMPACT);
        if (body == NULL)
            return fault_set(fault, FAULT_INTERNAL, url, 0, "the request is no UTF-8 text");
    }
    unsigned limit_s = request->limit_s != 0 ? request->limit_s : at->timeout_s;
    const struct http_request http = {.id = url,
                                      .port = at->https_port,
                                      .path = path,
                                      .accept = "application/json",
                                      .header = icinga->header.n > 0 ? icinga->header.bytes : NULL,
                                      .type = body != NULL ? "application/json" : NULL,
                                      .body = body != NULL ? text_of(body) : (struct span){NULL, 0},
                                      .asks = request->asks,
                                      .max_bytes = MAX_ANSWER,
                                      .limit_ms = (int)limit_s * 1000};
    struct http_answer got;
    bool done = http_ask(icinga->http, &http, &got, fault);
    free(body);
    if (!done)
        return on_the_way(url, fault);
    const struct icinga_view view = {arena, url, at->user, request};
    return icinga_judge(&view, got.status, got.bytes, answer, fault);
}
