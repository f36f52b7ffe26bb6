/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/cli_displayalerts.h"

#include <limits.h>
#include <stdio.h>

#include "checks/parse/cli.h"

static bool fits(char kind, char c)
{
    switch (kind) {
    case '9':
        return c >= '0' && c <= '9';
    case 'A':
        return c >= 'A' && c <= 'Z';
    case 'a':
        return c >= 'a' && c <= 'z';
    case '+':
        return c == '+' || c == '-';
    default:
        return c == kind;
    }
}

/*
 * Takes the time stamp that LINE begins with (form R; V in alert mails) and returns its length, 0 =
 * none. The zone may be a name; one that means several zones leaves the offset open: the record
 * must not disappear in the one above it. *PART: LINE ends inside the stamp.
 */
static size_t read_stamp(struct span line, struct stamp *stamp, bool *part)
{
    static const char form[] = "9 Aaa 9999 99:99:99 ";
    size_t n = 0;
    *part = false;
    for (const char *kind = form; *kind != '\0'; kind++) {
        if (n == line.n) {
            *part = n > 0;
            return 0;
        }
        if (!fits(*kind, line.p[n++]))
            return 0;
        if (kind == form && n < line.n && fits('9', line.p[n]))
            n++;
    }
    struct span zone = text_skip(line, n);
    bool hours = zone.n > 0 && fits('+', *zone.p);
    size_t length = hours;
    while (length < zone.n && length < 5 && fits(hours ? '9' : 'A', zone.p[length]))
        length++;
    *part = length == zone.n;
    if (length < (hours ? 5 : 2) ||
        !(length == zone.n || zone.p[length] == ' ' || zone.p[length] == '\t'))
        return 0;
    char text[48];
    (void)snprintf(text, sizeof(text), "%.*s(%.*s)", (int)n, line.p, (int)length, zone.p);
    return time_parse_tracking(text_of(text), stamp) ? n + length : 0;
}

/*
 * A severity that some builds may print in front: "Critical: …", "Warning> …", "Critical <System>
 * …" (the form of alert subjects, V). An ordinary sentence may begin with the same word.
 */
static void take_severity(struct alert *alert)
{
    static const struct {
        const char *word;
        enum alert_severity severity;
    } words[] = {
        {"Critical", ALERT_CRITICAL},
        {"Warning", ALERT_WARNING},
        {"Information", ALERT_INFO},
        {"Info", ALERT_INFO},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct cursor c = text_cursor(alert->text);
        if (!text_literal_nocase(&c, words[i].word))
            continue;
        text_blanks(&c);
        if (text_literal(&c, ":") || text_literal(&c, ">") || text_starts(text_rest(&c), "<")) {
            alert->severity = words[i].severity;
            alert->text = text_trim(text_rest(&c));
            return;
        }
    }
}

/*
 * Takes "Last message occurred N times between A and B." (R) out of the text: one entry may stand
 * for many. A sentence that is not exactly this stays where it is.
 */
static void take_repeats(struct arena *arena, struct alert *alert)
{
    static const char intro[] = "Last message occurred ";
    ptrdiff_t at = text_find(alert->text, intro);
    if (at < 0)
        return;
    struct span before = text_trim(text_head(alert->text, (size_t)at)), first, last;
    struct cursor c = text_cursor(text_skip(alert->text, (size_t)at + sizeof(intro) - 1));
    int64_t repeats;
    if (!text_integer(&c, &repeats) || repeats < 1 || repeats > INT_MAX ||
        !text_literal(&c, " time"))
        return;
    (void)text_literal(&c, "s");
    if (text_literal(&c, " between ")) {
        ptrdiff_t and = text_find(text_rest(&c), " and ");
        if (and < 0)
            return;
        first = text_head(text_rest(&c), (size_t) and);
        c.p += and+5;
        if (!text_until(&c, '.', 64, &last)) {
            last = text_rest(&c);
            c.p = c.end;
        }
        alert->has_repeat_span = time_parse_status(first, &alert->repeat_first) &&
                                 time_parse_status(last, &alert->repeat_last);
        if (!alert->has_repeat_span)
            return;
    } else if (!text_literal(&c, ".")) {
        return;
    }
    alert->repeats = (unsigned)repeats;
    struct span after = text_trim(text_rest(&c));
    if (after.n != 0 && before.n != 0) {
        struct screen_line parts[] = {{before, 0}, {after, 0}};
        before = cli_joined(arena, &(struct cli_text){.lines = parts, .count = 2}, 0, 2);
    }
    alert->text = before.n != 0 ? before : after;
}

