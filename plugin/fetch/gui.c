/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/gui.h"

#include <string.h>
#include <sys/stat.h>

#include "plugin/file.h"
#include "plugin/redact.h"

/* RESERVE_MS: kept for the log-out, so that no session is left behind by a page that hangs. */
enum { MAX_LOGIN = 1024 * 1024, MAX_SCANNED = 256 * 1024, RESERVE_MS = 2000 };

/* -- Judging -------------------------------------------------------------------------------- */

static bool is_redirect(const struct http_answer *answer)
{
    return answer->status >= 300 && answer->status < 400;
}

bool gui_is_login(const struct http_answer *answer)
{
    struct span rest = text_head(answer->bytes, MAX_SCANNED), tag, after;
    if (is_redirect(answer))
        return text_find_nocase(answer->location, "login") >= 0;
    for (ptrdiff_t at; (at = text_find_nocase(rest, "<input")) >= 0;) {
        rest = text_skip(rest, (size_t)at + 1);
        (void)text_cut(rest, '>', &tag, &after);
        if (text_find_nocase(tag, "password") >= 0)
            return true;
    }
    return false;
}

/* Words of a login that goes another way, in the address or on the page; unknown in detail (U). */
static const struct {
    const char *text;
    bool on_page; /* also looked for in the text of the page */
    enum fault_kind kind;
    const char *words;
} detours[] = {
    {"saml", false, FAULT_UNSUPPORTED, "goes to a single sign-on"},
    {"sso", false, FAULT_UNSUPPORTED, "goes to a single sign-on"},
    {"two-factor", true, FAULT_FACTOR, "asks for a second factor"},
    {"twofactor", false, FAULT_FACTOR, "asks for a second factor"},
    {"2fa", false, FAULT_FACTOR, "asks for a second factor"},
    {"passcode", true, FAULT_FACTOR, "asks for a second factor"},
    {"verification code", true, FAULT_FACTOR, "asks for a second factor"},
};

static bool is_detour(const char *id, const struct http_answer *answer, struct fault *fault)
{
    struct span page = text_head(answer->bytes, MAX_SCANNED);
    for (size_t i = 0; i < sizeof(detours) / sizeof(detours[0]); i++)
        if (text_find_nocase(answer->location, detours[i].text) >= 0 ||
            (detours[i].on_page && text_find_nocase(page, detours[i].text) >= 0))
            return !fault_set(fault, detours[i].kind, id, 0,
                              "the GUI's login %s: save the page from the browser and set "
                              "file:PATH",
                              detours[i].words);
    return false;
}

bool gui_judge_login(const char *id, const char *user, bool accepted,
                     const struct http_answer *answer, struct fault *fault)
{
    if (http_is_restarting(answer))
        return fault_set(fault, FAULT_RESTARTING, id, 0, "the GUI is restarting");
    if (is_detour(id, answer, fault))
        return false;
    if (answer->status == 401 || answer->status == 403 || gui_is_login(answer))
        return accepted
                   ? fault_set(fault, FAULT_FORBIDDEN, id, 0, "%.64s may not use the GUI", user)
                   : fault_set(fault, FAULT_LOGIN, id, 0,
                               "the GUI refused the login of %.64s; it is not tried again, for "
                               "failures lock the account",
                               user);
    if (answer->status == 404)
        return fault_set(fault, FAULT_UNSUPPORTED, id, 0,
                         "no GUI with a login form answers: see https_port");
    if ((answer->status == 200 || is_redirect(answer)) && answer->cookie.n > 0)
        return true;
    return fault_set(fault, FAULT_SYNTAX, id, 0,
                     "the GUI answered the login with status %ld and no session", answer->status);
}

/* What a page of status 200 says of itself, by the parser that will read it. */
static bool is_page(struct arena *arena, const struct fetch_row *row,
                    const struct http_answer *answer, struct fault *fault)
{
    struct fault why = {.kind = FAULT_NONE};
    void *facts = arena_alloc(arena, row->kind->facts_size);
    if (text_trim(answer->bytes).n == 0)
        return fault_set(fault, FAULT_EMPTY, row->kind->id, 0, "the page is empty");
    if (row->kind->parse(arena, answer->bytes, facts, &why))
        return true;
    if (why.kind != FAULT_LOGIN && why.kind != FAULT_RESTARTING &&
        text_find(text_of(why.text), "Application Error") < 0)
        return true; /* kept as evidence: the check quotes it */
    return fault_set(fault, why.kind, row->kind->id, 0, "%s", why.text);
}

bool gui_judge_page(struct arena *arena, const struct fetch_row *row, const char *path,
                    const struct http_answer *answer, struct fault *fault)
{
    const char *id = row->kind->id;
    if (answer->status == 200)
        return is_page(arena, row, answer, fault);
    if (http_is_restarting(answer))
        return fault_set(fault, FAULT_RESTARTING, id, 0, "the GUI is restarting");
    if (gui_is_login(answer))
        return fault_set(fault, FAULT_LOGIN, id, 0, "the GUI session is not valid for %.100s",
                         path);
    if (answer->status == 401 || answer->status == 403)
        return fault_set(fault, FAULT_FORBIDDEN, id, 0, "this account may not see %.100s", path);
    if (answer->status == 404)
        return fault_set(fault, FAULT_UNSUPPORTED, id, 0,
                         "the GUI knows no page %.100s: copy its path from the browser", path);
    return fault_set(fault, FAULT_SYNTAX, id, 0, "the GUI answers %.100s with status %ld", path,
                     answer->status);
}

