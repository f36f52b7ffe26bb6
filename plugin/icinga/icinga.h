/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_ICINGA_ICINGA_H
#define PLUGIN_ICINGA_ICINGA_H

/*
 * The API of Icinga 2, as section [icinga2] of the configuration names it: one connection over the
 * HTTPS of fetch/http.h, its certificate always checked by ca_file. monitoring-ecosystem.md 1.10,
 * 3.4.
 */

#include <jansson.h>

#include "plugin/config.h"

struct icinga;

/*
 * Reads the passphrase; nothing is asked yet. NULL with FAULT: no [icinga2], no passphrase. To be
 * closed by icinga_close(), which wipes it. Everything lies in ARENA.
 */
struct icinga *icinga_open(struct arena *arena, const struct config *config, struct fault *fault);
void icinga_close(struct icinga *icinga); /* NULL is fine */

struct icinga_request {
    const char *path;   /* behind /v1/: "actions/process-check-result", "objects/services" */
    json_t *body;       /* POST; borrowed, "verbose" is added; NULL: GET */
    bool asks;          /* a BODY that only asks, such as a long filter: GET by another name */
    const char *object; /* "HOST!SERVICE", "HOST" … that it is about; NULL = no one object */
    unsigned limit_s;   /* 0 = that of the configuration */
};

/*
 * True: *ANSWER is what the API says, to be released by the caller. False with FAULT: its origin is
 * the URL; its text has the status, Icinga's own words, and the remedy. LOGIN is the ApiUser's,
 * FORBIDDEN a permission of it or the filter of one, UNSUPPORTED an object or path that is not
 * there, SYNTAX what is no answer of Icinga's; all other kinds are of the way there.
 */
bool icinga_ask(struct icinga *icinga, const struct icinga_request *request, json_t **answer,
                struct fault *fault);

/* Is FAULT about the way to Icinga, or its user, so that every other request fails as well? */
bool icinga_is_lost(const struct fault *fault);

/* The object of a host's check: "HOST!asyncos-CHECK", as nagios/icinga2-services.conf names it. */
const char *icinga_service(struct arena *arena, const char *host, const char *check);

/* -- Pure pieces ---------------------------------------------------------------------------- */

/* What an answer is judged by. */
struct icinga_view {
    struct arena *arena;
    const char *url;
    const char *user; /* ApiUser; NULL = by certificate */
    const struct icinga_request *request;
};

/* As icinga_ask(), of an answer with STATUS and BYTES. */
bool icinga_judge(const struct icinga_view *view, long status, struct span bytes, json_t **answer,
                  struct fault *fault);

#endif
