/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/cli.h"

#include <string.h>

enum { NAME_MAX_BYTES = 256, WRAP_COLUMN = 60 };

static const char menu[] = "Choose the operation you want to perform";
static const char restricted[] = "This command is restricted to";

struct prompt {
    enum cli_mode mode;
    struct span name;
    struct span typed; /* the echoed command */
};

static bool is_blank(const struct screen_line *line)
{
    return text_trim(line->text).n == 0;
}

static bool is_host(struct span name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!alnum && (i == 0 || (c != '.' && c != '_' && c != '-')))
            return false;
    }
    return name.n > 0;
}

/* "(Machine esa1.example.com)> status", "esa1.example.com> " (V); cluster names may hold blanks. */
static bool read_prompt(struct span line, struct prompt *prompt)
{
    static const struct {
        const char *word;
        enum cli_mode mode;
    } modes[] = {{"(Machine ", CLI_MODE_MACHINE},
                 {"(Group ", CLI_MODE_GROUP},
                 {"(Cluster ", CLI_MODE_CLUSTER}};
    if (line.n == 0 || memchr(line.p, '>', line.n) == NULL)
        return false; /* as nearly all lines */
    line = text_trim(line);
    prompt->mode = CLI_MODE_STANDALONE;
    struct cursor c = text_cursor(line);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (text_literal(&c, modes[i].word)) {
            prompt->mode = modes[i].mode;
            break;
        }
    }
    bool alone = prompt->mode == CLI_MODE_STANDALONE;
    if (!text_until(&c, alone ? '>' : ')', NAME_MAX_BYTES, &prompt->name))
        return false;
    if (!alone) {
        text_blanks(&c);
        if (prompt->name.n == 0 || !text_literal(&c, ">"))
            return false;
    } else if (!is_host(prompt->name)) {
        return false;
    }
    struct span rest = text_rest(&c);
    prompt->typed = text_trim(rest);
    return rest.n == 0 || *rest.p == ' ' || *rest.p == '\t';
}

static bool begins_with_word(struct span text, struct span word)
{
    return text.n >= word.n && text_same_nocase(text_head(text, word.n), word) &&
           (text.n == word.n || text.p[word.n] == ' ');
}

/* Is COMMAND among the commands of TYPED ("clustermode cluster ; clustercheck")? */
static bool asks(struct span typed, struct span command)
{
    struct span part;
    for (bool more = true; more;) {
        more = text_cut(typed, ';', &part, &typed);
        if (begins_with_word(text_trim(part), command))
            return true;
    }
    return false;
}

/*
 * The machine that TYPED runs its commands on: "clustermode machine esa2.example.com ; status" (R)
 * is asked here and answered there. Empty: on this one.
 */
static struct span machine_asked(struct span typed)
{
    static const char *const words[] = {"clustermode", "machine"};
    struct cursor c = text_cursor(typed);
    struct span word;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        text_blanks(&c);
        if (!text_word(&c, NAME_MAX_BYTES, &word) || !text_is_nocase(word, words[i]))
            return text_of(NULL);
    }
    text_blanks(&c);
    (void)text_cut(text_rest(&c), ';', &word, &typed);
    return text_trim(word);
}

static bool leaves(struct span typed)
{
    return text_is(typed, "exit") || text_is(typed, "quit") || text_is(typed, "logout");
}

/*
 * Name in standalone prompts. "word> " may begin any line, so such a prompt counts only with the
 * name that was seen before COMMAND, before leaving, or alone at the very end.
 */
static struct span learn_host(const struct cli_text *text, struct span command)
{
    struct span host = {NULL, 0}, other = {NULL, 0};
    struct prompt prompt;
    size_t last = text->count;
    while (last > 0 && is_blank(&text->lines[last - 1]))
        last--;
    for (size_t i = 0; i < last; i++) {
        if (!read_prompt(text->lines[i].text, &prompt) || prompt.mode != CLI_MODE_STANDALONE)
            continue;
        if (asks(prompt.typed, command))
            host = prompt.name;
        else if (leaves(prompt.typed) || (i + 1 == last && prompt.typed.n == 0))
            other = prompt.name;
    }
    return host.n != 0 ? host : other;
}

static bool is_prompt(const struct screen_line *line, struct span host, struct prompt *prompt)
{
    return read_prompt(line->text, prompt) &&
           (prompt->mode != CLI_MODE_STANDALONE ||
            (host.n != 0 && text_same_nocase(prompt->name, host)));
}

