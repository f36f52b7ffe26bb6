/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/link.h"

#include <errno.h>
#include <fcntl.h>
#include <libssh/callbacks.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEEK_BYTES = 255, PATIENCE_MS = 5000 };

static const char busy_hint[] =
    "an appliance takes few SSH sessions at a time: end idle ones (`who`), then ask again";

bool link_says_busy(struct span text)
{
    static const char *const words[] = {"too many",      "maximum number", "session limit",
                                        "maxstartups",   "limit of",       "no more sessions",
                                        "limit reached", "maximum of",     "limit exceeded"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (text_find_nocase(text, words[i]) >= 0)
            return true;
    return false;
}

/* Milliseconds to UNTIL_MS for poll(). */
static int left_ms(int64_t until_ms)
{
    int64_t left = until_ms - fetch_now_ms();
    return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

/* Waits for EVENTS on FD. 1, 0 at UNTIL_MS, -1 on error. */
static int wait_fd(int fd, short events, int64_t until_ms)
{
    struct pollfd item = {.fd = fd, .events = events};
    for (;;) {
        int ready = poll(&item, 1, left_ms(until_ms));
        if (ready >= 0 || errno != EINTR)
            return ready;
    }
}

bool link_wait(const struct link *link, int64_t until_ms)
{
    int flags = ssh_get_poll_flags(link->session);
    short events = POLLIN;
    if ((flags & SSH_WRITE_PENDING) != 0)
        events |= POLLOUT;
    return wait_fd(ssh_get_fd(link->session), events, until_ms) != 0;
}

bool link_lost(const struct link *link)
{
    return !ssh_is_connected(link->session) ||
           (ssh_get_status(link->session) & (SSH_CLOSED | SSH_CLOSED_ERROR)) != 0;
}

/* Begins to connect to ADDRESS and waits for the end of it. Returns the socket, or -1 with errno.
 */
static int connect_one(const struct addrinfo *address, int64_t until_ms)
{
    int on = 1, reason = 0;
    socklen_t size = sizeof(reason);
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, address->ai_addr, address->ai_addrlen) < 0 && errno != EINPROGRESS)
        reason = errno;
    else if (wait_fd(fd, POLLOUT, until_ms) <= 0)
        reason = ETIMEDOUT;
    else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &reason, &size) < 0)
        reason = errno;
    if (reason == 0) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        return fd;
    }
    (void)close(fd);
    errno = reason;
    return -1;
}

/* Each address of the node in turn, in the system's order. */
static bool reach(struct link *link, int64_t deadline_ms, struct fault *fault)
{
    const struct config_node *node = link->fetch->node;
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses = NULL;
    char port[16];
    (void)snprintf(port, sizeof(port), "%u", node->ssh_port);
    const int64_t start = fetch_now_ms();
    int failed = getaddrinfo(node->address, port, &hints, &addresses);
    if (failed == EAI_AGAIN || failed == EAI_MEMORY || failed == EAI_SYSTEM)
        return fault_set(fault, FAULT_INTERNAL, "", 0,
                         "the name %.200s cannot be looked up now: %s", node->address,
                         gai_strerror(failed));
    if (failed != 0)
        return fault_set(fault, FAULT_UNREACHABLE, "", 0, "the name %.200s does not resolve: %s",
                         node->address, gai_strerror(failed));
    for (const struct addrinfo *a = addresses; a != NULL && link->fd < 0; a = a->ai_next) {
        int64_t now = fetch_now_ms(), until = deadline_ms;
        if (a->ai_next != NULL) /* something must be left for the next one */
            until = now + (deadline_ms - now) / 2;
        link->fd = connect_one(a, until);
    }
    int reason = errno;
    freeaddrinfo(addresses);
    if (link->fd >= 0)
        return true;
    /* A short limit of our own proves nothing. */
    if (reason == ETIMEDOUT)
        return fault_set(
            fault, fetch_now_ms() - start < PATIENCE_MS ? FAULT_TIMEOUT : FAULT_UNREACHABLE, "", 0,
            "no connection to %.200s port %u: nothing answers", node->address, node->ssh_port);
    return fault_set(fault, FAULT_UNREACHABLE, "", 0, "no connection to %.200s port %u: %s",
                     node->address, node->ssh_port, strerror(reason));
}

/*
 * The proxy ended before the appliance said anything: what it said itself is the reason. It proves
 * nothing about the appliance, so it is no alarm.
 */
