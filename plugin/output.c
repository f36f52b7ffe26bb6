/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool output_open(struct arena *arena, const char *path, struct output *output, struct fault *fault)
{
    *output = (struct output){.file = stdout, .path = path};
    if (path == NULL)
        return true;
    char *name = arena_printf(arena, "%s.XXXXXX", path);
    int fd = mkstemp(name);
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
