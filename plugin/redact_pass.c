/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/redact_pass.h"

#include <string.h>

static void copy(struct redact_pass *pass, const char *p, size_t n)
{
    if (pass->out != NULL && n > 0)
        memcpy(pass->out + pass->n, p, n);
    pass->n += n;
}

void redact_pass_replace(struct redact_pass *pass, size_t begin, size_t end, const char *text)
{
    struct span old = {pass->in.p + begin, end - begin};
    if (begin < pass->from || begin >= end || text_is(old, text))
        return;
    copy(pass, pass->in.p + pass->from, begin - pass->from);
    copy(pass, text, strlen(text));
    pass->from = end;
    pass->changed = true;
}

struct span redact_pass_run(struct arena *arena, void (*scan)(struct redact_pass *),
                            struct redact_pass pass)
{
    if (pass.in.n == 0)
        return pass.in;
    const struct span trimmed = text_trim(pass.in);
    pass.markup = text_starts(trimmed, "<");
    pass.json = text_starts(trimmed, "{") || text_starts(trimmed, "[");
    struct redact_pass counted = pass;
    scan(&counted);
    if (!counted.changed)
        return pass.in;
    copy(&counted, counted.in.p + counted.from, counted.in.n - counted.from);
    pass.out = arena_alloc(arena, counted.n + 1);
    scan(&pass);
    copy(&pass, pass.in.p + pass.from, pass.in.n - pass.from);
    return (struct span){pass.out, pass.n};
}

bool redact_pass_is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (text_lower(c) >= 'a' && text_lower(c) <= 'z');
}

bool redact_pass_is_word(char c)
{
    return redact_pass_is_alnum(c) || c == '_' || c == '-';
}

bool redact_pass_is_line_end(char c)
{
    return c == '\n' || c == '\r' || c == '\0';
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return text_lower(c) >= 'a' && text_lower(c) <= 'f' ? text_lower(c) - 'a' + 10 : -1;
}

int redact_pass_hex(struct span text, size_t count)
{
    int value = 0;
    if (text.n < count)
        return -1;
    for (size_t i = 0; i < count; i++) {
        int digit = hex_of(text.p[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}
