/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { REDRAW_MS = 100, BURST = 500, WIDTH = 77, BAR = 20 };

void progress_begin(struct progress *progress, bool wanted)
{
    *progress = (struct progress){.on = wanted && isatty(STDERR_FILENO) != 0};
}

static void draw(struct progress *progress, const char *line)
{
    size_t width = strlen(line) < WIDTH ? strlen(line) : WIDTH;
    (void)fprintf(stderr, "\r%-*.*s", (int)(width > progress->width ? width : progress->width),
                  (int)width, line);
    (void)fflush(stderr);
    progress->width = width;
}

void progress_note(struct progress *progress, const char *line)
{
    if (progress->on)
        draw(progress, line);
}

void progress_step(struct progress *progress, const char *node, const char *step)
{
    struct timespec now;
    char line[200], bar[BAR + 1] = {0};
    if (!progress->on)
        return;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    if (progress->width > 0 && now_ms - progress->shown_ms < REDRAW_MS &&
        progress->spent++ >= BURST)
        return;
    progress->shown_ms = now_ms;
    if (progress->total == 0) { /* the first one is told when it is done */
        (void)snprintf(line, sizeof(line), "asking %.60s: %.60s", node, step);
    } else {
        for (size_t i = 0; i < BAR; i++)
            bar[i] = i * progress->total < BAR * progress->done ? '#' : '.';
        (void)snprintf(line, sizeof(line), "[%s] %zu of %zu appliances, %.40s: %.60s", bar,
                       progress->done, progress->total, node, step);
    }
    draw(progress, line);
}

void progress_done(struct progress *progress, size_t done, size_t total)
{
    progress->done = done;
    progress->total = total;
}

void progress_end(struct progress *progress)
{
    if (progress->on && progress->width > 0)
        (void)fprintf(stderr, "\r%*s\r", (int)progress->width + 2, ""); /* and of a "^C" */
    progress->width = 0;
}
