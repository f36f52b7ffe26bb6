/* SPDX-License-Identifier: GPL-3.0-or-later */

/* postcheck: the operator's program. Also check_asyncos, when that is the name it is called by. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin/ask.h"
#include "plugin/asyncos.h"
#include "plugin/cmd/cmd.h"
#include "plugin/output.h"
#include "plugin/render/render.h"

enum {
    FLAG_OUTPUT = FLAGS_LONG,
    FLAG_FORMAT,
    FLAG_NO_PROGRESS,
    FLAG_RECORD,
    FLAG_BASELINE,
    FLAG_STATE,
    FLAG_SINCE,
    FLAG_EXPECT
};

static const struct flag common_flags[] = {
    {'f', "config", "FILE",
     "configuration (default: $POSTCHECK_CONFIG, else\n"
     "/etc/postcheck/postcheck.ini)"},
    {FLAG_FORMAT, "format", "NAME", "text (default) or json"},
    {FLAG_OUTPUT, "output", "FILE", "write the result to FILE, whole or not at all"},
    {FLAG_NO_PROGRESS, "no-progress", NULL, "no progress line on a terminal"},
    {'v', "verbose", NULL, "more: hints and evidence"},
    {'h', "help", NULL, "print this text"},
};

static const struct {
    unsigned need;
    struct flag flags[4];
} further[] = {
    {CMD_FLAG_CHECK,
     {{'C', "check", "CHECK", "check to run; repeat, or separate by commas\n(default: all)"},
      {FLAG_SINCE, "since", "TIME", "start of the change: 2026-03-08T00:30:00Z, @SECONDS"},
      {FLAG_EXPECT, "expect", "VERSION", "planned release, in place of the configuration's"}}},
    {CMD_FLAG_BASELINE,
     {{FLAG_BASELINE, "baseline", "DIR", "capture from before the change, to compare with"}}},
    {CMD_FLAG_RECORD, {{FLAG_RECORD, "record", "DIR", "keep what was answered: a capture"}}},
    {CMD_FLAG_STATE, {{FLAG_STATE, "state", "FILE", "write the report as JSON, replaced at once"}}},
    {CMD_FLAG_TIMEOUT,
     {{'t', "timeout", "SECONDS", "end the whole run after so long with what is known"}}},
};

struct call {
    struct cmd cmd;
    const struct cmd_row *row;
    struct flag table[32];
    size_t flag_count;
    bool help;
};

/* "text (default), json, html": of this command, in lines that fit a help. */
static const char *formats_help(const struct call *call)
{
    enum { WIDTH = 50 };
    const char *text = arena_printf(call->cmd.arena, "%s (default)", call->row->formats[0]);
    size_t column = strlen(text);
    for (size_t i = 1; call->row->formats[i] != NULL; i++) {
        const char *name = call->row->formats[i];
        const bool breaks = column + strlen(name) > WIDTH;
        text = arena_printf(call->cmd.arena, "%s,%s%s", text, breaks ? "\n" : " ", name);
        column = (breaks ? 0 : column + 2) + strlen(name);
    }
    return text;
}

static void make_table(struct call *call)
{
    for (size_t i = 0; call->row->own != NULL && i < *call->row->own_count; i++)
        call->table[call->flag_count++] = call->row->own[i];
    for (size_t i = 0; i < CHECK_COUNT(further); i++)
        for (size_t f = 0; f < CHECK_COUNT(further[i].flags); f++)
            if ((call->row->flags & further[i].need) != 0 && further[i].flags[f].name != NULL)
                call->table[call->flag_count++] = further[i].flags[f];
    for (size_t i = 0; i < CHECK_COUNT(common_flags); i++)
        call->table[call->flag_count++] = common_flags[i];
    for (size_t i = 0; i < call->flag_count; i++)
        if (call->table[i].code == FLAG_FORMAT)
            call->table[i].help = formats_help(call);
}

static bool take_format(struct call *call, const char *argument, struct fault *fault)
{
    for (size_t i = 0; call->row->formats[i] != NULL; i++)
        if (strcmp(call->row->formats[i], argument) == 0) {
            call->cmd.format = argument;
            return true;
        }
    const char *names = "";
    for (size_t i = 0; call->row->formats[i] != NULL; i++)
        names = arena_printf(call->cmd.arena, "%s%s%s", names, i > 0 ? ", " : "",
                             call->row->formats[i]);
    return fault_set(fault, FAULT_INTERNAL, "--format", 0, "'%.60s' is none of %s", argument,
                     names);
}

static bool take_number(const char *argument, unsigned *value, struct fault *fault)
{
    int64_t number;
    if (!text_to_int(text_of(argument), &number) || number < 1 || number > 86400)
        return fault_set(fault, FAULT_INTERNAL, "-t", 0,
                         "expected seconds such as 300, not '%.60s'", argument);
    *value = (unsigned)number;
    return true;
}

