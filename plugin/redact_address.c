/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/redact_address.h"

#include <string.h>

enum { MAX_SLASHES = 32, MAX_QUOTED = 256 };

static const char local_marker[] = "redacted";

static const char *const ats[] = {"@", "%40", "&#64;", "&#x40;", "\\u0040"};

/* Length of an at sign at the start of TEXT, however it is written; 0 when there is none. */
static size_t at_sign(struct span text)
{
    if (text.p[0] != '@' && text.p[0] != '%' && text.p[0] != '&' && text.p[0] != '\\')
        return 0;
    for (size_t i = 0; i < sizeof(ats) / sizeof(ats[0]); i++)
        if (text_starts_nocase(text, ats[i]))
            return strlen(ats[i]);
    return 0;
}

/* RFC 5322 atext and '.', without what mostly stands around an address: / ? & ` { | } */
static bool is_local(char c)
{
    switch (c) { /* quicker than a search: it is asked of every byte near an at sign */
    case '!':
    case '#':
    case '$':
    case '%':
    case '\'':
    case '*':
    case '+':
    case '=':
    case '^':
    case '~':
    case '.':
        return true;
    default:
        return redact_pass_is_word(c) || (unsigned char)c >= 0x80;
    }
}

/*
 * Where the local part begins whose run of characters is from BEGIN to END: behind an escape of a
 * string ("\nuser"), an opening quote, and "name=", which belong to the text around it.
 */
static size_t local_begin(struct span in, size_t begin, size_t end)
{
    size_t slashes = 0, name;
    if (text_is((struct span){in.p + begin, end - begin}, local_marker))
        return begin;
    while (slashes < begin && slashes < MAX_SLASHES && in.p[begin - slashes - 1] == '\\')
        slashes++;
    if (slashes % 2 == 1 && begin < end) {
        struct span rest = {in.p + begin + 1, end - begin - 1};
        if (in.p[begin] == 'u' && redact_pass_hex(rest, 4) >= 0)
            begin += 5;
        else if (in.p[begin] == 'x' && redact_pass_hex(rest, 2) >= 0)
            begin += 3;
        else if (strchr("nrtbf'", in.p[begin]) != NULL)
            begin++;
    }
    while (begin < end && in.p[begin] == '\'')
        begin++;
    for (name = begin; name < end && (redact_pass_is_alnum(in.p[name]) || in.p[name] == '_');)
        name++;
    if (name > begin && name < end && in.p[name] == '=')
        begin = name + 1;
    while (begin < end && in.p[begin] == '\'')
        begin++;
    return begin;
}

/* Where the quoted local part begins that ends with the quote before END; END when it is none. */
static size_t quoted_begin(struct span in, size_t from, size_t end, bool json)
{
    const size_t width = end - from > 1 && in.p[end - 2] == '\\' ? 2 : 1;
    if (json && width == 1)
        return end; /* the end of a string */
    for (size_t at = end - width;
         at > from && end - at < MAX_QUOTED && !redact_pass_is_line_end(in.p[at - 1]);) {
        at--;
        if (in.p[at] != '"')
            continue;
        if (width == 1)
            return at;
        if (at > from && in.p[at - 1] == '\\')
            return at - 1;
        return end;
    }
    return end;
}

static void scan(struct redact_pass *pass, size_t from, size_t to)
{
    const struct span in = text_head(pass->in, to);
    for (size_t i = from, begin = from, last = from; i < in.n; i++) {
        const size_t n = at_sign(text_skip(in, i));
        if (n == 0) {
            begin = is_local(in.p[i]) ? begin : i + 1;
            continue;
        }
        size_t end = i;
        if (i > last && in.p[i - 1] == '"') {
            begin = end = quoted_begin(in, last, i, pass->json);
            while (begin > last && is_local(in.p[begin - 1]))
                begin--; /* what stands before the quotes */
        }
        size_t first = local_begin(in, begin, end);
        if (i + n < in.n && (is_local(in.p[i + n]) || memchr("[\"\\", in.p[i + n], 3) != NULL))
            redact_pass_replace(pass, first, i, local_marker);
        begin = last = i + n;
        i += n - 1;
    }
}

void redact_address_scan(struct redact_pass *pass)
{
    scan(pass, 0, pass->in.n);
}

void redact_address_range(struct redact_pass *pass, size_t begin, size_t end)
{
    static const char first[] = "@%&\\"; /* of what stands for an at sign */
    const char *p = pass->in.p;
    bool any = false;
    for (size_t i = 0; i + 1 < sizeof(first) && !any && begin < end; i++)
        any = memchr(p + begin, first[i], end - begin) != NULL;
    if (any)
        scan(pass, begin, end);
}
