/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/cmd/cmd.h"

/* postcheck nodes: the inventory as the configuration tells it. */

/* The name of a cluster is any text. */
static const char *clean_or(struct arena *arena, const char *text, const char *other)
{
    return text == NULL ? other : result_clean(arena, text_of(text), 200);
}

static void print_text(const struct cmd *cmd)
{
    FILE *out = cmd->out;
    const struct config *config = &cmd->config;
    (void)fprintf(out, "%-32s %-4s %-28s %-16s %s\n", "node", "role", "address", "cluster", "sma");
    for (size_t i = 0; i < config->node_count; i++) {
        const struct config_node *node = &config->nodes[i];
        (void)fprintf(out, "%-32s %-4s %-28s %-16s %s\n", node->name,
                      node->role == ROLE_SMA ? "sma" : "esa", node->address,
                      clean_or(cmd->arena, node->cluster, "-"),
                      node->sma == NULL ? "-" : node->sma);
    }
}

static void print_json(const struct cmd *cmd)
{
    const struct config *config = &cmd->config;
    json_t *list = json_array();
    for (size_t i = 0; i < config->node_count; i++) {
        const struct config_node *node = &config->nodes[i];
        (void)json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:s, s:s?, s:s?}", "name", node->name, "role",
                      node->role == ROLE_SMA ? "sma" : "esa", "address", node->address, "cluster",
                      clean_or(cmd->arena, node->cluster, NULL), "sma", node->sma));
    }
    cmd_print_json(cmd->out, list);
}

int cmd_nodes(struct cmd *cmd, struct fault *fault)
{
    (void)fault;
    (cmd->format[0] == 'j' ? print_json : print_text)(cmd);
    return 0;
}
