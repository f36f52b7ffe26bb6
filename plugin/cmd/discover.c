/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <strings.h>

#include "checks/parse/config_appliances.h"
#include "checks/registry.h"
#include "plugin/cmd/cmd.h"
#include "plugin/index.h"
#include "plugin/live.h"
#include "plugin/progress.h"

/* postcheck discover: what an SMA manages, as sections for the configuration. */

struct found {
    struct cmd *cmd;
    const char *sma;
    struct progress progress;
    bool told;
    struct fault fault;
    json_t *list; /* {name, role, address, sma, serial, known} */
};

static void step(void *context, const char *node, const char *text)
{
    struct found *found = context;
    progress_step(&found->progress, node, text);
}

/* Only an address or a host name becomes part of a configuration. */
static const char *address_of(struct arena *arena, struct span text)
{
    const char *copy = arena_dup(arena, text);
    for (const char *p = copy; *p != '\0'; p++)
        if (strchr("0123456789abcdefABCDEF:.", *p) == NULL)
            return index_is_name(copy) ? copy : NULL;
    return *copy == '\0' ? NULL : copy;
}

static void add(struct found *found, const struct config_appliances_entry *entry)
{
    struct arena *arena = found->cmd->arena;
    const char *name = arena_dup(arena, entry->host_name);
    const char *product = result_clean(arena, entry->product_type, 20);
    if (!index_is_name(name))
        name = result_clean(arena, entry->host_name, 80);
    const char *address = address_of(arena, entry->ip_address);
    (void)json_array_append_new(
        found->list,
        json_pack("{s:s, s:s, s:s?, s:s, s:s, s:b}", "name", name, "product", product, "address",
                  address, "sma", found->sma, "serial", result_clean(arena, entry->serial, 80),
                  "configured", config_node(&found->cmd->config, name) != NULL));
}

static void done(void *context, const struct node *node, size_t count, size_t total)
{
    struct found *found = context;
    progress_done(&found->progress, count, total);
    const struct config_appliances *list = fleet_facts(
        found->cmd->arena, node, &config_appliances_kind, config_appliances_kind.id, &found->fault);
    found->told = list != NULL;
    for (size_t i = 0; list != NULL && i < list->count; i++)
        add(found, &list->entries[i]);
}

static const char *text_in(const json_t *entry, const char *member)
{
    return json_string_value(json_object_get(entry, member));
}

static void print_text(FILE *out, const struct found *found)
{
    size_t i;
    json_t *entry;
    (void)fprintf(out, "# %zu appliances are managed by %s\n", json_array_size(found->list),
                  found->sma);
    json_array_foreach (found->list, i, entry) {
        const char *name = text_in(entry, "name"), *address = text_in(entry, "address");
        if (json_is_true(json_object_get(entry, "configured"))) {
            (void)fprintf(out, "\n# [node %s] is in the configuration\n", name);
        } else if (strcasecmp(text_in(entry, "product"), "esa") != 0 || !index_is_name(name)) {
            (void)fprintf(out, "\n# passed over: %s (%s)\n", name, text_in(entry, "product"));
        } else {
            (void)fprintf(out, "\n[node %s]\nrole = esa\n", name);
            if (address != NULL)
                (void)fprintf(out, "address = %s\n", address);
            (void)fprintf(out, "sma = %s\n", found->sma);
        }
    }
}

static void print_json(FILE *out, const struct found *found)
{
    cmd_print_json(out, json_incref(found->list));
}

static bool ask(struct cmd *cmd, struct found *found, struct fault *fault)
{
    struct report report;
    bool unsaved;
    const struct check *services = registry_find(text_of("services"));
    const struct judging judging = {.checks = &services, .check_count = 1};
    const struct live live = {.config = &cmd->config,
                              .host = cmd->argv[0],
                              .judging = &judging,
                              .phase = "discover",
                              .timeout_s = cmd->timeout_s,
                              .one_check = true,
                              .context = found,
                              .step = step,
                              .done = done};
    progress_begin(&found->progress, cmd->progress);
    bool whole = live_run(cmd->arena, &live, &report, &unsaved, fault);
    progress_end(&found->progress);
    if (whole && report.interrupted != NULL)
        return fault_set(fault, FAULT_INTERNAL, "", 0, "%s", report.interrupted);
    if (whole && !found->told)
        *fault = found->fault;
    return whole && found->told;
}

int cmd_discover(struct cmd *cmd, struct fault *fault)
{
    struct found found = {.cmd = cmd, .list = json_array()};
    const struct config_node *sma = config_node(&cmd->config, cmd->argv[0]);
    bool good = false;
    if (sma != NULL && sma->role != ROLE_SMA) {
        (void)fault_set(fault, FAULT_INTERNAL, cmd->config.path, sma->line,
                        "line %u: %s is an ESA: only an SMA knows what it manages", sma->line,
                        sma->name);
    } else {
        found.sma = sma == NULL ? "" : sma->name;
        good = ask(cmd, &found, fault);
    }
    if (good)
        (cmd->format[0] == 'j' ? print_json : print_text)(cmd->out, &found);
    json_decref(found.list);
    return good ? 0 : 3;
}
