/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/cli_connstatus.h"

#include <stdlib.h>

/* Every machine's record is searched for, so the text must stay small; 20 machines are a lot. */
enum { MAX_BYTES = 256 * 1024, NEGATION_REACH = 3 };

static bool parse(struct arena *arena, struct span bytes, void *facts, struct fault *fault)
{
    struct cli_connstatus *status = facts;
    if (bytes.n > MAX_BYTES)
        return fault_set(fault, FAULT_TOO_BIG, "clusterconfig connstatus", 0,
                         "the answer of clusterconfig connstatus is longer than %d bytes",
                         (int)MAX_BYTES);
    return cli_read(arena, bytes, "clusterconfig connstatus", &status->text, fault);
}

const struct document_kind cli_connstatus_kind = {
    .id = "cli/connstatus.txt",
    .asked = "CLI clusterconfig connstatus",
    .roles = ROLE_ESA,
    .facts_size = sizeof(struct cli_connstatus),
    .parse = parse,
};

static char folded(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static int compare_names(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    for (size_t i = 0; i < x->n && i < y->n; i++)
        if (folded(x->p[i]) != folded(y->p[i]))
            return folded(x->p[i]) < folded(y->p[i]) ? -1 : 1;
    return (x->n > y->n) - (x->n < y->n);
}

static bool is_host_byte(char c)
{
    c = folded(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

/*
 * Next run of host name bytes in LINE from *AT on. Names are compared with whole runs, so that
 * esa1.example.com is not found in mesa1.example.com; a full stop may end a sentence behind one.
 */
static bool next_token(struct span line, size_t *at, struct span *token)
{
    size_t begin = *at;
    while (begin < line.n &&
           (!is_host_byte(line.p[begin]) || line.p[begin] == '.' || line.p[begin] == '-'))
        begin++;
    size_t end = begin;
    while (end < line.n && is_host_byte(line.p[end]))
        end++;
    *at = end;
    while (end > begin && (line.p[end - 1] == '.' || line.p[end - 1] == '-'))
        end--;
    *token = text_head(text_skip(line, begin), end - begin);
    return token->n > 0;
}

/* A place in the text. */
struct place {
    size_t line, column;
};

/* What stands between two places, runs of blanks and line ends folded into one blank. */
static struct span words_between(struct arena *arena, const struct cli_text *text,
                                 struct place from, struct place to)
{
    size_t room = 0, used = 0;
    for (size_t i = from.line; i <= to.line && i < text->count; i++)
        room += text->lines[i].text.n + 1;
    char *out = arena_alloc(arena, room);
    for (size_t i = from.line; i <= to.line && i < text->count; i++) {
        struct span line = text->lines[i].text, word;
        if (i == to.line)
            line = text_head(line, to.column);
        struct cursor c = text_cursor(i == from.line ? text_skip(line, from.column) : line);
        for (text_blanks(&c); text_word(&c, SIZE_MAX, &word); text_blanks(&c)) {
            if (used != 0)
                out[used++] = ' ';
            for (size_t k = 0; k < word.n; k++)
                out[used++] = word.p[k];
        }
    }
    return (struct span){out, used};
}

/* "never connected", "last connected at …": such a word before it turns "connected" around. */
static bool is_negated(struct span before)
{
    static const char *const words[] = {"not", "never", "no", "cannot", "last", "was", "be"};
    for (int reach = 0; reach < NEGATION_REACH && before.n != 0; reach++) {
        before = text_trim(before);
        size_t n = before.n;
        while (n > 0 && before.p[n - 1] != ' ')
            n--;
        struct span word = text_skip(before, n);
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
            if (text_is_nocase(word, words[i]))
                return true;
        before = text_head(before, n);
    }
    return false;
}

static bool says_bad(struct span words)
{
    /* asyncos-cli.md 5.3; "failure" and "does not appear" from the alerts of 4.1 (V). */
    static const char *const bad[] = {
        "disconnected", "not connected", "error",           "failed",  "failure",
        "unreachable",  "refused",       "timed out",       "removed", "no route",
        "dropped",      "version",       "does not appear",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (text_find_word(words, bad[i]) >= 0)
            return true;
    return false;
}

static bool says_good(struct span words)
{
    static const char good[] = "connected";
    size_t begin = 0;
    ptrdiff_t at;
    while ((at = text_find_word(text_skip(words, begin), good)) >= 0) {
        size_t hit = begin + (size_t)at;
        /* The search began in the middle of the text: the neighbour before it is not seen there. */
        if (!is_negated(text_head(words, hit)) && (hit == 0 || !is_host_byte(words.p[hit - 1])))
            return true;
        begin = hit + sizeof(good) - 1;
    }
    return false;
}

/*
 * Behind what certainly belongs to the line of FROM: that line and those wrapped off it or indented
 * under it. A sentence about "all others" further down must not make a machine good.
 */
static struct place near_end(const struct cli_text *text, struct place from, struct place to)
{
    size_t indent = cli_indent(text->lines[from.line].text), i = from.line + 1;
    if (to.line == from.line)
        return to;
    while (i < to.line && text_trim(text->lines[i].text).n != 0 &&
           (cli_indent(text->lines[i].text) > indent || cli_wrapped(text->lines[i - 1].text)))
        i++;
    return (struct place){i, 0};
}

/* One mention of MACHINE: NAME is where it stands, FROM … TO its record. */
struct record {
    struct place name, from, to;
};

static struct cli_connstatus_link judge(struct arena *arena, const struct cli_text *text,
                                        const struct record *record, size_t name_length)
{
    const struct screen_line *line = &text->lines[record->name.line];
    struct cli_connstatus_link link = {.state = CLI_CONNSTATUS_UNRECOGNISED, .line = line->number};
    struct place from = record->from;
    struct span before =
        text_head(text_skip(line->text, from.column), record->name.column - from.column);
    if (text_trim(before).n == 0)
        from.column = record->name.column + name_length;
    struct span all = words_between(arena, text, from, record->to);
    link.words = words_between(arena, text, from, near_end(text, from, record->to));
    if (says_bad(all)) {
        link.state = CLI_CONNSTATUS_BAD;
        if (!says_bad(link.words))
            link.words = all;
    } else if (says_good(link.words)) {
        link.state = CLI_CONNSTATUS_GOOD;
    } else if (text_find_word(link.words, "this machine") >= 0 ||
               text_find_word(link.words, "local") >= 0) {
        link.state = CLI_CONNSTATUS_SELF;
    }
    while (text_starts(link.words, ":") || text_starts(link.words, "-"))
        link.words = text_trim(text_skip(link.words, 1));
    return link;
}

struct cli_connstatus_link cli_connstatus_link(struct arena *arena,
                                               const struct cli_connstatus *status,
                                               struct span machine, const struct span *names,
                                               size_t name_count)
{
    const struct cli_text *text = &status->text;
    struct cli_connstatus_link best = {.state = CLI_CONNSTATUS_ABSENT};
    struct span *sorted = arena_array(arena, name_count + 1, sizeof(*sorted)), token;
    for (size_t i = 0; i < name_count; i++)
        sorted[i] = names[i];
    sorted[name_count] = machine;
    qsort(sorted, name_count + 1, sizeof(*sorted), compare_names);

    struct record record = {{0, 0}, {0, 0}, {0, 0}};
    bool open = false;
    for (size_t i = 0; i <= text->count; i++) {
        struct span line = i < text->count ? text->lines[i].text : machine;
        bool first = true;
        for (size_t at = 0; next_token(line, &at, &token);) {
            if (bsearch(&token, sorted, name_count + 1, sizeof(*sorted), compare_names) == NULL)
                continue;
            struct place name = {i, (size_t)(token.p - line.p)};
            struct place begin = {i, first ? 0 : name.column};
            if (open) {
                record.to = begin;
                struct cli_connstatus_link link = judge(arena, text, &record, machine.n);
                if (link.state > best.state)
                    best = link;
            }
            open = i < text->count && text_same_nocase(token, machine);
            record = (struct record){.name = name, .from = begin};
            first = false;
        }
    }
    return best;
}
