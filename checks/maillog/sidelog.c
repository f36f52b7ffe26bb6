/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/sidelog.h"

#include <string.h>

#include "checks/time.h"

enum { WORDS = 2, NUMBER_DIGITS = 18, WORD_BYTES = 255, DAY_S = 86400 };

const struct sidelog_row sidelog_rows[] = {
#define SIDELOG(kind, log, pattern, meaning, sample)                                               \
    {SIDELOG_##kind, SIDELOG_##log, pattern, SIDELOG_##meaning, sample},
#define SIDELOG_FORM SIDELOG
#include "checks/maillog/sidelog.def"
#undef SIDELOG
#undef SIDELOG_FORM
};
const size_t sidelog_row_count = sizeof(sidelog_rows) / sizeof(sidelog_rows[0]);

static const char *const names[SIDELOG_KINDS] = {
    [SIDELOG_NONE] = "NONE",
#define SIDELOG(kind, log, pattern, meaning, sample) [SIDELOG_##kind] = #kind,
#define SIDELOG_FORM(kind, log, pattern, meaning, sample)
#include "checks/maillog/sidelog.def"
#undef SIDELOG
#undef SIDELOG_FORM
};

const char *sidelog_kind_name(enum sidelog_kind kind)
{
    return names[kind];
}

const char *sidelog_log_name(enum sidelog_log log)
{
    static const char *const logs[] = {
        [SIDELOG_ANY] = "any",
        [SIDELOG_UPDATER] = "updater_logs",
        [SIDELOG_UPGRADE] = "upgrade_logs",
        [SIDELOG_SYSTEM] = "system_logs",
        [SIDELOG_ERROR] = "error_logs",
        [SIDELOG_SMAD] = "smad_logs",
        [SIDELOG_BOUNCES] = "bounces",
    };
    return logs[log];
}

/* What the wild cards of a pattern stand for. */
struct match {
    uint64_t numbers[WORDS];
    struct span words[WORDS], rest;
};

static bool fits(const char *pattern, struct span message, struct match *match)
{
    struct cursor c = text_cursor(message);
    size_t numbers = 0, words = 0;
    *match = (struct match){.numbers = {0}};
    for (; *pattern != '\0' && *pattern != '*'; pattern++) {
        if (*pattern == '#') {
            int64_t number;
            if (!text_digits(&c, 1, NUMBER_DIGITS, &number))
                return false;
            match->numbers[numbers++ % WORDS] = (uint64_t)number;
        } else if (*pattern == '?') {
            struct span word;
            if (!text_word(&c, WORD_BYTES, &word))
                return false;
            match->words[words++ % WORDS] = word;
        } else if (text_at_end(&c) && strcmp(pattern, " *") == 0) {
            continue; /* the blank in front of nothing was trimmed */
        } else if (text_at_end(&c) || *c.p != *pattern) {
            return false;
        } else {
            c.p++;
        }
    }
    match->rest = text_trim(text_rest(&c));
    return *pattern == '*' || text_at_end(&c);
}

/* "From:<ann@example.com> ": what is in <…>; '>' is its end, whatever it is. */
static bool address(struct cursor *c, const char *label, struct span *value)
{
    struct cursor try = *c;
    if (!text_literal(&try, label))
        return false;
    text_blanks(&try);
    if (!text_literal(&try, "<") || !text_until(&try, '>', SIZE_MAX, value))
        return false;
    text_blanks(&try);
    *c = try;
    return true;
}

/* TEXT without the quotes around it, if both are there. */
static struct span unquoted(struct span text)
{
    if (text.n >= 2 && (text.p[0] == '"' || text.p[0] == '\'') && text.p[text.n - 1] == text.p[0])
        return (struct span){text.p + 1, text.n - 2};
    return text;
}

/* "5.1.0 - Unknown address error ('550', ['no']) []": the response begins with its first "('". */
static void cut_reason(struct span text, struct sidelog *out)
{
    const ptrdiff_t at = text_find(text, " ('");
    out->reason = text_trim(at < 0 ? text : text_head(text, (size_t)at));
    out->response = at < 0 ? (struct span){NULL, 0} : text_trim(text_skip(text, (size_t)at));
    if (text_ends(out->response, " []"))
        out->response = text_trim(text_head(out->response, out->response.n - 3));
}

/* "Reason: "…" Response: "…"" behind the addresses of the older form. */
static bool older_reason(struct cursor *c, struct sidelog *out)
{
    static const char response[] = " Response: ";
    if (!text_literal(c, "Reason: "))
        return false;
    const struct span text = text_rest(c);
    const ptrdiff_t at = text_find(text, response);
    out->reason = unquoted(text_trim(at < 0 ? text : text_head(text, (size_t)at)));
    if (at >= 0)
        out->response = unquoted(text_trim(text_skip(text, (size_t)at + sizeof(response) - 1)));
    return true;
}

static void read_bounce(const struct match *match, bool newer, struct sidelog *out)
{
    struct cursor c = text_cursor(match->rest);
    int64_t rid = (int64_t)match->numbers[1];
    out->has_dcid = newer;
    out->number = newer ? match->numbers[0] : 0;
    out->mid = newer ? match->numbers[1] : match->numbers[0];
    if (!address(&c, "From:", &out->from) || !address(&c, "To:", &out->to))
        return;
    if (!newer) {
        out->rid = (uint64_t)rid;
        out->has_ids = older_reason(&c, out);
    } else if (text_literal(&c, "RID ") && text_digits(&c, 1, NUMBER_DIGITS, &rid) &&
               text_literal(&c, " - ")) {
        out->rid = (uint64_t)rid;
        out->has_ids = true;
        cut_reason(text_rest(&c), out);
    }
}

/* "20260308T025900Z" */
static bool moment(struct cursor *c, int64_t *seconds)
{
    enum { DATE = 8, CLOCK = 6 };
    char compact[DATE + CLOCK];
    struct stamp stamp;
    if ((size_t)(c->end - c->p) < DATE + 1 + CLOCK + 1 || c->p[DATE] != 'T' ||
        c->p[DATE + 1 + CLOCK] != 'Z')
        return false;
    memcpy(compact, c->p, DATE);
    memcpy(compact + DATE, c->p + DATE + 1, CLOCK);
    if (!time_parse_compact((struct span){compact, sizeof(compact)}, &stamp))
        return false;
    c->p += DATE + 1 + CLOCK + 1;
    *seconds = stamp.civil;
    return true;
}

/* "…/tracking.@20260308T025900Z_20260308T030200Z.s.gz", behind its last '@' */
static void read_period(struct sidelog *out)
{
    struct span name = out->text;
    size_t at = name.n;
    while (at > 0 && name.p[at - 1] != '@')
        at--;
    struct cursor c = text_cursor(text_skip(name, at));
    int64_t from, to;
    if (at == 0 || !moment(&c, &from) || !text_literal(&c, "_") || !moment(&c, &to) || to < from)
        return;
    out->has_period = true;
    out->period_begin = from;
    out->period_end = to;
}

/* False: the form is right, what it says cannot be. */
static bool read_row(const struct sidelog_row *row, const struct match *match, struct sidelog *out)
{
    out->subject = match->words[0];
    out->text = match->rest;
    if (row->kind == SIDELOG_VERSION) {
        out->text = match->words[1];
    } else if (row->kind == SIDELOG_COMMIT) {
        out->number = match->numbers[0];
    } else if (row->kind == SIDELOG_TRANSFER) {
        out->address = match->words[1];
        read_period(out);
    } else if (row->kind == SIDELOG_BOUNCED) {
        read_bounce(match, text_starts(text_of(row->pattern), "Bounced: DCID"), out);
    } else if (row->kind == SIDELOG_OFFSET) {
        out->subject = (struct span){NULL, 0};
        return text_to_int(match->words[0], &out->utc_offset) && out->utc_offset >= -DAY_S &&
               out->utc_offset <= DAY_S;
    }
    return true;
}

enum sidelog_kind sidelog_classify(struct span message, enum line_level level, struct sidelog *out)
{
    const struct span text = text_trim(message);
    struct match match;
    *out = (struct sidelog){.kind = SIDELOG_NONE};
    for (size_t i = 0; i < sidelog_row_count && out->kind == SIDELOG_NONE; i++) {
        const struct sidelog_row *row = &sidelog_rows[i];
        const bool begins = text.n > 0 && (*row->pattern == '?' || *row->pattern == text.p[0]);
        if (!begins || !fits(row->pattern, text, &match))
            continue;
        if (read_row(row, &match, out)) {
            out->kind = row->kind;
            out->log = row->log;
            out->meaning = row->meaning;
        } else {
            *out = (struct sidelog){.kind = SIDELOG_NONE};
        }
    }
    if (out->kind == SIDELOG_NONE)
        out->text = text;
    out->level = level;
    out->alarming =
        out->meaning == SIDELOG_FAILURE || level == LINE_WARNING || level == LINE_CRITICAL;
    return out->kind;
}

bool sidelog_lag(const struct sidelog *transfer, int64_t written, int64_t *lag_s)
{
    if (transfer->kind != SIDELOG_TRANSFER || !transfer->has_period)
        return false;
    *lag_s = written - transfer->period_end;
    return true;
}
