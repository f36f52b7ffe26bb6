/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/maillog/parallel.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_PIECE = 256 * 1024, LEAST_PIECE = 64, MORE = 4096, LEAST_LINE = 16 };

struct shared {
    const struct parallel *what;
    size_t piece;
    uint64_t pieces;
    pthread_mutex_t lock;
    pthread_cond_t turned;
    uint64_t next; /* the piece that nobody has taken yet */
    uint64_t turn; /* the piece that is to be applied */
    bool stop;
    int error; /* errno of the first failure, 0 = none */
};

struct worker {
    struct shared *shared;
    pthread_t thread;
    struct line_reader reader;
    struct line_event *events;
    size_t event_room;
    char *buffer; /* a piece, the rest of its last line, slack */
};

static bool fail(struct shared *shared, int error)
{
    (void)pthread_mutex_lock(&shared->lock);
    if (shared->error == 0)
        shared->error = error;
    shared->stop = true;
    (void)pthread_cond_broadcast(&shared->turned);
    (void)pthread_mutex_unlock(&shared->lock);
    return false;
}

static bool take(struct shared *shared, uint64_t *piece)
{
    (void)pthread_mutex_lock(&shared->lock);
    bool more = !shared->stop && shared->next < shared->pieces;
    *piece = shared->next;
    shared->next += more;
    (void)pthread_mutex_unlock(&shared->lock);
    return more;
}

static bool wait_turn(struct shared *shared, uint64_t piece)
{
    (void)pthread_mutex_lock(&shared->lock);
    while (!shared->stop && shared->turn != piece)
        (void)pthread_cond_wait(&shared->turned, &shared->lock);
    bool go = !shared->stop;
    (void)pthread_mutex_unlock(&shared->lock);
    return go;
}

static void end_turn(struct shared *shared, bool stop)
{
    (void)pthread_mutex_lock(&shared->lock);
    shared->turn++;
    shared->stop |= stop;
    (void)pthread_cond_broadcast(&shared->turned);
    (void)pthread_mutex_unlock(&shared->lock);
}

/* WANT bytes of the file from AT on, behind the *USED of the buffer; fewer at the end of the file.
 */
