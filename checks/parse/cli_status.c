/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/cli_status.h"

#include "checks/parse/cli.h"

enum { MAX_DEPTH = 16 };

/* Groups that the lines below are indented under: "Queue", "Messages In Quarantine". */
struct outline {
    struct {
        size_t indent;
        struct span label;
    } groups[MAX_DEPTH];
    size_t depth;
};

/* Next word of a cursor; false at the end. */
static bool next_word(struct cursor *c, struct span *word)
{
    text_blanks(c);
    return text_word(c, SIZE_MAX, word);
}

/* Equal but for case and the width of blanks. */
static bool same_words(struct span a, struct span b)
{
    struct cursor ca = text_cursor(text_trim(a)), cb = text_cursor(text_trim(b));
    struct span wa, wb;
    if (text_same(a, b))
        return true;
    for (;;) {
        bool more_a = next_word(&ca, &wa), more_b = next_word(&cb, &wb);
        if (!more_a || !more_b)
            return more_a == more_b;
        if (!text_same_nocase(wa, wb))
            return false;
    }
}

/* Takes a number off the end of LINE: 3,113,176  14%  388G  -3 (negative: V T211573). */
static bool take_number(struct span *line, double *value, char *unit)
{
    struct span rest = text_trim(*line);
    size_t n = rest.n;
    while (n > 0 && rest.p[n - 1] != ' ' && rest.p[n - 1] != '\t')
        n--;
    struct cursor c = text_cursor(text_skip(rest, n));
    if (!text_quantity(&c, value, unit) || !text_at_end(&c))
        return false;
    *line = text_trim(text_head(rest, n));
    return true;
}

/* "<label> <number>{1,3}"; with a fourth number it is something else. */
static bool read_row(struct span line, struct cli_status_row *row)
{
    double values[CLI_STATUS_COLUMNS] = {0}, surplus;
    char unit = 0;
    size_t count = 0;
    while (count < CLI_STATUS_COLUMNS && take_number(&line, &values[count], &unit)) {
        if (count > 0 && unit != row->unit)
            return false;
        row->unit = unit;
        count++;
    }
    if (count == 0 || line.n == 0 ||
        (count == CLI_STATUS_COLUMNS && take_number(&line, &surplus, &unit)))
        return false;
    for (size_t i = 0; i < count; i++)
        row->values[i] = values[count - 1 - i];
    row->count = count;
    row->label = line;
    return true;
}

static void take_row(struct arena *arena, struct cli_status *status, struct outline *outline,
                     const struct screen_line *line, struct span section)
{
    struct cli_status_row row = {.section = section, .line = line->number};
    size_t indent = cli_indent(line->text);
    while (outline->depth > 0 && outline->groups[outline->depth - 1].indent >= indent)
        outline->depth--;
    if (read_row(text_trim(line->text), &row)) {
        if (outline->depth > 0)
            row.parent = outline->groups[outline->depth - 1].label;
        status->rows = arena_push(arena, status->rows, status->row_count, sizeof(*status->rows));
        status->rows[status->row_count++] = row;
    } else if (outline->depth < MAX_DEPTH) {
        outline->groups[outline->depth].indent = indent;
        outline->groups[outline->depth++].label = text_trim(line->text);
    }
}

/* "Sun Mar 02 03:47:10 2025 CET (2d 5h 28m 17s)" */
static void take_up_since(struct cli_status *status, struct span value)
{
    struct span date, duration;
    bool told = text_cut(value, '(', &date, &duration) && text_ends(duration, ")");
    status->has_up_since = time_parse_status(date, &status->up_since);
    if (told)
        status->has_uptime =
            time_parse_uptime(text_head(duration, duration.n - 1), &status->uptime_s);
}

static void take_oldest(struct cli_status *status, struct span value)
{
    status->oldest_none = text_is_nocase(value, "No Messages");
    status->has_oldest = status->oldest_none || time_parse_age(value, &status->oldest_s);
}

static void take_feature(struct arena *arena, struct cli_status *status, struct span name,
                         struct span value, unsigned line)
{
    struct feature feature = {.name = name, .line = line};
    feature_read(&feature, value, false);
    status->features =
        arena_push(arena, status->features, status->feature_count, sizeof(*status->features));
    status->features[status->feature_count++] = feature;
}

