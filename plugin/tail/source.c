/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/tail/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "plugin/tail/search.h"

static int64_t realtime_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* -- The files that follow ------------------------------------------------------------------ */

static void push(struct source *s, const struct piece *piece, enum tail_event event, int64_t now_ms)
{
    s->next[s->next_count++] = (struct source_next){*piece, event, now_ms};
}

/* An event for the caller. What is not delivered of it yet stays to be told: a loss, an end. */
static void tell(struct source *s, enum tail_event event, bool lost)
{
    s->torn = s->torn || piece_is_torn(&s->now);
    s->lost = s->lost || lost;
    s->event = event;
}

/* The next file takes the place of the one that is read. */
static void step(struct source *s)
{
    tell(s, s->next[0].event, false);
    piece_close(&s->now);
    s->now = s->next[0].piece;
    s->next_count--;
    memmove(s->next, s->next + 1, s->next_count * sizeof(s->next[0]));
    s->ready = s->rewatch = s->look = true;
    s->copy = s->gone = false;
}

/*
 * Files that came and went since the last look, before BEFORE (NULL: until now). False when there
 * may be more than the queue takes now.
 */
static bool push_missed(struct source *s, const struct piece *last, const struct piece *before,
                        int64_t now_ms)
{
    struct piece found[SOURCE_QUEUE / 2 - 1];
    const size_t room = sizeof(found) / sizeof(found[0]);
    const size_t count = search_between(s->path, last, before, s->seen_ns, found, room);
    for (size_t i = 0; i < count; i++)
        push(s, &found[i], TAIL_ROTATED, now_ms);
    if (count == room)
        s->seen_ns = found[room - 1].born_ns;
    return count < room;
}

/*
 * The file was emptied or written anew. When it was copied before, what was not read of it is read
 * from the copy first. What is spoilt after it was renamed is over.
 */
static void begin_again(struct source *s, int64_t now_ms)
{
    const struct position position = piece_position(&s->now);
    struct piece copy;
    if (s->next_count > 0) {
        s->lost = true;
        step(s);
        return;
    }
    bool found =
        position.head_n >= PIECE_WEAK && search_position(s->path, &position, &s->now, &copy);
    if (!found)
        tell(s, TAIL_TRUNCATED, true);
    piece_restart(&s->now);
    if (found) {
        push(s, &s->now, TAIL_TRUNCATED, now_ms);
        s->now = copy;
        s->copy = true;
    }
    s->ready = true;
}

static bool is_known(const struct source *s, const struct piece *piece)
{
    bool known = s->now.fd >= 0 && piece_is(&s->now, piece);
    for (size_t i = 0; i < s->next_count; i++)
        known = known || piece_is(&s->next[i].piece, piece);
    return known;
}

/* Does the path name another file than before? */
static void look(struct source *s, int64_t now_ms)
{
    const int64_t now_ns = realtime_ns();
    const struct piece *last = s->next_count > 0 ? &s->next[s->next_count - 1].piece : &s->now;
    struct piece piece;
    s->look = false;
    if (!piece_identify(&piece, AT_FDCWD, s->path)) {
        s->missing_ms = s->missing_ms != 0 ? s->missing_ms : now_ms;
        return;
    }
    s->missing_ms = 0;
    if (is_known(s, &piece)) {
        if (s->gone)
            tell(s, TAIL_APPEARED, false);
        s->gone = false;
        if (piece_is(last, &piece))
            s->seen_ns = now_ns;
        if (!piece_has_head(&s->now))
            begin_again(s, now_ms);
        return;
    }
    /* Rather late than with a gap: there is a look at each step, when the queue is shorter. */
    if (s->next_count > SOURCE_QUEUE / 2 || !piece_open(&piece, AT_FDCWD, s->path))
        return;
    if (is_known(s, &piece) /* renamed back in between */ ||
        (last->fd >= 0 && !push_missed(s, last, &piece, now_ms))) {
        piece_close(&piece);
        return;
    }
    push(s, &piece, s->gone ? TAIL_APPEARED : TAIL_ROTATED, now_ms);
    s->seen_ns = now_ns;
    s->ready = true;
}

