/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * measure [-o FILE] ROUNDS COMMAND… [-- COMMAND…]…: runs the commands one after the other, ROUNDS
 * times, so that all of them see the same machine, and all on one core. Prints a line per command:
 * user + system time (median, least) and wall time (median) in microseconds, the largest resident
 * size in KiB, and the exit code. Standard output of the commands is thrown away.
 *
 * With -o it goes to FILE, made anew for each (some stop early when nobody can read them), the
 * commands may use all cores, and a line ends with the least and the most of the wall times.
 */

#define _GNU_SOURCE /* wait4, sched_setaffinity */

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COMMANDS = 16, MAX_ROUNDS = 100000 };

struct command {
    char **argv;
    long *cpu, *wall;
    long max_rss;
    int code;
};

static long now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static long microseconds(struct timeval t)
{
    return t.tv_sec * 1000000 + t.tv_usec;
}

static int compare(const void *a, const void *b)
{
    const long *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static long median(long *values, int count)
{
    qsort(values, (size_t)count, sizeof(*values), compare);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static int run(struct command *command, int round, int null, const char *file)
{
    int status;
    struct rusage usage;
    long start = now();
    pid_t child = fork();
    if (child == 0) {
        int out = file == NULL ? null : open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (dup2(out, STDOUT_FILENO) < 0)
            _exit(127);
        (void)execvp(command->argv[0], command->argv);
        perror(command->argv[0]);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) ||
        WEXITSTATUS(status) == 127) {
        (void)fprintf(stderr, "measure: %s could not be run\n", command->argv[0]);
        return -1;
    }
    command->wall[round] = now() - start;
    command->cpu[round] = microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
    if (usage.ru_maxrss > command->max_rss)
        command->max_rss = usage.ru_maxrss;
    command->code = WEXITSTATUS(status);
    return 0;
}

static void bind_to_one_core(void)
{
    cpu_set_t core;
    CPU_ZERO(&core);
    CPU_SET((size_t)sched_getcpu(), &core);
    if (sched_setaffinity(0, sizeof(core), &core) != 0)
        (void)fprintf(stderr, "measure: not bound to one core\n");
}

int main(int argc, char **argv)
{
    struct command commands[MAX_COMMANDS] = {{0}};
    const char *file = argc > 2 && strcmp(argv[1], "-o") == 0 ? argv[2] : NULL;
    if (file != NULL) {
        argc -= 2;
        argv += 2;
    }
    int count = 0, null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    long rounds = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
    if (rounds < 1 || rounds > MAX_ROUNDS || null < 0) {
        (void)fprintf(stderr, "usage: measure [-o FILE] ROUNDS COMMAND... [-- COMMAND...]...\n");
        return 2;
    }
    for (int i = 2; i < argc && count < MAX_COMMANDS; i++) {
        commands[count].argv = &argv[i];
        commands[count].cpu = calloc((size_t)rounds, sizeof(long));
        commands[count].wall = calloc((size_t)rounds, sizeof(long));
        if (commands[count].cpu == NULL || commands[count].wall == NULL)
            return 2;
        count++;
        while (i < argc && strcmp(argv[i], "--") != 0)
            i++;
        if (i < argc)
            argv[i] = NULL;
    }
    if (file == NULL)
        bind_to_one_core();
    for (int i = 0; i < count; i++) /* once for the page cache */
        if (run(&commands[i], 0, null, file) != 0)
            return 1;
    for (int round = 0; round < (int)rounds; round++)
        for (int i = 0; i < count; i++)
            if (run(&commands[i], round, null, file) != 0)
                return 1;
    for (int i = 0; i < count; i++) {
        long cpu = median(commands[i].cpu, (int)rounds); /* sorts */
        (void)printf("%ld %ld %ld %ld %d", cpu, commands[i].cpu[0],
                     median(commands[i].wall, (int)rounds), commands[i].max_rss, commands[i].code);
        if (file != NULL)
            (void)printf(" %ld %ld", commands[i].wall[0], commands[i].wall[rounds - 1]);
        (void)printf("\n");
        free(commands[i].cpu);
        free(commands[i].wall);
    }
    return 0;
}
