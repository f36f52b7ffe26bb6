/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The program `postcheck`: reads a mail log itself, and for everything else becomes postcheck-live.
 * It links no transport, no XML and no archives, whose libraries take ten times as long to load as
 * a log of some pages takes to read.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/become.h"
#include "plugin/cmd/cmd.h"
#include "plugin/maillog/settings.h"
#include "plugin/output.h"
#include "plugin/tail/archive.h"
#include "plugin/tail/magic.h"

enum { READER_FORMAT = FLAGS_LONG, READER_OUTPUT, READER_NO_PROGRESS };

/* ---- Becoming the other program ---- */

static _Noreturn void out_of_memory(void)
{
    static const char words[] = "postcheck: out of memory\n";
    (void)!write(STDERR_FILENO, words, sizeof(words) - 1);
    _exit(3);
}

static void *allocate(size_t size)
{
    void *memory = malloc(size);
    if (memory == NULL)
        out_of_memory();
    return memory;
}

/* It lies beside this program, or where `make install` puts it. Returns only when there is none. */
static int become_live(struct arena *arena, char **argv)
{
    static const char *const places[] = {"postcheck-live", "../libexec/postcheck/postcheck-live",
                                         POSTCHECK_BINDIR "/../libexec/postcheck/postcheck-live",
                                         NULL};
    become(arena, places, argv);
    (void)fprintf(stderr,
                  "postcheck: this needs the program postcheck-live beside it or in "
                  "../libexec/postcheck: %s\n",
                  strerror(errno));
    return 3;
}

/* ---- Plain files in place of plugin/tail/archive.c ---- */

struct tail_archive {
    const char *path;
    int fd;
};

struct tail_archive *tail_archive_open(struct arena *arena, const char *path, struct fault *fault)
{
    struct tail_archive *archive = arena_alloc(arena, sizeof(*archive));
    archive->path = path;
    archive->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (archive->fd >= 0)
        return archive;
    (void)fault_set(fault, FAULT_NOT_CAPTURED, path, 0, "cannot be read: %s", strerror(errno));
    return NULL;
}

ssize_t tail_archive_read(struct tail_archive *archive, void *buffer, size_t size,
                          struct fault *fault)
{
    ssize_t got = read(archive->fd, buffer, size);
    if (got < 0 && errno == EINTR)
        return 0; /* a signal ends the reading */
    if (got < 0)
        (void)fault_set(fault, FAULT_INTERNAL, archive->path, 0, "cannot be read: %s",
                        strerror(errno));
    return got;
}

const char *tail_archive_member(const struct tail_archive *archive)
{
    return archive->path;
}

void tail_archive_close(struct tail_archive *archive)
{
    if (archive->fd != STDIN_FILENO)
        (void)close(archive->fd);
}

/*
 * Is PATH a file for the other program? So is a FIFO, whatever is in it: it can be opened only
 * once. Of standard input nothing is taken to tell it, so the other finds all of it.
 */
static bool is_packed(const char *path)
{
    struct stat info;
    if (strcmp(path, "-") == 0)
        return magic_of(STDIN_FILENO) != MAGIC_PLAIN;
    if (stat(path, &info) != 0)
        return false;
    if (!S_ISREG(info.st_mode))
        return S_ISFIFO(info.st_mode);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool packed = fd >= 0 && magic_of(fd) != MAGIC_PLAIN;
    if (fd >= 0)
        (void)close(fd);
    return packed;
}

/* Of a log that is followed nothing is packed, and its first bytes may be long in coming. */
static bool is_for_the_other(struct cmd *cmd)
{
    if (settings_of(cmd)->follow)
        return false;
    if (cmd->argc == 0)
        return isatty(STDIN_FILENO) == 0 && is_packed("-");
    for (int i = 0; i < cmd->argc; i++)
        if (is_packed(cmd->argv[i]))
            return true;
    return false;
}

/* ---- The command line of maillog ---- */

static const struct flag common_flags[] = {
    {'f', "config", "FILE", ""},
    {READER_FORMAT, "format", "NAME", ""},
    {READER_OUTPUT, "output", "FILE", ""},
    {READER_NO_PROGRESS, "no-progress", NULL, ""},
    {'v', "verbose", NULL, ""},
};

/* What is not taken here is told by the other program, which has the help as well. */
static bool take(void *context, int code, const char *argument, struct fault *fault)
{
    struct cmd *cmd = context;
    if (code >= CMD_OWN)
        return settings_take(cmd, code, argument, fault);
    switch (code) {
    case 'f':
        return true;
    case 'v':
        cmd->verbose++;
        return true;
    case READER_FORMAT:
        cmd->format = strcmp(argument, "json") == 0 ? "json" : "text";
        return strcmp(argument, cmd->format) == 0;
    case READER_OUTPUT:
        cmd->output = argument;
        return true;
    default:
        cmd->progress = false;
        return true;
    }
}

static int complain(struct arena *arena, const struct fault *fault)
{
    const char *text = arena_printf(arena, "%s%s%s", fault->origin,
                                    fault->origin[0] != '\0' ? ": " : "", fault->text);
    (void)fprintf(stderr, "postcheck: %s\n", result_clean(arena, text_of(text), 600));
    return 3;
}

static int run(struct cmd *cmd)
{
    struct fault fault = {.kind = FAULT_NONE}, unwritten;
    struct output output;
    if (!output_open(cmd->arena, cmd->output, &output, &fault))
        return complain(cmd->arena, &fault);
    cmd->out = output.file;
    int code = cmd_maillog(cmd, &fault);
    bool failed = fault.kind != FAULT_NONE;
    if (!output_close(&output, !failed, &unwritten) && !failed)
        fault = unwritten;
    return fault.kind != FAULT_NONE ? complain(cmd->arena, &fault) : code;
}

/* -1: it is for the other program. */
static int maillog(struct arena *arena, int argc, char **argv)
{
    struct flag table[32];
    struct cmd cmd = {.arena = arena, .format = "text", .progress = true};
    struct fault fault;
    size_t count = 0;
    int first;
    for (size_t i = 0; i < settings_flag_count; i++)
        table[count++] = settings_flags[i];
    for (size_t i = 0; i < CHECK_COUNT(common_flags); i++)
        table[count++] = common_flags[i];
    const struct flags flags = {table, count, true, false, take, &cmd};
    if (!flags_read(&flags, argc, argv, &first, &fault) || argc - first > CMD_MAX_FILES)
        return -1;
    cmd.argc = argc - first;
    cmd.argv = argv + first;
    return is_for_the_other(&cmd) ? -1 : run(&cmd);
}

int main(int argc, char **argv)
{
    struct arena arena;
    int code = -1;
    arena_init(&arena, out_of_memory);
    json_set_alloc_funcs(allocate, free);
    if (argc > 1 && strcmp(argv[1], "maillog") == 0) {
        /* getopt moves words: the other program gets them as they were. */
        char **copy = arena_array(&arena, (size_t)argc, sizeof(char *));
        memcpy(copy, argv + 1, (size_t)(argc - 1) * sizeof(*copy));
        code = maillog(&arena, argc - 1, copy);
    }
    if (code < 0)
        code = become_live(&arena, argv);
    arena_free(&arena);
    return fflush(stdout) != 0 || ferror(stdout) ? 3 : code;
}
