/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/change.h"
#include "plugin/cmd/cmd.h"
#include "plugin/reload.h"
#include "plugin/render/render.h"

/* postcheck report: an old run in another form, as it was judged then. */

int cmd_report(struct cmd *cmd, struct fault *fault)
{
    struct report report;
    const char *run = cmd->argv[0];
    if (!reload_report(cmd->arena, run, &report, fault)) {
        if (fault->kind == FAULT_NOT_CAPTURED && change_interrupted(cmd->arena, run))
            (void)fault_set(fault, FAULT_NOT_CAPTURED, run, 0,
                            "has no report: it is no run, or one that was interrupted; `postcheck "
                            "verify` with the same change goes on with it");
        return 3;
    }
    report.verbose = cmd->verbose;
    report.colour = cmd->colour;
    render_find(cmd->format)->print(cmd->out, &report);
    return 0;
}
