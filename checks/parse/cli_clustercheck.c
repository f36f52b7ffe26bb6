/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/cli_clustercheck.h"

#include "checks/parse/cli.h"

enum { MAX_STRAYS = 20 };

static const char found[] = "Inconsistency found";
static const char question[] = "How do you want to resolve";
static const char updated[] = " was updated ";

struct reader {
    struct arena *arena;
    const struct cli_text *text;
    struct cli_clustercheck *facts;
    bool asked;      /* the resolve question, and nothing but its menu since */
    int64_t ignores; /* number of its choice "Ignore"; 0 = not seen */
};

static void push_note(struct arena *arena, struct cli_clustercheck_note **notes, size_t *count,
                      struct span text, unsigned line)
{
    *notes = arena_push(arena, *notes, *count, sizeof(**notes));
    (*notes)[(*count)++] = (struct cli_clustercheck_note){text, line};
}

/* Spelled like this in the guides of 7.1 and 7.6 (V); "No inconsistency found" is the opposite. */
static bool is_heading(struct span said)
{
    return text_find(said, found) >= 0 && text_find_nocase(said, "no inconsistenc") < 0;
}

/* asyncos-cli.md 5.2 (R), as words, for "Checking Failover..." is none; and what was left out. */
static bool is_trouble(struct span said)
{
    static const char *const words[] = {
        "unreachable", "not connected", "disconnected",  "unable",
        "could not",   "cannot",        "fail",          "fails",
        "failed",      "failing",       "failure",       "failures",
        "timed out",   "refused",       "unavailable",   "not checked",
        "skipped",     "partly",        "not available", "partially",
        "1 machine",   "one machine",   "aborted",       "available machines",
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (text_find_word(said, words[i]) >= 0)
            return true;
    return false;
}

/* The first of COUNT words that C stands at is stepped over. */
static bool step(struct cursor *c, const char *const words[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_literal_nocase(c, words[i]))
            return true;
    return false;
}

/*
 * The closing sentence is not known (asyncos-cli.md 5.2); these candidates count when they are all
 * that is said. With anything else in it ("… in 3 of 9 groups") it is not this sentence.
 */
static bool is_clean(struct span said)
{
    static const char *const nothing[] = {
        "no inconsistencies", "no inconsistency",          "no errors",
        "no error",           "the cluster is consistent", "cluster is consistent"};
    static const char *const seen[] = {" were found", " found", " detected"};
    static const char *const where[] = {" in the cluster", " on the cluster"};
    struct cursor c = text_cursor(said);
    if (!step(&c, nothing, sizeof(nothing) / sizeof(nothing[0])))
        return false;
    (void)step(&c, seen, sizeof(seen) / sizeof(seen[0]));
    (void)step(&c, where, sizeof(where) / sizeof(where[0]));
    struct span rest = text_rest(&c);
    return rest.n == 0 || text_is(rest, ".") || text_is(rest, "!");
}

/*
 * A sentence of its own. That a check found no error is worth nothing when the same sentence says
 * that it could not look everywhere.
 */
static void take_sentence(struct reader *r, struct span said, unsigned line)
{
    struct cli_clustercheck *facts = r->facts;
    said = text_trim(said);
    if (said.n == 0)
        return;
    if (is_trouble(said)) {
        push_note(r->arena, &facts->troubles, &facts->trouble_count, said, line);
    } else if (is_clean(said)) {
        if (!facts->clean_said)
            facts->clean_line = line;
        facts->clean_said = true;
    } else if (facts->stray_count < MAX_STRAYS) {
        push_note(r->arena, &facts->strays, &facts->stray_count, said, line);
    }
}

/* "2. Force the entire cluster to use the esa2.example.com version." (V); *WORDS behind "2. ". */
static bool is_choice(struct span line, int64_t *number, struct span *words)
{
    struct cursor c = text_cursor(line);
    bool is = text_digits(&c, 1, 4, number) && text_literal(&c, ". ");
    *words = text_rest(&c);
    return is;
}

/* "[3]> ", with or without an answer. */
static bool is_question(struct span line, struct span *typed)
{
    ptrdiff_t at = text_find(line, "]>");
    *typed = text_trim(text_skip(line, at < 0 ? line.n : (size_t)at + 2));
    return at >= 0 && text_starts(line, "[");
}

static bool begins_something(struct span line)
{
    struct span rest;
    int64_t number;
    line = text_trim(line);
    return line.n == 0 || text_starts(line, "Checking ") || is_heading(line) || is_clean(line) ||
           text_starts(line, question) || is_choice(line, &number, &rest) ||
           is_question(line, &rest);
}

/* Behind the line FROM and what was hard-wrapped off it. */
static size_t paragraph_end(const struct cli_text *text, size_t from)
{
    size_t to = from + 1;
    while (to < text->count && cli_wrapped(text->lines[to - 1].text) &&
           !begins_something(text->lines[to].text))
        to++;
    return to;
}

/* Which line a position in the joined block stands on; positions must not decrease. */
struct walk {
    const struct cli_text *text;
    size_t line, begin; /* BEGIN: position of that line */
};

static unsigned line_at(struct walk *walk, size_t position)
{
    const struct screen_line *line = &walk->text->lines[walk->line];
    for (size_t n; n = text_trim(line->text).n, position > walk->begin + n; line++) {
        walk->begin += n + 1;
        walk->line++;
    }
    return line->number;
}

/*
 * "<setting> at <level>:" (V). A setting may hold " at " itself, so the last one counts. What
 * follows the colon, or has no such form, is a sentence of its own.
 */
static void take_head(struct reader *r, struct cli_clustercheck_item *item, struct span head,
                      bool has_updates, unsigned line)
{
    static const char *const levels[] = {" at Cluster ", " at Group ", " at Machine "};
    ptrdiff_t best = -1;
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        ptrdiff_t at;
        for (size_t from = 0; (at = text_find(text_skip(head, from), levels[i])) >= 0;
             from += (size_t)at + 1)
            if ((ptrdiff_t)from + at > best)
                best = (ptrdiff_t)from + at;
    }
    struct span rest = head;
    if (best >= 0) {
        item->setting = text_trim(text_head(head, (size_t)best));
        (void)text_cut(text_skip(head, (size_t)best + 4), ':', &item->level, &rest);
        item->level = text_trim(item->level);
    } else if (has_updates || text_find(head, ":") >= 0) {
        (void)text_cut(head, ':', &item->setting, &rest);
        item->setting = text_trim(item->setting);
    }
    take_sentence(r, rest, line);
}

