/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugin/file.h"
#include "plugin/submit/submit.h"

/*
 * To a server of NSCA-ng, by its own client: send_nsca, one call for all services. Where that
 * server is, and the key for it, lie in a file of send_nsca, which postcheck does not read
 * (monitoring-ecosystem.md 3.6).
 */

enum { MAX_SAID = 400 };

extern char **environ;

static const char standard_config[] = "/etc/send_nsca.cfg"; /* send_nsca's */

static const char *config_of(const struct config *config)
{
    return config->nsca_config != NULL ? config->nsca_config : standard_config;
}

bool submit_nsca_ready(struct arena *arena, const struct config *config, struct fault *fault)
{
    const char *path = config_of(config);
    (void)arena;
    return access(path, R_OK) == 0 ||
           fault_set(fault, FAULT_INTERNAL, path, 0,
                     "cannot be read: %s: set nsca_config to the configuration of send_nsca",
                     strerror(errno));
}

/* Its input is INPUT, what it says goes to SAID. Our signals may be blocked, its are not. */
static int spawn(char *const argv[], FILE *input, FILE *said, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    (void)sigemptyset(&none);
    int why = posix_spawn_file_actions_init(&actions);
    if (why != 0)
        return why;
    why = posix_spawnattr_init(&attributes);
    if (why == 0) {
        (void)posix_spawnattr_setsigmask(&attributes, &none);
        (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
        why = posix_spawn_file_actions_adddup2(&actions, fileno(input), STDIN_FILENO);
        if (why == 0)
            why = posix_spawn_file_actions_adddup2(&actions, fileno(said), STDOUT_FILENO);
        if (why == 0)
            why = posix_spawn_file_actions_adddup2(&actions, fileno(said), STDERR_FILENO);
        if (why == 0)
            why = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return why;
}

/* Fields between tabs, ETB behind each result; texts hold neither (result.h). */
static bool write_all(FILE *file, const struct submit *submit)
{
    for (size_t i = 0; i < submit->count; i++) {
        const struct submit_service *service = &submit->services[i];
        (void)fprintf(file, "%s\t%s\t%d\t%s\n\027", service->host, service->name, service->code,
                      submit_output(submit->arena, service));
    }
    return fflush(file) == 0 && !ferror(file) && fseek(file, 0, SEEK_SET) == 0;
}

/* How it ended, and what it said. */
static bool judge(const struct submit *submit, FILE *said, int status, struct fault *fault)
{
    char bytes[MAX_SAID];
    size_t got = 0;
    if (status == 0)
        return true;
    (void)fseek(said, 0, SEEK_SET);
    (void)file_read_all(fileno(said), bytes, sizeof(bytes), &got);
    const char *words = result_clean(submit->arena, text_trim((struct span){bytes, got}), 160);
    return fault_set(fault, FAULT_INTERNAL, config_of(submit->config), 0, "send_nsca %s %d: %s",
                     WIFSIGNALED(status) ? "was killed by signal" : "ended with",
                     WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), words);
}

static bool hand_in(const struct submit *submit, FILE *input, FILE *said, struct fault *fault)
{
    static const char origin[] = "send_nsca";
    char name[] = "send_nsca", flag[] = "-c";
    char *path = arena_dup(submit->arena, text_of(config_of(submit->config)));
    char *const argv[] = {name, flag, path, NULL};
    int status = 0;
    pid_t pid;
    if (input == NULL || said == NULL || !write_all(input, submit))
        return fault_set(fault, FAULT_INTERNAL, origin, 0, "no temporary file can be written: %s",
                         strerror(errno));
    const int why = spawn(argv, input, said, &pid);
    if (why != 0)
        return fault_set(fault, FAULT_INTERNAL, origin, 0,
                         "cannot be run: %s: is nsca-ng-client "
                         "installed?",
                         strerror(why));
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return fault_set(fault, FAULT_INTERNAL, origin, 0, "is lost: %s", strerror(errno));
    return judge(submit, said, status, fault);
}

void submit_nsca_send(const struct submit *submit, struct submit_tally *tally)
{
    struct fault fault;
    if (submit->count == 0)
        return;
    FILE *input = tmpfile(), *said = tmpfile();
    if (hand_in(submit, input, said, &fault))
        tally->taken = submit->count;
    else
        submit_lost(submit->arena, tally, &fault, &submit->services[0], submit->count - 1);
    if (input != NULL)
        (void)fclose(input);
    if (said != NULL)
        (void)fclose(said);
}
