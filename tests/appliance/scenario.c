/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/appliance/scenario.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/appliance/shift.h"

static const char domain[] = ".example.com";

struct buffer {
    char *p;
    size_t n, room;
};

static void add(struct buffer *buffer, struct span span)
{
    if (buffer->room - buffer->n <= span.n) {
        buffer->room = (buffer->n + span.n + 64) * 2;
        buffer->p = realloc(buffer->p, buffer->room);
        if (buffer->p == NULL)
            abort();
    }
    if (span.n > 0)
        memcpy(buffer->p + buffer->n, span.p, span.n);
    buffer->n += span.n;
    buffer->p[buffer->n] = '\0';
}

static bool read_file(const char *path, struct buffer *out)
{
    char piece[16384];
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    add(out, text_of(""));
    while ((n = read(fd, piece, sizeof(piece))) > 0)
        add(out, (struct span){piece, (size_t)n});
    (void)close(fd);
    return n == 0;
}

/* What a multiplied appliance has in front of its domain: "-s0007"; empty for others. */
static struct span suffix_of(const struct sim_node *node)
{
    const struct span name = text_of(node->name);
    const size_t longer = strlen(node->name) - strlen(node->origin);
    const ptrdiff_t at = text_find(name, domain);
    if (longer == 0 || at < 0 || (size_t)at < longer)
        return (struct span){NULL, 0};
    return text_head(text_skip(name, (size_t)at - longer), longer);
}

/* The id without the suffix: the scenario's folders know no copies. */
static void original_id(struct span id, struct span suffix, struct buffer *out)
{
    const ptrdiff_t at = text_find(id, domain);
    if (suffix.n > 0 && at >= 0 && (size_t)at >= suffix.n &&
        memcmp(id.p + (size_t)at - suffix.n, suffix.p, suffix.n) == 0) {
        add(out, text_head(id, (size_t)at - suffix.n));
        id = text_skip(id, (size_t)at);
    }
    add(out, id);
}

/* Without CR: the session writes its own line ends. */
static void strip_returns(struct buffer *text)
{
    size_t n = 0;
    for (size_t i = 0; i < text->n; i++)
        if (text->p[i] != '\r')
            text->p[n++] = text->p[i];
    text->n = n;
    text->p[n] = '\0';
}

/* Does LINE begin with a prompt of this appliance? *TYPED is what stands behind it. */
static bool is_prompt(const struct sim_node *node, struct span line, struct span *typed)
{
    static const char *const modes[] = {"(Machine ", "(Cluster ", "(Group "};
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        const ptrdiff_t at = text_find(line, ")> ");
        if (text_starts(line, modes[i]) && at > 0) {
            *typed = text_skip(line, (size_t)at + 3);
            return true;
        }
    }
    const size_t host = strlen(node->origin);
    if (!text_starts(line, node->origin) || !text_starts(text_skip(line, host), "> "))
        return false;
    *typed = text_skip(line, host + 2);
    return true;
}

static struct span first_line(struct span text, struct span *rest)
{
    struct span line;
    (void)text_cut(text, '\n', &line, rest);
    return line;
}

/* Without prompt and echo in front, the question about the mode, and the prompt at the end. */
static struct span strip_cli(const struct sim_node *node, struct span text)
{
    struct span rest, typed, behind, body = text;
    struct span line = first_line(body, &rest);
    if (is_prompt(node, line, &typed) && text_trim(typed).n > 0)
        body = rest;
    line = first_line(body, &rest);
    if (text_trim(line).n == 0 && text_starts(rest, "This command is restricted to "))
        line = first_line(rest, &rest);
    if (text_starts(line, "This command is restricted to ")) {
        body = rest;
        if (text_trim(first_line(body, &rest)).n == 0)
            body = rest;
    }
    for (struct span at = text_trim(body); at.n > 0;) {
        line = first_line(at, &behind);
        if (behind.n == 0) { /* the last line */
            if (is_prompt(node, (struct span){line.p, (size_t)(body.p + body.n - line.p)},
                          &typed) &&
                text_trim(typed).n == 0)
                body.n = (size_t)(line.p - body.p);
            break;
        }
        at = behind;
    }
    return body;
}

/* Adds SUFFIX to every host name and to every name of the cluster that stands behind "cluster". */
static void rename_copy(const struct sim_node *node, struct span suffix, struct span text,
                        struct buffer *out)
{
    struct span cluster = text_of(node->cluster);
    cluster.n = cluster.n > suffix.n ? cluster.n - suffix.n : 0;
    while (text.n > 0) {
        const ptrdiff_t host = text_find(text, domain);
        const ptrdiff_t name = cluster.n > 0 ? text_find_nocase(text, "cluster ") : -1;
        if (host < 0 && name < 0)
            break;
        if (host >= 0 && (name < 0 || host < name)) {
            add(out, text_head(text, (size_t)host));
            add(out, suffix);
            add(out, text_of(domain));
            text = text_skip(text, (size_t)host + strlen(domain));
            continue;
        }
        const size_t to = (size_t)name + strlen("cluster ");
        add(out, text_head(text, to));
        text = text_skip(text, to);
        if (text_same(text_head(text, cluster.n), cluster) &&
            (text.n == cluster.n || strchr(" :,)\n", text.p[cluster.n]) != NULL)) {
            add(out, cluster);
            add(out, suffix);
            text = text_skip(text, cluster.n);
        }
    }
    add(out, text);
}

char *scenario_document(struct sim *sim, const struct sim_node *node, const char *id, size_t *n)
{
    struct buffer path = {NULL, 0, 0}, bytes = {NULL, 0, 0}, out = {NULL, 0, 0};
    const struct span suffix = suffix_of(node);
    sim_lock();
    add(&path, text_of(sim->states[sim->state].scenario));
    sim_unlock();
    add(&path, text_of("/"));
    add(&path, text_of(node->origin));
    add(&path, text_of("/"));
    original_id(text_of(id), suffix, &path);
    const bool found = read_file(path.p, &bytes);
    free(path.p);
    if (!found) {
        free(bytes.p);
        return NULL;
    }
    struct span text = {bytes.p, bytes.n};
    if (text_starts(text_of(id), "cli/")) {
        strip_returns(&bytes);
        text = strip_cli(node, (struct span){bytes.p, bytes.n});
    }
    add(&out, text_of(""));
    if (suffix.n > 0)
        rename_copy(node, suffix, text, &out);
    else
        add(&out, text);
    free(bytes.p);
    shift_times(out.p, out.n, sim->shift_s);
    *n = out.n;
    return out.p;
}
