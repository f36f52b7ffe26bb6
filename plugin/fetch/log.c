/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "plugin/fetch/plan.h"

enum { HOUR_S = 3600, HALF_DAY_S = 12 * HOUR_S, EAST_S = 14 * HOUR_S, STAMP_BYTES = 24 };

static const char pager[] = "-Press Any Key For More-";
static const char week_days[] = "SunMonTueWedThuFriSat";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* -- Which part ----------------------------------------------------------------------------- */

static struct log_part part_of(int64_t civil, bool hour)
{
    struct log_part part = {.year = 0};
    struct tm tm = {.tm_year = 70};
    const time_t seconds = (time_t)civil;
    (void)gmtime_r(&seconds, &tm);
    int n = snprintf(part.begin, sizeof(part.begin), "%.3s %.3s %2d ", week_days + 3 * tm.tm_wday,
                     months + 3 * tm.tm_mon, tm.tm_mday);
    if (hour && n > 0)
        (void)snprintf(part.begin + n, sizeof(part.begin) - (size_t)n, "%02d:", tm.tm_hour);
    part.year = tm.tm_year + INT64_C(1900);
    return part;
}

size_t log_hours(int64_t now, int64_t from, struct log_part parts[LOG_PARTS])
{
    size_t count = 0;
    const int64_t first = now - now % HOUR_S;
    for (int64_t hour = first; count < LOG_PARTS && (count < 2 || hour + HOUR_S > from);
         hour -= HOUR_S)
        parts[count++] = part_of(hour, true);
    return count;
}

size_t log_days(int64_t now, struct log_part parts[LOG_PARTS])
{
    const int64_t moments[] = {now + EAST_S, now, now - HALF_DAY_S};
    size_t count = 0;
    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        struct log_part part = part_of(moments[i], false);
        if (count == 0 || strcmp(parts[count - 1].begin, part.begin) != 0)
            parts[count++] = part;
    }
    return count;
}

const char *log_command(struct arena *arena, const struct log_part *part, const char *name)
{
    return arena_printf(arena, "grep -e \"%s\" %s", part->begin, name);
}

/* -- The answer to one command --------------------------------------------------------------- */

