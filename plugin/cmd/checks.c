/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/registry.h"
#include "plugin/cmd/cmd.h"
#include "plugin/options.h"

/* postcheck checks: what the registry says. */

static json_t *needs_of(const struct check *check)
{
    static const char *const ranks[] = {"required", "one_of", "also"};
    json_t *list = json_array();
    for (size_t i = 0; i < check->need_count; i++)
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s}", "document", check->needs[i].kind->id, "asked",
                            check->needs[i].kind->asked, "need", ranks[check->needs[i].rank]));
    return list;
}

static json_t *metrics_of(const struct check *check)
{
    json_t *list = json_array();
    for (size_t i = 0; i < check->metric_count; i++) {
        const struct metric_spec *spec = &check->metrics[i];
        (void)json_array_append_new(list,
                                    json_pack("{s:s, s:s, s:s, s:s?, s:s?}", "name", spec->name,
                                              "unit", spec->unit, "help", spec->help, "warning",
                                              spec->warning, "critical", spec->critical));
    }
    return list;
}

static void print_json(FILE *out)
{
    json_t *list = json_array();
    for (size_t i = 0; i < registry_count; i++) {
        const struct check *check = registry_checks[i];
        json_t *roles = json_array();
        if (check->roles & ROLE_ESA)
            (void)json_array_append_new(roles, json_string("esa"));
        if (check->roles & ROLE_SMA)
            (void)json_array_append_new(roles, json_string("sma"));
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:b, s:o, s:o}", "name", check->name, "question",
                            check->title, "roles", roles, "about_cluster", check->about_cluster,
                            "documents", needs_of(check), "metrics", metrics_of(check)));
    }
    cmd_print_json(out, list);
}

int cmd_checks(struct cmd *cmd, struct fault *fault)
{
    (void)fault;
    (cmd->format[0] == 'j' ? print_json : options_list_checks)(cmd->out);
    return 0;
}