static bool fill(struct worker *worker, uint64_t at, size_t want, size_t *used)
{
    while (want != 0) {
        ssize_t got = pread(worker->shared->what->fd, worker->buffer + *used, want, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(worker->shared, errno);
        if (got == 0)
            break;
        *used += (size_t)got;
        at += (uint64_t)got;
        want -= (size_t)got;
    }
    return true;
}

/* Does a line begin at AT? */
static bool is_line(const struct shared *shared, uint64_t at)
{
    char before;
    return at == 0 || (pread(shared->what->fd, &before, 1, (off_t)(at - 1)) == 1 && before == '\n');
}

static const char *line_end(const char *p, size_t n)
{
    return n == 0 ? NULL : memchr(p, '\n', n);
}

/*
 * The lines that begin in PIECE: *LINES_AT in the buffer, *N bytes, the last with its '\n', if need
 * be of ours. What is read stays aligned as the file is: copies are slow where it is not.
 */
static bool load(struct worker *worker, uint64_t piece, size_t *lines_at, size_t *n)
{
    struct shared *shared = worker->shared;
    uint64_t size = shared->what->size, begin = piece * shared->piece, end = begin + shared->piece;
    size_t used = 0;
    end = end < size ? end : size;
    *lines_at = *n = 0;
    if (!fill(worker, begin, (size_t)(end - begin), &used))
        return false;
    size_t whole = used;
    if (!is_line(shared, begin)) {
        const char *first = line_end(worker->buffer, used);
        *lines_at = first == NULL ? used : (size_t)(first + 1 - worker->buffer);
    }
    if (*lines_at >= used)
        return true;                                            /* no line begins here */
    const char *last = line_end(worker->buffer + whole - 1, 1); /* else it ends beyond the piece */
    while (last == NULL && used - whole <= LINE_MAX_BYTES) {
        size_t looked = used, beyond = used - whole;
        size_t want = size - end - beyond < MORE ? (size_t)(size - end - beyond) : MORE;
        if (!fill(worker, end + beyond, want, &used))
            return false;
        if (used == looked)
            break;
        last = line_end(worker->buffer + looked, used - looked);
    }
    size_t stop = last != NULL ? (size_t)(last - worker->buffer) : used;
    worker->buffer[stop] = '\n';
    *n = stop + 1 - *lines_at;
    return true;
}

static bool apply(struct worker *worker, uint64_t piece, size_t count, size_t lines)
{
    const struct parallel *what = worker->shared->what;
    uint64_t begin = piece * worker->shared->piece, left = what->size - begin;
    uint64_t bytes = left < worker->shared->piece ? left : worker->shared->piece;
    if (!wait_turn(worker->shared, piece))
        return false;
    if (!flow_take(what->flow, &worker->reader, worker->events, what->join ? count : 0, lines,
                   (size_t)bytes))
        return fail(worker->shared, ENOMEM);
    bool go = what->progress == NULL || what->progress(what->context, begin + bytes);
    end_turn(worker->shared, !go);
    return go;
}

/* Only the events of one piece are kept, so there is room for all its lines that can be one. */
static bool make_room(struct worker *worker, size_t n)
{
    size_t room = n / LEAST_LINE + LINE_ROOM;
    if (room <= worker->event_room)
        return true;
    free(worker->events);
    worker->events = malloc(room * sizeof(*worker->events));
    worker->event_room = worker->events == NULL ? 0 : room;
    return worker->events != NULL || fail(worker->shared, ENOMEM);
}

static void *work(void *context)
{
    struct worker *worker = context;
    uint64_t piece;
    while (take(worker->shared, &piece)) {
        size_t at, n, count = 0, lines = 0;
        if (!load(worker, piece, &at, &n) || !make_room(worker, n))
            break;
        if (n != 0)
            (void)line_read(&worker->reader, worker->buffer + at, n, worker->events,
                            worker->event_room, &count, &lines);
        if (!apply(worker, piece, count, lines))
            break;
    }
    return NULL;
}

/* Starts the threads but one; the caller is the last. */
static void run(struct worker **workers, unsigned threads)
{
    unsigned started = 0;
    for (unsigned i = 1; i < threads; i++) {
        if (pthread_create(&workers[i]->thread, NULL, work, workers[i]) != 0)
            break; /* with fewer it works as well */
        started = i;
    }
    (void)work(workers[0]);
    for (unsigned i = 1; i <= started; i++)
        (void)pthread_join(workers[i]->thread, NULL);
}

static struct worker *new_worker(struct shared *shared, bool timeless)
{
    const struct parallel *what = shared->what;
    struct worker *worker = calloc(1, sizeof(*worker));
    if (worker == NULL || !line_init(&worker->reader, what->path)) {
        free(worker);
        return NULL;
    }
    size_t room = shared->piece + LINE_MAX_BYTES + 2 * MORE + LINE_SLACK;
    worker->buffer = aligned_alloc(MORE, (room + MORE - 1) / MORE * MORE);
    if (worker->buffer == NULL) {
        free(worker);
        return NULL;
    }
    worker->shared = shared;
    worker->reader.timeless = timeless;
    line_want(&worker->reader, !what->join     ? LINE_NOTHING
                               : what->details ? LINE_DETAILS
                                               : LINE_EFFECTS);
    return worker;
}

/* Do the lines of FD, by its beginning, have no time? */
static bool is_timeless(int fd, enum line_path path)
{
    enum { LOOK = 65536 };
    struct line_reader *reader = malloc(sizeof(*reader));
    char *bytes = malloc(LOOK);
    bool timeless = false;
    if (reader != NULL && bytes != NULL && line_init(reader, path)) {
        ssize_t got = pread(fd, bytes, LOOK, 0);
        (void)line_sniff(reader, (struct span){bytes, got > 0 ? (size_t)got : 0});
        timeless = reader->timeless;
    }
    free(bytes);
    free(reader);
    return timeless;
}

bool parallel_fits(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool fits = fd >= 0 && !is_timeless(fd, LINE_PORTABLE);
    if (fd >= 0)
        (void)close(fd);
    return fits;
}

bool parallel_read(const struct parallel *parallel, struct fault *fault)
{
    struct shared shared = {.what = parallel,
                            .piece = parallel->piece_bytes == 0            ? DEFAULT_PIECE
                                     : parallel->piece_bytes < LEAST_PIECE ? LEAST_PIECE
                                                                           : parallel->piece_bytes,
                            .lock = PTHREAD_MUTEX_INITIALIZER,
                            .turned = PTHREAD_COND_INITIALIZER};
    struct worker *workers[PARALLEL_MAX_THREADS] = {NULL};
    unsigned threads =
        parallel->threads < PARALLEL_MAX_THREADS ? parallel->threads : PARALLEL_MAX_THREADS;
    bool good = true, timeless = is_timeless(parallel->fd, parallel->path);
    shared.pieces = (parallel->size + shared.piece - 1) / shared.piece;
    for (unsigned i = 0; i < threads; i++)
        good = (workers[i] = new_worker(&shared, timeless)) != NULL && good;
    if (good)
        run(workers, threads);
    else
        shared.error = ENOMEM;
    for (unsigned i = 0; i < threads; i++)
        if (workers[i] != NULL) {
            free(workers[i]->events);
            free(workers[i]->buffer);
            free(workers[i]);
        }
    return shared.error == 0 ||
           fault_set(fault, FAULT_INTERNAL, "", 0, "cannot read on: %s", strerror(shared.error));
}
