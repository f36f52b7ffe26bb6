/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_API_H
#define TESTS_APPLIANCE_API_H

/* The AsyncOS API. asyncos-http.md 1.2 to 1.5, 2 and 3. */

#include "tests/appliance/request.h"

/* Sets REQUEST->document, when the path is that of a document. */
void api_route(struct request *request);

/* The answer of a sound appliance; faults that replace or spoil it are played by web.c. */
void api_answer(struct request *request, struct answer *answer);

/* An error as the API words it: {"error": {"message", "code", "explanation"}}. V */
void api_error(struct request *request, struct answer *answer, unsigned status,
               const char *message);

#endif
