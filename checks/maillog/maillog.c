/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/maillog.h"

#include <stdlib.h>
#include <string.h>

#include "checks/maillog/flow_state.h"

/*
 * LONGEST: a line with all that is looked at of its message, whatever its head. FRONT: room for it
 * before where the next bytes go, which stays aligned.
 */
enum { DEFAULT_BUFFER = 256 * 1024, LEAST_BUFFER = 64, PAGE = 4096 };
enum { LONGEST = LINE_MAX_BYTES + 1024, FRONT = LINE_MAX_BYTES + PAGE };

struct maillog {
    struct flow *flow;
    char *buffer, *base; /* base: where bytes are put; before it lies what is carried over */
    size_t size, carry;
    bool passing; /* inside a line above LONGEST, whose rest is passed over */
    bool begun;   /* a line of this file was looked at */
    void (*each)(void *, const struct line_reader *, const struct line_event *);
    void (*more)(void *, struct span);
    void *context;
    uint64_t lines;            /* of this file, before those that are told */
    uint64_t line;             /* that is told */
    struct line_event *events; /* LINE_ROOM */
    struct line_reader reader;
};

struct maillog *maillog_new(size_t buffer_bytes, enum line_path path,
                            const struct flow_options *options)
{
    struct maillog *log = malloc(sizeof(*log));
    if (log == NULL)
        return NULL;
    memset(log, 0, offsetof(struct maillog, reader));
    log->size = buffer_bytes == 0             ? DEFAULT_BUFFER
                : buffer_bytes < LEAST_BUFFER ? LEAST_BUFFER
                                              : buffer_bytes;
    log->buffer = aligned_alloc(PAGE, (FRONT + log->size + LINE_SLACK + PAGE - 1) / PAGE * PAGE);
    log->base = log->buffer + FRONT;
    log->events = malloc(LINE_ROOM * sizeof(*log->events));
    log->flow = flow_new(options);
    if (log->buffer == NULL || log->events == NULL || log->flow == NULL ||
        !line_init(&log->reader, path)) {
        maillog_free(log);
        return NULL;
    }
    if (options->details || options->top)
        line_want(&log->reader, LINE_DETAILS);
    return log;
}

void maillog_free(struct maillog *log)
{
    if (log == NULL)
        return;
    flow_free(log->flow);
    free(log->buffer);
    free(log->events);
    free(log);
}

char *maillog_room(struct maillog *log, size_t *room)
{
    *room = log->size;
    return log->base;
}

/* Of a whole line. */
static const char *end_of(const char *p)
{
    while (*p != '\n')
        p++;
    return p;
}

/* The lines [NUMBER, END) have no envelope; P is in the one before, or their begin when FRESH. */
static void tell_more(struct maillog *log, const char *p, bool fresh, size_t number, size_t end)
{
    for (; number < end; number++, fresh = false) {
        const char *begin = fresh ? p : end_of(p) + 1;
        p = end_of(begin);
        log->line = log->lines + number + 1;
        log->more(log->context, (struct span){begin, (size_t)(p - begin)});
    }
}

/* The COUNT events of the LINES lines at P. */
static void tell(struct maillog *log, const char *p, size_t count, size_t lines)
{
    size_t next = 0;
    for (size_t i = 0; i < count; i++) {
        const struct line_event *event = &log->events[i];
        if (log->more != NULL && event->number > next)
            tell_more(log, p, next == 0, next, event->number);
        log->line = log->lines + event->number + 1;
        log->each(log->context, &log->reader, event);
        next = event->number + 1;
        p = event->message;
    }
    if (log->more != NULL && lines > next)
        tell_more(log, p, next == 0, next, lines);
    log->lines += lines;
}

/* Reads the whole lines of [from, from + n); *CONSUMED bytes. */
static bool read_lines(struct maillog *log, const char *from, size_t n, size_t *consumed)
{
    *consumed = 0;
    for (;;) {
        size_t count, lines;
        size_t bytes = line_read(&log->reader, from + *consumed, n - *consumed, log->events,
                                 LINE_ROOM, &count, &lines);
        if (log->each != NULL)
            tell(log, from + *consumed, count, lines);
        if (bytes == 0)
            return true;
        if (!flow_take(log->flow, &log->reader, log->events, count, lines, bytes))
            return false;
        *consumed += bytes;
    }
}

static bool count_bytes(struct maillog *log, size_t bytes)
{
    return flow_take(log->flow, &log->reader, NULL, 0, 0, bytes);
}

