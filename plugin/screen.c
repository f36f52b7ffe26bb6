/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "plugin/file.h"

/* The other screen, no cursor, no wrapping: a line that is wider than it seemed stays one line. */
static const char enter[] = "\033[?1049h\033[?25l\033[?7l\033[H\033[2J";
static const char leave[] = "\033[0m\033[?7h\033[?25h\033[?1049l";

/* ---- giving the terminal back, whatever happens ---- */

static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
enum { CRASHES = sizeof(crashes) / sizeof(crashes[0]) };

/* What a handler can reach: the screen that is on, and of which process. */
static struct screen *volatile active;
static volatile pid_t owner;

static void give_back(void)
{
    struct screen *screen = active;
    if (screen == NULL || getpid() != owner)
        return;
    active = NULL;
    if (screen->keys)
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &screen->old);
    if (write(fileno(screen->out), leave, sizeof(leave) - 1) < 0)
        return; /* there is nobody to tell */
}

static void on_crash(int signal)
{
    give_back();
    (void)raise(signal); /* SA_RESETHAND: now it does what it does */
}

static void guard(void)
{
    static bool registered;
    struct sigaction action = {.sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND}, old;
    for (int i = 0; i < CRASHES; i++)
        if (sigaction(crashes[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
            (void)sigaction(crashes[i], &action, NULL); /* a sanitizer keeps its own */
    if (!registered)
        registered = atexit(give_back) == 0;
}

void screen_begin(struct screen *screen, FILE *out)
{
    *screen = (struct screen){.out = out, .on = true};
    if (isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &screen->old) == 0) {
        struct termios raw = screen->old;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        screen->keys = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
    }
    owner = getpid();
    active = screen;
    guard();
    (void)fputs(enter, out);
    (void)fflush(out);
}

void screen_end(struct screen *screen)
{
    if (!screen->on)
        return;
    screen->on = false;
    (void)fflush(screen->out);
    give_back();
    free(screen->text);
    free(screen->shown);
    screen->text = screen->shown = NULL;
}

/* ---- drawing ---- */

void screen_size(const struct screen *screen, size_t *rows, size_t *columns)
{
    struct winsize size = {.ws_row = 0};
    (void)ioctl(fileno(screen->out), TIOCGWINSZ, &size);
    *rows = size.ws_row > 1 ? size.ws_row : 24;
    *columns = size.ws_col > 0 ? size.ws_col : 80;
}

FILE *screen_page(struct screen *screen)
{
    free(screen->text);
    screen->text = NULL;
    screen->n = 0;
    return open_memstream(&screen->text, &screen->n);
}

/* Bytes of what fits into COLUMNS of the N bytes at P; *WIDTH is how many it takes. */
static size_t cut(const char *p, size_t n, size_t columns, size_t *width)
{
    size_t bytes = 0;
    *width = 0;
    while (bytes < n) {
        if (p[bytes] == '\033') { /* a colour takes no room */
            while (bytes < n && p[bytes] != 'm')
                bytes++;
            bytes += bytes < n;
        } else if ((p[bytes] & 0xc0) == 0x80) {
            bytes++;
        } else if (*width < columns) {
            bytes++;
            (*width)++;
        } else {
            break;
        }
    }
    return bytes;
}

/* What goes to the terminal, and beside it the lines as they then stand there. */
struct drawing {
    FILE *out, *lines;
    const char *old; /* of the lines; NULL: all is new */
    size_t row, columns;
};

static void draw_line(struct drawing *drawing, const char *p, size_t n)
{
    size_t width;
    size_t bytes = cut(p, n, drawing->columns, &width);
    const char *old = drawing->old;
    drawing->row++;
    (void)fwrite(p, 1, bytes, drawing->lines);
    (void)fputc('\0', drawing->lines);
    if (old != NULL)
        drawing->old = old + strlen(old) + 1;
    if (old != NULL && strlen(old) == bytes && memcmp(old, p, bytes) == 0)
        return;
    (void)fprintf(drawing->out, "\033[%zu;1H", drawing->row);
    (void)fwrite(p, 1, bytes, drawing->out);
    /* In the last column that would wipe what was just written there. */
    (void)fputs(width < drawing->columns ? "\033[0m\033[K" : "\033[0m", drawing->out);
}

void screen_show(struct screen *screen, FILE *page, const char *bottom, const char *cut_bottom)
{
    struct drawing drawing = {.old = screen->shown};
    char *bytes = NULL, *lines = NULL;
    size_t n = 0, line_bytes = 0, rows;
    if (fclose(page) != 0 || screen->text == NULL)
        return;
    screen_size(screen, &rows, &drawing.columns);
    if (rows != screen->rows || drawing.columns != screen->columns)
        drawing.old = NULL;
    drawing.out = open_memstream(&bytes, &n);
    drawing.lines = open_memstream(&lines, &line_bytes);
    const char *p = screen->text, *end = p + screen->n;
    while (drawing.out != NULL && drawing.lines != NULL && drawing.row + 1 < rows) {
        const char *stop = p < end ? memchr(p, '\n', (size_t)(end - p)) : end;
        stop = stop == NULL ? end : stop;
        draw_line(&drawing, p, (size_t)(stop - p));
        p = stop < end ? stop + 1 : end;
    }
    if (drawing.out != NULL && drawing.lines != NULL)
        draw_line(&drawing, p < end ? cut_bottom : bottom, strlen(p < end ? cut_bottom : bottom));
    bool good = drawing.out != NULL && fclose(drawing.out) == 0;
    good = drawing.lines != NULL && fclose(drawing.lines) == 0 && good;
    if (good && n > 0 && fflush(screen->out) == 0)
        (void)file_write_all(fileno(screen->out), (struct span){bytes, n});
    free(bytes);
    free(screen->shown);
    screen->shown = good ? lines : NULL;
    if (!good)
        free(lines);
    screen->rows = rows;
    screen->columns = drawing.columns;
}

/* ---- keys ---- */

/* A byte that is there, or -1; 0x100 when the terminal is gone. */
static int next_byte(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    unsigned char byte = 0;
    if (poll(&input, 1, 0) <= 0)
        return -1;
    ssize_t n = read(STDIN_FILENO, &byte, 1);
    return n == 1 ? byte : n < 0 && errno == EINTR ? -1 : SCREEN_GONE;
}

/* ESC [ A and the like; one that is not known is nothing. */
static int read_sequence(void)
{
    int kind = next_byte(), byte = kind < 0 ? -1 : next_byte(), number = 0;
    if (kind != '[' && kind != 'O')
        return SCREEN_NONE;
    for (; byte >= '0' && byte <= ';'; byte = next_byte())
        number = byte <= '9' && number < 100 ? number * 10 + byte - '0' : 100;
    switch (byte) {
    case 'A':
        return SCREEN_UP;
    case 'B':
        return SCREEN_DOWN;
    case 'H':
        return SCREEN_HOME;
    case 'F':
        return SCREEN_END;
    case '~':
        return number == 5                  ? SCREEN_PAGE_UP
               : number == 6                ? SCREEN_PAGE_DOWN
               : number == 1 || number == 7 ? SCREEN_HOME
               : number == 4 || number == 8 ? SCREEN_END
                                            : SCREEN_NONE;
    default:
        return SCREEN_NONE;
    }
}

int screen_key(struct screen *screen)
{
    int byte = screen->keys ? next_byte() : -1;
    if (byte == 4)
        return SCREEN_GONE;
    return byte < 0 ? SCREEN_NONE : byte == '\033' ? read_sequence() : byte;
}

bool screen_quit(struct screen *screen)
{
    for (int key; (key = screen_key(screen)) != SCREEN_NONE;)
        if (key == 'q' || key == 'Q' || key == SCREEN_GONE)
            return true;
    return false;
}
