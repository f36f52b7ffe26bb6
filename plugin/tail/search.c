/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* O_PATH */
#include "plugin/tail/search.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin/tail/magic.h"

enum {
    MAX_CANDIDATES = 4096,
    CLOCK_SLACK_NS = 20000000 /* times of files are those of the last tick of the clock */
};

struct candidate {
    const char *name;
    struct piece piece; /* not opened */
};

struct search {
    struct arena arena;
    const char *folder, *base;
    int fd;
    struct candidate *candidates;
    size_t count;
};

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static const char *folder_of(struct arena *arena, const char *path)
{
    const char *base = base_of(path);
    if (base == path)
        return ".";
    return base == path + 1 ? "/"
                            : arena_dup(arena, (struct span){path, (size_t)(base - path) - 1});
}

/* PATH without symbolic links; where there is no such file, as it is. */
static const char *resolve(struct arena *arena, const char *path)
{
    char *found = realpath(path, NULL);
    const char *kept = found == NULL ? path : arena_dup(arena, text_of(found));
    free(found);
    return kept;
}

const char *search_folder(struct arena *arena, const char *path, bool real)
{
    return folder_of(arena, real ? resolve(arena, path) : path);
}

/* Is NAME one of a rotated BASE? "mail.err" is none of "mail.log". */
static bool is_of(const char *name, const char *base)
{
    const struct span all = text_of(base), file = text_of(name);
    const size_t current = sizeof(".current") - 1;
    if (text_starts(file, base))
        return file.n > all.n && strchr(".-", file.p[all.n]) != NULL;
    if (!text_ends(all, ".current"))
        return false;
    const struct span stem = {all.p, all.n - current};
    return text_same(text_head(file, stem.n), stem) && text_starts(text_skip(file, stem.n), ".@");
}

static int by_birth(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->piece.born_ns != y->piece.born_ns)
        return x->piece.born_ns < y->piece.born_ns ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* Lists what lies beside PATH, oldest first. */
static bool begin(struct search *s, const char *path)
{
    *s = (struct search){.fd = -1};
    arena_init(&s->arena, NULL);
    path = resolve(&s->arena, path);
    s->base = base_of(path);
    s->folder = folder_of(&s->arena, path);
    DIR *folder = opendir(s->folder);
    if (folder == NULL)
        return false;
    s->fd = fcntl(dirfd(folder), F_DUPFD_CLOEXEC, 0);
    for (const struct dirent *e; s->count < MAX_CANDIDATES && (e = readdir(folder)) != NULL;) {
        struct candidate candidate;
        if (!is_of(e->d_name, s->base) || !piece_identify(&candidate.piece, s->fd, e->d_name))
            continue;
        candidate.name = arena_dup(&s->arena, text_of(e->d_name));
        s->candidates = arena_push(&s->arena, s->candidates, s->count, sizeof(*s->candidates));
        s->candidates[s->count++] = candidate;
    }
    (void)closedir(folder);
    if (s->count > 0)
        qsort(s->candidates, s->count, sizeof(*s->candidates), by_birth);
    return s->fd >= 0;
}

static void end(struct search *s)
{
    if (s->fd >= 0)
        (void)close(s->fd);
    arena_free(&s->arena);
}

/* Opens NAME when it is plain text. */
static bool open_plain(struct piece *piece, int folder, const char *name)
{
    if (!piece_open(piece, folder, name))
        return false;
    if (magic_of(piece->fd) == MAGIC_PLAIN)
        return true;
    piece_close(piece);
    return false;
}

/* Opens NAME when it holds POSITION. */
static bool open_at(struct piece *piece, int folder, const char *name, const struct piece *but,
                    const struct position *position)
{
    if (!piece_open(piece, folder, name))
        return false;
    if ((but == NULL || !piece_is(piece, but)) && piece_resume(piece, position))
        return true;
    piece_close(piece);
    return false;
}

bool search_position(const char *path, const struct position *position, const struct piece *but,
                     struct piece *found)
{
    struct search s;
    bool done = open_at(found, AT_FDCWD, path, but, position);
    if (done)
        return true;
    if (begin(&s, path)) {
        for (int copies = 0; copies < 2 && !done; copies++)
            for (size_t i = s.count; i-- > 0 && !done;)
                if ((s.candidates[i].piece.inode != position->inode) == (copies == 1))
                    done = open_at(found, s.fd, s.candidates[i].name, but, position);
    }
    end(&s);
    return done;
}

size_t search_between(const char *path, const struct piece *after, const struct piece *before,
                      int64_t since_ns, struct piece *found, size_t max)
{
    struct search s;
    size_t count = 0;
    if (begin(&s, path)) {
        for (size_t i = 0; i < s.count && count < max; i++) {
            const struct piece *p = &s.candidates[i].piece;
            if (piece_is(p, after) || (before != NULL && piece_is(p, before)) ||
                p->born_ns < after->born_ns || p->born_ns < since_ns - CLOCK_SLACK_NS ||
                (before != NULL && p->born_ns > before->born_ns))
                continue;
            if (open_plain(&found[count], s.fd, s.candidates[i].name))
                count++;
        }
    }
    end(&s);
    return count;
}
