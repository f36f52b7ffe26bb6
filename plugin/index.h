/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_INDEX_H
#define PLUGIN_INDEX_H

/*
 * capture.json, schema postcheck.capture/1 (design.md 8): which appliances a capture holds, and
 * when and from where each document was taken. A capture may come without.
 */

#include <jansson.h>

#include "checks/fleet.h"
#include "plugin/capture.h"

/*
 * Reads DIR/capture.json into CAPTURE: the run and the nodes, not yet sorted. *ROOT is to be
 * released with json_decref() by the caller; NULL when there is no such file, which is no error.
 * False: FAULT says what is wrong with it.
 */
bool index_load(struct arena *arena, const char *dir, struct capture *capture, json_t **root,
                struct fault *fault);

/*
 * What ROOT (may be NULL) says of the documents of FLEET's nodes: time, duration, vantage; a
 * document that is not there because of a fault is added with its fault.
 */
void index_documents(struct arena *arena, const json_t *root, const struct fleet *fleet);

/* May NAME be the name of an appliance? Names become paths and output: letters of host names only.
 */
bool index_is_name(const char *name);

struct node *index_add_node(struct arena *arena, struct fleet *fleet, const char *name);
struct document *index_add_document(struct arena *arena, struct node *node, const char *id);

#endif
