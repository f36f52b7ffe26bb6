/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/cli_featurekey.h"

#include "checks/parse/cli.h"

enum { MAX_CELLS = 8 };

/* Module, Quantity, Status, Remaining, Expiration Date (R): the last one is not needed. */
enum column { MODULE, QUANTITY, STATUS, REMAINING, COLUMNS };

/* Cells are set apart by two blanks or more, or by a tab; returns their number. */
static size_t split(struct span line, struct span cells[static MAX_CELLS])
{
    size_t count = 0;
    struct span rest = text_trim(line);
    while (rest.n != 0 && count < MAX_CELLS) {
        size_t n = 0;
        while (n < rest.n && rest.p[n] != '\t' && !text_starts(text_skip(rest, n), "  "))
            n++;
        cells[count++] = text_trim(text_head(rest, n));
        rest = text_trim(text_skip(rest, n));
    }
    return count;
}

static bool is_header(const struct span *cells, size_t count)
{
    static const char *const titles[COLUMNS] = {"Module", "Quantity", "Status", "Remaining"};
    for (size_t i = 0; i < COLUMNS; i++)
        if (i >= count || !text_is_nocase(cells[i], titles[i]))
            return false;
    return true;
}

/* "Active" says nothing about the end: then it is Remaining that tells. */
static bool read_row(const struct span *cells, size_t count, struct feature *feature)
{
    int64_t quantity;
    if (count < COLUMNS ||
        (!text_to_int(cells[QUANTITY], &quantity) && !text_is_nocase(cells[QUANTITY], "N/A") &&
         !text_is_nocase(cells[QUANTITY], "Unlimited")))
        return false;
    bool active = text_is_nocase(cells[STATUS], "Active");
    feature->name = cells[MODULE];
    feature_read(feature, cells[active ? REMAINING : STATUS], false);
    return true;
}

static bool parse(struct arena *arena, struct span bytes, void *facts, struct fault *fault)
{
    struct cli_featurekey *keys = facts;
    struct cli_text text;
    if (!cli_read(arena, bytes, "featurekey", &text, fault))
        return false;
    for (size_t i = 0; i < text.count; i++) {
        struct span cells[MAX_CELLS];
        struct feature feature = {.line = text.lines[i].number};
        size_t count = split(text.lines[i].text, cells);
        if (is_header(cells, count)) {
            keys->header_seen = true;
        } else if (read_row(cells, count, &feature)) {
            keys->features =
                arena_push(arena, keys->features, keys->count, sizeof(*keys->features));
            keys->features[keys->count++] = feature;
        }
    }
    if (!keys->header_seen && keys->count == 0)
        return cli_not_recognised(&text, "featurekey", fault);
    return true;
}

const struct document_kind cli_featurekey_kind = {
    .id = "cli/featurekey.txt",
    .asked = "CLI featurekey",
    .roles = ROLE_ANY,
    .facts_size = sizeof(struct cli_featurekey),
    .parse = parse,
};