/*
 * The file that is read was renamed, and its end is reached: may its writer still write? Where the
 * next one was renamed too, what counts is how long nothing has changed it.
 */
static bool is_drained(const struct source *s, int64_t now_ms)
{
    const int64_t seen_ms = s->next[0].seen_ms;
    const int64_t since_ms = s->bytes_ms > seen_ms ? s->bytes_ms : seen_ms;
    const int64_t grace_ms = piece_is_torn(&s->now) ? SOURCE_TORN_MS : SOURCE_GRACE_MS;
    const int64_t settled_ms = s->next_count > 1 ? grace_ms : SOURCE_SETTLED_MS;
    return s->now.fd < 0 || s->copy || now_ms - since_ms >= grace_ms ||
           now_ms - seen_ms >= SOURCE_LINGER_MS || piece_settled_ms(&s->now) >= settled_ms;
}

static void check_gone(struct source *s, int64_t now_ms)
{
    struct stat info;
    if (s->gone || s->missing_ms == 0 || now_ms - s->missing_ms < SOURCE_GONE_MS)
        return;
    tell(s, TAIL_GONE, false);
    s->gone = true;
    /* Who has removed a file wants its room back. */
    if (s->now.fd >= 0 && fstat(s->now.fd, &info) == 0 && info.st_nlink == 0)
        piece_close(&s->now);
}

/* -- Reading -------------------------------------------------------------------------------- */

static bool take_event(struct source *s, struct tail_chunk *chunk)
{
    *chunk = (struct tail_chunk){.event = s->event, .torn = s->torn, .lost = s->lost};
    s->event = TAIL_DATA;
    s->torn = s->lost = false;
    return true;
}

static bool read_pipe(struct source *s, void *buffer, size_t size, struct tail_chunk *chunk)
{
    struct pollfd ready = {.fd = s->pipe, .events = POLLIN};
    ssize_t n = -1;
    if (s->ended || !s->ready)
        return false;
    s->ready = poll(&ready, 1, 0) > 0;
    if (s->ready)
        n = read(s->pipe, buffer, size);
    if (!s->ready || (n < 0 && (errno == EINTR || errno == EAGAIN)))
        return false;
    if (n <= 0) {
        s->event = TAIL_END;
        s->ended = true;
        return take_event(s, chunk);
    }
    s->torn = ((const char *)buffer)[n - 1] != '\n';
    *chunk = (struct tail_chunk){.event = TAIL_DATA, .n = (size_t)n};
    return true;
}

bool source_read(struct source *s, int64_t now_ms, void *buffer, size_t size,
                 struct tail_chunk *chunk)
{
    if (s->pipe >= 0)
        return read_pipe(s, buffer, size, chunk);
    for (;;) {
        if (s->event != TAIL_DATA)
            return take_event(s, chunk);
        if (s->look) {
            look(s, now_ms);
            continue;
        }
        if (!s->ready)
            return false;
        ssize_t n = s->now.fd >= 0 ? piece_read(&s->now, buffer, size) : 0;
        if (n > 0) {
            /* After less than was asked for more comes with an event, or with the drained end. */
            s->ready = (size_t)n == size || s->next_count > 0;
            s->bytes_ms = now_ms;
            *chunk = (struct tail_chunk){.event = TAIL_DATA, .n = (size_t)n};
            return true;
        }
        if (n == PIECE_CHANGED) {
            begin_again(s, now_ms);
            continue;
        }
        s->ready = false;
        if (s->next_count > 0 && is_drained(s, now_ms))
            step(s);
        else if (s->next_count == 0)
            check_gone(s, now_ms);
        if (s->event == TAIL_DATA)
            return false;
    }
}

/* -- Beginning and end ---------------------------------------------------------------------- */

/* A descriptor of our own that PATH names, or -1. */
static int named_descriptor(const char *path)
{
    int64_t fd;
    struct span name = text_of(path);
    if (text_is(name, "-") || text_is(name, "/dev/stdin"))
        return STDIN_FILENO;
    if (!text_starts(name, "/dev/fd/") || !text_to_int(text_skip(name, 8), &fd) || fd < 0 ||
        fd > 1000000)
        return -1;
    return (int)fd;
}

