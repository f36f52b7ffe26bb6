/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/file.h"

enum { MAX_FILE = 1024 * 1024, MAX_PATH = 4096 };

/* Pages of our own: locked, in no core dump, and zeros in a process that we fork. */
struct pages {
    char *bytes;
    size_t size;
};

/* Who is asked for, and where. */
struct lookup {
    const char *path;
    const char *node;
    const char *user;
    struct fault *fault;
};

static bool was_dumpable; /* before: an executable that nobody may read is not */

void secret_harden(void)
{
    const struct rlimit none = {0, 0};
    was_dumpable |= prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1;
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)setrlimit(RLIMIT_CORE, &none);
}

void secret_soften(void)
{
    if (was_dumpable)
        (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

/* Locking and advising may fail (RLIMIT_MEMLOCK, old kernels): then the pages are plain memory. */
static bool take_pages(struct pages *pages, size_t size)
{
    void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED)
        return false;
    (void)mlock(bytes, size);
    (void)madvise(bytes, size, MADV_DONTDUMP);
    (void)madvise(bytes, size, MADV_WIPEONFORK);
    *pages = (struct pages){bytes, size};
    return true;
}

static void give_back(struct pages *pages)
{
    if (pages->bytes == NULL)
        return;
    explicit_bzero(pages->bytes, pages->size);
    (void)munmap(pages->bytes, pages->size);
    *pages = (struct pages){NULL, 0};
}

struct secret secret_copy(struct span span)
{
    struct pages pages;
    if (span.n == 0 || span.n == SIZE_MAX || !take_pages(&pages, span.n + 1))
        return (struct secret){NULL, 0};
    memcpy(pages.bytes, span.p, span.n);
    return (struct secret){pages.bytes, span.n};
}

void secret_wipe(struct secret *secret)
{
    struct pages pages = {secret->bytes, secret->n + 1};
    give_back(&pages);
    *secret = (struct secret){NULL, 0};
}

static bool refuse(const struct lookup *l, const char *why)
{
    return fault_set(l->fault, FAULT_INTERNAL, l->path, 0, "%s", why);
}

/* The caller or root owns it, its group may read it at most, nobody else anything. */
static bool is_private(const struct lookup *l, const struct stat *info)
{
    const unsigned mode = (unsigned)(info->st_mode & 07777);
    if (!S_ISREG(info->st_mode))
        return refuse(l, "is not a regular file");
    if (info->st_uid != 0 && info->st_uid != geteuid())
        return fault_set(l->fault, FAULT_INTERNAL, l->path, 0,
                         "belongs to user %lu: chown it to root or to the user that runs postcheck",
                         (unsigned long)info->st_uid);
    if ((mode & (S_IWGRP | S_IRWXO)) != 0)
        return fault_set(l->fault, FAULT_INTERNAL, l->path, 0,
                         "others may read or write it (mode %04o): chmod 600, or 640 for a group "
                         "that may read it",
                         mode);
    if (info->st_size > MAX_FILE)
        return fault_set(l->fault, FAULT_INTERNAL, l->path, 0, "%lld bytes, the limit is %d",
                         (long long)info->st_size, MAX_FILE);
    return true;
}

/* With read(2) into PAGES: a stream's buffer or the arena would keep a copy. */
static bool read_file(const struct lookup *l, struct pages *pages, struct span *text)
{
    struct stat info;
    bool done = false;
    size_t got;
    int fd = open(l->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == ELOOP)
        return refuse(l, "is a symbolic link: name the file itself");
    if (fd < 0)
        return fault_set(l->fault, FAULT_INTERNAL, l->path, 0, "cannot be opened: %s",
                         strerror(errno));
    if (fstat(fd, &info) != 0)
        (void)refuse(l, strerror(errno));
    else if (!is_private(l, &info))
        done = false;
    else if (!take_pages(pages, (size_t)info.st_size + 1))
        (void)refuse(l, "no memory to read it");
    else if (!file_read_all(fd, pages->bytes, pages->size - 1, &got))
        (void)fault_set(l->fault, FAULT_INTERNAL, l->path, 0, "cannot be read: %s",
                        strerror(errno));
    else if (memchr(pages->bytes, '\0', got) != NULL)
        (void)refuse(l, "holds NUL bytes: it is to be UTF-8 text");
    else
        done = true;
    (void)close(fd);
    if (!done)
        return false;
    *text = (struct span){pages->bytes, got};
    if (text_starts(*text, "\xef\xbb\xbf"))
        *text = text_skip(*text, 3);
    return true;
}

/* Cuts the next line off TEXT, without its line end (LF or CR LF). False behind the last one. */
static bool next_line(struct span *text, struct span *line)
{
    if (text->n == 0)
        return false;
    (void)text_cut(*text, '\n', line, text);
    if (text_ends(*line, "\r"))
        *line = text_head(*line, line->n - 1);
    return true;
}

enum match { MATCH_NONE, MATCH_ANY, MATCH_OWN };

/* Is LINE, "NODE-or-* USER PASSPHRASE", for this node and user? */
static enum match match_line(const struct lookup *l, struct span line, struct span *passphrase)
{
    struct cursor c = text_cursor(line);
    struct span node, user;
    text_blanks(&c);
    if (!text_word(&c, SIZE_MAX, &node) || *node.p == '#')
        return MATCH_NONE;
    text_blanks(&c);
    if (!text_word(&c, SIZE_MAX, &user) || !text_is(user, l->user))
        return MATCH_NONE;
    text_blanks(&c);
    *passphrase = text_rest(&c);
    return text_is_nocase(node, l->node) ? MATCH_OWN : text_is(node, "*") ? MATCH_ANY : MATCH_NONE;
}

/* The line that fits best. Two that fit equally well would make it a guess. */
static bool find_line(const struct lookup *l, struct span text, struct span *passphrase)
{
    enum match best = MATCH_NONE, match;
    unsigned number = 0, at = 0, again = 0;
    for (struct span line, rest; next_line(&text, &line);) {
        number++;
        match = match_line(l, line, &rest);
        if (match == MATCH_NONE || match < best)
            continue;
        again = match == best ? number : 0;
        if (match > best) {
            at = number;
            *passphrase = rest;
        }
        best = match;
    }
    if (best == MATCH_NONE)
        return fault_set(l->fault, FAULT_LOGIN, l->path, 0,
                         "no line for node %.100s (or *) and user %.80s", l->node, l->user);
    if (again != 0)
        return fault_set(l->fault, FAULT_INTERNAL, l->path, again,
                         "line %u and line %u are for the same node and user: remove one", at,
                         again);
    return passphrase->n != 0 || fault_set(l->fault, FAULT_INTERNAL, l->path, at,
                                           "line %u: no passphrase behind the user", at);
}

/* The file's one line. */
static bool only_line(const struct lookup *l, struct span text, struct span *passphrase)
{
    struct span line;
    if (!next_line(&text, passphrase) || passphrase->n == 0)
        return refuse(l, "its first line is empty: it is to be the passphrase");
    while (next_line(&text, &line))
        if (line.n != 0)
            return refuse(l, "has more than one line: it is to be the passphrase and nothing else");
    return true;
}

/* PATH = $CREDENTIALS_DIRECTORY/NAME; systemd's names hold no '/'. */
static bool given_path(const struct lookup *l, const char *name, char *path, size_t size)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    if (folder == NULL || *folder == '\0')
        return fault_set(l->fault, FAULT_INTERNAL, name, 0,
                         "CREDENTIALS_DIRECTORY is not set: systemd sets it with LoadCredential=");
    if (*name == '\0' || *name == '.' || strchr(name, '/') != NULL)
        return fault_set(l->fault, FAULT_INTERNAL, name, 0,
                         "is no name of a file in $CREDENTIALS_DIRECTORY");
    int n = snprintf(path, size, "%s/%s", folder, name);
    return (n > 0 && (size_t)n < size) ||
           fault_set(l->fault, FAULT_INTERNAL, name, 0, "CREDENTIALS_DIRECTORY is too long");
}

