/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/tail/magic.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* Each is too strange to begin a line of a log. */
static const struct {
    enum magic magic;
    unsigned char at, n;
    unsigned char bytes[6];
} rows[] = {
    {MAGIC_PACKED, 0, 3, {0x1f, 0x8b, 8}},
    {MAGIC_PACKED, 0, 6, {0xfd, '7', 'z', 'X', 'Z', 0}},
    {MAGIC_PACKED, 0, 4, {0x28, 0xb5, 0x2f, 0xfd}},
    {MAGIC_PACKED, 4, 6, {0x31, 0x41, 0x59, 0x26, 0x53, 0x59}}, /* bzip2: "BZh9", then pi */
    {MAGIC_PACKED, 4, 6, {0x17, 0x72, 0x45, 0x38, 0x50, 0x90}}, /* an empty one: its root */
    {MAGIC_ARCHIVE, 0, 4, {'P', 'K', 3, 4}},
    {MAGIC_ARCHIVE, 0, 4, {'P', 'K', 5, 6}},
};

enum magic magic_of(int fd)
{
    unsigned char head[265] = {0};
    ssize_t n = pread(fd, head, sizeof(head), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (n >= rows[i].at + rows[i].n && memcmp(head + rows[i].at, rows[i].bytes, rows[i].n) == 0)
            return rows[i].magic;
    /* "ustar" and a NUL, as POSIX has it, or two blanks before it: a line of a log has none. */
    if (n == sizeof(head) && memcmp(head + 257, "ustar", 5) == 0 &&
        (head[262] == '\0' || head[264] == '\0'))
        return MAGIC_ARCHIVE;
    return MAGIC_PLAIN;
}
