/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checks/stage.h"
#include "checks/timeline.h"
#include "plugin/file.h"
#include "plugin/index.h"

/* ---- writing ---- */

/* Where the last whole line ends. */
static bool end_of_lines(int fd, const char *path, off_t size, off_t *end, struct fault *fault)
{
    char piece[JOURNAL_LINE];
    off_t from = size > (off_t)sizeof(piece) ? size - (off_t)sizeof(piece) : 0;
    ssize_t n = pread(fd, piece, (size_t)(size - from), from);
    if (n < 0)
        return fault_set(fault, FAULT_INTERNAL, path, 0, "cannot be read: %s", strerror(errno));
    while (n > 0 && piece[n - 1] != '\n')
        n--;
    *end = from + n;
    return n > 0 || from == 0 ||
           fault_set(fault, FAULT_SYNTAX, path, 0,
                     "ends in a line of more than %d bytes: no journal of ours", JOURNAL_LINE);
}

int journal_open(const char *path, struct fault *fault)
{
    struct stat info;
    off_t end = 0;
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    if (fd < 0 || fstat(fd, &info) != 0)
        (void)fault_set(fault, FAULT_INTERNAL, path, 0, "cannot be opened: %s", strerror(errno));
    else if (!S_ISREG(info.st_mode))
        (void)fault_set(fault, FAULT_INTERNAL, path, 0, "is not a regular file");
    else if (end_of_lines(fd, path, info.st_size, &end, fault)) {
        if (end == info.st_size || ftruncate(fd, end) == 0)
            return fd;
        (void)fault_set(fault, FAULT_INTERNAL, path, 0, "cannot be written: %s", strerror(errno));
    }
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

bool journal_append(int fd, const struct journal_event *event, struct fault *fault)
{
    char at[32];
    char *line = NULL;
    json_t *root = json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:s?}", "at",
                             time_print_utc(event->at, at, sizeof(at)), "node", event->node,
                             "event", event->event, "was", event->was, "stage", event->stage,
                             "document", event->document);
    if (root != NULL && event->release != NULL)
        (void)json_object_set_new(root, "release", json_string(event->release));
    if (root != NULL)
        line = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    const size_t n = line == NULL ? 0 : strlen(line);
    if (n == 0 || n >= JOURNAL_LINE) {
        free(line);
        return fault_set(fault, FAULT_INTERNAL, "journal", 0, "an event that is no text, or long");
    }
    line[n] = '\n'; /* in place of the NUL: one write of the whole line */
    bool whole = file_write_all(fd, (struct span){line, n + 1});
    if (!whole)
        (void)fault_set(fault, FAULT_INTERNAL, "journal", 0, "cannot be written: %s",
                        strerror(errno));
    free(line);
    return whole;
}

/* ---- reading ---- */

static bool is_word(const char *text)
{
    for (size_t i = 0; timeline_words[i] != NULL; i++)
        if (strcmp(timeline_words[i], text) == 0)
            return true;
    return false;
}

static bool is_stage(const char *text)
{
    return stage_of_name(text) != STAGE_COUNT;
}

/* A text of OBJECT, NULL when it is not there or null. False: it is none, or not fit to print. */
static bool text_at(struct arena *arena, const json_t *object, const char *key, const char **text)
{
    const json_t *value = json_object_get(object, key);
    *text = NULL;
    if (value == NULL || json_is_null(value))
        return true;
    if (!json_is_string(value) || json_string_length(value) == 0)
        return false;
    *text = arena_dup(arena, text_of(json_string_value(value)));
    return strcmp(*text, result_clean(arena, text_of(*text), JOURNAL_LINE)) == 0;
}

static bool read_event(struct arena *arena, const json_t *root, struct journal_event *event)
{
    struct stamp at;
    const char *time;
    return json_is_object(root) && text_at(arena, root, "at", &time) && time != NULL &&
           time_parse_iso(text_of(time), &at) && time_utc(at, &event->at) &&
           text_at(arena, root, "node", &event->node) && event->node != NULL &&
           index_is_name(event->node) && text_at(arena, root, "event", &event->event) &&
           event->event != NULL && is_word(event->event) &&
           text_at(arena, root, "was", &event->was) &&
           (event->was == NULL || is_stage(event->was)) &&
           text_at(arena, root, "stage", &event->stage) &&
           (event->stage == NULL || is_stage(event->stage)) &&
           text_at(arena, root, "document", &event->document) &&
           text_at(arena, root, "release", &event->release);
}

bool journal_read(struct arena *arena, const char *path, struct journal_event **events,
                  size_t *count, struct fault *fault)
{
    struct span bytes, line;
    struct fault why;
    unsigned number = 0;
    *events = NULL;
    *count = 0;
    if (!file_read(arena, path, JOURNAL_BYTES, &bytes, &why)) {
        if (why.kind == FAULT_NOT_CAPTURED)
            return true;
        return fault_set(fault, why.kind, path, 0, "%s", why.text);
    }
    while (number++, text_cut(bytes, '\n', &line, &bytes)) {
        struct journal_event event = {.at = 0};
        json_t *root =
            line.n > JOURNAL_LINE ? NULL : json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, NULL);
        bool good = root != NULL && read_event(arena, root, &event);
        json_decref(root);
        if (!good)
            return fault_set(fault, FAULT_SYNTAX, path, number, "line %u is no event: '%.*s'",
                             number, FAULT_QUOTE(line));
        *events = arena_push(arena, *events, *count, sizeof(**events));
        (*events)[(*count)++] = event;
    }
    return true;
}
