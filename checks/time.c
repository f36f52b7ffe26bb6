/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/time.h"

#include <stdio.h>
#include <string.h>

enum {
    MINUTE = 60,
    HOUR = 60 * MINUTE,
    DAY = 24 * HOUR,
    ZONE_LENGTH = 5,
    UNIT_DIGITS = 9, /* keeps sums of durations far inside 64 bits */
};

#define LAST_SECOND INT64_C(253402300799) /* 9999-12-31 23:59:59 */

static const char names_of_months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char names_of_days[] = "MonTueWedThuFriSatSun";

struct civil {
    int64_t year, month, day, hour, minute, second;
};

/* Proleptic Gregorian calendar in years that begin in March, so the leap day comes last. */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static struct civil civil_from_seconds(int64_t seconds)
{
    int64_t days = seconds / DAY, rest = seconds % DAY;
    if (rest < 0) {
        rest += DAY;
        days--;
    }
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    struct civil civil = {.day = of_year - (153 * month + 2) / 5 + 1,
                          .month = month < 10 ? month + 3 : month - 9,
                          .hour = rest / HOUR,
                          .minute = rest % HOUR / MINUTE,
                          .second = rest % MINUTE};
    civil.year = year + era * 400 + (civil.month <= 2);
    return civil;
}

static bool to_stamp(const struct civil *c, struct stamp *stamp)
{
    static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (c->year < 1970 || c->year > 9999 || c->month < 1 || c->month > 12 || c->day < 1 ||
        c->hour > 23 || c->minute > 59 || c->second > 59)
        return false;
    bool leap = c->year % 4 == 0 && (c->year % 100 != 0 || c->year % 400 == 0);
    if (c->day > days[c->month - 1] + (leap && c->month == 2))
        return false;
    stamp->civil = days_from_civil(c->year, c->month, c->day) * DAY + c->hour * HOUR +
                   c->minute * MINUTE + c->second;
    return true;
}

/* A name of three letters as its number, 1 = first. AsyncOS writes them in English (V). */
static bool read_name(struct cursor *c, const char *names, int64_t *number)
{
    struct span rest = text_rest(c);
    for (size_t i = 0; names[i] != '\0'; i += 3) {
        if (rest.n >= 3 && memcmp(rest.p, names + i, 3) == 0) {
            *number = (int64_t)(i / 3 + 1);
            c->p += 3;
            return true;
        }
    }
    return false;
}

static bool read_gap(struct cursor *c)
{
    const char *before = c->p;
    text_blanks(c);
    return c->p != before;
}

static bool read_clock(struct cursor *c, struct civil *civil)
{
    return text_digits(c, 2, 2, &civil->hour) && text_literal(c, ":") &&
           text_digits(c, 2, 2, &civil->minute) && text_literal(c, ":") &&
           text_digits(c, 2, 2, &civil->second);
}