/* Where NODE's passphrase is; *IS_TABLE: in a file of lines for many nodes. */
static bool find_file(const struct config_node *node, struct lookup *l, char *path, size_t size,
                      bool *is_table)
{
    static const char variable[] = "$CREDENTIALS_DIRECTORY/";
    const char *file = node->credentials_file, *given = getenv("CREDENTIALS_DIRECTORY");
    *is_table = file != NULL;
    if (file == NULL && (given == NULL || *given == '\0'))
        return fault_set(l->fault, FAULT_LOGIN, "", 0,
                         "no passphrase of user %.80s for %.100s: set credentials_file, "
                         "identity_file or agent",
                         l->user, l->node);
    if (file == NULL)
        file = node->name;
    else if (text_starts(text_of(file), variable))
        file += sizeof(variable) - 1;
    else if (strchr(file, '/') != NULL) {
        l->path = file;
        return true;
    }
    l->path = path;
    return given_path(l, file, path, size) &&
           (*is_table || access(path, F_OK) == 0 || errno != ENOENT ||
            fault_set(l->fault, FAULT_LOGIN, path, 0,
                      "is not there, and no credentials_file is configured"));
}

bool secret_find(const struct config_node *node, const char *user, struct secret *secret,
                 struct fault *fault)
{
    char path[MAX_PATH];
    struct lookup l = {.node = node->name, .user = user, .fault = fault};
    struct pages pages = {NULL, 0};
    struct span text, passphrase = {NULL, 0};
    bool is_table;
    *secret = (struct secret){NULL, 0};
    if (user == NULL || *user == '\0')
        return fault_set(fault, FAULT_LOGIN, "", 0, "%.100s: no user is configured", node->name);
    bool done = find_file(node, &l, path, sizeof(path), &is_table) &&
                read_file(&l, &pages, &text) &&
                (is_table ? find_line(&l, text, &passphrase) : only_line(&l, text, &passphrase));
    if (done) {
        *secret = secret_copy(passphrase);
        done = secret->bytes != NULL || refuse(&l, "no memory for the passphrase");
    }
    give_back(&pages);
    return done;
}
