/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * check_asyncos: a Nagios/Icinga plugin. One answer on stdout, one exit code.
 *
 * With --state it answers by itself, and links nothing that would take longer to load than that
 * takes: no checks, hence no XML. For everything else, complaints and help included, it becomes
 * postcheck-replay (plugin/replay.c).
 */

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "checks/check.h"
#include "plugin/become.h"
#include "plugin/flags.h"
#include "plugin/render/render.h"
#include "plugin/state.h"

enum { FLAG_STATE = FLAGS_LONG, FLAG_MAX_AGE, FLAG_FORMAT, MAX_CHECKS = 64, UNKNOWN = 3 };

static const struct flag flags_table[] = {
    {'H', "hostname", "NODE", ""},
    {'C', "check", "CHECK", ""},
    {'f', "config", "FILE", ""},     /* of templates that give it always: it is not read */
    {'t', "timeout", "SECONDS", ""}, /* nor is there anything to wait for */
    {'v', "verbose", NULL, ""},
    {FLAG_STATE, "state", "FILE", ""},
    {FLAG_MAX_AGE, "max-age", "DURATION", ""},
    {FLAG_FORMAT, "format", "NAME", ""},
};

/* The names of the checks without the checks: a state tells the rest. */
#define CHECK(word) {.name = #word, .title = "", .roles = ROLE_ANY},
static const struct check names[] = {
#include "checks/registry.def"
};
#undef CHECK

static const struct check *find(struct span name)
{
    for (size_t i = 0; i < CHECK_COUNT(names); i++)
        if (text_is(name, names[i].name))
            return &names[i];
    return NULL;
}

static _Noreturn void out_of_memory(void)
{
    static const char line[] = "ASYNCOS UNKNOWN - out of memory\n";
    (void)!write(STDOUT_FILENO, line, sizeof(line) - 1);
    _exit(UNKNOWN);
}

static void *allocate(size_t size)
{
    void *memory = malloc(size);
    if (memory == NULL)
        out_of_memory();
    return memory;
}

struct asked {
    struct state_question question;
    const char *checks[MAX_CHECKS];
};

static bool take_checks(struct asked *asked, const char *list)
{
    struct span rest = text_of(list), name;
    for (bool more = true; more;) {
        more = text_cut(rest, ',', &name, &rest);
        const struct check *check = find(text_trim(name));
        bool known = false;
        for (size_t i = 0; i < asked->question.check_count && check != NULL; i++)
            known |= asked->checks[i] == check->name;
        if (check == NULL || asked->question.check_count == MAX_CHECKS)
            return false;
        if (!known)
            asked->checks[asked->question.check_count++] = check->name;
    }
    return true;
}

/* False: it is for the other program, to do or to complain of. */
static bool take(void *context, int code, const char *argument, struct fault *fault)
{
    struct asked *asked = context;
    int64_t seconds;
    switch (code) {
    case 'H':
        asked->question.host = argument;
        return true;
    case 'C':
        return take_checks(asked, argument);
    case 'f':
        return true;
    case 't':
        return text_to_int(text_of(argument), &seconds) && seconds >= 1 && seconds <= 86400;
    case FLAG_FORMAT:
        return strcmp(argument, "nagios") == 0;
    case 'v':
        asked->question.verbose++;
        return true;
    case FLAG_STATE:
        asked->question.path = argument;
        return true;
    default:
        return state_take_max_age(argument, &asked->question.max_age_s, fault);
    }
}

/* -1: it is for the other program. */
static int answer(struct arena *arena, int argc, char **argv)
{
    struct asked asked = {.question = {.find = find}};
    struct fault fault;
    int first;
    const struct flags flags = {flags_table, CHECK_COUNT(flags_table), false, false, take, &asked};
    if (!flags_read(&flags, argc, argv, &first, &fault) || asked.question.path == NULL ||
        asked.question.host == NULL)
        return -1;
    asked.question.checks = asked.checks;
    asked.question.now = (int64_t)time(NULL);
    const struct report report = state_answer(arena, &asked.question);
    render_nagios_print(stdout, &report);
    return fflush(stdout) != 0 || ferror(stdout) ? UNKNOWN : report_exit_code(&report);
}

static int become_replay(struct arena *arena, char **argv)
{
    static const char *const places[] = {
        "postcheck-replay", "../../../libexec/postcheck/postcheck-replay",
        POSTCHECK_BINDIR "/../libexec/postcheck/postcheck-replay", NULL};
    become(arena, places, argv);
    (void)printf("ASYNCOS UNKNOWN - this needs the program postcheck-replay beside check_asyncos "
                 "or in ../../../libexec/postcheck: %s\n",
                 strerror(errno));
    (void)fflush(stdout);
    return UNKNOWN;
}

static bool is_of_state(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "--state", 7) == 0)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    struct arena arena;
    int code = -1;
    arena_init(&arena, out_of_memory);
    json_set_alloc_funcs(allocate, free);
    if (is_of_state(argc, argv)) {
        /* getopt moves words: the other program gets them as they were. */
        char **copy = arena_array(&arena, (size_t)argc + 1, sizeof(char *));
        memcpy(copy, argv, (size_t)argc * sizeof(*copy));
        code = answer(&arena, argc, copy);
    }
    if (code < 0)
        code = become_replay(&arena, argv);
    arena_free(&arena);
    return code;
}
