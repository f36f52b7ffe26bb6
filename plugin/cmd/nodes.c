/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>

#include "plugin/cmd/cmd.h"

/* postcheck nodes: the inventory as the configuration tells it. */

static const char *or_dash(const char *text)
{
    return text == NULL ? "-" : text;
}

static void print_text(FILE *out, const struct config *config)
{
    (void)fprintf(out, "%-32s %-4s %-28s %-16s %s\n", "node", "role", "address", "cluster", "sma");
    for (size_t i = 0; i < config->node_count; i++) {
        const struct config_node *node = &config->nodes[i];
        (void)fprintf(out, "%-32s %-4s %-28s %-16s %s\n", node->name,
                      node->role == ROLE_SMA ? "sma" : "esa", node->address, or_dash(node->cluster),
                      or_dash(node->sma));
    }
}

static void print_json(FILE *out, const struct config *config)
{
    json_t *list = json_array();
    for (size_t i = 0; i < config->node_count; i++) {
        const struct config_node *node = &config->nodes[i];
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s?, s:s?}", "name", node->name, "role",
                            node->role == ROLE_SMA ? "sma" : "esa", "address", node->address,
                            "cluster", node->cluster, "sma", node->sma));
    }
    (void)json_dumpf(list, out, JSON_INDENT(2));
    (void)fputc('\n', out);
    json_decref(list);
}

int cmd_nodes(struct cmd *cmd, struct fault *fault)
{
    (void)fault;
    (cmd->format[0] == 'j' ? print_json : print_text)(cmd->out, &cmd->config);
    return 0;
}
