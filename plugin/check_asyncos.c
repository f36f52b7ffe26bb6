/* SPDX-License-Identifier: GPL-3.0-or-later */

/* check_asyncos: a Nagios/Icinga plugin. Options, run, render; one answer on stdout, one exit code.
 */

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "plugin/options.h"
#include "plugin/render/render.h"
#include "plugin/run.h"

static _Noreturn void out_of_memory(void)
{
    static const char words[] = "ASYNCOS UNKNOWN - out of memory\n";
    (void)!write(STDOUT_FILENO, words, sizeof(words) - 1);
    _exit(result_exit_code(STATE_UNKNOWN));
}

/* jansson drops members when memory runs out; an answer with less in it must not look whole. */
static void *allocate(size_t size)
{
    void *memory = malloc(size);
    if (memory == NULL)
        out_of_memory();
    return memory;
}

/* One line that says what is wrong: the only output of a run that could not judge. */
static int complain(struct arena *arena, const struct fault *fault)
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

static int answer(struct arena *arena, const struct options *options)
{
    struct report report;
    struct fault fault;
    if (!run_replay(arena, options, &report, &fault))
        return complain(arena, &fault);
    render_find(options->format)->print(stdout, &report);
    return result_exit_code(report.state);
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct options options;
    struct fault fault;
    int code = result_exit_code(STATE_UNKNOWN);
    arena_init(&arena, out_of_memory);
    json_set_alloc_funcs(allocate, free);
    if (!options_read(&arena, argc, argv, &options, &fault)) {
        code = complain(&arena, &fault);
    } else if (options.action == OPTIONS_HELP) {
        options_help(stdout);
    } else if (options.action == OPTIONS_VERSION) {
        (void)printf("check_asyncos %s (postcheck)\n", POSTCHECK_VERSION);
    } else if (options.action == OPTIONS_LIST_CHECKS) {
        options_list_checks(stdout);
        code = 0;
    } else {
        code = answer(&arena, &options);
    }
    arena_free(&arena);
    /* A full disk or a closed pipe must not look like an answer. */
    if (fflush(stdout) != 0 || ferror(stdout))
        return result_exit_code(STATE_UNKNOWN);
    return code;
}