/* "<date zone> by '<user>' on <host>" (V). Returns how much of TAIL it took. */
static size_t take_update(struct cli_clustercheck_update *update, struct span tail)
{
    ptrdiff_t by = text_find(tail, " by ");
    update->when = text_trim(text_head(tail, by < 0 ? tail.n : (size_t)by));
    if (by < 0)
        return tail.n;
    struct cursor c = text_cursor(text_skip(tail, (size_t)by + 4));
    bool quoted = text_literal(&c, "'");
    if (quoted ? !text_until(&c, '\'', 256, &update->user) : !text_word(&c, 256, &update->user))
        return tail.n;
    struct span host;
    if (text_literal(&c, " on ") && !text_word(&c, 256, &host))
        return tail.n;
    return (size_t)(c.p - tail.p);
}

/* What stands below "Inconsistency found!", lines FROM … TO-1, all of them not blank. */
static void take_details(struct reader *r, struct cli_clustercheck_item *item, size_t from,
                         size_t to)
{
    struct span block = cli_joined(r->arena, r->text, from, to);
    struct walk walk = {r->text, from, 0};
    unsigned head_line = r->text->lines[from].number;
    size_t end_of_head = block.n, at = 0;
    ptrdiff_t hit = text_find(block, updated);
    while (hit >= 0) {
        size_t name_end = at + (size_t)hit, name = name_end;
        while (name > at && block.p[name - 1] != ' ')
            name--;
        size_t begin = name_end + sizeof(updated) - 1;
        hit = text_find(text_skip(block, begin), updated);
        size_t end = block.n;
        if (hit >= 0) {
            /* The next name belongs to the next update. */
            for (end = begin + (size_t)hit; end > begin && block.p[end - 1] != ' ';)
                end--;
        }
        struct cli_clustercheck_update update = {
            .host = text_head(text_skip(block, name), name_end - name),
            .line = line_at(&walk, name)};
        if (item->update_count == 0)
            end_of_head = name;
        size_t used = begin + take_update(&update, text_head(text_skip(block, begin), end - begin));
        while (used < end && block.p[used] == ' ')
            used++;
        item->updates =
            arena_push(r->arena, item->updates, item->update_count, sizeof(*item->updates));
        item->updates[item->update_count++] = update;
        take_sentence(r, text_head(text_skip(block, used), end - used), line_at(&walk, used));
        at = begin;
    }
    take_head(r, item, text_trim(text_head(block, end_of_head)), item->update_count > 0, head_line);
}

