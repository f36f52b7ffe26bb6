/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_HTTPS_H
#define PLUGIN_FETCH_HTTPS_H

/*
 * /xml/status, the AsyncOS API and GUI pages over HTTPS (libcurl), certificates verified.
 * asyncos-http.md 1 to 5 and 8.
 */

#include "plugin/fetch/fetch.h"

/*
 * Asks for all API, XML and PAGE rows of FETCH, in this order, and behind the API for the logs that
 * the CLI did not give. Every one ends as an answer or a
 * fault; but a page that has no place in the configuration, and the tracking family of a manager
 * whose gateways nobody names, add nothing. A saved page ("file:PATH") needs no passphrase.
 */
void https_ask(struct fetch *fetch);

struct http_answer;

/*
 * Is ANSWER the XML status? False with FAULT: 401, 403 and the login page are FORBIDDEN when the
 * passphrase is known to be good, else LOGIN, which then says both meanings. Pure.
 */
bool https_judge_xml(const struct fetch *fetch, const struct http_answer *answer,
                     struct fault *fault);

#endif
