/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_FLOW_STATE_H
#define CHECKS_MAILLOG_FLOW_STATE_H

/*
 * A flow as bytes and back, so that another process goes on where this one is killed: with the
 * messages in flight and all that was counted. What goes on ends with the same totals, and reports
 * the same messages in the same order, as what was never interrupted.
 */

#include "checks/fault.h"
#include "checks/maillog/flow.h"
#include "checks/maillog/pack.h"

/* Where the lines stood: what its reader knows of the file in hand besides the bytes. */
struct flow_place {
    uint32_t when; /* line_reader.when: the time of lines that have none */
    bool timeless; /* line_reader.timeless */
    bool begun;    /* a line of this file had an envelope */
    bool passing;  /* inside a line that is too long */
};

/*
 * Appends FLOW, between two calls of flow_take(), and PLACE to OUT; FLOW stays as it is. About 50
 * bytes a message in flight. False: out of memory, now or before.
 */
bool flow_state_save(struct flow *flow, const struct flow_place *place, struct pack *out);

/*
 * Loads what was saved into FLOW, which is new. Memory stays in proportion to BLOB. False with
 * FAULT, and FLOW can only be freed: SYNTAX (none of ours, or damaged), UNSUPPORTED (of another
 * version, or counted with other options).
 */
bool flow_state_load(struct flow *flow, struct flow_place *place, struct span blob,
                     struct fault *fault);

#endif
