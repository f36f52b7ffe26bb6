/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/tail/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/tail/gunzip.h"
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
    bool lent;    /* FD is standard input */
    bool stream;  /* a pipe: its bytes come once */
    off_t origin; /* where a file begins for us */
    FILE *spool;  /* what came of a pipe so far, while it may be needed again */
    bool stopped; /* by a signal, while a pipe was waited for */
    char *block;  /* packed bytes */
    struct gunzip *gunzip;
    char head[MAGIC_BYTES]; /* the first bytes that were unpacked, looked at already */
    size_t head_n, head_at;
    char *text;             /* bytes for libarchive that gzip was taken off */
    struct archive *reader; /* NULL: FD is plain, or all that it needs is GUNZIP */
    struct member *members; /* by name */
    size_t count, at;       /* AT: the member that is read */
    size_t index;           /* that the reader stands in; counted from 1, 0 = before the first */
    struct fault source;    /* of the bytes that libarchive was given: why they end */
    struct fault end;       /* to be told behind the last member; FAULT_NONE: all is whole */
};

/* -- Faults --------------------------------------------------------------------------------- */

/* In what libarchive, liblzma and zlib say of a file that ends too early. */
static const char *const cut_words[] = {"truncated", "end of file", "premature", "no progress",
                                        "decompression failed (-5)"};

