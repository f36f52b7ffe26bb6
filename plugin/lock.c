/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "checks/result.h"
#include "checks/time.h"
#include "plugin/file.h"

enum { MAX_HOLDER = 200 };

/* What the other process wrote there; it may just be about to. */
static const char *holder(struct arena *arena, int fd)
{
    char text[MAX_HOLDER];
    size_t got = 0;
    if (!file_read_all(fd, text, sizeof(text), &got) || got == 0)
        return "another process";
    return result_clean(arena, text_trim((struct span){text, got}), MAX_HOLDER);
}

/* Only for people: who cannot write it has the lock all the same. */
static void sign(struct arena *arena, int fd, const char *who)
{
    char host[256] = "", since[32];
    (void)gethostname(host, sizeof(host) - 1);
    const char *text =
        arena_printf(arena, "%s, process %ld on %s, since %s\n", who, (long)getpid(), host,
                     time_print_utc((int64_t)time(NULL), since, sizeof(since)));
    if (ftruncate(fd, 0) == 0)
        (void)file_write_all(fd, text_of(text));
}

int lock_take(struct arena *arena, const char *path, const char *who, struct fault *fault)
{
    struct stat info;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (fd < 0) {
        (void)fault_set(fault, FAULT_INTERNAL, path, 0, "cannot be written: %s", strerror(errno));
        return -1;
    }
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        (void)fault_set(fault, FAULT_INTERNAL, path, 0, "is not a regular file");
    } else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            (void)fault_set(fault, FAULT_BUSY, path, 0, "is held by %s: nobody was asked",
                            holder(arena, fd));
        else
            (void)fault_set(fault, FAULT_INTERNAL, path, 0, "cannot be locked: %s",
                            strerror(errno));
    } else {
        sign(arena, fd, who);
        return fd;
    }
    (void)close(fd);
    return -1;
}

void lock_release(int lock)
{
    if (lock >= 0)
        (void)close(lock);
}