/* -- Session -------------------------------------------------------------------------------- */

void gui_login_body(struct draft *body, const char *user, const struct secret *secret)
{
    draft_string(body, "action=Login&referrer=&screen=login&username=");
    draft_percent(body, text_of(user));
    draft_string(body, "&password=");
    draft_percent(body, (struct span){secret->bytes, secret->n});
}

struct gui gui_open(struct fetch *fetch, struct http *http)
{
    return (struct gui){
        .user = fetch->node->user, .fetch = fetch, .http = http, .cookie = {.arena = fetch->arena}};
}

static struct http_request request_for(const struct gui *gui, const char *id, const char *path,
                                       size_t max_bytes, unsigned limit_s)
{
    int left_ms = fetch_left_ms(gui->fetch, (int)limit_s * 1000 + RESERVE_MS);
    return (struct http_request){.id = id,
                                 .port = gui->fetch->node->https_port,
                                 .path = path,
                                 .accept = "text/html",
                                 .header = gui->cookie.n > 0 ? gui->cookie.bytes : NULL,
                                 .max_bytes = max_bytes,
                                 .limit_ms = left_ms - RESERVE_MS};
}

/* One POST of the form; what comes of it is remembered for all pages. */
static bool login(struct gui *gui, const struct fetch_row *row, struct fault *fault)
{
    const char *id = row->kind->id;
    struct fetch *fetch = gui->fetch;
    struct http_answer answer;
    struct draft body = {.arena = fetch->arena};
    struct http_request request = request_for(gui, id, "/login", MAX_LOGIN, row->limit_s);
    if (fetch->passphrase_refused)
        return fault_set(fault, FAULT_LOGIN, id, 0,
                         "not tried: the passphrase of %.64s was refused before, and failures lock "
                         "the account",
                         gui->user);
    gui_login_body(&body, gui->user, &fetch->secret);
    request.type = "application/x-www-form-urlencoded";
    request.body = draft_span(&body);
    bool done = http_ask(gui->http, &request, &answer, fault);
    draft_wipe(&body);
    if (!done)
        return false;
    if (gui_judge_login(id, gui->user, fetch->passphrase_accepted, &answer, fault)) {
        fetch->passphrase_accepted = true;
        draft_string(&gui->cookie, "Cookie: sid=");
        draft_put(&gui->cookie, answer.cookie);
        fetch_note(fetch, "HTTPS: logged in to the GUI on port %u as %s", request.port, gui->user);
        return true;
    }
    if (fault->kind == FAULT_LOGIN)
        fetch->passphrase_refused = true;
    return false;
}

bool gui_get(struct gui *gui, const struct fetch_row *row, const char *path, struct span *bytes,
             struct fault *fault)
{
    const char *id = row->kind->id;
    struct http_answer answer;
    if (*path != '/')
        return fault_set(fault, FAULT_INTERNAL, id, 0,
                         "'%.100s' is neither a path of the GUI (/…) nor a saved page (file:PATH)",
                         path);
    if (!gui->failed && gui->cookie.n == 0 && !login(gui, row, &gui->fault))
        gui->failed = true;
    if (gui->failed)
        return fault_set(fault, gui->fault.kind, id, 0, "%s", gui->fault.text);
    struct http_request request = request_for(gui, id, path, row->max_bytes, row->limit_s);
    if (!http_ask(gui->http, &request, &answer, fault) ||
        !gui_judge_page(gui->fetch->arena, row, path, &answer, fault))
        return false;
    *bytes = answer.bytes;
    return true;
}

void gui_close(struct gui *gui)
{
    struct http_answer answer;
    struct fault fault;
    struct http_request request = request_for(gui, "logout", "/logout", MAX_LOGIN, RESERVE_MS);
    request.limit_ms = fetch_left_ms(gui->fetch, RESERVE_MS);
    if (gui->cookie.n > 0 && !http_ask(gui->http, &request, &answer, &fault))
        fetch_note(gui->fetch, "HTTPS: could not log out of the GUI: %s", fault.text);
    draft_wipe(&gui->cookie);
}

/* -- Saved pages ---------------------------------------------------------------------------- */

void gui_saved(const struct fetch *fetch, const struct fetch_row *row, const char *path)
{
    const char *id = row->kind->id;
    struct stat info;
    struct span bytes = {NULL, 0};
    struct fault fault = {.kind = FAULT_NONE};
    int64_t start_ms = fetch_now_ms();
    fetch_begin(fetch, id);
    if (!file_read(fetch->arena, path, row->max_bytes, &bytes, &fault) || stat(path, &info) != 0) {
        struct fault why;
        (void)fault_set(&why, fault.kind == FAULT_NONE ? FAULT_INTERNAL : fault.kind, id, 0,
                        "the saved page %.120s: %s", path,
                        fault.kind == FAULT_NOT_CAPTURED ? "no such file" : fault.text);
        fetch_fault(fetch, id, &why, start_ms);
        return;
    }
    struct span secret = {fetch->secret.bytes, fetch->secret.n};
    struct document document = {
        .id = id,
        .bytes = redact(fetch->arena, bytes, secret, fetch->config->keep_addresses),
        .has_taken_at = true,
        .taken_at = (int64_t)info.st_mtime};
    fetch->sink->document(fetch->sink->context, &document);
}
