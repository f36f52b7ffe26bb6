/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/audit.h"

#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

#include "checks/registry.h"
#include "plugin/file.h"
#include "plugin/hash.h"
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

/* Once is enough where several hashes are of one file. */
static bool is_named(const struct reading *r, const char *file)
{
    for (size_t i = 0; i < r->audit->difference_count; i++)
        if (strcmp(r->audit->differences[i].file, file) == 0)
            return true;
    return false;
}

/* ---- hashes ---- */

/* Of the run, "", or of its copy of the baseline, "baseline/". */
static const char *folder_of(const struct reading *r, const char *below)
{
    return *below == '\0' ? r->dir : arena_printf(r->arena, "%s/%s", r->dir, proof_baseline);
}

/* What was sealed, of the run itself or of its copy of the baseline. */
static bool check_sums(struct reading *r, const char *below)
{
    struct sums_difference *found;
    size_t count, files;
    if (!sums_check(r->arena, folder_of(r, below), &found, &count, &files, r->fault))
        return false;
    for (size_t i = 0; i < count; i++)
        differs(r, arena_printf(r->arena, "%s%s", below, found[i].file), "%s", found[i].what);
    r->audit->files += *below == '\0' ? files : 0;
    return true;
}

/* Every document was hashed when it was kept, before the run was sealed. */
static bool check_index(struct reading *r, const char *below)
{
    struct sums_line *lines;
    size_t count;
    if (!sums_of_index(r->arena, folder_of(r, below), &lines, &count, r->fault))
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *file = arena_printf(r->arena, "%s%s", below, lines[i].path);
        struct fault why;
        if (is_named(r, file))
            continue;
        const char *found =
            hash_file(r->arena, arena_printf(r->arena, "%s/%s", r->dir, file), NULL, &why);
        if (found == NULL)
            differs(r, file, "%scapture.json names it, but it %s", below, why.text);
        else if (strcmp(found, lines[i].sha256) != 0)
            differs(r, file,
                    "is not the answer that was kept: SHA-256 is %s, but %s in %scapture.json",
                    found, lines[i].sha256, below);
    }
    r->audit->documents += count;
    return true;
}

static bool is_there(struct reading *r, const char *name)
{
    struct stat info;
    return lstat(arena_printf(r->arena, "%s/%s", r->dir, name), &info) == 0;
}

static bool check_hashes(struct reading *r)
{
    const char *below = arena_printf(r->arena, "%s/", proof_baseline);
    return check_sums(r, "") && check_index(r, "") &&
           (!is_there(r, proof_baseline) ||
            ((!is_there(r, arena_printf(r->arena, "%s%s", below, sums_name)) ||
              check_sums(r, below)) &&
             check_index(r, below)));
}

/* ---- verdicts ---- */

