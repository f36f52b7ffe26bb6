/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "plugin/file.h"
#include "plugin/hash.h"
#include "plugin/index.h"
#include "plugin/wire.h"

enum { MAX_TEXT = 1000, FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

static const char index_name[] = "capture.json", part_name[] = ".part";

/* A document: kept as text, for a fleet has many. */
struct entry {
    const char *node, *id;
    const char *json; /* on one line */
    bool answered;
};

struct record {
    struct arena *arena;
    const char *dir; /* as given, for sentences */
    int fd;
    struct entry *entries; /* of capture.json */
    size_t entry_count;
    bool saved; /* a round of asking is over, or was interrupted: nodes may come again */
    struct fault first;
};

/* Remembers FAULT when it is the first of RECORD, and hands it out. Always false. */
static bool fails(struct record *record, const struct fault *why, struct fault *fault)
{
    if (record->first.kind == FAULT_NONE)
        record->first = *why;
    if (fault != NULL)
        *fault = *why;
    return false;
}

/* NAME below the capture's folder; a path too long for an origin is named without the folder. */
static void cannot_write(struct record *record, const char *name, int reason, struct fault *why)
{
    const char *path = arena_printf(record->arena, "%s/%s", record->dir, name);
    (void)fault_set(why, FAULT_INTERNAL, strlen(path) < sizeof(why->origin) ? path : name, 0,
                    "cannot be written: %s", strerror(reason));
}

static bool is_empty(int fd, bool *empty)
{
    int copy = dup(fd);
    DIR *handle = copy < 0 ? NULL : fdopendir(copy);
    *empty = true;
    if (handle == NULL) {
        if (copy >= 0)
            (void)close(copy);
        return false;
    }
    for (const struct dirent *entry; (entry = readdir(handle)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            *empty = false;
    (void)closedir(handle);
    return true;
}

/* DIR open and locked, *EMPTY or not; -1 with FAULT. Two runs that begin at once both find it
 * empty. */
static int open_folder(const char *dir, bool *empty, struct fault *fault)
{
    int fd = open(dir, FOLDER_FLAGS & ~O_NOFOLLOW);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        (void)fault_set(fault, FAULT_INTERNAL, dir, 0,
                        "another run is writing a capture there: name a new folder");
        (void)close(fd);
        return -1;
    }
    if (fd >= 0 && is_empty(fd, empty) && faccessat(fd, ".", W_OK | X_OK, 0) == 0)
        return fd;
    (void)fault_set(fault, FAULT_INTERNAL, dir, 0, "cannot be written to: %s", strerror(errno));
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

static struct record *make_record(struct arena *arena, const char *dir, int fd)
{
    struct record *record = arena_alloc(arena, sizeof(*record));
    *record = (struct record){.arena = arena, .dir = arena_dup(arena, text_of(dir)), .fd = fd};
    return record;
}

struct record *record_open(struct arena *arena, const char *dir, struct fault *fault)
{
    bool empty;
    const bool made = mkdir(dir, 0700) == 0;
    if (!made && errno != EEXIST) {
        (void)fault_set(fault, FAULT_INTERNAL, dir, 0, "cannot be made: %s%s", strerror(errno),
                        errno == ENOENT ? "; make the folder that is to hold it first" : "");
        return NULL;
    }
    int fd = open_folder(dir, &empty, fault);
    if (fd < 0)
        return NULL;
    if (!empty) {
        (void)fault_set(fault, FAULT_INTERNAL, dir, 0,
                        "is not empty, and a capture is never overwritten: name a new folder");
        (void)close(fd);
        return NULL;
    }
    return make_record(arena, dir, fd);
}

/*
 * A new file in FOLDER, under its temporary name. What lies there under it was left by a run that
 * was killed, for the capture is locked. -1 with errno.
 */
static int open_part(int folder)
{
    (void)unlinkat(folder, part_name, 0);
    return openat(folder, part_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* BYTES as NAME in FOLDER, whole or not at all. False: errno says why. */
static bool write_file(int folder, const char *name, struct span bytes)
{
    int fd = open_part(folder);
    if (fd < 0)
        return false;
    bool written = file_write_all(fd, bytes);
    int why = errno;
    if (close(fd) != 0 && written) {
        why = errno;
        written = false;
    }
    if (written && renameat(folder, part_name, folder, name) == 0)
        return true;
    why = written ? errno : why;
    (void)unlinkat(folder, part_name, 0);
    errno = why;
    return false;
}

/* Opens the folder NAME of FOLDER, made when missing; a link is not followed. -1 with errno. */
static int enter(int folder, const char *name)
{
    if (mkdirat(folder, name, 0700) != 0 && errno != EEXIST)
        return -1;
    return openat(folder, name, FOLDER_FLAGS);
}

/* BYTES as NODE/ID below FOLDER. False: errno says why. */
static bool write_document(struct arena *arena, int folder, const char *node, const char *id,
                           struct span bytes)
{
    struct span rest = text_of(id), part;
    int at = enter(folder, node);
    while (at >= 0 && text_cut(rest, '/', &part, &rest)) {
        int below = enter(at, arena_dup(arena, part));
        const int why = errno;
        (void)close(at);
        errno = why;
        at = below;
    }
    if (at < 0)
        return false;
    bool written = write_file(at, part.p, bytes);
    const int why = errno;
    (void)close(at);
    errno = why;
    return written;
}

/* TEXT as a JSON string; null when there is none. */
static json_t *string_or_null(struct arena *arena, const char *text)
{
    return text == NULL || *text == '\0'
               ? json_null()
               : json_string(result_clean(arena, text_of(text), MAX_TEXT));
}

static json_t *fault_entry(struct arena *arena, const struct fault *fault)
{
    if (fault == NULL)
        return json_null();
    json_t *entry = json_pack("{s:s, s:o}", "kind", fault_word(fault->kind), "text",
                              string_or_null(arena, fault->text));
    if (fault->line > 0)
        (void)json_object_set_new(entry, "line", json_integer(fault->line));
    return entry;
}

/* ENTRY (consumed; NULL = no memory) as text on one line, in ARENA. */
static const char *as_line(struct arena *arena, json_t *entry)
{
    char *text = entry == NULL ? NULL : json_dumps(entry, JSON_PRESERVE_ORDER);
    if (text == NULL)
        (void)arena_array(arena, SIZE_MAX, 2); /* there is no memory: ends in its handler */
    const char *kept = arena_dup(arena, text_of(text));
    free(text);
    json_decref(entry);
    return kept;
}

static void push_entry(struct record *record, const char *node, const char *id, json_t *entry)
{
    struct arena *arena = record->arena;
    const bool answered = json_is_null(json_object_get(entry, "fault"));
    record->entries =
        arena_push(arena, record->entries, record->entry_count, sizeof(*record->entries));
    record->entries[record->entry_count++] =
        (struct entry){arena_dup(arena, text_of(node)), arena_dup(arena, text_of(id)),
                       as_line(arena, entry), answered};
}

static void add_entry(struct record *record, const char *node, const struct document *document,
                      const struct fault *fault, bool stored)
{
    char when[32];
    struct arena *arena = record->arena;
    json_t *entry = json_pack(
        "{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "node", node, "id", document->id, "taken_at",
        document->has_taken_at ? json_string(time_print_utc(document->taken_at, when, sizeof(when)))
                               : json_null(),
        "duration_ms", document->has_duration ? json_integer(document->duration_ms) : json_null(),
        "vantage", string_or_null(arena, document->vantage), "sha256",
        stored ? string_or_null(arena, hash_bytes(arena, document->bytes)) : json_null(), "fault",
        fault_entry(arena, fault));
    push_entry(record, node, document->id, entry);
}

/* The file of an older answer, of a run that was killed before it said so, must not pass for it. */
static void remove_document(const struct record *record, const char *node, const char *id)
{
    (void)unlinkat(record->fd, arena_printf(record->arena, "%s/%s", node, id), 0);
}

/* A document without bytes because of a fault is an entry only, for there is no file to read. */
static bool record_document(struct record *record, const char *node,
                            const struct document *document, struct fault *fault)
{
    struct fault why;
    if (!wire_is_id(text_of(document->id))) {
        (void)fault_set(&why, FAULT_INTERNAL, record->dir, 0,
                        "'%.80s' of %.80s cannot be the name of a file", document->id, node);
        return fails(record, &why, fault);
    }
    bool stored = document->fault == NULL || document->bytes.n > 0;
    if (!stored && record->saved)
        remove_document(record, node, document->id);
    if (!stored || write_document(record->arena, record->fd, node, document->id, document->bytes)) {
        add_entry(record, node, document, document->fault, stored);
        return true;
    }
    const int reason = errno;
    (void)fault_set(&why, FAULT_INTERNAL, document->id, 0,
                    "answered, but the answer could not be kept: %s", strerror(reason));
    add_entry(record, node, document, &why, false);
    cannot_write(record, arena_printf(record->arena, "%s/%s", node, document->id), reason, &why);
    return fails(record, &why, fault);
}

/* Was DOCUMENT not asked for after all: interrupted, or too soon after the last time? */
static bool is_unasked(const struct document *document)
{
    return document != NULL && document->bytes.n == 0 && document->fault != NULL &&
           (document->fault->kind == FAULT_INTERNAL || document->fault->kind == FAULT_BUSY);
}

/* What it held of NODE, which was asked again; but for the answers that none came in place of. */
static void forget(struct record *record, const struct node *node)
{
    size_t kept = 0;
    for (size_t i = 0; i < record->entry_count; i++) {
        const struct entry *entry = &record->entries[i];
        if (strcmp(entry->node, node->name) != 0 ||
            (entry->answered && is_unasked(fleet_document(node, entry->id))))
            record->entries[kept++] = *entry;
        else
            remove_document(record, node->name, entry->id);
    }
    record->entry_count = kept;
}

static bool has_entry(const struct record *record, const char *node, const char *id)
{
    for (size_t i = 0; i < record->entry_count; i++)
        if (strcmp(record->entries[i].node, node) == 0 && strcmp(record->entries[i].id, id) == 0)
            return true;
    return false;
}

bool record_node(struct record *record, const struct node *node, struct fault *fault)
{
    struct fault why;
    bool done = true;
    if (!index_is_name(node->name) || strcmp(node->name, index_name) == 0) {
        (void)fault_set(&why, FAULT_INTERNAL, record->dir, 0,
                        "'%.80s' cannot be the name of a folder", node->name);
        return fails(record, &why, fault);
    }
    if (record->saved)
        forget(record, node);
    for (size_t i = 0; i < node->document_count; i++) {
        const struct document *document = &node->documents[i];
        if (record->saved && is_unasked(document) && has_entry(record, node->name, document->id))
            continue;
        done = record_document(record, node->name, document, done ? fault : NULL) && done;
    }
    return done;
}

static json_t *node_entry(struct arena *arena, const struct node *node)
{
    json_t *entry = json_pack(
        "{s:o, s:o, s:o, s:o}", "name", string_or_null(arena, node->name), "role",
        node->role == ROLE_ESA   ? json_string("esa")
        : node->role == ROLE_SMA ? json_string("sma")
                                 : json_null(),
        "cluster", string_or_null(arena, node->cluster), "sma", string_or_null(arena, node->sma));
    if (node->address != NULL)
        (void)json_object_set_new(entry, "address", string_or_null(arena, node->address));
    (void)json_object_set_new(entry, "asked", json_boolean(!node->by_name_only));
    return entry;
}

/* The run as JSON without its last brace, so that the lists can follow. */
static struct span run_entry(struct arena *arena, const struct record_run *run, bool interrupted)
{
    char when[32];
    const char *id = run->id;
    if (id == NULL)
        id = arena_printf(arena, "%s-%ld", time_print_utc((int64_t)time(NULL), when, sizeof(when)),
                          (long)getpid());
    json_t *entry = json_pack(
        "{s:s, s:o, s:o, s:o, s:s}", "schema", "postcheck.capture/1", "run_id",
        string_or_null(arena, id), "change", string_or_null(arena, run->change), "operator",
        string_or_null(arena, run->run_operator), "tool_version", POSTCHECK_VERSION);
    if (interrupted)
        (void)json_object_set_new(entry, "interrupted", json_true());
    struct span text = text_of(as_line(arena, entry));
    return text_head(text, text.n - 1);
}

/* The whole of capture.json, one entry per line, through FILE. */
static bool write_index(struct record *record, FILE *file, struct span head,
                        const struct fleet *fleet)
{
    (void)fwrite(head.p, 1, head.n, file);
    (void)fputs(",\n \"nodes\": [", file);
    for (size_t i = 0; i < fleet->count; i++)
        (void)fprintf(file, "%s\n  %s", i == 0 ? "" : ",",
                      as_line(record->arena, node_entry(record->arena, &fleet->nodes[i])));
    (void)fputs("],\n \"documents\": [", file);
    for (size_t i = 0; i < record->entry_count; i++)
        (void)fprintf(file, "%s\n  %s", i == 0 ? "" : ",", record->entries[i].json);
    (void)fputs("]}\n", file);
    return fflush(file) == 0 && ferror(file) == 0;
}

/* False: errno says why. */
static bool write_capture(struct record *record, struct span head, const struct fleet *fleet)
{
    int fd = open_part(record->fd);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL) {
        if (fd >= 0)
            (void)close(fd);
        return false;
    }
    bool written = write_index(record, file, head, fleet);
    int why = errno;
    if (fclose(file) != 0 && written) {
        why = errno;
        written = false;
    }
    if (written && renameat(record->fd, part_name, record->fd, index_name) == 0)
        return true;
    why = written ? errno : why;
    (void)unlinkat(record->fd, part_name, 0);
    errno = why;
    return false;
}

struct record *record_resume(struct arena *arena, const char *dir, const json_t *index,
                             struct fault *fault)
{
    bool empty;
    size_t i;
    json_t *entry;
    int fd = open_folder(dir, &empty, fault);
    if (fd < 0)
        return NULL;
    struct record *record = make_record(arena, dir, fd);
    record->saved = true;
    json_array_foreach (json_object_get(index, "documents"), i, entry) {
        const char *node = json_string_value(json_object_get(entry, "node"));
        const char *id = json_string_value(json_object_get(entry, "id"));
        if (node != NULL && id != NULL && index_is_name(node) && wire_is_id(text_of(id)))
            push_entry(record, node, id, json_incref(entry));
    }
    return record;
}

bool record_save(struct record *record, const struct record_run *run, const struct fleet *fleet,
                 bool interrupted, struct fault *fault)
{
    struct fault why;
    record->saved = true;
    if (write_capture(record, run_entry(record->arena, run, interrupted), fleet))
        return true;
    cannot_write(record, index_name, errno, &why);
    return fails(record, &why, fault);
}

bool record_release(struct record *record, struct fault *fault)
{
    (void)close(record->fd);
    record->fd = -1;
    if (record->first.kind == FAULT_NONE)
        return true;
    if (fault != NULL)
        *fault = record->first;
    return false;
}

bool record_close(struct record *record, const struct record_run *run, const struct fleet *fleet,
                  bool interrupted, struct fault *fault)
{
    (void)record_save(record, run, fleet, interrupted, NULL); /* said below */
    return record_release(record, fault);
}
