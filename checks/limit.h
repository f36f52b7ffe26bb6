/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_LIMIT_H
#define CHECKS_LIMIT_H

/*
 * Nagios threshold ranges: [@]start:end, both ends inclusive, alert when outside, with @ inside.
 * Monitoring Plugins Development Guidelines; monitoring-ecosystem.md 1.4. Numbers ignore the
 * locale: digits, '.', optional sign and exponent; nothing else is accepted.
 */

#include <stdbool.h>
#include <stddef.h>

#include "checks/fault.h"

struct limit {
    double low;  /* -INFINITY for "~" */
    double high; /* +INFINITY when left out */
    bool inside; /* "@": alert inside */
};

/*
 * Reads all of TEXT. "", "~" alone, blanks, "20:10", "10foo", hex, inf and nan are errors: false,
 * FAULT (kind SYNTAX) says what is wrong and how a range looks; *LIMIT is untouched.
 */
bool limit_parse(const char *text, struct limit *limit, struct fault *fault);

/* Does VALUE raise the alert? */
bool limit_alerts(const struct limit *limit, double value);

/*
 * Prints LIMIT in its shortest form that reads back to the same range: "10", "10:", "~:10",
 * "10:20", "@10:20". Returns BUFFER; SIZE of 64 is always enough.
 */
const char *limit_print(const struct limit *limit, char *buffer, size_t size);

/*
 * The form for performance data: as limit_print(), but a one-sided "~:N" is printed as bare "N",
 * since Icinga's metric writers drop every range that is not a plain number (1.5).
 */
const char *limit_print_perfdata(const struct limit *limit, char *buffer, size_t size);

/* VALUE with at most six digits after the point, without trailing zeros and without exponent. */
const char *limit_print_number(double value, char *buffer, size_t size);

#endif
