/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/sums.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "plugin/file.h"
#include "plugin/hash.h"
#include "plugin/index.h"
#include "plugin/output.h"
#include "plugin/wire.h"

enum { MAX_SUMS = 64 * 1024 * 1024, MAX_FILE = 256 * 1024 * 1024, MAX_DEPTH = 8, DIGITS = 64 };

const char sums_name[] = "SHA256SUMS";

/* Letters, digits and what stands in ids: a line end or a backslash would make another line. */
static bool is_plain(const char *path)
{
    for (const char *p = path; *p != '\0'; p++)
        if (*p == '\\' || (unsigned char)*p < ' ' || *p == 0x7f)
            return false;
    return true;
}

/* Inside the folder, as written here: not absolute, no "..". */
static bool is_below(const char *path)
{
    struct span rest = text_of(path), part;
    bool more = true;
    while (more) {
        more = text_cut(rest, '/', &part, &rest);
        if (part.n == 0 || text_is(part, ".") || text_is(part, ".."))
            return false;
    }
    return is_plain(path);
}

static bool read_line(struct arena *arena, struct span line, struct sums_line *found)
{
    if (line.n < DIGITS + 3 || memchr(line.p, '\0', line.n) != NULL)
        return false;
    const struct span digits = text_head(line, DIGITS), gap = text_skip(line, DIGITS);
    for (size_t i = 0; i < DIGITS; i++)
        if (strchr("0123456789abcdef", digits.p[i]) == NULL)
            return false;
    if (!text_starts(gap, "  ") && !text_starts(gap, " *"))
        return false;
    found->sha256 = arena_dup(arena, digits);
    found->path = arena_dup(arena, text_skip(gap, 2));
    return is_below(found->path);
}

bool sums_read(struct arena *arena, const char *dir, struct sums_line **lines, size_t *count,
               struct fault *fault)
{
    struct span rest, line;
    const char *path = arena_printf(arena, "%s/%s", dir, sums_name);
    *lines = NULL;
    *count = 0;
    struct fault why;
    if (!file_read(arena, path, MAX_SUMS, &rest, &why))
        return fault_set(fault, why.kind, path, 0, "%s",
                         why.kind != FAULT_NOT_CAPTURED
                             ? why.text
                             : "is not there: this is no run, or one that was not finished");
    for (unsigned number = 1; rest.n > 0; number++) {
        (void)text_cut(rest, '\n', &line, &rest);
        *lines = arena_push(arena, *lines, *count, sizeof(**lines));
        if (!read_line(arena, line, &(*lines)[*count]))
            return fault_set(fault, FAULT_SYNTAX, path, number,
                             "line %u is no \"SHA-256  PATH\": '%.*s'", number, FAULT_QUOTE(line));
        (*count)++;
    }
    return true;
}

bool sums_of_index(struct arena *arena, const char *dir, struct sums_line **lines, size_t *count,
                   struct fault *fault)
{
    struct capture capture = {.run_id = NULL};
    json_t *root = NULL, *entry;
    size_t i;
    *lines = NULL;
    *count = 0;
    const bool done = index_load(arena, dir, &capture, &root, fault);
    json_array_foreach (json_object_get(root, "documents"), i, entry) {
        const char *node = json_string_value(json_object_get(entry, "node"));
        const char *id = json_string_value(json_object_get(entry, "id"));
        const char *sha256 = json_string_value(json_object_get(entry, "sha256"));
        if (node == NULL || id == NULL || sha256 == NULL || !index_is_name(node) ||
            !wire_is_id(text_of(id)))
            continue;
        *lines = arena_push(arena, *lines, *count, sizeof(**lines));
        (*lines)[(*count)++] = (struct sums_line){arena_printf(arena, "%s/%s", node, id),
                                                  arena_dup(arena, text_of(sha256))};
    }
    json_decref(root);
    return done;
}