/* +hh:mm, +hhmm */
static bool read_offset(struct cursor *c, struct stamp *stamp)
{
    int64_t hours, minutes;
    bool west = text_literal(c, "-");
    if (!west && !text_literal(c, "+"))
        return false;
    if (!text_digits(c, 2, 2, &hours))
        return false;
    (void)text_literal(c, ":");
    if (!text_digits(c, 2, 2, &minutes) || hours > 14 || minutes > 59)
        return false;
    int32_t offset = (int32_t)(hours * HOUR + minutes * MINUTE);
    stamp->has_offset = true;
    stamp->offset = west ? -offset : offset;
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/*
 * Names that mean several zones (IANA tz database). How many minutes east of UTC, ended by 0: none
 * of them is UTC.
 */
static const struct {
    char name[ZONE_LENGTH + 1];
    int16_t minutes[4];
} ambiguous[] = {
    {"BST", {60, 360}},    {"IST", {330, 60, 120}}, {"CST", {-360, 480, -300}},
    {"CDT", {-300, -240}}, {"AST", {-240, 180}},
};

#define AMBIGUOUS (sizeof(ambiguous) / sizeof(ambiguous[0]))

/* The number of an ambiguous name, 1 = first; 0 = it is none. */
static uint8_t number_of(struct span name)
{
    for (size_t i = 0; i < AMBIGUOUS; i++)
        if (text_is(name, ambiguous[i].name))
            return (uint8_t)(i + 1);
    return 0;
}

bool time_lend(struct stamp *stamp, int32_t offset, int32_t slack)
{
    int32_t nearest = offset, distance = 0;
    if (stamp->has_offset)
        return false;
    if (stamp->zone > 0 && stamp->zone <= AMBIGUOUS) {
        const int16_t *minutes = ambiguous[stamp->zone - 1].minutes;
        for (distance = INT32_MAX; *minutes != 0; minutes++) {
            int32_t apart = *minutes * MINUTE - offset;
            if ((apart < 0 ? -apart : apart) < distance) {
                distance = apart < 0 ? -apart : apart;
                nearest = offset + apart;
            }
        }
    }
    if (distance > slack)
        return false;
    stamp->has_offset = true;
    stamp->offset = nearest;
    return true;
}

/*
 * A zone abbreviation. One that is not known, or that means several zones, leaves the offset open.
 * Zones without a name are written as hours: "+03". A number behind a name ("GMT+3") counts
 * eastward or, as POSIX does, westward: open, too.
 */
static bool read_zone(struct cursor *c, struct stamp *stamp)
{
    struct cursor begin = *c;
    int64_t hours;
    bool west = text_literal(c, "-");
    if (west || text_literal(c, "+")) {
        if (text_digits(c, 2, 2, &hours) && hours <= 14 && text_at_end(c)) {
            stamp->has_offset = true;
            stamp->offset = (int32_t)((west ? -hours : hours) * HOUR);
            return true;
        }
        *c = begin;
        return read_offset(c, stamp);
    }
    bool lower = false;
    for (; !text_at_end(c) && is_letter(*c->p); c->p++)
        lower = lower || *c->p >= 'a';
    struct span name = {begin.p, (size_t)(c->p - begin.p)};
    if (name.n < 2 || name.n > ZONE_LENGTH)
        return false;
    if (text_literal(c, "+") || text_literal(c, "-"))
        return text_digits(c, 1, 2, &hours) && hours <= 14;
    stamp->has_offset = time_zone_offset(name, &stamp->offset);
    if (!stamp->has_offset)
        stamp->zone = number_of(name);
    return !lower;
}

/* What each form reads; the caller has trimmed, and checks that nothing is left. */
typedef bool reader(struct cursor *c, struct civil *civil, struct stamp *stamp);

static bool read_status(struct cursor *c, struct civil *civil, struct stamp *stamp)
{
    int64_t weekday;
    bool ok = read_name(c, names_of_days, &weekday) && read_gap(c) &&
              read_name(c, names_of_months, &civil->month) && read_gap(c) &&
              text_digits(c, 1, 2, &civil->day) && read_gap(c) && read_clock(c, civil) &&
              read_gap(c) && text_digits(c, 4, 4, &civil->year);
    return ok && (!read_gap(c) || read_zone(c, stamp));
}

static bool read_iso(struct cursor *c, struct civil *civil, struct stamp *stamp)
{
    if (!text_digits(c, 4, 4, &civil->year) || !text_literal(c, "-") ||
        !text_digits(c, 2, 2, &civil->month) || !text_literal(c, "-") ||
        !text_digits(c, 2, 2, &civil->day))
        return false;
    if (text_at_end(c))
        return true;
    if (!(text_literal(c, "T") || read_gap(c)) || !read_clock(c, civil))
        return false;
    text_blanks(c);
    stamp->has_offset = text_literal(c, "Z");
    return stamp->has_offset || text_at_end(c) || read_offset(c, stamp);
}

static bool read_day_first(struct cursor *c, struct civil *civil)
{
    return text_digits(c, 1, 2, &civil->day) && read_gap(c) &&
           read_name(c, names_of_months, &civil->month) && read_gap(c) &&
           text_digits(c, 4, 4, &civil->year) && read_gap(c) && read_clock(c, civil) && read_gap(c);
}

static bool read_alert(struct cursor *c, struct civil *civil, struct stamp *stamp)
{
    return read_day_first(c, civil) && read_offset(c, stamp);
}

static bool read_tracking(struct cursor *c, struct civil *civil, struct stamp *stamp)
{
    if (!read_day_first(c, civil) || !text_literal(c, "(") || !read_zone(c, stamp))
        return false;
    /* "(GMT +00:00)" of newer releases: the number says it outright. */
    return (!read_gap(c) || read_offset(c, stamp)) && text_literal(c, ")");
}

static bool read_compact(struct cursor *c, struct civil *civil, struct stamp *stamp)
{
    (void)stamp;
    return text_digits(c, 4, 4, &civil->year) && text_digits(c, 2, 2, &civil->month) &&
           text_digits(c, 2, 2, &civil->day) && text_digits(c, 2, 2, &civil->hour) &&
           text_digits(c, 2, 2, &civil->minute) && text_digits(c, 2, 2, &civil->second);
}

static bool read_all(reader *read, struct span span, struct stamp *stamp)
{
    struct cursor c = text_cursor(text_trim(span));
    struct civil civil = {0};
    struct stamp found = {0};
    if (!read(&c, &civil, &found) || !text_at_end(&c) || !to_stamp(&civil, &found))
        return false;
    *stamp = found;
    return true;
}

bool time_parse_status(struct span span, struct stamp *stamp)
{
    return read_all(read_status, span, stamp);
}

bool time_parse_iso(struct span span, struct stamp *stamp)
{
    return read_all(read_iso, span, stamp);
}

bool time_parse_alert(struct span span, struct stamp *stamp)
{
    return read_all(read_alert, span, stamp);
}

bool time_parse_tracking(struct span span, struct stamp *stamp)
{
    return read_all(read_tracking, span, stamp);
}

bool time_parse_compact(struct span span, struct stamp *stamp)
{
    return read_all(read_compact, span, stamp);
}

bool time_parse_any(struct span span, struct stamp *stamp)
{
    static reader *const readers[] = {read_status, read_iso, read_alert, read_tracking,
                                      read_compact};
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
        if (read_all(readers[i], span, stamp))
            return true;
    struct cursor c = text_cursor(text_trim(span));
    int64_t seconds;
    if (!text_literal(&c, "@") || !text_digits(&c, 1, 12, &seconds) || !text_at_end(&c) ||
        seconds > LAST_SECOND)
        return false;
    *stamp = time_from_utc(seconds);
    return true;
}

bool time_zone_offset(struct span abbreviation, int32_t *offset)
{
    static const struct {
        char name[ZONE_LENGTH + 1];
        int32_t minutes;
    } zones[] = {
        {"GMT", 0},     {"UTC", 0},     {"WET", 0},    {"WEST", 60},  {"CET", 60},   {"CEST", 120},
        {"EET", 120},   {"EEST", 180},  {"MSK", 180},  {"SAST", 120}, {"NST", -210}, {"NDT", -150},
        {"EST", -300},  {"EDT", -240},  {"MST", -420}, {"MDT", -360}, {"PST", -480}, {"PDT", -420},
        {"AKST", -540}, {"AKDT", -480}, {"HST", -600}, {"HKT", 480},  {"JST", 540},  {"KST", 540},
        {"AWST", 480},  {"ACST", 570},  {"ACDT", 630}, {"AEST", 600}, {"AEDT", 660}, {"NZST", 720},
        {"NZDT", 780},  {"IDT", 180},
    };
    for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
        if (text_is(abbreviation, zones[i].name)) {
            *offset = zones[i].minutes * MINUTE;
            return true;
        }
    }
    return false;
}

