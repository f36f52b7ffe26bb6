/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/log_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/fetch/log.h"
#include "plugin/file.h"

enum { MAX_FILES = 100000, TIME_BYTES = 15, WORDS = 4, HEAD_BYTES = 1024 };

/* -- Which files ----------------------------------------------------------------------------- */

/* One file of a folder. */
struct item {
    const char *name;
    bool current;              /* "….current": the newest whatever its time */
    char when[TIME_BYTES + 1]; /* "20260308T014810" of its name; empty = not told */
    int64_t changed;           /* its own time */
};

/* "mail.@20260308T014810.s", "mail.current", "mail.@20260308T014810.c" (R, mail-logs.md (a)). */
static bool is_rotated(struct item *item)
{
    struct span name = text_of(item->name);
    ptrdiff_t at = text_find(name, ".@");
    item->current = text_ends(name, ".current") || text_ends(name, ".c");
    if (at >= 0) {
        struct span when = text_head(text_skip(name, (size_t)at + 2), TIME_BYTES);
        if (when.n == TIME_BYTES && when.p[8] == 'T')
            memcpy(item->when, when.p, TIME_BYTES);
    }
    return item->current || item->when[0] != '\0';
}

static bool is_packed(const char *name)
{
    static const char *const ends[] = {".gz", ".bz2", ".xz", ".zst", ".zip", ".Z", ".lz4"};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (text_ends(text_of(name), ends[i]))
            return true;
    return false;
}

/* Newest first. */
static int by_age(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    int order = (int)y->current - (int)x->current;
    if (order == 0 && x->when[0] != '\0' && y->when[0] != '\0')
        order = strcmp(y->when, x->when);
    if (order == 0)
        order = (y->changed > x->changed) - (y->changed < x->changed);
    return order != 0 ? order : strcmp(y->name, x->name);
}

/* The files of FOLDER, newest first; those that the appliance named where there are any. */
static struct item *list(struct arena *arena, DIR *folder, size_t *count)
{
    struct item *items = NULL;
    bool named = false;
    *count = 0;
    for (const struct dirent *entry; *count < MAX_FILES && (entry = readdir(folder)) != NULL;) {
        struct item item = {.name = entry->d_name};
        struct stat info;
        if (entry->d_name[0] == '.' || is_packed(entry->d_name) ||
            fstatat(dirfd(folder), entry->d_name, &info, 0) != 0 || !S_ISREG(info.st_mode))
            continue;
        bool rotated = is_rotated(&item);
        if (named && !rotated)
            continue;
        if (rotated && !named)
            *count = 0;
        named = named || rotated;
        item.name = arena_dup(arena, text_of(entry->d_name));
        item.changed = (int64_t)info.st_mtime;
        items = arena_push(arena, items, *count, sizeof(*items));
        items[(*count)++] = item;
    }
    if (*count > 1)
        qsort(items, *count, sizeof(*items), by_age);
    return items;
}

/* -- Reading --------------------------------------------------------------------------------- */

/* The header of a file of which only the end is read. */
static void keep_head(struct log_text *text, int fd)
{
    char head[HEAD_BYTES];
    ssize_t got = pread(fd, head, sizeof(head), 0);
    if (got > 0)
        log_dropped(text, (struct span){head, (size_t)got});
}

/* The end of the regular file that FD is, at most MAX bytes from a line's begin. Closes FD. */
static bool read_end(struct log_text *text, int fd, size_t max, bool *full)
{
    struct stat info;
    bool done = false;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size >= 0) {
        /* One byte more than fits: so log_add() sees where a line begins, and that there is more.
         */
        const size_t size = (uintmax_t)info.st_size > max ? max + 1 : (size_t)info.st_size;
        char *buffer = arena_alloc(text->arena, size + 1);
        size_t got = 0;
        if (size > max)
            keep_head(text, fd);
        done = lseek(fd, info.st_size - (off_t)size, SEEK_SET) >= 0 &&
               file_read_all(fd, buffer, size, &got);
        if (done)
            *full = !log_add(text, (struct span){buffer, got});
    } else {
        errno = EINVAL;
    }
    const int saved = errno;
    (void)close(fd);
    errno = saved;
    return done;
}

static const char *reason(void)
{
    return errno == EINVAL ? "is no regular file" : strerror(errno);
}

static int open_at(int folder, const char *name)
{
    return openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* Newest first until there is enough. *MOVED: a file was renamed meanwhile. */
static bool read_folder(struct log_text *text, DIR *folder, const char *path, bool *moved,
                        struct fault *fault)
{
    size_t count;
    const struct item *items = list(text->arena, folder, &count);
    bool full = false;
    *moved = false;
    if (count == 0)
        return fault_set(fault, FAULT_NOT_CAPTURED, "", 0,
                         "%.120s holds no log file (compressed ones are not read): does the "
                         "appliance still push there?",
                         path);
    for (size_t i = 0; i < count && !full; i++) {
        int fd = open_at(dirfd(folder), items[i].name);
        if (fd >= 0 && read_end(text, fd, text->max - text->bytes, &full))
            continue;
        *moved = errno == ENOENT;
        return fault_set(fault, FAULT_INTERNAL, "", 0, "%.120s/%.80s %s", path, items[i].name,
                         *moved ? "was renamed while it was read" : reason());
    }
    return true;
}

static bool read_path(struct log_text *text, const char *path, bool *moved, struct fault *fault)
{
    bool full;
    int fd = open_at(AT_FDCWD, path);
    struct stat info;
    *moved = false;
    if (fd < 0)
        return fault_set(fault,
                         errno == ENOENT || errno == ENOTDIR ? FAULT_NOT_CAPTURED : FAULT_INTERNAL,
                         "", 0, "%.160s: %s; does syslog or SCP push deliver there?", path,
                         errno == ENOENT ? "no such file" : strerror(errno));
    if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        DIR *folder = fdopendir(fd);
        bool done = folder != NULL && read_folder(text, folder, path, moved, fault);
        if (folder == NULL)
            (void)fault_set(fault, FAULT_INTERNAL, "", 0, "%.160s: %s", path, strerror(errno));
        if (folder != NULL)
            (void)closedir(folder);
        else
            (void)close(fd);
        return done;
    }
    return read_end(text, fd, text->max, &full) ||
           fault_set(fault, FAULT_INTERNAL, "", 0, "%.160s: %s", path, reason());
}

