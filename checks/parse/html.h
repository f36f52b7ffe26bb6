/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_HTML_H
#define CHECKS_PARSE_HTML_H

/*
 * A page of the GUI as a tree, and what a person sees of it. libxml2's HTML parser: no network,
 * no scripts; bounded in size, depth and time.
 */

#include <libxml/tree.h>

#include "checks/arena.h"
#include "checks/fault.h"
#include "checks/text.h"

/*
 * The tree of PAGE, to be released with xmlFreeDoc(); it has a root and is the whole page. NULL
 * with FAULT (origin left empty) for: nothing (EMPTY), JSON (as api_error.h maps it), other text
 * (SYNTAX), a page that ends inside a table (CUT), too much of anything (TOO_BIG). Charset: byte
 * order mark, else the page's <meta>, else UTF-8 when it is that, else ISO-8859-1.
 */
xmlDoc *html_read(struct arena *arena, struct span page, struct fault *fault);

bool html_is(const xmlNode *node, const char *name);

/* Value of an attribute, borrowed from the tree; empty when there is none. */
struct span html_attribute(const xmlNode *node, const char *name);

/* Line of NODE; 0 when the tree does not know it. */
unsigned html_line(const xmlNode *node);

/*
 * The node after NODE in the order of the page and inside TOP, NULL at the end. INSIDE: may it be
 * a child of NODE?
 */
const xmlNode *html_following(const xmlNode *node, const xmlNode *top, bool inside);

/* Is NODE by itself out of sight (script, hidden, display: none …)? What is in it is, too. */
bool html_hidden(const xmlNode *node);

/*
 * What a person reads inside TOP, in BUFFER, at most SIZE bytes: white space folded, blocks
 * separated by a blank, pictures as their alternative text.
 */
struct span html_visible(const xmlNode *top, char *buffer, size_t size);

#endif
