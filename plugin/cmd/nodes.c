/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "plugin/cmd/cmd.h"

/* postcheck nodes: the inventory as the configuration tells it. */

/* The name of a cluster is any text. */
static const char *clean_or(struct arena *arena, const char *text, const char *other)
{
    return text == NULL ? other : result_clean(arena, text_of(text), 200);
}

enum { COLUMNS = 5 };

static void row_of(const struct cmd *cmd, const struct config_node *node, const char **cells)
{
    cells[0] = node->name;
    cells[1] = node->role == ROLE_SMA ? "sma" : "esa";
    cells[2] = node->address;
    cells[3] = clean_or(cmd->arena, node->cluster, "-");
    cells[4] = node->sma == NULL ? "-" : node->sma;
}

/* Columns as wide as what stands in them: most inventories fit a terminal. */
static void print_text(const struct cmd *cmd)
{
    static const char *const heads[COLUMNS] = {"node", "role", "address", "cluster", "sma"};
    const struct config *config = &cmd->config;
    const char *cells[COLUMNS];
    size_t widths[COLUMNS];
    for (size_t c = 0; c < COLUMNS; c++)
        widths[c] = strlen(heads[c]);
    for (size_t i = 0; i < config->node_count; i++) {
        row_of(cmd, &config->nodes[i], cells);
        for (size_t c = 0; c < COLUMNS; c++)
            widths[c] = strlen(cells[c]) > widths[c] ? strlen(cells[c]) : widths[c];
    }
    for (size_t i = 0; i <= config->node_count; i++) {
        memcpy(cells, heads, sizeof(cells));
        if (i > 0)
            row_of(cmd, &config->nodes[i - 1], cells);
        for (size_t c = 0; c + 1 < COLUMNS; c++)
            (void)fprintf(cmd->out, "%-*s  ", (int)widths[c], cells[c]);
        (void)fprintf(cmd->out, "%s\n", cells[COLUMNS - 1]);
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
