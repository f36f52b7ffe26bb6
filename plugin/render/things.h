/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RENDER_THINGS_H
#define PLUGIN_RENDER_THINGS_H

/* What is wrong in a fleet: each thing once, however many checks and appliances say it. */

#include "plugin/render/report.h"

struct thing {
    const struct finding *finding; /* the first that says it */
    const char *what;   /* one sentence; without the document that differs between who says it */
    const char *checks; /* "alerts, status" */
    const char *places; /* "NODE/DOCUMENT, line N; …", the first few; "" = none */
    bool alike;         /* all say the same of what was wanted and found */
};

/* Worst first, waived ones behind the others of their weight. In the report's arena. */
const struct thing *things_of(const struct report *report, size_t *count);

#endif
