/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "plugin/fetch/explain.h"

enum {
    MAX_HEADERS = 64 * 1024,
    MAX_VALUE = 512,
    LEAST_MS = 100,
    CONNECT_MS = 10 * 1000,
    STREAM = 32,
    HEAD_BYTES = 1024
};

struct http {
    const struct fetch *fetch;
    CURL *curl;
    struct curl_slist *connect_to;
    struct draft body;
    size_t max_bytes;
    size_t header_bytes; /* of the answer */
    bool tail;
    size_t gone;           /* bytes of a tail that were dropped in front */
    char head[HEAD_BYTES]; /* the first of them */
    size_t head_n;
    bool too_big;
    bool sent;
    unsigned met;   /* port that a request was sent to before; 0 = none */
    bool shaking;   /* TLS has begun */
    bool head_done; /* the blank line behind the headers has come */
    char type[MAX_VALUE], location[MAX_VALUE], cookie[MAX_VALUE];
    char words[CURL_ERROR_SIZE];
};

/* -- Receiving ------------------------------------------------------------------------------ */

/* Rarely, so that each byte is moved once: half of the room is spare. */
static void keep_tail(struct http *http, struct span bytes)
{
    struct draft *body = &http->body;
    if (body->n > 2 * http->max_bytes) {
        size_t gone = body->n - http->max_bytes;
        if (http->gone == 0) {
            http->head_n = gone < sizeof(http->head) ? gone : sizeof(http->head);
            memcpy(http->head, body->bytes, http->head_n);
        }
        memmove(body->bytes, body->bytes + gone, http->max_bytes);
        body->n -= gone;
        http->gone += gone;
    }
    draft_put(body, bytes);
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct http *http = context;
    size_t n = size * count;
    if (http->tail) {
        http->too_big = http->gone > STREAM * http->max_bytes;
        if (!http->too_big)
            keep_tail(http, (struct span){bytes, n});
        return http->too_big ? 0 : n;
    }
    http->too_big = n > http->max_bytes || http->body.n > http->max_bytes - n;
    if (http->too_big)
        return 0;
    draft_put(&http->body, (struct span){bytes, n});
    return n;
}

/* Keeps VALUE when it fits; a longer one is of no use. */
static void keep(char *room, struct span value)
{
    value = text_trim(value);
    if (value.n == 0 || value.n >= MAX_VALUE)
        return;
    (void)memcpy(room, value.p, value.n);
    room[value.n] = '\0';
}

/* The value goes back as a header of ours, so it may hold only what cannot end one. */
static void keep_cookie(struct http *http, struct span value)
{
    static const char marks[] = "-._~+/=%!";
    struct span pair, rest;
    (void)text_cut(value, ';', &pair, &rest);
    pair = text_trim(pair);
    if (!text_starts(pair, "sid="))
        return;
    pair = text_skip(pair, 4);
    for (size_t i = 0; i < pair.n; i++) {
        char c = pair.p[i];
        bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (c == '\0' || (!alnum && strchr(marks, c) == NULL))
            return;
    }
    keep(http->cookie, pair);
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    struct http *http = context;
    size_t n = size * count;
    struct span line = {bytes, n}, name, value;
    http->header_bytes += n;
    http->too_big = http->header_bytes > MAX_HEADERS;
    if (http->too_big)
        return 0;
    http->head_done = text_trim(line).n == 0;
    if (!text_cut(line, ':', &name, &value))
        return n;
    if (text_is_nocase(name, "Content-Type"))
        keep(http->type, value);
    else if (text_is_nocase(name, "Location"))
        keep(http->location, value);
    else if (text_is_nocase(name, "Set-Cookie"))
        keep_cookie(http, value);
    return n;
}

/* libcurl tells in no other way that a connection stands on which TLS never comes about. */
static CURLcode note_shaking(CURL *curl, void *context, void *http)
{
    (void)curl;
    (void)context;
    ((struct http *)http)->shaking = true;
    return CURLE_OK;
}

/* -- Sending -------------------------------------------------------------------------------- */

