/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/tail/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/tail/magic.h"

enum { MAX_MEMBERS = 65536, BLOCK = 128 * 1024 };

struct member {
    const char *name;
    size_t index; /* its place in the archive */
};

struct tail_archive {
    struct arena *arena;
    const char *path;
    int fd;
    struct archive *reader; /* NULL: FD is plain */
    struct member *members; /* by name */
    size_t count, at;       /* AT: the member that is read */
    size_t index;           /* that the reader stands in; counted from 1, 0 = before the first */
    struct fault end;       /* to be told behind the last member; FAULT_NONE: all is whole */
};

/* -- Faults --------------------------------------------------------------------------------- */

/* In what libarchive, liblzma and zlib say of a file that ends too early. */
static const char *const cut_words[] = {"truncated", "end of file", "premature", "no progress",
                                        "decompression failed (-5)"};

/* What libarchive says of what it could not do. Always false. */
static bool spoilt(const struct tail_archive *a, struct fault *fault)
{
    const char *why = archive_error_string(a->reader);
    struct span text = text_trim(text_of(why != NULL ? why : "cannot be unpacked"));
    const int number = archive_errno(a->reader);
    for (size_t i = 0; i < sizeof(cut_words) / sizeof(cut_words[0]); i++)
        if (text_find_nocase(text, cut_words[i]) >= 0)
            return fault_set(fault, FAULT_CUT, a->path, 0,
                             "is cut off: %.*s; copy the file again for the rest of it",
                             FAULT_QUOTE(text));
    if (text_find_nocase(text, "passphrase") >= 0 || text_find_nocase(text, "encrypt") >= 0)
        return fault_set(fault, FAULT_UNSUPPORTED, a->path, 0,
                         "is encrypted: unpack it by hand first");
    if (number == ENOMEM)
        return fault_set(fault, FAULT_TOO_BIG, a->path, 0,
                         "needs too much memory to unpack: unpack it by hand first");
    return fault_set(fault, FAULT_SYNTAX, a->path, 0,
                     "is damaged: %.*s; copy the file again, or unpack it by hand",
                     FAULT_QUOTE(text));
}

static bool unreadable(const char *path, struct fault *fault)
{
    const bool missing = errno == ENOENT || errno == ENOTDIR;
    return fault_set(fault, missing ? FAULT_NOT_CAPTURED : FAULT_INTERNAL, path, 0,
                     "cannot be read: %s%s", strerror(errno),
                     errno == EACCES ? "; let the user that runs this read it" : "");
}

/* -- Members -------------------------------------------------------------------------------- */

static bool start(struct tail_archive *a, struct fault *fault)
{
    if (a->reader != NULL)
        (void)archive_read_free(a->reader);
    a->reader = archive_read_new();
    a->index = 0;
    (void)archive_read_support_filter_gzip(a->reader);
    (void)archive_read_support_filter_bzip2(a->reader);
    (void)archive_read_support_filter_xz(a->reader);
    (void)archive_read_support_filter_zstd(a->reader);
    (void)archive_read_support_format_tar(a->reader);
    (void)archive_read_support_format_zip(a->reader);
    (void)archive_read_support_format_raw(a->reader);
    (void)archive_read_support_format_empty(a->reader);
    if (lseek(a->fd, 0, SEEK_SET) < 0)
        return unreadable(a->path, fault);
    return archive_read_open_fd(a->reader, a->fd, BLOCK) >= ARCHIVE_WARN || spoilt(a, fault);
}

/* The next member; NULL at the end, and with FAULT when it is not reached. */
static struct archive_entry *next_entry(struct tail_archive *a, struct fault *fault)
{
    struct archive_entry *entry;
    int code;
    do
        code = archive_read_next_header(a->reader, &entry);
    while (code == ARCHIVE_RETRY);
    if (code == ARCHIVE_EOF)
        return NULL;
    if (code < ARCHIVE_WARN) {
        (void)spoilt(a, fault);
        return NULL;
    }
    a->index++;
    return entry;
}

