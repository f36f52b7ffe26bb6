/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_API_H
#define PLUGIN_FETCH_API_H

/*
 * The AsyncOS API: its port, its login, its answers. asyncos-http.md 1 and 8.
 *
 * Ports: node->api_port, else 6443, 4431 and https_port in this order; one counts only when it
 * answers application/json (I). A login that was sent and got no answer is not sent to another
 * port: it may have counted. After a refused login nothing is tried again anywhere (1.4, I).
 */

#include "plugin/fetch/http.h"

struct api {
    struct fetch *fetch;
    struct http *http;
    unsigned port;       /* that answered as the API does; 0 = not found yet */
    struct draft header; /* "jwtToken: …" or "Authorization: …"; empty = not logged in */
    bool renewed;        /* the one new login of this run was used */
    const char *what;    /* in words, in place of the kind's: for a document got another way */
    bool tail;           /* as in http_request */
    struct span head;    /* as in http_answer */
    bool failed;         /* no port or no login: FAULT is that of every document */
    struct fault fault;
};

/* A new one. To be ended by api_close(), which wipes it. */
struct api api_open(struct fetch *fetch, struct http *http);
void api_close(struct api *api);

/*
 * GETs PATH for document ID of ROW, after finding the port and logging in where that is still to be
 * done. True: BYTES are the answer, until the next request. False with FAULT.
 */
bool api_get(struct api *api, const struct fetch_row *row, const char *id, const char *path,
             struct span *bytes, struct fault *fault);

/* -- Pure pieces ---------------------------------------------------------------------------- */

enum api_stage { API_LOGIN, API_TOKEN, API_BASIC };

/* What an answer is judged by. */
struct api_view {
    enum api_stage stage;
    const char *id;   /* origin of the fault */
    const char *what; /* in words: "API config/appliances" */
    const char *user;
    unsigned port;
    bool accepted; /* the passphrase is known to be good */
};

enum api_meaning {
    API_ANSWER,
    API_RENEW, /* the token has expired, or is not accepted */
    API_FAULT
};

/*
 * What ANSWER means. 401 has two meanings and 404 has two (1.4, 8.2 V): with a token, or with a
 * passphrase that is known to be good, 401 is the role (FORBIDDEN); at the login it is the
 * passphrase (LOGIN); with HTTP Basic and nothing known the sentence says both (LOGIN).
 */
enum api_meaning api_judge(struct arena *arena, const struct api_view *view,
                           const struct http_answer *answer, struct fault *fault);

/* {"data": {"userName": …, "passphrase": …}}, both base64 (1.3, V). */
void api_login_body(struct draft *body, const char *user, const struct secret *secret);

/*
 * The header "jwtToken: …" from the answer of the login. False with FAULT: FACTOR when a second one
 * is asked for, CUT or SYNTAX when there is no token that can be a header's value.
 */
bool api_read_token(const struct api_view *view, struct span bytes, struct draft *header,
                    struct fault *fault);

/* The ports to try, in this order. Returns how many. */
size_t api_ports(const struct config_node *node, unsigned ports[3]);

#endif