static bool proxy_fault(const struct link *link, struct fault *fault)
{
    char buffer[PEEK_BYTES];
    struct span words = proxy_words(&link->proxy, buffer, sizeof(buffer));
    return fault_set(fault, FAULT_INTERNAL, "", 0,
                     "no connection to %.80s port %u through the proxy: '%.*s'",
                     link->fetch->node->address, link->fetch->node->ssh_port,
                     FAULT_QUOTE(words.n != 0 ? words : text_of("it ended without a word")));
}

/*
 * Looks at the first bytes without taking them: an appliance that is full may say so in plain text
 * and close, and libssh would only tell that it was no SSH.
 */
static bool greet(const struct link *link, int64_t deadline_ms, struct fault *fault)
{
    const struct config_node *node = link->fetch->node;
    char bytes[PEEK_BYTES];
    if (wait_fd(link->fd, POLLIN, deadline_ms) == 0)
        return fault_set(fault, FAULT_TIMEOUT, "", 0,
                         "%.200s port %u took the connection and said nothing%s", node->address,
                         node->ssh_port,
                         link->proxy.pid != 0 ? ", or the proxy does not get there" : "");
    ssize_t n = recv(link->fd, bytes, sizeof(bytes), MSG_PEEK);
    if (n <= 0 && link->proxy.pid != 0)
        return proxy_fault(link, fault);
    if (n <= 0)
        return fault_set(fault, FAULT_DROPPED, "", 0,
                         "%.200s port %u closed the connection before it said anything: sshd is "
                         "restarting, full, or blocks this address",
                         node->address, node->ssh_port);
    struct span said = {bytes, (size_t)n};
    if (text_starts(said, "SSH-") || text_find(said, "\nSSH-") >= 0 ||
        (said.n < 4 && memcmp(bytes, "SSH-", said.n) == 0))
        return true;
    struct span line = text_trim(said);
    if (link_says_busy(said))
        return fault_set(fault, FAULT_BUSY, "", 0, "too many SSH sessions: '%.*s'; %s",
                         FAULT_QUOTE(line), busy_hint);
    return fault_set(fault, FAULT_SYNTAX, "", 0,
                     "%.200s port %u does not speak SSH: '%.*s'; is ssh_port right?", node->address,
                     node->ssh_port, FAULT_QUOTE(text_head(line, 60)));
}

