/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/asyncos.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "checks/registry.h"
#include "plugin/become.h"
#include "plugin/deploy/deploy.h"
#include "plugin/render/render.h"
#include "plugin/state.h"

_Noreturn void asyncos_out_of_memory(void)
{
    static const char words[] = "ASYNCOS UNKNOWN - out of memory\n";
    (void)!write(STDOUT_FILENO, words, sizeof(words) - 1);
    _exit(result_exit_code(STATE_UNKNOWN));
}

static void *allocate(size_t size)
{
    void *memory = malloc(size);
    if (memory == NULL)
        asyncos_out_of_memory();
    return memory;
}

void asyncos_guard_memory(void)
{
    json_set_alloc_funcs(allocate, free);
}

int asyncos_complain(struct arena *arena, const struct fault *fault)
{
    const char *text = arena_printf(arena, "%s%s%s", fault->origin,
                                    fault->origin[0] != '\0' ? ": " : "", fault->text);
    char *line = arena_dup(arena, text_of(result_clean(arena, text_of(text), 600)));
    for (char *p = line; *p != '\0'; p++)
        if (*p == '|')
            *p = '/';
    (void)printf("ASYNCOS UNKNOWN - %s\n", line);
    return result_exit_code(STATE_UNKNOWN);
}

int asyncos_print(const struct report *report, const char *format)
{
    render_find(format)->print(stdout, report);
    return report_exit_code(report);
}

int asyncos_close(int code)
{
    if (fflush(stdout) != 0 || ferror(stdout))
        return result_exit_code(STATE_UNKNOWN);
    return code;
}

/* Becomes the program that asks, which knows by its name that it is to be this one. */
static bool become_live(struct arena *arena, char **argv, struct fault *fault)
{
    static const char *const places[] = {
        "postcheck-live", POSTCHECK_BINDIR "/../libexec/postcheck/postcheck-live", NULL};
    char *own = argv[0];
    argv[0] = (char[]){"check_asyncos"};
    become(arena, places, argv);
    argv[0] = own;
    return fault_set(fault, FAULT_INTERNAL, "", 0,
                     "asking an appliance needs the program postcheck-live beside this one: %s; or "
                     "judge a capture with --replay DIR",
                     strerror(errno));
}

/* What `postcheck poll` found out, asking nobody. */
static int from_state(struct arena *arena, const struct options *options)
{
    const char **names = arena_array(arena, options->check_count, sizeof(*names));
    for (size_t i = 0; i < options->check_count; i++)
        names[i] = options->checks[i]->name;
    const struct state_question question = {.path = options->state,
                                            .host = options->host,
                                            .checks = names,
                                            .check_count = options->check_count,
                                            .max_age_s = options->max_age_s,
                                            .now = (int64_t)time(NULL),
                                            .verbose = options->verbose,
                                            .whole = strcmp(options->format, "nagios") != 0,
                                            .find = registry_find};
    const struct report report = state_answer(arena, &question);
    return asyncos_print(&report, options->format);
}

static int print_answers(struct arena *arena, const struct options *options,
                         const struct asyncos_live *live)
{
    const char *text;
    struct fault fault;
    if (!live->answers(arena, options, &text, &fault))
        return asyncos_complain(arena, &fault);
    return puts(text) < 0 ? result_exit_code(STATE_UNKNOWN) : 0;
}

static int answer(struct arena *arena, char **argv, struct options *options,
                  const struct asyncos_live *live)
{
    struct report report;
    struct fault fault;
    bool alone = options->replay != NULL && options->config == NULL;
    bool done = false;
    if (options->state != NULL)
        return from_state(arena, options);
    if (alone) {
        const struct judging judging = run_judging(options);
        done = run_replay(arena, options, &judging, &report, &fault);
    } else if (live == NULL) {
        done = become_live(arena, argv, &fault);
    } else {
        if (options->answers)
            return print_answers(arena, options, live);
        done = live->judge(arena, options, &report, &fault);
    }
    return done ? asyncos_print(&report, options->format) : asyncos_complain(arena, &fault);
}

static void print_config(struct arena *arena, const char *name)
{
    struct deploy deploy = {.out = stdout, .arena = arena};
    const struct deploy_row *row = deploy_find(name);
    deploy.flags = options_flags(&deploy.flag_count);
    if (row != NULL)
        row->print(&deploy);
    else
        deploy_list(stdout);
}

int asyncos_main(int argc, char **argv, const struct asyncos_live *live)
{
    struct arena arena;
    struct options options;
    struct fault fault;
    int code = result_exit_code(STATE_UNKNOWN);
    arena_init(&arena, asyncos_out_of_memory);
    asyncos_guard_memory();
    if (!options_read(&arena, argc, argv, &options, &fault)) {
        code = asyncos_complain(&arena, &fault);
    } else if (options.action == OPTIONS_HELP) {
        options_help(stdout);
    } else if (options.action == OPTIONS_VERSION) {
        (void)printf("check_asyncos %s (postcheck)\n", POSTCHECK_VERSION);
    } else if (options.action == OPTIONS_LIST_CHECKS) {
        options_list_checks(stdout);
        code = 0;
    } else if (options.action == OPTIONS_PRINT_CONFIG) {
        print_config(&arena, options.print);
        code = 0;
    } else {
        code = answer(&arena, argv, &options, live);
    }
    arena_free(&arena);
    return asyncos_close(code);
}
