/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/options.h"

#include <getopt.h>
#include <string.h>

#include "checks/registry.h"
#include "plugin/render/render.h"

/* Long options without a letter. */
enum { OPT_BASELINE = 256, OPT_SINCE, OPT_EXPECT, OPT_REPLAY, OPT_FORMAT, OPT_OK_WORD, OPT_LIST };

static const struct {
    int code; /* the letter, when there is one */
    const char *name;
    const char *argument; /* NULL = none */
    const char *help;     /* lines separated by '\n' */
} table[] = {
    {'H', "hostname", "NODE", "the appliance in question, as named in the capture"},
    {'C', "check", "CHECK",
     "check to run; repeat, or separate by commas\n"
     "(default: all that fit the appliance's role)"},
    {'w', "warning", "[METRIC=]RANGE",
     "warning range of a metric; without METRIC, of the\n"
     "first metric of the one check that is asked for"},
    {'c', "critical", "[METRIC=]RANGE", "critical range of a metric"},
    {OPT_REPLAY, "replay", "DIR",
     "judge the recorded answers in DIR; each appliance is a\n"
     "folder: DIR/esa1.example.com/cli/status.txt …"},
    {OPT_BASELINE, "baseline", "DIR", "capture from before the change, to compare with"},
    {OPT_SINCE, "since", "TIME",
     "start of the change: \"2026-03-08 01:30\" in the\n"
     "appliance's zone, 2026-03-08T00:30:00Z, @SECONDS"},
    {OPT_EXPECT, "expect", "VERSION",
     "planned release: 15.0.3-002, \"15.0.3 build 002\",\n"
     "phoebe-15-0-3-002, 15.0.3"},
    {OPT_OK_WORD, "ok-word", "CHECK=WORD",
     "word that means good on a localised GUI page\n"
     "(checks services, tracking); repeat"},
    {OPT_FORMAT, "format", "NAME", NULL},
    {'v', "verbose", NULL, "more: hints and evidence; -vv also what was fine"},
    {OPT_LIST, "list-checks", NULL, "list the checks with metrics, limits, documents"},
    {'V', "version", NULL, "print the version"},
    {'h', "help", NULL, "print this text"},
};

enum { TABLE = CHECK_COUNT(table) };

static const char *const synopsis =
    "usage: check_asyncos --replay DIR -H NODE [-C CHECK]... [-w [METRIC=]RANGE]...\n"
    "       [-c [METRIC=]RANGE]... [--baseline DIR] [--since TIME] [--expect VERSION]\n"
    "       [--ok-word CHECK=WORD]... [--format NAME] [-v]...\n"
    "       [--list-checks] [-V] [-h]\n";

/* State while reading: a limit or a word may come before the check it belongs to. */
struct reading {
    struct arena *arena;
    struct options *options;
    struct fault *fault;
    const char *ranges[64];
    bool critical[64];
    size_t range_count;
};

static bool read_checks(struct reading *r, const char *list)
{
    struct span rest = text_of(list), name;
    for (bool more = true; more;) {
        more = text_cut(rest, ',', &name, &rest);
        name = text_trim(name);
        const struct check *check = registry_find(name);
        if (check == NULL)
            return fault_set(r->fault, FAULT_INTERNAL, "-C", 0,
                             "no check is called '%.*s'; --list-checks shows all",
                             FAULT_QUOTE(name));
        bool known = false;
        for (size_t i = 0; i < r->options->check_count; i++)
            known |= r->options->checks[i] == check;
        if (known)
            continue;
        struct options *o = r->options;
        o->checks = arena_push(r->arena, o->checks, o->check_count, sizeof(*o->checks));
        o->checks[o->check_count++] = check;
    }
    return true;
}

static bool read_word(struct reading *r, const char *argument)
{
    struct span name, word;
    struct options *o = r->options;
    bool cut = text_cut(text_of(argument), '=', &name, &word);
    const struct check *check = registry_find(name);
    word = text_trim(word);
    if (!cut || check == NULL || word.n == 0)
        return fault_set(r->fault, FAULT_INTERNAL, "--ok-word", 0,
                         "expected CHECK=WORD such as tracking=OK, not '%.100s'", argument);
    o->words = arena_push(r->arena, o->words, o->word_count, sizeof(*o->words));
    o->words[o->word_count++] = (struct check_word){check, word};
    return true;
}