/* The record of the lines FROM to TO-1, the first of which begins with a stamp. */
static void take_alert(struct arena *arena, struct cli_displayalerts *alerts, struct cli_text *text,
                       size_t from, size_t to)
{
    bool part;
    struct screen_line *line = &text->lines[from];
    struct span head = text_trim(line->text);
    struct alert alert = {.line = line->number};
    line->text = text_skip(head, read_stamp(head, &alert.when, &part));
    alert.text = cli_joined(arena, text, from, to);
    take_severity(&alert);
    take_repeats(arena, &alert);
    alerts->alerts = arena_push(arena, alerts->alerts, alerts->count, sizeof(*alerts->alerts));
    alerts->alerts[alerts->count++] = alert;
}

/*
 * The wording of an empty list is unknown. Only a whole sentence counts: what follows may tell why
 * the alerts cannot be shown.
 */
static bool says_none(struct span line)
{
    static const char *const tails[] = {"",      "to display", "to show",  "to report",
                                        "found", "available",  "recorded", "at this time"};
    struct cursor c = text_cursor(line);
    if (text_literal_nocase(&c, "there are "))
        (void)text_literal_nocase(&c, "currently ");
    if (!text_literal_nocase(&c, "no "))
        return false;
    (void)(text_literal_nocase(&c, "recent ") || text_literal_nocase(&c, "new "));
    if (!text_literal_nocase(&c, "alerts"))
        return false;
    struct span tail = text_rest(&c);
    tail = text_trim(text_head(tail, tail.n - text_ends(tail, ".")));
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++)
        if (text_is_nocase(tail, tails[i]))
            return true;
    return false;
}

/* A line in front of all records. */
static void take_preface(struct cli_displayalerts *alerts, const struct screen_line *line)
{
    struct span said = text_trim(line->text);
    if (text_starts_nocase(said, "Date and Time Stamp")) {
        alerts->header_seen = true;
    } else if (says_none(said)) {
        alerts->none_said = true;
    } else if (!cli_is_rule(said) && alerts->stray.n == 0) {
        alerts->stray = said;
        alerts->stray_line = line->number;
    }
}

/* N of the last `displayalerts N` echoed above the answer; 0 = not told. */
static size_t asked_for(const struct cli_text *text)
{
    static const char command[] = "displayalerts";
    int64_t asked = 0;
    for (size_t i = 0; i < text->above_count; i++) {
        struct span line = text->above[i].text;
        ptrdiff_t at = text_find_nocase(line, command);
        if (at < 0)
            continue;
        struct cursor c = text_cursor(text_skip(line, (size_t)at + sizeof(command) - 1));
        text_blanks(&c);
        if (!text_digits(&c, 1, 9, &asked))
            asked = 0;
    }
    return (size_t)asked;
}

static bool parse(struct arena *arena, struct span bytes, void *facts, struct fault *fault)
{
    struct cli_displayalerts *alerts = facts;
    struct cli_text text;
    if (!cli_read(arena, bytes, "displayalerts", &text, fault))
        return false;
    alerts->host = text.host;
    struct stamp when;
    bool part = false, open = false;
    if (text.last_line_open && text.count > 0)
        (void)read_stamp(text_trim(text.lines[text.count - 1].text), &when, &part);
    text.count -= part;
    bool torn = text.last_line_open && !part;
    alerts->cut = part || text.too_long;
    size_t from = 0;
    for (size_t i = 0; i < text.count; i++) {
        if (read_stamp(text_trim(text.lines[i].text), &when, &part) != 0) {
            if (open)
                take_alert(arena, alerts, &text, from, i);
            from = i;
            open = alerts->count < CLI_DISPLAYALERTS_MAX;
            if (!open) {
                alerts->cut = true;
                break;
            }
        } else if (!open) {
            take_preface(alerts, &text.lines[i]);
        }
    }
    if (open) {
        take_alert(arena, alerts, &text, from, text.count);
        if (torn || alerts->alerts[alerts->count - 1].text.n == 0) {
            /* Neither line end nor prompt behind it: what it says may go on, so it is no record. */
            alerts->cut = true;
            alerts->count--;
        }
    }
    alerts->prompt_returned = text.prompt_returned;
    alerts->asked = asked_for(&text);
    if (alerts->count == 0 && !alerts->header_seen && !alerts->none_said && !alerts->cut)
        return cli_not_recognised(&text, "displayalerts", fault);
    return true;
}

const struct document_kind cli_displayalerts_kind = {
    .id = "cli/displayalerts.txt",
    .asked = "CLI displayalerts",
    .roles = ROLE_ANY,
    .facts_size = sizeof(struct cli_displayalerts),
    .parse = parse,
    .host = cli_host,
};
