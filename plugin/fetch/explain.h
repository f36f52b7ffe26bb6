/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_EXPLAIN_H
#define PLUGIN_FETCH_EXPLAIN_H

/* Why an HTTPS request got no answer, as a fault with a remedy. Pure. */

#include "plugin/config.h"

/* How far a request came. */
enum explain_phase { EXPLAIN_CONNECTING, EXPLAIN_SHAKING, EXPLAIN_ASKING, EXPLAIN_ANSWERING };

/* What is known of a request that failed: all that its sentence is made from. */
struct explain_failure {
    int code;    /* CURLcode */
    long verify; /* X509_V_ERR_… of the certificate; 0 = none */
    int error;   /* errno of the connection; 0 = none */
    enum explain_phase phase;
    const char *text; /* libcurl's words */
    bool too_big;
    bool met;     /* this port was asked before, in this run */
    size_t bytes; /* of the answer that came */
    int limit_ms; /* that applied to the phase */
};

/*
 * Fills FAULT for FAILURE on PORT of NODE. A refused port is UNSUPPORTED, not UNREACHABLE: somebody
 * answered, so it is the service that is off or not up yet (asyncos-http.md 8.8, I); RESTARTING
 * only when the same port took a request before in this run. UNREACHABLE is no route and a name
 * that does not resolve. Returns false.
 */
bool explain_failure(const struct config_node *node, unsigned port, const char *id,
                     const struct explain_failure *failure, struct fault *fault);

#endif
