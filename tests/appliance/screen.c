/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/appliance/screen.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 10, WRAP = 80, DRIP_MS = 50, CUT = 20, ERASE = 25, CTRL_C = 3, CTRL_D = 4 };

static const char more[] = "-Press Any Key For More-";

struct screen screen_of(struct session_channel *channel)
{
    return (struct screen){.channel = channel, .cut = -1};
}

void screen_begin(struct screen *screen, const char *id)
{
    const struct session_channel *channel = screen->channel;
    struct sim *sim = session_sim(channel);
    const struct sim_node *node = session_node(channel);
    int64_t value;
    screen->interrupted = false;
    screen->lines = 0;
    screen->columns = channel->pty ? channel->columns : 0;
    screen->page = channel->pty && channel->rows > 1 && id != NULL ? channel->rows - 1 : 0;
    screen->drip_ms = 0;
    screen->cut = -1;
    if (id == NULL)
        return;
    if (sim_fault(sim, node, id, "pager", PAGE, &value) && channel->pty)
        screen->page = (int)value;
    if (sim_fault(sim, node, id, "wrap", WRAP, &value))
        screen->columns = (int)value;
    if (sim_fault(sim, node, id, "drip", DRIP_MS, &value))
        screen->drip_ms = value;
    if (sim_fault(sim, node, id, "cut", CUT, &value))
        screen->cut = value;
}

bool screen_wait(struct screen *screen, int ms)
{
    if (session_interrupted(screen->channel, ms))
        screen->interrupted = true;
    return !screen->interrupted && session_is_open(screen->channel);
}

bool screen_raw(struct screen *screen, struct span bytes)
{
    while (bytes.n > 0 && session_is_open(screen->channel) && !screen->interrupted) {
        size_t n = screen->drip_ms > 0 ? 1 : bytes.n;
        if (screen->cut >= 0 && (int64_t)n > screen->cut)
            n = (size_t)screen->cut;
        if (n > 0 && !session_write(screen->channel, bytes.p, n))
            return false;
        bytes = text_skip(bytes, n);
        if (screen->cut >= 0 && (screen->cut -= (int64_t)n) <= 0) {
            session_cut(screen->channel, "cut");
            return false;
        }
        if (screen->drip_ms > 0)
            (void)screen_wait(screen, (int)screen->drip_ms);
    }
    return bytes.n == 0 && session_is_open(screen->channel) && !screen->interrupted;
}

/* Stops at the end of a page: any key goes on, and the appliance erases its text (V). */
static bool next_page(struct screen *screen)
{
    char erase[ERASE + 2];
    if (screen->page == 0 || ++screen->lines < screen->page)
        return true;
    screen->lines = 0;
    if (!screen_raw(screen, text_of(more)))
        return false;
    const int key = session_read(screen->channel, -1);
    if (key < 0 || key == CTRL_C) {
        screen->interrupted = key == CTRL_C;
        return false;
    }
    memset(erase, ' ', sizeof(erase));
    erase[0] = erase[sizeof(erase) - 1] = '\r';
    return screen_raw(screen, (struct span){erase, sizeof(erase)});
}

/* How many bytes of LINE fit; *SKIP is the blank at which it is broken. */
static size_t fitting(const struct screen *screen, struct span line, size_t *skip)
{
    const size_t columns = screen->columns > 0 ? (size_t)screen->columns : line.n;
    *skip = 0;
    if (line.n <= columns)
        return line.n;
    for (size_t i = columns; i > 0; i--)
        if (line.p[i] == ' ' && text_trim(text_head(line, i)).n > 0) {
            *skip = 1;
            return i;
        }
    return columns;
}

/* One line of the text, in as many lines of the terminal as it needs. */
static bool write_line(struct screen *screen, struct span line, bool ended)
{
    const char *end = screen->channel->pty ? "\r\n" : "\n";
    do {
        size_t skip;
        const size_t n = fitting(screen, line, &skip);
        const bool whole = n + skip >= line.n;
        if (!screen_raw(screen, text_head(line, n)))
            return false;
        line = text_skip(line, n + skip);
        if ((ended || !whole) && !screen_raw(screen, text_of(end)))
            return false;
        if ((ended || !whole) && !next_page(screen))
            return false;
    } while (line.n > 0);
    return true;
}

/* Nothing to wrap, stop or spoil: all at once, which keeps a thousand sessions cheap. */
static bool write_plain(struct screen *screen, struct span text)
{
    char *out = malloc(2 * text.n + 1);
    size_t n = 0;
    if (out == NULL)
        abort();
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\n' && screen->channel->pty)
            out[n++] = '\r';
        out[n++] = text.p[i];
    }
    const bool done = screen_raw(screen, (struct span){out, n});
    free(out);
    return done;
}

static bool is_plain(const struct screen *screen, struct span text)
{
    size_t lines = 0, longest = 0, at = 0;
    for (size_t i = 0; i < text.n; i++, at++) {
        if (text.p[i] != '\n')
            continue;
        longest = at > longest ? at : longest;
        at = 0;
        lines++;
    }
    longest = at > longest ? at : longest;
    return (screen->columns == 0 || longest <= (size_t)screen->columns) &&
           (screen->page == 0 || lines + (size_t)screen->lines < (size_t)screen->page);
}

bool screen_write(struct screen *screen, struct span text)
{
    if (is_plain(screen, text)) {
        for (size_t i = 0; i < text.n; i++)
            screen->lines += text.p[i] == '\n';
        return write_plain(screen, text);
    }
    while (text.n > 0) {
        struct span line;
        const bool ended = text_cut(text, '\n', &line, &text);
        if (!write_line(screen, line, ended))
            return false;
    }
    return true;
}

bool screen_print(struct screen *screen, const char *text)
{
    return screen_write(screen, text_of(text));
}

static void echo(const struct screen *screen, const char *bytes, size_t n)
{
    if (screen->channel->pty)
        (void)session_write(screen->channel, bytes, n);
}

/*
 * Characters that arrived together are echoed together, as by a terminal driver.
 */
bool screen_line(struct screen *screen, char *line, size_t size)
{
    struct session_channel *channel = screen->channel;
    size_t n = 0, echoed = 0;
    for (;;) {
        if (channel->used == channel->n && n > echoed) {
            echo(screen, line + echoed, n - echoed);
            echoed = n;
        }
        const int c = session_read(channel, -1);
        const bool return_before = screen->after_return;
        screen->after_return = c == '\r';
        if (c == '\n' && return_before && n == 0)
            continue;
        if (c < 0 || c == CTRL_C || (c == CTRL_D && n == 0)) {
            screen->interrupted = c == CTRL_C;
            return false;
        }
        if (c == '\r' || c == '\n') {
            line[n] = '\0';
            echo(screen, line + echoed, n - echoed);
            echo(screen, "\r\n", 2);
            return true;
        }
        if ((c == 8 || c == 127) && n > 0) {
            echo(screen, line + echoed, n - echoed);
            echo(screen, "\b \b", 3);
            echoed = --n;
        } else if (c >= ' ' && n + 1 < size) {
            line[n++] = (char)c;
        }
    }
}
