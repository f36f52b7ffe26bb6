/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/maillog/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "plugin/maillog/merge.h"
#include "plugin/maillog/parallel.h"
#include "plugin/maillog/stop.h"
#include "plugin/tail/archive.h"
#include "plugin/tail/magic.h"

enum { PEEK = 65536 };

static bool is_stdin(const struct input_file *file)
{
    return strcmp(file->path, "-") == 0;
}

static bool is_left_out(const struct input_file *file)
{
    return file->missing || file->same_as != NULL;
}

const char *input_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

bool input_alike(const struct input_file *a, const struct input_file *b)
{
    return a->hosts == b->hosts && !a->members && !b->members &&
           strcmp(a->gateway, b->gateway) == 0;
}

/* Told once, with the others. */
void input_spoil(struct input *input, struct input_file *file, const struct fault *fault)
{
    if (file->fault == NULL)
        input->failed++;
    file->fault = fault_keep(input->arena, fault);
}

/* ---- Looking ---- */

/* What kind of file it is. False: it cannot be opened. A FIFO is not: it can be only once. */
static bool identify(struct input *input, struct input_file *file)
{
    struct stat info;
    struct fault fault;
    file->changed = (int64_t)time(NULL);
    file->gateway = "";
    const bool there =
        is_stdin(file) ? fstat(STDIN_FILENO, &info) == 0 : stat(file->path, &info) == 0;
    const bool regular = there && S_ISREG(info.st_mode);
    if (regular || (there && S_ISFIFO(info.st_mode))) {
        file->device = (uint64_t)info.st_dev;
        file->inode = (uint64_t)info.st_ino;
    }
    int fd = !regular         ? -1
             : is_stdin(file) ? STDIN_FILENO
                              : open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (!is_stdin(file) && (!there || S_ISDIR(info.st_mode) || (regular && fd < 0))) {
        (void)fault_set(&fault, FAULT_NOT_CAPTURED, file->path, 0, "cannot be read: %s",
                        there && S_ISDIR(info.st_mode) ? "it is a folder" : strerror(errno));
        input_spoil(input, file, &fault);
        file->missing = true;
    } else if (regular) {
        file->plain = magic_of(fd) == MAGIC_PLAIN;
        file->size = (uint64_t)info.st_size;
        file->changed = (int64_t)info.st_mtime;
    }
    if (fd > STDIN_FILENO)
        (void)close(fd);
    return !file->missing;
}

/* When a plain file ends: what its last entries say. */
static int64_t last_entry(const struct input_file *file)
{
    const struct flow_options options = {.reference = file->changed};
    struct maillog *log = maillog_new(PEEK, LINE_BEST, &options);
    int fd = open(file->path, O_RDONLY | O_CLOEXEC);
    struct flow_summary summary = {.last = 0};
    size_t room;
    char *buffer = log == NULL ? NULL : maillog_room(log, &room);
    const ssize_t got =
        buffer == NULL || fd < 0 ? -1 : pread(fd, buffer, PEEK, (off_t)(file->size - PEEK));
    if (got > 0 && maillog_commit(log, (size_t)got) && maillog_finish(log))
        (void)flow_summary(maillog_flow(log), &summary);
    if (fd >= 0)
        (void)close(fd);
    maillog_free(log);
    return summary.last != 0 ? summary.last : INT64_MAX;
}

/* Whose file it is, when it begins, and if need be when it ends. */
static void peek(struct input *input, struct input_file *file)
{
    const struct flow_options options = {.reference = file->changed};
    struct maillog *log = maillog_new(PEEK, LINE_BEST, &options);
    struct flow_summary *summary = arena_alloc(input->arena, sizeof(*summary));
    struct fault fault;
    struct tail_archive *archive = tail_archive_open(input->arena, file->path, &fault);
    size_t room, total = 0;
    ssize_t got = 1;
    char *buffer;
    if (archive == NULL) {
        input_spoil(input, file, &fault);
        file->missing = true;
    }
    while (log != NULL && archive != NULL && total < PEEK && got > 0 &&
           (buffer = maillog_room(log, &room)) != NULL &&
           (got = tail_archive_read(archive, buffer, room < PEEK ? room : PEEK, &fault)) > 0) {
        total += (size_t)got;
        file->members = strcmp(tail_archive_member(archive), file->path) != 0;
        if (!maillog_commit(log, (size_t)got))
            break;
    }
    if (log != NULL && maillog_finish(log) && flow_summary(maillog_flow(log), summary)) {
        file->first = summary->first;
        file->last = got == 0                                     ? summary->last
                     : file->plain && file->size > (uint64_t)PEEK ? last_entry(file)
                                                                  : INT64_MAX;
        file->has_offset = summary->has_offset;
        file->utc_offset_s = summary->utc_offset_s;
        if (summary->appliance_count > 0) {
            const struct flow_appliance *a = &summary->appliances[0];
            file->hosts = a->host[0] != '\0';
            file->gateway =
                arena_dup(input->arena, text_of(a->serial[0] != '\0' ? a->serial : a->host));
        }
    }
    if (archive != NULL)
        tail_archive_close(archive);
    maillog_free(log);
}