void http_start(void)
{
    static bool started;
    if (!started)
        (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    started = true;
}

/* "name:port:address:port" with both ports empty: any, and the same. */
static struct curl_slist *connect_to(const struct fetch *fetch)
{
    const struct config_node *node = fetch->node;
    bool is_v6 = strchr(node->address, ':') != NULL && *node->address != '[';
    const char *text =
        arena_printf(fetch->arena, is_v6 ? "%s::[%s]:" : "%s::%s:", node->name, node->address);
    return curl_slist_append(NULL, text);
}

struct http *http_open(const struct fetch *fetch, struct fault *fault)
{
    http_start();
    struct http *http = arena_alloc(fetch->arena, sizeof(*http));
    http->fetch = fetch;
    http->body.arena = fetch->arena;
    http->curl = curl_easy_init();
    http->connect_to = connect_to(fetch);
    if (http->curl != NULL && http->connect_to != NULL)
        return http;
    http_close(http);
    (void)fault_set(fault, FAULT_INTERNAL, NULL, 0, "libcurl cannot be started");
    return NULL;
}

void http_close(struct http *http)
{
    if (http == NULL)
        return;
    curl_easy_cleanup(http->curl);
    curl_slist_free_all(http->connect_to);
    draft_wipe(&http->body);
    explicit_bzero(http->cookie, sizeof(http->cookie));
    http->curl = NULL;
    http->connect_to = NULL;
}

/* What is the same for every request. Each call returns whether libcurl took the option. */
static bool set_common(struct http *http)
{
    CURL *curl = http->curl;
    return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_USERAGENT, "postcheck/" POSTCHECK_VERSION) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECT_TO, http->connect_to) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->words) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, http) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, note_shaking) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, http) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HEADERDATA, http) == CURLE_OK;
}

/* Trust and way. An empty proxy and an empty list of exceptions keep the environment out. */
static bool set_trust(struct http *http)
{
    CURL *curl = http->curl;
    const struct config_node *node = http->fetch->node;
    bool verify = node->tls_pin == NULL || node->ca_file != NULL;
    const char *proxy = node->https_proxy == NULL ? "" : node->https_proxy;
    bool done =
        curl_easy_setopt(curl, CURLOPT_PROXY, proxy) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_NOPROXY, "") == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L) == CURLE_OK;
    if (done && node->tls_pin != NULL)
        done = curl_easy_setopt(curl, CURLOPT_PINNEDPUBLICKEY, node->tls_pin) == CURLE_OK;
    if (done && (!verify || node->ca_file != NULL)) /* no other authority counts, none is loaded */
        done = curl_easy_setopt(curl, CURLOPT_CAINFO, node->ca_file) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) == CURLE_OK;
    if (done && node->cert_file != NULL)
        done = curl_easy_setopt(curl, CURLOPT_SSLCERT, node->cert_file) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_SSLKEY, node->key_file) == CURLE_OK;
    return done;
}

/* A port that hangs must leave time for another one. */
static int connect_limit_ms(const struct http_request *request)
{
    return request->limit_ms / 2 < CONNECT_MS ? request->limit_ms / 2 : CONNECT_MS;
}

/* HEADERS are used in place: libcurl keeps no copy of a list. */
static bool set_request(struct http *http, const struct http_request *request,
                        struct curl_slist *headers)
{
    CURL *curl = http->curl;
    const char *url = arena_printf(http->fetch->arena, "https://%s:%u%s", http->fetch->node->name,
                                   request->port, request->path);
    bool done = curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)request->limit_ms) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                                 (long)connect_limit_ms(request)) == CURLE_OK &&
                (request->tail || curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE,
                                                   (curl_off_t)request->max_bytes) == CURLE_OK);
    if (done && request->type != NULL)
        done = curl_easy_setopt(curl, CURLOPT_POST, 1L) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)request->body.n) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.p) == CURLE_OK;
    return done;
}

static bool has_passed(CURL *curl, CURLINFO what)
{
    curl_off_t when = 0;
    return curl_easy_getinfo(curl, what, &when) == CURLE_OK && when > 0;
}

static enum explain_phase phase_of(const struct http *http)
{
    if (http->header_bytes > 0)
        return EXPLAIN_ANSWERING;
    if (has_passed(http->curl, CURLINFO_PRETRANSFER_TIME_T))
        return EXPLAIN_ASKING;
    return http->shaking ? EXPLAIN_SHAKING : EXPLAIN_CONNECTING;
}

