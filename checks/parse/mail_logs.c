/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/mail_logs.h"

#include <string.h>

#include "checks/maillog/envelope.h"
#include "checks/maillog/maillog.h"
#include "checks/parse/cli.h"

/* Lines looked at for echo and prompt: the first and the last ones of a session. */
enum {
    EDGE_LINES = 6,
    EDGE_BYTES = 1024,
    STRAY_BYTES = 300,
    DAY_S = 86400,
    REASON_BYTES = 80,
    QUOTE_BYTES = 1 << 20,
    SMALL_BYTES = 16384,
    MAX_FAILING = 256
};

/* What is remembered while the lines are read. */
struct reading {
    struct arena *arena;
    const struct maillog *log;
    struct mail_logs *logs;
    const struct mail_logs_range *range;
    uint64_t family[FAMILY_COUNT]; /* lines inside the range */
    bool known;                    /* some line is one of a mail log */
    int64_t suspended;             /* when a line said so last */
    struct flow_hop *failing;      /* addresses that no connection could be made to */
    size_t failing_count;
};

static void *copy(struct arena *arena, const void *items, size_t count, size_t size)
{
    void *kept = arena_array(arena, count, size);
    if (count > 0)
        memcpy(kept, items, count * size);
    return kept;
}

static bool has_envelope(struct span line)
{
    struct envelope envelope;
    return envelope_read(line, true, &envelope);
}

/* Does a terminal stand between: pager, escapes, backspaces, UTF-16? A file has none of them. */
static bool is_screen(struct span bytes)
{
    return bytes.n > 0 &&
           (memchr(bytes.p, '\x1b', bytes.n) != NULL || memchr(bytes.p, '\b', bytes.n) != NULL ||
            memchr(bytes.p, '\0', bytes.n) != NULL || text_find(bytes, "-Press Any Key") >= 0);
}

/* When EVENT was; without a year, in the year that brings it next to the range's reference. */
static int64_t time_of(const struct reading *reading, const struct line_event *event, bool yearless)
{
    const int64_t reference = reading->range->reference;
    if (!yearless)
        return event->when;
    const int year = envelope_year(reference > 0 ? reference : 0);
    const int64_t when = envelope_in_year(event->when, year);
    return when > reference + DAY_S && year > 1970 ? envelope_in_year(event->when, year - 1) : when;
}

static bool is_inside(const struct mail_logs_range *range, int64_t when)
{
    return (range->since == 0 || when >= range->since) &&
           (range->until == 0 || when <= range->until);
}

/*
 * "[REASON ]DCID[:] N[ domain: D] IP: IP …" (V): the address, which no other line may name. Each
 * word is taken at its place.
 */
static bool failed_address(struct span rest, struct span *address)
{
    const ptrdiff_t at = text_find(text_head(rest, REASON_BYTES), "DCID");
    struct span word;
    int64_t number;
    if (at < 0)
        return false;
    struct cursor c = text_cursor(text_skip(rest, (size_t)at + 4));
    (void)text_literal(&c, ":");
    text_blanks(&c);
    if (!text_digits(&c, 1, 18, &number))
        return false;
    if (text_literal(&c, " domain: ") && !text_word(&c, 255, &word))
        return false;
    return text_literal(&c, " IP: ") &&
           text_word(&c, sizeof(((struct flow_hop *)0)->address) - 1, address);
}

static void note_failure(struct reading *reading, const struct line_event *event, int64_t when)
{
    const struct span rest = {event->rest,
                              event->message_n - (size_t)(event->rest - event->message)};
    struct span address;
    size_t i = 0;
    if (!failed_address(rest, &address))
        return;
    while (i < reading->failing_count && !text_is(address, reading->failing[i].address))
        i++;
    if (i == MAX_FAILING)
        return;
    if (i == reading->failing_count) {
        reading->failing =
            arena_push(reading->arena, reading->failing, i, sizeof(*reading->failing));
        memcpy(reading->failing[i].address, address.p, address.n);
        reading->failing_count++;
    }
    reading->failing[i].errors++;
    reading->failing[i].last_error = when;
}

/* Nothing was written for some time before the line HERE. */
static void note_silence(struct mail_logs *logs, struct mail_logs_mark here)
{
    struct mail_logs_silence *kept = logs->silences;
    const int64_t length = here.at - logs->end.at;
    size_t shortest = 0;
    if (logs->silence_count < MAIL_LOGS_SILENCES) {
        kept[logs->silence_count++] = (struct mail_logs_silence){logs->end, here};
        return;
    }
    for (size_t i = 1; i < MAIL_LOGS_SILENCES; i++)
        if (kept[i].to.at - kept[i].from.at < kept[shortest].to.at - kept[shortest].from.at)
            shortest = i;
    if (kept[shortest].to.at - kept[shortest].from.at >= length)
        return;
    memmove(&kept[shortest], &kept[shortest + 1],
            (MAIL_LOGS_SILENCES - 1 - shortest) * sizeof(*kept));
    kept[MAIL_LOGS_SILENCES - 1] = (struct mail_logs_silence){logs->end, here};
}