struct unit {
    const char *name;
    int64_t seconds;
};

static const struct unit short_units[] = {{"d", DAY}, {"h", HOUR}, {"m", MINUTE}, {"s", 1}};

static const struct unit long_units[] = {
    {"week", 7 * DAY},  {"weeks", 7 * DAY},  {"day", DAY},    {"days", DAY},
    {"hour", HOUR},     {"hours", HOUR},     {"min", MINUTE}, {"mins", MINUTE},
    {"minute", MINUTE}, {"minutes", MINUTE}, {"sec", 1},      {"secs", 1},
    {"second", 1},      {"seconds", 1},
};

/* All of SPAN as numbers with units, each smaller than the one before. */
static bool read_units(struct span span, const struct unit *units, size_t count, int64_t *seconds)
{
    struct cursor c = text_cursor(text_trim(span));
    int64_t sum = 0, smallest = INT64_MAX, number;
    do {
        if (!text_digits(&c, 1, UNIT_DIGITS, &number))
            return false;
        text_blanks(&c);
        struct span name = {c.p, 0};
        for (; !text_at_end(&c) && *c.p >= 'a' && *c.p <= 'z'; c.p++)
            name.n++;
        size_t i = 0;
        while (i < count && !(text_is(name, units[i].name) && units[i].seconds < smallest))
            i++;
        if (i == count)
            return false;
        smallest = units[i].seconds;
        sum += number * smallest;
    } while (read_gap(&c));
    if (!text_at_end(&c))
        return false;
    *seconds = sum;
    return true;
}

