/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_REQUEST_H
#define TESTS_APPLIANCE_REQUEST_H

/* One HTTP request and the answer to it, while they pass from web.c to gui.c or api.c. */

#include <microhttpd.h>

#include "tests/appliance/appliance.h"

struct request {
    struct arena arena; /* released with the request */
    struct sim *sim;
    struct sim_node *node;
    enum sim_port port;
    const char *on; /* "gui" or "api" */
    struct MHD_Connection *connection;
    const char *method;
    const char *path;     /* decoded, without the query */
    const char *target;   /* path and query as they came */
    const char *document; /* id of the document that is asked for; NULL = none */
    const char *auth;     /* "basic", "token", "cookie", "none": for the journal */
    char *body;
    size_t body_n;
};

struct answer {
    unsigned status;
    const char *type; /* media type */
    struct span body;
    const char *location; /* header Location; NULL = none */
    const char *cookie;   /* header Set-Cookie; NULL = none */
    bool realm;           /* asks for HTTP Basic */
};

/* A header or a query parameter; NULL when the request has none. */
const char *request_header(const struct request *request, const char *name);
const char *request_query(const struct request *request, const char *name);

/* Has the request a query parameter that is not in NAMES (ended by NULL)? */
bool request_has_other_query(const struct request *request, const char *const *names);

/* Is there a fault WORD for this request: of its document, its port, or all of HTTPS? */
bool request_fault(const struct request *request, const char *word, int64_t standard,
                   int64_t *value);

/* User and passphrase of HTTP Basic; false when there are none. */
bool request_basic(struct request *request, struct span *user, struct span *passphrase);

/* Base64 decoded into the request's arena; false when it is none. */
bool request_decode(struct request *request, struct span text, struct span *out);

/* Document ID of the request's appliance, in the request's arena. False: there is none. */
bool request_document(struct request *request, const char *id, struct span *bytes);

#endif
