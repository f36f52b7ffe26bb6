/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/tail/gunzip.h"

#include <limits.h>
#include <string.h>

#define ZLIB_CONST /* next_in may point to what must not be written */
#include <zlib.h>

enum { WINDOW = 15 + 16 }; /* of zlib: the largest; with the header and trailer of gzip */

struct gunzip {
    const char *path;
    gunzip_more *more;
    void *context;
    z_stream stream;
    bool between; /* behind a member, before the next one */
    bool ended;
    struct fault fault; /* to be told when all is given; FAULT_NONE: all is whole */
};

struct gunzip *gunzip_open(struct arena *arena, const char *path, gunzip_more *more, void *context)
{
    struct gunzip *g = arena_alloc(arena, sizeof(*g));
    *g = (struct gunzip){.path = path, .more = more, .context = context};
    return inflateInit2(&g->stream, WINDOW) == Z_OK ? g : NULL;
}

void gunzip_close(struct gunzip *g)
{
    (void)inflateEnd(&g->stream);
}

/* What inflate() says of bytes that it cannot take. Always false. */
static bool spoilt(struct gunzip *g, int code)
{
    const char *why = g->stream.msg != NULL ? g->stream.msg : "no form of gzip";
    g->ended = true;
    if (code == Z_MEM_ERROR)
        return fault_set(&g->fault, FAULT_TOO_BIG, g->path, 0, "cannot be unpacked: out of memory");
    if (strcmp(why, "incorrect data check") == 0 || strcmp(why, "incorrect length check") == 0)
        return fault_set(&g->fault, FAULT_SYNTAX, g->path, 0,
                         "is damaged: its checksum is wrong, so some of what was read is not what "
                         "was packed; copy the file again");
    return fault_set(&g->fault, FAULT_SYNTAX, g->path, 0,
                     "is damaged: %s; what is before was read, what is behind was not; copy the "
                     "file again",
                     why);
}

/* The next piece of the file. False: there is none. */
static bool fill(struct gunzip *g)
{
    const void *bytes = NULL;
    const ssize_t n = g->more(g->context, &bytes, &g->fault);
    if (n > 0) {
        g->stream.next_in = bytes;
        g->stream.avail_in = (uInt)n;
        return true;
    }
    g->ended = true;
    return n == 0 && !g->between &&
           fault_set(&g->fault, FAULT_CUT, g->path, 0,
                     "ends early: it is cut off, and what can be unpacked of it was read; copy the "
                     "file again for the rest");
}

/* Where a member has ended: another one, or zeros that fill a block. False: something else. */
static bool pass_filling(struct gunzip *g)
{
    while (g->stream.avail_in > 0 && *g->stream.next_in == 0) {
        g->stream.next_in++;
        g->stream.avail_in--;
    }
    if (g->stream.avail_in == 0)
        return true;
    g->between = false;
    if (*g->stream.next_in == 0x1f)
        return true;
    g->ended = true;
    return fault_set(&g->fault, FAULT_SYNTAX, g->path, 0,
                     "goes on with bytes that are no gzip: they were not read");
}

ssize_t gunzip_read(struct gunzip *g, void *buffer, size_t size, struct fault *fault)
{
    const uInt room = size < UINT_MAX ? (uInt)size : UINT_MAX;
    g->stream.next_out = buffer;
    g->stream.avail_out = room;
    while (!g->ended && g->stream.avail_out == room) {
        if (g->between && !pass_filling(g))
            break;
        const int code = g->between ? Z_BUF_ERROR : inflate(&g->stream, Z_NO_FLUSH);
        if (code == Z_STREAM_END) {
            g->between = true;
            (void)inflateReset(&g->stream);
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            (void)spoilt(g, code);
        } else if (g->stream.avail_out == room && g->stream.avail_in == 0) {
            (void)fill(g);
        }
    }
    if (g->stream.avail_out < room)
        return (ssize_t)(room - g->stream.avail_out);
    if (g->fault.kind == FAULT_NONE)
        return 0;
    *fault = g->fault;
    return -1;
}
