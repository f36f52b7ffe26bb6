/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/change.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "plugin/index.h"
#include "plugin/sums.h"

enum { RECENT_S = 60 * 60 };

static const char run_prefix[] = "verify-";

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool change_interrupted(struct arena *arena, const char *dir)
{
    struct capture capture = {.run_id = NULL};
    struct stat info;
    json_t *root = NULL;
    if (stat(arena_printf(arena, "%s/%s", dir, sums_name), &info) != 0)
        return true;
    bool broken = !index_load(arena, dir, &capture, &root, NULL) || root == NULL ||
                  json_is_true(json_object_get(root, "interrupted"));
    json_decref(root);
    return broken;
}

const char *change_name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* The newest run that was not interrupted, and the newest of all if it was. */
static bool find_runs(struct arena *arena, struct change *change, struct fault *fault)
{
    DIR *handle = opendir(change->dir);
    const char *newest = "", *last = "";
    if (handle == NULL)
        return errno == ENOENT || fault_set(fault, FAULT_INTERNAL, change->dir, 0,
                                            "cannot be read: %s", strerror(errno));
    for (const struct dirent *entry; (entry = readdir(handle)) != NULL;) {
        if (!text_starts(text_of(entry->d_name), run_prefix))
            continue;
        const char *name = arena_dup(arena, text_of(entry->d_name));
        const char *path = arena_printf(arena, "%s/%s", change->dir, name);
        if (!is_folder(path))
            continue;
        if (strcmp(name, newest) > 0)
            newest = name;
        if (strcmp(name, last) > 0 && !change_interrupted(arena, path))
            last = name;
    }
    (void)closedir(handle);
    if (*last != '\0')
        change->last = arena_printf(arena, "%s/%s", change->dir, last);
    if (strcmp(newest, last) > 0)
        change->broken = arena_printf(arena, "%s/%s", change->dir, newest);
    return true;
}

const char *change_root(const char *told, const char *configured)
{
    return told != NULL ? told : configured != NULL ? configured : "changes";
}

bool change_find(struct arena *arena, const char *root, const char *id, struct change *change,
                 struct fault *fault)
{
    if (!index_is_name(id))
        return fault_set(fault, FAULT_INTERNAL, "--change", 0,
                         "'%.80s' becomes a folder: letters, digits, '.', '-' and '_' only", id);
    *change = (struct change){.id = id, .dir = arena_printf(arena, "%s/%s", root, id)};
    change->baseline = arena_printf(arena, "%s/baseline", change->dir);
    change->has_baseline = is_folder(change->baseline);
    change->baseline_interrupted =
        change->has_baseline && change_interrupted(arena, change->baseline);
    return find_runs(arena, change, fault);
}

bool change_make(struct arena *arena, const struct change *change, struct fault *fault)
{
    for (const char *slash = change->dir; slash != NULL;) {
        slash = strchr(slash + 1, '/');
        const size_t n = slash == NULL ? strlen(change->dir) : (size_t)(slash - change->dir);
        const char *folder = arena_dup(arena, text_head(text_of(change->dir), n));
        if (mkdir(folder, 0700) != 0 && errno != EEXIST)
            return fault_set(fault, FAULT_INTERNAL, folder, 0, "cannot be made: %s",
                             strerror(errno));
    }
    return true;
}

const char *change_new_run(struct arena *arena, const struct change *change, int64_t now)
{
    char when[32];
    const time_t seconds = (time_t)now;
    struct tm utc;
    (void)gmtime_r(&seconds, &utc);
    (void)strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &utc);
    const char *path = arena_printf(arena, "%s/%s%s", change->dir, run_prefix, when);
    for (unsigned again = 2; is_folder(path); again++)
        path = arena_printf(arena, "%s/%s%s-%u", change->dir, run_prefix, when, again);
    return path;
}

bool change_is_recent(struct arena *arena, const char *dir)
{
    struct stat info;
    return stat(arena_printf(arena, "%s/rules.json", dir), &info) == 0 &&
           time(NULL) - info.st_mtime < RECENT_S;
}