/* Returns the first line behind the block of the item whose heading ends before FROM. */
static size_t take_item(struct reader *r, unsigned line, size_t from)
{
    struct cli_clustercheck *facts = r->facts;
    struct cli_clustercheck_item item = {.line = line};
    size_t to = from;
    while (to < r->text->count && !begins_something(r->text->lines[to].text))
        to++;
    if (to > from)
        take_details(r, &item, from, to);
    facts->items = arena_push(r->arena, facts->items, facts->count, sizeof(*facts->items));
    facts->items[facts->count++] = item;
    return to;
}

static bool is_done(struct span word)
{
    return text_is_nocase(word, "done") || text_is_nocase(word, "done.") ||
           text_is_nocase(word, "ok") || text_is_nocase(word, "ok.");
}

/* "Checking <x>: done", without the dots. */
static bool ends_well(struct span said)
{
    struct span last, tail = said;
    while (text_cut(tail, ' ', &last, &tail))
        continue;
    return is_done(last) && text_find_word(said, "not") < 0 && !is_trouble(said);
}

/*
 * "Checking <x>..." (R), and what follows the dots in the same paragraph: *REST. False: not a line
 * of progress. One that was cut off (OPEN) is one, for what follows it is missing, not said.
 */
static bool take_progress(struct reader *r, struct span said, bool open, unsigned line,
                          struct span *rest)
{
    if (!text_starts(said, "Checking "))
        return false;
    ptrdiff_t dots = text_find(said, "...");
    if (dots < 0 && !ends_well(said) && (!open || is_trouble(said)))
        return false;
    struct span head = text_head(said, dots < 0 ? said.n : (size_t)dots);
    *rest = text_trim(text_skip(said, dots < 0 ? said.n : (size_t)dots + 3));
    if (is_done(*rest))
        *rest = (struct span){NULL, 0};
    if (is_trouble(head))
        push_note(r->arena, &r->facts->troubles, &r->facts->trouble_count, head, line);
    r->facts->checking++;
    /* The sentence that closes the check is the one behind the last of these. */
    r->facts->clean_said = false;
    r->facts->clean_line = 0;
    return true;
}

/* Somebody answered the question with NUMBER or ^C. ^C is the safe answer. */
static void take_answer(struct reader *r, struct span typed)
{
    struct cli_clustercheck *facts = r->facts;
    int64_t number;
    if (r->asked && facts->count > 0 && text_to_int(typed, &number))
        facts->items[facts->count - 1].resolved = number != r->ignores;
    r->asked = false;
}

/* Returns the first line behind what begins in line I, which is not blank. */
static size_t take_paragraph(struct reader *r, size_t i)
{
    size_t to = paragraph_end(r->text, i);
    unsigned line = r->text->lines[i].number;
    struct span said = cli_joined(r->arena, r->text, i, to), rest;
    int64_t number;
    if (text_starts(said, question)) {
        r->asked = true;
        r->ignores = 0;
        return to;
    }
    if (is_choice(said, &number, &rest)) {
        if (text_starts_nocase(rest, "Ignore"))
            r->ignores = number;
        else if (!text_starts_nocase(rest, "Force "))
            take_sentence(r, said, line);
        return to;
    }
    /* Anywhere else ^C ends the check before its time. */
    bool asks = is_question(said, &rest);
    if ((asks && rest.n != 0) || (r->asked && text_is(said, "^C"))) {
        take_answer(r, rest);
        return to;
    }
    if (asks)
        return to;
    r->asked = false;
    if (take_progress(r, said, r->text->last_line_open && to == r->text->count, line, &rest))
        said = rest;
    if (is_heading(said))
        return take_item(r, line, i + 1);
    take_sentence(r, said, line);
    return to;
}

static bool parse(struct arena *arena, struct span bytes, void *facts, struct fault *fault)
{
    struct cli_clustercheck *check = facts;
    struct cli_text text;
    if (!cli_read(arena, bytes, "clustercheck", &text, fault))
        return false;
    check->host = text.host;
    struct reader reader = {.arena = arena, .text = &text, .facts = check};
    for (size_t i = 0; i < text.count;) {
        if (text_trim(text.lines[i].text).n == 0)
            i++;
        else
            i = take_paragraph(&reader, i);
    }
    check->prompt_returned = text.prompt_returned;
    check->question_open = reader.asked && !text.prompt_returned;
    if (check->checking == 0 && check->count == 0 && !check->clean_said &&
        check->trouble_count == 0)
        return cli_not_recognised(&text, "clustercheck", fault);
    return true;
}

const struct document_kind cli_clustercheck_kind = {
    .id = "cli/clustercheck.txt",
    .asked = "CLI clustercheck",
    .roles = ROLE_ESA,
    .facts_size = sizeof(struct cli_clustercheck),
    .parse = parse,
    .host = cli_host,
};
