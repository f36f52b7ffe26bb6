/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/cli_displayalerts.h"

#include <limits.h>

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
 * Length of the time stamp that LINE begins with, 0 = none (form R; V in alert mails). *PART: LINE
 * ends inside it.
 */
static size_t stamp_length(struct span line, bool *part)
{
    static const char form[] = "9 Aaa 9999 99:99:99 +9999";
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
    return n == line.n || line.p[n] == ' ' || line.p[n] == '\t' ? n : 0;
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

/* The record that begins in the line FROM, whose stamp is LENGTH bytes long. */
static void take_alert(struct arena *arena, struct cli_displayalerts *alerts, struct cli_text *text,
                       size_t from, size_t to)
{
    bool part;
    struct screen_line *line = &text->lines[from];
    struct span head = text_trim(line->text);
    size_t length = stamp_length(head, &part);
    struct alert alert = {.line = line->number};
    (void)time_parse_alert(text_head(head, length), &alert.when);
    line->text = text_skip(head, length);
    alert.text = cli_joined(arena, text, from, to);
    take_severity(&alert);
    take_repeats(arena, &alert);
    alerts->alerts = arena_push(arena, alerts->alerts, alerts->count, sizeof(*alerts->alerts));
    alerts->alerts[alerts->count++] = alert;
}

/* The wording of an empty list is unknown: a short sentence that speaks of no trouble reading it.
 */
static bool says_none(struct span line)
{
    static const char *const troubles[] = {"error", "fail", "could", "unable", "cannot", "denied"};
    if (line.n > 80 ||
        (text_find_nocase(line, "no alert") < 0 && text_find_nocase(line, "no recent alert") < 0))
        return false;
    for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++)
        if (text_find_nocase(line, troubles[i]) >= 0)
            return false;
    return true;
}

static bool is_rule(struct span line)
{
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] != '-' && line.p[i] != '=' && line.p[i] != ' ')
            return false;
    return true;
}

/* A line in front of all records. */
static void take_preface(struct cli_displayalerts *alerts, const struct screen_line *line)
{
    struct span said = text_trim(line->text);
    if (text_starts_nocase(said, "Date and Time Stamp")) {
        alerts->header_seen = true;
    } else if (says_none(said)) {
        alerts->none_said = true;
    } else if (!is_rule(said) && alerts->stray.n == 0) {
        alerts->stray = said;
        alerts->stray_line = line->number;
    }
}

static bool parse(struct arena *arena, struct span bytes, void *facts, struct fault *fault)
{
    struct cli_displayalerts *alerts = facts;
    struct cli_text text;
    if (!cli_read(arena, bytes, "displayalerts", &text, fault))
        return false;
    bool part = false, open = false;
    if (text.last_line_open && text.count > 0)
        (void)stamp_length(text_trim(text.lines[text.count - 1].text), &part);
    text.count -= part;
    bool torn = text.last_line_open && !part;
    alerts->cut = part || text.too_long;
    size_t from = 0;
    for (size_t i = 0; i < text.count; i++) {
        struct span line = text_trim(text.lines[i].text);
        struct stamp when;
        size_t length = stamp_length(line, &part);
        if (length != 0 && time_parse_alert(text_head(line, length), &when)) {
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
};