/* The line at FROM is too long: its beginning counts, its rest is passed over. */
static bool cut_line(struct maillog *log, char *from, size_t n)
{
    size_t consumed;
    from[LONGEST] = '\n';
    if (!log->begun)
        log->begun = line_sniff(&log->reader, (struct span){from, LONGEST});
    log->passing = true;
    return read_lines(log, from, LONGEST + 1, &consumed) && count_bytes(log, n - consumed);
}

/* The bytes at FROM up to the end of the line that is passed over. */
static size_t rest_of_line(struct maillog *log, const char *from, size_t n)
{
    const char *end = log->passing ? memchr(from, '\n', n) : NULL;
    size_t rest = !log->passing ? 0 : end == NULL ? n : (size_t)(end - from) + 1;
    log->passing = log->passing && end == NULL;
    return rest;
}

/* Up to the last line end of the N bytes at FROM, which envelopes there are. */
static void sniff(struct maillog *log, const char *from, size_t n)
{
    while (n > 0 && from[n - 1] != '\n')
        n--;
    log->begun = n != 0 && line_sniff(&log->reader, (struct span){from, n});
}

bool maillog_commit(struct maillog *log, size_t n)
{
    char *from = log->base - log->carry;
    size_t left = log->carry + n, consumed = rest_of_line(log, from, left);
    if (consumed != 0 && !count_bytes(log, consumed))
        return false;
    from += consumed;
    left -= consumed;
    if (!log->begun)
        sniff(log, from, left);
    memset(log->base + n, '\n', LINE_SLACK);
    if (!read_lines(log, from, left, &consumed))
        return false;
    from += consumed;
    left -= consumed;
    if (left > LONGEST) {
        if (!cut_line(log, from, left))
            return false;
        left = 0;
    }
    memmove(log->base - left, from, left);
    log->carry = left;
    return true;
}

bool maillog_feed(struct maillog *log, struct span bytes)
{
    while (bytes.n != 0) {
        size_t n = bytes.n < log->size ? bytes.n : log->size;
        memcpy(log->base, bytes.p, n);
        bytes = text_skip(bytes, n);
        if (!maillog_commit(log, n))
            return false;
    }
    return true;
}

/* A last line without its end counts as one; the end that it is given does not count as a byte. */
static bool end_line(struct maillog *log)
{
    size_t consumed;
    const char *from = log->base - log->carry;
    log->passing = false;
    if (log->carry == 0)
        return true;
    memset(log->base, '\n', LINE_SLACK);
    if (!log->begun)
        (void)line_sniff(&log->reader, (struct span){from, log->carry});
    bool good = read_lines(log, from, log->carry + 1, &consumed);
    log->carry = 0;
    return good && count_bytes(log, (size_t)-1);
}

bool maillog_file(struct maillog *log)
{
    bool good = end_line(log);
    flow_file(log->flow);
    log->begun = false;
    log->reader.timeless = false;
    log->lines = 0;
    return good;
}

bool maillog_finish(struct maillog *log)
{
    bool good = end_line(log);
    flow_finish(log->flow);
    return good;
}

size_t maillog_pending(const struct maillog *log)
{
    return log->carry;
}

bool maillog_save(struct maillog *log, struct pack *out)
{
    const struct flow_place place = {log->reader.when, log->reader.timeless, log->begun,
                                     log->passing};
    return flow_state_save(log->flow, &place, out);
}

bool maillog_load(struct maillog *log, struct span blob, struct fault *fault)
{
    struct flow_place place = {.when = 0};
    if (!flow_state_load(log->flow, &place, blob, fault))
        return false;
    log->reader.when = place.when;
    log->reader.timeless = place.timeless;
    log->begun = place.begun;
    log->passing = place.passing;
    return true;
}

void maillog_each(struct maillog *log,
                  void (*each)(void *, const struct line_reader *, const struct line_event *),
                  void *context)
{
    log->each = each;
    log->context = context;
    line_want(&log->reader, each != NULL ? LINE_ALL : LINE_DETAILS);
}

void maillog_each_more(struct maillog *log, void (*more)(void *, struct span))
{
    log->more = more;
}

uint64_t maillog_line(const struct maillog *log)
{
    return log->line;
}

struct flow *maillog_flow(struct maillog *log)
{
    return log->flow;
}

struct line_reader *maillog_reader(struct maillog *log)
{
    return &log->reader;
}