/* "… to RID [0]", without what says that it went to a quarantine. */
static bool is_taken(const struct line_event *event)
{
    const struct span message = {event->message, event->message_n};
    return event->family == FAMILY_message_done && !text_ends(message, "(external quarantine)");
}

static void note_moment(const struct reading *reading, const struct line_event *event, int64_t when)
{
    struct mail_logs *logs = reading->logs;
    const struct mail_logs_mark here = {when, (unsigned)maillog_line(reading->log)};
    if (when == 0)
        return;
    if (event->family == FAMILY_mid_ready && logs->first_ready.at == 0)
        logs->first_ready = here;
    if (is_taken(event) && logs->first_taken.at == 0)
        logs->first_taken = here;
    if (logs->end.at != 0 && when - logs->end.at >= MAIL_LOGS_SILENCE_S)
        note_silence(logs, here);
    if (when >= logs->end.at)
        logs->end = here;
}

static void note_line(void *context, const struct line_reader *reader,
                      const struct line_event *event)
{
    struct reading *reading = context;
    const bool yearless = reader->sources[event->source].yearless;
    reading->logs->yearless = reading->logs->yearless || yearless;
    const int64_t when = time_of(reading, event, yearless);
    if (is_inside(reading->range, when)) {
        reading->family[event->family]++;
        note_moment(reading, event, when);
        if (event->family == FAMILY_connection_error)
            note_failure(reading, event, when);
        if (event->family == FAMILY_suspended && when > reading->suspended)
            reading->suspended = when;
    }
    if (event->family != FAMILY_unknown && event->family != FAMILY_other_log &&
        event->family != FAMILY_chatter)
        reading->known = true;
    if (event->family != FAMILY_unknown || reading->logs->stray.n != 0)
        return;
    const struct span kept =
        text_head((struct span){event->message, event->message_n}, STRAY_BYTES);
    reading->logs->stray = (struct span){arena_dup(reading->arena, kept), kept.n};
}

/* ---- Whose lines ---- */

static bool is_host(const struct mail_logs_range *range, struct span host)
{
    for (size_t i = 0; i < range->only_count; i++)
        if (text_is(host, range->only[i].host))
            return true;
    return false;
}

/* "Version: 15.0.3-002 SN: 564D…": the serial number. */
static bool told_serial(struct span message, struct span *serial)
{
    static const char mark[] = " SN: ";
    const ptrdiff_t at = text_starts(message, "Version: ") ? text_find(message, mark) : -1;
    *serial = at < 0 ? message : text_trim(text_skip(message, (size_t)at + sizeof(mark) - 1));
    return at >= 0;
}

static bool is_serial(const struct mail_logs_range *range, struct span serial)
{
    for (size_t i = 0; i < range->only_count; i++)
        if (range->only[i].serial[0] != '\0' && text_is(serial, range->only[i].serial))
            return true;
    return false;
}

/* Whose the lines without a host are that come before any header: that of the first. */
static bool begins_own(const struct mail_logs_range *range, struct span bytes)
{
    struct envelope envelope;
    struct span line, serial;
    for (bool more = true; more;) {
        more = text_cut(bytes, '\n', &line, &bytes);
        if (envelope_read(line, true, &envelope) && envelope.host.n == 0 &&
            told_serial(text_skip(line, envelope.size), &serial))
            return is_serial(range, serial);
    }
    return false;
}

/* BYTES with nothing but line ends in place of the lines of others: numbers stay as they are. */
static struct span own_lines(struct arena *arena, struct span bytes,
                             const struct mail_logs_range *range)
{
    bool file_is_own = begins_own(range, bytes), own = file_is_own;
    char *out = arena_alloc(arena, bytes.n + 1), *to = out;
    struct envelope envelope;
    struct span line, serial;
    for (bool more = bytes.n > 0; more;) {
        more = text_cut(bytes, '\n', &line, &bytes);
        if (envelope_read(line, true, &envelope)) {
            if (envelope.host.n == 0 && told_serial(text_skip(line, envelope.size), &serial))
                file_is_own = is_serial(range, serial);
            own = envelope.host.n == 0 ? file_is_own : is_host(range, envelope.host);
        }
        if (own && line.n > 0)
            memcpy(to, line.p, line.n);
        to += own ? line.n : 0;
        if (more)
            *to++ = '\n';
    }
    return (struct span){out, (size_t)(to - out)};
}

