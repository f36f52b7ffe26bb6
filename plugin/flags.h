/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FLAGS_H
#define PLUGIN_FLAGS_H

/*
 * Command lines: one table of flags gives parsing, help and what the manual is compared with.
 * Nothing is printed here but help; a wrong flag is a fault for main to say.
 */

#include <stdio.h>

#include "checks/fault.h"

/* Codes of flags without a letter begin here. */
enum { FLAGS_LONG = 256 };

struct flag {
    int code; /* the letter, when there is one */
    const char *name;
    const char *argument; /* NULL = none */
    const char *help;     /* lines separated by '\n'; NULL: printed by a function of the caller */
};

struct flags {
    const struct flag *table;
    size_t count;
    bool operands; /* words that are no flags are allowed; they are moved behind the flags */
    bool first;    /* the first such word ends the flags: what follows is a command's */
    /* One flag that was given. False with FAULT ends the reading. */
    bool (*take)(void *context, int code, const char *argument, struct fault *fault);
    void *context;
};

/*
 * Reads ARGV from its second word on; *FIRST is the index of the first operand, ARGC when there is
 * none. False: FAULT says in one sentence what is wrong.
 */
bool flags_read(const struct flags *flags, int argc, char **argv, int *first, struct fault *fault);

/* "  -H, --hostname=NODE   the appliance …", all of TABLE; lines of at most 80 columns. */
void flags_help(FILE *out, const struct flag *table, size_t count, void (*other)(FILE *out));

#endif
