/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/options.h"

#include <string.h>

#include "checks/registry.h"
#include "plugin/deploy/deploy.h"
#include "plugin/render/render.h"
#include "plugin/state.h"

/* Long options without a letter. */
enum {
    OPT_BASELINE = FLAGS_LONG,
    OPT_SINCE,
    OPT_EXPECT,
    OPT_REPLAY,
    OPT_RECORD,
    OPT_ANSWERS,
    OPT_STATE,
    OPT_MAX_AGE,
    OPT_FORMAT,
    OPT_OK_WORD,
    OPT_LIST,
    OPT_PRINT
};

static const struct flag table[] = {
    {'H', "hostname", "NODE",
     "the appliance in question, as the configuration or\n"
     "the capture names it"},
    {'f', "config", "FILE",
     "inventory and how to log in (default: $POSTCHECK_CONFIG,\n"
     "else /etc/postcheck/postcheck.ini)"},
    {'C', "check", "CHECK",
     "check to run; repeat, or separate by commas\n"
     "(default: all that fit the appliance's role)"},
    {'w', "warning", "[METRIC=]RANGE",
     "warning range of a metric; without METRIC, of the\n"
     "first metric of the one check that is asked for"},
    {'c', "critical", "[METRIC=]RANGE", "critical range of a metric"},
    {'t', "timeout", "SECONDS[:STATE]",
     "end after so long with what is known by then; what is\n"
     "missing is UNKNOWN, or STATE (warning, critical)"},
    {OPT_REPLAY, "replay", "DIR",
     "ask nobody: judge the recorded answers in DIR; each\n"
     "appliance is a folder: DIR/esa1.example.com/cli/…"},
    {OPT_RECORD, "record", "DIR", "keep what was answered: a capture for --replay"},
    {OPT_ANSWERS, "answers", NULL,
     "print what was answered, packed, in place of a verdict:\n"
     "postcheck verify --via icinga2 judges it elsewhere"},
    {OPT_STATE, "state", "FILE",
     "ask nobody: answer from what postcheck poll --state\n"
     "wrote there, or from the report.json of any run"},
    {OPT_MAX_AGE, "max-age", "DURATION",
     "with --state: older than this is UNKNOWN: 90s, 15m\n"
     "(default), 2h"},
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
    {OPT_PRINT, "print-config", "NAME",
     "print configuration of a monitoring system; the NAME\n"
     "list lists what there is"},
    {'V', "version", NULL, "print the version"},
    {'h', "help", NULL, "print this text"},
};

enum { TABLE = CHECK_COUNT(table) };

static const char *const synopsis =
    "usage: check_asyncos -H NODE [-f FILE] [-C CHECK]... [-w [METRIC=]RANGE]...\n"
    "       [-c [METRIC=]RANGE]... [-t SECONDS[:STATE]] [--replay DIR] [--record DIR]\n"
    "       [--state FILE [--max-age DURATION]] [--baseline DIR] [--since TIME]\n"
    "       [--expect VERSION] [--ok-word CHECK=WORD]... [--format NAME] [-v]...\n"
    "       [--answers] [--list-checks] [--print-config NAME] [-V] [-h]\n";

/* State while reading: a limit or a word may come before the check it belongs to. */
struct reading {
    struct arena *arena;
    struct options *options;
    struct fault *fault;
    const char *ranges[64];
    bool critical[64];
    size_t range_count;
};

/* "alerts, clustercheck, …" */
static const char *all_names(struct arena *arena)
{
    const char *names = "";
    for (size_t i = 0; i < registry_count; i++)
        names = arena_printf(arena, "%s%s%s", names, i > 0 ? ", " : "", registry_checks[i]->name);
    return names;
}

