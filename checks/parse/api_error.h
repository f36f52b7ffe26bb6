/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_API_ERROR_H
#define CHECKS_PARSE_API_ERROR_H

/*
 * What every JSON parser shares: reading the bytes with jansson, and telling an answer from an
 * error body or from the GUI's HTML. asyncos-http.md 1.4 (V): {"error": {"message", "code" (a
 * string), "explanation"}}.
 */

#include <jansson.h>

#include "checks/arena.h"
#include "checks/fault.h"
#include "checks/text.h"

/*
 * Returns the root object, to be released with json_decref(); NULL with FAULT filled for:
 * nothing (EMPTY), HTML (UNSUPPORTED or RESTARTING: "the GUI, not the API"), broken or cut-off JSON
 * (CUT or SYNTAX with line), a root that is no object (SYNTAX), an error body (by its message and
 * code: LOGIN, FORBIDDEN, UNSUPPORTED, SYNTAX; the message quoted). Depth and size are bounded.
 */
json_t *api_error_load(struct span bytes, const char *origin, struct fault *fault);

/* Members of different spelling and type, as AsyncOS releases vary. All accept NULL objects. */
struct span api_error_string(const json_t *object,
                             const char *member); /* empty if none; borrowed */
/* BORROWED, trimmed, in ARENA: it outlives the root. */
struct span api_error_keep(struct arena *arena, struct span borrowed);
bool api_error_number(const json_t *object, const char *member, double *value); /* or in a string */

#endif
