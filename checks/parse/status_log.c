/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/status_log.h"

#include <stdlib.h>
#include <string.h>

#include "checks/maillog/envelope.h"
#include "checks/maillog/sidelog.h"
#include "checks/parse/cli.h"

enum {
    DAY_S = 86400,
    HALF_YEAR_S = 183 * DAY_S,
    SOME_YEAR = 2000,   /* of lines that tell none: only distances are used */
    EDGE_LINES = 6,     /* looked at for echo and prompt */
    WRAPPED_BYTES = 79, /* columns of a terminal that breaks lines; a status line is longer */
    WRAPPED_MAX_BYTES = 256,
    MAX_PIECES = 64
};

static const char begins[] = "Status: ";

/* One log line, the pieces that a terminal made of it joined. */
struct entry {
    struct span message;
    struct envelope envelope;
    unsigned line;
    bool open; /* no line end behind it */
};

/* What is remembered while the lines are read. */
struct reading {
    struct arena *arena;
    struct status_log *log;
    struct status_log_line now;
    struct status_log_point *points; /* log->count of them */
    bool has_clock, had_clock;       /* of this line, of the one before */
    int64_t clock, before;           /* seconds; of a made-up year where none is told */
    int year;                        /* made up */
    int64_t *intervals;
    unsigned *interval_lines;
    size_t interval_count;
    struct counters_change change;
};

/* The moment of a line without a year: the last such one that is not behind the reference. */
static int64_t near(uint32_t when, int64_t reference)
{
    const int year = envelope_year(reference);
    const int64_t at = envelope_in_year(when, year);
    return at > reference + DAY_S && year > 1970 ? envelope_in_year(when, year - 1) : at;
}

/* When POINT was, for one who asks about RANGE. False: it does not tell. */
static bool time_of(const struct status_log_point *point, const struct status_log_range *range,
                    int64_t *at)
{
    if (point->timeless || (point->yearless && range->reference <= 0))
        return false;
    *at = point->yearless ? near(point->when, range->reference) : point->when;
    return true;
}

struct status_log_part status_log_part(const struct status_log *log,
                                       const struct status_log_range *range)
{
    const bool endless = range->since == 0 && range->until == 0;
    struct status_log_part part = {.count = 0};
    for (unsigned i = 0; i < log->count; i++) {
        const struct status_log_point *point = &log->points[i];
        int64_t at;
        if (!endless && (!time_of(point, range, &at) || at < range->since ||
                         (range->until != 0 && at > range->until)))
            continue;
        part.first = part.count++ == 0 ? point : part.first;
        part.last = point;
    }
    part.has_times = part.count > 0 && time_of(part.first, range, &part.from) &&
                     time_of(part.last, range, &part.to);
    return part;
}

/* When the line was written: now.at when that is told, and a clock to measure distances with. */
static void read_clock(struct reading *r, const struct envelope *envelope)
{
    r->had_clock = r->has_clock;
    r->before = r->clock;
    r->has_clock = !envelope->timeless;
    r->now.has_at = r->has_clock && !envelope->yearless;
    r->now.at = 0;
    if (!r->has_clock)
        return;
    r->log->yearless |= envelope->yearless;
    r->clock = envelope->when;
    if (r->now.has_at) {
        r->now.at = r->clock;
        return;
    }
    r->clock = envelope_in_year(envelope->when, r->year);
    if (r->had_clock && r->clock < r->before - HALF_YEAR_S)
        r->clock = envelope_in_year(envelope->when, ++r->year);
}

/* The line in hand counts. */
static void add_point(struct reading *r, const struct envelope *envelope)
{
    const struct counters_line *counters = &r->now.counters;
    struct status_log *log = r->log;
    r->points = arena_push(r->arena, r->points, log->count, sizeof(*r->points));
    struct status_log_point *point = &r->points[log->count++];
    *point = (struct status_log_point){.line = r->now.line,
                                       .resets = log->resets,
                                       .timeless = envelope->timeless,
                                       .yearless = envelope->yearless,
                                       .when = envelope->when};
    point->has = counters_get(counters, COUNTERS_INJMSG, &point->received) &&
                 counters_get(counters, COUNTERS_DLVRCP, &point->delivered);
}