/* "[]> connstatus": what was typed behind a question; empty when nothing was. */
static bool is_question(struct span line, struct span *typed)
{
    line = text_trim(line);
    ptrdiff_t at = text_find(line, "]>");
    if (at < 0)
        return false;
    *typed = text_trim(text_skip(line, (size_t)at + 2));
    return true;
}

/* Lines BEGIN … END-1 of the document. */
struct section {
    size_t begin, end;
    bool echoed;         /* begins behind the echo of the command */
    bool chosen;         /* the echo was a choice in a menu */
    struct span machine; /* the echo asked another machine; else empty */
};

static void note_prompt(struct cli_text *text, const struct prompt *prompt)
{
    text->mode = prompt->mode;
    if (prompt->mode == CLI_MODE_STANDALONE || prompt->mode == CLI_MODE_MACHINE)
        text->host = prompt->name;
}

/* An echo without its prompt: "status detail" alone on the first line. */
static bool is_bare_echo(struct span line, struct span command)
{
    line = text_trim(line);
    struct span argument = text_trim(text_skip(line, command.n));
    return begins_with_word(line, command) && text_same(text_head(line, command.n), command) &&
           text_find(argument, " ") < 0 && text_find(argument, ":") < 0;
}

/*
 * Where the answer begins: behind the last echo of COMMAND, or behind the choice of its second word
 * in the menu that its first word opens ("[]> connstatus"); else in that menu; else at the start.
 */
static struct section find_begin(struct cli_text *text, struct span command, struct span host)
{
    enum { NONE, MENU, ASKED } best = NONE, rank;
    struct section section = {.end = text->count};
    struct span name, operation, typed;
    struct prompt prompt, last = {CLI_MODE_UNKNOWN, {NULL, 0}, {NULL, 0}};
    bool in_menu = text_cut(command, ' ', &name, &operation);
    for (size_t i = 0; i < text->count; i++) {
        struct span line = text->lines[i].text;
        bool is = is_prompt(&text->lines[i], host, &prompt);
        if (is) {
            in_menu = operation.n != 0 && text_same_nocase(prompt.typed, name);
            rank = asks(prompt.typed, command) ? ASKED : in_menu ? MENU : NONE;
            last = prompt;
        } else {
            bool chosen =
                in_menu && is_question(line, &typed) && begins_with_word(typed, operation);
            rank = chosen ? ASKED : NONE;
        }
        if (rank == NONE || rank < best)
            continue;
        best = rank;
        section = (struct section){i + 1, text->count, true, !is, machine_asked(last.typed)};
        note_prompt(text, &last);
    }
    return section;
}

/* Ends SECTION at the next prompt; an answer chosen in a menu ends at the next choice already. */
static void find_end(struct cli_text *text, struct span command, struct span host,
                     struct section *section)
{
    struct prompt prompt;
    struct span typed;
    bool in_menu = section->chosen;
    for (size_t i = section->begin; i < text->count; i++) {
        bool is = is_prompt(&text->lines[i], host, &prompt);
        bool first = !section->echoed && i == section->begin;
        if (first && (is_blank(&text->lines[i]) || (is && prompt.typed.n == 0) ||
                      is_bare_echo(text->lines[i].text, command))) {
            if (is)
                note_prompt(text, &prompt);
            section->begin++;
        } else if (is) {
            note_prompt(text, &prompt);
            text->prompt_returned = true;
            if (section->end > i)
                section->end = i;
            return;
        } else if (in_menu && is_question(text->lines[i].text, &typed) && typed.n != 0) {
            section->end = i;
            in_menu = false;
        }
    }
}

/*
 * Steps over 'This command is restricted to "cluster" mode. …  [Y]> y' (V) in front of the answer.
 * False when that question is all there is. It is longer than 80 columns and may be wrapped.
 */
static bool skip_restriction(const struct cli_text *text, struct section *section)
{
    size_t i = section->begin;
    while (i < section->end && is_blank(&text->lines[i]))
        i++;
    if (i == section->end || !text_starts(text_trim(text->lines[i].text), restricted))
        return true;
    struct span typed = {NULL, 0};
    size_t limit = section->end < i + 4 ? section->end : i + 4;
    while (i < limit && !is_question(text->lines[i].text, &typed))
        i++;
    size_t next = i < limit ? i + 1 : section->end;
    while (next < section->end && is_blank(&text->lines[next]))
        next++;
    section->begin = next;
    return typed.n != 0 || next < section->end || (i < limit && text->prompt_returned);
}

