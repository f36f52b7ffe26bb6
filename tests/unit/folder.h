/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_FOLDER_H
#define TESTS_UNIT_FOLDER_H

/* A private folder for each test that is listed by with_folder(), removed with all below it. */

#include "tests/unit/unit.h"

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static inline int folder_begin(void **state)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/postcheck-unit-XXXXXX");
    fault = (struct fault){.kind = FAULT_NONE};
    return mkdtemp(folder) == NULL ? -1 : set_up(state);
}

static inline int folder_end(void **state)
{
    char *const roots[] = {folder, NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    for (FTSENT *entry; tree != NULL && (entry = fts_read(tree)) != NULL;)
        if (entry->fts_info != FTS_D)
            (void)remove(entry->fts_path);
    if (tree != NULL)
        (void)fts_close(tree);
    return tear_down(state);
}

#define with_folder(test) cmocka_unit_test_setup_teardown(test, folder_begin, folder_end)

/* NAME below the folder. */
static inline const char *inside(const char *name)
{
    return arena_printf(&arena, "%s/%s", folder, name);
}

/* BYTES as the file NAME below the folder; what is missing of the folders above it is made. */
static inline void put_bytes(const char *name, struct span bytes)
{
    for (const char *slash = name; (slash = strchr(slash, '/')) != NULL; slash++)
        (void)mkdir(arena_printf(&arena, "%s/%.*s", folder, (int)(slash - name), name), 0700);
    FILE *file = fopen(inside(name), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.p, 1, bytes.n, file), bytes.n);
    assert_int_equal(fclose(file), 0);
}

static inline void put(const char *name, const char *text)
{
    put_bytes(name, text_of(text));
}

#endif
