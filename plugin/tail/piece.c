/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* statx, preadv, SEEK_DATA */
#include "plugin/tail/piece.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

uint64_t piece_hash(uint64_t seed, const void *bytes, size_t n)
{
    uint64_t hash = seed ^ 0xcbf29ce484222325;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3;
    return hash ^ 0xcbf29ce484222325;
}

static int64_t nanoseconds(struct statx_timestamp t)
{
    return t.tv_sec * 1000000000 + t.tv_nsec;
}

bool piece_identify(struct piece *piece, int folder, const char *name)
{
    struct statx info;
    int flags = *name == '\0' ? AT_EMPTY_PATH : 0;
    *piece = PIECE_NONE;
    if (statx(folder, name, flags, STATX_BASIC_STATS | STATX_BTIME, &info) != 0)
        return false;
    piece->device = makedev(info.stx_dev_major, info.stx_dev_minor);
    piece->inode = info.stx_ino;
    piece->born_ns = nanoseconds(info.stx_mask & STATX_BTIME ? info.stx_btime : info.stx_mtime);
    errno = EINVAL;
    return S_ISREG(info.stx_mode);
}

bool piece_open(struct piece *piece, int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    *piece = PIECE_NONE;
    if (fd < 0)
        return false;
    if (!piece_identify(piece, fd, "")) {
        int why = errno;
        (void)close(fd);
        errno = why;
        return false;
    }
    piece->fd = fd;
    return true;
}

void piece_close(struct piece *piece)
{
    if (piece->fd >= 0)
        (void)close(piece->fd);
    *piece = PIECE_NONE;
}

/* BYTES lie at the offset and were read. */
static void advance(struct piece *piece, const char *bytes, size_t n)
{
    if (piece->head_n < PIECE_HEAD) {
        size_t more = n < PIECE_HEAD - piece->head_n ? n : PIECE_HEAD - piece->head_n;
        piece->head = piece_hash(piece->head, bytes, more);
        piece->head_n += (uint32_t)more;
    }
    size_t fresh = n < PIECE_BEFORE ? n : PIECE_BEFORE;
    size_t kept = piece->before_n < PIECE_BEFORE - fresh ? piece->before_n : PIECE_BEFORE - fresh;
    memmove(piece->before, piece->before + piece->before_n - kept, kept);
    memcpy(piece->before + kept, bytes + n - fresh, fresh);
    piece->before_n = (uint32_t)(kept + fresh);
    piece->offset += (int64_t)n;
}

static void rewind_to_start(struct piece *piece)
{
    piece->offset = 0;
    piece->head = 0;
    piece->head_n = piece->before_n = 0;
}

/* All N bytes at OFFSET. */
static bool read_at(const struct piece *piece, void *buffer, size_t n, int64_t offset)
{
    for (size_t got = 0; got < n;) {
        ssize_t more = pread(piece->fd, (char *)buffer + got, n - got, offset + (off_t)got);
        if (more < 0 && errno == EINTR)
            continue;
        if (more <= 0)
            return false;
        got += (size_t)more;
    }
    return true;
}

bool piece_seek(struct piece *piece, int64_t offset)
{
    char bytes[PIECE_HEAD];
    size_t head = offset < PIECE_HEAD ? (size_t)offset : PIECE_HEAD;
    size_t before = offset < PIECE_BEFORE ? (size_t)offset : PIECE_BEFORE;
    rewind_to_start(piece);
    if (offset < 0 || !read_at(piece, bytes, head, 0))
        return false;
    advance(piece, bytes, head);
    if (!read_at(piece, piece->before, before, offset - (int64_t)before))
        return false;
    piece->before_n = (uint32_t)before;
    piece->offset = offset;
    return true;
}

void piece_restart(struct piece *piece)
{
    off_t first = lseek(piece->fd, 0, SEEK_DATA);
    if (first <= 0 || !piece_seek(piece, first))
        rewind_to_start(piece);
}

ssize_t piece_read(struct piece *piece, void *buffer, size_t size)
{
    char before[PIECE_BEFORE];
    const struct iovec parts[] = {{before, piece->before_n}, {buffer, size}};
    ssize_t n;
    do
        n = preadv(piece->fd, parts, 2, piece->offset - piece->before_n);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -1;
    if (n < (ssize_t)piece->before_n || memcmp(before, piece->before, piece->before_n) != 0)
        return PIECE_CHANGED;
    n -= (ssize_t)piece->before_n;
    advance(piece, buffer, (size_t)n);
    return n;
}

bool piece_has_head(const struct piece *piece)
{
    char bytes[PIECE_HEAD];
    return read_at(piece, bytes, piece->head_n, 0) &&
           piece_hash(0, bytes, piece->head_n) == piece->head;
}

bool piece_is(const struct piece *a, const struct piece *b)
{
    return a->device == b->device && a->inode == b->inode;
}

bool piece_is_torn(const struct piece *piece)
{
    return piece->before_n > 0 && piece->before[piece->before_n - 1] != '\n';
}

int64_t piece_settled_ms(const struct piece *piece)
{
    struct timespec now;
    struct stat info;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (fstat(piece->fd, &info) != 0)
        return 0;
    return (int64_t)(now.tv_sec - info.st_ctim.tv_sec) * 1000 +
           (now.tv_nsec - info.st_ctim.tv_nsec) / 1000000;
}

struct position piece_position(const struct piece *piece)
{
    return (struct position){.device = piece->device,
                             .inode = piece->inode,
                             .born_ns = piece->born_ns,
                             .offset = piece->offset,
                             .head = piece->head,
                             .head_n = piece->head_n,
                             .before = piece_hash(0, piece->before, piece->before_n),
                             .before_n = piece->before_n};
}

bool piece_resume(struct piece *piece, const struct position *position)
{
    const bool same = piece->device == position->device && piece->inode == position->inode;
    if (!same && position->head_n < PIECE_WEAK)
        return false;
    if (same && position->offset == 0 && piece->born_ns != position->born_ns)
        return false; /* nothing but its birth tells it from another of the same inode */
    return piece_seek(piece, position->offset) && piece->head_n == position->head_n &&
           piece->head == position->head && piece->before_n == position->before_n &&
           piece_hash(0, piece->before, piece->before_n) == position->before;
}