bool time_parse_uptime(struct span span, int64_t *seconds)
{
    span = text_trim(span);
    if (text_starts(span, "(") && text_ends(span, ")") && span.n > 1)
        span = text_skip(text_head(span, span.n - 1), 1);
    return read_units(span, short_units, sizeof(short_units) / sizeof(short_units[0]), seconds);
}

bool time_parse_age(struct span span, int64_t *seconds)
{
    return read_units(span, long_units, sizeof(long_units) / sizeof(long_units[0]), seconds);
}

/* Saturates: the stamps of hostile JSON may be as far apart as 64 bits allow. */
static int64_t subtract(int64_t a, int64_t b)
{
    if (b < 0 && a > INT64_MAX + b)
        return INT64_MAX;
    if (b > 0 && a < INT64_MIN + b)
        return INT64_MIN;
    return a - b;
}

int64_t time_between(struct stamp a, struct stamp b)
{
    if (a.has_offset && b.has_offset)
        return subtract(subtract(a.civil, a.offset), subtract(b.civil, b.offset));
    return subtract(a.civil, b.civil);
}

bool time_utc(struct stamp stamp, int64_t *seconds)
{
    if (!stamp.has_offset)
        return false;
    *seconds = subtract(stamp.civil, stamp.offset);
    return true;
}

struct stamp time_from_utc(int64_t seconds)
{
    return (struct stamp){.civil = seconds, .has_offset = true, .offset = 0};
}

static void print_civil(int64_t seconds, const char *between, const char *zone, char *buffer,
                        size_t size)
{
    struct civil c = civil_from_seconds(seconds);
    (void)snprintf(buffer, size, "%04lld-%02d-%02d%s%02d:%02d:%02d%s", (long long)c.year,
                   (int)c.month, (int)c.day, between, (int)c.hour, (int)c.minute, (int)c.second,
                   zone);
}

const char *time_print(struct stamp stamp, char *buffer, size_t size)
{
    char zone[16] = "";
    int minutes = (stamp.offset < 0 ? -(stamp.offset / MINUTE) : stamp.offset / MINUTE);
    if (stamp.has_offset)
        (void)snprintf(zone, sizeof(zone), " %c%02d%02d", stamp.offset < 0 ? '-' : '+',
                       minutes / 60, minutes % 60);
    print_civil(stamp.civil, " ", zone, buffer, size);
    return buffer;
}

const char *time_print_utc(int64_t seconds, char *buffer, size_t size)
{
    print_civil(seconds, "T", "Z", buffer, size);
    return buffer;
}

const char *time_print_span(int64_t seconds, char *buffer, size_t size)
{
    const char *sign = seconds < 0 ? "-" : "";
    uint64_t n = seconds < 0 ? 0 - (uint64_t)seconds : (uint64_t)seconds;
    uint64_t step = n < MINUTE ? 1 : n < DAY ? MINUTE : HOUR;
    n = (n + step / 2) / step * step;
    unsigned long long days = n / DAY, hours = n % DAY / HOUR, minutes = n % HOUR / MINUTE;
    if (n < MINUTE)
        (void)snprintf(buffer, size, "%s%u s", sign, (unsigned)n);
    else if (n < HOUR)
        (void)snprintf(buffer, size, "%s%llu min", sign, minutes);
    else if (n < DAY)
        (void)snprintf(buffer, size, minutes == 0 ? "%s%lluh" : "%s%lluh %llumin", sign, hours,
                       minutes);
    else
        (void)snprintf(buffer, size, hours == 0 ? "%s%llud" : "%s%llud %lluh", sign, days, hours);
    return buffer;
}
