/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* With the rights of any new file: whoever reads a result may be another user than who wrote it. */
static int make(char *name)
{
    int fd = mkstemp(name);
    const mode_t mask = umask(0);
    (void)umask(mask);
    if (fd < 0)
        return -1;
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    (void)fchmod(fd, 0666 & ~mask);
    return fd;
}

bool output_open(struct arena *arena, const char *path, struct output *output, struct fault *fault)
{
    *output = (struct output){.file = stdout, .path = path};
    struct stat info;
    if (path == NULL)
        return true;
    /* A device or a pipe would be replaced by a file: root may do that to /dev/null. */
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return fault_set(fault, FAULT_INTERNAL, path, 0, "is not a regular file");
    char *name = arena_printf(arena, "%s.XXXXXX", path);
    int fd = make(name);
    output->temporary = name;
    output->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (output->file != NULL)
        return true;
    if (fd >= 0)
        (void)close(fd);
    return fault_set(fault, FAULT_INTERNAL, path, 0, "cannot be written: %s", strerror(errno));
}

bool output_close(struct output *output, bool keep, struct fault *fault)
{
    bool whole = fflush(output->file) == 0 && !ferror(output->file);
    int why = errno;
    if (output->path != NULL) {
        if (fclose(output->file) != 0 && whole) {
            whole = false;
            why = errno;
        }
        if (keep && whole && rename(output->temporary, output->path) != 0) {
            whole = false;
            why = errno;
        }
        if (!keep || !whole)
            (void)unlink(output->temporary);
    }
    const char *name = output->path != NULL ? output->path : "stdout";
    return whole ||
           fault_set(fault, FAULT_INTERNAL, name, 0, "cannot be written: %s", strerror(why));
}

bool output_put(struct arena *arena, const char *path, struct span bytes, struct fault *fault)
{
    struct output output;
    if (!output_open(arena, path, &output, fault))
        return false;
    (void)fwrite(bytes.p, 1, bytes.n, output.file);
    return output_close(&output, true, fault);
}