/* Keeps the lines of SECTION, without the menu and the open question that may end it. */
static void keep(struct cli_text *text, struct section section)
{
    size_t captured = text->count, last = section.end;
    struct span typed = {NULL, 0};
    while (last > section.begin && is_blank(&text->lines[last - 1]))
        last--;
    bool asked = last > section.begin && is_question(text->lines[last - 1].text, &typed) &&
                 typed.n == 0 && text_ends(text_trim(text->lines[last - 1].text), "]>");
    if (asked && !text->prompt_returned && section.end == captured && !text->too_long) {
        text->question_open = true;
        text->question = text_trim(text->lines[last - 1].text);
    }
    if (asked || section.chosen) {
        for (size_t i = last; i-- > section.begin;) {
            if (text_starts(text_trim(text->lines[i].text), menu)) {
                last = i;
                break;
            }
        }
    }
    text->above = text->lines;
    text->above_count = section.begin;
    text->lines += section.begin;
    text->count = last - section.begin;
}

bool cli_read(struct arena *arena, struct span bytes, const char *command, struct cli_text *text,
              struct fault *fault)
{
    *text = (struct cli_text){.mode = CLI_MODE_UNKNOWN};
    if (text_trim(bytes).n == 0)
        return fault_set(fault, FAULT_EMPTY, command, 0, "the answer of %s is empty", command);
    struct screen screen;
    if (!screen_read(arena, bytes, &screen))
        return fault_set(fault, FAULT_SYNTAX, command, 0,
                         "the answer of %s holds NUL bytes: it is no text", command);
    if (screen.count == 0)
        return fault_set(fault, FAULT_EMPTY, command, 0, "the answer of %s is empty", command);
    text->lines = screen.lines;
    text->count = screen.count;
    text->too_long = screen.too_long;
    struct span host = learn_host(text, text_of(command));
    struct section section = find_begin(text, text_of(command), host);
    find_end(text, text_of(command), host, &section);
    if (section.machine.n != 0)
        text->host = section.machine;
    unsigned line = section.begin < section.end ? text->lines[section.begin].number : 0;
    if (!skip_restriction(text, &section))
        return fault_set(fault, FAULT_CUT, command, line,
                         "%s asks whether to switch the mode, and nobody answered", command);
    if (text->too_long)
        text->prompt_returned = false;
    text->last_line_open = section.end == text->count && screen.last_line_open &&
                           !is_blank(&text->lines[text->count - 1]);
    keep(text, section);
    for (size_t i = 0; i < text->count; i++) {
        if (is_blank(&text->lines[i]))
            continue;
        if (text_starts_nocase(text_trim(text->lines[i].text), "unknown command")) {
            (void)cli_not_recognised(text, command, fault);
            if (fault != NULL)
                fault->kind = FAULT_UNSUPPORTED;
            return false;
        }
        return true;
    }
    return text->question_open ||
           fault_set(fault, FAULT_EMPTY, command, 0, "%s answered nothing", command);
}

struct span cli_host(const void *facts)
{
    return *(const struct span *)facts;
}

bool cli_pair(struct span line, struct span *label, struct span *value)
{
    struct span head, tail;
    if (!text_cut(line, ':', &head, &tail))
        return false;
    *label = text_trim(head);
    *value = text_trim(tail);
    return true;
}

size_t cli_indent(struct span line)
{
    size_t n = 0;
    while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t'))
        n++;
    return n;
}

bool cli_is_rule(struct span line)
{
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] != '-' && line.p[i] != '=' && line.p[i] != ' ')
            return false;
    return true;
}

bool cli_wrapped(struct span line)
{
    return line.n >= WRAP_COLUMN;
}

bool cli_not_recognised(const struct cli_text *text, const char *what, struct fault *fault)
{
    size_t i = 0;
    while (i < text->count && is_blank(&text->lines[i]))
        i++;
    if (i == text->count)
        return fault_set(fault, FAULT_SYNTAX, what, 0, "this is no answer of %s", what);
    struct span quote = text_trim(text->lines[i].text);
    return fault_set(fault, FAULT_SYNTAX, what, text->lines[i].number,
                     "this is no answer of %s: %.*s", what, FAULT_QUOTE(quote));
}

struct span cli_joined(struct arena *arena, const struct cli_text *text, size_t from, size_t to)
{
    size_t room = 0, used = 0;
    for (size_t i = from; i < to; i++)
        room += text->lines[i].text.n + 1;
    char *out = arena_alloc(arena, room);
    for (size_t i = from; i < to; i++) {
        struct span line = text_trim(text->lines[i].text);
        if (line.n == 0)
            continue;
        if (used != 0)
            out[used++] = ' ';
        memcpy(out + used, line.p, line.n);
        used += line.n;
    }
    return (struct span){out, used};
}
