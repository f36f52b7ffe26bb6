/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * tail_reader [-o OUT [-s STATE]] PATH…: the smallest reader of plugin/tail. Ends behind a line
 * that ends in " end", or when every source has ended. -o OUT    appends the lines and events to
 * OUT -s STATE  every 20 ms keeps there where it stands and how long OUT is, and goes on from there
 * Then prints, of lines whose second word is CLOCK_MONOTONIC when they were written: their number,
 * the latency (median, 99th percentile, largest; microseconds), the CPU it took (percent of a
 * core), wake-ups per second.
 */

#define _GNU_SOURCE

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "plugin/file.h"
#include "plugin/tail/tail.h"

enum { BUFFER = 256 * 1024, MAX_LINES = 8 * 1024 * 1024, SAVE_MS = 20 };

struct pending { /* the line that is not whole yet, of one source */
    size_t n;
    char bytes[BUFFER];
};

struct reader {
    struct arena arena;
    struct tail *tail;
    struct pending *pending;
    size_t count;
    int64_t lines;
    int out;
    const char *state;
    int64_t out_n, saved_ms;
    int32_t *latency_us;
    int64_t first_ns, last_ns;
    bool ended;
    char buffer[BUFFER];
};

static const char *const words[] = {"data", "rotated", "truncated", "appeared", "gone", "end"};

static int64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void fail(const struct fault *fault)
{
    fprintf(stderr, "tail_reader: %s: %s\n", fault->origin, fault->text);
    exit(1);
}

static void put(struct reader *r, const char *bytes, size_t n)
{
    if (r->out < 0)
        return;
    if (!file_write_all(r->out, (struct span){bytes, n}))
        exit(1);
    r->out_n += (int64_t)n;
}

/* What is written of OUT before the state, and cut off it when the state is older. */
static void save(struct reader *r)
{
    struct fault fault;
    struct position positions[16];
    for (size_t i = 0; i < r->count; i++)
        if (!tail_position(r->tail, i, r->pending[i].n, &positions[i]))
            return;
    positions[0].line = r->lines;
    if (!position_save(r->state, positions, r->count,
                       (struct span){(const char *)&r->out_n, sizeof(r->out_n)}, &fault))
        fail(&fault);
    r->saved_ms = now_ns() / 1000000;
}

static void take_line(struct reader *r, const char *line, size_t n)
{
    const char *blank = memchr(line, ' ', n);
    if (blank != NULL && r->lines < MAX_LINES && r->out < 0) {
        const int64_t now = now_ns();
        r->latency_us[r->lines] = (int32_t)((now - strtoll(blank + 1, NULL, 10)) / 1000);
        r->first_ns = r->first_ns == 0 ? now : r->first_ns;
        r->last_ns = now;
    }
    r->lines++;
    r->ended = r->ended || (n > 4 && memcmp(line + n - 4, " end", 4) == 0);
}

static void take_bytes(struct reader *r, struct pending *p, const char *bytes, size_t n)
{
    const char *end = bytes + n;
    for (const char *lf; (lf = memchr(bytes, '\n', (size_t)(end - bytes))) != NULL;
         bytes = lf + 1) {
        size_t more = (size_t)(lf - bytes);
        if (p->n == 0) {
            take_line(r, bytes, more);
        } else {
            memcpy(p->bytes + p->n, bytes, more);
            take_line(r, p->bytes, p->n + more);
            put(r, p->bytes, p->n);
            p->n = 0;
        }
        put(r, bytes, more + 1);
    }
    if ((size_t)(end - bytes) > sizeof(p->bytes) - p->n)
        exit(1);
    memcpy(p->bytes + p->n, bytes, (size_t)(end - bytes));
    p->n += (size_t)(end - bytes);
}

