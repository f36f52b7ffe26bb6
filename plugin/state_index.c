/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/state_index.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/file.h"
#include "plugin/output.h"
#include "plugin/reload.h"

enum { MAX_INDEX = 64 * 1024 * 1024, MAX_NAME = 256, MAX_PART = 16 * 1024 * 1024 };

static const char *index_path(struct arena *arena, const char *path)
{
    return arena_printf(arena, "%s.index", path);
}

/* Which file, and in which of its lives. */
static const char *identity(struct arena *arena, const struct stat *info)
{
    return arena_printf(arena, "postcheck.state-index/1 %llu %lld %lld %ld ",
                        (unsigned long long)info->st_ino, (long long)info->st_size,
                        (long long)info->st_mtim.tv_sec, info->st_mtim.tv_nsec);
}

/* Only ASCII: names of appliances are nothing else. */
static char *lower(struct arena *arena, struct span name)
{
    char *copy = arena_dup(arena, name);
    for (char *p = copy; *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    return copy;
}

/* ---- making it ---- */

/* The bytes from FROM up to TO, which is 0 before any. */
struct part {
    size_t from, to;
};

struct place {
    struct span name;
    struct part node, results;
};

struct reading {
    struct arena *arena;
    struct place *places;
    size_t count;
    size_t at;   /* the appliance whose results come */
    size_t head; /* bytes before the appliances; 0 = not there yet */
    enum { BEFORE, NODES, BETWEEN, RESULTS, AFTER } where;
    size_t begin; /* of the element */
    struct span name;
};

/* The members of a list stand at this depth, their own at the next. */
static bool is_member(struct span line, const char *key, struct span *value)
{
    if (!text_starts(line, key) || line.n <= strlen(key) + 1 || !text_ends(line, "\","))
        return false;
    *value = text_skip(line, strlen(key));
    *value = text_head(*value, value->n - 2);
    return true;
}

static bool end_element(struct reading *r, size_t end)
{
    const struct part part = {r->begin, end};
    if (r->name.n == 0 || r->name.n > MAX_NAME)
        return false;
    if (r->where == NODES) {
        r->places = arena_push(r->arena, r->places, r->count, sizeof(*r->places));
        r->places[r->count++] = (struct place){.name = r->name, .node = part};
        return true;
    }
    /* Both lists are in the order of the names, so this one only goes forward. */
    while (r->at < r->count && !text_same(r->places[r->at].name, r->name))
        r->at++;
    if (r->at == r->count)
        return false;
    struct part *results = &r->places[r->at].results;
    *results = (struct part){results->to == 0 ? part.from : results->from, part.to};
    return true;
}

/* One line of the report. No text has a line end in it, so the depth tells what a line is. */
static bool take(struct reading *r, struct span line, size_t at)
{
    if (r->where == BEFORE && text_is(line, "  \"nodes\": [")) {
        r->head = at;
        r->where = NODES;
    } else if (r->where == BETWEEN && text_is(line, "  \"results\": [")) {
        r->where = RESULTS;
    } else if (r->where != NODES && r->where != RESULTS) {
        return true;
    } else if (text_is(line, "  ],") || text_is(line, "  ]")) {
        r->where++;
    } else if (text_is(line, "    {")) {
        r->begin = at;
        r->name = (struct span){NULL, 0};
    } else if (text_is(line, "    },") || text_is(line, "    }")) {
        return end_element(r, at + 5);
    } else if (r->name.n == 0) {
        const char *key = r->where == NODES ? "      \"name\": \"" : "      \"node\": \"";
        (void)is_member(line, key, &r->name);
    }
    return true;
}

static bool scan(struct reading *r, struct span report)
{
    struct span rest = report, line;
    for (bool more = true; more;) {
        const size_t at = report.n - rest.n;
        more = text_cut(rest, '\n', &line, &rest);
        if (!take(r, line, at))
            return false;
    }
    return r->where == AFTER;
}

bool state_index_lines(struct arena *arena, struct span report, size_t *head, struct span *lines)
{
    struct reading r = {.arena = arena, .where = BEFORE};
    if (!scan(&r, report))
        return false;
    size_t size = 0, used = 0;
    for (size_t i = 0; i < r.count; i++)
        size += r.places[i].name.n + 4 * 21 + 1;
    char *text = arena_alloc(arena, size + 1);
    for (size_t i = 0; i < r.count; i++) {
        const struct place *p = &r.places[i];
        used += (size_t)snprintf(text + used, size + 1 - used, "%s %zu %zu %zu %zu\n",
                                 lower(arena, p->name), p->node.from, p->node.to - p->node.from,
                                 p->results.from, p->results.to - p->results.from);
    }
    *head = r.head;
    *lines = (struct span){text, used};
    return true;
}

bool state_index_write(struct arena *arena, const char *path, struct fault *fault)
{
    struct span report, lines;
    struct output output;
    struct stat info;
    size_t head;
    /* Only this program replaces PATH, under its lock. */
    if (!file_read(arena, path, RELOAD_MAX, &report, fault))
        return false;
    if (stat(path, &info) != 0 || !state_index_lines(arena, report, &head, &lines))
        return fault_set(fault, FAULT_INTERNAL, path, 0, "cannot be indexed");
    if (!output_open(arena, index_path(arena, path), &output, fault))
        return false;
    (void)fprintf(output.file, "%s%zu\n", identity(arena, &info), head);
    (void)fwrite(lines.p, 1, lines.n, output.file);
    (void)fputs("end\n", output.file);
    return output_close(&output, true, fault);
}

/* ---- reading by it ---- */

/* A report: the file FD, or BYTES when that is -1. */
struct source {
    int fd;
    struct span bytes;
};

/* Where an appliance stands there. */
struct entry {
    size_t head; /* bytes before all appliances */
    size_t node, node_length;
    size_t results, results_length;
};

static bool copy(const struct source *source, char *into, size_t from, size_t length)
{
    size_t got = 0;
    if (source->fd < 0) {
        if (from > source->bytes.n || length > source->bytes.n - from)
            return false;
        memcpy(into, source->bytes.p + from, length);
        return true;
    }
    while (got < length) {
        ssize_t n = pread(source->fd, into + got, length - got, (off_t)(from + got));
        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    return true;
}

static char *put(char *into, struct span text)
{
    memcpy(into, text.p, text.n);
    return into + text.n;
}

/* The head, the appliance, its results: a report again. */
static bool assemble(struct arena *arena, const struct source *source, const struct entry *e,
                     struct span *report)
{
    if (e->head > MAX_PART || e->node_length > MAX_PART || e->results_length > MAX_PART)
        return false;
    char *text = arena_alloc(arena, e->head + e->node_length + e->results_length + 64), *p = text;
    if (!copy(source, p, 0, e->head))
        return false;
    p = put(p + e->head, text_of("\"nodes\": ["));
    if (!copy(source, p, e->node, e->node_length))
        return false;
    p = put(p + e->node_length, text_of("], \"results\": ["));
    if (!copy(source, p, e->results, e->results_length))
        return false;
    p = put(p + e->results_length, text_of("]}"));
    *report = (struct span){text, (size_t)(p - text)};
    return true;
}

bool state_index_cut(struct arena *arena, struct span whole, const char *host, struct span *report)
{
    struct reading r = {.arena = arena, .where = BEFORE};
    const struct source source = {-1, whole};
    if (!text_ends(whole, "\n  ]\n}\n") || !scan(&r, whole))
        return false;
    for (size_t i = 0; i < r.count; i++) {
        const struct place *p = &r.places[i];
        const struct entry entry = {r.head, p->node.from, p->node.to - p->node.from,
                                    p->results.from, p->results.to - p->results.from};
        if (text_is_nocase(p->name, host))
            return assemble(arena, &source, &entry, report);
    }
    return false;
}

/* The line of HOST. */
static bool find(struct arena *arena, struct span lines, const char *host, struct entry *entry)
{
    ptrdiff_t at = text_find(lines, arena_printf(arena, "\n%s ", lower(arena, text_of(host))));
    if (at < 0)
        return false;
    struct cursor c = text_cursor(text_skip(lines, (size_t)at + strlen(host) + 2));
    size_t *const places[] = {&entry->node, &entry->node_length, &entry->results,
                              &entry->results_length};
    for (int i = 0; i < 4; i++) {
        int64_t number;
        text_blanks(&c);
        if (!text_digits(&c, 1, 15, &number))
            return false;
        *places[i] = (size_t)number;
    }
    return text_starts(text_rest(&c), "\n");
}

/* The index of the file that INFO is about: its lines, and the bytes before the appliances. */
static bool load(struct arena *arena, const char *path, const struct stat *info, size_t *head,
                 struct span *lines)
{
    struct stat own;
    struct fault fault;
    int64_t number;
    const char *name = index_path(arena, path);
    /* Not of somebody else, who may write into the folder (/tmp). */
    if (stat(name, &own) != 0 || (own.st_uid != info->st_uid && own.st_uid != 0) ||
        !file_read(arena, name, MAX_INDEX, lines, &fault))
        return false;
    struct cursor c = text_cursor(*lines);
    if (!text_literal(&c, identity(arena, info)) || !text_digits(&c, 1, 15, &number) ||
        !text_ends(*lines, "\nend\n"))
        return false;
    *head = (size_t)number;
    *lines = text_rest(&c);
    return true;
}

bool state_index_read(struct arena *arena, const char *path, const char *host, struct span *report)
{
    struct stat info;
    struct span lines;
    struct entry entry;
    if (strlen(host) > MAX_NAME)
        return false;
    const struct source source = {.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (source.fd < 0)
        return false;
    bool done = fstat(source.fd, &info) == 0 && S_ISREG(info.st_mode) &&
                load(arena, path, &info, &entry.head, &lines) && find(arena, lines, host, &entry) &&
                assemble(arena, &source, &entry, report);
    (void)close(source.fd);
    return done;
}
