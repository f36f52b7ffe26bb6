/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_MAILLOG_ACCOUNT_H
#define PLUGIN_MAILLOG_ACCOUNT_H

/* The finished value of a run of `postcheck maillog`, and how it is printed. */

#include "checks/maillog/verdict.h"
#include "plugin/maillog/input.h"
#include "plugin/maillog/settings.h"

enum { ACCOUNT_TOPS = 10 };

struct account {
    struct arena *arena;
    const struct flow_summary *s;
    struct verdict verdict;
    struct {
        bool wanted;
        struct flow_top tops[ACCOUNT_TOPS];
        size_t count;
    } top[FLOW_LISTS + 1];     /* the last one: destinations */
    const struct input *input; /* NULL: followed */
    const char *interrupted;   /* why it is not whole; NULL = it is */
    int verbose;
};

/* What LOG knows by now. False: out of memory. NOW: see struct verdict_limits. */
bool account_make(struct arena *arena, struct maillog *log, const struct settings *settings,
                  int64_t now, struct account *account);

/* 0 flowing, 1 degraded, 2 stalled, 3 no proof or not everything was read. */
int account_exit_code(const struct account *account);

/* UTF8: blocks may be drawn. COLUMNS 80. */
void maillog_text_print(FILE *out, const struct account *account, bool utf8);
/* Schema postcheck.maillog/1; COMPACT: on one line. */
void maillog_json_print(FILE *out, const struct account *account, bool compact);
/* Only how many lines of each family. */
void account_print_families(FILE *out, const struct account *account, bool json);

/* Seconds of a wall clock as RFC 3339 in UTC when *OFFSET is known, else without zone. SIZE 32. */
const char *account_time(int64_t seconds, const int32_t *offset, char *text, size_t size);

#endif
