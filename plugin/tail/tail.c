/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "plugin/tail/tail.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "plugin/tail/search.h"
#include "plugin/tail/source.h"

enum {
    SAFETY_MS = 500,  /* all is looked at so often, events or not */
    DRAIN_MS = 10,    /* the same for a file that was renamed */
    WINDOW_MS = 100,  /* of so many ms the first */
    FREE_WAKES = 120, /* wake-ups are answered at once, the others of it 1 ms later, */
    THIN_BYTES = 4096 /* when so little came with the last */
};

struct tail {
    struct arena *arena;
    struct source *sources;
    size_t count, turn; /* TURN: the source that is asked next, so that none starves another */
    struct pollfd *polled;
    int inotify;
    int64_t safety_ms; /* CLOCK_MONOTONIC: next look at everything */
    int64_t window_ms; /* begin of the window of wake-ups */
    int window_wakes;
    size_t bytes; /* since the last wake-up */
    uint64_t wakes;
};

static int64_t monotonic_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* -- Sources -------------------------------------------------------------------------------- */

struct tail *tail_open(struct arena *arena, struct fault *fault)
{
    struct tail *tail = arena_alloc(arena, sizeof(*tail));
    tail->arena = arena;
    tail->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    tail->polled = arena_push(arena, NULL, 0, sizeof(*tail->polled));
    if (tail->inotify >= 0)
        return tail;
    (void)fault_set(fault, FAULT_INTERNAL, "inotify", 0,
                    "cannot watch files: %s; raise fs.inotify.max_user_instances", strerror(errno));
    return NULL;
}

void tail_close(struct tail *tail)
{
    for (size_t i = 0; i < tail->count; i++)
        source_close(&tail->sources[i]);
    (void)close(tail->inotify);
    tail->count = 0;
}

static struct source *new_source(struct tail *tail)
{
    const size_t n = tail->count;
    tail->sources = arena_push(tail->arena, tail->sources, n, sizeof(*tail->sources));
    tail->polled = arena_push(tail->arena, tail->polled, n + 1, sizeof(*tail->polled));
    return &tail->sources[n];
}

bool tail_add(struct tail *tail, const char *path, enum tail_from from, struct fault *fault)
{
    struct source *source = new_source(tail);
    source->path = path;
    if (!source_open(source, from, fault))
        return false;
    tail->count++;
    return true;
}

bool tail_resume(struct tail *tail, const struct position *position, struct fault *fault)
{
    if (!source_resume(new_source(tail), position, fault))
        return false;
    tail->count++;
    return true;
}

bool tail_position(const struct tail *tail, size_t source, size_t unread, struct position *position)
{
    return source_position(&tail->sources[source], unread, position);
}

uint64_t tail_wakes(const struct tail *tail)
{
    return tail->wakes;
}

/* -- Watching ------------------------------------------------------------------------------- */

static bool is_watched_by_another(const struct tail *tail, const struct source *source)
{
    for (size_t i = 0; i < tail->count; i++)
        if (&tail->sources[i] != source && tail->sources[i].watch == source->watch)
            return true;
    return false;
}

/* The file that is read, by its descriptor: its name may be another's by now. */
static void watch_file(struct tail *tail, struct source *source)
{
    char name[32];
    if (source->watch >= 0 && !is_watched_by_another(tail, source))
        (void)inotify_rm_watch(tail->inotify, source->watch);
    source->watch = -1;
    source->rewatch = false;
    source->ready = true; /* for what came before the watch */
    if (source->now.fd < 0)
        return;
    (void)snprintf(name, sizeof(name), "/proc/self/fd/%d", source->now.fd);
    source->watch = inotify_add_watch(tail->inotify, name, IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF);
}

/* The folders of the path and of the file behind its symbolic links: they may have changed. */
static void watch_folders(struct tail *tail, struct source *source)
{
    const uint32_t events = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR;
    struct arena arena;
    arena_init(&arena, NULL);
    source->folders[0] =
        inotify_add_watch(tail->inotify, search_folder(&arena, source->path, false), events);
    source->folders[1] =
        inotify_add_watch(tail->inotify, search_folder(&arena, source->path, true), events);
    arena_free(&arena);
}

static void note_event(struct tail *tail, const struct inotify_event *event)
{
    const bool overflow = (event->mask & IN_Q_OVERFLOW) != 0;
    for (size_t i = 0; i < tail->count; i++) {
        struct source *s = &tail->sources[i];
        const bool folder = event->wd == s->folders[0] || event->wd == s->folders[1];
        if (overflow || event->wd == s->watch || folder)
            s->ready = true;
        if (overflow || folder || (event->wd == s->watch && (event->mask & IN_MODIFY) == 0))
            s->look = true;
        if (event->wd == s->watch && (event->mask & IN_IGNORED) != 0)
            s->watch = -1;
    }
}