static void take_event(struct reader *r, const struct tail_chunk *chunk)
{
    char line[64];
    struct pending *p = &r->pending[chunk->source];
    if (chunk->torn != (p->n > 0))
        exit(3);
    put(r, p->bytes, p->n);
    p->n = 0;
    int n = snprintf(line, sizeof(line), "%s# %zu %s%s%s\n", chunk->torn ? "\n" : "", chunk->source,
                     words[chunk->event], chunk->torn ? " torn" : "", chunk->lost ? " lost" : "");
    put(r, line, (size_t)n);
}

static void follow(struct reader *r)
{
    struct tail_chunk chunk;
    while (!r->ended && tail_wait(r->tail, SAVE_MS * 50) != TAIL_DONE) {
        while (tail_next(r->tail, r->buffer, sizeof(r->buffer), &chunk))
            if (chunk.event == TAIL_DATA)
                take_bytes(r, &r->pending[chunk.source], r->buffer, chunk.n);
            else
                take_event(r, &chunk);
        if (r->state != NULL && now_ns() / 1000000 - r->saved_ms >= SAVE_MS)
            save(r);
    }
}

static int compare(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static void report(const struct reader *r, const struct rusage *before)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    const int64_t n = r->lines;
    const double s = (double)(r->last_ns - r->first_ns) / 1e9;
    if (r->out >= 0 || n == 0 || n > MAX_LINES || s <= 0)
        return;
    double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec - before->ru_utime.tv_sec -
                          before->ru_stime.tv_sec) +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec -
                          before->ru_utime.tv_usec - before->ru_stime.tv_usec) /
                     1e6;
    qsort(r->latency_us, (size_t)n, sizeof(*r->latency_us), compare);
    printf("%lld %d %d %d %.2f %.0f\n", (long long)n, r->latency_us[n / 2],
           r->latency_us[n * 99 / 100], r->latency_us[n - 1], 100 * cpu / s,
           (double)tail_wakes(r->tail) / s);
}

static void begin(struct reader *r, const char *out, char **paths)
{
    struct fault fault;
    struct position *positions = NULL;
    size_t count = 0;
    struct span blob = {NULL, 0};
    bool ok = (r->tail = tail_open(&r->arena, &fault)) != NULL;
    if (ok && r->state != NULL &&
        !position_load(&r->arena, r->state, &positions, &count, &blob, &fault) &&
        fault.kind != FAULT_NOT_CAPTURED)
        fail(&fault);
    for (size_t i = 0; i < count && ok; i++)
        ok = tail_resume(r->tail, &positions[i], &fault);
    for (; count == 0 && *paths != NULL && ok; r->count++)
        ok = tail_add(r->tail, *paths++, TAIL_FROM_START, &fault);
    if (!ok)
        fail(&fault);
    r->count = count > 0 ? count : r->count;
    r->pending = arena_array(&r->arena, r->count, sizeof(*r->pending));
    if (count > 0) {
        r->lines = positions[0].line;
        memcpy(&r->out_n, blob.p, sizeof(r->out_n));
    }
    if (out != NULL && ((r->out = open(out, O_WRONLY | O_CREAT | O_APPEND, 0644)) < 0 ||
                        ftruncate(r->out, r->out_n) != 0))
        exit(1);
}

int main(int argc, char **argv)
{
    static struct reader reader = {.out = -1};
    struct rusage usage;
    const char *out = NULL;
    int option;
    while ((option = getopt(argc, argv, "o:s:")) != -1) {
        if (option == 'o')
            out = optarg;
        else if (option == 's')
            reader.state = optarg;
        else
            return 2;
    }
    arena_init(&reader.arena, NULL);
    begin(&reader, out, argv + optind);
    if (out == NULL)
        reader.latency_us = arena_array(&reader.arena, MAX_LINES, sizeof(*reader.latency_us));
    (void)getrusage(RUSAGE_SELF, &usage);
    follow(&reader);
    if (reader.state != NULL)
        save(&reader);
    report(&reader, &usage);
    tail_close(reader.tail);
    arena_free(&reader.arena);
    return 0;
}