/* What libarchive says of what it could not do. Always false. */
static bool spoilt(const struct tail_archive *a, struct fault *fault)
{
    if (a->source.kind != FAULT_NONE) { /* the reason of what libarchive says */
        *fault = a->source;
        return false;
    }
    const char *why = archive_error_string(a->reader);
    struct span text = text_trim(text_of(why != NULL ? why : "cannot be unpacked"));
    const int number = archive_errno(a->reader);
    for (size_t i = 0; i < sizeof(cut_words) / sizeof(cut_words[0]); i++)
        if (text_find_nocase(text, cut_words[i]) >= 0)
            return fault_set(fault, FAULT_CUT, a->path, 0,
                             "ends early: %.*s; copy the file again for the rest",
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

/* -- Bytes ---------------------------------------------------------------------------------- */

/* A signal ends the reading of a pipe, which may have nothing more to say for long. */
static ssize_t read_source(struct tail_archive *a, void *buffer, size_t size, struct fault *fault)
{
    ssize_t n = a->stopped ? 0 : read(a->fd, buffer, size);
    a->stopped = a->stopped || (n < 0 && errno == EINTR);
    if (a->stopped)
        return 0;
    if (n < 0)
        (void)unreadable(a->path, fault);
    else if (a->stream && a->spool != NULL && fwrite(buffer, 1, (size_t)n, a->spool) != (size_t)n) {
        (void)fault_set(fault, FAULT_INTERNAL, a->path, 0,
                        "an archive from a pipe is kept in a temporary file: %s", strerror(errno));
        return -1;
    }
    return n;
}

static ssize_t packed_bytes(void *context, const void **bytes, struct fault *fault)
{
    struct tail_archive *a = context;
    *bytes = a->block;
    return read_source(a, a->block, BLOCK, fault);
}

/* What gzip was taken off. */
static ssize_t unpack(struct tail_archive *a, void *buffer, size_t size, struct fault *fault)
{
    const size_t left = a->head_n - a->head_at, n = left < size ? left : size;
    if (n == 0)
        return gunzip_read(a->gunzip, buffer, size, fault);
    memcpy(buffer, a->head + a->head_at, n);
    a->head_at += n;
    return (ssize_t)n;
}

/* For libarchive a fault is the end: it gives what there is. */
static la_ssize_t give(struct archive *reader, void *context, const void **bytes)
{
    struct tail_archive *a = context;
    (void)reader;
    const ssize_t n = a->gunzip == NULL ? packed_bytes(a, bytes, &a->source)
                                        : unpack(a, a->text, BLOCK, &a->source);
    if (a->gunzip != NULL)
        *bytes = a->text;
    return n < 0 ? 0 : n;
}

/* To where it began. False with FAULT. */
static bool rewind_source(struct tail_archive *a, struct fault *fault)
{
    if (a->gunzip != NULL)
        gunzip_close(a->gunzip);
    a->gunzip = NULL;
    a->head_n = a->head_at = 0;
    a->source = (struct fault){.kind = FAULT_NONE};
    return a->stream || lseek(a->fd, a->origin, SEEK_SET) >= 0 || unreadable(a->path, fault);
}

/* Begins to take gzip off. *INNER: what is in it. False with FAULT: out of memory. */
static bool start_gunzip(struct tail_archive *a, enum magic *inner, struct fault *fault)
{
    struct fault later; /* comes again */
    bool open = true;
    ssize_t n = 1;
    a->gunzip = gunzip_open(a->arena, a->path, packed_bytes, a);
    if (a->gunzip == NULL)
        return fault_set(fault, FAULT_TOO_BIG, a->path, 0, "cannot be unpacked: out of memory");
    for (*inner = MAGIC_PLAIN; open && n > 0; a->head_n += n > 0 ? (size_t)n : 0) {
        n = gunzip_read(a->gunzip, a->head + a->head_n, MAGIC_BYTES - a->head_n, &later);
        *inner = magic_of_bytes(a->head, a->head_n + (n > 0 ? (size_t)n : 0), &open);
    }
    return true;
}

/* -- Members -------------------------------------------------------------------------------- */

/* Begins with the first member. GZIP is taken off before. */
static bool start(struct tail_archive *a, bool gzip, struct fault *fault)
{
    enum magic inner;
    if (a->reader != NULL)
        (void)archive_read_free(a->reader);
    a->reader = NULL;
    a->index = 0;
    if (!rewind_source(a, fault) || (gzip && !start_gunzip(a, &inner, fault)))
        return false;
    if (gzip && inner == MAGIC_PLAIN)
        return true;
    a->reader = archive_read_new();
    (void)archive_read_support_filter_gzip(a->reader);
    (void)archive_read_support_filter_bzip2(a->reader);
    (void)archive_read_support_filter_xz(a->reader);
    (void)archive_read_support_filter_zstd(a->reader);
    (void)archive_read_support_format_tar(a->reader);
    (void)archive_read_support_format_zip(a->reader);
    (void)archive_read_support_format_raw(a->reader);
    (void)archive_read_support_format_empty(a->reader);
    const int code = gzip || a->stream
                         ? archive_read_open(a->reader, a, NULL, give, NULL)
                         : archive_read_open_fd(a->reader, a->fd, BLOCK); /* can also seek */
    return code >= ARCHIVE_WARN || spoilt(a, fault);
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

static void drop_spool(struct tail_archive *a)
{
    if (a->spool != NULL)
        (void)fclose(a->spool);
    a->spool = NULL;
}

/* All of a pipe was read: from now on it is the file that it was written to. */
static bool become_file(struct tail_archive *a, struct fault *fault)
{
    while (read_source(a, a->block, BLOCK, fault) > 0)
        ;
    if (fflush(a->spool) != 0)
        return fault_set(fault, FAULT_INTERNAL, a->path, 0,
                         "an archive from a pipe is kept in a temporary file: %s", strerror(errno));
    if (!a->lent)
        (void)close(a->fd);
    a->fd = fileno(a->spool);
    a->lent = true; /* by SPOOL */
    a->stream = false;
    a->origin = 0;
    return true;
}

/* One compressed file begins at once; the members of an archive are listed, then read in order. */
static bool list(struct tail_archive *a, bool gzip, struct fault *fault)
{
    struct archive_entry *entry = next_entry(a, &a->end);
    if (entry != NULL && archive_format(a->reader) == ARCHIVE_FORMAT_RAW) {
        add(a, a->path);
        drop_spool(a);
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
    return (!a->stream || become_file(a, fault)) && start(a, gzip, fault);
}

/* Brings the reader to the member that is to be read: most archives have them in order. */
static bool seek(struct tail_archive *a)
{
    const size_t wanted = a->members[a->at].index;
    if (a->index > wanted && !start(a, a->gunzip != NULL, &a->end))
        return false;
    while (a->index < wanted)
        if (next_entry(a, &a->end) == NULL)
            return a->end.kind == FAULT_NONE &&
                   fault_set(&a->end, FAULT_INTERNAL, a->path, 0, "changed while it was read");
    return true;
}

/* -- Reading -------------------------------------------------------------------------------- */

/* Standard input, or a file of ours. False: errno. */
static bool open_source(struct tail_archive *a, struct stat *info)
{
    a->lent = strcmp(a->path, "-") == 0;
    a->fd = a->lent ? STDIN_FILENO : open(a->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    return a->fd >= 0 && fstat(a->fd, info) == 0;
}

/* Its bytes are packed. */
static bool begin(struct tail_archive *a, enum magic magic, struct fault *fault)
{
    a->block = arena_alloc(a->arena, BLOCK);
    if (magic == MAGIC_GZIP)
        a->text = arena_alloc(a->arena, BLOCK);
    a->origin = lseek(a->fd, 0, SEEK_CUR);
    a->stream = a->origin < 0;
    if (a->stream && (a->spool = tmpfile()) == NULL)
        return fault_set(fault, FAULT_INTERNAL, a->path, 0,
                         "an archive from a pipe is kept in a temporary file: %s", strerror(errno));
    if (!start(a, magic == MAGIC_GZIP, fault))
        return false;
    if (a->reader != NULL)
        return list(a, magic == MAGIC_GZIP, fault);
    drop_spool(a);
    return true;
}

struct tail_archive *tail_archive_open(struct arena *arena, const char *path, struct fault *fault)
{
    struct stat info;
    struct tail_archive *a = arena_alloc(arena, sizeof(*a));
    a->arena = arena;
    a->path = arena_dup(arena, text_of(path));
    bool opened = open_source(a, &info) || unreadable(path, fault);
    if (opened && S_ISDIR(info.st_mode))
        opened = fault_set(fault, FAULT_INTERNAL, path, 0, "is a folder: name the files in it");
    const enum magic magic = opened ? magic_of(a->fd) : MAGIC_PLAIN;
    if (magic != MAGIC_PLAIN)
        opened = begin(a, magic, fault);
    if (opened)
        return a;
    tail_archive_close(a);
    return NULL;
}

/* The next bytes of the members. */
static ssize_t read_members(struct tail_archive *a, void *buffer, size_t size)
{
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
    return 0;
}

/* Behind the end of an archive in gzip comes its checksum. */
static void verify(struct tail_archive *a)
{
    while (a->gunzip != NULL && a->end.kind == FAULT_NONE && !a->stopped &&
           unpack(a, a->text, BLOCK, &a->end) > 0)
        ;
}

ssize_t tail_archive_read(struct tail_archive *a, void *buffer, size_t size, struct fault *fault)
{
    ssize_t n;
    if (a->reader != NULL)
        n = read_members(a, buffer, size);
    else if (a->gunzip != NULL)
        n = unpack(a, buffer, size, &a->end);
    else
        n = read_source(a, buffer, size, &a->end);
    if (n > 0)
        return n;
    if (a->reader != NULL)
        verify(a);
    if (a->end.kind == FAULT_NONE || a->stopped)
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
    if (a->gunzip != NULL)
        gunzip_close(a->gunzip);
    a->reader = NULL;
    a->gunzip = NULL;
    if (!a->lent && a->fd >= 0)
        (void)close(a->fd);
    drop_spool(a);
}
