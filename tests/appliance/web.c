/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/appliance/web.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/appliance/access.h"
#include "tests/appliance/api.h"
#include "tests/appliance/certificate.h"
#include "tests/appliance/gui.h"
#include "tests/appliance/journal.h"
#include "tests/appliance/park.h"
#include "tests/appliance/play.h"
#include "tests/appliance/request.h"

enum {
    MAX_BODY = 65536,
    STACK_BYTES = 512 * 1024 /* of a connection's thread */
};

#define TLS_NEW "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
#define TLS_OLD "NORMAL:-VERS-ALL:+VERS-TLS1.0:+SIGN-ALL:+SHA1:%COMPAT"

static const char *const port_names[SIM_PORTS] = {"ssh", "gui", "api"};

/* One daemon for each way in which TLS can be offered; the first is the sound one. */
static const struct kind {
    const char *fault;
    enum certificate_kind certificate;
    const char *priorities;
} kinds[] = {
    {NULL, CERTIFICATE_GOOD, TLS_NEW},
    {"expired-certificate", CERTIFICATE_EXPIRED, TLS_NEW},
    {"self-signed", CERTIFICATE_SELF_SIGNED, TLS_NEW},
    {"old-tls", CERTIFICATE_GOOD, TLS_OLD},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static struct certificate_set certificates;
static struct MHD_Daemon *daemons[KINDS];

static bool is_api(const struct request *request)
{
    return request->port == SIM_API;
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (value != NULL)
        (void)MHD_add_response_header(response, name, value);
}

static enum MHD_Result send_answer(struct request *request, const struct answer *answer)
{
    struct MHD_Response *response = play_response(request, answer->body);
    if (response == NULL)
        return MHD_NO;
    add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
    add_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    add_header(response, MHD_HTTP_HEADER_SERVER, is_api(request) ? "API/2.0" : NULL);
    add_header(response, MHD_HTTP_HEADER_LOCATION, answer->location);
    add_header(response, MHD_HTTP_HEADER_SET_COOKIE, answer->cookie);
    add_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
               answer->realm ? "Basic realm=\"IronPort Web Interface\"" : NULL);
    const enum MHD_Result result =
        MHD_queue_response(request->connection, answer->status, response);
    MHD_destroy_response(response);
    return result;
}

static const char *text_or_dash(const char *text)
{
    return text != NULL ? text : "-";
}

static void write_journal(struct request *request, const struct answer *answer)
{
    journal(request->sim, request->node, request->on, "request", "method", request->method, "path",
            request->target, "status", arena_printf(&request->arena, "%u", answer->status), "auth",
            request->auth, "host", text_or_dash(request_header(request, MHD_HTTP_HEADER_HOST)),
            "user_agent", text_or_dash(request_header(request, MHD_HTTP_HEADER_USER_AGENT)),
            "accept", text_or_dash(request_header(request, MHD_HTTP_HEADER_ACCEPT)),
            (const char *)NULL);
}

/* The whole request is here. MHD_NO breaks the connection. */
static enum MHD_Result serve(struct request *request)
{
    struct answer answer = {.status = MHD_HTTP_INTERNAL_SERVER_ERROR, .body = {"", 0}};
    if (is_api(request))
        api_route(request);
    else
        gui_route(request);
    if (play_reboot(request)) {
        answer.status = 0; /* none */
        write_journal(request, &answer);
        return MHD_NO;
    }
    if (!play_instead(request, &answer)) {
        if (is_api(request))
            api_answer(request, &answer);
        else
            gui_answer(request, &answer);
        play_after(request, &answer);
    }
    write_journal(request, &answer);
    return play_delay(request) ? send_answer(request, &answer) : MHD_NO;
}

/* Which appliance's port did the connection of REQUEST come to? */
static bool find_node(struct request *request, struct sim *sim)
{
    struct sockaddr_in address = {.sin_port = 0};
    socklen_t size = sizeof(address);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info == NULL ||
        getsockname(info->connect_fd, (struct sockaddr *)(void *)&address, &size) != 0)
        return false;
    const uint16_t port = ntohs(address.sin_port);
    for (size_t i = 0; i < sim->node_count; i++)
        for (enum sim_port p = SIM_GUI; p <= SIM_API; p++)
            if (sim->nodes[i].port[p] == port) {
                request->node = &sim->nodes[i];
                request->port = p;
                request->on = port_names[p];
                return true;
            }
    return false;
}