static bool keep_range(struct reading *r, const char *argument, bool critical)
{
    if (r->range_count == CHECK_COUNT(r->ranges))
        return fault_set(r->fault, FAULT_INTERNAL, critical ? "-c" : "-w", 0, "too many ranges");
    r->ranges[r->range_count] = argument;
    r->critical[r->range_count++] = critical;
    return true;
}

/* Now that all -C are known. */
static bool apply_ranges(struct reading *r)
{
    struct options *o = r->options;
    bool all = o->check_count == 0;
    const struct check *const *checks = all ? registry_checks : o->checks;
    for (size_t i = 0; i < r->range_count; i++)
        if (!limits_add(r->arena, &o->limits, checks, all ? registry_count : o->check_count,
                        r->ranges[i], r->critical[i], r->critical[i] ? "-c" : "-w", r->fault))
            return false;
    return true;
}

static bool read_format(struct reading *r, const char *argument)
{
    r->options->format = argument;
    return render_find(argument) != NULL ||
           fault_set(r->fault, FAULT_INTERNAL, "--format", 0, "'%.60s' is none of %s", argument,
                     render_names(r->arena));
}

static bool read_one(struct reading *r, int code, const char *argument)
{
    struct options *o = r->options;
    switch (code) {
    case 'H':
        o->host = argument;
        return true;
    case 'C':
        return read_checks(r, argument);
    case 'w':
    case 'c':
        return keep_range(r, argument, code == 'c');
    case OPT_REPLAY:
        o->replay = argument;
        return true;
    case OPT_BASELINE:
        o->baseline = argument;
        return true;
    case OPT_SINCE:
        o->has_since = true;
        return time_parse_any(text_of(argument), &o->since) ||
               fault_set(r->fault, FAULT_INTERNAL, "--since", 0,
                         "'%.60s' is no time; for instance 2026-03-08T00:30:00Z or "
                         "\"2026-03-08 01:30\"",
                         argument);
    case OPT_EXPECT:
        o->has_expect = true;
        if (release_parse(text_of(argument), &o->expect, r->fault))
            return true;
        (void)memcpy(r->fault->origin, "--expect", sizeof("--expect"));
        return false;
    case OPT_OK_WORD:
        return read_word(r, argument);
    case OPT_FORMAT:
        return read_format(r, argument);
    case 'v':
        o->verbose++;
        return true;
    default:
        o->action = code == 'h'   ? OPTIONS_HELP
                    : code == 'V' ? OPTIONS_VERSION
                                  : OPTIONS_LIST_CHECKS;
        return true;
    }
}

/* getopt's own words for a wrong option go to stderr; ours are said by main. */
static bool wrong_option(struct reading *r, int code, char **argv)
{
    char letter[] = {'-', (char)optopt, '\0'};
    /* A long option that takes no argument, given one, comes with its letter in optopt. */
    bool is_letter =
        optopt != 0 && optopt < OPT_BASELINE && strncmp(argv[optind - 1], "--", 2) != 0;
    const char *name = is_letter ? letter : argv[optind - 1];
    return fault_set(r->fault, FAULT_INTERNAL, "", 0,
                     code == ':' ? "option %.100s needs an argument; -h shows all options"
                                 : "unknown option %.100s; -h shows all options",
                     name);
}

static bool is_complete(struct reading *r)
{
    const struct options *o = r->options;
    if (o->action != OPTIONS_RUN)
        return true;
    if (o->replay == NULL)
        return fault_set(r->fault, FAULT_INTERNAL, "", 0,
                         "--replay DIR is missing: the folder with the recorded answers");
    if (o->host == NULL)
        return fault_set(r->fault, FAULT_INTERNAL, "", 0,
                         "-H NODE is missing: the appliance in question");
    return apply_ranges(r);
}

