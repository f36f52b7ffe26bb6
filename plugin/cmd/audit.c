/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/audit.h"

#include <string.h>

#include "plugin/cmd/cmd.h"
#include "plugin/render/wrap.h"

/* postcheck audit: does the verdict of an old run hold? */

static void print_text(struct cmd *cmd, const struct audit *audit)
{
    FILE *out = cmd->out;
    const char *run = result_clean(cmd->arena, text_of(cmd->argv[0]), 300);
    for (size_t i = 0; i < audit->difference_count; i++) {
        (void)fprintf(out, "DIFFERS %s\n", audit->differences[i].file);
        wrap_put(out, "    ", audit->differences[i].what);
    }
    (void)fprintf(out, "%s:\n", run);
    wrap_put(out, "  ",
             arena_printf(cmd->arena,
                          "%zu files, %zu documents and %zu verdicts held against each other, "
                          "%zu %s",
                          audit->files, audit->documents, audit->results, audit->difference_count,
                          audit->difference_count == 1 ? "difference" : "differences"));
    wrap_put(out, "  ",
             arena_printf(cmd->arena,
                          "Verdict of the report: %s; computed again: %s (written by postcheck %s, "
                          "judged by %s)",
                          audit->verdict, audit->recomputed, audit->tool_version,
                          POSTCHECK_VERSION));
}

static void print_json(struct cmd *cmd, const struct audit *audit)
{
    json_t *list = json_array();
    for (size_t i = 0; i < audit->difference_count; i++)
        (void)json_array_append_new(list,
                                    json_pack("{s:s, s:s}", "file", audit->differences[i].file,
                                              "text", audit->differences[i].what));
    cmd_print_json(cmd->out,
                   json_pack("{s:s, s:s, s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:o}", "schema",
                             "postcheck.audit/1", "run", cmd->argv[0], "files",
                             (json_int_t)audit->files, "documents", (json_int_t)audit->documents,
                             "results", (json_int_t)audit->results, "verdict", audit->verdict,
                             "recomputed", audit->recomputed, "written_by", audit->tool_version,
                             "judged_by", POSTCHECK_VERSION, "differences", list));
}

int cmd_audit(struct cmd *cmd, struct fault *fault)
{
    struct audit audit;
    if (!audit_run(cmd->arena, cmd->argv[0], &audit, fault))
        return 3;
    if (strcmp(cmd->format, "json") == 0)
        print_json(cmd, &audit);
    else
        print_text(cmd, &audit);
    return audit.difference_count > 0 ? 2 : 0;
}
