/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "snmp/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* Clocks of two machines may differ by so much. */
enum { MAX_AHEAD_S = 60, MAX_FILE = 256 * 1024 * 1024 };

/* One reading of the file, by a thread of its own: who asks must not wait for a big one. */
struct job {
    pthread_t thread;
    bool runs;
    bool good;
    struct image image;
    struct fault fault; /* of the file */
    struct fault saved; /* of the numbers */
};

struct feed {
    struct feed_options options;
    const char *path;                 /* the file itself */
    int descriptor, inotify, is_done; /* the first one waits for the others */
    struct names names;               /* the job's, while it runs; so is the arena not current */
    struct arena arenas[2];           /* of the image that is served, and of the one before */
    int current;
    struct job job;
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

static bool wait_for(struct feed *feed, int descriptor)
{
    struct epoll_event event = {.events = EPOLLIN};
    return epoll_ctl(feed->descriptor, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

/* Where the kernel does not tell of files, looking now and then must do. */
static bool watch(struct feed *feed, struct arena *arena)
{
    const char *slash = strrchr(feed->path, '/');
    const char *folder = ".";
    if (slash != NULL)
        folder = arena_dup(arena, (struct span){feed->path, (size_t)(slash - feed->path) + 1});
    feed->descriptor = epoll_create1(EPOLL_CLOEXEC);
    feed->is_done = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    feed->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (feed->inotify >= 0 &&
        inotify_add_watch(feed->inotify, folder,
                          IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE) >= 0)
        (void)wait_for(feed, feed->inotify);
    return feed->descriptor >= 0 && feed->is_done >= 0 && wait_for(feed, feed->is_done);
}

static void drain(int descriptor)
{
    char events[4096];
    while (descriptor >= 0 && read(descriptor, events, sizeof(events)) > 0)
        continue;
}

/* Is the file another one than that which was read last? */
static bool is_other(struct feed *feed)
{
    struct stat now, *last = &feed->identity;
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
static void *work(void *argument)
{
    struct feed *feed = argument;
    struct job *job = &feed->job;
    struct arena *arena = &feed->arenas[!feed->current], text;
    const uint64_t one = 1;
    struct span bytes;
    arena_free(arena);
    arena_init(&text, arena->out_of_memory);
    job->good = read_file(&text, feed->path, &bytes, &job->fault) &&
                image_build(arena, bytes, feed->path, &feed->names, &job->image, &job->fault);
    if (job->good && feed->names.changed)
        (void)save_names(feed, &text, &job->saved);
    arena_free(&text);
    (void)malloc_trim(0); /* the text and its JSON were many times what the image is */
    if (write(feed->is_done, &one, sizeof(one)) < 0)
        return NULL; /* then it is seen at the next look */
    return NULL;
}

static void begin(struct feed *feed)
{
    feed->job = (struct job){.good = false};
    feed->job.runs = pthread_create(&feed->job.thread, NULL, work, feed) == 0;
    if (!feed->job.runs)
        (void)work(feed);
}

/* What the job has found takes the place of what was served. */
static void take(struct feed *feed, struct fault *fault)
{
    struct job *job = &feed->job;
    if (job->runs)
        (void)pthread_join(job->thread, NULL);
    drain(feed->is_done);
    job->runs = false;
    feed->fault = job->fault;
    *fault = job->good ? job->saved : job->fault;
    if (job->good) {
        publish(feed, &job->image);
        feed->current = !feed->current;
        return;
    }
    struct arena *arena = &feed->arenas[!feed->current];
    feed->message = result_clean(
        arena, text_of(arena_printf(arena, "the state file %s", job->fault.text)), 252);
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

static bool is_done(const struct feed *feed, bool wait)
{
    struct pollfd done = {.fd = feed->is_done, .events = POLLIN};
    return feed->job.runs && (wait || poll(&done, 1, 0) > 0);
}

bool feed_look(struct feed *feed, int64_t now, bool wait, struct fault *fault)
{
    const enum feed_state before = feed_collector(feed);
    bool taken = false;
    *fault = (struct fault){.kind = FAULT_NONE};
    drain(feed->inotify);
    for (int turns = 0; turns < 2; turns++) { /* what changed meanwhile is begun at once */
        if (!feed->job.runs && is_other(feed)) {
            begin(feed);
            if (!feed->job.runs) {
                take(feed, fault);
                taken = true;
            }
        }
        if (!is_done(feed, wait))
            break;
        take(feed, fault);
        taken = true;
    }
    const enum feed_state state = judge(feed, now);
    if (!taken && state == before)
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
    feed->descriptor = feed->inotify = feed->is_done = -1;
    feed->image.run = TABLE_NO_TIME;
    feed->summary.started = now;
    arena_init(&feed->arenas[0], arena->out_of_memory);
    arena_init(&feed->arenas[1], arena->out_of_memory);
    if (!load_names(feed, fault)) {
        feed_close(feed);
        return NULL;
    }
    if (!watch(feed, arena)) {
        (void)fault_set(fault, FAULT_INTERNAL, options->path, 0, "cannot be watched: %s",
                        strerror(errno));
        feed_close(feed);
        return NULL;
    }
    return feed;
}

void feed_close(struct feed *feed)
{
    const int descriptors[] = {feed->descriptor, feed->inotify, feed->is_done};
    if (feed->job.runs)
        (void)pthread_join(feed->job.thread, NULL);
    for (size_t i = 0; i < sizeof(descriptors) / sizeof(descriptors[0]); i++)
        if (descriptors[i] >= 0)
            (void)close(descriptors[i]);
    names_free(&feed->names);
    arena_free(&feed->arenas[0]);
    arena_free(&feed->arenas[1]);
}

int feed_descriptor(const struct feed *feed)
{
    return feed->descriptor;
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
