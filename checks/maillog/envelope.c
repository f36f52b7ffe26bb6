/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/envelope.h"

#include <string.h>

enum { DAY = 86400, LEAP_YEAR = 2000, NAME_MAX_BYTES = 63 };

/* Days from 1970-01-01 to the first of MONTH (1 to 12) of YEAR, Gregorian. */
static int64_t days_before(int year, unsigned month)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int64_t y = year - 1;
    int64_t days = y * 365 + y / 4 - y / 100 + y / 400 - 719162;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days + before[month - 1] + (leap && month > 2);
}

int envelope_year(int64_t seconds)
{
    int year = 1970 + (int)(seconds / ((int64_t)DAY * 366));
    while (days_before(year + 1, 1) * DAY <= seconds)
        year++;
    return year;
}

int64_t envelope_in_year(uint32_t when, int year)
{
    enum { MARCH = 60 * DAY }; /* in a leap year */
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days_before(year, 1) * DAY + when - (!leap && when >= MARCH ? DAY : 0);
}

static bool digits(struct cursor *c, size_t least, size_t most, unsigned *value)
{
    size_t n = 0;
    *value = 0;
    while (n < most && c->p + n < c->end && c->p[n] >= '0' && c->p[n] <= '9')
        *value = *value * 10 + (unsigned)(c->p[n++] - '0');
    if (n < least)
        return false;
    c->p += n;
    return true;
}

static bool one(struct cursor *c, char byte)
{
    if (c->p == c->end || *c->p != byte)
        return false;
    c->p++;
    return true;
}

static bool month(struct cursor *c, unsigned *value)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (c->end - c->p < 4)
        return false;
    for (unsigned m = 0; m < 12; m++)
        if (memcmp(c->p, names + 3 * m, 3) == 0 && c->p[3] == ' ') {
            *value = m + 1;
            c->p += 4;
            return true;
        }
    return false;
}

/* "Mar  8 04:00:02": day in one or two columns, blank- or zero-padded. */
static bool date(struct cursor *c, unsigned *mon, unsigned *day, uint32_t *clock)
{
    unsigned h, m, s;
    if (!month(c, mon))
        return false;
    (void)one(c, ' ');
    if (!digits(c, 1, 2, day) || !one(c, ' ') || !digits(c, 2, 2, &h) || !one(c, ':') ||
        !digits(c, 2, 2, &m) || !one(c, ':') || !digits(c, 2, 2, &s))
        return false;
    *clock = h * 3600 + m * 60 + s;
    return *day >= 1 && *day <= 31 && h <= 23 && m <= 59 && s <= 60;
}

