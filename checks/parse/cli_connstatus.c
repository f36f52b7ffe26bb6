/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/cli_connstatus.h"

#include <stdlib.h>
#include <string.h>

#include "checks/time.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HEX          "0123456789abcdefABCDEF"

/* What the text says about each of NAMES, sorted: all of them are found in one reading. */
struct cli_connstatus_memo {
    struct span *names;
    size_t count;
    struct cli_connstatus_link *links;
    struct span *asked; /* the names as they were given */
    size_t asked_count;
};

/* 20 machines are a lot. */
enum { MAX_BYTES = 256 * 1024 };

static bool parse(struct arena *arena, struct span bytes, void *facts, struct fault *fault)
{
    struct cli_connstatus *status = facts;
    if (bytes.n > MAX_BYTES)
        return fault_set(fault, FAULT_TOO_BIG, "clusterconfig connstatus", 0,
                         "the answer of clusterconfig connstatus is longer than %d bytes",
                         (int)MAX_BYTES);
    bool read = cli_read(arena, bytes, "clusterconfig connstatus", &status->text, fault);
    status->host = status->text.host;
    status->memo = arena_alloc(arena, sizeof(*status->memo));
    return read;
}

const struct document_kind cli_connstatus_kind = {
    .id = "cli/connstatus.txt",
    .asked = "CLI clusterconfig connstatus",
    .roles = ROLE_ESA,
    .facts_size = sizeof(struct cli_connstatus),
    .parse = parse,
    .host = cli_host,
};

static int compare_names(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return text_order_nocase(*x, *y);
}

