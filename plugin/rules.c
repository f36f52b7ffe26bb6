/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/rules.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "checks/registry.h"
#include "plugin/render/ticket.h"

static const char schema[] = "postcheck.rules/1";

/* ---- to JSON ---- */

static void put(json_t *object, const char *name, json_t *value)
{
    (void)json_object_set_new(object, name, value);
}

static json_t *text_json(const char *text)
{
    return text == NULL ? json_null() : json_string(text);
}

static json_t *time_json(bool known, int64_t seconds)
{
    char text[32];
    return known ? json_string(time_print_utc(seconds, text, sizeof(text))) : json_null();
}

static json_t *release_json(const struct release *release)
{
    char text[48];
    return json_string(release_print(release, text, sizeof(text)));
}

static json_t *names_json(const struct check *const *checks, size_t count)
{
    json_t *names = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(names, json_string(checks[i]->name));
    return names;
}

static json_t *limits_json(const struct judging *judging)
{
    json_t *limits = json_array();
    for (size_t i = 0; i < judging->limit_count; i++) {
        const struct check_limit *limit = &judging->limits[i];
        char text[64];
        json_t *entry = json_pack("{s:s}", "metric", limit->spec->name);
        if (limit->has_warning)
            put(entry, "warning", json_string(limit_print(&limit->warning, text, sizeof(text))));
        if (limit->has_critical)
            put(entry, "critical", json_string(limit_print(&limit->critical, text, sizeof(text))));
        (void)json_array_append_new(limits, entry);
    }
    return limits;
}

static json_t *words_json(const struct judging *judging)
{
    json_t *words = json_array();
    for (size_t i = 0; i < judging->word_count; i++)
        (void)json_array_append_new(
            words, json_pack("{s:s, s:s%}", "check", judging->words[i].check->name, "word",
                             judging->words[i].word.p, judging->words[i].word.n));
    return words;
}

static json_t *expects_json(const struct rules *rules)
{
    json_t *expects = json_object();
    for (size_t i = 0; i < rules->expect_count; i++)
        put(expects, rules->expects[i].node, release_json(&rules->expects[i].expect));
    return expects;
}

static json_t *waivers_json(const struct rules *rules)
{
    json_t *waivers = json_array();
    for (size_t i = 0; i < rules->waiver_count; i++) {
        const struct report_waiver *w = &rules->waivers[i];
        (void)json_array_append_new(waivers, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}",
                                                       "name", w->name, "check", w->check, "node",
                                                       w->node, "text", w->text, "reason",
                                                       w->reason, "approved_by", w->approved_by,
                                                       "expires", time_json(true, w->expires)));
    }
    return waivers;
}

/* The wall clock as it was told: where no zone was, none is made up. */
static json_t *since_json(const struct judging *judging)
{
    if (!judging->has_since)
        return json_null();
    return json_pack("{s:I, s:o}", "civil", (json_int_t)judging->since.civil, "offset",
                     judging->since.has_offset ? json_integer(judging->since.offset) : json_null());
}

struct span rules_print(struct arena *arena, const struct rules *rules)
{
    const struct judging *judging = &rules->judging;
    json_t *root = json_object();
    const bool all = judging->check_count == 0;
    put(root, "schema", json_string(schema));
    put(root, "tool_version", json_string(POSTCHECK_VERSION));
    put(root, "phase", json_string(rules->phase));
    put(root, "run_id", text_json(rules->run_id));
    put(root, "change", text_json(rules->change));
    put(root, "operator", text_json(rules->run_operator));
    put(root, "plan", ticket_print(&rules->plan));
    put(root, "started_at", time_json(rules->has_times, rules->started_at));
    put(root, "ended_at", time_json(rules->has_times, rules->ended_at));
    put(root, "interrupted", text_json(rules->interrupted));
    put(root, "judged_at", time_json(rules->has_judged_at, rules->judged_at));
    put(root, "previous", text_json(rules->previous));
    put(root, "previous_sha256", text_json(rules->previous_sha256));
    put(root, "checks",
        names_json(all ? registry_checks : judging->checks,
                   all ? registry_count : judging->check_count));
    put(root, "by_role", json_boolean(all || judging->by_role));
    put(root, "optional", names_json(judging->optional, judging->optional_count));
    put(root, "limits", limits_json(judging));
    put(root, "words", words_json(judging));
    put(root, "since", since_json(judging));
    put(root, "expect", judging->has_expect ? release_json(&judging->expect) : json_null());
    put(root, "expect_of", expects_json(rules));
    put(root, "waivers", waivers_json(rules));
    char *text = json_dumps(root, JSON_INDENT(2));
    struct span kept = text_of(arena_printf(arena, "%s\n", text == NULL ? "" : text));
    free(text);
    json_decref(root);
    return kept;
}

