/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/recent.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "plugin/file.h"

enum { MAX_KEPT = 8 * 1024 * 1024, MAX_HEAD = 64, WAIT_STEP_MS = 20 };

/* First line of a note: MAGIC, the time, "answer" or "asked". */
static const char magic[] = "postcheck.recent/1 ";

/* The note of the appliance that this process asks, between recent_begin() and its end. */
static struct {
    int folder; /* -1 = none */
    int lock;
    char name[NAME_MAX + 1];
    int64_t asked_at;
} held = {.folder = -1, .lock = -1};

static void release(void)
{
    if (held.lock >= 0)
        (void)close(held.lock);
    if (held.folder >= 0)
        (void)close(held.folder);
    held.lock = held.folder = -1;
}

/* -- The folder ----------------------------------------------------------------------------- */

/* Makes PATH and, where they are missing too, the folders it lies in: 0700 all. */
static void make_folders(struct arena *arena, const char *path)
{
    if (mkdir(path, 0700) == 0 || errno != ENOENT)
        return;
    char *parent = arena_dup(arena, text_of(path));
    char *slash = strrchr(parent, '/');
    if (slash == NULL || slash == parent)
        return;
    *slash = '\0';
    make_folders(arena, parent);
    (void)mkdir(path, 0700);
}

static bool open_folder(struct arena *arena, const char *path, struct fault *fault)
{
    struct stat info;
    make_folders(arena, path);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fault_set(fault, FAULT_INTERNAL, path, 0,
                         "the folder %.120s for notes of /xml/status cannot be used (%s): set "
                         "cache_dir",
                         path, strerror(errno));
    if (fstat(fd, &info) != 0 || info.st_uid != geteuid() || (info.st_mode & 022) != 0) {
        (void)close(fd);
        return fault_set(fault, FAULT_INTERNAL, path, 0,
                         "the folder %.120s for notes of /xml/status is not ours alone: chown and "
                         "chmod 700 it, or set cache_dir",
                         path);
    }
    held.folder = fd;
    return true;
}

static const char *from_environment(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value == '/' ? value : NULL;
}

static bool find_folder(const struct fetch *fetch, struct fault *fault)
{
    struct arena *arena = fetch->arena;
    struct span first, rest;
    const char *candidates[3] = {NULL};
    size_t count = 0;
    const char *given = fetch->config->cache_dir;
    if (given == NULL && from_environment("CACHE_DIRECTORY") != NULL) {
        (void)text_cut(text_of(getenv("CACHE_DIRECTORY")), ':', &first, &rest);
        given = arena_dup(arena, first);
    }
    if (given != NULL)
        return open_folder(arena, given, fault);
    if (from_environment("XDG_CACHE_HOME") != NULL)
        candidates[count++] = arena_printf(arena, "%s/postcheck", getenv("XDG_CACHE_HOME"));
    if (from_environment("HOME") != NULL)
        candidates[count++] = arena_printf(arena, "%s/.cache/postcheck", getenv("HOME"));
    candidates[count++] = arena_printf(arena, "/tmp/postcheck-%lu", (unsigned long)geteuid());
    for (size_t i = 0; i < count; i++)
        if (open_folder(arena, candidates[i], fault))
            return true;
    return false;
}

/* -- The note ------------------------------------------------------------------------------- */

