/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_HTTP_H
#define PLUGIN_FETCH_HTTP_H

/*
 * One HTTPS request at a time with libcurl: certificates verified, nothing followed, nothing
 * remembered but TLS sessions, every answer bounded in bytes and time. asyncos-http.md 1.1, 8.
 *
 * The URL names the appliance as the inventory does, and is connected to node->address. Trust:
 * ca_file, or the system's authorities; a tls_pin beside ca_file must match too, a tls_pin alone is
 * the whole trust. libcurl's own copy of a request is not wiped when it is freed: the process is
 * short-lived and leaves no core.
 */

#include "plugin/fetch/draft.h"
#include "plugin/fetch/fetch.h"

struct http;

struct http_request {
    const char *id; /* document: origin of faults */
    unsigned port;
    const char *path; /* "/…", with query */
    const char *accept;
    const char *header; /* one more, "Authorization: …"; borrowed; NULL = none */
    const char *type;   /* Content-Type of BODY */
    struct span body;   /* POST when type is not NULL; borrowed */
    bool asks;          /* a BODY of which the server is told that it is a GET's */
    size_t max_bytes;
    bool tail;    /* of a longer body the last MAX_BYTES and some more are kept: answer.head */
    int limit_ms; /* for all of it; connection and TLS: half of it, and 10 s at most */
};

struct http_answer {
    long status;
    struct span bytes; /* NUL behind them; until the next request */
    /* Where BYTES are only the end of a longer body, and so begin anywhere in a line: its begin. */
    struct span head;
    struct span type; /* Content-Type; may be empty, as the next two; until the next request */
    struct span location;
    struct span cookie; /* value of the session cookie `sid`: letters, digits and -._~+/=%! only */
};

/* Once, before the first fork: what libcurl and OpenSSL set up is then shared by all children. */
void http_start(void);

/* A handle for FETCH's appliance, to be closed by http_close(). NULL with FAULT (INTERNAL). */
struct http *http_open(const struct fetch *fetch, struct fault *fault);
void http_close(struct http *http); /* wipes what was received; NULL is fine */

/*
 * Sends REQUEST; with less than a tenth of a second left, nothing is sent (TIMEOUT). True: ANSWER
 * is complete, whatever its status. False with FAULT (explain.h).
 */
bool http_ask(struct http *http, const struct http_request *request, struct http_answer *answer,
              struct fault *fault);

/* Did the last request of HTTP get as far as being sent? */
bool http_was_sent(const struct http *http);

bool http_is_json(const struct http_answer *answer); /* by Content-Type (1.1, I) */
bool http_is_html(const struct http_answer *answer); /* by the bytes */

/* "…process of restarting…" on a page (V S30). */
bool http_is_restarting(const struct http_answer *answer);

/* "Authorization: Basic …" of node->user and SECRET into DRAFT (asyncos-http.md 1.2, V). */
void http_basic(struct draft *draft, const char *user, const struct secret *secret);

#endif
