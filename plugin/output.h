/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_OUTPUT_H
#define PLUGIN_OUTPUT_H

/* Result files: written under a temporary name beside their own, then renamed. Never half a file.
 */

#include <stdio.h>

#include "checks/arena.h"
#include "checks/fault.h"

struct output {
    FILE *file;
    const char *path; /* NULL: stdout, which is neither closed nor renamed */
    const char *temporary;
};

/*
 * Opens PATH (NULL: stdout) for writing. False with FAULT naming the file, also when there is
 * something of that name that is no regular file. The file gets the rights that umask leaves.
 */
bool output_open(struct arena *arena, const char *path, struct output *output, struct fault *fault);

/*
 * Ends it: with KEEP the file takes its name, else it is removed. False with FAULT when it could
 * not be written whole ("No space left on device"); then nothing of it stays.
 */
bool output_close(struct output *output, bool keep, struct fault *fault);

/* BYTES as the file PATH: opened, written and ended as above. */
bool output_put(struct arena *arena, const char *path, struct span bytes, struct fault *fault);

#endif
