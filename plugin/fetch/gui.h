/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_GUI_H
#define PLUGIN_FETCH_GUI_H

/*
 * Pages of the GUI that no API answers: login form, session cookie, page, log out; or pages that
 * the operator saved from the browser. asyncos-http.md 5: login fields, cookie name and the texts
 * of failures V (S30); single sign-on and second factors unknown, so they end in a fault.
 */

#include "plugin/fetch/http.h"

struct gui {
    const char *user;
    struct fetch *fetch;
    struct http *http;
    struct draft cookie; /* "Cookie: sid=…"; empty = not logged in */
    bool failed;         /* no login: FAULT is that of every page */
    struct fault fault;
};

struct gui gui_open(struct fetch *fetch, struct http *http);

/* Logs out where a session was opened, whatever happened since, and wipes the cookie. */
void gui_close(struct gui *gui);

/* GETs PATH for ROW. True: BYTES are the page, until the next request. False with FAULT. */
bool gui_get(struct gui *gui, const struct fetch_row *row, const char *path, struct span *bytes,
             struct fault *fault);

/* Hands PATH, a page saved from the browser, to the sink as ROW's document, of the file's time. */
void gui_saved(const struct fetch *fetch, const struct fetch_row *row, const char *path);

/* -- Pure pieces ---------------------------------------------------------------------------- */

void gui_login_body(struct draft *body, const char *user, const struct secret *secret);

/* Does the answer of POST /login open a session? False with FAULT. ACCEPTED: see api.h. */
bool gui_judge_login(const char *id, const char *user, bool accepted,
                     const struct http_answer *answer, struct fault *fault);

/* Is it the page for ROW? False with FAULT; a page in an unknown form passes, its parser judges. */
bool gui_judge_page(struct arena *arena, const struct fetch_row *row, const char *path,
                    const struct http_answer *answer, struct fault *fault);

/* Is it a page with a field for a password, or a redirect to one? */
bool gui_is_login(const struct http_answer *answer);

#endif