/* Names of appliances are safe as names of files; letter case does not make another one. */
static bool choose_name(const struct fetch *fetch, struct fault *fault)
{
    const struct config_node *node = fetch->node;
    char *name = arena_printf(fetch->arena, "%s_%u", node->name, node->https_port);
    for (char *c = name; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    if (strlen(name) + sizeof(".lock") > sizeof(held.name) || strchr(name, '/') != NULL)
        return fault_set(
            fault, FAULT_INTERNAL, NULL, 0,
            "the name of the appliance is too long to note that /xml/status was asked");
    (void)memcpy(held.name, name, strlen(name) + 1);
    return true;
}

/* flock() knows no time limit, so it is tried again and again. */
static bool take_lock(const struct fetch *fetch, struct fault *fault)
{
    const struct timespec step = {0, WAIT_STEP_MS * 1000000L};
    const char *name = arena_printf(fetch->arena, "%s.lock", held.name);
    held.lock = openat(held.folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (held.lock < 0)
        return fault_set(fault, FAULT_INTERNAL, name, 0,
                         "cannot note that /xml/status was asked: %s", strerror(errno));
    int64_t until = fetch_now_ms() + fetch_left_ms(fetch, RECENT_S * 1000) / 2;
    while (flock(held.lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fault_set(fault, FAULT_INTERNAL, name, 0,
                             "cannot note that /xml/status was asked: %s", strerror(errno));
        if (fetch_now_ms() >= until)
            return fault_set(fault, FAULT_BUSY, name, 0,
                             "another run is asking for /xml/status at this moment");
        (void)nanosleep(&step, NULL);
    }
    return true;
}

/* Replaces the note in one step, so that whoever is killed leaves the old one or the new one. */
static bool write_note(const struct fetch *fetch, struct span bytes)
{
    const char *draft = arena_printf(fetch->arena, "%s.new", held.name);
    const char *head = arena_printf(fetch->arena, "%s%lld %s\n", magic, (long long)held.asked_at,
                                    bytes.n > 0 ? "answer" : "asked");
    (void)unlinkat(held.folder, draft, 0);
    int fd = openat(held.folder, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool done = file_write_all(fd, text_of(head)) && file_write_all(fd, bytes);
    done = close(fd) == 0 && done;
    done = done && renameat(held.folder, draft, held.folder, held.name) == 0;
    if (!done)
        (void)unlinkat(held.folder, draft, 0);
    return done;
}

/* The bytes of the note; empty when there is none, or none that can be one of ours. */
static struct span read_note(const struct fetch *fetch)
{
    struct stat info;
    struct span note = {NULL, 0};
    int fd = openat(held.folder, held.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return note;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == geteuid() &&
        info.st_size <= MAX_KEPT + MAX_HEAD) {
        size_t size = (size_t)info.st_size;
        char *bytes = arena_alloc(fetch->arena, size + 1);
        ssize_t n;
        while (note.n < size &&
               ((n = read(fd, bytes + note.n, size - note.n)) > 0 || (n < 0 && errno == EINTR)))
            note.n += n > 0 ? (size_t)n : 0;
        note.p = bytes;
    }
    (void)close(fd);
    return note;
}

/* Is NOTE of less than RECENT_S before NOW? A time that is later than NOW counts for nothing. */
static bool is_recent(struct span note, int64_t now, struct span *bytes, int64_t *taken_at)
{
    struct span head, time, word, answer;
    if (!text_cut(note, '\n', &head, &answer) || !text_starts(head, magic))
        return false;
    if (!text_cut(text_skip(head, sizeof(magic) - 1), ' ', &time, &word) ||
        !text_to_int(time, taken_at) || *taken_at > now || now - *taken_at >= RECENT_S)
        return false;
    *bytes = text_is(word, "answer") ? answer : (struct span){NULL, 0};
    return true;
}

/* -- The three calls ------------------------------------------------------------------------ */

enum recent recent_begin(const struct fetch *fetch, struct span *bytes, int64_t *taken_at,
                         struct fault *fault)
{
    *bytes = (struct span){NULL, 0};
    release();
    if (!choose_name(fetch, fault) || !find_folder(fetch, fault) || !take_lock(fetch, fault)) {
        release();
        return RECENT_NO_PLACE;
    }
    held.asked_at = (int64_t)time(NULL);
    if (is_recent(read_note(fetch), held.asked_at, bytes, taken_at)) {
        release();
        return bytes->n > 0 ? RECENT_ANSWER : RECENT_NO_ANSWER;
    }
    if (write_note(fetch, (struct span){NULL, 0}))
        return RECENT_ASK;
    (void)fault_set(fault, FAULT_INTERNAL, NULL, 0, "cannot note that /xml/status was asked: %s",
                    strerror(errno));
    release();
    return RECENT_NO_PLACE;
}

void recent_end(const struct fetch *fetch, struct span bytes)
{
    if (held.folder >= 0 && bytes.n > 0 && bytes.n <= MAX_KEPT)
        (void)write_note(fetch, bytes); /* without it the note says: asked */
    release();
}

void recent_cancel(const struct fetch *fetch)
{
    (void)fetch;
    if (held.folder >= 0)
        (void)unlinkat(held.folder, held.name, 0);
    release();
}
