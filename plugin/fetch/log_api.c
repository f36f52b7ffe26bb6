/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/log_api.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "plugin/fetch/draft.h"

enum { HOUR_S = 60 * 60, DAY_S = 24 * HOUR_S, MAX_FILES = 10000 };

static const char prefix[] = "/esa/api/v2.0/logs/";
static const int64_t least_ms = INT64_C(100000000000); /* as seconds, this is the year 5138 */

static void put_time(struct draft *query, const char *name, int64_t seconds)
{
    char text[32];
    struct span minute = text_of(time_print_utc(seconds - seconds % 60, text, sizeof(text)));
    minute.n -= text_ends(minute, "Z") ? 1 : 0;
    draft_string(query, name);
    draft_percent(query, minute);
    draft_string(query, ".000Z");
}

const char *log_api_list_path(struct arena *arena, const char *name, int64_t now)
{
    struct draft path = {.arena = arena};
    draft_string(&path, prefix);
    draft_percent(&path, text_of(name));
    put_time(&path, "?startDate=", now - DAY_S);
    put_time(&path, "&endDate=", now + HOUR_S); /* our clock may be slow */
    return path.bytes;
}

/* A name that becomes one part of a path: as the appliance names its files (V). */
static bool is_file_name(const char *name)
{
    return name != NULL && *name != '\0' && *name != '.' && strlen(name) <= 200 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@") ==
               strlen(name);
}

static bool is_current(const char *name)
{
    return text_ends(text_of(name), ".current") || text_ends(text_of(name), ".c");
}

static int by_age(const void *a, const void *b)
{
    const struct log_api_file *x = a, *y = b;
    int order = (int)is_current(y->name) - (int)is_current(x->name);
    if (order == 0)
        order = (y->changed > x->changed) - (y->changed < x->changed);
    return order != 0 ? order : strcmp(y->name, x->name);
}

static int64_t integer_of(const json_t *entry, const char *member, int64_t missing)
{
    int64_t value;
    const json_t *found = json_object_get(entry, member);
    if (json_is_integer(found))
        return (int64_t)json_integer_value(found);
    return json_is_string(found) && text_to_int(text_of(json_string_value(found)), &value)
               ? value
               : missing;
}

struct log_api_file *log_api_files(struct arena *arena, const char *id, struct span list,
                                   size_t *count, struct fault *fault)
{
    struct log_api_file *files = arena_alloc(arena, sizeof(*files));
    json_t *root = json_loadb(list.n > 0 ? list.p : "", list.n, 0, NULL);
    const json_t *data = json_object_get(root, "data"), *entry;
    size_t i;
    *count = 0;
    if (!json_is_array(data)) {
        (void)fault_set(fault, FAULT_SYNTAX, id, 0, "the answer is no list of log files: '%.*s'",
                        FAULT_QUOTE(list));
        json_decref(root);
        return NULL;
    }
    json_array_foreach (data, i, entry) {
        const char *name = json_string_value(json_object_get(entry, "name"));
        if (!is_file_name(name) || *count >= MAX_FILES)
            continue;
        struct log_api_file file = {.name = arena_dup(arena, text_of(name)),
                                    .changed = integer_of(entry, "modificationDate", 0),
                                    .size = integer_of(entry, "size", -1)};
        if (file.changed >= least_ms)
            file.changed /= 1000;
        files = arena_push(arena, files, *count, sizeof(*files));
        files[(*count)++] = file;
    }
    json_decref(root);
    if (*count > 1)
        qsort(files, *count, sizeof(*files), by_age);
    return files;
}

/* Does FILE still hold lines of the last two hours? One whose time is not told may. */
static bool is_recent(const struct log_api_file *file, int64_t now)
{
    return file->changed == 0 || file->changed >= now - 2 * HOUR_S;
}

/* A copy of ANSWER; of the end of a file from the first whole line on. */
static struct span whole_lines(struct log_text *text, struct span answer, struct span head)
{
    if (head.n > 0) {
        const char *end = memchr(answer.p, '\n', answer.n);
        answer = text_skip(answer, end == NULL ? answer.n : (size_t)(end - answer.p) + 1);
        log_dropped(text, head);
    }
    return (struct span){arena_dup(text->arena, answer), answer.n};
}

bool log_api(struct fetch *fetch, const struct fetch_row *row, const struct log_api *api,
             struct span *bytes, struct fault *fault)
{
    const char *id = row->kind->id, *name = fetch_log_name(fetch, row);
    struct arena *arena = fetch->arena;
    struct log_text text = log_begin(arena, row->max_bytes);
    const int64_t now = (int64_t)time(NULL);
    struct span answer, head = {NULL, 0};
    size_t count, asked = 0;
    bool more = true;
    if (!api->get(api->context, row, log_api_list_path(arena, name, now), false, &answer, &head,
                  fault))
        return false;
    const struct log_api_file *files = log_api_files(arena, id, answer, &count, fault);
    if (files == NULL)
        return false;
    for (size_t i = 0; i < count && more && asked < LOG_API_FILES; i++) {
        if (files[i].size == 0)
            continue;
        if (asked > 0 && !is_recent(&files[i], now))
            break;
        struct draft path = {.arena = arena};
        draft_string(&path, prefix);
        draft_percent(&path, text_of(name));
        draft_string(&path, "/");
        draft_percent(&path, text_of(files[i].name));
        asked++;
        if (!api->get(api->context, row, path.bytes, true, &answer, &head, fault)) {
            if (text.count == 0)
                return false;
            fetch_note(fetch, "HTTPS: %s without %s: %s", id, files[i].name, fault->text);
            break;
        }
        more = log_add(&text, whole_lines(&text, answer, head)) && text.bytes < LOG_ENOUGH;
    }
    const char *note = log_cut_note(&text, name);
    if (note != NULL)
        fetch_note(fetch, "HTTPS: %s", note);
    if (text.bytes == 0)
        return fault_set(fault, FAULT_NOT_CAPTURED, id, 0,
                         "the API lists no file of %s with lines: is the subscription pushed away?",
                         name);
    *bytes = log_join(&text);
    return true;
}