static void peak(const struct reading *r, enum counters_key key, struct status_log_peak *highest)
{
    int64_t value;
    if (!counters_get(&r->now.counters, key, &value) || (highest->has && value <= highest->value))
        return;
    *highest = (struct status_log_peak){.has = true, .value = value, .line = r->now.line};
}

static enum counters_key first_key(uint64_t bits)
{
    int key = 0;
    while (key < COUNTERS_KNOWN - 1 && (bits >> key & 1) == 0)
        key++;
    return (enum counters_key)key;
}

/* From the line before to this one. */
static void compare(struct reading *r)
{
    struct status_log *log = r->log;
    const bool timed = r->has_clock && r->had_clock;
    const int64_t elapsed = timed ? r->clock - r->before : -1;
    if (timed && elapsed < 0)
        log->steps_back++;
    if (timed && elapsed > 0) {
        r->intervals = arena_push(r->arena, r->intervals, r->interval_count, sizeof(int64_t));
        r->interval_lines =
            arena_push(r->arena, r->interval_lines, r->interval_count, sizeof(unsigned));
        r->intervals[r->interval_count] = elapsed;
        r->interval_lines[r->interval_count++] = r->now.line;
    }
    counters_compare(&log->last.counters, &r->now.counters, elapsed, &r->change);
    if (r->change.reset != 0) {
        if (log->resets == 0)
            log->reset_key = first_key(r->change.reset);
        log->reset_line = log->resets++ == 0 ? r->now.line : log->reset_line;
    }
    if (r->change.restarted) {
        log->restarts++;
        log->restart_line = r->now.line;
    }
}

/* Without the last pair: what ends with it may be half of a number. */
static struct span without_last(struct span message)
{
    message = text_trim(message);
    for (unsigned words = 0; words < 2; words++) {
        while (message.n > 0 && message.p[message.n - 1] != ' ')
            message.n--;
        message = text_trim(message);
    }
    return message;
}

static void note_torn(struct status_log *log, unsigned line)
{
    log->torn = true;
    log->torn_line = line;
}

static void note_unreadable(struct status_log *log, unsigned line)
{
    log->unreadable_line = log->unreadable++ == 0 ? line : log->unreadable_line;
}

/* Has LINE so much less than WHOLE, or two lines run together? A release changes a name or two. */
static bool is_fragment(const struct counters_line *line, const struct counters_line *whole)
{
    return line->pairs < whole->pairs - whole->pairs / 4 || line->odd > whole->odd;
}

/* Reads the counters of ENTRY into r->now. False: it does not count, and LOG tells why. */
static bool read_counters(struct reading *r, const struct entry *entry)
{
    struct status_log *log = r->log;
    struct counters_identity checked[COUNTERS_IDENTITIES];
    struct counters_line *counters = &r->now.counters;
    bool whole = counters_parse(entry->message, counters, NULL);
    const unsigned failed = whole ? counters_check(counters, checked) : 0;
    if (entry->open) {
        const unsigned usual = log->count > 0 ? log->last.counters.pairs : 0;
        whole = whole && failed == 0 && counters->pairs >= usual &&
                counters_parse(without_last(entry->message), counters, NULL);
        if (!whole)
            note_torn(log, entry->line);
        return whole;
    }
    if (failed > 0) {
        for (size_t i = 0; i < COUNTERS_IDENTITIES && log->failures == 0; i++)
            if (checked[i].told && !checked[i].holds) {
                log->failure = checked[i];
                break;
            }
        log->failure_line = log->failures++ == 0 ? entry->line : log->failure_line;
    } else if (!whole || (log->count > 0 && is_fragment(counters, &log->last.counters))) {
        note_unreadable(log, entry->line);
        whole = false;
    }
    return whole && failed == 0;
}

/* Is it of the appliance whose line came first? */
static bool is_ours(struct reading *r, const struct entry *entry)
{
    const struct span host = entry->envelope.host;
    if (host.n == 0 || fleet_same_name(r->log->name, host))
        return true;
    if (r->log->name.n == 0) {
        r->log->name = (struct span){arena_dup(r->arena, host), host.n};
        return true;
    }
    r->log->several = true;
    return false;
}

