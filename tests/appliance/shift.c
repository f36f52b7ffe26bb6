/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/appliance/shift.h"

#include <stdbool.h>
#include <string.h>

#include "checks/text.h"

enum {
    DAY_S = 86400,
    MAX_FIELDS = 8,
    MAX_GAP = 80 /* a line that was wrapped inside a time is indented */
};

static const char week_names[] = "SunMonTueWedThuFriSat";
static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/*
 * The forms of a time. Letters with % are fields as in strftime(); a blank is a gap of blanks with
 * one line end at most. STEP is what the form can tell apart, in seconds: a shift is cut to a
 * multiple of it, so that shifting back always gives the first text again.
 */
static const struct form {
    const char *pattern;
    int64_t step;
    bool alone; /* only where no part of a longer word or name */
} forms[] = {
    {"%w %b %d %H:%M:%S %Y", 1, false}, {"%d %b %Y %H:%M:%S", 1, false},
    {"%d %b %Y %H:%M", 60, false},      {"%Y-%m-%d %H:%M:%S", 1, false},
    {"%Y-%m-%dT%H:%M:%S", 1, false},    {"%Y-%m-%d %H:%M", 60, false},
    {"%Y-%m-%dT%H:%M", 60, false},      {"%Y%m%d%H%M%S", 1, true},
    {"%Y-%m-%d", DAY_S, true},
};

struct field {
    char what; /* letter of the pattern */
    size_t at, width;
    int64_t value;
};

