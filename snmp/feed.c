/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "snmp/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* Clocks of two machines may differ by so much. */
enum { MAX_AHEAD_S = 60, MAX_FILE = 256 * 1024 * 1024 };

struct feed {
    struct feed_options options;
    const char *path; /* the file itself */
    int inotify;
    struct names names;
    struct arena arenas[2]; /* of the image that is served, and of the one before */
    int current;
    struct image image;
    bool has_image;
    bool is_read;         /* the file that is there has been looked into */
    struct stat identity; /* of that file; st_ino 0 when there is none */
    struct fault fault;   /* of that file */
    uint64_t digests[TABLE_COUNT];
    struct table_summary summary;
    struct table_view view;
    const char *stale; /* the sentences: too old, and what is wrong with the file that is there */
    const char *message;
};

static bool read_file(struct arena *arena, const char *path, struct span *bytes,
                      struct fault *fault)
{
    struct stat info;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool good = false;
    if (fd < 0 && errno == ENOENT)
        return fault_set(fault, FAULT_NOT_CAPTURED, path, 0, "is not there");
    if (fd < 0 || fstat(fd, &info) != 0)
        (void)fault_set(fault, FAULT_INTERNAL, path, 0, "cannot be read: %s", strerror(errno));
    else if (!S_ISREG(info.st_mode))
        (void)fault_set(fault, FAULT_SYNTAX, path, 0, "is not a regular file");
    else if (info.st_size > MAX_FILE)
        (void)fault_set(fault, FAULT_TOO_BIG, path, 0, "has more than %d MiB", MAX_FILE >> 20);
    else {
        const size_t size = (size_t)info.st_size;
        char *buffer = arena_alloc(arena, size + 1);
        size_t got = 0;
        ssize_t n = 1;
        while (got < size && n > 0)
            if ((n = read(fd, buffer + got, size - got)) > 0)
                got += (size_t)n;
        *bytes = (struct span){buffer, got};
        good = n >= 0 ||
               fault_set(fault, FAULT_INTERNAL, path, 0, "cannot be read: %s", strerror(errno));
    }
    if (fd >= 0)
        (void)close(fd);
    return good;
}

/* ---- the file of numbers ---- */

static bool load_names(struct feed *feed, struct fault *fault)
{
    struct arena arena;
    struct span text;
    struct fault why = {.kind = FAULT_NONE};
    arena_init(&arena, NULL);
    bool good = read_file(&arena, feed->options.map, &text, &why);
    if (good) {
        good = names_read(&feed->names, text, feed->options.map, fault);
    } else {
        names_init(&feed->names);
        good = why.kind == FAULT_NOT_CAPTURED;
        if (!good && fault != NULL)
            *fault = why;
    }
    arena_free(&arena);
    return good;
}

/* Whole or not at all. Numbers that are given away must be on disk before anybody sees them. */
static bool save_names(struct feed *feed, struct arena *arena, struct fault *fault)
{
    const char *path = feed->options.map, *draft = arena_printf(arena, "%s.new", path);
    char *text = names_text(&feed->names);
    const size_t size = text == NULL ? 0 : strlen(text);
    const int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    bool good = text != NULL && fd >= 0;
    for (size_t done = 0; good && done < size;) {
        const ssize_t n = write(fd, text + done, size - done);
        good = n > 0;
        done += good ? (size_t)n : 0;
    }
    good = good && fsync(fd) == 0;
    if (fd >= 0)
        good = close(fd) == 0 && good;
    good = good && rename(draft, path) == 0;
    feed->names.changed = !good;
    free(text);
    return good ||
           fault_set(fault, FAULT_INTERNAL, path, 0, "cannot be written: %s", strerror(errno));
}

/* ---- watching ---- */

static void watch(struct feed *feed, struct arena *arena)
{
    const char *slash = strrchr(feed->path, '/');
    const char *folder =
        slash == NULL
            ? "."
            : arena_dup(arena, (struct span){feed->path, (size_t)(slash - feed->path) + 1});
    feed->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (feed->inotify >= 0 &&
        inotify_add_watch(feed->inotify, folder,
                          IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE) < 0) {
        (void)close(feed->inotify);
        feed->inotify = -1;
    }
}

/* Is the file another one than that which was read last? */
static bool is_other(struct feed *feed)
{
    struct stat now, *last = &feed->identity;
    char events[4096];
    while (feed->inotify >= 0 && read(feed->inotify, events, sizeof(events)) > 0)
        continue;
    if (stat(feed->path, &now) != 0)
        now = (struct stat){.st_ino = 0};
    const bool same = feed->is_read && now.st_ino == last->st_ino && now.st_dev == last->st_dev &&
                      now.st_size == last->st_size && now.st_mtim.tv_sec == last->st_mtim.tv_sec &&
                      now.st_mtim.tv_nsec == last->st_mtim.tv_nsec;
    feed->identity = now;
    feed->is_read = true;
    return !same;
}

