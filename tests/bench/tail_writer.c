/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * tail_writer PATH RATE LINES [rename N | truncate N | pipe]: a logger. Writes LINES lines of 93
 * bytes, RATE in a second, each with one write(): its number from 1, CLOCK_MONOTONIC in
 * nanoseconds, filling; the last line is "end". Within that N times, evenly spread,
 *   rename    PATH becomes STEM.@NUMBER.s as AsyncOS does it; the old descriptor is kept for 5 ms
 *             and written to, and the new file is there at once, or only then
 *   truncate  PATH is copied to PATH.1 and emptied
 * With rename every seventh write is half a line, its rest comes with the next. With "pipe" the
 * lines go to standard output.
 */

#define _GNU_SOURCE

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 93, LINGER_NS = 5000000 };

struct writer {
    const char *path;
    int fd;
    int64_t rate, lines, rotations;
    bool rename, truncate;
    char held[LINE]; /* second half of a line */
    size_t held_n;
    int64_t reopen_ns; /* when the new file is written to; 0 = it is */
    int64_t rotated;
};

static int64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void put(int fd, const char *bytes, size_t n)
{
    if (write(fd, bytes, n) != (ssize_t)n)
        fail("write");
}

static int open_log(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0)
        fail(path);
    return fd;
}

static void put_line(struct writer *w, int64_t number, bool halve)
{
    char line[LINE + 1];
    int n = snprintf(line, sizeof(line), "%lld %lld ", (long long)number, (long long)now_ns());
    memset(line + n, 'x', (size_t)(LINE - n - 1));
    line[LINE - 1] = '\n';
    if (number == w->lines)
        memcpy(line + LINE - 5, " end", 4);
    char both[2 * LINE];
    memcpy(both, w->held, w->held_n);
    memcpy(both + w->held_n, line, LINE);
    size_t all = w->held_n + LINE, now = halve ? all - LINE / 2 : all;
    put(w->fd, both, now);
    w->held_n = all - now;
    memcpy(w->held, both + now, w->held_n);
}

static void begin_rotation(struct writer *w)
{
    char name[4096];
    const char *dot = strrchr(w->path, '.');
    w->rotated++;
    (void)snprintf(name, sizeof(name), "%.*s.@%08lld.s", (int)(dot - w->path), w->path,
                   (long long)w->rotated);
    if (rename(w->path, name) != 0)
        fail(name);
    if (w->rotated % 2)
        (void)close(open_log(w->path));
    w->reopen_ns = now_ns() + LINGER_NS;
}

static void end_rotation(struct writer *w)
{
    put(w->fd, w->held, w->held_n);
    w->held_n = 0;
    (void)close(w->fd);
    w->fd = open_log(w->path);
    w->reopen_ns = 0;
}

static void copy_and_truncate(struct writer *w)
{
    char name[4096], buffer[65536];
    ssize_t n;
    w->rotated++;
    (void)snprintf(name, sizeof(name), "%s.1", w->path);
    (void)unlink(name);
    int from = open(w->path, O_RDONLY | O_CLOEXEC), to = open_log(name);
    while ((n = read(from, buffer, sizeof(buffer))) > 0)
        put(to, buffer, (size_t)n);
    (void)close(from);
    (void)close(to);
    if (ftruncate(w->fd, 0) != 0)
        fail("ftruncate");
}

static void wait_until(int64_t due_ns)
{
    const struct timespec t = {due_ns / 1000000000, due_ns % 1000000000};
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void write_lines(struct writer *w)
{
    const int64_t start = now_ns();
    for (int64_t i = 1; i <= w->lines; i++) {
        const int64_t due = start + (int64_t)((double)i * 1e9 / (double)w->rate);
        if (now_ns() < due)
            wait_until(due);
        if (w->reopen_ns != 0 && now_ns() >= w->reopen_ns)
            end_rotation(w);
        put_line(w, i, w->rename && i % 7 == 0 && i < w->lines);
        if (w->reopen_ns == 0 && w->rotated < w->rotations &&
            i >= (w->rotated + 1) * w->lines / (w->rotations + 1)) {
            if (w->rename)
                begin_rotation(w);
            else
                copy_and_truncate(w);
        }
    }
}

int main(int argc, char **argv)
{
    struct writer w = {.fd = STDOUT_FILENO};
    if (argc < 4)
        return 2;
    const char *mode = argc > 4 ? argv[4] : "";
    w.path = argv[1];
    w.rate = atoll(argv[2]);
    w.lines = atoll(argv[3]);
    w.rotations = argc > 5 ? atoll(argv[5]) : 0;
    w.rename = strcmp(mode, "rename") == 0;
    w.truncate = strcmp(mode, "truncate") == 0;
    if (w.rename && strchr(w.path, '.') == NULL)
        return 2;
    if (strcmp(mode, "pipe") != 0)
        w.fd = open_log(w.path);
    write_lines(&w);
    return close(w.fd) == 0 ? 0 : 1;
}