/* ---- from JSON ---- */

struct reading {
    struct arena *arena;
    const char *path;
    const json_t *root;
    struct fault *fault;
};

static bool wrong(struct reading *r, const char *what, const char *name)
{
    const char *version = json_string_value(json_object_get(r->root, "tool_version"));
    return fault_set(r->fault, FAULT_UNSUPPORTED, r->path, 0,
                     "%s '%.60s' is not known here: judge with the version that wrote it (%.40s)",
                     what, name, version == NULL ? "not told" : version);
}

static const char *text_at(struct reading *r, const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? NULL : result_clean(r->arena, text_of(text), 1000);
}

static bool time_at(const json_t *object, const char *name, int64_t *seconds)
{
    struct stamp stamp;
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL && time_parse_iso(text_of(text), &stamp) && time_utc(stamp, seconds);
}

static bool read_names(struct reading *r, const char *key, const struct check ***checks,
                       size_t *count)
{
    const json_t *names = json_object_get(r->root, key);
    *checks = arena_array(r->arena, json_array_size(names), sizeof(**checks));
    *count = 0;
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        const struct check *check = registry_find(text_of(name));
        if (check == NULL)
            return wrong(r, "the check", name == NULL ? "" : name);
        (*checks)[(*count)++] = check;
    }
    return true;
}

static const struct metric_spec *metric_called(const char *name)
{
    for (size_t c = 0; c < registry_count && name != NULL; c++)
        for (size_t m = 0; m < registry_checks[c]->metric_count; m++)
            if (strcmp(registry_checks[c]->metrics[m].name, name) == 0)
                return &registry_checks[c]->metrics[m];
    return NULL;
}

static bool read_range(const json_t *entry, const char *key, bool *has, struct limit *limit)
{
    const char *text = json_string_value(json_object_get(entry, key));
    *has = text != NULL;
    return text == NULL || limit_parse(text, limit, NULL);
}

static bool read_limits(struct reading *r, struct judging *judging)
{
    const json_t *limits = json_object_get(r->root, "limits");
    struct check_limit *items = arena_array(r->arena, json_array_size(limits), sizeof(*items));
    for (size_t i = 0; i < json_array_size(limits); i++) {
        const json_t *entry = json_array_get(limits, i);
        const char *name = json_string_value(json_object_get(entry, "metric"));
        struct check_limit *limit = &items[judging->limit_count++];
        limit->spec = metric_called(name);
        if (limit->spec == NULL)
            return wrong(r, "the metric", name == NULL ? "" : name);
        if (!read_range(entry, "warning", &limit->has_warning, &limit->warning) ||
            !read_range(entry, "critical", &limit->has_critical, &limit->critical))
            return wrong(r, "a range of the metric", name);
    }
    judging->limits = items;
    return true;
}

static bool read_words(struct reading *r, struct judging *judging)
{
    const json_t *words = json_object_get(r->root, "words");
    struct check_word *items = arena_array(r->arena, json_array_size(words), sizeof(*items));
    for (size_t i = 0; i < json_array_size(words); i++) {
        const json_t *entry = json_array_get(words, i);
        const char *name = json_string_value(json_object_get(entry, "check"));
        const char *word = json_string_value(json_object_get(entry, "word"));
        const struct check *check = registry_find(text_of(name));
        if (check == NULL || word == NULL)
            return wrong(r, "the check", name == NULL ? "" : name);
        items[judging->word_count++] =
            (struct check_word){check, text_of(arena_dup(r->arena, text_of(word)))};
    }
    judging->words = items;
    return true;
}