/* Out of memory ends as everywhere else: in the arena's handler. */
static void give_up(struct arena *arena)
{
    (void)arena_array(arena, SIZE_MAX, 2);
}

/* The lines of SCREEN under the numbers that they have in the document. */
static bool feed_screen(struct maillog *log, const struct screen *screen)
{
    unsigned number = 1;
    for (size_t i = 0; i < screen->count; i++) {
        for (; number < screen->lines[i].number; number++)
            if (!maillog_feed(log, text_of("\n")))
                return false;
        if (!maillog_feed(log, screen->lines[i].text) || !maillog_feed(log, text_of("\n")))
            return false;
        number++;
    }
    return true;
}

/* Errors count for their address also where no "New SMTP DCID" told it. */
static void add_failing(const struct reading *reading, struct flow_summary *s)
{
    struct flow_hop *hops =
        arena_array(reading->arena, s->hop_count + reading->failing_count, sizeof(*hops));
    size_t count = s->hop_count;
    if (count > 0)
        memcpy(hops, s->hops, count * sizeof(*hops));
    for (size_t i = 0; i < reading->failing_count; i++) {
        const struct flow_hop *failing = &reading->failing[i];
        size_t k = 0;
        while (k < s->hop_count && strcmp(hops[k].address, failing->address) != 0)
            k++;
        if (k == s->hop_count) {
            hops[count++] = *failing;
        } else if (hops[k].errors < failing->errors) {
            hops[k].errors = failing->errors;
            hops[k].last_error = failing->last_error;
        }
    }
    s->hops = hops;
    s->hop_count = count;
}

/* Two names that both tell, and do not agree. */
static bool differ(const char *a, const char *b)
{
    return a[0] != '\0' && b[0] != '\0' && !fleet_same_name(text_of(a), text_of(b));
}

/* The summary's ends and counts of lines are those of the whole input: here they are the range's.
 */
static void narrow(const struct reading *reading, struct flow_summary *s)
{
    const struct mail_logs_range *range = reading->range;
    memcpy(s->family, reading->family, sizeof(s->family));
    for (int way = 0; way < FLOW_WAYS; way++)
        if (s->way[way].last_delivered > reading->suspended)
            s->family[FAMILY_suspended] = 0; /* delivery was resumed since */
    if (range->since != 0 && s->first < range->since)
        s->first = range->since;
    if (range->until != 0 && s->last > range->until)
        s->last = range->until;
    if (s->last < s->first)
        s->first = s->last = 0;
}

static void keep(const struct reading *reading, struct mail_logs *logs)
{
    struct arena *arena = reading->arena;
    struct flow_summary *s = &logs->summary;
    s->appliances = copy(arena, s->appliances, s->appliance_count, sizeof(*s->appliances));
    s->minutes = copy(arena, s->minutes, s->minute_count, sizeof(*s->minutes));
    add_failing(reading, s);
    for (size_t i = 1; i < s->appliance_count; i++)
        for (size_t k = 0; k < i; k++)
            if (differ(s->appliances[i].host, s->appliances[k].host) ||
                differ(s->appliances[i].serial, s->appliances[k].serial))
                logs->several = true;
}

/* False: no line is one of a mail log. */
static bool run_engine(struct arena *arena, struct span bytes, const struct screen *screen,
                       const struct mail_logs_range *range, struct mail_logs *logs)
{
    const struct flow_options options = {
        .since = range->since, .until = range->until, .reference = range->reference};
    struct reading reading = {.arena = arena, .logs = logs, .range = range};
    const size_t small = bytes.n < SMALL_BYTES ? SMALL_BYTES : 0;
    struct maillog *log = maillog_new(small, LINE_BEST, &options);
    if (log == NULL)
        give_up(arena);
    reading.log = log;
    maillog_each(log, note_line, &reading);
    if (!(screen != NULL ? feed_screen(log, screen) : maillog_feed(log, bytes)) ||
        !maillog_finish(log) || !flow_summary(maillog_flow(log), &logs->summary))
        give_up(arena);
    narrow(&reading, &logs->summary);
    keep(&reading, logs);
    maillog_free(log);
    return reading.known;
}

/* A prompt behind the lines, or what was typed there, has no line end either. */
static bool ends_torn(struct span bytes)
{
    size_t begin = bytes.n;
    while (begin > 0 && bytes.p[begin - 1] != '\n')
        begin--;
    const struct span line = text_trim(text_skip(bytes, begin));
    return line.n > 0 && (has_envelope(line) || (line.p[0] != '^' && text_find(line, ">") < 0));
}

