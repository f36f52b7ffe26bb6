/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/screen.h"

#include <string.h>

enum { ERASED = 25 };

static const char pager[] = "-Press Any Key For More-";

/* A scalar value as UTF-8; returns the number of bytes. */
static size_t put_utf8(char *out, uint32_t point)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t n = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n - 1; i > 0; i--, point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3f));
    out[0] = (char)(lead[n] | point);
    return n;
}

static struct span from_utf16(struct arena *arena, struct span bytes, bool big)
{
    char *out = arena_array(arena, bytes.n / 2 + 1, 3);
    size_t used = 0;
    for (size_t i = 0; i + 1 < bytes.n; i += 2) {
        const unsigned char *p = (const unsigned char *)bytes.p + i;
        uint32_t unit = big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
        if (unit >= 0xd800 && unit < 0xdc00 && i + 3 < bytes.n) {
            uint32_t low = big ? (uint32_t)p[2] << 8 | p[3] : (uint32_t)p[3] << 8 | p[2];
            if (low >= 0xdc00 && low < 0xe000) {
                used += put_utf8(out + used, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
                i += 2;
                continue;
            }
        }
        used += put_utf8(out + used, unit >= 0xd800 && unit < 0xe000 ? 0xfffd : unit);
    }
    return (struct span){out, used};
}

/*
 * Without byte order mark, and as UTF-8 when it was UTF-16: what Windows writes for "Unicode", with
 * or without the mark. Other encodings pass as they are.
 */
static struct span decoded(struct arena *arena, struct span bytes)
{
    if (text_starts(bytes, "\xef\xbb\xbf"))
        return text_skip(bytes, 3);
    if (text_starts(bytes, "\xff\xfe") || text_starts(bytes, "\xfe\xff"))
        return from_utf16(arena, text_skip(bytes, 2), bytes.p[0] == '\xfe');
    if (bytes.n >= 4 && (bytes.p[0] == 0) != (bytes.p[1] == 0) &&
        (bytes.p[0] == 0) == (bytes.p[2] == 0) && (bytes.p[1] == 0) == (bytes.p[3] == 0))
        return from_utf16(arena, bytes, bytes.p[0] == 0);
    return bytes;
}

struct writer {
    struct arena *arena;
    struct screen *screen;
    char *out;       /* room for all bytes */
    size_t start;    /* of the line being written, in OUT */
    size_t column;   /* from START */
    size_t length;   /* from START */
    unsigned number; /* of that line in the document */
};

/*
 * Cuts the pager's text out of a line, with the blanks that erased it in case their CR is lost: the
 * appliance sends CR, 25 blanks, CR (V).
 */
static size_t without_pager(char *line, size_t length)
{
    struct span rest = {line, length};
    size_t used = 0;
    for (;;) {
        ptrdiff_t at = text_find(rest, pager);
        size_t keep = at < 0 ? rest.n : (size_t)at;
        memmove(line + used, rest.p, keep);
        used += keep;
        if (at < 0)
            return used;
        rest = text_skip(rest, keep + strlen(pager));
        for (int i = 0; i < ERASED && text_starts(rest, " "); i++)
            rest = text_skip(rest, 1);
    }
}

/* ENDED by a line feed, or by a bare CR: then what is blank was only there to erase something. */
static void finish_line(struct writer *s, bool ended)
{
    char *line = s->out + s->start;
    size_t length = s->length == 0 ? 0 : without_pager(line, s->length);
    bool blank = text_trim((struct span){line, length}).n == 0;
    if (!blank || (ended && length == s->length)) {
        struct screen *screen = s->screen;
        screen->lines = arena_push(s->arena, screen->lines, screen->count, sizeof(*screen->lines));
        screen->lines[screen->count++] = (struct screen_line){{line, length}, s->number};
    }
    s->start += s->length;
    s->column = s->length = 0;
}

/* Behind the escape sequence that begins at I: CSI, OSC, or one of two or three bytes. */
static size_t escape_end(struct span bytes, size_t i)
{
    static const char terminators[] = "\a\n\033";
    i++;
    if (i >= bytes.n || bytes.p[i] == '\n')
        return i;
    char kind = bytes.p[i++];
    if (kind == '[') {
        while (i < bytes.n && bytes.p[i] >= ' ' && bytes.p[i] < '@')
            i++;
        return i < bytes.n && bytes.p[i] >= '@' ? i + 1 : i;
    }
    if (kind == ']') {
        while (i < bytes.n && memchr(terminators, bytes.p[i], 3) == NULL)
            i++;
        return i < bytes.n && bytes.p[i] == '\a' ? i + 1 : i;
    }
    bool two = kind >= ' ' && kind < '0';
    return two && i < bytes.n && bytes.p[i] >= '0' ? i + 1 : i;
}

static void put(struct writer *s, char c)
{
    if (s->column >= SCREEN_MAX_LINE) {
        s->screen->too_long = true;
        return;
    }
    s->out[s->start + s->column++] = c;
    if (s->length < s->column)
        s->length = s->column;
}

/* Bytes from I on that are shown as they are, as many as the line has room for. */
static size_t plain_run(const struct writer *s, struct span bytes, size_t i)
{
    return text_plain(text_head(text_skip(bytes, i), SCREEN_MAX_LINE - s->column));
}

static void put_run(struct writer *s, const char *bytes, size_t n)
{
    memcpy(s->out + s->start + s->column, bytes, n);
    s->column += n;
    if (s->length < s->column)
        s->length = s->column;
}

/*
 * What a terminal would show, line by line. A CR inside a line does not overwrite: it starts
 * another line, so that nothing can hide text. Backspaces do what they did on the screen.
 */
static void read_lines(struct writer *s, struct span bytes)
{
    bool returned = false; /* CR seen; only with something other than LF behind it it matters */
    for (size_t i = 0; i < bytes.n && s->screen->count < SCREEN_MAX_LINES;) {
        char c = bytes.p[i];
        const size_t run = plain_run(s, bytes, i);
        if (run > 0) {
            if (returned)
                finish_line(s, false);
            returned = false;
            put_run(s, bytes.p + i, run);
            i += run;
            continue;
        }
        if (c == '\n') {
            finish_line(s, true);
            s->number++;
        } else if (c != '\r' && returned) {
            finish_line(s, false);
        }
        returned = c == '\r';
        if (c == '\033') {
            i = escape_end(bytes, i);
            continue;
        }
        if (c == '\b' && s->column > 0) {
            s->column--;
        } else if (c == '\xc2' && i + 1 < bytes.n && bytes.p[i + 1] == '\xa0') {
            put(s, ' '); /* the no-break space of text copied from a web page */
            i++;
        } else if (c == '\t' || (unsigned char)c >= ' ') {
            if (c != '\x7f')
                put(s, c);
        }
        i++;
    }
    if (s->screen->count >= SCREEN_MAX_LINES)
        s->screen->too_long = true;
    else if (s->length > 0)
        finish_line(s, true);
}

bool screen_read(struct arena *arena, struct span bytes, struct screen *screen)
{
    *screen = (struct screen){.lines = NULL};
    bytes = decoded(arena, bytes);
    if (bytes.n == 0 || memchr(bytes.p, '\0', bytes.n) != NULL)
        return bytes.n == 0;
    struct writer writer = {
        .arena = arena, .screen = screen, .out = arena_alloc(arena, bytes.n), .number = 1};
    read_lines(&writer, bytes);
    char last = bytes.p[bytes.n - 1];
    screen->last_line_open = last != '\n' && last != '\r';
    return true;
}
