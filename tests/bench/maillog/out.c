/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/maillog/out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 1 << 20, LONGEST = 1 << 19 };

static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct date {
    int year;
    unsigned month, day, weekday, h, m, s; /* month 0 to 11, Sunday 0 */
};

static struct date date_of(int64_t second)
{
    static const unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days = second / 86400;
    unsigned rest = (unsigned)(second % 86400);
    struct date d = {1970,           0,        0, (unsigned)((days + 4) % 7), rest / 3600,
                     rest / 60 % 60, rest % 60};
    for (;; d.year++) {
        bool leap = d.year % 4 == 0 && (d.year % 100 != 0 || d.year % 400 == 0);
        int64_t n = leap ? 366 : 365;
        if (days >= n) {
            days -= n;
            continue;
        }
        for (d.month = 0;; d.month++) {
            unsigned length = lengths[d.month] + (d.month == 1 && leap);
            if (days < length)
                break;
            days -= length;
        }
        d.day = (unsigned)days + 1;
        return d;
    }
}

void out_time(char buffer[static 24], int64_t second)
{
    struct date d = date_of(second);
    (void)snprintf(buffer, 24, "%04d-%02u-%02uT%02u:%02u:%02u", d.year % 10000, d.month + 1, d.day,
                   d.h, d.m, d.s);
}

bool out_init(struct out *out, int fd, enum out_style style, bool crlf)
{
    memset(out, 0, sizeof(*out));
    out->fd = fd;
    out->style = style;
    out->crlf = crlf;
    out->limit = UINT64_MAX;
    out->head_second = -1;
    out->buffer = fd < 0 ? NULL : malloc(ROOM + LONGEST);
    return fd < 0 || out->buffer != NULL;
}

static bool drain(struct out *out)
{
    for (size_t done = 0; done < out->n;) {
        ssize_t n = write(out->fd, out->buffer + done, out->n - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            perror("generate: write");
            exit(1); /* half a file is none; on a pipe the reader has had enough */
        }
        done += (size_t)n;
    }
    out->n = 0;
    return true;
}

bool out_end(struct out *out)
{
    bool ok = out->fd < 0 || drain(out);
    free(out->buffer);
    out->buffer = NULL;
    return ok;
}

static void heads(struct out *out, int64_t second, const char *host)
{
    static const char words[OUT_LEVELS][12] = {"Info", "Warning", "Critical", "Debug", "Trace"};
    static const char weekdays[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    struct date d = date_of(second);
    out->head_second = second;
    out->head_host = host;
    for (unsigned i = 0; i < OUT_LEVELS; i++) {
        char *p = out->head[i];
        size_t room = sizeof(out->head[i]);
        int n = 0;
        if (out->style == OUT_FILE)
            n = snprintf(p, room, "%s %s %2u %02u:%02u:%02u %d %s: ", weekdays[d.weekday],
                         months[d.month], d.day, d.h, d.m, d.s, d.year, words[i]);
        else if (out->style == OUT_SYSLOG)
            n = snprintf(p, room, "<22>%s %2u %02u:%02u:%02u %s mail_logs: %s: ", months[d.month],
                         d.day, d.h, d.m, d.s, host, words[i]);
        else if (out->style == OUT_NOHOST)
            n = snprintf(p, room, "<166>%s %2u %02u:%02u:%02u mail_logs: %s: ", months[d.month],
                         d.day, d.h, d.m, d.s, words[i]);
        else if (out->style == OUT_POSTFIX)
            n = snprintf(p, room, "%s %2u %02u:%02u:%02u %s/", months[d.month], d.day, d.h, d.m,
                         d.s, host);
        else
            n = snprintf(p, room, "%s mail_logs: %s: ", host, words[i]);
        out->head_n[i] = (unsigned)n;
    }
}

static char *number(char *p, uint64_t value)
{
    char digits[20];
    unsigned n = 0;
    do
        digits[n++] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    while (n > 0)
        *p++ = digits[--n];
    return p;
}

static void pace(struct out *out)
{
    struct timespec t;
    if (out->follow_since == 0) {
        (void)clock_gettime(CLOCK_MONOTONIC, &t);
        out->follow_since = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
    }
    drain(out);
    int64_t due = out->follow_since + (int64_t)(out->lines * 1000000000 / out->follow);
    t.tv_sec = due / 1000000000;
    t.tv_nsec = due % 1000000000;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}

/* Ends the line at P that began at the end of the buffer. */
static bool end(struct out *out, char *p)
{
    if (out->crlf)
        *p++ = '\r';
    *p++ = '\n';
    size_t n = (size_t)(p - out->buffer) - out->n;
    if (out->bytes + n > out->limit) {
        out->full = true;
        return false;
    }
    out->n += n;
    out->bytes += n;
    out->lines++;
    if (out->follow != 0)
        pace(out);
    else if (out->n > ROOM)
        drain(out);
    return true;
}

bool out_line(struct out *out, int64_t second, const char *host, enum out_level level,
              const char *form, ...)
{
    if (!out->on || out->full)
        return false;
    if (second != out->head_second || host != out->head_host)
        heads(out, second, host);
    char *p = out->buffer + out->n;
    memcpy(p, out->head[level], sizeof(out->head[level]));
    p += out->head_n[level];
    va_list args;
    va_start(args, form);
    for (; *form != '\0'; form++) {
        if (*form == '#') {
            p = number(p, va_arg(args, uint64_t));
        } else if (*form == '$') {
            const char *text = va_arg(args, const char *);
            size_t n = strlen(text);
            memcpy(p, text, n);
            p += n;
        } else {
            *p++ = *form;
        }
    }
    va_end(args);
    return end(out, p);
}

bool out_raw(struct out *out, const char *text)
{
    size_t n = strlen(text);
    if (!out->on || out->full)
        return false;
    memcpy(out->buffer + out->n, text, n);
    return end(out, out->buffer + out->n + n);
}

bool out_again(struct out *out, size_t length)
{
    size_t eol = out->crlf ? 2 : 1;
    if (!out->on || out->full || length > out->n)
        return false;
    memcpy(out->buffer + out->n, out->buffer + out->n - length, length - eol);
    return end(out, out->buffer + out->n + length - eol);
}
