/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/appliance/park.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GARBAGE_BYTES = 512, STACK_BYTES = 256 * 1024 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned parked;
static int wake[2] = {-1, -1}; /* its end of file ends all */

bool park_start(void)
{
    return pipe(wake) == 0;
}

/* A connection that gets no TLS: nothing, or garbage. */
struct parking {
    int fd;
    bool garbage;
};

/* Reads and forgets until the client goes or the simulator ends. */
static void *park(void *context)
{
    struct parking *parking = context;
    char buffer[4096];
    bool open = true;
    struct pollfd fds[] = {{.fd = parking->fd, .events = POLLIN}, {.fd = wake[0], .events = 0}};
    if (parking->garbage) {
        (void)gnutls_rnd(GNUTLS_RND_NONCE, buffer, GARBAGE_BYTES);
        buffer[0] = '\x7f'; /* no TLS record begins so */
        (void)send(parking->fd, buffer, GARBAGE_BYTES, MSG_NOSIGNAL);
        (void)shutdown(parking->fd, SHUT_WR);
    }
    while (open) {
        const int ready = poll(fds, 2, -1);
        if (ready < 0 && errno == EINTR)
            continue;
        open = ready > 0 && fds[1].revents == 0;
        if (open) {
            const ssize_t n = recv(parking->fd, buffer, sizeof(buffer), MSG_DONTWAIT);
            open = n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
        }
    }
    (void)close(parking->fd);
    free(parking);
    (void)pthread_mutex_lock(&lock);
    parked--;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
    return NULL;
}

void park_connection(int fd, bool garbage)
{
    pthread_t thread;
    pthread_attr_t attributes;
    struct parking *parking = calloc(1, sizeof(*parking));
    if (parking == NULL)
        abort();
    *parking = (struct parking){fd, garbage};
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    (void)pthread_mutex_lock(&lock);
    parked++;
    if (pthread_create(&thread, &attributes, park, parking) != 0) {
        parked--;
        (void)close(fd);
        free(parking);
    }
    (void)pthread_mutex_unlock(&lock);
    (void)pthread_attr_destroy(&attributes);
}

void park_stop(void)
{
    (void)pthread_mutex_lock(&lock);
    if (wake[1] >= 0)
        (void)close(wake[1]);
    while (parked > 0)
        (void)pthread_cond_wait(&changed, &lock);
    if (wake[0] >= 0)
        (void)close(wake[0]);
    wake[0] = wake[1] = -1;
    (void)pthread_mutex_unlock(&lock);
}
