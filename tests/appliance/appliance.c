/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/appliance/appliance.h"

#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "tests/appliance/journal.h"

enum { FAILED_LOGINS = 10, FAILED_WINDOW_MS = 120000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int wake_fd = -1;

void sim_lock(void)
{
    (void)pthread_mutex_lock(&lock);
}

void sim_unlock(void)
{
    (void)pthread_mutex_unlock(&lock);
}

int64_t sim_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int sim_wake_fd(void)
{
    if (wake_fd < 0)
        wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return wake_fd;
}

void sim_wake(void)
{
    const uint64_t one = 1;
    if (wake_fd >= 0 && write(wake_fd, &one, sizeof(one)) < 0)
        return; /* it is awake already */
}

void sim_woken(void)
{
    uint64_t count;
    if (wake_fd >= 0 && read(wake_fd, &count, sizeof(count)) < 0)
        return; /* nobody had called */
}

/* The fault asked for, if it is still in force. Under the lock. */
static struct sim_fault *find(struct sim *sim, const struct sim_node *node, const char *on,
                              const char *word)
{
    for (size_t i = 0; i < sim->fault_count; i++) {
        struct sim_fault *fault = &sim->faults[i];
        if (strcmp(fault->on, on) != 0 || strcmp(fault->fault, word) != 0 ||
            (strcmp(fault->node, "*") != 0 && strcmp(fault->node, node->name) != 0 &&
             strcmp(fault->node, node->origin) != 0))
            continue;
        if (!fault->once || !fault->used[node - sim->nodes])
            return fault;
    }
    return NULL;
}

bool sim_fault(struct sim *sim, const struct sim_node *node, const char *on, const char *word,
               int64_t standard, int64_t *value)
{
    sim_lock();
    const struct sim_fault *fault = find(sim, node, on, word);
    if (fault != NULL) {
        *value = fault->value != 0 ? fault->value : standard;
        if (fault->once)
            fault->used[node - sim->nodes] = true;
        if (strcmp(word, "reboot") == 0)
            sim->nodes[node - sim->nodes].up_ms = sim_now_ms() + *value;
    }
    sim_unlock();
    if (fault == NULL)
        return false;
    journal(sim, node, on, "fault", "fault", word, (const char *)NULL);
    if (strcmp(word, "reboot") == 0)
        sim_wake();
    return true;
}

bool sim_has_fault(struct sim *sim, const struct sim_node *node, const char *on, const char *word)
{
    sim_lock();
    const bool found = find(sim, node, on, word) != NULL;
    sim_unlock();
    return found;
}

void sim_failed_login(struct sim_node *node)
{
    const int64_t now = sim_now_ms();
    sim_lock();
    if (node->failed_logins == 0 || now - node->failed_since_ms > FAILED_WINDOW_MS) {
        node->failed_logins = 0;
        node->failed_since_ms = now;
    }
    node->failed_logins++;
    sim_unlock();
}

bool sim_is_blocked(struct sim_node *node)
{
    sim_lock();
    if (node->failed_logins > FAILED_LOGINS)
        node->blocked = true;
    const bool blocked = node->blocked;
    sim_unlock();
    return blocked;
}

void sim_clear(struct sim *sim)
{
    sim_lock();
    sim->fault_count = 0;
    sim->faults = NULL;
    for (size_t i = 0; i < sim->node_count; i++) {
        sim->nodes[i].failed_logins = 0;
        sim->nodes[i].blocked = false;
        sim->nodes[i].up_ms = 0;
    }
    sim_unlock();
    sim_wake();
}