static bool take(void *context, int code, const char *argument, struct fault *fault)
{
    struct call *call = context;
    struct cmd *cmd = &call->cmd;
    switch (code) {
    case 'f':
        cmd->config_path = argument;
        return true;
    case 'v':
        cmd->verbose++;
        return true;
    case 't':
        return take_number(argument, &cmd->timeout_s, fault);
    case 'C':
        return options_take_checks(cmd->arena, argument, &cmd->checks, &cmd->check_count, fault);
    case FLAG_FORMAT:
        return take_format(call, argument, fault);
    case FLAG_OUTPUT:
        cmd->output = argument;
        return true;
    case FLAG_NO_PROGRESS:
        cmd->progress = false;
        return true;
    case FLAG_RECORD:
        cmd->record = argument;
        return true;
    case FLAG_BASELINE:
        cmd->baseline = argument;
        return true;
    case FLAG_STATE:
        cmd->state = argument;
        return true;
    case FLAG_SINCE:
        cmd->judging.has_since = true;
        return options_take_since(argument, &cmd->judging.since, fault);
    case FLAG_EXPECT:
        cmd->judging.has_expect = true;
        return options_take_expect(argument, &cmd->judging.expect, fault);
    case 'h':
        call->help = true;
        return true;
    default:
        return call->row->take(cmd, code, argument, fault);
    }
}

static void help_all(FILE *out)
{
    (void)fputs("usage: postcheck [-f FILE] COMMAND [OPTION]... [NAME]...\n"
                "       postcheck COMMAND -h | -V | -h\n\n"
                "Proves that Cisco Secure Email Gateways (ESA) and Secure Email and Web Managers\n"
                "(SMA) work after an AsyncOS upgrade. Strictly read-only.\n\nCommands\n",
                out);
    for (size_t i = 0; i < cmd_row_count; i++)
        (void)fprintf(out, "  %-10s %s\n", cmd_rows[i].name, cmd_rows[i].help);
    (void)fputs("\nThe inventory and where secrets lie stand in the configuration: -f FILE, else\n"
                "$POSTCHECK_CONFIG, else /etc/postcheck/postcheck.ini. Results go to stdout,\n"
                "progress to stderr. Exit 3: wrong options, or the work could not be done.\n"
                "One appliance for a monitoring system: check_asyncos -h.\n",
                out);
}

static void help_one(const struct call *call, FILE *out)
{
    const struct cmd_row *row = call->row;
    (void)fprintf(out, "usage: postcheck %s [OPTION]...%s%s\n\n%s%s\nOptions\n", row->name,
                  *row->operands ? " " : "", row->operands,
                  row->details != NULL ? row->details : row->help,
                  row->details != NULL ? "" : ".\n");
    flags_help(out, call->table, call->flag_count, render_help);
    (void)fprintf(out, "\nExit: %s.\n", row->exits);
}

static const struct cmd_row *find_row(const char *name)
{
    for (size_t i = 0; i < cmd_row_count; i++)
        if (strcmp(cmd_rows[i].name, name) == 0)
            return &cmd_rows[i];
    return NULL;
}

static bool count_operands(struct call *call, int argc, char **argv, struct fault *fault)
{
    call->cmd.argc = argc;
    call->cmd.argv = argv;
    if (argc < call->row->min_operands)
        return fault_set(fault, FAULT_INTERNAL, call->row->name, 0,
                         "%s is missing; postcheck %s -h shows how", call->row->operands,
                         call->row->name);
    if (argc > call->row->max_operands)
        return fault_set(fault, FAULT_INTERNAL, call->row->name, 0,
                         "'%.80s' is one word too many; postcheck %s -h shows how",
                         argv[call->row->max_operands], call->row->name);
    return true;
}

static void judge_by_config(struct call *call)
{
    struct cmd *cmd = &call->cmd;
    cmd->judging.checks = cmd->checks;
    cmd->judging.check_count = cmd->check_count;
    cmd->judging.limits = cmd->config.limits.items;
    cmd->judging.limit_count = cmd->config.limits.count;
    cmd->judging.words = cmd->config.words;
    cmd->judging.word_count = cmd->config.word_count;
    if (!cmd->judging.has_since && cmd->config.has_since) {
        cmd->judging.has_since = true;
        cmd->judging.since = cmd->config.since;
    }
}

/* Who judges a capture needs none, but may name one: for its limits and waivers. */
static bool load_config(struct call *call, struct fault *fault)
{
    struct cmd *cmd = &call->cmd;
    const char *path = cmd->config_path != NULL ? cmd->config_path : config_default_path();
    if (!call->row->needs_config || (cmd->replay != NULL && cmd->config_path == NULL))
        return true;
    return cmd->replay != NULL ? config_load_rules(cmd->arena, path, &cmd->config, fault)
                               : config_load(cmd->arena, path, &cmd->config, fault);
}

