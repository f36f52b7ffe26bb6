/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_read_all(int fd, void *buffer, size_t size, size_t *got)
{
    for (*got = 0; *got < size;) {
        ssize_t n = read(fd, (char *)buffer + *got, size - *got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            return true;
        *got += (size_t)n;
    }
    return true;
}

bool file_write_all(int fd, struct span bytes)
{
    while (bytes.n > 0) {
        ssize_t written = write(fd, bytes.p, bytes.n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes = text_skip(bytes, (size_t)written);
    }
    return true;
}

bool file_read(struct arena *arena, const char *path, size_t max, struct span *bytes,
               struct fault *fault)
{
    struct stat info;
    size_t got = 0;
    bool done = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return fault_set(fault, FAULT_NOT_CAPTURED, path, 0, "not captured");
    if (fd < 0)
        return fault_set(fault, FAULT_INTERNAL, path, 0, "cannot be opened: %s", strerror(errno));
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        (void)fault_set(fault, FAULT_INTERNAL, path, 0, "is not a regular file");
    } else if (info.st_size < 0 || (uintmax_t)info.st_size > max) {
        (void)fault_set(fault, FAULT_TOO_BIG, path, 0, "%lld bytes, the limit is %zu",
                        (long long)info.st_size, max);
    } else {
        char *buffer = arena_alloc(arena, (size_t)info.st_size + 1);
        done = file_read_all(fd, buffer, (size_t)info.st_size, &got);
        if (done)
            *bytes = (struct span){buffer, got};
        else
            (void)fault_set(fault, FAULT_INTERNAL, path, 0, "cannot be read: %s", strerror(errno));
    }
    (void)close(fd);
    return done;
}