static const char *word(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

/* The result of the same question in LIST: near the same place unless many are missing. */
static json_t *same_result(const json_t *list, size_t near, const json_t *result)
{
    const size_t count = json_array_size(list);
    for (size_t n = 0; n < count; n++) {
        const size_t off = (n + 1) / 2, at = near % count + (n % 2 == 0 ? off : count - off);
        json_t *other = json_array_get(list, at % count);
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

/* The seals, each by its name. */
static void compare_seals(struct reading *r, const json_t *then, json_t *now)
{
    const char *name;
    json_t *value;
    json_object_foreach (now, name, value) {
        const char *said = word(then, name);
        if (strcmp(said, json_string_value(value)) != 0 && !is_named(r, name))
            differs(r, name, "is not what the report was judged from: %s says SHA-256 %s",
                    proof_report, *said == '\0' ? "of no such file" : said);
    }
}

/* Names of THEN that NOW does not have at all. */
static void compare_names(struct reading *r, json_t *then, const json_t *now, const char *what)
{
    const char *name;
    json_t *value;
    json_object_foreach (then, name, value) {
        if (json_object_get(now, name) == NULL)
            differs(r, proof_report, "%s\"%s\" is not in what was computed again", what, name);
    }
}

/* What `run` says but for the program's version. */
static void compare_runs(struct reading *r, json_t *then, json_t *now)
{
    const char *name;
    json_t *value;
    json_object_foreach (now, name, value) {
        if (strcmp(name, "sha256") == 0)
            compare_seals(r, json_object_get(then, name), value);
        else if (strcmp(name, "tool_version") != 0 &&
                 !json_equal(value, json_object_get(then, name)))
            differs(r, proof_report, "run.%s is not what %s says", name, proof_rules);
    }
    compare_names(r, then, now, "run: ");
    compare_names(r, json_object_get(then, "sha256"), json_object_get(now, "sha256"), "sha256: ");
}

/* The evidence index: a document by its own name. */
static void compare_documents(struct reading *r, const json_t *then, const json_t *now)
{
    const size_t count = json_array_size(then);
    for (size_t i = 0; i < count && count == json_array_size(now); i++) {
        const json_t *said = json_array_get(then, i), *found = json_array_get(now, i);
        const char *file = arena_printf(r->arena, "%s/%s", word(found, "node"), word(found, "id"));
        if (!json_equal(said, found) && !is_named(r, file))
            differs(r, file, "is not what \"documents\" of %s says of it", proof_report);
    }
    if (count != json_array_size(now))
        differs(r, proof_report, "\"documents\" names %zu, %zu are there", count,
                json_array_size(now));
}

static void compare_reports(struct reading *r, json_t *then, json_t *now)
{
    const char *name;
    json_t *value;
    json_object_foreach (now, name, value) {
        json_t *said = json_object_get(then, name);
        if (said == NULL)
            differs(r, proof_report, "\"%s\" is missing", name);
        else if (strcmp(name, "run") == 0)
            compare_runs(r, said, value);
        else if (strcmp(name, "results") == 0)
            compare_results(r, said, value);
        else if (strcmp(name, "documents") == 0)
            compare_documents(r, said, value);
        else if (!json_equal(said, value))
            differs(r, proof_report, "\"%s\" differs from what was computed again", name);
    }
    compare_names(r, then, now, "");
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

/*
 * The forms for people say what was computed; only the same program writes the same bytes. When
 * report.json itself differs they are held against that: then one of the two is right.
 */
static void check_forms(struct reading *r, const struct report *computed)
{
    struct report said;
    struct fault why;
    if (!reload_report(r->arena, r->dir, registry_find, &said, &why))
        return;
    r->audit->tool_version = said.tool_version;
    for (size_t i = 0; i < render_count; i++) {
        const struct renderer *form = &render_rows[i];
        struct span bytes;
        if (form->file == NULL || strcmp(said.tool_version, POSTCHECK_VERSION) != 0)
            continue;
        const char *path = arena_printf(r->arena, "%s/%s", r->dir, form->file);
        if (file_read(r->arena, path, MAX_REPORT, &bytes, NULL) &&
            !text_same(bytes, proof_render(r->arena, computed, form->print)) &&
            !text_same(bytes, proof_render(r->arena, &said, form->print)))
            differs(r, form->file, "does not say what %s says", proof_report);
    }
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
    if (done) {
        compare_reports(r, then, now);
        check_forms(r, &report);
    }
    json_decref(then);
    json_decref(now);
    return done;
}

bool audit_run(struct arena *arena, const char *dir, struct audit *audit, struct fault *fault)
{
    struct reading r = {arena, dir, audit, fault};
    *audit = (struct audit){.verdict = "not told", .recomputed = "none", .tool_version = "unknown"};
    *fault = (struct fault){.kind = FAULT_NONE};
    if (check_hashes(&r) && check_verdicts(&r))
        return true;
    /* Why it cannot be judged is known already when what it is judged from was changed. */
    if (audit->difference_count == 0)
        return false;
    const size_t n = strlen(dir);
    const bool inside = strncmp(fault->origin, dir, n) == 0 && fault->origin[n] == '/';
    differs(&r, inside ? fault->origin + n + 1 : fault->origin,
            "so nothing can be computed again: %s", fault->text);
    *fault = (struct fault){.kind = FAULT_NONE};
    return true;
}
