/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RENDER_TICKET_H
#define PLUGIN_RENDER_TICKET_H

/* What the ticket of a change says, as JSON: "plan" of report.json and of rules.json. */

#include <jansson.h>

#include "plugin/render/report.h"

json_t *ticket_print(const struct report_plan *plan);

/* From OBJECT, which may be anything; texts are cleaned, in ARENA. */
void ticket_read(struct arena *arena, const json_t *object, struct report_plan *plan);

#endif