/* A line of the header. The first of its label counts. False: none of them. */
static bool take_header(struct arena *arena, struct cli_status *status,
                        const struct screen_line *line)
{
    struct span label, value;
    if (!cli_pair(line->text, &label, &value))
        return false;
    struct cursor feature = text_cursor(label);
    if (same_words(label, text_of("System status"))) {
        if (status->system_status_line == 0) {
            status->system_status = value;
            status->has_system_status = value.n != 0;
            status->system_status_line = line->number;
        } else if (status->system_status_other.n == 0 &&
                   !same_words(value, status->system_status)) {
            status->system_status_other = value;
        }
    } else if (same_words(label, text_of("Up since"))) {
        if (status->up_since_line == 0) {
            status->up_since_line = line->number;
            take_up_since(status, value);
        }
    } else if (same_words(label, text_of("Oldest Message"))) {
        if (status->oldest_line == 0) {
            status->oldest_line = line->number;
            take_oldest(status, value);
        }
    } else if (same_words(label, text_of("Status as of"))) {
        if (status->as_of_line == 0) {
            status->as_of_line = line->number;
            status->has_as_of = time_parse_status(value, &status->as_of);
        }
    } else if (text_literal_nocase(&feature, "Feature - ")) {
        take_feature(arena, status, text_trim(text_rest(&feature)), value, line->number);
    } else {
        return same_words(label, text_of("Last counter reset"));
    }
    return true;
}

static bool parse(struct arena *arena, struct span bytes, void *facts, struct fault *fault)
{
    struct cli_status *status = facts;
    struct cli_text text;
    if (!cli_read(arena, bytes, "status", &text, fault))
        return false;
    status->host = text.host;
    status->mode = text.mode;
    struct outline outline = {.depth = 0};
    struct span section = {NULL, 0}, label, value;
    /* A last line that may be cut off could be half of a number or of "Online, …": left out. */
    text.count -= text.last_line_open && text.count > 0;
    for (size_t i = 0; i < text.count; i++) {
        const struct screen_line *line = &text.lines[i];
        if (text_trim(line->text).n == 0 || take_header(arena, status, line))
            continue;
        if (cli_indent(line->text) == 0 && cli_pair(line->text, &label, &value)) {
            section = label;
            outline.depth = 0;
        } else if (section.n != 0) {
            take_row(arena, status, &outline, line, section);
        }
    }
    if (!status->has_system_status && !status->has_up_since && status->row_count == 0)
        return cli_not_recognised(&text, "status", fault);
    return true;
}

const struct cli_status_row *cli_status_row(const struct cli_status *status, const char *section,
                                            const char *parent, const char *label)
{
    for (size_t i = 0; i < status->row_count; i++) {
        const struct cli_status_row *row = &status->rows[i];
        if (same_words(row->label, text_of(label)) &&
            (section == NULL || text_starts_nocase(row->section, section)) &&
            (parent == NULL || same_words(row->parent, text_of(parent))))
            return row;
    }
    return NULL;
}

/* Cuts the next part off: at ',' and '/', and at "and" between blanks. */
static bool next_part(struct span *rest, struct span *part)
{
    if (rest->p == NULL)
        return false;
    size_t n = 0;
    for (; n < rest->n && rest->p[n] != ',' && rest->p[n] != '/'; n++)
        if (text_starts_nocase(text_skip(*rest, n), " and "))
            break;
    bool more = n < rest->n;
    *part = text_trim(text_head(*rest, n));
    *rest = !more               ? (struct span){NULL, 0}
            : rest->p[n] == ' ' ? text_skip(*rest, n + 4)
                                : text_skip(*rest, n + 1);
    return true;
}

struct cli_status_meaning cli_status_meaning(struct span system_status)
{
    enum { RECEIVING = 1, DELIVERY = 2, QUEUE = 4 };
    /* The set is documented (R); how they combine is not. */
    static const struct {
        const char *words;
        unsigned bits;
    } table[] = {
        {"offline", RECEIVING | DELIVERY},
        {"receiving suspended", RECEIVING},
        {"mail receiving suspended", RECEIVING},
        {"delivery suspended", DELIVERY},
        {"mail delivery suspended", DELIVERY},
        {"work queue paused", QUEUE},
        {"workqueue paused", QUEUE},
    };
    if (text_is_nocase(text_trim(system_status), "online"))
        return (struct cli_status_meaning){.online = true};
    struct span rest = system_status, part;
    unsigned bits = 0;
    bool unrecognised = false;
    while (next_part(&rest, &part)) {
        bool known = text_is_nocase(part, "online");
        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
            if (same_words(part, text_of(table[i].words))) {
                bits |= table[i].bits;
                known = true;
            }
        }
        unrecognised = unrecognised || !known;
    }
    return (struct cli_status_meaning){.receiving_suspended = (bits & RECEIVING) != 0,
                                       .delivery_suspended = (bits & DELIVERY) != 0,
                                       .work_queue_paused = (bits & QUEUE) != 0,
                                       .unrecognised = unrecognised || bits == 0};
}

const struct document_kind cli_status_kind = {
    .id = "cli/status.txt",
    .asked = "CLI status detail",
    .roles = ROLE_ANY,
    .facts_size = sizeof(struct cli_status),
    .parse = parse,
    .host = cli_host,
};
