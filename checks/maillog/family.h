/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_FAMILY_H
#define CHECKS_MAILLOG_FAMILY_H

/* The families of log lines: rows of family.def, compiled once into what the hot loop compares. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/text.h"

enum family {
#define FAMILY(name, use, pattern, sample) FAMILY_##name,
#define FORM(name, pattern, sample)
#include "checks/maillog/family.def"
#undef FAMILY
#undef FORM
    FAMILY_COUNT
};

/* What a line of a family changes. */
enum family_use {
    FAMILY_USE_QUIET,  /* nothing: it is counted */
    FAMILY_USE_DETAIL, /* adds text to a message, when texts are kept */
    FAMILY_USE_LINK,   /* a connection */
    FAMILY_USE_MAIL,   /* a message */
    FAMILY_USE_HEAD    /* what is known of the log */
};

/* One wording of a family. */
struct family_row {
    uint8_t family;
    const char *pattern; /* "": never matched by its pattern */
    const char *sample;
};

extern const struct family_row family_rows[];
extern const size_t family_row_count;

const char *family_name(enum family family); /* "icid_new" */
enum family_use family_use(enum family family);

/* Slow and plain: does MESSAGE begin as PATTERN says? The tests' oracle for the hot loop. */
bool family_fits(const char *pattern, struct span message, uint64_t id[2], const char **rest);

#endif
