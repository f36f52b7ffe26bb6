/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_PACK_H
#define PLUGIN_PACK_H

/*
 * What one appliance answered as one line of text: check_asyncos --answers prints it where the
 * appliance can be reached, `postcheck verify --via` unpacks it where the run is judged. The frames
 * of wire.h, packed by gzip, in base64. Its reader trusts no byte of it.
 */

#include "checks/fleet.h"

/* The documents of NODE, in ARENA; NULL: one cannot be sent. */
const char *pack_print(struct arena *arena, const struct node *node);

/* Is TEXT meant to be such a line? Else it is the sentence of a program that has none. */
bool pack_is(struct span text);

/*
 * Hands each document of TEXT to TAKE, in ARENA. False with FAULT (CUT, SYNTAX, TOO_BIG): it is not
 * whole; TAKE may have been called for what came before.
 */
bool pack_read(struct arena *arena, struct span text,
               void (*take)(void *context, const struct document *document), void *context,
               struct fault *fault);

#endif
