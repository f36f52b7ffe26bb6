/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_OPTIONS_H
#define PLUGIN_OPTIONS_H

/*
 * The command line of check_asyncos: one table gives parsing, help and the manual's list. Nothing
 * is printed here; a wrong option is a fault for main to say.
 */

#include <stdio.h>

#include "plugin/flags.h"
#include "plugin/limits.h"

enum options_action {
    OPTIONS_RUN,
    OPTIONS_HELP,
    OPTIONS_VERSION,
    OPTIONS_LIST_CHECKS,
    OPTIONS_PRINT_CONFIG
};

struct options {
    enum options_action action;
    const char *host;
    const char *config; /* NULL = the default path */
    const char *replay; /* NULL = ask the appliance */
    const char *record;
    const char *state;        /* NULL = none: answer from this report, ask nobody */
    unsigned max_age_s;       /* of it */
    unsigned timeout_s;       /* of the whole run; 0 = as configured for the appliance */
    enum state timeout_state; /* of what is missing then; 0 = as any missing answer */
    const char *baseline;
    const char *format; /* "nagios" when not given */
    const char *print;  /* configuration to print; "list" = their names */
    bool answers;       /* print what the appliance said in place of a verdict */
    int verbose;
    bool has_since;
    struct stamp since;
    bool has_expect;
    struct release expect;
    const struct check **checks; /* empty: all that fit the node's role */
    size_t check_count;
    struct limits limits;
    struct check_word *words;
    size_t word_count;
};

/* Reads the command line. False: FAULT's origin is the option, its text says what is wrong. */
bool options_read(struct arena *arena, int argc, char **argv, struct options *options,
                  struct fault *fault);

/* Single arguments, also for postcheck's commands. False: FAULT says what is expected. */
bool options_take_checks(struct arena *arena, const char *list, const struct check ***checks,
                         size_t *count, struct fault *fault);
bool options_take_since(const char *argument, struct stamp *since, struct fault *fault);
bool options_take_expect(const char *argument, struct release *expect, struct fault *fault);

/* The help text: usage, options with defaults, checks, exit codes; lines of at most 80 columns. */
void options_help(FILE *out);

/* The table of options. */
const struct flag *options_flags(size_t *count);

/* The checks with their question, metrics, units, default limits and documents. */
void options_list_checks(FILE *out);

#endif
