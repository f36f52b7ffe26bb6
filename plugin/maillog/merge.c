/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/maillog/merge.h"

#include <stdlib.h>
#include <string.h>

#include "checks/maillog/envelope.h"
#include "plugin/maillog/stop.h"
#include "plugin/tail/archive.h"
#include "plugin/tail/piece.h"

enum {
    ROOM = 256 * 1024,
    HEAD = 24, /* "Sun Mar  8 04:00:00 2026", and what syslog begins with: the time is in it */
    DAY_S = 86400
};

/* A file that is read. */
struct stream {
    struct input_file *file;
    struct tail_archive *archive; /* NULL: not opened yet, or at its end */
    char *buffer;
    size_t begin, end;
    size_t line_n;  /* of the line at BEGIN, with its '\n'; of a longer one what is there */
    int64_t when;   /* that line's time */
    bool inside;    /* the line goes on */
    bool read;      /* nothing more comes */
    uint64_t entry; /* hash of the last line that has a time */
    char head[HEAD];
};

/* How often a line of the second in hand was met in a file, or (WHO = TAKEN) was taken. */
struct seen {
    uint64_t hash;
    uint32_t turn, who, count;
};

/* Of a second with more lines than find room some may count twice. */
enum { FIRST_SLOTS = 1 << 10, MAX_SLOTS = 1 << 18, TAKEN = UINT32_MAX };

struct merge {
    struct input *input;
    const struct input_sink *sink;
    struct stream *streams;
    size_t count, opened, active;
    int64_t now;       /* time of the last line that was taken */
    struct seen *seen; /* a hash table; what is of another turn is free */
    size_t slots, seen_count;
    uint32_t turn;  /* counts the seconds */
    int64_t second; /* whose lines are in the table */
};

static bool fits(const struct input_file *file)
{
    return !file->missing && file->same_as == NULL && !file->members && file->size > 0 &&
           file->first != 0 && file->gateway[0] != '\0';
}

size_t merge_count(const struct input *input, size_t first)
{
    const struct input_file *files = input->files;
    size_t next = first + 1;
    int64_t end = files[first].last;
    if (!fits(&files[first]))
        return 1;
    while (next < input->count && fits(&files[next]) && input_alike(&files[first], &files[next]) &&
           (end > files[next].first + INPUT_TOUCH_S || files[next].last <= end)) {
        end = files[next].last > end ? files[next].last : end;
        next++;
    }
    return next - first;
}

/* ---- One file ---- */

/* The time of LINE, or that of the line before where it tells none. */
static void set_time(const struct merge *m, struct stream *s, struct span line)
{
    struct envelope envelope;
    if (line.n >= HEAD && memcmp(line.p, s->head, HEAD) == 0)
        return;
    if (!envelope_read(line, false, &envelope))
        return;
    if (line.n >= HEAD)
        memcpy(s->head, line.p, HEAD);
    s->when = envelope.when;
    if (envelope.yearless) {
        const int year = envelope_year(m->input->reference);
        s->when = envelope_in_year(envelope.when, year);
        if (s->when > m->input->reference + 2 * DAY_S)
            s->when = envelope_in_year(envelope.when, year - 1);
    }
}

/* Is there a whole line at BEGIN? */
static bool next_line(const struct merge *m, struct stream *s)
{
    const char *p = s->buffer + s->begin;
    const char *end = s->begin == s->end ? NULL : memchr(p, '\n', s->end - s->begin);
    s->line_n = end == NULL ? 0 : (size_t)(end - p) + 1;
    if (end != NULL && !s->inside)
        set_time(m, s, (struct span){p, s->line_n - 1});
    return end != NULL;
}