/* Without what a terminal adds: CR at the end, the pager's text and its erasure in front. */
static struct span shown(struct span line)
{
    while (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    if (text_starts(line, pager)) {
        line = text_skip(line, sizeof(pager) - 1);
        while (line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\r'))
            line = text_skip(line, 1);
    }
    while (line.n > 0 && line.p[0] == '\r')
        line = text_skip(line, 1);
    return line;
}

/* "Sun Mar  8 04:00:04 2026": does LINE begin as every line of a log file does? */
static bool is_stamped(struct span line)
{
    static const char form[] = "... ... .. ..:..:.. ....";
    if (line.n < STAMP_BYTES || strchr("SMTWF", line.p[0]) == NULL)
        return false;
    for (size_t i = 0; i < STAMP_BYTES; i++)
        if (form[i] != '.' && line.p[i] != form[i])
            return false;
    return true;
}

static bool is_of(const struct log_part *part, struct span line)
{
    int64_t year;
    return text_starts(line, part->begin) &&
           (!text_to_int(text_head(text_skip(line, 20), 4), &year) || year == part->year);
}

/* A prompt, with or without something typed behind it. */
static bool is_prompt(struct span line, struct span *typed)
{
    char text[300];
    struct span head;
    if (!text_cut(line, '>', &head, typed) || head.n + 2 >= sizeof(text))
        return false;
    *typed = text_trim(*typed);
    memcpy(text, head.p, head.n);
    memcpy(text + head.n, "> ", 2);
    return plan_is_prompt((struct span){text, head.n + 2});
}

/* What is read of an answer, and written of it. */
struct reading {
    const struct log_part *part;
    const char *command;
    char *out;
    size_t n;
    bool joins; /* the line before is one of PART: what has no time of its own belongs to it */
    bool any;
    struct span said;  /* first line that is none of a log */
    struct span shown; /* the last prompt with nothing typed behind it */
    unsigned line;
    unsigned prompt; /* line that looks like a prompt */
    bool goes_on;    /* and something stands behind it */
};

static void put(struct reading *r, struct span text)
{
    if (text.n != 0)
        memcpy(r->out + r->n, text.p, text.n);
    r->n += text.n;
}

/* One line of the answer, '\n' behind it cut. */
static void take_line(struct reading *r, struct span line)
{
    struct span typed;
    line = shown(line);
    r->line++;
    if (text_trim(line).n == 0)
        return;
    r->goes_on = r->goes_on || r->prompt != 0;
    if (is_stamped(line)) {
        r->joins = is_of(r->part, line);
        if (!r->joins)
            return;
        if (r->any)
            put(r, text_of("\n"));
        put(r, line);
        r->any = true;
        return;
    }
    if (is_prompt(line, &typed)) {
        if (typed.n == 0)
            r->shown = line;
        if (r->any && r->prompt == 0)
            r->prompt = r->line;
        return;
    }
    if (!r->any) {
        bool echo = text_find(line, r->command) >= 0;
        if (!echo && r->said.n == 0)
            r->said = text_trim(line);
    } else if (r->joins) { /* broken by a narrow terminal, at a blank */
        put(r, text_of(" "));
        put(r, line);
    }
}

bool log_answer(struct arena *arena, const char *id, const char *command,
                const struct log_part *part, struct span answer, struct span *lines,
                struct span *prompt, struct fault *fault)
{
    struct reading r = {.part = part, .command = command};
    struct span rest = answer, line;
    *lines = *prompt = (struct span){NULL, 0};
    if (answer.n == 0)
        return true;
    r.out = arena_alloc(arena, answer.n + 1);
    for (bool more = true; more;) {
        more = text_cut(rest, '\n', &line, &rest);
        take_line(&r, line);
    }
    if (r.goes_on)
        return fault_set(fault, FAULT_SYNTAX, id, 0,
                         "line %u looks like a prompt, so where the answer to `%s` ends cannot be "
                         "told",
                         r.prompt, command);
    if (text_starts_nocase(r.said, "unknown command"))
        return fault_set(fault, FAULT_UNSUPPORTED, id, 0, "`%s` is answered by '%.*s'", command,
                         FAULT_QUOTE(r.said));
    if (!r.any && r.said.n != 0)
        return fault_set(fault, FAULT_SYNTAX, id, 0, "`%s` is answered by '%.*s'", command,
                         FAULT_QUOTE(r.said));
    if (r.any)
        put(&r, text_of("\n"));
    *lines = (struct span){r.out, r.n};
    *prompt = r.shown;
    return true;
}

/* -- All of it ------------------------------------------------------------------------------- */

struct log_text log_begin(struct arena *arena, size_t max)
{
    return (struct log_text){.arena = arena, .max = max};
}

/* "Begin Logfile", version and zone stand at the head of each file (R, mail-logs.md (a)). */
static void keep_head(struct log_text *text, struct span line)
{
    static const char *const heads[LOG_HEADS] = {"Info: Begin Logfile",
                                                 "Info: Version: ", "Info: Time offset from UTC: "};
    struct span message = text_skip(line, STAMP_BYTES + 1);
    for (size_t i = 0; i < LOG_HEADS; i++)
        if (text_starts(message, heads[i]) && line.n < LOG_HEAD_BYTES) {
            memcpy(text->head[i], line.p, line.n);
            text->head_n[i] = line.n;
        }
}

void log_dropped(void *context, struct span bytes)
{
    struct log_text *text = context;
    text->cut = true;
    while (bytes.n > 0) {
        const char *end = memchr(bytes.p, '\n', bytes.n);
        struct span line = {bytes.p, end == NULL ? bytes.n : (size_t)(end - bytes.p)};
        bytes = text_skip(bytes, line.n + 1);
        if (line.n < LOG_HEAD_BYTES && line.n > STAMP_BYTES + 8 && line.p[STAMP_BYTES + 1] == 'I' &&
            memchr("BVT", line.p[STAMP_BYTES + 7], 3) != NULL)
            keep_head(text, shown(line));
    }
}

bool log_add(struct log_text *text, struct span part)
{
    const size_t room = text->max - text->bytes;
    if (part.n > room) {
        size_t gone = part.n - room;
        const char *end = memchr(part.p + gone - 1, '\n', room + 1);
        gone = end == NULL ? part.n : (size_t)(end - part.p) + 1;
        log_dropped(text, text_head(part, gone));
        part = text_skip(part, gone);
    }
    if (part.n > 0) {
        text->parts = arena_push(text->arena, text->parts, text->count, sizeof(*text->parts));
        text->parts[text->count++] = part;
        text->bytes += part.n;
    }
    return !text->cut && text->bytes < text->max;
}

static size_t put_line(char *out, size_t n, const char *line, size_t length)
{
    if (length == 0)
        return n;
    memcpy(out + n, line, length);
    out[n + length] = '\n';
    return n + length + 1;
}

struct span log_join(struct log_text *text)
{
    size_t n = 0, first = text->first == NULL ? 0 : strlen(text->first);
    size_t last = text->last == NULL ? 0 : strlen(text->last);
    if (text->count == 1 && !text->cut && first + last == 0)
        return text->parts[0];
    char *out = arena_alloc(text->arena, text->bytes + LOG_HEADS * (LOG_HEAD_BYTES + 1) +
                                             text->count + first + last + 2);
    n = put_line(out, n, text->first, first);
    for (size_t i = 0; i < LOG_HEADS && text->cut; i++)
        n = put_line(out, n, text->head[i], text->head_n[i]);
    for (size_t i = text->count; i > 0; i--) {
        struct span part = text->parts[i - 1];
        memcpy(out + n, part.p, part.n);
        n += part.n;
        if ((i > 1 || last > 0) && n > 0 && out[n - 1] != '\n')
            out[n++] = '\n'; /* a torn line of an older file is not continued by the next file */
    }
    if (last > 0)
        memcpy(out + n, text->last, last);
    return (struct span){out, n + last};
}

const char *log_cut_note(const struct log_text *text, const char *name)
{
    return !text->cut ? NULL
                      : arena_printf(text->arena, "of %s only the last %.1f MiB are kept", name,
                                     (double)text->bytes / (1024.0 * 1024.0));
}
