/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/redact_log.h"

#include <string.h>

#include "plugin/redact_address.h"

enum { MAX_ROUNDS = 4 };

/* One line of the log, from left to right: AT is where its next unread byte is. */
struct line {
    struct redact_pass *pass;
    size_t at, end;
};

/* Takes out the addresses before BEGIN, then puts TEXT in place of the bytes from BEGIN to END. */
static void take(struct line *line, size_t begin, size_t end, const char *text)
{
    redact_address_range(line->pass, line->at, begin);
    redact_pass_replace(line->pass, begin, end, text);
    line->at = end;
}

/* Where WORD ends that begins at or behind FROM in the line; 0 when it is not there. */
static size_t find(const struct line *line, size_t from, const char *word)
{
    struct span rest = {line->pass->in.p + from, line->end - from};
    ptrdiff_t at = from < line->end ? text_find(rest, word) : -1;
    return at < 0 ? 0 : from + (size_t)at + strlen(word);
}

static bool starts(const struct line *line, size_t at, const char *word)
{
    return at < line->end &&
           text_starts((struct span){line->pass->in.p + at, line->end - at}, word);
}

/* Behind the digits at AT, and behind WORD that must follow; 0 when it is otherwise. */
static size_t skip_number(const struct line *line, size_t at, const char *word)
{
    const size_t begin = at;
    while (at < line->end && line->pass->in.p[at] >= '0' && line->pass->in.p[at] <= '9')
        at++;
    return at > begin && starts(line, at, word) ? at + strlen(word) : 0;
}

/* What an entry says, behind "Info: " and so on; the line's begin where no level is found. */
static size_t message_of(const struct line *line)
{
    static const char *const levels[] = {"Info: ", "Warning: ", "Critical: ", "Debug: ", "Trace: "};
    const struct span text = {line->pass->in.p + line->at, line->end - line->at};
    const struct span head = text_head(text, 200);
    for (size_t at = 0; at < head.n;) {
        const char *colon = memchr(head.p + at, ':', head.n - at);
        if (colon == NULL)
            break;
        const size_t word_end = (size_t)(colon - head.p) + 2;
        for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
            const size_t n = strlen(levels[i]);
            if (word_end >= n && word_end <= head.n &&
                memcmp(head.p + word_end - n, levels[i], n) == 0)
                return line->at + word_end;
        }
        at = word_end - 1;
    }
    return line->at;
}

/*
 * The address in <…> that begins at AT, behind '<': all before its last '@', or all of it. The
 * first
 * '>' ends it, as it does for who counts; what a quoted local part holds behind that goes as well.
 * Without '>' the line was cut off, or it is no address.
 */
static void take_angle(struct line *line, size_t at)
{
    const char *p = line->pass->in.p;
    const char *stop = memchr(p + at, '>', line->end - at);
    size_t end = at, sign = 0, quotes = 0;
    for (; end < line->end && (stop == NULL ? p[end] != ' ' && p[end] != '\r' : p + end < stop);
         end++) {
        sign = p[end] == '@' ? end : sign;
        quotes += p[end] == '"';
    }
    if (end > at)
        take(line, at, sign > at ? sign : end, "redacted");
    size_t rest = quotes == 1 && p[at] == '"' ? find(line, end, "\"@") : 0;
    if (rest != 0 && memchr(p + end, '<', rest - end) == NULL)
        take(line, end + 1, rest - 1, "redacted");
}

/* Every "…: <", "from <" and so on of the message that begins at AT. */
static void take_angles(struct line *line, size_t at)
{
    const char *p = line->pass->in.p;
    while (at < line->end) {
        const char *angle = memchr(p + at, '<', line->end - at);
        if (angle == NULL)
            return;
        at = (size_t)(angle - p) + 1;
        if (at - 1 >= line->at)
            take_angle(line, at);
        at = line->at > at ? line->at : at;
    }
}

/* Text of a stranger from AT to the end of the line, in its quotes if it has some. */
static void take_text(struct line *line, size_t at)
{
    const char *p = line->pass->in.p;
    size_t end = line->end;
    while (end > at && (p[end - 1] == ' ' || p[end - 1] == '\r'))
        end--;
    if (end > at && (p[at] == '"' || p[at] == '\'')) {
        if (end - 1 > at && p[end - 1] == p[at])
            end--;
        at++;
    }
    if (end > at)
        take(line, at, end, "[redacted]");
}

/* "MID n " stands before AT: what of the message is text that somebody wrote. */
static void take_content(struct line *line, size_t at)
{
    static const char *const words[] = {"Subject ", "attachment ", "Subject: "};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (starts(line, at, words[i])) {
            take_text(line, at + strlen(words[i]));
            return;
        }
    take_angles(line, at);
}

/* "Message done DCID n MID m to RID [0] [('from', '…')]": headers are logged if so configured. */
static void take_headers(struct line *line, size_t at)
{
    size_t list = find(line, at, " [(");
    if (list == 0)
        return;
    size_t end = line->end;
    while (end > list && (line->pass->in.p[end - 1] == ' ' || line->pass->in.p[end - 1] == '\r'))
        end--;
    take(line, list - 2, end, "[('redacted', 'redacted')]");
}

static void take_user(struct line *line, size_t at)
{
    size_t user = find(line, at, " for user: ");
    if (user == 0)
        return;
    size_t end = find(line, user, " using AUTH ");
    end = end == 0 ? line->end : end - strlen(" using AUTH ");
    if (end > user)
        take(line, user, end, "redacted");
}

static void scan_line(struct redact_pass *pass, size_t begin, size_t end)
{
    struct line line = {pass, begin, end};
    size_t at = message_of(&line), behind;
    if (starts(&line, at, "MID ") && (behind = skip_number(&line, at + 4, " ")) != 0)
        take_content(&line, behind);
    else if (starts(&line, at, "Message done "))
        take_headers(&line, at);
    else if (starts(&line, at, "SMTP Auth: "))
        take_user(&line, at);
    else
        take_angles(&line, at);
    redact_address_range(pass, line.at, end);
}

static void scan_log(struct redact_pass *pass)
{
    const struct span in = pass->in;
    for (size_t begin = 0; begin < in.n;) {
        const char *stop = memchr(in.p + begin, '\n', in.n - begin);
        const size_t end = stop == NULL ? in.n : (size_t)(stop - in.p);
        scan_line(pass, begin, end);
        begin = end + 1;
    }
}

struct span redact_log(struct arena *arena, struct span bytes, struct span secret,
                       bool keep_addresses)
{
    for (int round = 0; round < MAX_ROUNDS; round++) {
        struct span again = redact_values(arena, redact_secret(arena, bytes, secret));
        if (!keep_addresses)
            again = redact_pass_run(arena, scan_log, (struct redact_pass){.in = again});
        if (again.p == bytes.p)
            break;
        bytes = again;
    }
    return bytes;
}

struct span redact_log_document(struct arena *arena, const char *id, struct span bytes,
                                struct span secret, bool keep_addresses)
{
    return text_starts(text_of(id), "log/") ? redact_log(arena, bytes, secret, keep_addresses)
                                            : redact(arena, bytes, secret, keep_addresses);
}