static bool read_releases(struct reading *r, struct rules *rules)
{
    const char *expect = json_string_value(json_object_get(r->root, "expect")), *node;
    json_t *expects = json_object_get(r->root, "expect_of"), *value;
    rules->judging.has_expect = expect != NULL;
    if (expect != NULL && !release_parse(text_of(expect), &rules->judging.expect, r->fault))
        return false;
    rules->expects = arena_array(r->arena, json_object_size(expects), sizeof(*rules->expects));
    json_object_foreach (expects, node, value) {
        struct rules_plan *plan = &rules->expects[rules->expect_count++];
        plan->node = arena_dup(r->arena, text_of(node));
        if (!release_parse(text_of(json_string_value(value)), &plan->expect, r->fault))
            return false;
    }
    return true;
}

static bool read_waivers(struct reading *r, struct rules *rules)
{
    const json_t *waivers = json_object_get(r->root, "waivers");
    rules->waivers = arena_array(r->arena, json_array_size(waivers), sizeof(*rules->waivers));
    for (size_t i = 0; i < json_array_size(waivers); i++) {
        const json_t *entry = json_array_get(waivers, i);
        struct report_waiver *w = &rules->waivers[rules->waiver_count++];
        w->name = text_at(r, entry, "name");
        w->check = text_at(r, entry, "check");
        w->node = text_at(r, entry, "node");
        w->text = text_at(r, entry, "text");
        w->reason = text_at(r, entry, "reason");
        w->approved_by = text_at(r, entry, "approved_by");
        if (w->name == NULL || w->check == NULL || w->node == NULL || w->text == NULL ||
            w->reason == NULL || w->approved_by == NULL || !time_at(entry, "expires", &w->expires))
            return wrong(r, "a waiver without all of its texts,", w->name == NULL ? "" : w->name);
    }
    return true;
}

static void read_since(struct reading *r, struct judging *judging)
{
    const json_t *since = json_object_get(r->root, "since");
    const json_t *offset = json_object_get(since, "offset");
    judging->has_since = json_is_object(since);
    judging->since.civil = json_integer_value(json_object_get(since, "civil"));
    judging->since.has_offset = json_is_integer(offset);
    judging->since.offset = (int32_t)json_integer_value(offset);
}

static bool read_rules(struct reading *r, struct rules *rules)
{
    struct judging *judging = &rules->judging;
    const struct check **checks, **optional;
    const char *phase = json_string_value(json_object_get(r->root, "phase"));
    const char *form = json_string_value(json_object_get(r->root, "schema"));
    if (form == NULL || strcmp(form, schema) != 0 || phase == NULL)
        return fault_set(r->fault, FAULT_UNSUPPORTED, r->path, 0, "is not of schema %s", schema);
    rules->phase = text_at(r, r->root, "phase");
    rules->run_id = text_at(r, r->root, "run_id");
    rules->change = text_at(r, r->root, "change");
    rules->run_operator = text_at(r, r->root, "operator");
    rules->interrupted = text_at(r, r->root, "interrupted");
    rules->previous = text_at(r, r->root, "previous");
    rules->previous_sha256 = text_at(r, r->root, "previous_sha256");
    rules->has_times = time_at(r->root, "started_at", &rules->started_at) &&
                       time_at(r->root, "ended_at", &rules->ended_at);
    rules->has_judged_at = time_at(r->root, "judged_at", &rules->judged_at);
    ticket_read(r->arena, json_object_get(r->root, "plan"), &rules->plan);
    read_since(r, judging);
    judging->by_role = json_is_true(json_object_get(r->root, "by_role"));
    judging->of_change = true;
    if (!read_names(r, "checks", &checks, &judging->check_count) ||
        !read_names(r, "optional", &optional, &judging->optional_count))
        return false;
    judging->checks = checks;
    judging->optional = optional;
    return read_limits(r, judging) && read_words(r, judging) && read_releases(r, rules) &&
           read_waivers(r, rules);
}

bool rules_read(struct arena *arena, const char *path, struct span bytes, struct rules *rules,
                struct fault *fault)
{
    json_error_t error;
    json_t *root = json_loadb(bytes.p, bytes.n, 0, &error);
    struct reading r = {arena, path, root, fault};
    *rules = (struct rules){.phase = "verify"};
    bool done = root != NULL ? read_rules(&r, rules)
                             : fault_set(fault, FAULT_SYNTAX, path, (unsigned)error.line,
                                         "line %d: %s", error.line, error.text);
    json_decref(root);
    return done;
}