struct listing {
    struct arena *arena;
    const char *dir;
    const char **paths;
    size_t count;
    struct fault *fault;
};

static bool list_below(struct listing *listing, const char *below, int depth);

static bool list_entry(struct listing *listing, const char *path, int depth)
{
    struct stat info;
    const char *whole = arena_printf(listing->arena, "%s/%s", listing->dir, path);
    if (lstat(whole, &info) != 0)
        return fault_set(listing->fault, FAULT_INTERNAL, whole, 0, "cannot be read: %s",
                         strerror(errno));
    if (S_ISDIR(info.st_mode) && depth < MAX_DEPTH)
        return list_below(listing, path, depth + 1);
    if (!S_ISREG(info.st_mode) || !is_plain(path))
        return fault_set(listing->fault, FAULT_INTERNAL, whole, 0,
                         "is no plain file: only evidence may lie in the folder of a run");
    if (text_starts(text_of(path), sums_name) && strchr(path, '/') == NULL)
        return true;
    listing->paths =
        arena_push(listing->arena, listing->paths, listing->count, sizeof(*listing->paths));
    listing->paths[listing->count++] = path;
    return true;
}

static bool list_below(struct listing *listing, const char *below, int depth)
{
    const char *whole =
        *below == '\0' ? listing->dir : arena_printf(listing->arena, "%s/%s", listing->dir, below);
    DIR *handle = opendir(whole);
    bool done = handle != NULL;
    if (!done)
        return fault_set(listing->fault, FAULT_INTERNAL, whole, 0, "cannot be read: %s",
                         strerror(errno));
    for (const struct dirent *entry; done && (entry = readdir(handle)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        const char *path =
            arena_printf(listing->arena, "%s%s%s", below, *below == '\0' ? "" : "/", entry->d_name);
        done = list_entry(listing, path, depth);
    }
    (void)closedir(handle);
    return done;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool sums_list(struct arena *arena, const char *dir, const char ***paths, size_t *count,
               struct fault *fault)
{
    struct listing listing = {.arena = arena, .dir = dir, .fault = fault};
    if (!list_below(&listing, "", 0))
        return false;
    if (listing.count > 1)
        qsort(listing.paths, listing.count, sizeof(*listing.paths), by_path);
    *paths = listing.paths;
    *count = listing.count;
    return true;
}

struct checking {
    struct arena *arena;
    struct sums_difference *differences;
    size_t count;
};

static void differs(struct checking *checking, const char *file, const char *what)
{
    checking->differences = arena_push(checking->arena, checking->differences, checking->count,
                                       sizeof(*checking->differences));
    checking->differences[checking->count++] = (struct sums_difference){file, what};
}

static void check_line(struct checking *checking, const char *dir, const struct sums_line *line)
{
    struct arena *arena = checking->arena;
    struct fault why;
    const char *found = hash_file(arena, arena_printf(arena, "%s/%s", dir, line->path), NULL, &why);
    if (found == NULL)
        differs(checking, line->path,
                arena_printf(arena, "%s names it, but it %s", sums_name, why.text));
    else if (strcmp(found, line->sha256) != 0)
        differs(checking, line->path,
                arena_printf(arena, "was changed: SHA-256 is %s, but %s in %s", found, line->sha256,
                             sums_name));
}

static int by_line(const void *a, const void *b)
{
    return strcmp(((const struct sums_line *)a)->path, ((const struct sums_line *)b)->path);
}

bool sums_check(struct arena *arena, const char *dir, struct sums_difference **differences,
                size_t *count, size_t *files, struct fault *fault)
{
    struct checking checking = {.arena = arena};
    struct sums_line *lines;
    const char **paths;
    size_t path_count;
    if (!sums_read(arena, dir, &lines, files, fault) ||
        !sums_list(arena, dir, &paths, &path_count, fault))
        return false;
    if (*files > 1)
        qsort(lines, *files, sizeof(*lines), by_line);
    for (size_t i = 0; i < *files; i++)
        check_line(&checking, dir, &lines[i]);
    for (size_t i = 0; i < path_count; i++) {
        const struct sums_line wanted = {.path = paths[i]};
        if (*files == 0 || bsearch(&wanted, lines, *files, sizeof(*lines), by_line) == NULL)
            differs(&checking, paths[i],
                    arena_printf(arena, "was added: %s does not name it", sums_name));
    }
    *differences = checking.differences;
    *count = checking.count;
    return true;
}

bool sums_hold(struct arena *arena, const char *dir, struct fault *fault)
{
    struct sums_difference *differences;
    size_t count, files;
    if (!sums_check(arena, dir, &differences, &count, &files, fault))
        return false;
    return count == 0 ||
           fault_set(fault, FAULT_INTERNAL, arena_printf(arena, "%s/%s", dir, differences[0].file),
                     0, "%s%s", differences[0].what,
                     count > 1 ? arena_printf(arena, " (and %zu more differ)", count - 1) : "");
}

bool sums_write(struct arena *arena, const char *dir, struct fault *fault)
{
    const char **paths;
    size_t count;
    struct output output;
    if (!sums_list(arena, dir, &paths, &count, fault) ||
        !output_open(arena, arena_printf(arena, "%s/%s", dir, sums_name), &output, fault))
        return false;
    /* The temporary name of the file itself is none of the list, for it was made afterwards. */
    for (size_t i = 0; i < count; i++) {
        const char *whole = arena_printf(arena, "%s/%s", dir, paths[i]);
        const char *sha256 = hash_file(arena, whole, NULL, fault);
        if (sha256 == NULL) {
            (void)output_close(&output, false, NULL);
            return false;
        }
        (void)fprintf(output.file, "%s  %s\n", sha256, paths[i]);
    }
    return output_close(&output, true, fault);
}

/* Makes the folders of PATH, a file below DIR. */
static bool make_way(struct arena *arena, const char *dir, const char *path, struct fault *fault)
{
    for (const char *slash = path; (slash = strchr(slash, '/')) != NULL; slash++) {
        const char *folder = arena_printf(arena, "%s/%.*s", dir, (int)(slash - path), path);
        if (mkdir(folder, 0700) != 0 && errno != EEXIST)
            return fault_set(fault, FAULT_INTERNAL, folder, 0, "cannot be made: %s",
                             strerror(errno));
    }
    return true;
}

static bool copy_one(struct arena *arena, const char *from, const char *to, const char *path,
                     const char *sha256, struct fault *fault)
{
    struct span bytes;
    const char *source = arena_printf(arena, "%s/%s", from, path);
    if (!file_read(arena, source, MAX_FILE, &bytes, fault))
        return false;
    const char *found = hash_bytes(arena, bytes);
    if (sha256 != NULL && (found == NULL || strcmp(found, sha256) != 0))
        return fault_set(fault, FAULT_INTERNAL, source, 0,
                         "is not what its %s says: it was changed after it was sealed", sums_name);
    return make_way(arena, to, path, fault) &&
           output_put(arena, arena_printf(arena, "%s/%s", to, path), bytes, fault);
}

bool sums_copy(struct arena *arena, const char *from, const char *to, struct fault *fault)
{
    struct sums_line *lines;
    size_t count;
    bool done = true;
    if (!sums_read(arena, from, &lines, &count, fault))
        return false;
    if (mkdir(to, 0700) != 0 && errno != EEXIST)
        return fault_set(fault, FAULT_INTERNAL, to, 0, "cannot be made: %s", strerror(errno));
    for (size_t i = 0; i < count && done; i++) {
        struct arena piece;
        arena_init(&piece, arena->out_of_memory);
        done = copy_one(&piece, from, to, lines[i].path, lines[i].sha256, fault);
        arena_free(&piece);
    }
    return done && copy_one(arena, from, to, sums_name, NULL, fault);
}
