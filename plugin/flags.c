/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/flags.h"

#include <getopt.h>
#include <string.h>

enum { MAX_FLAGS = 40 };

/* getopt's own words for a wrong flag go to stderr; ours are said by main. */
static bool wrong_flag(int code, char **argv, struct fault *fault)
{
    char letter[] = {'-', (char)optopt, '\0'};
    /* A long flag that takes no argument, given one, comes with its letter in optopt. */
    bool is_letter = optopt != 0 && optopt < FLAGS_LONG && strncmp(argv[optind - 1], "--", 2) != 0;
    const char *name = is_letter ? letter : argv[optind - 1];
    return fault_set(fault, FAULT_INTERNAL, "", 0,
                     code == ':' ? "option %.100s needs an argument; -h shows all options"
                                 : "unknown option %.100s; -h shows all options",
                     name);
}

bool flags_read(const struct flags *flags, int argc, char **argv, int *first, struct fault *fault)
{
    struct option longs[MAX_FLAGS + 1] = {{NULL, 0, NULL, 0}};
    char shorts[2 * MAX_FLAGS + 3] = "+:";
    size_t used = flags->first ? 2 : 1;
    if (!flags->first)
        shorts[0] = ':';
    for (size_t i = 0; i < flags->count && i < MAX_FLAGS; i++) {
        const struct flag *flag = &flags->table[i];
        longs[i] = (struct option){flag->name, flag->argument ? required_argument : no_argument,
                                   NULL, flag->code};
        if (flag->code < FLAGS_LONG) {
            shorts[used++] = (char)flag->code;
            if (flag->argument != NULL)
                shorts[used++] = ':';
        }
    }
    shorts[used] = '\0';
    opterr = 0;
    optind = 0; /* glibc: begin anew, also with the '+' */
    for (int code; (code = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        if (code == '?' || code == ':')
            return wrong_flag(code, argv, fault);
        if (!flags->take(flags->context, code, optarg, fault))
            return false;
    }
    if (optind < argc && !flags->operands)
        return fault_set(fault, FAULT_INTERNAL, "", 0,
                         "'%.100s' is no option; every value needs its option, -h shows all",
                         argv[optind]);
    *first = optind;
    return true;
}

static void help_one(FILE *out, const struct flag *flag, void (*other)(FILE *out))
{
    enum { COLUMN = 24 };
    char left[64];
    const char *dash = flag->argument != NULL ? "=" : "";
    const char *argument = flag->argument != NULL ? flag->argument : "";
    if (flag->code < FLAGS_LONG)
        (void)snprintf(left, sizeof(left), "-%c, --%s%s%s", flag->code, flag->name, dash, argument);
    else
        (void)snprintf(left, sizeof(left), "    --%s%s%s", flag->name, dash, argument);
    (void)fprintf(out, "  %-*s", COLUMN - 2, left);
    if (strlen(left) > COLUMN - 3)
        (void)fprintf(out, "\n%*s", COLUMN, "");
    if (flag->help == NULL) {
        other(out);
        return;
    }
    struct span rest = text_of(flag->help), line;
    bool more = text_cut(rest, '\n', &line, &rest);
    (void)fprintf(out, "%.*s\n", TEXT_ARGS(line));
    while (more) {
        more = text_cut(rest, '\n', &line, &rest);
        (void)fprintf(out, "%*s%.*s\n", COLUMN, "", TEXT_ARGS(line));
    }
}

void flags_help(FILE *out, const struct flag *table, size_t count, void (*other)(FILE *out))
{
    for (size_t i = 0; i < count; i++)
        help_one(out, &table[i], other);
}
