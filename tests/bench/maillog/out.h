/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_BENCH_MAILLOG_OUT_H
#define TESTS_BENCH_MAILLOG_OUT_H

/* Lines with their envelope, through one large buffer. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum out_style { OUT_FILE, OUT_SYSLOG, OUT_NOHOST, OUT_BARE, OUT_POSTFIX };
enum out_level { OUT_INFO, OUT_WARNING, OUT_CRITICAL, OUT_DEBUG, OUT_TRACE, OUT_LEVELS };

struct out {
    int fd;
    bool on;   /* lines are written; before, they are thrown away */
    bool full; /* the next line would pass the limit: nothing is written any more */
    bool crlf;
    enum out_style style;
    uint64_t limit, bytes, lines;
    char *buffer;
    size_t n;
    char head[OUT_LEVELS][160];
    unsigned head_n[OUT_LEVELS];
    int64_t head_second;
    const char *head_host;
    unsigned follow; /* lines a second; 0 = as fast as possible */
    int64_t follow_since;
};

/* FD -1: nothing is ever written. False: no memory. */
bool out_init(struct out *out, int fd, enum out_style style, bool crlf);
/* Writes what is left. False: could not be written (asked once, at the end). */
bool out_end(struct out *out);

/*
 * Writes a line of SECOND (local, since 1970) on HOST: FORM with each '#' replaced by a uint64_t
 * and each '$' by a const char *. Returns whether it was written.
 */
bool out_line(struct out *out, int64_t second, const char *host, enum out_level level,
              const char *form, ...);
/* A physical line without an envelope. */
bool out_raw(struct out *out, const char *text);
/* Writes the line before once more; false when that would pass the limit. */
bool out_again(struct out *out, size_t length);
/* "2026-03-08T04:00:02" */
void out_time(char buffer[static 24], int64_t second);

#endif