static bool failed(struct http *http, const struct http_request *request, CURLcode code,
                   struct fault *fault)
{
    long verify = 0, error = 0;
    (void)curl_easy_getinfo(http->curl, CURLINFO_SSL_VERIFYRESULT, &verify);
    (void)curl_easy_getinfo(http->curl, CURLINFO_OS_ERRNO, &error);
    struct explain_failure failure = {.code = (int)code,
                                      .verify = verify,
                                      .error = (int)error,
                                      .phase = phase_of(http),
                                      .text = http->words,
                                      .too_big = http->too_big,
                                      .bytes = http->body.n,
                                      .met = http->met == request->port,
                                      .limit_ms = request->limit_ms};
    if (failure.phase <= EXPLAIN_SHAKING)
        failure.limit_ms = connect_limit_ms(request);
    return explain_failure(http->fetch->node, request->port, request->id, &failure, fault);
}

bool http_ask(struct http *http, const struct http_request *request, struct http_answer *answer,
              struct fault *fault)
{
    char accept[128], type[128], asks[] = "X-HTTP-Method-Override: GET";
    char *lines[4] = {accept, NULL, NULL, NULL};
    struct curl_slist headers[4];
    size_t count = 1;
    char *header = NULL;
    (void)snprintf(accept, sizeof(accept), "Accept: %s", request->accept);
    (void)snprintf(type, sizeof(type), "Content-Type: %s", request->type ? request->type : "");
    if (request->type != NULL)
        lines[count++] = type;
    if (request->asks)
        lines[count++] = asks;
    draft_wipe(&http->body);
    draft_string(&http->body, "");
    *http->type = *http->location = *http->cookie = *http->words = '\0';
    http->max_bytes = request->max_bytes;
    http->tail = request->tail;
    http->gone = http->head_n = 0;
    http->header_bytes = 0;
    http->too_big = http->sent = http->shaking = http->head_done = false;
    if (request->limit_ms < LEAST_MS)
        return fault_set(fault, FAULT_TIMEOUT, request->id, 0,
                         "not asked: the time for this appliance is used up");
    if (request->header != NULL) /* it holds a secret: wiped below */
        lines[count++] = header = arena_dup(http->fetch->arena, text_of(request->header));
    for (size_t i = 0; i < count; i++)
        headers[i] = (struct curl_slist){lines[i], i + 1 < count ? &headers[i + 1] : NULL};
    curl_easy_reset(http->curl); /* keeps connections and TLS sessions */
    CURLcode code = CURLE_FAILED_INIT;
    if (set_common(http) && set_trust(http) && set_request(http, request, headers))
        code = curl_easy_perform(http->curl);
    if (code == CURLE_OK && !http->head_done)
        code = CURLE_PARTIAL_FILE;
    http->sent = phase_of(http) >= EXPLAIN_ASKING;
    bool done = code == CURLE_OK || failed(http, request, code, fault);
    if (http->sent)
        http->met = request->port;
    *answer = (struct http_answer){.status = 0};
    (void)curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_easy_reset(http->curl); /* forgets the headers */
    if (header != NULL)
        explicit_bzero(header, strlen(header));
    answer->bytes = draft_span(&http->body);
    answer->head = (struct span){http->head, http->head_n};
    answer->type = text_of(http->type);
    answer->location = text_of(http->location);
    answer->cookie = text_of(http->cookie);
    return done;
}

bool http_was_sent(const struct http *http)
{
    return http->sent;
}

/* -- Answers -------------------------------------------------------------------------------- */

bool http_is_json(const struct http_answer *answer)
{
    struct span type, rest;
    (void)text_cut(answer->type, ';', &type, &rest);
    return text_is_nocase(text_trim(type), "application/json");
}

bool http_is_html(const struct http_answer *answer)
{
    struct span text = text_trim(answer->bytes);
    struct span head = text_head(text, 1024);
    return text.n != 0 && *text.p == '<' && !text_starts(head, "<?xml") &&
           (text_find_nocase(head, "<html") >= 0 || text_find_nocase(head, "<!doctype html") >= 0 ||
            text_find_nocase(answer->type, "html") >= 0);
}

bool http_is_restarting(const struct http_answer *answer)
{
    return text_find_nocase(text_head(answer->bytes, 64 * 1024), "process of restarting") >= 0;
}

void http_basic(struct draft *draft, const char *user, const struct secret *secret)
{
    struct draft pair = {.arena = draft->arena};
    draft_string(&pair, user);
    draft_string(&pair, ":");
    draft_put(&pair, (struct span){secret->bytes, secret->n});
    draft_string(draft, "Authorization: Basic ");
    draft_base64(draft, draft_span(&pair));
    draft_wipe(&pair);
}