static void take_other(struct reading *r, const struct entry *entry)
{
    struct sidelog side;
    if (sidelog_classify(entry->message, entry->envelope.level, &side) == SIDELOG_VERSION)
        r->log->version = (struct span){arena_dup(r->arena, side.subject), side.subject.n};
    r->log->others++;
}

static void take(struct reading *r, const struct entry *entry)
{
    struct status_log *log = r->log;
    if (!is_ours(r, entry))
        return;
    if (!text_starts(entry->message, begins)) {
        if (entry->open && entry->message.n < sizeof(begins) - 1 &&
            memcmp(begins, entry->message.p, entry->message.n) == 0)
            note_torn(log, entry->line);
        else
            take_other(r, entry);
        return;
    }
    r->now.line = entry->line;
    if (!read_counters(r, entry))
        return;
    read_clock(r, &entry->envelope);
    if (log->count == 1 && is_fragment(&log->first.counters, &r->now.counters)) {
        note_unreadable(log, log->first.line);
        log->count = 0;
        log->work_queue.has = log->conservation.has = false;
    }
    peak(r, COUNTERS_WORKQ, &log->work_queue);
    peak(r, COUNTERS_RESCON, &log->conservation);
    if (log->count == 0)
        log->first = r->now;
    else
        compare(r);
    log->last = r->now;
    add_point(r, &entry->envelope);
}

/* Pieces FROM to TO-1 of SCREEN as one line; a blank at the right edge of the screen is lost. */
static struct span joined(struct arena *arena, const struct screen *screen, size_t from, size_t to)
{
    size_t room = 0, used = 0, width = WRAPPED_BYTES + 1;
    for (size_t i = from; i < to; i++) {
        room += screen->lines[i].text.n + 1;
        if (i + 1 < to && screen->lines[i].text.n > width)
            width = screen->lines[i].text.n;
    }
    if (to - from == 1)
        return screen->lines[from].text;
    char *out = arena_alloc(arena, room);
    for (size_t i = from; i < to; i++) {
        const struct span piece = screen->lines[i].text;
        if (piece.n != 0)
            memcpy(out + used, piece.p, piece.n);
        used += piece.n;
        if (i + 1 < to && piece.n < width)
            out[used++] = ' ';
    }
    return (struct span){out, used};
}

/* May LINE be the rest of one that a terminal has broken? No prompt, no line of its own. */
static bool is_piece(struct span line)
{
    struct envelope envelope;
    return text_trim(line).n != 0 && memchr(line.p, '>', line.n) == NULL &&
           !envelope_read(line, true, &envelope);
}

/* Behind the pieces that a terminal has made of the line that begins at FROM. */
static size_t pieces(const struct screen *screen, size_t from)
{
    size_t to = from + 1;
    while (to < screen->count && to - from < MAX_PIECES &&
           screen->lines[to - 1].text.n >= WRAPPED_BYTES &&
           screen->lines[to - 1].text.n <= WRAPPED_MAX_BYTES && is_piece(screen->lines[to].text))
        to++;
    return to;
}

/*
 * All log lines of SCREEN. Returns their number; *HEAD is the first of them, *TAIL what follows
 * the last.
 */
static size_t read_lines(struct reading *r, const struct screen *screen, size_t *head, size_t *tail)
{
    size_t count = 0, to;
    *head = screen->count;
    *tail = 0;
    for (size_t i = 0; i < screen->count; i = to) {
        struct entry entry = {.line = screen->lines[i].number};
        to = i + 1;
        if (!envelope_read(screen->lines[i].text, true, &entry.envelope))
            continue;
        if (count++ == 0)
            *head = i;
        to = pieces(screen, i);
        *tail = to;
        entry.message = text_skip(joined(r->arena, screen, i, to), entry.envelope.size);
        entry.open = screen->last_line_open && to == screen->count;
        take(r, &entry);
    }
    return count;
}