static bool is_host_byte(char c)
{
    c = text_lower(c);
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

static bool is_one_of(struct span word, const char *const words[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_is_nocase(word, words[i]))
            return true;
    return false;
}

static bool consists_of(struct span span, const char *bytes)
{
    size_t n = strlen(bytes);
    for (size_t i = 0; i < span.n; i++)
        if (memchr(bytes, span.p[i], n) == NULL)
            return false;
    return span.n > 0;
}

/* Number, date, part of a time, address, release, short serial: 02, 2026-03-08, 15.0.3-002, 420B.
 */
static bool is_number(struct span word)
{
    bool digit = false;
    for (size_t i = 0; i < word.n; i++)
        digit = digit || (word.p[i] >= '0' && word.p[i] <= '9');
    return digit && consists_of(word, HEX ".-");
}

/* 70DF2F3A91C4-WZP21470QRX: the part behind the dash is no hexadecimal on hardware. */
static bool is_serial(struct span word)
{
    struct span head, tail;
    return text_cut(word, '-', &head, &tail) && head.n >= 12 && consists_of(head, HEX) &&
           tail.n >= 8 && consists_of(tail, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

/* 1h, 31m, 20s: as the status shows how long an appliance is up, "(1h 31m 20s)" (V). */
static bool is_span_of_time(struct span word)
{
    return word.n > 1 && memchr("dhms", text_lower(word.p[word.n - 1]), 4) != NULL &&
           consists_of(text_head(word, word.n - 1), "0123456789");
}

/* "no errors", "last error: none". */
static bool denies_errors(struct span previous, struct span word, struct span next)
{
    static const char *const errors[] = {"error", "errors"};
    if (is_one_of(word, errors, COUNT(errors)))
        return text_is_nocase(previous, "no") || text_is_nocase(next, "none");
    if (text_is_nocase(word, "none"))
        return is_one_of(previous, errors, COUNT(errors));
    return (text_is_nocase(word, "no") || text_is_nocase(word, "last")) &&
           is_one_of(next, errors, COUNT(errors));
}

/* Says WORD, between PREVIOUS and NEXT, nothing that could turn "connected" around? */
static bool is_neutral(struct span previous, struct span word, struct span next,
                       struct span machine)
{
    static const char *const words[] = {
        "machine", "serial", "is",  "status", "state", "connection", "at",  "ip",  "port",
        "via",     "since",  "for", "has",    "been",  "currently",  "ssh", "ccs", "yes",
        "true",    "up",     "ok",  "online", "mon",   "tue",        "wed", "thu", "fri",
        "sat",     "sun",    "jan", "feb",    "mar",   "apr",        "may", "jun", "jul",
        "aug",     "sep",    "oct", "nov",    "dec",   "asyncos",
    };
    static const char *const units[] = {"day",     "days",   "hour",    "hours", "minute",
                                        "minutes", "second", "seconds", "week",  "weeks",
                                        "min",     "mins",   "sec",     "secs"};
    static const char *const ambiguous_zones[] = {"IST", "CST", "BST", "AST"};
    int32_t offset;
    if (text_same_nocase(word, machine) || is_serial(word) || is_span_of_time(word) ||
        denies_errors(previous, word, next))
        return true;
    if (text_is_nocase(word, "to"))
        return text_same_nocase(next, machine);
    if (text_is_nocase(word, "version") || text_is_nocase(word, "build"))
        return is_number(next);
    if (is_number(word)) /* "connected 0" counts links; "0 hours" is a time */
        return !text_is(word, "0") || is_one_of(next, units, COUNT(units));
    if (is_number(previous) && (time_zone_offset(word, &offset) ||
                                is_one_of(word, ambiguous_zones, COUNT(ambiguous_zones))))
        return true;
    return is_one_of(word, words, COUNT(words)) || is_one_of(word, units, COUNT(units));
}

/* "1/3" is a share of the links and no good one, unless it is all of them; 08/03/2026 is a date. */
static bool is_part(struct span words, struct span word)
{
    struct cursor c = text_cursor(text_skip(words, (size_t)(word.p - words.p)));
    int64_t some, all;
    if ((word.p > words.p && word.p[-1] == '/') || !text_digits(&c, 1, 9, &some))
        return false;
    text_blanks(&c);
    if (!text_literal(&c, "/"))
        return false;
    text_blanks(&c);
    return text_digits(&c, 1, 9, &all) && some < all && !text_literal(&c, "/");
}

/* As a label ("Connected: No"), the word says nothing; what stands behind it does. */
static bool is_label(struct span behind)
{
    behind = text_trim(behind);
    return text_starts(behind, ":") || text_starts(behind, "=");
}

/*
 * "connected", and no word that is not known to be harmless: no sample tells how a broken link
 * reads ("connected until …", "formerly connected"), so a list of bad words cannot be complete.
 */
static bool says_good(struct span words, struct span machine)
{
    static const char *const affirmative[] = {"yes", "true"};
    static const char marks[] = " ,;:()[]#=|/+*'\"";
    struct span previous = {NULL, 0}, word, next;
    bool good = false;
    size_t at = 0;
    for (size_t i = 0; i < words.n; i++)
        if (!is_host_byte(words.p[i]) && memchr(marks, words.p[i], sizeof(marks) - 1) == NULL)
            return false;
    for (bool more = next_token(words, &at, &word); more; previous = word, word = next) {
        struct span behind = text_skip(words, at);
        more = next_token(words, &at, &next);
        if (!text_is_nocase(word, "connected")) {
            if (!is_neutral(previous, word, next, machine) || is_part(words, word))
                return false;
        } else if (is_label(behind) && !is_one_of(next, affirmative, COUNT(affirmative))) {
            return false;
        } else {
            good = true;
        }
    }
    return good;
}

/* Cuts WORD off the end of TEXT, where it stands as a word of its own. */
static bool cut_last(struct span *text, const char *word)
{
    size_t n = strlen(word);
    struct span trimmed = text_trim(*text);
    if (trimmed.n < n || !text_is_nocase(text_skip(trimmed, trimmed.n - n), word) ||
        (trimmed.n > n && is_host_byte(trimmed.p[trimmed.n - n - 1])))
        return false;
    *text = text_head(trimmed, trimmed.n - n);
    return true;
}

/* "0 disconnected", "0 machines are disconnected", "no error", "last error: none"? */
static bool is_denied(struct span before, struct span behind)
{
    static const char *const fillers[] = {"are", "is", "machines", "machine"};
    struct span word;
    size_t at = 0;
    for (size_t i = 0; i < COUNT(fillers); i++)
        (void)cut_last(&before, fillers[i]);
    if (cut_last(&before, "0") || cut_last(&before, "no"))
        return true;
    return is_label(behind) && next_token(behind, &at, &word) && text_is_nocase(word, "none") &&
           !(next_token(behind, &at, &word) && text_is_nocase(word, "of"));
}

static bool says(struct span words, const char *phrase)
{
    ptrdiff_t at;
    for (size_t begin = 0; (at = text_find_word(text_skip(words, begin), phrase)) >= 0;
         begin += (size_t)at + strlen(phrase))
        if (!is_denied(text_head(words, begin + (size_t)at),
                       text_skip(words, begin + (size_t)at + strlen(phrase))))
            return true;
    return false;
}

static bool says_bad(struct span words)
{
    /* asyncos-cli.md 5.3; "failure" and "does not appear" from the alerts of 4.1 (V). */
    static const char *const bad[] = {
        "disconnected", "not connected", "error",   "failed",  "failure",  "unreachable",
        "refused",      "timed out",     "removed", "dropped", "no route", "does not appear",
    };
    /* A version may also stand beside a good link; machines of different ones have none (V). */
    static const char *const differing[] = {"different",    "differs", "mismatch",
                                            "incompatible", "older",   "newer"};
    for (size_t i = 0; i < COUNT(bad); i++)
        if (says(words, bad[i]))
            return true;
    for (size_t i = 0; i < COUNT(differing) && text_find_word(words, "version") >= 0; i++)
        if (says(words, differing[i]))
            return true;
    return false;
}

/*
 * Does what stands before or behind the records put them in doubt? It may be about any machine, or
 * about all: here no word is too weak.
 */
static bool says_doubt(struct span words)
{
    static const char *const doubts[] = {
        "down",       "lost",      "detached", "suspended", "closed",        "stale",   "not",
        "last known", "timed out", "timeout",  "no link",   "no connection", "no data", "before",
    };
    for (size_t i = 0; i < COUNT(doubts); i++)
        if (says(words, doubts[i]))
            return true;
    return says_bad(words);
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
                                        const struct record *record, struct span machine)
{
    const struct screen_line *line = &text->lines[record->name.line];
    struct cli_connstatus_link link = {.state = CLI_CONNSTATUS_UNRECOGNISED, .line = line->number};
    struct place from = record->from;
    struct span before =
        text_head(text_skip(line->text, from.column), record->name.column - from.column);
    if (text_trim(before).n == 0)
        from.column = record->name.column + machine.n;
    struct place near = near_end(text, from, record->to);
    link.words = words_between(arena, text, from, near);
    if (says_bad(link.words)) {
        link.state = CLI_CONNSTATUS_BAD;
    } else if (says_good(link.words, machine)) {
        link.state = CLI_CONNSTATUS_GOOD;
        /* Notes and sums are no proof against this machine, nor for it. */
        if (says_doubt(words_between(arena, text, near, record->to))) {
            link.state = CLI_CONNSTATUS_UNRECOGNISED;
            link.words = words_between(arena, text, from, record->to);
        }
    } else if (text_find_word(link.words, "this machine") >= 0 ||
               text_find_word(link.words, "local") >= 0) {
        link.state = CLI_CONNSTATUS_SELF;
    }
    while (text_starts(link.words, ":") || text_starts(link.words, "-"))
        link.words = text_trim(text_skip(link.words, 1));
    return link;
}

/* A mention without a word is no statement; any other that is not understood spoils a good one. */
static int weight(const struct cli_connstatus_link *link)
{
    bool empty = link->state == CLI_CONNSTATUS_UNRECOGNISED && link->words.n == 0;
    return empty ? 1 : 2 * (int)link->state;
}

/* What is open while the text is read: the last name, and where its record begins. */
struct reading {
    struct arena *arena;
    const struct cli_text *text;
    struct cli_connstatus_memo *memo;
    struct record record;
    size_t machine; /* index of the last name; COUNT = none yet */
    struct span preamble;
};

/* The record of the last name ends at END. */
static void close_record(struct reading *r, struct place end)
{
    if (r->machine == r->memo->count) {
        r->preamble = words_between(r->arena, r->text, r->record.from, end);
        return;
    }
    struct cli_connstatus_link *best = &r->memo->links[r->machine];
    r->record.to = end;
    struct cli_connstatus_link link =
        judge(r->arena, r->text, &r->record, r->memo->names[r->machine]);
    if (weight(&link) > weight(best))
        *best = link;
}

static void read_line(struct reading *r, size_t i)
{
    const struct cli_connstatus_memo *memo = r->memo;
    struct span line = r->text->lines[i].text, token;
    bool first = true;
    for (size_t at = 0; next_token(line, &at, &token);) {
        const struct span *name =
            bsearch(&token, memo->names, memo->count, sizeof(*memo->names), compare_names);
        if (name == NULL)
            continue;
        struct place place = {i, (size_t)(token.p - line.p)};
        struct place begin = {i, first ? 0 : place.column};
        close_record(r, begin);
        r->machine = (size_t)(name - memo->names);
        r->record = (struct record){.name = place, .from = begin};
        first = false;
    }
}

static struct cli_connstatus_memo read_all(struct arena *arena, const struct cli_text *text,
                                           struct span *names, size_t count)
{
    struct cli_connstatus_memo memo = {.names = names, .count = count};
    struct reading r = {arena, text, &memo, {{0, 0}, {0, 0}, {0, 0}}, count, {NULL, 0}};
    memo.links = arena_array(arena, count, sizeof(*memo.links));
    for (size_t i = 0; i < count; i++)
        memo.links[i].state = CLI_CONNSTATUS_ABSENT;
    for (size_t i = 0; i < text->count; i++)
        read_line(&r, i);
    close_record(&r, (struct place){text->count, 0});
    const bool doubt = says_doubt(r.preamble);
    for (size_t i = 0; i < count && doubt; i++)
        if (memo.links[i].state == CLI_CONNSTATUS_GOOD)
            memo.links[i] = (struct cli_connstatus_link){CLI_CONNSTATUS_UNRECOGNISED, r.preamble,
                                                         text->lines[0].number};
    return memo;
}

/* Reads STATUS for ASKED and for MACHINE, which may or may not be among them. */
static struct cli_connstatus_memo read_for(struct arena *arena, const struct cli_connstatus *status,
                                           struct span machine, struct span *asked, size_t count)
{
    struct span *sorted = arena_array(arena, count + 1, sizeof(*sorted));
    size_t names = 0;
    for (size_t i = 0; i < count; i++)
        sorted[i] = asked[i];
    sorted[count] = machine;
    qsort(sorted, count + 1, sizeof(*sorted), compare_names);
    for (size_t i = 0; i <= count; i++)
        if (names == 0 || compare_names(&sorted[names - 1], &sorted[i]) != 0)
            sorted[names++] = sorted[i];
    struct cli_connstatus_memo memo = read_all(arena, &status->text, sorted, names);
    memo.asked = asked;
    memo.asked_count = count;
    return memo;
}

static const struct span *find(const struct cli_connstatus_memo *memo, struct span machine)
{
    return memo->count == 0
               ? NULL
               : bsearch(&machine, memo->names, memo->count, sizeof(machine), compare_names);
}

/* Is MEMO of the same names, in the same order? Its own may have one more, that was asked about. */
static bool is_of(const struct cli_connstatus_memo *memo, const struct span *names, size_t count)
{
    bool same = memo->asked_count == count && memo->links != NULL;
    for (size_t i = 0; same && i < count; i++)
        same = text_same(memo->asked[i], names[i]);
    return same;
}

struct cli_connstatus_link cli_connstatus_link(struct arena *arena,
                                               const struct cli_connstatus *status,
                                               struct span machine, const struct span *names,
                                               size_t name_count)
{
    struct cli_connstatus_memo *memo = status->memo;
    const struct span *name = is_of(memo, names, name_count) ? find(memo, machine) : NULL;
    if (name == NULL) {
        struct span *asked = arena_array(arena, name_count, sizeof(*asked));
        for (size_t i = 0; i < name_count; i++)
            asked[i] = names[i];
        *memo = read_for(arena, status, machine, asked, name_count);
        name = find(memo, machine);
    }
    return memo->links[name - memo->names];
}
