/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_WATCH_TELL_H
#define PLUGIN_WATCH_TELL_H

/* What happens, one line each, flushed at once: for a pipe, a log, --once; or JSON lines. */

#include <stdio.h>

#include "plugin/watch/model.h"

/* What was told last, so that it is told once. */
struct tell_problem {
    enum state state;
    char text[STAGE_TEXT + 64];
};

struct tell {
    FILE *out; /* NULL: nobody listens */
    bool json;
    struct tell_problem *nodes, *clusters;
    size_t *receiving; /* of the clusters; SIZE_MAX: not told yet */
};

void tell_init(struct arena *arena, const struct model *model, FILE *out, bool json,
               struct tell *tell);

/* NODE has come from the stage BEFORE at AT; FIRST: it was not seen before. */
void tell_stage(const struct tell *tell, const struct model_node *node, const struct stage *before,
                bool first, int64_t at);

/* Receivers and problems that are new, others, or over. */
void tell_rest(struct tell *tell, const struct model *model, int64_t now);

/* The round could ask nobody. */
void tell_fault(const struct tell *tell, const struct fault *fault, int64_t now);

#endif