struct match {
    struct field fields[MAX_FIELDS];
    size_t count;
    size_t end;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t days_in(int64_t year, int64_t month)
{
    static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01 to a date of the proleptic Gregorian calendar; years begin in March. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    const int64_t y = month <= 2 ? year - 1 : year;
    const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719468;
}

/* The date that is DAYS after 1970-01-01; not before the year 1. */
static void date_of(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
    int64_t y = (days + 719468) / 366; /* not later than the year wanted */
    while (days_of(y + 1, 1, 1) <= days)
        y++;
    int64_t m = 1;
    while (m < 12 && days_of(y, m + 1, 1) <= days)
        m++;
    *year = y;
    *month = m;
    *day = days - days_of(y, m, 1) + 1;
}

/* Index of the three letters at P in NAMES, or -1. */
static int64_t name_at(const char *p, const char *names)
{
    for (int64_t i = 0; names[3 * i] != '\0'; i++)
        if (memcmp(p, names + 3 * i, 3) == 0)
            return i;
    return -1;
}

/* Position behind the gap at AT: at least one blank or line end, at most one line end. */
static size_t skip_gap(struct span text, size_t at)
{
    size_t i = at;
    bool line_end = false;
    while (i < text.n && i - at < MAX_GAP) {
        if (text.p[i] == '\n' && line_end)
            break;
        if (text.p[i] != ' ' && text.p[i] != '\r' && text.p[i] != '\n')
            break;
        line_end = line_end || text.p[i] == '\n';
        i++;
    }
    return i;
}

static bool read_digits(struct span text, struct field *field, size_t width)
{
    if (field->at + width > text.n)
        return false;
    field->width = width;
    field->value = 0;
    for (size_t i = 0; i < width; i++) {
        if (!is_digit(text.p[field->at + i]))
            return false;
        field->value = 10 * field->value + (text.p[field->at + i] - '0');
    }
    return true;
}

/* A day has two digits, or a blank (which the gap before it has to spare) and one, or one alone. */
static bool read_day(struct span text, struct field *field)
{
    if (read_digits(text, field, 2))
        return true;
    if (!read_digits(text, field, 1))
        return false;
    if (field->at >= 2 && text.p[field->at - 1] == ' ' && text.p[field->at - 2] == ' ') {
        field->at--;
        field->width = 2;
    }
    return true;
}

static bool read_name(struct span text, struct field *field, const char *names, int64_t first)
{
    if (field->at + 3 > text.n)
        return false;
    const int64_t index = name_at(text.p + field->at, names);
    field->width = 3;
    field->value = first + index;
    return index >= 0;
}

static bool read_field(struct span text, struct field *field)
{
    switch (field->what) {
    case 'w':
        return read_name(text, field, week_names, 0);
    case 'b':
        return read_name(text, field, month_names, 1);
    case 'd':
        return read_day(text, field);
    case 'Y':
        return read_digits(text, field, 4);
    default:
        return read_digits(text, field, 2);
    }
}

static bool match_pattern(struct span text, size_t at, const char *pattern, struct match *match)
{
    *match = (struct match){.count = 0};
    for (const char *p = pattern; *p != '\0'; p++) {
        if (*p == '%') {
            struct field *field = &match->fields[match->count++];
            *field = (struct field){.what = *++p, .at = at};
            if (!read_field(text, field))
                return false;
            at = field->at + field->width;
            continue;
        }
        const size_t next = *p == ' ' ? skip_gap(text, at) : at + (at < text.n && text.p[at] == *p);
        if (next == at)
            return false;
        at = next;
    }
    match->end = at;
    return true;
}

/* Does what stands around a match leave it a time? */
static bool stands_free(struct span text, size_t start, size_t end, bool alone)
{
    const char before = start > 0 ? text.p[start - 1] : ' ';
    const char after = end < text.n ? text.p[end] : ' ';
    const char next = end + 1 < text.n ? text.p[end + 1] : ' ';
    if (is_word(before) || before == '-' || before == '.' || before == ':')
        return false;
    if (alone)
        return !is_word(after) &&
               !((after == '-' || after == '.' || after == ':') && is_word(next));
    if (after == 'Z')
        return !is_word(next);
    return !is_word(after) && !(after == ':' && is_digit(next));
}

/* The fields of a match as a civil time; months and hours are checked. */
static bool civil_of(const struct match *match, int64_t *seconds)
{
    int64_t v['z' + 1] = {['m'] = 0};
    for (size_t i = 0; i < match->count; i++)
        v[(unsigned char)(match->fields[i].what == 'b' ? 'm' : match->fields[i].what)] =
            match->fields[i].value;
    if (v['Y'] < 1900 || v['Y'] > 2099 || v['m'] < 1 || v['m'] > 12 || v['d'] < 1 ||
        v['d'] > days_in(v['Y'], v['m']) || v['H'] > 23 || v['M'] > 59 || v['S'] > 59)
        return false;
    *seconds = days_of(v['Y'], v['m'], v['d']) * DAY_S + v['H'] * 3600 + v['M'] * 60 + v['S'];
    return true;
}

/*
 * With what is a one-digit day filled up in a field of two? As the text does; where it has two
 * digits, as the product: a zero in times that name a zone, a blank in those that do not.
 */
static char day_filler(struct span text, const struct match *match, const struct field *day)
{
    if (day->value < 10)
        return text.p[day->at];
    if (match->fields[0].what != 'w')
        return '0';
    size_t i = match->end, letters = 0;
    while (i < text.n && text.p[i] == ' ')
        i++;
    while (i + letters < text.n && text.p[i + letters] >= 'A' && text.p[i + letters] <= 'Z')
        letters++;
    return letters >= 2 && letters <= 5 && (i + letters == text.n || !is_word(text.p[i + letters]))
               ? '0'
               : ' ';
}

static void write_number(char *p, size_t width, int64_t value, char filler)
{
    for (size_t i = width; i-- > 0; value /= 10)
        p[i] = (char)(value > 0 || i + 1 == width ? '0' + value % 10 : filler);
}

/* Writes the fields of MATCH anew for the civil time SECONDS. False when a day does not fit. */
static bool rewrite(char *text, struct span view, const struct match *match, int64_t seconds)
{
    int64_t v['z' + 1] = {['m'] = 0};
    const int64_t days = seconds / DAY_S - (seconds % DAY_S < 0);
    const int64_t of_day = seconds - days * DAY_S;
    date_of(days, &v['Y'], &v['m'], &v['d']);
    v['b'] = v['m'];
    v['w'] = ((days + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
    v['H'] = of_day / 3600;
    v['M'] = of_day / 60 % 60;
    v['S'] = of_day % 60;
    if (v['Y'] < 1900 || v['Y'] > 2099)
        return false;
    for (size_t i = 0; i < match->count; i++)
        if (match->fields[i].what == 'd' && match->fields[i].width == 1 && v['d'] > 9)
            return false;
    for (size_t i = 0; i < match->count; i++) {
        const struct field *field = &match->fields[i];
        const int64_t value = v[(unsigned char)field->what];
        char *p = text + field->at;
        if (field->what == 'w')
            memcpy(p, week_names + 3 * value, 3);
        else if (field->what == 'b')
            memcpy(p, month_names + 3 * (value - 1), 3);
        else
            write_number(p, field->width, value,
                         field->what == 'd' ? day_filler(view, match, field) : '0');
    }
    return true;
}

/* Shifts the time that begins at AT. Where it ends, or AT when there is none. */
static size_t shift_at(char *text, struct span view, size_t at, int64_t seconds)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        const struct form *form = &forms[i];
        struct match match;
        int64_t civil;
        if (!match_pattern(view, at, form->pattern, &match) ||
            !stands_free(view, at, match.end, form->alone) || !civil_of(&match, &civil))
            continue;
        (void)rewrite(text, view, &match, civil + seconds / form->step * form->step);
        return match.end;
    }
    return at;
}

void shift_times(char *text, size_t n, int64_t seconds)
{
    const struct span view = {text, n};
    const int64_t limit = INT64_C(200) * 366 * DAY_S; /* from the first year to the last */
    if (seconds > limit || seconds < -limit)
        return;
    for (size_t i = 0; i < n; i++) {
        const bool begins = is_digit(text[i]) || (text[i] >= 'A' && text[i] <= 'Z');
        if (!begins || (i > 0 && is_word(text[i - 1])))
            continue;
        const size_t end = shift_at(text, view, i, seconds);
        if (end > i)
            i = end - 1;
    }
}
