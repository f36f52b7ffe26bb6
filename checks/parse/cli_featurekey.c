/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/cli_featurekey.h"

#include <stdio.h>

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

/*
 * "Active" says nothing about the end: then it is Remaining that tells, and for every status when
 * nothing remains.
 */
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
    struct feature rest = *feature;
    feature_read(&rest, cells[REMAINING], false);
    if (feature_expired(&rest) && !feature_expired(feature))
        *feature = rest;
    return true;
}

/* The last column of a row, whose end the terminal may have wrapped into the next line. */
struct date {
    bool open;
    struct span begin; /* empty: all of it */
};

static bool ends_date(const struct date *date, struct span line)
{
    static const char *const gaps[] = {" ", ""};
    for (size_t i = 0; date->open && i < sizeof(gaps) / sizeof(gaps[0]); i++) {
        char joined[80];
        struct stamp stamp;
        (void)snprintf(joined, sizeof(joined), "%.*s%s%.*s", TEXT_ARGS(text_head(date->begin, 32)),
                       gaps[i], TEXT_ARGS(text_head(line, 32)));
        if (time_parse_any(text_of(joined), &stamp) || text_is(text_trim(text_of(joined)), "N/A"))
            return true;
    }
    return false;
}

/* Behind the header every line is of a key: one that cannot be read is no reason to be silent. */
static void take_line(struct arena *arena, struct cli_featurekey *keys, struct date *date,
                      const struct screen_line *line)
{
    struct span cells[MAX_CELLS], text = text_trim(line->text);
    struct feature feature = {.line = line->number, .life = FEATURE_UNRECOGNISED};
    size_t count = split(text, cells);
    struct date before = *date;
    date->open = false;
    if (is_header(cells, count)) {
        keys->header_seen = true;
        return;
    }
    if (read_row(cells, count, &feature)) {
        date->open = cli_wrapped(line->text);
        date->begin = count > COLUMNS ? cells[COLUMNS] : (struct span){NULL, 0};
    } else if (keys->header_seen && !cli_is_rule(text) && !ends_date(&before, text)) {
        feature.name = cells[MODULE];
        feature.text = text_trim(text_skip(text, cells[MODULE].n));
    } else {
        return;
    }
    keys->features = arena_push(arena, keys->features, keys->count, sizeof(*keys->features));
    keys->features[keys->count++] = feature;
}

static bool parse(struct arena *arena, struct span bytes, void *facts, struct fault *fault)
{
    struct cli_featurekey *keys = facts;
    struct cli_text text;
    struct date date = {.open = false};
    if (!cli_read(arena, bytes, "featurekey", &text, fault))
        return false;
    keys->host = text.host;
    for (size_t i = 0; i < text.count; i++) {
        if (text_starts(text_trim(text.lines[i].text), "Choose the operation"))
            break;
        take_line(arena, keys, &date, &text.lines[i]);
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
    .host = cli_host,
};