/* Options common to all ways in. */
static bool prepare(struct link *link, const char *host_keys, struct fault *fault)
{
    const struct config_node *node = link->fetch->node;
    bool no = false;
    unsigned port = node->ssh_port;
    ssh_session s = link->session = ssh_new();
    if (s == NULL)
        return fault_set(fault, FAULT_INTERNAL, "", 0, "libssh gives no session");
    (void)ssh_set_log_level(SSH_LOG_NOLOG);
    ssh_set_blocking(s, 0);
    /* Nothing of ~/.ssh is read: what counts stands in our configuration. */
    if (ssh_options_set(s, SSH_OPTIONS_PROCESS_CONFIG, &no) < 0 ||
        ssh_options_set(s, SSH_OPTIONS_SSH_DIR, "/nonexistent") < 0 ||
        ssh_options_set(s, SSH_OPTIONS_KNOWNHOSTS, "/dev/null") < 0 ||
        ssh_options_set(s, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null") < 0 ||
        ssh_options_set(s, SSH_OPTIONS_HOST, node->address) < 0 ||
        ssh_options_set(s, SSH_OPTIONS_PORT, &port) < 0 ||
        ssh_options_set(s, SSH_OPTIONS_USER, node->user == NULL ? "" : node->user) < 0 ||
        ssh_options_set(s, SSH_OPTIONS_FD, &link->fd) < 0 ||
        (host_keys != NULL && ssh_options_set(s, SSH_OPTIONS_HOSTKEYS, host_keys) < 0))
        return fault_set(fault, FAULT_INTERNAL, "", 0, "libssh refuses an option: %.160s",
                         ssh_get_error(s));
    return true;
}

/* "server [a,b], client [c,d]" of libssh's error: what the appliance offers. */
static struct span offered(struct span error)
{
    struct span none = {"unknown", 7};
    ptrdiff_t at = text_find(error, "server [");
    if (at < 0)
        return none;
    struct span rest = text_skip(error, (size_t)at + 8), head;
    (void)text_cut(rest, ']', &head, &rest);
    return head.n == 0 ? none : head;
}

/*
 * libssh says in its log why there is no common algorithm; its error is written over when the
 * connection ends in the same moment. Of this process, which asks one appliance.
 */
static char no_match[512];

static void on_log(int priority, const char *function, const char *text, void *context)
{
    (void)priority;
    (void)function;
    (void)context;
    const char *found = strstr(text, "no match for method");
    if (found != NULL)
        (void)snprintf(no_match, sizeof(no_match), "%s", found);
}

static bool connect_fault(const struct link *link, struct fault *fault)
{
    const struct config_node *node = link->fetch->node;
    struct span error = text_of(no_match[0] != '\0' ? no_match : ssh_get_error(link->session));
    if (text_find(error, "no match for method") >= 0 || text_find_nocase(error, "too small") >= 0 ||
        text_find_nocase(error, "kex error") >= 0)
        return fault_set(fault, FAULT_ALGORITHM, "", 0,
                         "no common SSH algorithm with %.120s, it offers %.*s: allow newer ones in "
                         "`sshconfig` > sshd",
                         node->address, FAULT_QUOTE(offered(error)));
    if (link_says_busy(error))
        return fault_set(fault, FAULT_BUSY, "", 0, "too many SSH sessions: '%.*s'; %s",
                         FAULT_QUOTE(error), busy_hint);
    return fault_set(
        fault, FAULT_DROPPED, "", 0,
        "%.120s port %u ended the key exchange (%.*s): a reboot, or, if that stays, no "
        "common algorithm",
        node->address, node->ssh_port, FAULT_QUOTE(error));
}

static bool exchange(struct link *link, int64_t deadline_ms, struct fault *fault)
{
    const struct config_node *node = link->fetch->node;
    errno = 0; /* libssh quotes it where the connection just ends */
    for (int rc = ssh_connect(link->session); rc != SSH_OK; rc = ssh_connect(link->session)) {
        if (rc != SSH_AGAIN)
            return connect_fault(link, fault);
        if (!link_wait(link, deadline_ms))
            return fault_set(fault, FAULT_TIMEOUT, "", 0,
                             "%.200s port %u did not finish the key exchange in time",
                             node->address, node->ssh_port);
    }
    return true;
}

bool link_open(struct link *link, const struct fetch *fetch, const char *host_keys,
               int64_t deadline_ms, struct fault *fault)
{
    const struct config_node *node = fetch->node;
    *link = (struct link){.fetch = fetch, .fd = -1, .proxy = {.errors = -1}};
    if (proxy_wanted(node)) {
        const char *line = proxy_line(fetch->arena, node, fault);
        if (line == NULL || (link->fd = proxy_start(&link->proxy, line, fault)) < 0)
            return false;
    } else if (!reach(link, deadline_ms, fault)) {
        return false;
    }
    if (!greet(link, deadline_ms, fault) || !prepare(link, host_keys, fault))
        return false;
    no_match[0] = '\0';
    (void)ssh_set_log_callback(on_log);
    (void)ssh_set_log_level(SSH_LOG_TRACE);
    bool done = exchange(link, deadline_ms, fault);
    (void)ssh_set_log_level(SSH_LOG_NOLOG); /* nothing of the login is logged, not even to us */
    return done;
}

void link_close(struct link *link)
{
    if (link->session != NULL) {
        ssh_disconnect(link->session);
        ssh_free(link->session);
    }
    if (link->fd >= 0 && fcntl(link->fd, F_GETFD) >= 0)
        (void)close(link->fd);
    proxy_stop(&link->proxy);
    *link = (struct link){.fd = -1, .proxy = {.errors = -1}};
}

bool link_fault(const struct link *link, const char *step, struct fault *fault)
{
    struct span error = text_of(ssh_get_error(link->session));
    if (link_says_busy(error))
        return fault_set(fault, FAULT_BUSY, "", 0, "too many SSH sessions: '%.*s'; %s",
                         FAULT_QUOTE(error), busy_hint);
    if (!link_lost(link))
        return fault_set(fault, FAULT_INTERNAL, "", 0, "%s failed: %.*s", step, FAULT_QUOTE(error));
    return fault_set(fault, FAULT_DROPPED, "", 0,
                     "the connection was lost during %s: a reboot, a restart of sshd, or the "
                     "network between",
                     step);
}