/* More bytes behind those that wait. False: there are none, or no room for them. */
static bool extend(struct merge *m, struct stream *s)
{
    struct bar *bar = m->input->bar;
    struct fault fault;
    if (s->read || s->end - s->begin == ROOM)
        return false;
    memmove(s->buffer, s->buffer + s->begin, s->end - s->begin);
    s->end -= s->begin;
    s->begin = 0;
    const ssize_t n = tail_archive_read(s->archive, s->buffer + s->end, ROOM - s->end, &fault);
    if (n < 0)
        input_spoil(m->input, s->file, &fault);
    s->read = n <= 0;
    s->end += n > 0 ? (size_t)n : 0;
    if (bar != NULL && (s->file->plain || s->read))
        bar_add(bar, s->file->plain ? (uint64_t)(n > 0 ? n : 0) : s->file->size);
    return !s->read;
}

/* Until there is a line at BEGIN. LINE_N 0: it was the last. */
static void load(struct merge *m, struct stream *s)
{
    bool whole = next_line(m, s);
    while (!whole && extend(m, s))
        whole = next_line(m, s);
    if (!whole && s->end > s->begin) { /* without an end, or too long for the buffer */
        s->line_n = s->end - s->begin;
        if (!s->inside)
            set_time(m, s, (struct span){s->buffer + s->begin, s->line_n});
    }
}

/* N bytes at BYTES into the sink. */
static bool put(const struct merge *m, const char *bytes, size_t n)
{
    size_t room;
    for (size_t at = 0; at < n; at += room) {
        char *to = m->sink->room(m->sink->context, &room);
        if (to == NULL)
            return false;
        room = room < n - at ? room : n - at;
        memcpy(to, bytes + at, room);
        if (!m->sink->commit(m->sink->context, room))
            return false;
    }
    return true;
}

/* ---- Lines that stand in several ---- */

static struct seen *slot_of(const struct merge *m, uint64_t hash, uint32_t who)
{
    size_t slot = (size_t)(hash ^ (uint64_t)who * 0x9e3779b97f4a7c15) & (m->slots - 1);
    while (m->seen[slot].turn == m->turn &&
           (m->seen[slot].hash != hash || m->seen[slot].who != who))
        slot = (slot + 1) & (m->slots - 1);
    return &m->seen[slot];
}

static struct seen *find(struct merge *m, uint64_t hash, uint32_t who)
{
    struct seen *seen = slot_of(m, hash, who);
    if (seen->turn != m->turn) {
        *seen = (struct seen){.hash = hash, .turn = m->turn, .who = who};
        m->seen_count++;
    }
    return seen;
}

/* The table for a line of SECOND, with room for it. False: out of memory. */
static bool prepare(struct merge *m, int64_t second)
{
    const bool full = 2 * (m->seen_count + 2) > m->slots;
    if (second != m->second || (full && m->slots == MAX_SLOTS)) {
        m->turn++;
        m->seen_count = 0;
        m->second = second;
    } else if (full) {
        struct merge larger = *m;
        larger.slots = m->slots == 0 ? FIRST_SLOTS : 2 * m->slots;
        larger.seen = calloc(larger.slots, sizeof(*larger.seen));
        if (larger.seen == NULL)
            return false;
        for (size_t i = 0; i < m->slots; i++)
            if (m->seen[i].turn == m->turn)
                *slot_of(&larger, m->seen[i].hash, m->seen[i].who) = m->seen[i];
        free(m->seen);
        *m = larger;
    }
    return m->slots > 0 || prepare(m, second);
}

