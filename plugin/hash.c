/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *hex(struct arena *arena, const unsigned char *hash, unsigned n)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_alloc(arena, 2 * (size_t)n + 1);
    for (unsigned i = 0; i < n; i++) {
        text[2 * i] = digits[hash[i] >> 4];
        text[2 * i + 1] = digits[hash[i] & 15];
    }
    return text;
}

const char *hash_bytes(struct arena *arena, struct span bytes)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (EVP_Digest(bytes.n == 0 ? "" : bytes.p, bytes.n, hash, &n, EVP_sha256(), NULL) != 1)
        return NULL;
    return hex(arena, hash, n);
}

/* False: errno says why, 0 that the library could not. */
static bool digest(int fd, EVP_MD_CTX *context, unsigned char *hash, unsigned *n, uint64_t *size)
{
    char piece[65536];
    ssize_t got;
    errno = 0;
    if (context == NULL || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
        return false;
    while ((got = read(fd, piece, sizeof(piece))) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || EVP_DigestUpdate(context, piece, (size_t)got) != 1)
            return false;
        *size += (uint64_t)got;
    }
    return EVP_DigestFinal_ex(context, hash, n) == 1;
}

const char *hash_file(struct arena *arena, const char *path, uint64_t *size, struct fault *fault)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    uint64_t length = 0;
    struct stat info;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        (void)fault_set(fault, errno == ENOENT ? FAULT_NOT_CAPTURED : FAULT_INTERNAL, path, 0,
                        errno == ENOENT ? "is not there" : "cannot be read: %s", strerror(errno));
        return NULL;
    }
    bool regular = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = regular && digest(fd, context, hash, &n, &length);
    if (!done)
        (void)fault_set(fault, FAULT_INTERNAL, path, 0, "cannot be read: %s",
                        !regular     ? "no regular file"
                        : errno != 0 ? strerror(errno)
                                     : "no SHA-256");
    EVP_MD_CTX_free(context);
    (void)close(fd);
    if (size != NULL)
        *size = length;
    return done ? hex(arena, hash, n) : NULL;
}