static int by_first(const void *a, const void *b)
{
    const struct input_file *x = a, *y = b;
    int order = strcmp(x->gateway, y->gateway);
    if (order != 0)
        return order;
    if (x->hosts != y->hosts)
        return x->hosts - y->hosts;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return strcmp(x->path, y->path);
}

/* Does FILE begin while OF goes on? */
static bool begins_in(const struct input_file *file, const struct input_file *of)
{
    return file->first >= of->first && of->last != INT64_MAX &&
           (file->first + INPUT_TOUCH_S < of->last || file->last <= of->last);
}

/* What is known to overlap and cannot be read side by side. */
static void find_doubles(struct input *input)
{
    for (size_t i = 0; i < input->count; i++)
        for (size_t k = 0; k < i; k++) {
            const struct input_file *a = &input->files[k], *b = &input->files[i];
            if (a->first == 0 || b->first == 0 || a->gateway[0] == '\0' ||
                strcmp(a->gateway, b->gateway) != 0 || input_alike(a, b) ||
                (!begins_in(a, b) && !begins_in(b, a)))
                continue;
            input->overlaps = arena_push(input->arena, input->overlaps, input->overlap_count,
                                         sizeof(*input->overlaps));
            input->overlaps[input->overlap_count++] =
                (struct input_overlap){a,
                                       b,
                                       a->first > b->first ? a->first : b->first,
                                       a->last < b->last ? a->last : b->last,
                                       0,
                                       true};
        }
}

/* One file under two names, or twice under one. */
static bool is_known(const struct input *input, struct input_file *file)
{
    for (const struct input_file *f = input->files; f < file && file->inode != 0; f++)
        if (f->inode == file->inode && f->device == file->device && f->same_as == NULL) {
            file->same_as = f->name;
            file->size = 0;
            return true;
        }
    return false;
}

bool input_look(struct arena *arena, char *const *paths, size_t count, struct input *input,
                struct fault *fault)
{
    size_t good = 0;
    *input = (struct input){.arena = arena, .count = count};
    input->files = arena_array(arena, count, sizeof(*input->files));
    for (size_t i = 0; i < count; i++) {
        struct input_file *file = &input->files[i];
        file->path = file->name = paths[i];
        if (!identify(input, file) || is_known(input, file))
            continue;
        good++;
        input->size += file->size;
        if (file->changed > input->reference)
            input->reference = file->changed;
    }
    if (good == 0) {
        *fault = *input->files[0].fault;
        return false;
    }
    /* A pipe can be read only once: it and a single file need no order. */
    for (size_t i = 0; i < count && count > 1; i++)
        if (!input->files[i].missing && input->files[i].size > 0 && !is_stdin(&input->files[i]) &&
            input->files[i].same_as == NULL)
            peek(input, &input->files[i]);
    if (count > 1)
        qsort(input->files, count, sizeof(*input->files), by_first);
    find_doubles(input);
    return true;
}

/* ---- Reading ---- */

/* N bytes lie in the sink's room that are the first of another file. False: out of memory. */
static bool move_on(struct input *input, const char *member, const struct input_sink *sink,
                    const char *bytes, size_t n)
{
    size_t room;
    char *copy = malloc(n);
    if (copy == NULL)
        return false;
    memcpy(copy, bytes, n);
    bool good = sink->begin(sink->context);
    input->member = member;
    for (size_t at = 0; good && at < n; at += room) {
        char *to = sink->room(sink->context, &room);
        room = room < n - at ? room : n - at;
        if (to != NULL)
            memcpy(to, copy + at, room);
        good = to != NULL && sink->commit(sink->context, room);
    }
    free(copy);
    return good;
}

static bool read_archive(struct input *input, struct input_file *file, struct tail_archive *archive,
                         const struct input_sink *sink)
{
    const char *member = NULL;
    struct fault fault = {.kind = FAULT_NONE};
    size_t room;
    uint64_t before = input->bar != NULL ? input->bar->done : 0;
    while (!stop_asked()) {
        char *buffer = sink->room(sink->context, &room);
        if (buffer == NULL)
            return false;
        ssize_t got = tail_archive_read(archive, buffer, room, &fault);
        if (got < 0)
            input_spoil(input, file, &fault);
        if (got <= 0)
            break;
        const char *now = tail_archive_member(archive);
        if (member == NULL)
            input->member = strcmp(now, file->path) != 0 ? now : NULL;
        if (member != NULL && now != member ? !move_on(input, now, sink, buffer, (size_t)got)
                                            : !sink->commit(sink->context, (size_t)got))
            return false;
        member = now;
        if (input->bar != NULL && (file->plain || file->size == 0))
            bar_add(input->bar, (uint64_t)got);
    }
    if (input->bar != NULL && !file->plain && file->size > 0)
        bar_add(input->bar, before + file->size - input->bar->done);
    return true;
}

