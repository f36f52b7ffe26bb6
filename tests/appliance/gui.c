/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/appliance/gui.h"

#include <string.h>

#include "tests/appliance/access.h"

static const char cookie_name[] = "sid";
static const char session_client[] = "session";
enum { SESSION_S = 1800 };

static const struct place {
    const char *path, *document;
    bool is_sma;
} places[] = {
    {"/xml/status", "https/xml_status.xml", false},
    {"/monitor/tracking-availability", "https/tracking_page.html", true},
    {"/services/appliances", "https/services_page.html", true},
};

void gui_route(struct request *request)
{
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (strcmp(places[i].path, request->path) == 0 && places[i].is_sma == request->node->is_sma)
            request->document = places[i].document;
}

void gui_page(struct request *request, struct answer *answer, unsigned status, const char *title,
              const char *sentence)
{
    answer->status = status;
    answer->type = "text/html; charset=utf-8";
    answer->body = text_of(arena_printf(&request->arena,
                                        "<!DOCTYPE html>\n<html><head><title>%s</title></head>\n"
                                        "<body><p>%s</p></body></html>\n",
                                        title, sentence));
}

void gui_restarting(struct request *request, struct answer *answer)
{
    gui_page(request, answer, MHD_HTTP_OK, "Cisco",
             "The web interface is in the process of restarting. Please wait a moment.");
}

static void serve_form(struct request *request, struct answer *answer, const char *sentence)
{
    gui_page(request, answer, MHD_HTTP_OK, "Login",
             arena_printf(&request->arena,
                          "%s</p><form name=\"login\" action=\"/login\" method=\"post\">"
                          "<input type=\"hidden\" name=\"action\" value=\"Login\">"
                          "<input type=\"hidden\" name=\"referrer\" value=\"\">"
                          "<input type=\"hidden\" name=\"screen\" value=\"login\">"
                          "<input type=\"text\" name=\"username\">"
                          "<input type=\"password\" name=\"password\"></form><p>",
                          sentence));
}

static void redirect(struct request *request, struct answer *answer, unsigned status,
                     const char *location)
{
    gui_page(request, answer, status, "Moved", "This page is elsewhere.");
    answer->location = location;
}

/* A member of a form, decoded; false when it is not there. */
static bool form_member(struct request *request, const char *name, struct span *value)
{
    struct span rest = {request->body, request->body_n}, part, key, text;
    while (rest.n > 0) {
        (void)text_cut(rest, '&', &part, &rest);
        if (!text_cut(part, '=', &key, &text) || !text_is(key, name))
            continue;
        char *copy = arena_dup(&request->arena, text);
        for (char *p = copy; *p != '\0'; p++)
            if (*p == '+')
                *p = ' ';
        *value = (struct span){copy, MHD_http_unescape(copy)};
        return true;
    }
    return false;
}

/* POST of the form: a session, or the form again. 5, V for the members and the cookie's name. */
static void log_in(struct request *request, struct answer *answer)
{
    struct span action, user, passphrase;
    if (!form_member(request, "action", &action) || !text_is(action, "Login") ||
        !form_member(request, "username", &user) ||
        !form_member(request, "password", &passphrase)) {
        serve_form(request, answer, "Please log in.");
        return;
    }
    if (!access_passphrase(request->sim, request->node, request->on, "form", user, passphrase)) {
        serve_form(request, answer, "Invalid username or passphrase.");
        return;
    }
    redirect(request, answer, MHD_HTTP_FOUND, "/");
    answer->cookie =
        arena_printf(&request->arena, "%s=%s; Path=/; Secure; HttpOnly", cookie_name,
                     access_grant(&request->arena, request->node, session_client, SESSION_S));
}

/* The session of the request's cookie; NULL when it has none. */
static const char *session_of(const struct request *request)
{
    return MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, cookie_name);
}

static void log_out(struct request *request, struct answer *answer)
{
    const char *session = session_of(request);
    if (session != NULL) {
        request->auth = "cookie";
        access_withdraw(request->node, session);
    }
    redirect(request, answer, MHD_HTTP_FOUND, "/login");
    answer->cookie = "sid=; Path=/; Max-Age=0; Secure; HttpOnly";
}

static void not_found(struct request *request, struct answer *answer)
{
    gui_page(request, answer, MHD_HTTP_NOT_FOUND, "404 Not Found", "There is no such page.");
}

static void serve_document(struct request *request, struct answer *answer, const char *type)
{
    struct span text;
    if (!request_document(request, request->document, &text)) {
        not_found(request, answer);
        return;
    }
    answer->status = MHD_HTTP_OK;
    answer->type = type;
    answer->body = text;
}

/* HTTP Basic with the GUI's realm. 4, V */
static void serve_xml(struct request *request, struct answer *answer)
{
    struct span user, passphrase;
    if (request_basic(request, &user, &passphrase)) {
        request->auth = "basic";
        if (access_passphrase(request->sim, request->node, request->on, "basic", user,
                              passphrase)) {
            serve_document(request, answer, "text/xml");
            return;
        }
    }
    gui_page(request, answer, MHD_HTTP_UNAUTHORIZED, "401 Unauthorized",
             "This page needs a user name and a passphrase.");
    answer->realm = true;
}

static void serve_page(struct request *request, struct answer *answer)
{
    const char *session = session_of(request);
    int64_t value;
    if (session == NULL) {
        redirect(request, answer, MHD_HTTP_TEMPORARY_REDIRECT, "/login");
        return;
    }
    request->auth = "cookie";
    if (access_check(request->node, session_client, session) != ACCESS_GRANTED ||
        (request->document != NULL && request_fault(request, "idle", 0, &value)))
        gui_page(request, answer, MHD_HTTP_OK, "Cisco", "User Session is not valid.");
    else if (request->document != NULL)
        serve_document(request, answer, "text/html; charset=utf-8");
    else if (strcmp(request->path, "/") == 0)
        gui_page(request, answer, MHD_HTTP_OK, "Cisco", "Welcome.");
    else
        not_found(request, answer);
}

void gui_answer(struct request *request, struct answer *answer)
{
    const bool is_post = strcmp(request->method, "POST") == 0;
    if (!is_post && strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0)
        gui_page(request, answer, MHD_HTTP_NOT_IMPLEMENTED, "501 Unsupported method",
                 "Unsupported method.");
    else if (strcmp(request->path, "/login") == 0 && is_post)
        log_in(request, answer);
    else if (strcmp(request->path, "/login") == 0)
        serve_form(request, answer, "Please log in.");
    else if (strcmp(request->path, "/logout") == 0)
        log_out(request, answer);
    else if (strcmp(request->path, "/xml/status") == 0 && !request->node->is_sma)
        serve_xml(request, answer);
    else
        serve_page(request, answer);
}