static int by_value(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void find_gaps(struct reading *r)
{
    struct status_log *log = r->log;
    const size_t n = r->interval_count;
    if (n == 0)
        return;
    int64_t *sorted = arena_array(r->arena, n, sizeof(*sorted));
    memcpy(sorted, r->intervals, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), by_value);
    log->interval_s = sorted[(n - 1) / 2];
    for (size_t i = 0; i < n; i++) {
        if (r->intervals[i] <= 3 * log->interval_s)
            continue;
        log->gaps++;
        if (r->intervals[i] > log->longest_gap_s) {
            log->longest_gap_s = r->intervals[i];
            log->gap_line = r->interval_lines[i];
        }
    }
}

static const char *append(struct arena *arena, const char *text, const struct screen *screen,
                          size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        const bool open = screen->last_line_open && i + 1 == screen->count;
        text = arena_printf(arena, "%s%.*s%s", text, TEXT_ARGS(screen->lines[i].text),
                            open ? "" : "\n");
    }
    return text;
}

/* The lines of SCREEN that stand around its log lines: echo, prompt, a question. */
static struct span around(struct arena *arena, const struct screen *screen, size_t head,
                          size_t tail)
{
    const size_t count = screen->count;
    const char *text = append(arena, "", screen, 0, head < EDGE_LINES ? head : EDGE_LINES);
    if (count - tail > EDGE_LINES)
        tail = count - EDGE_LINES;
    return text_of(append(arena, text, screen, tail, count));
}

/*
 * What the session says around the lines: whose prompt it is, and with NOTHING between, why. A
 * command that has come back to its prompt without a line has found none.
 */
static bool read_session(struct arena *arena, struct span session, bool nothing, unsigned last_line,
                         struct status_log *log, struct fault *fault)
{
    static const char *const commands[] = {"grep", "tail"};
    struct cli_text text = {.mode = CLI_MODE_UNKNOWN};
    struct fault why = {.kind = FAULT_NONE};
    bool said = false;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]) && log->host.n == 0; i++) {
        why = (struct fault){.kind = FAULT_NONE};
        said = cli_read(arena, session, commands[i], &text, &why);
        log->host = text.host;
    }
    if (!nothing) {
        if (text.last_line_open) /* torn in its envelope */
            note_torn(log, last_line);
        return true;
    }
    if (why.kind == FAULT_EMPTY && text.prompt_returned) {
        log->silent = true;
        return true;
    }
    if (!said)
        return fault_set(fault, why.kind, status_log_kind.id, why.line, "%s", why.text);
    return cli_not_recognised(&text, "the status log", fault);
}

static bool parse(struct arena *arena, struct span bytes, void *facts, struct fault *fault)
{
    struct status_log *log = facts;
    struct screen screen;
    size_t head, tail;
    memset(log, 0, sizeof(*log));
    if (!screen_read(arena, bytes, &screen))
        return fault_set(fault, FAULT_SYNTAX, status_log_kind.id, 0,
                         "it holds NUL bytes: it is no text");
    struct reading *r = arena_alloc(arena, sizeof(*r));
    *r = (struct reading){.arena = arena, .log = log, .year = SOME_YEAR};
    const bool nothing = read_lines(r, &screen, &head, &tail) == 0;
    log->points = r->points;
    log->cut = screen.too_long;
    if (!nothing && log->count + log->unreadable + log->failures + (unsigned)log->torn == 0)
        return fault_set(fault, FAULT_SYNTAX, status_log_kind.id, screen.lines[head].number,
                         "no line of the status log: '%.*s'", FAULT_QUOTE(screen.lines[head].text));
    find_gaps(r);
    log->has_started =
        log->last.has_at && counters_started(&log->last.counters, log->last.at, &log->started);
    const unsigned last_line = screen.count == 0 ? 0 : screen.lines[screen.count - 1].number;
    return read_session(arena, nothing ? bytes : around(arena, &screen, head, tail), nothing,
                        last_line, log, fault);
}

const struct document_kind status_log_kind = {
    .id = "log/status.txt",
    .asked = "CLI grep Status: status",
    .roles = ROLE_ESA,
    .facts_size = sizeof(struct status_log),
    .parse = parse,
    .host = cli_host,
};