/* ---- publishing ---- */

static void publish(struct feed *feed, const struct image *image)
{
    const uint32_t generation = feed->summary.generation + 1;
    for (int id = TABLE_APPLIANCE; id < TABLE_COUNT; id++) {
        const uint64_t digest = table_digest((enum table_id)id, &image->tables[id]);
        if (!feed->has_image || digest != feed->digests[id])
            feed->summary.changed[id] = generation;
        feed->digests[id] = digest;
    }
    feed->image = *image;
    feed->has_image = true;
    feed->summary.generation = generation;
}

/* The image of the file that is there, built beside the one that is served. */
static void load(struct feed *feed, struct fault *fault)
{
    struct arena *arena = &feed->arenas[!feed->current];
    struct image image;
    struct span bytes;
    feed->fault = (struct fault){.kind = FAULT_NONE};
    arena_free(arena);
    if (!read_file(arena, feed->path, &bytes, &feed->fault) ||
        !image_build(arena, bytes, feed->path, &feed->names, &image, &feed->fault)) {
        feed->message = result_clean(
            arena, text_of(arena_printf(arena, "the state file %s", feed->fault.text)), 252);
        if (fault != NULL)
            *fault = feed->fault;
        return;
    }
    if (feed->names.changed)
        (void)save_names(feed, arena, fault);
    publish(feed, &image);
    feed->current = !feed->current;
}

static enum feed_state judge(struct feed *feed, int64_t now)
{
    const int64_t age = feed->has_image ? now - feed->image.run : 0;
    if (feed->fault.kind != FAULT_NONE)
        return feed->fault.kind == FAULT_NOT_CAPTURED ? FEED_MISSING : FEED_INVALID;
    if (age < -MAX_AHEAD_S) {
        feed->message = "the state file is of the future: compare the clocks";
        return FEED_INVALID;
    }
    feed->message = age <= (int64_t)feed->options.max_age_s ? "" : feed->stale;
    return age <= (int64_t)feed->options.max_age_s ? FEED_RUNNING : FEED_STALE;
}

/* The summary of the image with what only the feed knows. */
static void assemble(struct feed *feed, enum feed_state state)
{
    const struct table_summary own = feed->summary;
    struct table_summary *summary = &feed->summary;
    *summary = feed->image.summary;
    summary->version = POSTCHECK_VERSION;
    summary->started = own.started;
    summary->generation = own.generation;
    memcpy(summary->changed, own.changed, sizeof(own.changed));
    summary->collector = state;
    summary->message = feed->message;
    if (!feed->has_image)
        summary->run = TABLE_NO_TIME;
    if (state != FEED_RUNNING)
        summary->verdict = 1;
    memcpy(feed->view.tables, feed->image.tables, sizeof(feed->view.tables));
    feed->view.tables[TABLE_SUMMARY] = (struct table_rows){summary, 1};
    feed->view.running = state == FEED_RUNNING;
}

bool feed_look(struct feed *feed, int64_t now, struct fault *fault)
{
    const enum feed_state before = feed_collector(feed);
    if (fault != NULL)
        *fault = (struct fault){.kind = FAULT_NONE};
    const bool other = is_other(feed);
    if (other)
        load(feed, fault);
    const enum feed_state state = judge(feed, now);
    if (!other && state == before)
        return false;
    assemble(feed, state);
    return true;
}

struct feed *feed_open(struct arena *arena, const struct feed_options *options, int64_t now,
                       struct fault *fault)
{
    struct stat info;
    struct feed *feed = arena_alloc(arena, sizeof(*feed));
    feed->options = *options;
    feed->path = stat(options->path, &info) == 0 && S_ISDIR(info.st_mode)
                     ? arena_printf(arena, "%s/report.json", options->path)
                     : options->path;
    feed->stale = arena_printf(
        arena, "the newest answer is older than %u s: does `postcheck poll --state` still run?",
        options->max_age_s);
    feed->inotify = -1;
    feed->image.run = TABLE_NO_TIME;
    feed->summary.started = now;
    arena_init(&feed->arenas[0], arena->out_of_memory);
    arena_init(&feed->arenas[1], arena->out_of_memory);
    if (!load_names(feed, fault)) {
        feed_close(feed);
        return NULL;
    }
    watch(feed, arena);
    return feed;
}

void feed_close(struct feed *feed)
{
    if (feed->inotify >= 0)
        (void)close(feed->inotify);
    names_free(&feed->names);
    arena_free(&feed->arenas[0]);
    arena_free(&feed->arenas[1]);
}

int feed_descriptor(const struct feed *feed)
{
    return feed->inotify;
}

const struct table_view *feed_view(struct feed *feed, int64_t now)
{
    feed->view.now = now;
    return &feed->view;
}

enum feed_state feed_collector(const struct feed *feed)
{
    return (enum feed_state)feed->summary.collector;
}