bool input_read(struct input *input, struct input_file *file, const struct input_sink *sink)
{
    struct fault fault;
    struct tail_archive *archive = tail_archive_open(input->arena, file->path, &fault);
    if (archive == NULL) {
        input_spoil(input, file, &fault);
        file->missing = true;
        return true;
    }
    bool good = read_archive(input, file, archive, sink);
    tail_archive_close(archive);
    return good;
}

/* ---- A pipe that is read more than once ---- */

/* Packed bytes stay packed. False: errno. */
static bool copy_pipe(int fd, FILE *file)
{
    char buffer[16384];
    ssize_t n;
    while (!stop_asked() && (n = read(fd, buffer, sizeof(buffer))) != 0) {
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0 && fwrite(buffer, 1, (size_t)n, file) != (size_t)n)
            return false;
    }
    return fflush(file) == 0;
}

bool input_keep_pipes(struct input *input, struct fault *fault)
{
    for (size_t i = 0; i < input->count; i++) {
        struct input_file *file = &input->files[i];
        if (is_left_out(file) || (file->size > 0 && !is_stdin(file)))
            continue;
        FILE *kept = tmpfile();
        int fd = is_stdin(file) ? STDIN_FILENO : open(file->path, O_RDONLY | O_CLOEXEC);
        const bool good = kept != NULL && fd >= 0 && copy_pipe(fd, kept);
        const int why = errno;
        if (fd > STDIN_FILENO)
            (void)close(fd);
        if (!good)
            return fault_set(fault, FAULT_INTERNAL, input_name(file->name), 0,
                             "a pipe is kept in a temporary file: %s", strerror(why));
        file->path = arena_printf(input->arena, "/proc/self/fd/%d", fileno(kept));
    }
    return true;
}

/* ---- Into the engine ---- */

static char *log_room(void *context, size_t *room)
{
    return maillog_room(context, room);
}

static bool log_commit(void *context, size_t n)
{
    return maillog_commit(context, n);
}

static bool log_begin(void *context)
{
    return maillog_file(context);
}

static bool read_on(void *context, uint64_t bytes)
{
    struct input *input = context;
    if (input->bar != NULL)
        bar_add(input->bar, bytes);
    return !stop_asked();
}

/* False: out of memory. */
static bool read_parallel(struct input *input, struct input_file *file, struct maillog *log)
{
    struct fault fault = {.kind = FAULT_NONE};
    struct parallel parallel = {
        .flow = maillog_flow(log),
        .fd = open(file->path, O_RDONLY | O_CLOEXEC),
        .size = file->size,
        .threads = input->threads > PARALLEL_MAX_THREADS ? PARALLEL_MAX_THREADS : input->threads,
        .piece_bytes = input->buffer,
        .path = input->portable ? LINE_PORTABLE : LINE_BEST,
        .details = input->details,
        .join = !input->families,
        .context = input,
        .progress = read_on};
    bool good = parallel.fd >= 0 || fault_set(&fault, FAULT_INTERNAL, file->path, 0,
                                              "cannot be read: %s", strerror(errno));
    if (good)
        good = parallel_read(&parallel, &fault);
    if (parallel.fd >= 0)
        (void)close(parallel.fd);
    if (!good)
        input_spoil(input, file, &fault);
    return true;
}

/* Below this size starting threads costs more than they bring. */
enum { WORTH_THREADS = 1 << 20 };

static bool is_parallel(const struct input *input, const struct input_file *file)
{
    return file->plain && file->size > 0 && !is_stdin(file) && input->threads > 0 &&
           (input->families ||
            (input->threads > 1 && file->size >= WORTH_THREADS && parallel_fits(file->path)));
}

bool input_feed(struct input *input, struct maillog *log)
{
    const struct input_sink sink = {log, log_room, log_commit, log_begin};
    bool first = true;
    for (size_t i = 0; i < input->count && !stop_asked(); i++) {
        if (is_left_out(&input->files[i]))
            continue;
        if (!first && !maillog_file(log))
            return false;
        first = false;
        input->now = &input->files[i];
        input->member = NULL;
        size_t next = i + (input->apart || input->families ? 1 : merge_count(input, i));
        if (next > i + 1) {
            if (!merge_read(input, i, &next, &sink))
                return false;
            i = next - 1;
            continue;
        }
        if (is_parallel(input, &input->files[i]) ? !read_parallel(input, &input->files[i], log)
                                                 : !input_read(input, &input->files[i], &sink))
            return false;
    }
    input->stopped = stop_asked();
    return true;
}
