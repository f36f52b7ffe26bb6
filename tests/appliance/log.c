/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/appliance/log.h"

#include <string.h>

static const struct {
    const char *name, *id;
} logs[] = {
    {"mail_logs", "log/mail_logs.txt"},       {"status", "log/status.txt"},
    {"system_logs", "log/system_logs.txt"},   {"updater_logs", "log/updater_logs.txt"},
    {"upgrade_logs", "log/upgrade_logs.txt"},
};

const char *log_document(struct span name)
{
    for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++)
        if (text_is(name, logs[i].name))
            return logs[i].id;
    return NULL;
}

bool log_grep_of(struct span typed, struct span *pattern, struct span *name)
{
    struct cursor c = text_cursor(typed);
    if (!text_literal(&c, "grep -e \"") || !text_until(&c, '"', 200, pattern))
        return false;
    *name = text_trim(text_rest(&c));
    return pattern->n > 0 && name->n > 0;
}

static bool holds(struct span line, struct span pattern)
{
    for (size_t i = 0; i + pattern.n <= line.n; i++)
        if (memcmp(line.p + i, pattern.p, pattern.n) == 0)
            return true;
    return false;
}

size_t log_matching(char *text, size_t n, struct span pattern)
{
    size_t kept = 0;
    for (size_t at = 0; at < n;) {
        const char *end = memchr(text + at, '\n', n - at);
        const size_t length = end == NULL ? n - at : (size_t)(end - (text + at)) + 1;
        if (holds((struct span){text + at, length}, pattern)) {
            memmove(text + kept, text + at, length);
            kept += length;
        }
        at += length;
    }
    return kept;
}

size_t log_last_file(struct span text)
{
    const char *mark = "Info: Begin Logfile\n";
    size_t begin = 0, at = 0;
    for (ptrdiff_t found; (found = text_find(text_skip(text, at), mark)) >= 0;) {
        at += (size_t)found;
        for (begin = at; begin > 0 && text.p[begin - 1] != '\n';)
            begin--;
        at += strlen(mark);
    }
    return begin;
}