bool log_file_read(struct fetch *fetch, const char *id, const char *path, struct span *bytes,
                   struct fault *fault)
{
    struct log_text text = {.arena = NULL};
    bool moved = true, done = false;
    for (int tries = 0; tries < 3 && moved; tries++) {
        text = log_begin(fetch->arena, LOG_BYTES);
        done = read_path(&text, path, &moved, fault);
    }
    if (!done)
        return false;
    if (text.bytes == 0)
        /* Not FAULT_EMPTY: of the appliance's silence it is no proof. */
        return fault_set(fault, FAULT_NOT_CAPTURED, id, 0,
                         "%.160s is empty; does syslog or SCP push deliver there?", path);
    const char *note = log_cut_note(&text, path);
    if (note != NULL)
        fetch_note(fetch, "file: %s", note);
    *bytes = log_join(&text);
    return true;
}

/* -- Whose lines ------------------------------------------------------------------------------ */

static bool is_month(struct span word)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (size_t i = 0; word.n == 3 && months[i] != '\0'; i += 3)
        if (memcmp(word.p, months + i, 3) == 0)
            return true;
    return false;
}

static bool is_clock(struct span word)
{
    return word.n == 8 && word.p[2] == ':' && word.p[5] == ':';
}

struct span log_file_host(struct span line)
{
    const struct span none = {NULL, 0};
    struct cursor c = text_cursor(text_head(line, 400));
    struct span words[WORDS], word;
    if (text_literal(&c, "<")) {
        int64_t priority;
        if (!text_digits(&c, 1, 3, &priority) || !text_literal(&c, ">"))
            return none;
        text_blanks(&c);
    }
    for (size_t i = 0; i < WORDS; i++) {
        text_blanks(&c);
        if (!text_word(&c, 255, &words[i]))
            return none;
    }
    word = words[3];
    if (!is_month(words[0]) || !is_clock(words[2])) /* the header was eaten: "HOST TAG: Info: " */
        word = words[0].n > 0 && text_ends(words[1], ":") && text_ends(words[2], ":") ? words[0]
                                                                                      : none;
    /* "mail_logs: Info: …" behind the time: a tag, no host. */
    return text_ends(word, ":") ? none : word;
}

/* Does LINE begin an entry, in any form? What does not belongs to the line before. */
static bool begins(struct span line)
{
    struct span head = text_head(line, 200);
    return text_find(head, ": ") >= 0 && line.p[0] != ' ' && line.p[0] != '\t';
}

static bool is_ours(struct span host, const char *name, const char *address)
{
    return fleet_same_name(host, text_of(name)) ||
           (address != NULL && text_same_nocase(host, text_of(address)));
}

struct span log_file_of_host(struct arena *arena, struct span bytes, const char *host,
                             const char *address, size_t *others, struct span *other)
{
    char *out = NULL;
    size_t n = 0;
    bool ours = true;
    struct span rest = bytes;
    *others = 0;
    *other = (struct span){NULL, 0};
    while (rest.n > 0) {
        const char *end = memchr(rest.p, '\n', rest.n);
        struct span line = {rest.p, end == NULL ? rest.n : (size_t)(end - rest.p) + 1};
        if (begins(line)) {
            struct span told = log_file_host(line);
            ours = told.n == 0 || is_ours(told, host, address);
            if (!ours && out == NULL) { /* the first: what came before is kept */
                out = arena_alloc(arena, bytes.n + 1);
                n = (size_t)(line.p - bytes.p);
                memcpy(out, bytes.p, n);
                *other = told;
            }
            *others += !ours;
        }
        if (ours && out != NULL) {
            memcpy(out + n, line.p, line.n);
            n += line.n;
        }
        rest = text_skip(rest, line.n);
    }
    return out == NULL ? bytes : (struct span){out, n};
}

/* -- As a document ---------------------------------------------------------------------------- */

void log_file_ask(struct fetch *fetch, const struct fetch_row *row, const char *path)
{
    const struct config_node *node = fetch->node;
    const char *id = row->kind->id;
    struct span bytes = {NULL, 0}, ours, other;
    struct fault fault = {.kind = FAULT_NONE};
    int64_t start_ms = fetch_now_ms();
    size_t others = 0;
    fetch_begin(fetch, id);
    bool done = log_file_read(fetch, id, path, &bytes, &fault);
    if (done) {
        ours = log_file_of_host(fetch->arena, bytes, node->log_host ? node->log_host : node->name,
                                node->log_host ? NULL : node->address, &others, &other);
        if (others > 0)
            fetch_note(fetch, "file: %zu lines of %.120s are of other hosts", others, path);
        if (others > 0 && text_trim(ours).n == 0)
            done =
                fault_set(&fault, FAULT_SYNTAX, id, 0,
                          "no line of %.120s is of %.64s, but of '%.*s': set log_host to the "
                          "name that its lines carry",
                          path, node->log_host ? node->log_host : node->name, FAULT_QUOTE(other));
    }
    if (done)
        fetch_answer(fetch, id, ours, start_ms);
    else
        fetch_fault(fetch, id, &fault, start_ms);
}
