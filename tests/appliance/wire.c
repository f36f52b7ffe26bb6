/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* POLLRDHUP */
#include "tests/appliance/wire.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/appliance/journal.h"

enum { GARBAGE = 600, CUT = 100, DELAY_MS = 1000, LINGER_MS = 2000, STACK = 128 * 1024 };

struct relay {
    int client, server; /* the connection, and the end that is served */
    int64_t left;       /* bytes that still pass to the client */
};

bool wire_wait(int fd, int ms)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLRDHUP};
    return poll(&poll_fd, 1, ms) == 0;
}

static bool write_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        const ssize_t done = write(fd, bytes, n);
        if (done <= 0)
            return false;
        bytes += done;
        n -= (size_t)done;
    }
    return true;
}

static bool pass(int from, int to, int64_t *left)
{
    char piece[4096];
    const ssize_t n = read(from, piece, sizeof(piece));
    if (n <= 0)
        return false;
    size_t allowed = (size_t)n;
    if (left != NULL && *left < n)
        allowed = (size_t)*left;
    if (!write_all(to, piece, allowed))
        return false;
    if (left != NULL)
        *left -= (int64_t)allowed;
    return left == NULL || *left > 0;
}

static void *run(void *context)
{
    struct relay *relay = context;
    struct pollfd ends[] = {{.fd = relay->client, .events = POLLIN},
                            {.fd = relay->server, .events = POLLIN}};
    while (poll(ends, 2, -1) >= 0) {
        if (ends[0].revents != 0 && !pass(relay->client, relay->server, NULL))
            break;
        if (ends[1].revents != 0 && !pass(relay->server, relay->client, &relay->left))
            break;
    }
    (void)close(relay->client);
    (void)close(relay->server);
    free(relay);
    return NULL;
}

/* Puts a relay before *FD that lets LIMIT bytes through to the client. */
static bool limit(int *fd, int64_t bytes)
{
    int ends[2];
    pthread_t thread;
    pthread_attr_t attributes;
    struct relay *relay = calloc(1, sizeof(*relay));
    if (relay == NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        free(relay);
        return false;
    }
    *relay = (struct relay){.client = *fd, .server = ends[0], .left = bytes};
    *fd = ends[1];
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    (void)pthread_attr_setstacksize(&attributes, STACK);
    if (pthread_create(&thread, &attributes, run, relay) != 0)
        abort();
    (void)pthread_attr_destroy(&attributes);
    return true;
}

/* Bytes that look like chance but are the same each time, and never begin like a banner. */
static void garbage(int fd, uint32_t seed)
{
    char bytes[GARBAGE];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = (char)(seed >> 24);
    }
    bytes[0] = '\x80';
    (void)write_all(fd, bytes, sizeof(bytes));
}

bool wire_spoil(struct sim *sim, struct sim_node *node, int *fd)
{
    int64_t value;
    if (sim_is_blocked(node)) {
        journal(sim, node, "ssh", "close", "why", "blocked", (const char *)NULL);
        return false;
    }
    if (sim_fault(sim, node, "ssh", "hang", 0, &value)) {
        (void)wire_wait(*fd, -1);
        return false;
    }
    if (sim_fault(sim, node, "ssh", "garbage", 0, &value)) {
        garbage(*fd, node->port[SIM_SSH]);
        (void)shutdown(*fd, SHUT_WR);
        (void)wire_wait(*fd, DELAY_MS);
        return false;
    }
    if (sim_fault(sim, node, "ssh", "delay", DELAY_MS, &value) && !wire_wait(*fd, (int)value))
        return false;
    return !sim_fault(sim, node, "ssh", "cut", CUT, &value) || limit(fd, value);
}

void wire_linger(int fd)
{
    char rest[256];
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    (void)shutdown(fd, SHUT_WR);
    while (poll(&wait, 1, LINGER_MS) > 0 && recv(fd, rest, sizeof(rest), 0) > 0)
        continue;
}
