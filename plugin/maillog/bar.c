/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/maillog/bar.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_MS = 500, REDRAW_MS = 100, WIDTH = 40 };

static int64_t clock_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void bar_begin(struct bar *bar, bool wanted, uint64_t total)
{
    *bar = (struct bar){.on = wanted && isatty(STDERR_FILENO) != 0, .total = total};
    if (bar->on)
        bar->began_ms = bar->shown_ms = clock_ms();
}

static void draw(struct bar *bar, int64_t now_ms)
{
    double rate = (double)bar->done / 1e3 / (double)(now_ms - bar->began_ms + 1);
    char line[WIDTH + 1];
    if (bar->total == 0) {
        (void)fprintf(stderr, "\r  %.1f MB, %.0f MB/s   ", (double)bar->done / 1e6, rate);
    } else {
        uint64_t done = bar->done < bar->total ? bar->done : bar->total;
        double share = (double)done / (double)bar->total;
        (void)memset(line, '.', WIDTH);
        (void)memset(line, '#', (size_t)(share * WIDTH));
        line[WIDTH] = '\0';
        (void)fprintf(stderr, "\r  [%s] %3d %%, %.0f MB/s   ", line, (int)(share * 100), rate);
    }
    (void)fflush(stderr);
    bar->drawn = true;
    bar->shown_ms = now_ms;
}

void bar_add(struct bar *bar, uint64_t bytes)
{
    bar->done += bytes;
    if (!bar->on)
        return;
    int64_t now_ms = clock_ms();
    if (now_ms - bar->began_ms >= FIRST_MS && now_ms - bar->shown_ms >= REDRAW_MS)
        draw(bar, now_ms);
}

void bar_end(struct bar *bar)
{
    if (bar->drawn)
        (void)fprintf(stderr, "\r%76s\r", "");
    bar->drawn = false;
}
