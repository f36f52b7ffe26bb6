/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_CMD_RUNS_H
#define PLUGIN_CMD_RUNS_H

/* The flags of `baseline` and `verify`, and where their folders are. */

#include "plugin/change.h"
#include "plugin/cmd/cmd.h"

/* cmd->own of the two. */
struct runs {
    const char *change, *changes, *run_dir; /* NULL = not told */
    unsigned wait_s, every_s, downtime_s;
    bool soak, no_baseline, fresh, via;
};

extern const struct flag runs_baseline_flags[], runs_verify_flags[];
extern const size_t runs_baseline_flag_count, runs_verify_flag_count;

bool runs_take(struct cmd *cmd, int code, const char *argument, struct fault *fault);

/* The flags as given; defaults when none was. */
const struct runs *runs_of(const struct cmd *cmd);

/*
 * Do the flags of `verify` go together? Whoever gives two that do not expects something that will
 * not be.
 */
bool runs_fit(const struct cmd *cmd, struct fault *fault);

/*
 * The change that the run is of, from --change or the configuration. False with FAULT: none is
 * told, and no --run-dir; with one, CHANGE may be without id.
 */
bool runs_change(const struct cmd *cmd, struct change *change, struct fault *fault);

/* --via: cmd->via, by what Icinga says. True as well when it was not given. */
bool runs_look(struct cmd *cmd, struct fault *fault);

/*
 * --downtime: schedules it for the fleet, before anybody is asked. True as well when it was not
 * given.
 */
bool runs_begin_downtime(const struct cmd *cmd, const struct change *change, struct fault *fault);

/*
 * A change that passed needs no downtime any more: what `baseline` or `verify` scheduled for it is
 * removed. Otherwise it stays, and ends by itself. What becomes of it is said on stderr.
 */
void runs_end_downtime(const struct cmd *cmd, const struct change *change,
                       const struct report *report);

#endif