static void read_events(struct tail *tail)
{
    _Alignas(struct inotify_event) char buffer[16 * 1024];
    ssize_t n;
    while ((n = read(tail->inotify, buffer, sizeof(buffer))) > 0)
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *event = (const void *)(buffer + at);
            note_event(tail, event);
            at += (ssize_t)(sizeof(*event) + event->len);
        }
}

/* -- Waiting -------------------------------------------------------------------------------- */

/* What must not wait for an event: another file to be watched, the time of looking at all. */
static void prepare(struct tail *tail, int64_t now_ms)
{
    const bool safety = now_ms >= tail->safety_ms;
    for (size_t i = 0; i < tail->count; i++) {
        struct source *s = &tail->sources[i];
        if (s->pipe >= 0)
            continue;
        if (s->rewatch)
            watch_file(tail, s);
        if (safety)
            watch_folders(tail, s);
        s->look = s->look || safety;
        s->ready = s->ready || safety;
    }
    if (safety)
        tail->safety_ms = now_ms + SAFETY_MS;
}

static bool is_ready(const struct tail *tail)
{
    for (size_t i = 0; i < tail->count; i++) {
        const struct source *s = &tail->sources[i];
        if (!s->ended && (s->ready || s->event != TAIL_DATA))
            return true;
    }
    return false;
}

/* Until when poll() may sleep, when the caller wants to sleep until UNTIL_MS. */
static int time_left(const struct tail *tail, int64_t until_ms, int64_t now_ms)
{
    for (size_t i = 0; i < tail->count; i++) {
        const struct source *s = &tail->sources[i];
        const int64_t due = s->next_count > 0 ? now_ms + DRAIN_MS
                            : s->pipe < 0     ? tail->safety_ms
                                              : until_ms;
        until_ms = due < until_ms ? due : until_ms;
    }
    return until_ms - now_ms > SAFETY_MS * 1000 ? SAFETY_MS * 1000
                                                : (int)(until_ms > now_ms ? until_ms - now_ms : 0);
}

/* A wake-up costs more than a line. Where they come thick, one serves all lines of 1 ms. */
static void collect(struct tail *tail, int64_t now_ms)
{
    const struct timespec pause = {0, 1000000};
    if (now_ms - tail->window_ms >= WINDOW_MS) {
        tail->window_ms = now_ms;
        tail->window_wakes = 0;
    }
    if (tail->bytes < THIN_BYTES && tail->window_wakes++ >= FREE_WAKES)
        (void)nanosleep(&pause, NULL);
    tail->bytes = 0;
}

/* Sleeps until something happens. False: a signal. */
static bool sleep_until(struct tail *tail, int64_t until_ms, int64_t now_ms)
{
    nfds_t n = 0;
    tail->polled[n++] = (struct pollfd){.fd = tail->inotify, .events = POLLIN};
    for (size_t i = 0; i < tail->count; i++)
        if (tail->sources[i].pipe >= 0 && !tail->sources[i].ended)
            tail->polled[n++] = (struct pollfd){.fd = tail->sources[i].pipe, .events = POLLIN};
    const int got = poll(tail->polled, n, time_left(tail, until_ms, now_ms));
    tail->wakes++;
    if (got > 0) {
        collect(tail, now_ms);
        read_events(tail);
    }
    for (size_t i = 0; i < tail->count; i++) {
        struct source *s = &tail->sources[i];
        s->ready = s->ready || s->next_count > 0 || (got > 0 && s->pipe >= 0);
    }
    return got >= 0;
}

enum tail_state tail_wait(struct tail *tail, int timeout_ms)
{
    bool done = true;
    for (size_t i = 0; i < tail->count; i++)
        done = done && tail->sources[i].ended;
    int64_t now_ms = monotonic_ms();
    const int64_t until_ms = timeout_ms < 0 ? INT64_MAX : now_ms + timeout_ms;
    while (!done) {
        prepare(tail, now_ms);
        if (is_ready(tail))
            return TAIL_READY;
        if (now_ms >= until_ms || !sleep_until(tail, until_ms, now_ms))
            return TAIL_QUIET;
        now_ms = monotonic_ms();
    }
    return TAIL_DONE;
}

bool tail_next(struct tail *tail, void *buffer, size_t size, struct tail_chunk *chunk)
{
    const int64_t now_ms = monotonic_ms();
    for (size_t i = 0; i < tail->count; i++) {
        const size_t turn = tail->turn++ % tail->count;
        if (source_read(&tail->sources[turn], now_ms, buffer, size, chunk)) {
            chunk->source = turn;
            tail->bytes += chunk->n;
            return true;
        }
    }
    return false;
}
