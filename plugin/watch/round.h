/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_WATCH_ROUND_H
#define PLUGIN_WATCH_ROUND_H

/*
 * One round of asking the whole fleet, in a process of its own: the screen goes on meanwhile, and
 * the memory of the answers goes with it. It asks as `poll` does (live.h), for few documents, and
 * sends back what follows from them.
 */

#include <sys/types.h>

#include "plugin/watch/model.h"

enum round_kind {
    ROUND_SIGHT, /* what SIGHT says of node INDEX */
    ROUND_DONE,  /* so many appliances were asked: INDEX of TOTAL */
    ROUND_END    /* the round is over; FAULT: why it could not ask anybody */
};

struct round_message {
    enum round_kind kind;
    size_t index, total;
    int64_t at; /* UTC */
    struct model_sight sight;
    struct fault fault;
};

struct round {
    pid_t pid; /* 0 = none at work */
    int fd;    /* to wait for: something can be taken */
    size_t got;
    struct round_message message;
};

/* False with FAULT. MODEL is as it is now, also for the process. */
bool round_begin(struct round *round, const struct config *config, const struct model *model,
                 struct fault *fault);

/*
 * The next message that is there, NULL when there is none yet. ROUND_END is the last one, also when
 * the process has died; the round is then over.
 */
const struct round_message *round_next(struct round *round);

/* Ends it, if it is at work, and waits for it. */
void round_stop(struct round *round);

#endif