static void add(struct tail_archive *a, const char *name)
{
    a->members = arena_push(a->arena, a->members, a->count, sizeof(*a->members));
    a->members[a->count++] = (struct member){name, a->index};
}

static int by_name(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    const int order = strcmp(x->name, y->name);
    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

/* One compressed file begins at once; the members of an archive are listed, then read in order. */
static bool list(struct tail_archive *a, struct fault *fault)
{
    struct archive_entry *entry = next_entry(a, &a->end);
    if (entry != NULL && archive_format(a->reader) == ARCHIVE_FORMAT_RAW) {
        add(a, a->path);
        return true;
    }
    for (; entry != NULL; entry = next_entry(a, &a->end)) {
        const char *name = archive_entry_pathname(entry);
        if (archive_entry_filetype(entry) != AE_IFREG)
            continue;
        if (a->count == MAX_MEMBERS)
            return fault_set(fault, FAULT_TOO_BIG, a->path, 0,
                             "has more than %d members: unpack it by hand first", MAX_MEMBERS);
        add(a, name == NULL ? a->path : arena_dup(a->arena, text_of(name)));
    }
    if (a->count > 0)
        qsort(a->members, a->count, sizeof(*a->members), by_name);
    return start(a, fault);
}

/* Brings the reader to the member that is to be read: most archives have them in order. */
static bool seek(struct tail_archive *a)
{
    const size_t wanted = a->members[a->at].index;
    if (a->index > wanted && !start(a, &a->end))
        return false;
    while (a->index < wanted)
        if (next_entry(a, &a->end) == NULL)
            return a->end.kind == FAULT_NONE &&
                   fault_set(&a->end, FAULT_INTERNAL, a->path, 0, "changed while it was read");
    return true;
}

/* -- Reading -------------------------------------------------------------------------------- */

struct tail_archive *tail_archive_open(struct arena *arena, const char *path, struct fault *fault)
{
    struct stat info;
    struct tail_archive *a = arena_alloc(arena, sizeof(*a));
    a->arena = arena;
    a->path = arena_dup(arena, text_of(path));
    a->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (a->fd < 0) {
        (void)unreadable(path, fault);
        return NULL;
    }
    bool opened = fstat(a->fd, &info) == 0 && !S_ISDIR(info.st_mode);
    if (!opened)
        (void)fault_set(fault, FAULT_INTERNAL, path, 0, "is a folder: name the files in it");
    else if (magic_of(a->fd) != MAGIC_PLAIN)
        opened = start(a, fault) && list(a, fault);
    if (opened)
        return a;
    tail_archive_close(a);
    return NULL;
}

static ssize_t read_plain(struct tail_archive *a, void *buffer, size_t size, struct fault *fault)
{
    ssize_t n;
    do
        n = read(a->fd, buffer, size);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        (void)unreadable(a->path, fault);
    return n;
}

ssize_t tail_archive_read(struct tail_archive *a, void *buffer, size_t size, struct fault *fault)
{
    if (a->reader == NULL)
        return read_plain(a, buffer, size, fault);
    for (; a->at < a->count; a->at++) {
        la_ssize_t n = ARCHIVE_FATAL;
        if (seek(a)) {
            do
                n = archive_read_data(a->reader, buffer, size);
            while (n == ARCHIVE_RETRY);
            if (n > 0)
                return (ssize_t)n;
            if (n < 0)
                (void)spoilt(a, &a->end);
        }
        if (n == ARCHIVE_FATAL) /* else the next member may be whole */
            a->at = a->count - 1;
    }
    if (a->end.kind == FAULT_NONE)
        return 0;
    *fault = a->end;
    return -1;
}

const char *tail_archive_member(const struct tail_archive *a)
{
    return a->reader != NULL && a->at < a->count ? a->members[a->at].name : a->path;
}

void tail_archive_close(struct tail_archive *a)
{
    if (a->reader != NULL)
        (void)archive_read_free(a->reader);
    a->reader = NULL;
    (void)close(a->fd);
}