static bool refused(const char *path, int why, struct fault *fault)
{
    return fault_set(fault, FAULT_INTERNAL, path, 0, "cannot be read: %s%s", strerror(why),
                     why == EACCES ? "; let the user that follows it read it" : "");
}

static void reset(struct source *s)
{
    *s = (struct source){
        .path = s->path, .pipe = -1, .now = PIECE_NONE, .watch = -1, .folders = {-1, -1}};
    s->ready = s->look = s->rewatch = true;
}

static bool open_pipe(struct source *s, struct fault *fault)
{
    s->pipe = named_descriptor(s->path);
    if (s->pipe >= 0)
        return fcntl(s->pipe, F_GETFD) >= 0 || refused(s->path, errno, fault);
    s->pipe = open(s->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    s->own = s->pipe >= 0;
    return s->own || refused(s->path, errno, fault);
}

bool source_open(struct source *s, enum tail_from from, struct fault *fault)
{
    struct stat info;
    reset(s);
    s->seen_ns = realtime_ns();
    if (named_descriptor(s->path) >= 0)
        return open_pipe(s, fault);
    if (stat(s->path, &info) != 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            return refused(s->path, errno, fault);
        tell(s, TAIL_GONE, false);
        s->gone = true;
        return true;
    }
    if (S_ISDIR(info.st_mode))
        return fault_set(fault, FAULT_INTERNAL, s->path, 0,
                         "is a folder: name the file in it that grows");
    if (!S_ISREG(info.st_mode))
        return open_pipe(s, fault);
    if (!piece_open(&s->now, AT_FDCWD, s->path))
        return refused(s->path, errno, fault);
    if (from == TAIL_FROM_END && fstat(s->now.fd, &info) == 0)
        (void)piece_seek(&s->now, info.st_size);
    return true;
}

bool source_resume(struct source *s, const struct position *position, struct fault *fault)
{
    struct piece found;
    s->path = position->path;
    if (!source_open(s, TAIL_FROM_START, fault))
        return false;
    s->seen_ns = position->seen_ns;
    if (s->pipe >= 0 || (position->inode == 0 && position->offset == 0))
        return true;
    if (search_position(s->path, position, NULL, &found)) {
        /* The look that comes first finds those between it and what the path names now. */
        piece_close(&s->now);
        s->now = found;
        s->event = TAIL_DATA;
        s->torn = s->gone = false;
        return true;
    }
    s->lost = true;
    struct piece named = s->now;
    s->now = (struct piece){.fd = -1,
                            .device = position->device,
                            .inode = position->inode,
                            .born_ns = position->born_ns};
    const bool same = named.fd >= 0 && piece_is(&named, &s->now);
    const bool whole = same || push_missed(s, &s->now, named.fd >= 0 ? &named : NULL, 0);
    if (named.fd >= 0 && whole)
        push(s, &named, same ? TAIL_TRUNCATED : TAIL_ROTATED, 0);
    else
        piece_close(&named); /* the look that comes finds it again */
    s->now = PIECE_NONE;
    return true;
}

void source_close(struct source *s)
{
    piece_close(&s->now);
    for (size_t i = 0; i < s->next_count; i++)
        piece_close(&s->next[i].piece);
    s->next_count = 0;
    if (s->own)
        (void)close(s->pipe);
    s->pipe = -1;
}

bool source_position(const struct source *s, size_t unread, struct position *position)
{
    struct piece piece = s->now;
    if (s->pipe >= 0)
        return false;
    if (unread > 0 && piece.fd >= 0 && !piece_seek(&piece, piece.offset - (int64_t)unread))
        piece.head_n = 0; /* it was truncated just now: this place is found nowhere */
    *position = piece_position(&piece);
    position->path = s->path;
    /* What is in the queue is found again: nothing of it is older than its first. */
    position->seen_ns = s->seen_ns;
    if (s->next_count > 0 && s->next[0].piece.born_ns < s->seen_ns)
        position->seen_ns = s->next[0].piece.born_ns;
    return true;
}
