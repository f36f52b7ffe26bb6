/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/submit/submit.h"

/*
 * To Nagios, by its folder of check results (check_result_path): a file cXXXXXX with all services,
 * which Nagios reads as soon as an empty cXXXXXX.ok lies beside it (monitoring-ecosystem.md 3.5).
 */

static const char standard_dir[] = "/var/lib/nagios4/spool/checkresults"; /* Debian's */

static const char *dir_of(const struct config *config)
{
    return config->spool_dir != NULL ? config->spool_dir : standard_dir;
}

static bool complain(const char *path, int why, struct fault *fault)
{
    const char *remedy = why == ENOENT || why == ENOTDIR
                             ? "set spool_dir to the check_result_path of Nagios"
                         : why == EACCES || why == EPERM
                             ? "the user that runs postcheck is to be of the group of Nagios"
                         : why == ENOSPC || why == EDQUOT || why == EFBIG ? "nothing was handed in"
                                                                          : "";
    return fault_set(fault, FAULT_INTERNAL, path, 0, "cannot be written: %s%s%s", strerror(why),
                     *remedy != '\0' ? ": " : "", remedy);
}

bool submit_spool_ready(struct arena *arena, const struct config *config, struct fault *fault)
{
    struct stat info;
    const char *dir = dir_of(config);
    (void)arena;
    if (stat(dir, &info) != 0)
        return complain(dir, errno, fault);
    if (!S_ISDIR(info.st_mode))
        return complain(dir, ENOTDIR, fault);
    return access(dir, W_OK | X_OK) == 0 || complain(dir, errno, fault);
}

/* As Nagios reads it: a backslash and a line end are two characters each. */
static void escape(char *to, struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\\' || text.p[i] == '\n')
            *to++ = '\\';
        *to++ = (char)(text.p[i] == '\n' ? 'n' : text.p[i]);
    }
    *to = '\0';
}

const char *submit_spool_record(struct arena *arena, const struct submit_service *service,
                                int64_t now)
{
    const struct span whole = text_of(submit_output(arena, service));
    char *output = arena_alloc(arena, 2 * whole.n + 1);
    escape(output, whole);
    return arena_printf(arena,
                        "host_name=%s\n"
                        "service_description=%s\n"
                        "check_type=1\n" /* passive */
                        "check_options=0\n"
                        "scheduled_check=0\n"
                        "reschedule_check=0\n"
                        "latency=0.0\n"
                        "start_time=%lld.0\n"
                        "finish_time=%lld.0\n"
                        "early_timeout=0\n"
                        "exited_ok=1\n"
                        "return_code=%d\n"
                        "output=%s\n"
                        "\n",
                        service->host, service->name, (long long)now, (long long)now, service->code,
                        output);
}

/* On the disk before the other file says that it is whole. */
static bool write_all(FILE *file, const struct submit *submit)
{
    (void)fprintf(file,
                  "### postcheck poll --submit spool, from %s ###\n"
                  "file_time=%lld\n"
                  "\n",
                  submit->source, (long long)submit->now);
    for (size_t i = 0; i < submit->count; i++)
        (void)fputs(submit_spool_record(submit->arena, &submit->services[i], submit->now), file);
    return fflush(file) == 0 && !ferror(file) && fsync(fileno(file)) == 0;
}

static bool put(const struct submit *submit, struct fault *fault)
{
    const char *dir = dir_of(submit->config);
    char *path = arena_printf(submit->arena, "%s/cXXXXXX", dir);
    const int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL) {
        int why = errno;
        if (fd >= 0)
            (void)close(fd);
        return complain(dir, why, fault);
    }
    (void)fchmod(fd, 0644); /* Nagios is another user, and it holds no more than Nagios shows */
    bool done = write_all(file, submit);
    int why = errno;
    if (fclose(file) != 0 && done) {
        done = false;
        why = errno;
    }
    FILE *ok = done ? fopen(arena_printf(submit->arena, "%s.ok", path), "wxe") : NULL;
    if (ok != NULL)
        return fclose(ok) == 0 || complain(path, errno, fault);
    if (done)
        why = errno;
    (void)unlink(path);
    return complain(path, why, fault);
}

void submit_spool_send(const struct submit *submit, struct submit_tally *tally)
{
    struct fault fault;
    if (submit->count == 0)
        return;
    if (put(submit, &fault))
        tally->taken = submit->count;
    else
        submit_lost(submit->arena, tally, &fault, &submit->services[0], submit->count - 1);
}
