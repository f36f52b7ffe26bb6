/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RENDER_HTML_THING_H
#define PLUGIN_RENDER_HTML_THING_H

/*
 * What is wrong, each thing once: findings that say the same of several appliances, and answers
 * that several checks lack, are one thing to read.
 */

#include "plugin/render/html_put.h"

/* One who says it. */
struct html_thing_place {
    const struct report_result *answer;
    const struct finding *finding;
};

struct html_thing {
    enum state state;
    const struct check *check; /* NULL: a document that cannot be used, whatever asked for it */
    const char *what;          /* without the name of that document */
    struct html_thing_place *places; /* by appliance; never none */
    size_t count;
};

struct html_thing_list {
    struct html_thing *items;
    size_t count;
};

/* Worst first; what cannot be read before what is read, for it may be the cause. In the arena. */
struct html_thing_list html_thing_list_of(const struct html *page,
                                          bool (*wanted)(const struct finding *finding));

/* How many appliances it is about. */
size_t html_thing_nodes(const struct html_thing *thing);

/* Is CHECK one of those who say it? */
bool html_thing_asked_by(const struct html_thing *thing, const struct check *check);

/* Does one before place I have the same evidence? Checks of one appliance share documents. */
bool html_thing_told_before(const struct html_thing *thing, size_t i);

/* The same text, or none both times. */
bool html_thing_same(const char *a, const char *b);

#endif
