/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_MAILLOG_MESSAGES_H
#define PLUGIN_MAILLOG_MESSAGES_H

/* --messages: a line of JSON per message that is gone, and per one still open at the end. */

#include "checks/maillog/flow.h"
#include "plugin/maillog/emit.h"

struct messages;

/* OUT must outlive it. NULL: out of memory. */
struct messages *messages_new(FILE *out);
void messages_free(struct messages *messages); /* NULL is allowed */

/* Of which flow they are: it knows the zone and the name of each appliance. */
void messages_of(struct messages *messages, struct flow *flow);

/* For flow_options.finished; CONTEXT is the struct messages. */
void messages_put(void *context, const struct flow_message *message);

/* Writes what is held back. */
void messages_flush(struct messages *messages);

#endif