/* Colours only for eyes (https://no-color.org). */
static bool wants_colour(const struct cmd *cmd)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return cmd->output == NULL && isatty(STDOUT_FILENO) != 0 && (no == NULL || *no == '\0') &&
           term != NULL && strcmp(term, "dumb") != 0;
}

/* The command with everything read: 3 with FAULT when it could not do its work. */
static int run(struct call *call, struct fault *fault)
{
    struct cmd *cmd = &call->cmd;
    struct output output;
    if (!load_config(call, fault))
        return 3;
    judge_by_config(call);
    if (!output_open(cmd->arena, cmd->output, &output, fault))
        return 3;
    cmd->out = output.file;
    cmd->colour = wants_colour(cmd);
    int code = call->row->run(cmd, fault);
    bool failed = fault->kind != FAULT_NONE;
    struct fault unwritten;
    if (!output_close(&output, !failed, &unwritten)) {
        if (!failed)
            *fault = unwritten;
        return 3;
    }
    return code;
}

static int complain(struct arena *arena, const struct fault *fault)
{
    const char *text = arena_printf(arena, "%s%s%s", fault->origin,
                                    fault->origin[0] != '\0' ? ": " : "", fault->text);
    (void)fprintf(stderr, "postcheck: %s\n", result_clean(arena, text_of(text), 600));
    return 3;
}

/* What stands in stdout was the answer: 3 when it did not get there. */
static int answered(struct arena *arena)
{
    struct output output = {.file = stdout};
    struct fault fault = {.kind = FAULT_NONE};
    return output_close(&output, true, &fault) ? 0 : complain(arena, &fault);
}

static int command(struct arena *arena, int argc, char **argv, const char *config_path)
{
    struct call call = {.cmd = {.arena = arena, .config_path = config_path, .progress = true}};
    struct fault fault = {.kind = FAULT_NONE};
    int first;
    call.row = find_row(argv[0]);
    if (call.row == NULL) {
        (void)fault_set(&fault, FAULT_INTERNAL, "", 0,
                        "'%.60s' is no command; postcheck -h lists them", argv[0]);
        return complain(arena, &fault);
    }
    make_table(&call);
    call.cmd.format = call.row->formats[0];
    const struct flags flags = {call.table, call.flag_count, true, false, take, &call};
    if (!flags_read(&flags, argc, argv, &first, &fault))
        return complain(arena, &fault);
    if (call.help) {
        help_one(&call, stdout);
        return answered(arena);
    }
    if (!count_operands(&call, argc - first, argv + first, &fault))
        return complain(arena, &fault);
    int code = run(&call, &fault);
    return fault.kind != FAULT_NONE ? complain(arena, &fault) : code;
}

/* Before the command: -f, -V, -h. */
struct front {
    const char *config_path;
    int answered; /* the letter of -V or -h */
};

static bool take_front(void *context, int code, const char *argument, struct fault *fault)
{
    struct front *front = context;
    (void)fault;
    if (code == 'f')
        front->config_path = argument;
    else
        front->answered = code;
    return true;
}

static int postcheck(struct arena *arena, int argc, char **argv)
{
    static const struct flag table[] = {{'f', "config", "FILE", "configuration"},
                                        {'V', "version", NULL, "print the version"},
                                        {'h', "help", NULL, "print this text"}};
    struct front front = {NULL, 0};
    int first;
    struct fault fault = {.kind = FAULT_NONE};
    const struct flags flags = {table, CHECK_COUNT(table), true, true, take_front, &front};
    if (!flags_read(&flags, argc, argv, &first, &fault))
        return complain(arena, &fault);
    if (front.answered == 'V') {
        (void)printf("postcheck %s\n", POSTCHECK_VERSION);
        return answered(arena);
    }
    if (front.answered == 'h') {
        help_all(stdout);
        return answered(arena);
    }
    if (first == argc) {
        (void)fault_set(&fault, FAULT_INTERNAL, "", 0, "no command; postcheck -h lists them");
        return complain(arena, &fault);
    }
    return command(arena, argc - first, argv + first, front.config_path);
}

int main(int argc, char **argv)
{
    struct arena arena;
    const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;
    name = name != NULL ? name + 1 : argc > 0 ? argv[0] : "";
    if (strcmp(name, "check_asyncos") == 0)
        return asyncos_main(argc, argv, &(struct asyncos_live){ask, ask_answers});
    arena_init(&arena, asyncos_out_of_memory);
    asyncos_guard_memory();
    int code = postcheck(&arena, argc, argv);
    arena_free(&arena);
    return asyncos_close(code);
}