bool options_take_checks(struct arena *arena, const char *list, const struct check ***checks,
                         size_t *count, struct fault *fault)
{
    struct span rest = text_of(list), name;
    for (bool more = true; more;) {
        more = text_cut(rest, ',', &name, &rest);
        name = text_trim(name);
        const struct check *check = registry_find(name);
        if (check == NULL)
            return fault_set(fault, FAULT_INTERNAL, "-C", 0,
                             "no check is called '%.*s'; there are %s", FAULT_QUOTE(name),
                             all_names(arena));
        bool known = false;
        for (size_t i = 0; i < *count; i++)
            known |= (*checks)[i] == check;
        if (known)
            continue;
        *checks = arena_push(arena, *checks, *count, sizeof(**checks));
        (*checks)[(*count)++] = check;
    }
    return true;
}

bool options_take_since(const char *argument, struct stamp *since, struct fault *fault)
{
    return time_parse_any(text_of(argument), since) ||
           fault_set(fault, FAULT_INTERNAL, "--since", 0,
                     "'%.60s' is no time; for instance 2026-03-08T00:30:00Z or "
                     "\"2026-03-08 01:30\"",
                     argument);
}

bool options_take_expect(const char *argument, struct release *expect, struct fault *fault)
{
    if (release_parse(text_of(argument), expect, fault))
        return true;
    (void)memcpy(fault->origin, "--expect", sizeof("--expect"));
    return false;
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

static bool read_print(struct reading *r, const char *argument)
{
    r->options->action = OPTIONS_PRINT_CONFIG;
    r->options->print = argument;
    return strcmp(argument, "list") == 0 || deploy_find(argument) != NULL ||
           fault_set(r->fault, FAULT_INTERNAL, "--print-config", 0, "'%.60s' is none of %s",
                     argument, deploy_names(r->arena));
}

/* "30", "30:critical", "30:2": state words in any letter case, or exit codes. */
static bool read_timeout(struct reading *r, const char *argument)
{
    struct options *o = r->options;
    struct span seconds, word;
    int64_t value;
    bool told = text_cut(text_of(argument), ':', &seconds, &word);
    bool good = text_to_int(seconds, &value) && value >= 1 && value <= 86400;
    o->timeout_state = STATE_UNKNOWN;
    for (enum state s = STATE_UNKNOWN; told && s <= STATE_CRITICAL; s++) {
        char code[2] = {(char)('0' + result_exit_code(s)), '\0'};
        if (text_is_nocase(word, result_state_word(s)) || text_is(word, code)) {
            o->timeout_state = s;
            told = false;
        }
    }
    o->timeout_s = good ? (unsigned)value : 0;
    return (good && !told) ||
           fault_set(r->fault, FAULT_INTERNAL, "-t", 0,
                     "expected SECONDS[:STATE] such as 30 or 30:critical (warning, critical, "
                     "unknown), not '%.60s'",
                     argument);
}

static bool read_one(void *context, int code, const char *argument, struct fault *fault)
{
    struct reading *r = context;
    struct options *o = r->options;
    r->fault = fault;
    switch (code) {
    case 'H':
        o->host = argument;
        return true;
    case 'C':
        return options_take_checks(r->arena, argument, &o->checks, &o->check_count, fault);
    case 'w':
    case 'c':
        return keep_range(r, argument, code == 'c');
    case 'f':
        o->config = argument;
        return true;
    case 't':
        return read_timeout(r, argument);
    case OPT_REPLAY:
        o->replay = argument;
        return true;
    case OPT_RECORD:
        o->record = argument;
        return true;
    case OPT_ANSWERS:
        return o->answers = true;
    case OPT_STATE:
        o->state = argument;
        return true;
    case OPT_MAX_AGE:
        return state_take_max_age(argument, &o->max_age_s, fault);
    case OPT_BASELINE:
        o->baseline = argument;
        return true;
    case OPT_SINCE:
        o->has_since = true;
        return options_take_since(argument, &o->since, fault);
    case OPT_EXPECT:
        o->has_expect = true;
        return options_take_expect(argument, &o->expect, fault);
    case OPT_OK_WORD:
        return read_word(r, argument);
    case OPT_FORMAT:
        return read_format(r, argument);
    case OPT_PRINT:
        return read_print(r, argument);
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

/* An option of asking or judging; NULL: there is none. */
static const char *vain(const struct reading *r)
{
    const struct options *o = r->options;
    return r->range_count > 0    ? (r->critical[0] ? "-c" : "-w")
           : o->replay != NULL   ? "--replay"
           : o->record != NULL   ? "--record"
           : o->baseline != NULL ? "--baseline"
           : o->has_since        ? "--since"
           : o->has_expect       ? "--expect"
           : o->word_count > 0   ? "--ok-word"
                                 : NULL;
}

/* A stored verdict stays what it was: an option that would change it must not look as if it did. */
static bool fits_state(const struct reading *r)
{
    const struct options *o = r->options;
    if (o->state == NULL)
        return o->max_age_s == 0 ||
               fault_set(r->fault, FAULT_INTERNAL, "--max-age", 0, "is about --state FILE");
    return vain(r) == NULL ||
           fault_set(r->fault, FAULT_INTERNAL, vain(r), 0,
                     "with --state nobody is asked and nothing judged again: give it to "
                     "`postcheck poll` or its configuration");
}

static bool fits_answers(const struct reading *r)
{
    const struct options *o = r->options;
    const char *other = o->state != NULL                   ? "--state"
                        : vain(r) != NULL                  ? vain(r)
                        : strcmp(o->format, "nagios") != 0 ? "--format"
                                                           : NULL;
    return !o->answers || other == NULL ||
           fault_set(r->fault, FAULT_INTERNAL, other, 0,
                     "does not go with --answers, which asks and judges nothing");
}

static bool is_complete(struct reading *r)
{
    const struct options *o = r->options;
    if (o->action != OPTIONS_RUN)
        return true;
    if (o->replay != NULL && o->record != NULL)
        return fault_set(r->fault, FAULT_INTERNAL, "--record", 0,
                         "with --replay nobody is asked: there is nothing to record");
    if (o->host == NULL)
        return fault_set(r->fault, FAULT_INTERNAL, "", 0,
                         "-H NODE is missing: the appliance in question");
    return fits_answers(r) && fits_state(r) && apply_ranges(r);
}

bool options_read(struct arena *arena, int argc, char **argv, struct options *options,
                  struct fault *fault)
{
    struct reading r = {.arena = arena, .options = options, .fault = fault};
    const struct flags flags = {table, TABLE, false, false, read_one, &r};
    int first;
    *options = (struct options){.format = "nagios"};
    return flags_read(&flags, argc, argv, &first, fault) && is_complete(&r);
}

const struct flag *options_flags(size_t *count)
{
    *count = TABLE;
    return table;
}

static const char *role_words(enum role role)
{
    return role == ROLE_ANY ? "esa, sma" : role == ROLE_SMA ? "sma" : "esa";
}

void options_help(FILE *out)
{
    (void)fprintf(out,
                  "%s\nAsks one Cisco Secure Email Gateway (ESA) or Secure Email and Web Manager\n"
                  "(SMA) over SSH and HTTPS, or judges what was recorded, and says whether\n"
                  "everything works after an AsyncOS upgrade. Strictly read-only.\n\n"
                  "Options\n",
                  synopsis);
    flags_help(out, table, TABLE, render_help);
    (void)fputs("\nChecks\n", out);
    for (size_t i = 0; i < registry_count; i++)
        (void)fprintf(out, "  %-13s (%s)\n    %s\n", registry_checks[i]->name,
                      role_words(registry_checks[i]->roles), registry_checks[i]->title);
    (void)fputs("\nRange: [@]start:end as in all Nagios plugins; alert outside, with @ inside;\n"
                "\"10\" is 0 to 10, \"10:\" is 10 or more, \"~:10\" is 10 or less.\n"
                "\nExit: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (also for -h, -V, wrong options).\n"
                "What is not recognised is UNKNOWN and quoted, never OK.\n"
                "\nExamples: with the appliance in the configuration (postcheck doctor tries it);\n"
                "without one, with the output of `status` in C/esa1.example.com/cli/status.txt:\n"
                "  check_asyncos -H esa1.example.com -C status,alerts\n"
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