/* Called by libmicrohttpd before anything else of a request. */
static void *begin(void *context, const char *uri, struct MHD_Connection *connection)
{
    struct request *request = calloc(1, sizeof(*request));
    if (request == NULL)
        abort();
    arena_init(&request->arena, NULL);
    request->sim = context;
    request->connection = connection;
    request->target = arena_dup(&request->arena, text_of(uri));
    request->auth = "none";
    return request;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    struct request *request = *state;
    (void)connection;
    (void)version;
    if (request == NULL)
        return MHD_NO;
    if (request->node == NULL) {
        request->method = arena_dup(&request->arena, text_of(method));
        request->path = arena_dup(&request->arena, text_of(url));
        return find_node(request, context) ? MHD_YES : MHD_NO;
    }
    if (*upload_size == 0)
        return serve(request);
    if (request->body == NULL && (request->body = calloc(1, MAX_BODY)) == NULL)
        abort();
    if (*upload_size > MAX_BODY - request->body_n)
        return MHD_NO;
    memcpy(request->body + request->body_n, upload, *upload_size);
    request->body_n += *upload_size;
    *upload_size = 0;
    return MHD_YES;
}

static void end(void *context, struct MHD_Connection *connection, void **state,
                enum MHD_RequestTerminationCode code)
{
    struct request *request = *state;
    (void)context;
    (void)connection;
    (void)code;
    if (request == NULL)
        return;
    free(request->body);
    arena_free(&request->arena);
    free(request);
    *state = NULL;
}

bool web_prepare(struct sim *sim)
{
    if (!certificate_make(&certificates))
        return false;
    FILE *file = fopen(arena_printf(sim->arena, "%s/ca.pem", sim->dir), "w");
    if (file == NULL)
        return false;
    const bool written = fputs(certificates.ca_pem, file) >= 0;
    return fclose(file) == 0 && written;
}

const char *web_pin(void)
{
    return certificates.pin;
}

bool web_start(struct sim *sim)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL);
    play_start();
    if (!park_start())
        return false;
    for (size_t i = 0; i < KINDS; i++) {
        const struct certificate *certificate = &certificates.of[kinds[i].certificate];
        daemons[i] = MHD_start_daemon(
            MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
                MHD_USE_NO_LISTEN_SOCKET | MHD_USE_POLL | MHD_USE_TLS | MHD_USE_ITC,
            0, NULL, NULL, handle, sim, MHD_OPTION_URI_LOG_CALLBACK, begin, sim,
            MHD_OPTION_NOTIFY_COMPLETED, end, NULL, MHD_OPTION_HTTPS_MEM_CERT, certificate->pem,
            MHD_OPTION_HTTPS_MEM_KEY, certificate->key_pem, MHD_OPTION_HTTPS_PRIORITIES,
            kinds[i].priorities, MHD_OPTION_CONNECTION_LIMIT, 8192u, MHD_OPTION_THREAD_STACK_SIZE,
            (size_t)STACK_BYTES, MHD_OPTION_END);
        if (daemons[i] == NULL)
            return false;
    }
    return true;
}

void web_stop(void)
{
    play_stop();
    park_stop();
    for (size_t i = 0; i < KINDS; i++) {
        if (daemons[i] != NULL)
            MHD_stop_daemon(daemons[i]);
        daemons[i] = NULL;
    }
    access_free();
    certificate_free(&certificates);
}

static bool port_fault(struct sim *sim, const struct sim_node *node, enum sim_port which,
                       const char *word)
{
    int64_t value;
    return sim_fault(sim, node, port_names[which], word, 0, &value) ||
           sim_fault(sim, node, "https", word, 0, &value);
}

void web_serve(struct sim *sim, struct sim_node *node, enum sim_port which, int fd)
{
    struct sockaddr_in peer = {.sin_family = AF_INET};
    socklen_t size = sizeof(peer);
    size_t kind = 0;
    const bool hang = port_fault(sim, node, which, "hang");
    if (hang || port_fault(sim, node, which, "garbage")) {
        park_connection(fd, !hang);
        return;
    }
    for (size_t i = KINDS - 1; i > 0 && kind == 0; i--)
        if (port_fault(sim, node, which, kinds[i].fault))
            kind = i;
    (void)getpeername(fd, (struct sockaddr *)(void *)&peer, &size);
    (void)MHD_add_connection(daemons[kind], fd, (struct sockaddr *)(void *)&peer, sizeof(peer));
}
