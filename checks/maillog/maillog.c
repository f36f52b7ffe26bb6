/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/maillog.h"

#include <stdlib.h>
#include <string.h>

enum { DEFAULT_BUFFER = 256 * 1024, LEAST_BUFFER = 64, EVENTS = LINE_ROOM };

struct maillog {
    struct line_reader reader;
    struct flow *flow;
    size_t size, room; /* of a piece as wanted; of the buffer as it is, without slack */
    size_t used;       /* bytes of the buffer that are filled */
    size_t passed;     /* bytes of a line above LINE_MAX_BYTES that were passed over */
    bool passing;      /* inside such a line */
    bool begun;        /* the first line of this file was looked at */
    char *buffer;
    void (*each)(void *, const struct line_reader *, const struct line_event *);
    void *context;
    struct line_event events[EVENTS];
};

struct maillog *maillog_new(size_t buffer_bytes, enum line_path path,
                            const struct flow_options *options)
{
    struct maillog *log = aligned_alloc(64, sizeof(*log));
    if (log == NULL)
        return NULL;
    memset(log, 0, sizeof(*log));
    log->size = buffer_bytes == 0             ? DEFAULT_BUFFER
                : buffer_bytes < LEAST_BUFFER ? LEAST_BUFFER
                                              : buffer_bytes;
    log->room = log->size;
    log->buffer = malloc(log->room + LINE_SLACK);
    log->flow = flow_new(options);
    if (log->buffer == NULL || log->flow == NULL || !line_init(&log->reader, path)) {
        maillog_free(log);
        return NULL;
    }
    line_want(&log->reader, options->details || options->top, false);
    return log;
}

void maillog_free(struct maillog *log)
{
    if (log == NULL)
        return;
    flow_free(log->flow);
    free(log->buffer);
    free(log);
}

char *maillog_room(struct maillog *log, size_t *room)
{
    if (log->used == log->room) { /* one line fills it: no line is looked at for longer than this */
        size_t size = log->room * 2 < LINE_MAX_BYTES ? log->room * 2 : LINE_MAX_BYTES + log->size;
        char *buffer = realloc(log->buffer, size + LINE_SLACK);
        if (buffer == NULL)
            return NULL;
        log->buffer = buffer;
        log->room = size;
    }
    *room = log->room - log->used;
    return log->buffer + log->used;
}

/* Reads the whole lines among the N bytes; the bytes consumed. */
static bool read_lines(struct maillog *log, size_t n, size_t *consumed)
{
    size_t done = 0;
    for (;;) {
        size_t count, lines;
        size_t bytes = line_read(&log->reader, log->buffer + done, n - done, log->events, EVENTS,
                                 &count, &lines);
        for (size_t i = 0; log->each != NULL && i < count; i++)
            log->each(log->context, &log->reader, &log->events[i]);
        if (bytes == 0)
            break;
        if (!flow_take(log->flow, &log->reader, log->events, count, lines, bytes))
            return false;
        done += bytes;
    }
    *consumed = done;
    return true;
}

/* The line at the front of the buffer is too long: its beginning counts, its rest is passed over.
 */
static bool cut_line(struct maillog *log)
{
    size_t consumed;
    char kept = log->buffer[LINE_MAX_BYTES];
    log->buffer[LINE_MAX_BYTES] = '\n';
    if (!read_lines(log, LINE_MAX_BYTES + 1, &consumed))
        return false;
    log->buffer[LINE_MAX_BYTES] = kept;
    if (!flow_take(log->flow, &log->reader, NULL, 0, 0, log->used - consumed))
        return false;
    log->passing = true;
    log->used = 0;
    return true;
}

static bool pass_over(struct maillog *log)
{
    const char *end = memchr(log->buffer, '\n', log->used);
    size_t n = end == NULL ? log->used : (size_t)(end - log->buffer) + 1;
    log->passing = end == NULL;
    memmove(log->buffer, log->buffer + n, log->used - n);
    log->used -= n;
    return flow_take(log->flow, &log->reader, NULL, 0, 0, n);
}

static const char *last_newline(const struct maillog *log)
{
    for (size_t i = log->used; i > 0; i--)
        if (log->buffer[i - 1] == '\n')
            return log->buffer + i - 1;
    return NULL;
}

static bool settle(struct maillog *log)
{
    size_t consumed;
    if (log->passing && !pass_over(log))
        return false;
    if (!log->begun) {
        const char *end = last_newline(log);
        if (end != NULL)
            log->begun =
                line_sniff(&log->reader, (struct span){log->buffer, (size_t)(end - log->buffer)});
    }
    memset(log->buffer + log->used, '\n', LINE_SLACK);
    if (!read_lines(log, log->used, &consumed))
        return false;
    log->used -= consumed;
    memmove(log->buffer, log->buffer + consumed, log->used);
    return log->used <= LINE_MAX_BYTES || cut_line(log);
}

bool maillog_commit(struct maillog *log, size_t n)
{
    log->used += n;
    return settle(log);
}

bool maillog_feed(struct maillog *log, struct span bytes)
{
    while (bytes.n != 0) {
        size_t room;
        char *to = maillog_room(log, &room);
        if (to == NULL)
            return false;
        room = room < bytes.n ? room : bytes.n;
        memcpy(to, bytes.p, room);
        bytes = text_skip(bytes, room);
        if (!maillog_commit(log, room))
            return false;
    }
    return true;
}

/* A last line without its end counts as one; the end that it is given does not count as a byte. */
static bool end_line(struct maillog *log)
{
    size_t consumed;
    if (log->passing || log->used == 0) {
        log->passing = false;
        return true;
    }
    if (!log->begun)
        (void)line_sniff(&log->reader, (struct span){log->buffer, log->used});
    memset(log->buffer + log->used, '\n', LINE_SLACK);
    if (!read_lines(log, log->used + 1, &consumed))
        return false;
    log->used = 0;
    return flow_take(log->flow, &log->reader, NULL, 0, 0, (size_t)-1);
}

bool maillog_file(struct maillog *log)
{
    bool good = end_line(log);
    flow_file(log->flow);
    log->begun = false;
    log->reader.timeless = false;
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
    return log->used;
}

void maillog_each(struct maillog *log,
                  void (*each)(void *, const struct line_reader *, const struct line_event *),
                  void *context)
{
    log->each = each;
    log->context = context;
    line_want(&log->reader, true, each != NULL);
}

struct flow *maillog_flow(struct maillog *log)
{
    return log->flow;
}

struct line_reader *maillog_reader(struct maillog *log)
{
    return &log->reader;
}
