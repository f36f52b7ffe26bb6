/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/cli_version.h"

#include "checks/parse/cli.h"

/* One "Label: value" of the answer, hard wrapping undone. */
struct pair {
    struct span label, value;
    unsigned line;
};

/*
 * Is LINE the rest of a pair wrapped at 80 columns (V)? Such a rest holds no label, and begins in
 * the middle of parentheses or behind a long line.
 */
static bool continues(struct span before, struct span line)
{
    struct span rest = text_trim(line);
    bool labelled = !text_starts(rest, "(") && (text_find(rest, ": ") >= 0 || text_ends(rest, ":"));
    bool inside = text_find(before, "(") >= 0 && text_find(before, ")") < 0;
    return rest.n != 0 && !labelled && (text_starts(rest, "(") || inside || cli_wrapped(before));
}

static bool next_pair(struct arena *arena, const struct cli_text *text, size_t *at,
                      struct pair *pair)
{
    for (; *at < text->count; (*at)++) {
        struct span line = text->lines[*at].text;
        if (!cli_pair(line, &pair->label, &pair->value) || pair->label.n == 0)
            continue;
        pair->line = text->lines[*at].number;
        size_t from = (*at)++;
        while (*at < text->count && continues(text->lines[*at - 1].text, text->lines[*at].text))
            (*at)++;
        if (*at > from + 1)
            (void)cli_pair(cli_joined(arena, text, from, *at), &pair->label, &pair->value);
        return true;
    }
    return false;
}

/* The first line of a label that has a value counts. */
static bool take_field(struct cli_version *version, const struct pair *pair)
{
    const struct {
        const char *label;
        struct span *value; /* NULL: known, but not wanted */
        unsigned *line;
    } fields[] = {
        {"Version", &version->release_text, &version->release_line},
        {"Product", &version->product, NULL},
        {"Model", &version->model, NULL},
        {"Serial #", &version->serial, NULL},
        {"RAID", &version->raid, &version->raid_line},
        {"RAID Status", &version->raid_status, &version->raid_status_line},
        {"RAID Type", NULL, NULL},
        {"Build Date", NULL, NULL},
        {"UDI", NULL, NULL},
        {"Name", NULL, NULL},
        {"BIOS", NULL, NULL},
        {"CPUs", NULL, NULL},
        {"Memory", NULL, NULL},
        {"Hard disk", NULL, NULL},
        {"BMC", NULL, NULL},
    };
    if (text_is_nocase(pair->label, "Install Date")) {
        if (version->install_line == 0) {
            version->install_line = pair->line;
            version->has_install_date = time_parse_iso(pair->value, &version->install_date);
        }
        return true;
    }
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (!text_is_nocase(pair->label, fields[i].label))
            continue;
        if (fields[i].value != NULL && fields[i].value->n == 0 && pair->value.n != 0) {
            *fields[i].value = pair->value;
            if (fields[i].line != NULL)
                *fields[i].line = pair->line;
        }
        return true;
    }
    return false;
}

/* "Sophos IDE:  (Never Updated)", "Engine Definition: 1.0" (V): either part may be missing. */
static void take_component(struct arena *arena, struct cli_version *version,
                           const struct pair *pair)
{
    struct cli_version_component component = {
        .name = pair->label, .version = pair->value, .line = pair->line};
    struct span head, tail;
    if (text_ends(pair->value, ")") && text_cut(pair->value, '(', &head, &tail)) {
        component.version = text_trim(head);
        component.updated = text_trim(text_head(tail, tail.n - 1));
    }
    version->components = arena_push(arena, version->components, version->component_count,
                                     sizeof(*version->components));
    version->components[version->component_count++] = component;
}

static enum product product_of(const struct cli_version *version)
{
    static const struct {
        const char *words;
        enum product product;
    } names[] = {
        {"Web Manager", PRODUCT_SMA},          {"Security Management", PRODUCT_SMA},
        {"Secure Email Gateway", PRODUCT_ESA}, {"Email Security", PRODUCT_ESA},
        {"Messaging Gateway", PRODUCT_ESA},    {"Web Security", PRODUCT_WSA},
        {"Secure Web", PRODUCT_WSA},
    };
    enum product product = release_model_product(version->model);
    for (size_t i = 0; product == PRODUCT_UNKNOWN && i < sizeof(names) / sizeof(names[0]); i++)
        if (text_find_nocase(version->product, names[i].words) >= 0)
            product = names[i].product;
    return product;
}

static void take_release(struct cli_version *version)
{
    version->has_release = release_parse(version->release_text, &version->release, NULL);
    enum product product = product_of(version);
    if (version->has_release && product != PRODUCT_UNKNOWN)
        version->release.product = product;
}

static bool parse(struct arena *arena, struct span bytes, void *facts, struct fault *fault)
{
    struct cli_version *version = facts;
    struct cli_text text;
    if (!cli_read(arena, bytes, "version", &text, fault))
        return false;
    version->host = text.host;
    size_t known = 0, at = 0;
    for (size_t i = 0; i < text.count; i++)
        known += text_is_nocase(text_trim(text.lines[i].text), "Current Version");
    /* A last line that may be cut off could name another build: it is left out. */
    text.count -= text.last_line_open && text.count > 0;
    struct pair pair;
    while (next_pair(arena, &text, &at, &pair)) {
        if (take_field(version, &pair))
            known++;
        else
            take_component(arena, version, &pair);
    }
    /* One label alone, such as the "Version:" of an alert mail, does not make a version. */
    if (known < 2)
        return cli_not_recognised(&text, "version", fault);
    take_release(version);
    version->is_virtual = release_model_is_virtual(version->model);
    return true;
}

const struct document_kind cli_version_kind = {
    .id = "cli/version.txt",
    .asked = "CLI version",
    .roles = ROLE_ANY,
    .facts_size = sizeof(struct cli_version),
    .parse = parse,
    .host = cli_host,
};
