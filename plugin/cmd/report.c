/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "checks/registry.h"
#include "plugin/change.h"
#include "plugin/cmd/cmd.h"
#include "plugin/hash.h"
#include "plugin/proof.h"
#include "plugin/reload.h"
#include "plugin/render/render.h"
#include "plugin/sums.h"

/* postcheck report: an old run in another form, as it was judged then. */

/* A report that was changed after it was sealed is not what was judged then. */
static bool is_as_sealed(struct cmd *cmd, const char *run, struct fault *fault)
{
    struct sums_line *lines;
    size_t count;
    if (!sums_read(cmd->arena, run, &lines, &count, NULL))
        return true; /* a report.json without seals: of `poll`, or alone */
    for (size_t i = 0; i < count; i++) {
        if (strcmp(lines[i].path, proof_report) != 0)
            continue;
        const char *path = arena_printf(cmd->arena, "%s/%s", run, proof_report);
        const char *found = hash_file(cmd->arena, path, NULL, NULL);
        if (found == NULL || strcmp(found, lines[i].sha256) != 0)
            return fault_set(fault, FAULT_INTERNAL, path, 0,
                             "was changed after it was sealed: `postcheck audit` tells what holds; "
                             "to see it all the same name the file");
    }
    return true;
}

int cmd_report(struct cmd *cmd, struct fault *fault)
{
    struct report report;
    const char *run = cmd->argv[0];
    if (!reload_report(cmd->arena, run, registry_find, &report, fault)) {
        if (fault->kind == FAULT_NOT_CAPTURED && change_interrupted(cmd->arena, run))
            (void)fault_set(fault, FAULT_NOT_CAPTURED, run, 0,
                            "has no report: it is no run, or one that was interrupted; `postcheck "
                            "verify` with the same change goes on with it");
        return 3;
    }
    if (!is_as_sealed(cmd, run, fault))
        return 3;
    report.verbose = cmd->verbose;
    report.colour = cmd->colour;
    render_find(cmd->format)->print(cmd->out, &report);
    return 0;
}
