/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/cli_clusterlist.h"

/* What an appliance outside a cluster offers or says (R). */
static bool says_standalone(struct span line)
{
    static const char *const phrases[] = {
        "configure as standalone",   "create a new cluster",  "join an existing cluster",
        "not in a cluster",          "not part of a cluster", "not a part of a cluster",
        "not a member of a cluster",
    };
    /* Most lines name a machine and hold neither word of all these phrases. */
    if (text_find_nocase(line, "cluster") < 0 && text_find_nocase(line, "standalone") < 0)
        return false;
    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
        if (text_find_nocase(line, phrases[i]) >= 0)
            return true;
    return false;
}

static struct span without_colon(struct span name)
{
    name = text_trim(name);
    return text_ends(name, ":") ? text_trim(text_head(name, name.n - 1)) : name;
}

/* "Machine esa1.example.com (Serial #: 42A1-0A1B)" without its first word; the serial may lack. */
static void take_machine(struct arena *arena, struct cli_clusterlist *list, struct span text,
                         unsigned line)
{
    struct cli_clusterlist_machine machine = {.line = line};
    struct cursor c = text_cursor(text);
    text_blanks(&c);
    if (!text_word(&c, 255, &machine.name))
        return;
    machine.name = without_colon(machine.name);
    text_blanks(&c);
    if (text_literal_nocase(&c, "(Serial #:") && text_until(&c, ')', 255, &machine.serial))
        machine.serial = text_trim(machine.serial);
    list->machines = arena_push(arena, list->machines, list->count, sizeof(*list->machines));
    list->machines[list->count++] = machine;
}

static bool begins_item(struct span line)
{
    line = text_trim(line);
    return text_starts(line, "Machine ") || text_starts(line, "Group ") ||
           text_starts(line, "Cluster ");
}

/* Behind the machine that begins at FROM: its serial number may stand on the next line (wrapped).
 */
static size_t machine_end(const struct cli_text *text, size_t from)
{
    size_t to = from + 1;
    bool whole = text_find(text->lines[from].text, ")") >= 0;
    if (!whole && to < text->count && !begins_item(text->lines[to].text) &&
        text_find(text->lines[to].text, ")") >= 0)
        to++;
    return to;
}

static bool parse(struct arena *arena, struct span bytes, void *facts, struct fault *fault)
{
    struct cli_clusterlist *list = facts;
    struct cli_text text;
    if (!cli_read(arena, bytes, "clusterconfig list", &text, fault))
        return false;
    list->host = text.host;
    for (size_t i = 0; i < text.count; i++) {
        struct cursor c = text_cursor(text_trim(text.lines[i].text));
        if (says_standalone(text_rest(&c)) && list->standalone_line == 0) {
            list->standalone_line = text.lines[i].number;
        } else if (text_literal(&c, "Cluster ")) {
            if (list->cluster.n == 0)
                list->cluster = without_colon(text_rest(&c));
        } else if (text_starts(text_rest(&c), "Machine ")) {
            size_t to = machine_end(&text, i);
            struct span item = cli_joined(arena, &text, i, to);
            /* The name of a machine that may be cut off is no name. */
            if (text.last_line_open && to == text.count && text_find(item, ")") < 0)
                break;
            if (list->count == CLI_CLUSTERLIST_MAX)
                return fault_set(fault, FAULT_TOO_BIG, "clusterconfig list", text.lines[i].number,
                                 "more than %d machines in one cluster", CLI_CLUSTERLIST_MAX);
            take_machine(arena, list, text_skip(item, 8), text.lines[i].number);
        }
    }
    list->prompt_returned = text.prompt_returned;
    list->standalone = list->standalone_line != 0 && list->count == 0;
    if (list->standalone)
        list->cluster = (struct span){NULL, 0};
    else
        list->standalone_line = 0;
    if (!list->standalone && list->count == 0)
        return cli_not_recognised(&text, "clusterconfig list", fault);
    return true;
}

const struct document_kind cli_clusterlist_kind = {
    .id = "cli/clusterlist.txt",
    .asked = "CLI clusterconfig list",
    .roles = ROLE_ESA,
    .facts_size = sizeof(struct cli_clusterlist),
    .parse = parse,
    .host = cli_host,
};
