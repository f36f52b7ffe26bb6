/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_TAIL_ROOM_H
#define TESTS_UNIT_TAIL_ROOM_H

/* For the tests of plugin/tail: a private folder with logs, and what a tail makes of them. */

#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "plugin/tail/tail.h"

enum { ROOM_BYTES = 512 * 1024, ROOM_FILES = 256, ROOM_WAIT_MS = 20000 };

static struct {
    char folder[64];
    struct tail *tail;
    char bytes[ROOM_BYTES]; /* what came: bytes, and events as <rotated torn lost> */
    size_t n, size;         /* of the buffer that is read into */
    int files[ROOM_FILES];
    size_t file_count;
} room;

static inline int64_t milliseconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline const char *path_of(const char *name)
{
    return arena_printf(&arena, "%s/%s", room.folder, name);
}

static inline void open_tail(void)
{
    room.tail = tail_open(&arena, &fault);
    assert_non_null(room.tail);
    room.n = 0;
    room.size = 64 * 1024;
}

static inline int enter(void **state)
{
    (void)snprintf(room.folder, sizeof(room.folder), "/tmp/test_tail.XXXXXX");
    int failed = set_up(state) + (mkdtemp(room.folder) == NULL);
    open_tail();
    return failed;
}

static inline int leave(void **state)
{
    tail_close(room.tail);
    for (size_t i = 0; i < room.file_count; i++)
        (void)close(room.files[i]);
    room.file_count = 0;
    pid_t child = fork();
    if (child == 0) {
        (void)execlp("rm", "rm", "-r", room.folder, (char *)NULL);
        _exit(1);
    }
    int status = -1;
    (void)waitpid(child, &status, 0);
    return status + tear_down(state);
}

#define with_room(test) cmocka_unit_test_setup_teardown(test, enter, leave)

/* FD is closed with the room. */
static inline void keep(int fd)
{
    assert_true(fd >= 0 && room.file_count < ROOM_FILES);
    room.files[room.file_count++] = fd;
}

static inline void write_to(int fd, const char *text)
{
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* Appends TEXT to NAME. Returns a descriptor that stays open only when TEXT is not empty. */
static inline int append(const char *name, const char *text)
{
    int fd = open(path_of(name), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    write_to(fd, text);
    if (*text == '\0')
        assert_int_equal(close(fd), 0);
    else
        keep(fd);
    return fd;
}

static inline void move(const char *from, const char *to)
{
    assert_int_equal(rename(path_of(from), path_of(to)), 0);
}

/* Until a new file gets another time than those before: the kernel's clock of files ticks. */
static inline void tick(void)
{
    struct stat before, after;
    const char *name = path_of("tick");
    assert_int_equal(close(open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)), 0);
    assert_int_equal(stat(name, &before), 0);
    do {
        assert_int_equal(unlink(name), 0);
        assert_int_equal(close(open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)), 0);
        assert_int_equal(stat(name, &after), 0);
    } while (after.st_mtim.tv_nsec == before.st_mtim.tv_nsec);
    assert_int_equal(unlink(name), 0);
}

static inline void follow(const char *name)
{
    assert_true(tail_add(room.tail, path_of(name), TAIL_FROM_START, &fault));
}

static inline void take_all(void)
{
    static const char *const words[] = {"data", "rotated", "truncated", "appeared", "gone", "end"};
    struct tail_chunk chunk;
    while (room.size <= ROOM_BYTES - 64 - room.n &&
           tail_next(room.tail, room.bytes + room.n, room.size, &chunk)) {
        room.n += chunk.n;
        if (chunk.event != TAIL_DATA)
            room.n += (size_t)snprintf(room.bytes + room.n, 64, "<%s%s%s>", words[chunk.event],
                                       chunk.torn ? " torn" : "", chunk.lost ? " lost" : "");
    }
    room.bytes[room.n] = '\0';
}

/* Until so many BYTES have come, or much too long. */
static inline void wait_for(size_t bytes)
{
    const int64_t start = milliseconds();
    take_all();
    while (room.n < bytes && milliseconds() - start < ROOM_WAIT_MS) {
        (void)tail_wait(room.tail, 100);
        take_all();
    }
}

static inline void unit_comes(const char *wanted, const char *file, int line)
{
    wait_for(strlen(wanted));
    if (strcmp(room.bytes, wanted) == 0)
        return;
    print_error("\"%s\" is not \"%s\"\n", room.bytes, wanted);
    _fail(file, line);
}
#define assert_comes(wanted) unit_comes(wanted, __FILE__, __LINE__)

#endif