bool options_read(struct arena *arena, int argc, char **argv, struct options *options,
                  struct fault *fault)
{
    struct option longs[TABLE + 1] = {{NULL, 0, NULL, 0}};
    char shorts[2 * TABLE + 2] = ":";
    size_t used = 1;
    for (size_t i = 0; i < TABLE; i++) {
        longs[i] =
            (struct option){table[i].name, table[i].argument ? required_argument : no_argument,
                            NULL, table[i].code};
        if (table[i].code < OPT_BASELINE) {
            shorts[used++] = (char)table[i].code;
            if (table[i].argument != NULL)
                shorts[used++] = ':';
        }
    }
    *options = (struct options){.format = "nagios"};
    struct reading r = {.arena = arena, .options = options, .fault = fault};
    opterr = 0;
    for (int code; (code = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        if (code == '?' || code == ':')
            return wrong_option(&r, code, argv);
        if (!read_one(&r, code, optarg))
            return false;
    }
    if (optind < argc)
        return fault_set(fault, FAULT_INTERNAL, "", 0,
                         "'%.100s' is no option; every value needs its option, -h shows all",
                         argv[optind]);
    return is_complete(&r);
}

static void help_option(FILE *out, size_t i)
{
    enum { COLUMN = 24 };
    char left[64];
    const char *dash = table[i].argument != NULL ? "=" : "";
    const char *argument = table[i].argument != NULL ? table[i].argument : "";
    if (table[i].code < OPT_BASELINE)
        (void)snprintf(left, sizeof(left), "-%c, --%s%s%s", table[i].code, table[i].name, dash,
                       argument);
    else
        (void)snprintf(left, sizeof(left), "    --%s%s%s", table[i].name, dash, argument);
    (void)fprintf(out, "  %-*s", COLUMN - 2, left);
    if (strlen(left) > COLUMN - 3)
        (void)fprintf(out, "\n%*s", COLUMN, "");
    if (table[i].help == NULL) {
        render_help(out);
        return;
    }
    struct span rest = text_of(table[i].help), line;
    bool more = text_cut(rest, '\n', &line, &rest);
    (void)fprintf(out, "%.*s\n", TEXT_ARGS(line));
    while (more) {
        more = text_cut(rest, '\n', &line, &rest);
        (void)fprintf(out, "%*s%.*s\n", COLUMN, "", TEXT_ARGS(line));
    }
}

static const char *role_words(enum role role)
{
    return role == ROLE_ANY ? "esa, sma" : role == ROLE_SMA ? "sma" : "esa";
}

void options_help(FILE *out)
{
    (void)fprintf(out,
                  "%s\nJudges what Cisco Secure Email Gateways (ESA) and Secure Email and Web\n"
                  "Managers (SMA) answered after an AsyncOS upgrade. Asks and changes nothing.\n\n"
                  "Options\n",
                  synopsis);
    for (size_t i = 0; i < TABLE; i++)
        help_option(out, i);
    (void)fputs("\nChecks\n", out);
    for (size_t i = 0; i < registry_count; i++)
        (void)fprintf(out, "  %-13s (%s)\n    %s\n", registry_checks[i]->name,
                      role_words(registry_checks[i]->roles), registry_checks[i]->title);
    (void)fputs(
        "\nRange: [@]start:end as in all Nagios plugins; alert outside, with @ inside;\n"
        "\"10\" is 0 to 10, \"10:\" is 10 or more, \"~:10\" is 10 or less.\n"
        "\nExit: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (also for -h, -V, wrong options).\n"
        "What is not recognised is UNKNOWN and quoted, never OK.\n"
        "\nExample: save the output of `status` as C/esa1.example.com/cli/status.txt, then\n"
        "  check_asyncos --replay C -H esa1.example.com -C status\n",
        out);
}

static void list_metric(FILE *out, const struct metric_spec *spec)
{
    (void)fprintf(out, "    metric   %s%s%s: %s%s%s%s%s\n", spec->name, *spec->unit ? " in " : "",
                  spec->unit, spec->help, spec->warning ? "; warning " : "",
                  spec->warning ? spec->warning : "", spec->critical ? "; critical " : "",
                  spec->critical ? spec->critical : "");
}

void options_list_checks(FILE *out)
{
    static const char *const ranks[] = {"", ", one of these", ", second source"};
    for (size_t i = 0; i < registry_count; i++) {
        const struct check *check = registry_checks[i];
        (void)fprintf(out, "%s (%s)\n    %s\n", check->name, role_words(check->roles),
                      check->title);
        for (size_t n = 0; n < check->need_count; n++)
            (void)fprintf(out, "    document %s (%s)%s\n", check->needs[n].kind->id,
                          check->needs[n].kind->asked, ranks[check->needs[n].rank]);
        for (size_t m = 0; m < check->metric_count; m++)
            list_metric(out, &check->metrics[m]);
    }
}