static bool level(struct cursor *c, uint8_t *value)
{
    static const char *const words[] = {[LINE_INFO] = "Info:",
                                        [LINE_WARNING] = "Warning:",
                                        [LINE_CRITICAL] = "Critical:",
                                        [LINE_DEBUG] = "Debug:",
                                        [LINE_TRACE] = "Trace:"};
    for (uint8_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (text_literal(c, words[i])) {
            *value = i;
            while (c->p < c->end && *c->p == ' ')
                c->p++;
            return true;
        }
    return false;
}

static bool since_1970(unsigned year, unsigned mon, unsigned day, uint32_t clock, uint32_t *when)
{
    int64_t seconds;
    if (year < 1970 || year > 2105)
        return false;
    seconds = (days_before((int)year, mon) + day - 1) * DAY + clock;
    *when = (uint32_t)seconds;
    return true;
}

/* "Sun Mar  8 04:00:02 2026 "; the weekday is often wrong and never looked at. */
static bool file_date(struct cursor *c, uint32_t *when)
{
    unsigned mon, day, year;
    uint32_t clock;
    struct cursor try = *c;
    if (try.end - try.p < 20 || try.p[3] != ' ')
        return false;
    try.p += 4;
    if (!date(&try, &mon, &day, &clock) || !one(&try, ' ') || !digits(&try, 4, 4, &year) ||
        !one(&try, ' ') || !since_1970(year, mon, day, clock, when))
        return false;
    *c = try;
    return true;
}

static bool name(struct cursor *c, struct span *word)
{
    size_t n = 0, left = (size_t)(c->end - c->p);
    while (n < left && n <= NAME_MAX_BYTES && (unsigned char)c->p[n] > ' ')
        n++;
    if (n == 0 || n > NAME_MAX_BYTES || n == left || c->p[n] != ' ')
        return false;
    *word = (struct span){c->p, n};
    c->p += n + 1;
    return true;
}

/* "[HOST ]TAG: ", and what follows. TAG is the free name of a log subscription. */
static bool who(struct cursor *c, struct envelope *envelope)
{
    struct span word;
    envelope->host = envelope->tag = (struct span){NULL, 0};
    if (!name(c, &word))
        return false;
    if (word.p[word.n - 1] != ':') {
        envelope->host = word;
        if (!name(c, &word) || word.p[word.n - 1] != ':')
            return false;
    }
    envelope->tag = text_head(word, word.n - 1);
    return true;
}

static bool behind_who(struct cursor *c, struct envelope *envelope)
{
    uint32_t when;
    if (c->end - c->p >= 5 && memcmp(c->p, "CEF:0", 5) == 0) {
        envelope->bare = true;
        return true;
    }
    if (file_date(c, &when)) { /* a forwarder kept the file's own line: its clock is the better */
        envelope->when = when;
        envelope->yearless = envelope->timeless = false;
    }
    return level(c, &envelope->level);
}

static bool syslog(struct cursor *c, struct envelope *envelope)
{
    unsigned priority, mon, day;
    uint32_t clock;
    if (one(c, '<')) {
        if (!digits(c, 1, 3, &priority) || !one(c, '>'))
            return false;
        (void)one(c, ' ');
    }
    if (!date(c, &mon, &day, &clock))
        return false;
    while (one(c, ' '))
        ;
    (void)since_1970(LEAP_YEAR, mon, day, clock, &envelope->when);
    envelope->when -= (uint32_t)(days_before(LEAP_YEAR, 1) * DAY);
    envelope->yearless = true;
    return who(c, envelope) && behind_who(c, envelope);
}

/* "2026 Mar 08 04:00:02 esa1 mail [info] mail_logs:nopid Info: " */
static bool collector(struct cursor *c, struct envelope *envelope)
{
    unsigned year, mon, day;
    uint32_t clock;
    struct span word;
    if (!digits(c, 4, 4, &year) || !one(c, ' ') || !date(c, &mon, &day, &clock) || !one(c, ' ') ||
        !since_1970(year, mon, day, clock, &envelope->when) || !name(c, &envelope->host))
        return false;
    for (unsigned i = 0; i < 3; i++) {
        if (!name(c, &word))
            return false;
        if (text_ends(word, ":nopid")) {
            envelope->tag = text_head(word, word.n - 6);
            return level(c, &envelope->level);
        }
    }
    return false;
}

/* "esa1 mail_logs: Info: ": no word of the time. */
static bool eaten(struct cursor *c, struct envelope *envelope)
{
    return who(c, envelope) && behind_who(c, envelope);
}

bool envelope_read(struct span line, bool timeless, struct envelope *envelope)
{
    enum { LEAST = 6 }; /* "CEF:0|" */
    struct cursor c = text_cursor(line);
    bool found = false;
    if (line.n < LEAST)
        return false;
    *envelope = (struct envelope){.level = LINE_INFO};
    if (line.n > 3 && line.p[3] == ' ' && file_date(&c, &envelope->when))
        found = level(&c, &envelope->level);
    else if (*line.p == '<' || line.p[3] == ' ')
        found = syslog(&c, envelope);
    else if (*line.p >= '1' && *line.p <= '9' && line.p[4] == ' ')
        found = collector(&c, envelope);
    if (!found && timeless) {
        c = text_cursor(line);
        *envelope = (struct envelope){.level = LINE_INFO, .timeless = true};
        envelope->bare = text_starts(line, "CEF:0|");
        found = envelope->bare || eaten(&c, envelope);
    }
    envelope->size = (uint32_t)(c.p - line.p);
    return found;
}
