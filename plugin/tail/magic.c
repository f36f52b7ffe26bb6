/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* tee */
#include "plugin/tail/magic.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAIT_MS = 10 };

/* Each is too strange to begin a line of a log. */
static const struct {
    enum magic magic;
    unsigned char at, n;
    unsigned char bytes[6];
} rows[] = {
    {MAGIC_GZIP, 0, 3, {0x1f, 0x8b, 8}},
    {MAGIC_PACKED, 0, 6, {0xfd, '7', 'z', 'X', 'Z', 0}},
    {MAGIC_PACKED, 0, 4, {0x28, 0xb5, 0x2f, 0xfd}},
    {MAGIC_PACKED, 4, 6, {0x31, 0x41, 0x59, 0x26, 0x53, 0x59}}, /* bzip2: "BZh9", then pi */
    {MAGIC_PACKED, 4, 6, {0x17, 0x72, 0x45, 0x38, 0x50, 0x90}}, /* an empty one: its root */
    {MAGIC_ARCHIVE, 0, 4, {'P', 'K', 3, 4}},
    {MAGIC_ARCHIVE, 0, 4, {'P', 'K', 5, 6}},
};

enum magic magic_of_bytes(const void *bytes, size_t n, bool *open)
{
    const unsigned char *head = bytes;
    if (open != NULL)
        *open = n < MAGIC_BYTES;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (n >= (size_t)rows[i].at + rows[i].n &&
            memcmp(head + rows[i].at, rows[i].bytes, rows[i].n) == 0) {
            if (open != NULL)
                *open = false;
            return rows[i].magic;
        }
    /* "ustar" and a NUL, as POSIX has it, or two blanks before it: a line of a log has none. */
    if (n >= MAGIC_BYTES && memcmp(head + 257, "ustar", 5) == 0 &&
        (head[262] == '\0' || head[264] == '\0'))
        return MAGIC_ARCHIVE;
    return MAGIC_PLAIN;
}

/* ---- What is there already, left where it is ---- */

static ssize_t look_at_file(int fd, void *head)
{
    const off_t at = lseek(fd, 0, SEEK_CUR);
    return pread(fd, head, MAGIC_BYTES, at < 0 ? 0 : at);
}

static ssize_t look_at_pipe(int fd, void *head)
{
    int copy[2];
    if (pipe2(copy, O_CLOEXEC) != 0)
        return -1;
    ssize_t n = tee(fd, copy[1], MAGIC_BYTES, SPLICE_F_NONBLOCK);
    const int why = errno;
    if (n > 0)
        n = read(copy[0], head, MAGIC_BYTES);
    (void)close(copy[0]);
    (void)close(copy[1]);
    errno = why;
    return n;
}

static ssize_t look_at_socket(int fd, void *head)
{
    return recv(fd, head, MAGIC_BYTES, MSG_PEEK | MSG_DONTWAIT);
}

/* Until there is something (FIRST), or more, or there will be no more. False: a signal came. */
static bool wait_for_more(int fd, bool first, bool *ended)
{
    struct pollfd polled = {.fd = fd, .events = (short)(first ? POLLIN : POLLRDHUP)};
    const int got = poll(&polled, 1, first ? -1 : WAIT_MS);
    *ended = got > 0 && !first;
    return got >= 0;
}

enum magic magic_of(int fd)
{
    unsigned char head[MAGIC_BYTES];
    struct stat info;
    if (fstat(fd, &info) != 0)
        return MAGIC_PLAIN;
    const mode_t type = info.st_mode & (mode_t)S_IFMT;
    ssize_t (*look)(int, void *) = type == S_IFREG || type == S_IFBLK ? look_at_file
                                   : type == S_IFIFO                  ? look_at_pipe
                                   : type == S_IFSOCK                 ? look_at_socket
                                                                      : NULL;
    for (bool ended = look == look_at_file; look != NULL;) {
        bool open = false;
        const ssize_t n = look(fd, head);
        const bool none = n < 0 && errno == EAGAIN;
        if (n > 0) {
            const enum magic magic = magic_of_bytes(head, (size_t)n, &open);
            if (!open || ended)
                return magic;
        }
        if ((n <= 0 && !none) || !wait_for_more(fd, none, &ended))
            break;
    }
    return MAGIC_PLAIN;
}
