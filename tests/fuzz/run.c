/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * report.json and rules.json of a run may be anybody's: they are refused in one line, or every form
 * of the report can be printed, and rules are printed again as they were read.
 */
#include "plugin/reload.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "checks/registry.h"
#include "plugin/render/render.h"
#include "plugin/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void refused(const struct fault *fault)
{
    if (fault->kind == FAULT_NONE || fault->text[0] == '\0' || strchr(fault->text, '\n') != NULL)
        abort();
}

static void print(struct arena *arena, const char *path)
{
    struct report report;
    struct fault fault = {.kind = FAULT_NONE};
    char *text = NULL;
    size_t size = 0;
    if (!reload_report(arena, path, registry_find, &report, &fault)) {
        refused(&fault);
        return;
    }
    for (size_t i = 0; i < render_count; i++) {
        FILE *memory = open_memstream(&text, &size);
        render_rows[i].print(memory, &report);
        (void)fclose(memory);
        free(text);
    }
}

static void judge_by(struct arena *arena, struct span bytes)
{
    struct rules rules, again;
    struct fault fault = {.kind = FAULT_NONE};
    if (!rules_read(arena, "rules.json", bytes, &rules, &fault)) {
        refused(&fault);
        return;
    }
    const struct span text = rules_print(arena, &rules);
    if (!rules_read(arena, "rules.json", text, &again, &fault) ||
        !text_same(text, rules_print(arena, &again)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct arena arena;
    int fd = memfd_create("run", MFD_CLOEXEC);
    if (fd < 0)
        return 0;
    arena_init(&arena, NULL);
    if (write(fd, bytes, n) == (ssize_t)n)
        print(&arena, arena_printf(&arena, "/proc/self/fd/%d", fd));
    judge_by(&arena, (struct span){(const char *)bytes, n});
    (void)close(fd);
    arena_free(&arena);
    return 0;
}
