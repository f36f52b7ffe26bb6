/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* accept4 */
#include "tests/appliance/listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/appliance/journal.h"

enum { BACKLOG = 1024, EVENTS = 64, ACCEPTS = 32, SPARE_FILES = 64 };
static const uint32_t CONTROL = UINT32_MAX, WAKE = UINT32_MAX - 1;

static const char *const port_names[SIM_PORTS] = {"ssh", "gui", "api"};
static int set = -1;
static bool *open_ports; /* node * SIM_PORTS + port */
static int watched = -1; /* the control descriptor in the set */

/* A bound socket on a port of the kernel's choice. */
static int bind_port(uint16_t *port)
{
    const int one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int kept = -1;
    int first = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* Bound again by its number, a socket keeps the number when it stops listening. */
    if (first >= 0 && setsockopt(first, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
        bind(first, (struct sockaddr *)(void *)&address, sizeof(address)) == 0 &&
        getsockname(first, (struct sockaddr *)(void *)&address, &size) == 0) {
        kept = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (kept >= 0 && (setsockopt(kept, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
                          bind(kept, (struct sockaddr *)(void *)&address, sizeof(address)) != 0)) {
            (void)close(kept);
            kept = -1;
        }
    }
    if (first >= 0)
        (void)close(first);
    *port = ntohs(address.sin_port);
    return kept;
}

bool listen_begin(struct sim *sim)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    set = epoll_create1(EPOLL_CLOEXEC);
    open_ports = arena_array(sim->arena, sim->node_count * SIM_PORTS, sizeof(*open_ports));
    for (size_t i = 0; i < sim->node_count; i++)
        for (enum sim_port p = SIM_SSH; p < SIM_PORTS; p++) {
            sim->nodes[i].listener[p] = bind_port(&sim->nodes[i].port[p]);
            if (sim->nodes[i].listener[p] < 0)
                return false;
        }
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = WAKE};
    return set >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, sim_wake_fd(), &event) == 0;
}

static bool is_down(const struct sim *sim, const struct sim_node *node)
{
    const struct sim_state *state = &sim->states[sim->state];
    if (node->up_ms > sim_now_ms())
        return true;
    for (size_t i = 0; i < state->down_count; i++)
        if (strcmp(state->down[i], node->name) == 0 || strcmp(state->down[i], node->origin) == 0 ||
            strcmp(state->down[i], "*") == 0)
            return true;
    return false;
}

static void open_port(struct sim *sim, size_t at, bool wanted)
{
    const int fd = sim->nodes[at / SIM_PORTS].listener[at % SIM_PORTS];
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)at};
    if (wanted == open_ports[at])
        return;
    open_ports[at] = wanted;
    if (wanted) {
        (void)listen(fd, BACKLOG);
        (void)epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
    } else {
        (void)epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL);
        (void)shutdown(fd, SHUT_RDWR); /* refuses from now on */
    }
}

void listen_apply(struct sim *sim)
{
    for (size_t i = 0; i < sim->node_count; i++) {
        struct sim_node *node = &sim->nodes[i];
        sim_lock();
        const bool was_down = node->down;
        const bool down = node->down = is_down(sim, node);
        sim_unlock();
        for (enum sim_port p = SIM_SSH; p < SIM_PORTS; p++)
            open_port(sim, i * SIM_PORTS + p,
                      !down && !sim_has_fault(sim, node, port_names[p], "refuse") &&
                          (p == SIM_SSH || !sim_has_fault(sim, node, "https", "refuse")));
        if (down != was_down)
            journal(sim, node, "node", down ? "down" : "up", (const char *)NULL);
    }
}

static void accept_some(struct sim *sim, size_t at,
                        void (*serve)(struct sim *sim, struct sim_node *node, enum sim_port port,
                                      int fd))
{
    struct sim_node *node = &sim->nodes[at / SIM_PORTS];
    const enum sim_port port = (enum sim_port)(at % SIM_PORTS);
    const int one = 1;
    for (int i = 0; i < ACCEPTS; i++) {
        char text[INET_ADDRSTRLEN + 8], address[INET_ADDRSTRLEN] = "";
        struct sockaddr_in peer = {.sin_family = AF_INET};
        socklen_t size = sizeof(peer);
        const int fd =
            accept4(node->listener[port], (struct sockaddr *)(void *)&peer, &size, SOCK_CLOEXEC);
        if (fd < 0)
            return;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        (void)inet_ntop(AF_INET, &peer.sin_addr, address, sizeof(address));
        (void)snprintf(text, sizeof(text), "%s:%u", address, ntohs(peer.sin_port));
        journal(sim, node, port_names[port], "connect", "peer", text, (const char *)NULL);
        serve(sim, node, port, fd);
    }
}

unsigned listen_wait(struct sim *sim, int control, int timeout_ms,
                     void (*serve)(struct sim *sim, struct sim_node *node, enum sim_port port,
                                   int fd))
{
    struct epoll_event events[EVENTS], event = {.events = EPOLLIN, .data.u32 = CONTROL};
    unsigned found = 0;
    if (watched < 0) {
        if (epoll_ctl(set, EPOLL_CTL_ADD, control, &event) != 0)
            return LISTEN_CONTROL; /* a regular file can always be read */
        watched = control;
    }
    const int n = epoll_wait(set, events, EVENTS, timeout_ms);
    if (n <= 0)
        return LISTEN_WOKEN;
    for (int i = 0; i < n; i++) {
        const uint32_t at = events[i].data.u32;
        if (at == CONTROL) {
            found |= LISTEN_CONTROL;
        } else if (at == WAKE) {
            sim_woken();
            found |= LISTEN_WOKEN;
        } else if (open_ports[at]) {
            accept_some(sim, at, serve);
        }
    }
    return found;
}

void listen_end(struct sim *sim)
{
    for (size_t i = 0; i < sim->node_count; i++)
        for (enum sim_port p = SIM_SSH; p < SIM_PORTS; p++)
            if (sim->nodes[i].listener[p] >= 0)
                (void)close(sim->nodes[i].listener[p]);
    if (set >= 0)
        (void)close(set);
    if (sim_wake_fd() >= 0)
        (void)close(sim_wake_fd());
}
