/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/maillog/screen.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void screen_begin(struct screen *screen, FILE *out)
{
    *screen = (struct screen){.out = out, .on = true};
    if (isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &screen->old) == 0) {
        struct termios raw = screen->old;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        screen->keys = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
    }
    (void)fputs("\033[?1049h\033[?25l\033[H\033[2J", out);
    (void)fflush(out);
}

FILE *screen_page(struct screen *screen)
{
    free(screen->text);
    screen->text = NULL;
    screen->n = 0;
    return open_memstream(&screen->text, &screen->n);
}

/* Bytes of the first COLUMNS characters of the N bytes at P, which are clean UTF-8. */
static size_t cut(const char *p, size_t n, size_t columns)
{
    size_t bytes = 0;
    while (bytes < n && ((p[bytes] & 0xc0) == 0x80 || columns-- > 0))
        bytes++;
    return bytes;
}

void screen_show(struct screen *screen, FILE *page)
{
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    if (fclose(page) != 0 || screen->text == NULL)
        return;
    (void)ioctl(fileno(screen->out), TIOCGWINSZ, &size);
    size_t rows = size.ws_row > 1 ? size.ws_row : 24, row = 0;
    size_t columns = size.ws_col > 0 ? size.ws_col : 80;
    const char *p = screen->text, *end = p + screen->n;
    /* One write, and no screen cleared in between: nothing flickers. */
    (void)fputs("\033[H", screen->out);
    for (; p < end && row < rows - 1; row++) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t n = stop != NULL ? (size_t)(stop - p) : (size_t)(end - p);
        (void)fwrite(p, 1, cut(p, n, columns), screen->out);
        (void)fputs("\033[K\r\n", screen->out);
        p += n + (stop != NULL);
    }
    (void)fprintf(screen->out, "%s\033[K\033[J", p < end ? "q: end, and show all of it" : "q: end");
    (void)fflush(screen->out);
}

bool screen_quit(const struct screen *screen)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char key = 0;
    while (screen->keys && poll(&input, 1, 0) > 0) {
        ssize_t n = read(STDIN_FILENO, &key, 1);
        if (n <= 0)
            return n == 0 || errno != EINTR; /* the terminal is gone */
        if (key == 'q' || key == 'Q' || key == 4)
            return true;
    }
    return false;
}

void screen_end(struct screen *screen)
{
    if (!screen->on)
        return;
    screen->on = false;
    if (screen->keys)
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &screen->old);
    (void)fputs("\033[?25h\033[?1049l", screen->out);
    (void)fflush(screen->out);
    free(screen->text);
    screen->text = NULL;
}
