/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/proxy.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STOP_STEP_MS = 10, STOP_STEPS = 50 };

bool proxy_wanted(const struct config_node *node)
{
    return node->proxy_jump != NULL || node->proxy_command != NULL;
}

/* Only letters, digits and what stands in MORE; no option either. */
static bool is_plain(const char *text, const char *more)
{
    size_t n = strlen(text);
    if (n == 0 || n > 255 || text[0] == '-')
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!alnum && strchr(more, c) == NULL)
            return false;
    }
    return true;
}

static bool refuse(const struct config_node *node, const char *key, const char *value,
                   struct fault *fault)
{
    return fault_set(fault, FAULT_INTERNAL, key, 0,
                     "the way to %.80s cannot become a command: %s = '%.100s' holds a byte that "
                     "means something to a shell",
                     node->name, key, value);
}

/* `ssh -W` from the last hop of "[user@]host[:port][,…]", the others before it. */
static const char *jump_line(struct arena *arena, const struct config_node *node,
                             struct fault *fault)
{
    const char *known = node->known_hosts, *comma = strrchr(node->proxy_jump, ',');
    const char *hop = comma == NULL ? node->proxy_jump : comma + 1, *before = "";
    bool six = strchr(node->address, ':') != NULL;
    if (!is_plain(node->proxy_jump, "._-@:[],") || *hop == '\0' || *hop == '-')
        return refuse(node, "proxy_jump", node->proxy_jump, fault), NULL;
    if (!is_plain(node->address, "._-:"))
        return refuse(node, "address", node->address, fault), NULL;
    if (known != NULL && !is_plain(known, "/._-+@=,"))
        return refuse(node, "known_hosts", known, fault), NULL;
    if (comma != NULL)
        before =
            arena_printf(arena, " -J '%.*s'", (int)(comma - node->proxy_jump), node->proxy_jump);
    if (known != NULL)
        before = arena_printf(arena, "%s -o 'UserKnownHostsFile=%s'", before, known);
    return arena_printf(
        arena,
        "exec ssh -o BatchMode=yes -o StrictHostKeyChecking=yes%s -W '%s%s%s:%u' -- "
        "'ssh://%s'",
        before, six ? "[" : "", node->address, six ? "]" : "", node->ssh_port, hop);
}

/* What %C stands for; NULL = nothing. */
static const char *meaning(struct arena *arena, const struct config_node *node, char c)
{
    switch (c) {
    case 'h':
        return node->address;
    case 'p':
        return arena_printf(arena, "%u", node->ssh_port);
    case 'r':
        return node->user == NULL ? "" : node->user;
    case '%':
        return "%";
    default:
        return NULL;
    }
}

static const char *command_line(struct arena *arena, const struct config_node *node,
                                struct fault *fault)
{
    struct span rest = text_of(node->proxy_command), head;
    const char *line = "exec "; /* the shell itself shall not stay, as with ssh */
    if (!is_plain(node->address, "._-:"))
        return refuse(node, "address", node->address, fault), NULL;
    if (node->user != NULL && !is_plain(node->user, "._-@\\+"))
        return refuse(node, "user", node->user, fault), NULL;
    while (text_cut(rest, '%', &head, &rest)) {
        const char *value = rest.n == 0 ? NULL : meaning(arena, node, rest.p[0]);
        if (value == NULL) {
            (void)fault_set(fault, FAULT_INTERNAL, "proxy_command", 0,
                            "only %%h, %%p, %%r and %%%% may follow a percent sign");
            return NULL;
        }
        line = arena_printf(arena, "%s%s%s", line, arena_dup(arena, head), value);
        rest = text_skip(rest, 1);
    }
    return arena_printf(arena, "%s%s", line, arena_dup(arena, head));
}

const char *proxy_line(struct arena *arena, const struct config_node *node, struct fault *fault)
{
    return node->proxy_command != NULL ? command_line(arena, node, fault)
                                       : jump_line(arena, node, fault);
}

/* In the new process. It stays in our group, so that whoever ends that ends it, too. */
static _Noreturn void run(const char *line, int data, int errors)
{
    (void)signal(SIGPIPE, SIG_DFL);
    if (dup2(data, STDIN_FILENO) < 0 || dup2(data, STDOUT_FILENO) < 0 ||
        dup2(errors, STDERR_FILENO) < 0)
        _exit(127);
    (void)execl("/bin/sh", "sh", "-c", line, (char *)NULL);
    _exit(127);
}

static void close_both(const int ends[2])
{
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int proxy_start(struct proxy *proxy, const char *line, struct fault *fault)
{
    int data[2], errors[2];
    *proxy = (struct proxy){.errors = -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, data) < 0) {
        (void)fault_set(fault, FAULT_INTERNAL, "", 0, "no socket: %s", strerror(errno));
        return -1;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, errors) < 0) {
        (void)fault_set(fault, FAULT_INTERNAL, "", 0, "no socket: %s", strerror(errno));
        close_both(data);
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0)
        run(line, data[1], errors[1]);
    if (pid < 0) {
        (void)fault_set(fault, FAULT_INTERNAL, "", 0, "no process: %s", strerror(errno));
        close_both(data);
        close_both(errors);
        return -1;
    }
    (void)close(data[1]);
    (void)close(errors[1]);
    (void)fcntl(data[0], F_SETFL, O_NONBLOCK);
    (void)fcntl(errors[0], F_SETFL, O_NONBLOCK);
    *proxy = (struct proxy){.pid = pid, .errors = errors[0]};
    return data[0];
}

struct span proxy_words(const struct proxy *proxy, char *buffer, size_t size)
{
    ssize_t n = proxy->errors < 0 ? 0 : recv(proxy->errors, buffer, size, 0);
    struct span rest = text_trim((struct span){buffer, n < 0 ? 0 : (size_t)n}), line = rest;
    while (text_cut(rest, '\n', &line, &rest))
        continue;
    return text_trim(line);
}

void proxy_stop(struct proxy *proxy)
{
    int status;
    if (proxy->errors >= 0)
        (void)close(proxy->errors);
    if (proxy->pid > 0) {
        bool gone = false;
        (void)kill(proxy->pid, SIGTERM);
        for (int i = 0; i < STOP_STEPS && !gone; i++) {
            gone = waitpid(proxy->pid, &status, WNOHANG) != 0;
            if (!gone)
                (void)poll(NULL, 0, STOP_STEP_MS);
        }
        if (!gone) {
            (void)kill(proxy->pid, SIGKILL);
            (void)waitpid(proxy->pid, &status, 0);
        }
    }
    *proxy = (struct proxy){.errors = -1};
}