static struct span without_end(struct span line)
{
    while (line.n > 0 && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
        line.n--;
    return line;
}

static struct span line_of(const struct stream *s)
{
    return without_end((struct span){s->buffer + s->begin, s->line_n});
}

/* It is the COUNTth of its hash in S: with which files does S share it? */
static void count_doubles(struct merge *m, const struct stream *s, uint64_t hash, uint32_t count)
{
    for (size_t i = 0; i < m->input->overlap_count; i++) {
        struct input_overlap *o = &m->input->overlaps[i];
        const struct input_file *other = o->a == s->file ? o->b : o->b == s->file ? o->a : NULL;
        if (other == NULL || o->twice)
            continue;
        const uint32_t who = (uint32_t)(other - m->streams[0].file);
        const struct seen *seen = slot_of(m, hash, who);
        o->lines += seen->turn == m->turn && seen->count >= count;
    }
}

/* Was the line of S taken from another file already? A line that a file has twice counts twice. */
static bool is_double(struct merge *m, struct stream *s)
{
    const struct span line = line_of(s);
    const bool timed = line.n >= HEAD && memcmp(line.p, s->head, HEAD) == 0;
    /* What has no time is the same when the line is that it belongs to. */
    const uint64_t hash = piece_hash(timed ? 0 : s->entry, line.p, line.n);
    const uint32_t who = (uint32_t)(s - m->streams);
    if (timed)
        s->entry = hash;
    const uint32_t count = ++find(m, hash, who)->count;
    struct seen *taken = find(m, hash, TAKEN);
    count_doubles(m, s, hash, count);
    if (count <= taken->count)
        return true;
    taken->count = count;
    return false;
}

/* The next line of S, unless it was taken from another file. False: out of memory. */
static bool take_line(struct merge *m, struct stream *s)
{
    const size_t from = s->begin, n = s->line_n;
    const bool whole = !s->inside && s->buffer[from + n - 1] == '\n';
    if (whole && !prepare(m, s->when))
        return false;
    const bool twice = whole && is_double(m, s);
    m->now = s->when;
    s->begin += n;
    s->inside = s->buffer[s->begin - 1] != '\n';
    if (!twice && !put(m, s->buffer + from, n))
        return false;
    load(m, s);
    return true;
}

/* How many lines of the same second stand in O before LINE; 0: none, or it is not there. */
static size_t lines_before(struct merge *m, struct stream *o, struct span line)
{
    size_t at = 0;
    for (size_t n = 0;; n++) {
        const char *end = NULL;
        while ((end = memchr(o->buffer + o->begin + at, '\n', o->end - o->begin - at)) == NULL)
            if (!extend(m, o))
                return 0;
        const char *p = o->buffer + o->begin + at;
        const struct span other = without_end((struct span){p, (size_t)(end - p)});
        if (other.n < HEAD || memcmp(other.p, o->head, HEAD) != 0)
            return 0;
        if (text_same(other, line))
            return n;
        at += (size_t)(end - p) + 1;
    }
}

/* Takes what stands in other files before the next line of S, which they have, too. */
static bool take_before(struct merge *m, const struct stream *s)
{
    for (size_t i = 0; i < m->opened; i++) {
        struct stream *o = &m->streams[i];
        if (o == s || o->archive == NULL || o->when != s->when || o->inside || s->inside)
            continue;
        for (size_t n = lines_before(m, o, line_of(s)); n > 0; n--)
            if (!take_line(m, o))
                return false;
    }
    return true;
}

/* ---- Who overlaps ---- */

static void begin_overlaps(struct merge *m, const struct stream *fresh)
{
    struct input *input = m->input;
    for (size_t i = 0; i < m->opened; i++) {
        const struct stream *s = &m->streams[i];
        if (s == fresh || s->archive == NULL)
            continue;
        input->overlaps = arena_push(input->arena, input->overlaps, input->overlap_count,
                                     sizeof(*input->overlaps));
        input->overlaps[input->overlap_count++] =
            (struct input_overlap){s->file, fresh->file, fresh->when, 0, 0, false};
    }
}

/* S has ended: what only touched is none. */
static void end_overlaps(struct merge *m, const struct stream *s)
{
    struct input *input = m->input;
    size_t kept = 0;
    for (size_t i = 0; i < input->overlap_count; i++) {
        struct input_overlap *o = &input->overlaps[i];
        if (o->last == 0 && (o->a == s->file || o->b == s->file))
            o->last = m->now;
        if (o->last == 0 || o->lines > 0 || o->last > o->first + INPUT_TOUCH_S)
            input->overlaps[kept++] = *o;
    }
    input->overlap_count = kept;
}

/* ---- All of them ---- */

static bool open_next(struct merge *m)
{
    struct stream *s = &m->streams[m->opened++];
    struct fault fault;
    s->archive = tail_archive_open(m->input->arena, s->file->path, &fault);
    if (s->archive == NULL) {
        input_spoil(m->input, s->file, &fault);
        s->file->missing = true;
        return true;
    }
    s->buffer = malloc(ROOM);
    if (s->buffer == NULL)
        return false;
    s->when = s->file->first;
    m->active++;
    load(m, s);
    begin_overlaps(m, s);
    return true;
}

static void close_stream(struct merge *m, struct stream *s)
{
    tail_archive_close(s->archive);
    free(s->buffer);
    s->archive = NULL;
    s->buffer = NULL;
    m->active--;
    end_overlaps(m, s);
}

/* The lines of S that are not later than LIMIT, where no other file tells of their time. */
static bool take_alone(struct merge *m, struct stream *s, int64_t limit)
{
    const size_t from = s->begin;
    do {
        m->now = s->when;
        s->begin += s->line_n;
        s->inside = s->buffer[s->begin - 1] != '\n';
    } while (next_line(m, s) && (s->inside || s->when <= limit));
    if (!put(m, s->buffer + from, s->begin - from))
        return false;
    load(m, s);
    return true;
}

/* The lines of S that are not later than LIMIT. */
static bool take(struct merge *m, struct stream *s, int64_t limit)
{
    bool good = true;
    while (good && s->line_n > 0 && (s->inside || s->when <= limit) && !stop_asked())
        good = m->active == 1 && s->when != m->second ? take_alone(m, s, limit)
                                                      : take_before(m, s) && take_line(m, s);
    if (!good || s->line_n > 0)
        return good;
    good = !s->inside || m->active == 1 || put(m, "\n", 1);
    close_stream(m, s);
    return good;
}

/* The one whose next line is the earliest; *LIMIT: until when it goes on alone. */
static struct stream *earliest(const struct merge *m, int64_t *limit)
{
    struct stream *best = NULL;
    *limit = m->opened < m->count ? m->streams[m->opened].file->first - 1 : INT64_MAX;
    for (size_t i = 0; i < m->opened; i++) {
        struct stream *s = &m->streams[i];
        if (s->archive == NULL)
            continue;
        if (best == NULL || s->when < best->when) { /* also one at its end: it is closed */
            if (best != NULL && best->when < *limit)
                *limit = best->when;
            best = s;
        } else if (s->when < *limit) {
            *limit = s->when;
        }
    }
    return best;
}

/* Opens what is due. False: out of memory. *DONE: all is read, but for a last one that is alone. */
static bool open_due(struct merge *m, bool *done)
{
    int64_t limit;
    for (;;) {
        const struct stream *first = earliest(m, &limit);
        *done = first == NULL &&
                (m->opened == m->count || (m->opened > 0 && m->opened + 1 == m->count));
        if (*done || m->opened == m->count ||
            (first != NULL && first->when < m->streams[m->opened].file->first))
            return true;
        if (first == NULL && m->opened > 0 && !m->sink->begin(m->sink->context))
            return false;
        if (!open_next(m))
            return false;
    }
}

bool merge_read(struct input *input, size_t first, size_t *next, const struct input_sink *sink)
{
    struct merge m = {.input = input, .sink = sink, .count = *next - first};
    bool good = true, done = false;
    m.streams = arena_array(input->arena, m.count, sizeof(*m.streams));
    m.turn = 1;
    for (size_t i = 0; i < m.count; i++)
        m.streams[i].file = &input->files[first + i];
    while (good && !stop_asked()) {
        int64_t limit;
        good = open_due(&m, &done);
        if (!good || done)
            break;
        struct stream *s = earliest(&m, &limit);
        good = take(&m, s, limit > s->when ? limit : s->when);
    }
    for (size_t i = 0; i < m.opened; i++)
        if (m.streams[i].archive != NULL)
            close_stream(&m, &m.streams[i]);
    free(m.seen);
    *next = good && !stop_asked() ? first + m.opened : *next;
    return good;
}