/* Where the stray line stands: where its text occurs first. */
static void find_stray(struct span bytes, struct mail_logs *logs)
{
    const char *stray = logs->stray.p;
    const ptrdiff_t at = logs->stray.n == 0 ? -1 : text_find(bytes, stray);
    for (ptrdiff_t i = 0; i < at; i++)
        logs->stray_line += bytes.p[i] == '\n';
    logs->stray_line += at >= 0;
}

/* The lines without an envelope that BYTES begin and end with: echo, prompt, a question. */
static struct span edges(struct arena *arena, struct span bytes)
{
    struct span left = bytes, line, rest, kept = bytes;
    for (size_t lines = 0; lines < EDGE_LINES && left.n > 0; lines++) {
        (void)text_cut(left, '\n', &line, &rest);
        if (has_envelope(line))
            break;
        left = rest;
    }
    const size_t head = bytes.n - left.n;
    for (size_t lines = 0; lines < EDGE_LINES && kept.n > head; lines++) {
        size_t begin = kept.n - 1; /* the line end of the line before */
        while (begin > head && bytes.p[begin - 1] != '\n')
            begin--;
        if (has_envelope(text_skip(kept, begin)))
            break;
        kept.n = begin;
    }
    const struct span first = text_head(bytes, head < EDGE_BYTES ? head : EDGE_BYTES);
    const struct span last = text_head(text_skip(bytes, kept.n), EDGE_BYTES);
    return text_of(arena_printf(arena, "%.*s\n%.*s", TEXT_ARGS(first), TEXT_ARGS(last)));
}

/*
 * What the session says around the lines: whose prompt it is, and with NOTHING between, why. A
 * command that has come back to its prompt without a line has found none.
 */
static bool read_session(struct arena *arena, struct span bytes, bool nothing,
                         struct mail_logs *logs, struct fault *fault)
{
    static const char *const commands[] = {"grep", "tail"};
    const struct span around = nothing ? text_head(bytes, QUOTE_BYTES) : edges(arena, bytes);
    struct cli_text text = {.mode = CLI_MODE_UNKNOWN};
    struct fault why = {.kind = FAULT_NONE};
    bool said = false;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]) && logs->host.n == 0; i++) {
        why = (struct fault){.kind = FAULT_NONE};
        said = cli_read(arena, around, commands[i], &text, &why);
        logs->host = text.host;
    }
    if (!nothing)
        return true;
    if (why.kind == FAULT_EMPTY && text.prompt_returned) {
        logs->silent = true;
        return true;
    }
    if (!said)
        return fault_set(fault, why.kind, mail_logs_kind.id, why.line, "%s", why.text);
    return cli_not_recognised(&text, "mail_logs", fault);
}

bool mail_logs_read(struct arena *arena, struct span bytes, const struct mail_logs_range *range,
                    struct mail_logs *logs, struct fault *fault)
{
    struct screen screen = {.count = 0};
    const bool shown = is_screen(bytes);
    *logs = (struct mail_logs){.only = range->only, .only_count = range->only_count};
    if (range->only_count > 0 && !shown) /* what a terminal shows is of one appliance */
        bytes = own_lines(arena, bytes, range);
    if (shown && !screen_read(arena, bytes, &screen))
        return fault_set(fault, FAULT_SYNTAX, mail_logs_kind.id, 0,
                         "it holds NUL bytes: it is no text");
    const bool known = run_engine(arena, bytes, shown ? &screen : NULL, range, logs);
    logs->cut = screen.too_long;
    logs->torn = ends_torn(bytes);
    find_stray(bytes, logs);
    const struct flow_summary *s = &logs->summary;
    const uint64_t enveloped = s->lines - s->continuations;
    if (enveloped > 0 && !known)
        return fault_set(fault, FAULT_SYNTAX, mail_logs_kind.id, logs->stray_line,
                         "no line of a mail log: '%.*s'", FAULT_QUOTE(logs->stray));
    return read_session(arena, bytes, enveloped == 0, logs, fault);
}

static bool parse(struct arena *arena, struct span bytes, void *facts, struct fault *fault)
{
    const struct mail_logs_range all = {.since = 0};
    return mail_logs_read(arena, bytes, &all, facts, fault);
}

const struct document_kind mail_logs_kind = {
    .id = "log/mail_logs.txt",
    .asked = "CLI grep mail_logs",
    .roles = ROLE_ESA,
    .facts_size = sizeof(struct mail_logs),
    .parse = parse,
    .host = cli_host,
};
