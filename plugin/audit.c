/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/audit.h"

#include <jansson.h>
#include <string.h>

#include "plugin/file.h"
#include "plugin/hash.h"
#include "plugin/index.h"
#include "plugin/reload.h"
#include "plugin/render/render.h"
#include "plugin/sums.h"

enum { MAX_REPORT = 256 * 1024 * 1024 };

struct reading {
    struct arena *arena;
    const char *dir;
    struct audit *audit;
    struct fault *fault;
};

static void differs(struct reading *r, const char *file, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void differs(struct reading *r, const char *file, const char *format, ...)
{
    struct audit *audit = r->audit;
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(r->arena, format, args);
    va_end(args);
    audit->differences = arena_push(r->arena, audit->differences, audit->difference_count,
                                    sizeof(*audit->differences));
    audit->differences[audit->difference_count++] = (struct audit_difference){
        result_clean(r->arena, text_of(file), 300), result_clean(r->arena, text_of(text), 1000)};
}

/* ---- hashes ---- */

static void check_file(struct reading *r, const char *file, const char *wanted, const char *who)
{
    struct fault why;
    const char *path = arena_printf(r->arena, "%s/%s", r->dir, file);
    const char *found = hash_file(r->arena, path, NULL, &why);
    if (found == NULL)
        differs(r, file, "%s names it, but it %s", who, why.text);
    else if (strcmp(found, wanted) != 0)
        differs(r, file, "was changed: SHA-256 is %s, but %s in %s", found, wanted, who);
}

/* Both are sorted by path: what was sealed and what lies there. */
static bool check_sums(struct reading *r)
{
    struct sums_line *lines;
    const char **paths;
    size_t count, path_count;
    if (!sums_read(r->arena, r->dir, &lines, &count, r->fault) ||
        !sums_list(r->arena, r->dir, &paths, &path_count, r->fault))
        return false;
    for (size_t i = 0; i < count; i++)
        check_file(r, lines[i].path, lines[i].sha256, sums_name);
    for (size_t p = 0, i = 0; p < path_count; p++) {
        while (i < count && strcmp(lines[i].path, paths[p]) < 0)
            i++;
        if (i == count || strcmp(lines[i].path, paths[p]) != 0)
            differs(r, paths[p], "was added: %s does not name it", sums_name);
    }
    r->audit->files = count;
    return true;
}

/* Every document was hashed when it was kept, before the run was sealed. */
static bool check_index(struct reading *r, const char *below)
{
    struct capture capture = {.run_id = NULL};
    json_t *root = NULL, *entry;
    size_t i;
    const char *dir = *below == '\0' ? r->dir : arena_printf(r->arena, "%s/%s", r->dir, below);
    const char *index =
        arena_printf(r->arena, "%s%scapture.json", below, *below == '\0' ? "" : "/");
    if (!index_load(r->arena, dir, &capture, &root, r->fault))
        return false;
    json_array_foreach (json_object_get(root, "documents"), i, entry) {
        const char *node = json_string_value(json_object_get(entry, "node"));
        const char *id = json_string_value(json_object_get(entry, "id"));
        const char *sha256 = json_string_value(json_object_get(entry, "sha256"));
        if (node == NULL || id == NULL || sha256 == NULL)
            continue;
        check_file(r,
                   arena_printf(r->arena, "%s%s%s/%s", below, *below == '\0' ? "" : "/", node, id),
                   sha256, index);
        r->audit->documents++;
    }
    json_decref(root);
    return true;
}

/* ---- verdicts ---- */

static const char *word(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

/* The result of the same question in LIST; they stand in the same order unless some are missing. */
static json_t *same_result(const json_t *list, size_t near, const json_t *result)
{
    for (size_t n = 0; n < json_array_size(list); n++) {
        json_t *other = json_array_get(list, (near + n) % json_array_size(list));
        if (strcmp(word(other, "node"), word(result, "node")) == 0 &&
            strcmp(word(other, "check"), word(result, "check")) == 0)
            return other;
    }
    return NULL;
}

static void compare_results(struct reading *r, json_t *then, json_t *now)
{
    size_t i;
    json_t *result;
    json_array_foreach (then, i, result) {
        json_t *again = same_result(now, i, result);
        if (again == NULL)
            differs(r, proof_report, "%s of %s is not judged by these rules", word(result, "check"),
                    word(result, "node"));
        else if (!json_equal(result, again))
            differs(r, proof_report,
                    "%s of %s: the report says %s \"%s\", computed again it is %s \"%s\"%s",
                    word(result, "check"), word(result, "node"), word(result, "state"),
                    word(result, "summary"), word(again, "state"), word(again, "summary"),
                    strcmp(word(result, "summary"), word(again, "summary")) == 0
                        ? " (its findings differ)"
                        : "");
    }
    json_array_foreach (now, i, result) {
        if (same_result(then, i, result) == NULL)
            differs(r, proof_report, "%s of %s is missing in the report", word(result, "check"),
                    word(result, "node"));
    }
    r->audit->results = json_array_size(then);
}

/* What `run` says but for the program's version, and the seals, each by its name. */
static void compare_runs(struct reading *r, json_t *then, json_t *now)
{
    json_t *seals = json_object_get(then, "sha256"), *value;
    const char *name;
    json_object_foreach (seals, name, value) {
        const char *found = word(json_object_get(now, "sha256"), name);
        if (strcmp(found, json_string_value(value) == NULL ? "" : json_string_value(value)) != 0)
            differs(r, name, "is not what the report was judged from: %s says SHA-256 %s",
                    proof_report, json_string_value(value));
    }
    json_object_foreach (then, name, value) {
        if (strcmp(name, "tool_version") != 0 && strcmp(name, "sha256") != 0 &&
            !json_equal(value, json_object_get(now, name)))
            differs(r, proof_report, "run.%s is not what %s says", name, proof_rules);
    }
}

static void compare_reports(struct reading *r, json_t *then, json_t *now)
{
    const char *name;
    json_t *value;
    json_object_foreach (then, name, value) {
        if (strcmp(name, "run") == 0)
            compare_runs(r, value, json_object_get(now, name));
        else if (strcmp(name, "results") == 0)
            compare_results(r, value, json_object_get(now, name));
        else if (!json_equal(value, json_object_get(now, name)))
            differs(r, proof_report, "\"%s\" differs from what was computed again", name);
    }
    json_object_foreach (now, name, value) {
        if (json_object_get(then, name) == NULL)
            differs(r, proof_report, "\"%s\" is missing", name);
    }
    r->audit->verdict = result_clean(r->arena, text_of(word(then, "verdict")), 40);
    r->audit->recomputed = result_clean(r->arena, text_of(word(now, "verdict")), 40);
}

static json_t *load(struct reading *r, const char *path, struct span bytes)
{
    json_error_t error;
    json_t *root = json_loadb(bytes.p, bytes.n, 0, &error);
    if (root == NULL)
        (void)fault_set(r->fault, FAULT_SYNTAX, path, (unsigned)error.line, "line %d: %s",
                        error.line, error.text);
    return root;
}

static bool check_verdicts(struct reading *r)
{
    struct span bytes;
    struct report report;
    const char *path = arena_printf(r->arena, "%s/%s", r->dir, proof_report);
    if (!file_read(r->arena, path, MAX_REPORT, &bytes, r->fault) ||
        !proof_judge(r->arena, r->dir, &report, r->fault))
        return false;
    json_t *then = load(r, path, bytes);
    json_t *now = load(r, path, proof_render(r->arena, &report, render_json_print));
    const bool done = then != NULL && now != NULL;
    if (done)
        compare_reports(r, then, now);
    json_decref(then);
    json_decref(now);
    return done;
}

/* The forms for people say what report.json says; only the same program writes the same bytes. */
static void check_forms(struct reading *r)
{
    struct report report;
    if (!reload_report(r->arena, r->dir, &report, r->fault))
        return;
    r->audit->tool_version = report.tool_version;
    for (size_t i = 0; i < render_count; i++) {
        const struct renderer *form = &render_rows[i];
        struct span bytes, wanted;
        if (form->file == NULL || strcmp(report.tool_version, POSTCHECK_VERSION) != 0)
            continue;
        wanted = proof_render(r->arena, &report, form->print);
        const char *path = arena_printf(r->arena, "%s/%s", r->dir, form->file);
        if (file_read(r->arena, path, MAX_REPORT, &bytes, NULL) && !text_same(bytes, wanted))
            differs(r, form->file, "does not say what %s says", proof_report);
    }
}

bool audit_run(struct arena *arena, const char *dir, struct audit *audit, struct fault *fault)
{
    struct reading r = {arena, dir, audit, fault};
    struct fault none = {.kind = FAULT_NONE};
    *audit = (struct audit){.verdict = "", .recomputed = "", .tool_version = ""};
    *fault = none;
    if (!check_sums(&r) || !check_index(&r, ""))
        return false;
    if (hash_file(arena, arena_printf(arena, "%s/%s/capture.json", dir, proof_baseline), NULL,
                  NULL) != NULL &&
        !check_index(&r, proof_baseline))
        return false;
    if (!check_verdicts(&r))
        return false;
    check_forms(&r);
    return fault->kind == FAULT_NONE;
}
