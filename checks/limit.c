/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/limit.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMS "a range looks like 10, 10:, ~:10, 10:20 or @10:20"

enum {
    QUOTE = 60,
    MAX_DIGITS = 40,
    NUMBER_SIZE = 32,
    FIXED_SIZE = 340 /* the digits of DBL_MAX fit */
};

/*
 * Not strtod(): that obeys the locale, and a plugin started from a German shell would read "1.5" as
 * 1 (monitoring-ecosystem.md 1.4). The wider type keeps the one division exact for all numbers
 * that people write.
 */
static bool to_number(struct span text, double *value)
{
    struct cursor c = text_cursor(text);
    bool negative = text_literal(&c, "-");
    if (!negative)
        (void)text_literal(&c, "+");
    long double number = 0;
    int64_t exponent = 0, places = 0, digits = 0;
    for (bool point = false; !text_at_end(&c); c.p++) {
        if (*c.p == '.' && !point) {
            point = true;
        } else if (*c.p >= '0' && *c.p <= '9') {
            number = number * 10 + (*c.p - '0');
            digits++;
            places += point;
        } else {
            break;
        }
    }
    if (digits == 0 || digits > MAX_DIGITS)
        return false;
    if (text_literal_nocase(&c, "e")) {
        bool small = text_literal(&c, "-");
        if (!small)
            (void)text_literal(&c, "+");
        if (!text_digits(&c, 1, 3, &exponent))
            return false;
        exponent = small ? -exponent : exponent;
    }
    exponent -= places;
    long double power = exponent == 0 ? 1 : powl(10, (long double)llabs(exponent));
    double result = (double)(exponent < 0 ? number / power : number * power);
    if (!text_at_end(&c) || !isfinite(result))
        return false;
    *value = negative ? -result : result;
    return true;
}

/* One end of a range. WHEN_EMPTY is its value when it is left out, NAN when it may not be. */
static bool read_end(const char *range, struct span text, double when_empty, double *value,
                     struct fault *fault)
{
    if (text.n == 0 && !isnan(when_empty)) {
        *value = when_empty;
        return true;
    }
    if (to_number(text, value))
        return true;
    struct span whole = text_head(text_of(range), QUOTE), part = text_head(text, QUOTE);
    return fault_set(fault, FAULT_SYNTAX, NULL, 0,
                     "\"%.*s\" is not a range: \"%.*s\" is not a number; " FORMS,
                     FAULT_QUOTE(whole), FAULT_QUOTE(part));
}

bool limit_parse(const char *text, struct limit *limit, struct fault *fault)
{
    struct span range = text_of(text), start, end;
    if (range.n == 0)
        return fault_set(fault, FAULT_SYNTAX, NULL, 0, "the range is empty; " FORMS);
    struct limit read = {.inside = text_starts(range, "@")};
    if (read.inside)
        range = text_skip(range, 1);
    if (!text_cut(range, ':', &start, &end)) {
        if (!read_end(text, start, NAN, &read.high, fault))
            return false;
    } else {
        if (text_is(start, "~"))
            read.low = -INFINITY;
        else if (!read_end(text, start, 0, &read.low, fault))
            return false;
        if (!read_end(text, end, INFINITY, &read.high, fault))
            return false;
    }
    if (read.low > read.high) {
        struct span whole = text_of(text);
        char low[NUMBER_SIZE], high[NUMBER_SIZE];
        return fault_set(fault, FAULT_SYNTAX, NULL, 0,
                         "\"%.*s\" is not a range: its start %s is above its end %s; " FORMS,
                         FAULT_QUOTE(whole), limit_print_number(read.low, low, sizeof(low)),
                         limit_print_number(read.high, high, sizeof(high)));
    }
    *limit = read;
    return true;
}

bool limit_alerts(const struct limit *limit, double value)
{
    /* What is not a number is nowhere, so neither form may call it good. */
    if (isnan(value))
        return true;
    bool within = value >= limit->low && value <= limit->high;
    return within == limit->inside;
}

/* Nearly all numbers are whole and small enough to be exact. False: VALUE is another one. */
static bool print_whole(double value, char *buffer, size_t size)
{
    enum { MAX_WHOLE = 1000000000 };
    char text[16];
    size_t n = sizeof(text);
    if (!(fabs(value) < MAX_WHOLE) || value != (double)(int64_t)value || size < sizeof(text))
        return false;
    int64_t rest = (int64_t)fabs(value);
    do
        text[--n] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (value < 0)
        text[--n] = '-';
    memcpy(buffer, text + n, sizeof(text) - n);
    buffer[sizeof(text) - n] = '\0';
    return true;
}

const char *limit_print_number(double value, char *buffer, size_t size)
{
    if (print_whole(value, buffer, size))
        return buffer;
    char text[FIXED_SIZE];
    /* No decimal point is ever printed by the C library: it would be the locale's. */
    double whole, fraction = round(modf(fabs(value), &whole) * 1e6);
    if (fraction >= 1e6) {
        whole += 1;
        fraction = 0;
    }
    bool negative = value < 0 && (whole > 0 || fraction > 0);
    int n = snprintf(text, sizeof(text), "%s%.0f.%06.0f", negative ? "-" : "", whole, fraction);
    while (n > 0 && text[n - 1] == '0')
        n--;
    if (n > 0 && text[n - 1] == '.')
        n--;
    /* "U" is the guidelines' word for a value that is not known; a cut number would be a lie. */
    bool fits = isfinite(value) && (size_t)n < size;
    (void)snprintf(buffer, size, "%.*s", fits ? n : 1, fits ? text : "U");
    return buffer;
}

/* The shortest text that reads back to exactly VALUE; scientific where six places do not do. */
static const char *print_exact(double value, char buffer[NUMBER_SIZE])
{
    double back;
    if (print_whole(value, buffer, NUMBER_SIZE))
        return buffer;
    if (to_number(text_of(limit_print_number(value, buffer, NUMBER_SIZE - 6)), &back) &&
        back == value)
        return buffer;
    for (int precision = 0; precision < 17; precision++) {
        char text[NUMBER_SIZE];
        size_t n = 0;
        (void)snprintf(text, sizeof(text), "%.*e", precision, value);
        for (const char *p = text; *p != '\0'; p++) {
            bool plain = strchr("0123456789+-e", *p) != NULL;
            if (plain || (n > 0 && buffer[n - 1] != '.'))
                buffer[n++] = plain ? *p : '.';
        }
        buffer[n] = '\0';
        if (to_number(text_of(buffer), &back) && back == value)
            break;
    }
    return buffer;
}

const char *limit_print(const struct limit *limit, char *buffer, size_t size)
{
    char low[NUMBER_SIZE] = "~", high[NUMBER_SIZE] = "";
    bool bare = limit->low == 0 && isfinite(limit->high);
    if (isfinite(limit->low))
        (void)print_exact(limit->low, low);
    if (isfinite(limit->high))
        (void)print_exact(limit->high, high);
    (void)snprintf(buffer, size, "%s%s%s%s", limit->inside ? "@" : "", bare ? "" : low,
                   bare ? "" : ":", high);
    return buffer;
}

const char *limit_print_perfdata(const struct limit *limit, char *buffer, size_t size)
{
    struct limit shown = *limit;
    if (!shown.inside && isinf(shown.low) && isfinite(shown.high))
        shown.low = 0;
    return limit_print(&shown, buffer, size);
}
