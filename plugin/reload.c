/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/reload.h"

#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

#include "plugin/file.h"
#include "plugin/render/ticket.h"

enum { MAX_TEXT = 4000 };

/* Checks of the report that this program does not have: each is one check, as the others are. */
struct foreign {
    const struct check **checks;
    size_t count;
};

struct reading {
    struct arena *arena;
    const char *path;
    reload_find *find;
    struct fault *fault;
    struct foreign *foreign;
};

static const json_t *at(const json_t *object, const char *name)
{
    return json_object_get(object, name);
}

static const char *text_at(const struct reading *r, const json_t *object, const char *name)
{
    const char *text = json_string_value(at(object, name));
    return text == NULL ? NULL : result_clean(r->arena, text_of(text), MAX_TEXT);
}

static const char *word_at(const struct reading *r, const json_t *object, const char *name)
{
    const char *text = text_at(r, object, name);
    return text == NULL ? "" : text;
}

static bool time_at(const json_t *object, const char *name, int64_t *seconds)
{
    struct stamp stamp;
    const char *text = json_string_value(at(object, name));
    return text != NULL && time_parse_iso(text_of(text), &stamp) && time_utc(stamp, seconds);
}

static size_t count_at(const json_t *object, const char *name)
{
    const json_int_t value = json_integer_value(at(object, name));
    return value > 0 ? (size_t)value : 0;
}

static bool state_at(const struct reading *r, const json_t *object, enum state *state)
{
    const char *word = json_string_value(at(object, "state"));
    for (int s = 0; s < STATE_COUNT && word != NULL; s++)
        if (strcmp(word, result_state_word((enum state)s)) == 0) {
            *state = (enum state)s;
            return true;
        }
    return fault_set(r->fault, FAULT_SYNTAX, r->path, 0, "'%.40s' is no state",
                     word == NULL ? "" : word);
}

/* ---- results ---- */

static const struct metric_spec *spec_of(const struct reading *r, const struct check *check,
                                         const json_t *entry)
{
    const char *name = word_at(r, entry, "name");
    for (size_t i = 0; i < check->metric_count; i++)
        if (strcmp(check->metrics[i].name, name) == 0)
            return &check->metrics[i];
    struct metric_spec *spec = arena_alloc(r->arena, sizeof(*spec));
    *spec = (struct metric_spec){.name = name, .unit = word_at(r, entry, "unit"), .help = ""};
    return spec;
}

static void read_metrics(const struct reading *r, const json_t *list, struct result *result)
{
    result->metric_count = json_array_size(list);
    result->metrics = arena_array(r->arena, result->metric_count, sizeof(*result->metrics));
    for (size_t i = 0; i < result->metric_count; i++) {
        const json_t *entry = json_array_get(list, i);
        result->metrics[i] = (struct metric){
            .spec = spec_of(r, result->check, entry),
            .instance = text_at(r, entry, "instance"),
            .value = json_number_value(at(entry, "value")),
            .warning = text_at(r, entry, "warning"),
            .critical = text_at(r, entry, "critical"),
        };
    }
}

static enum compare_op op_of(const char *word)
{
    for (enum compare_op op = COMPARE_EQUAL; op < COMPARE_SET_KEPT; op++)
        if (strcmp(word, compare_op_word(op)) == 0)
            return op;
    return COMPARE_SET_KEPT;
}

static const struct compare_spec *compared(const struct reading *r, const struct check *check,
                                           const json_t *entry)
{
    const char *name = word_at(r, entry, "name");
    for (size_t i = 0; i < check->compare_count; i++)
        if (strcmp(check->compares[i].name, name) == 0)
            return &check->compares[i];
    struct compare_spec *spec = arena_alloc(r->arena, sizeof(*spec));
    *spec = (struct compare_spec){.name = name,
                                  .op = op_of(word_at(r, entry, "operator")),
                                  .help = name,
                                  .band = json_number_value(at(entry, "band"))};
    return spec;
}

static void read_comparisons(const struct reading *r, const json_t *list, struct result *result)
{
    result->comparison_count = json_array_size(list);
    result->comparisons =
        arena_array(r->arena, result->comparison_count, sizeof(*result->comparisons));
    for (size_t i = 0; i < result->comparison_count; i++) {
        const json_t *entry = json_array_get(list, i);
        result->comparisons[i] = (struct comparison){
            .spec = compared(r, result->check, entry),
            .instance = text_at(r, entry, "instance"),
            .before = text_at(r, entry, "before"),
            .after = text_at(r, entry, "after"),
            .holds = json_is_true(at(entry, "holds")),
        };
    }
}

static bool read_finding(const struct reading *r, const json_t *entry, struct finding *finding)
{
    const json_t *evidence = at(entry, "evidence");
    *finding = (struct finding){
        .subject = word_at(r, entry, "subject"),
        .text = word_at(r, entry, "text"),
        .wanted = text_at(r, entry, "wanted"),
        .found = text_at(r, entry, "found"),
        .hint = text_at(r, entry, "hint"),
        .explained_by = text_at(r, entry, "explained_by"),
        .waiver = text_at(r, at(entry, "waiver"), "name"),
        .follows = json_is_true(at(entry, "follows")),
        .evidence = {text_at(r, evidence, "document"), (unsigned)count_at(evidence, "line")},
    };
    return state_at(r, entry, &finding->state);
}

static const struct check *check_of(const struct reading *r, const char *name)
{
    const struct check *check = r->find(text_of(name));
    if (check != NULL)
        return check;
    for (size_t i = 0; i < r->foreign->count; i++)
        if (strcmp(r->foreign->checks[i]->name, name) == 0)
            return r->foreign->checks[i];
    struct check *other = arena_alloc(r->arena, sizeof(*other));
    *other = (struct check){.name = name, .title = "", .roles = ROLE_ANY};
    r->foreign->checks =
        arena_push(r->arena, r->foreign->checks, r->foreign->count, sizeof(*r->foreign->checks));
    r->foreign->checks[r->foreign->count++] = other;
    return other;
}

static bool read_result(const struct reading *r, const json_t *entry, struct report_result *answer)
{
    const json_t *findings = at(entry, "findings");
    struct result *result = arena_alloc(r->arena, sizeof(*result));
    result_init(result, r->arena, check_of(r, word_at(r, entry, "check")),
                word_at(r, entry, "node"));
    result->finding_count = json_array_size(findings);
    result->findings = arena_array(r->arena, result->finding_count, sizeof(*result->findings));
    for (size_t i = 0; i < result->finding_count; i++) {
        result->findings[i] = arena_alloc(r->arena, sizeof(struct finding));
        if (!read_finding(r, json_array_get(findings, i), result->findings[i]))
            return false;
    }
    read_metrics(r, at(entry, "metrics"), result);
    read_comparisons(r, at(entry, "comparisons"), result);
    *answer = (struct report_result){
        .result = result,
        .line = word_at(r, entry, "summary"),
        .has_duration = json_is_integer(at(entry, "duration_ms")),
        .duration_ms = count_at(entry, "duration_ms"),
        .optional = json_is_false(at(entry, "mandatory")),
    };
    answer->has_taken_at = time_at(entry, "taken_at", &answer->taken_at);
    return state_at(r, entry, &answer->state);
}

static bool read_results(const struct reading *r, const json_t *list, struct report *report)
{
    report->count = json_array_size(list);
    report->results = arena_array(r->arena, report->count, sizeof(*report->results));
    for (size_t i = 0; i < report->count; i++) {
        if (!read_result(r, json_array_get(list, i), &report->results[i]))
            return false;
        report->state = result_worse(report->state, report->results[i].state);
    }
    return true;
}

/* ---- appliances and clusters ---- */

static void read_timeline(const struct reading *r, const json_t *entry, struct timeline *timeline)
{
    const json_t *events = at(entry, "timeline"), *minutes = at(entry, "mail_per_minute");
    timeline->event_count = json_array_size(events);
    timeline->events = arena_array(r->arena, timeline->event_count, sizeof(*timeline->events));
    for (size_t i = 0; i < timeline->event_count; i++) {
        const json_t *event = json_array_get(events, i);
        timeline->events[i] =
            (struct timeline_event){.what = word_at(r, event, "what"),
                                    .document = text_at(r, event, "document"),
                                    .line = (unsigned)count_at(event, "line"),
                                    .observed = json_is_true(at(event, "observed"))};
        (void)time_at(event, "at", &timeline->events[i].at);
    }
    timeline->minute_count = json_array_size(minutes);
    timeline->minutes = arena_array(r->arena, timeline->minute_count, sizeof(*timeline->minutes));
    for (size_t i = 0; i < timeline->minute_count; i++) {
        const json_t *minute = json_array_get(minutes, i);
        timeline->minutes[i] =
            (struct timeline_minute){.received = (unsigned)count_at(minute, "received"),
                                     .delivered = (unsigned)count_at(minute, "delivered"),
                                     .bounced = (unsigned)count_at(minute, "bounced")};
        (void)time_at(minute, "minute", &timeline->minutes[i].at);
    }
}

static bool read_nodes(const struct reading *r, const json_t *list, struct report *report)
{
    report->node_count = json_array_size(list);
    report->nodes = arena_array(r->arena, report->node_count, sizeof(*report->nodes));
    for (size_t i = 0; i < report->node_count; i++) {
        const json_t *entry = json_array_get(list, i), *version = at(entry, "version");
        struct report_node *node = &report->nodes[i];
        *node = (struct report_node){
            .name = word_at(r, entry, "name"),
            .role = strcmp(word_at(r, entry, "role"), "sma") == 0 ? ROLE_SMA : ROLE_ESA,
            .model = text_at(r, entry, "model"),
            .serial = text_at(r, entry, "serial"),
            .cluster = text_at(r, entry, "cluster"),
            .sma = text_at(r, entry, "sma"),
            .before = text_at(r, version, "before"),
            .after = text_at(r, version, "after"),
            .expected = text_at(r, version, "expected"),
        };
        read_timeline(r, entry, &node->timeline);
        if (!state_at(r, entry, &node->state))
            return false;
    }
    return true;
}

static bool read_clusters(const struct reading *r, const json_t *list, struct report *report)
{
    report->cluster_count = json_array_size(list);
    report->clusters = arena_array(r->arena, report->cluster_count, sizeof(*report->clusters));
    for (size_t i = 0; i < report->cluster_count; i++) {
        const json_t *entry = json_array_get(list, i), *members = at(entry, "members");
        struct report_cluster *cluster = &report->clusters[i];
        cluster->name = text_at(r, entry, "name");
        cluster->member_count = json_array_size(members);
        cluster->members = arena_array(r->arena, cluster->member_count, sizeof(*cluster->members));
        for (size_t m = 0; m < cluster->member_count; m++) {
            const char *name = json_string_value(json_array_get(members, m));
            cluster->members[m] = result_clean(r->arena, text_of(name), MAX_TEXT);
        }
        if (!state_at(r, entry, &cluster->state))
            return false;
    }
    return true;
}

/* ---- the run ---- */

static void read_waivers(const struct reading *r, const json_t *list, struct report *report)
{
    report->waiver_count = json_array_size(list);
    report->waivers = arena_array(r->arena, report->waiver_count, sizeof(*report->waivers));
    for (size_t i = 0; i < report->waiver_count; i++) {
        const json_t *entry = json_array_get(list, i);
        struct report_waiver *waiver = &report->waivers[i];
        *waiver = (struct report_waiver){
            .name = word_at(r, entry, "name"),
            .check = word_at(r, entry, "check"),
            .node = word_at(r, entry, "node"),
            .text = word_at(r, entry, "text"),
            .reason = word_at(r, entry, "reason"),
            .approved_by = word_at(r, entry, "approved_by"),
            .expired = json_is_true(at(entry, "expired")),
            .used = count_at(entry, "used"),
        };
        (void)time_at(entry, "expires", &waiver->expires);
    }
}

static void read_documents(const struct reading *r, const json_t *list, struct report *report)
{
    report->document_count = json_array_size(list);
    report->documents = arena_array(r->arena, report->document_count, sizeof(*report->documents));
    for (size_t i = 0; i < report->document_count; i++) {
        const json_t *entry = json_array_get(list, i);
        struct report_document *document = &report->documents[i];
        *document = (struct report_document){
            .node = word_at(r, entry, "node"),
            .id = word_at(r, entry, "id"),
            .has_duration = json_is_integer(at(entry, "duration_ms")),
            .duration_ms = (unsigned)count_at(entry, "duration_ms"),
            .vantage = text_at(r, entry, "vantage"),
            .sha256 = text_at(r, entry, "sha256"),
            .bytes = count_at(entry, "bytes"),
            .fault = text_at(r, entry, "fault"),
        };
        document->has_taken_at = time_at(entry, "taken_at", &document->taken_at);
    }
}

static void read_run(const struct reading *r, json_t *run, struct report *report)
{
    json_t *seals = json_object_get(run, "sha256"), *value;
    const json_t *previous = at(run, "previous");
    const char *name;
    report->tool_version = word_at(r, run, "tool_version");
    report->phase = word_at(r, run, "phase");
    report->run_id = text_at(r, run, "id");
    report->change = text_at(r, run, "change");
    report->only = text_at(r, run, "only");
    report->alone = json_is_true(at(run, "no_baseline"));
    report->run_operator = text_at(r, run, "operator");
    report->interrupted = text_at(r, run, "interrupted");
    report->previous = text_at(r, previous, "run");
    report->previous_sha256 = text_at(r, previous, "sha256");
    report->has_times = time_at(run, "started_at", &report->started_at) &&
                        time_at(run, "ended_at", &report->ended_at);
    report->has_judged_at = time_at(run, "judged_at", &report->judged_at);
    ticket_read(r->arena, at(run, "plan"), &report->plan);
    report->seals = arena_array(r->arena, json_object_size(seals), sizeof(*report->seals));
    json_object_foreach (seals, name, value) {
        struct report_seal *seal = &report->seals[report->seal_count++];
        seal->name = result_clean(r->arena, text_of(name), MAX_TEXT);
        seal->sha256 = result_clean(r->arena, text_of(json_string_value(value)), MAX_TEXT);
    }
}

static bool read_report(const struct reading *r, const json_t *root, struct report *report)
{
    const char *schema = json_string_value(at(root, "schema"));
    if (schema == NULL || strcmp(schema, "postcheck.report/1") != 0)
        return fault_set(r->fault, FAULT_UNSUPPORTED, r->path, 0,
                         "schema is '%.60s', this program reads postcheck.report/1",
                         schema == NULL ? "" : schema);
    *report = (struct report){.arena = r->arena, .state = STATE_NOT_APPLICABLE};
    read_run(r, json_object_get(root, "run"), report);
    read_waivers(r, at(root, "waivers"), report);
    read_documents(r, at(root, "documents"), report);
    return read_nodes(r, at(root, "nodes"), report) &&
           read_clusters(r, at(root, "clusters"), report) &&
           read_results(r, at(root, "results"), report);
}

bool reload_bytes(struct arena *arena, const char *path, struct span bytes, reload_find *find,
                  struct report *report, struct fault *fault)
{
    json_error_t error;
    json_t *root = json_loadb(bytes.p, bytes.n, 0, &error);
    struct foreign foreign = {NULL, 0};
    const struct reading r = {arena, path, find, fault, &foreign};
    bool done = root != NULL ? read_report(&r, root, report)
                             : fault_set(fault, FAULT_SYNTAX, path, (unsigned)error.line,
                                         "line %d: %s", error.line, error.text);
    json_decref(root);
    return done;
}

const char *reload_path(struct arena *arena, const char *path)
{
    struct stat info;
    const bool folder = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    return folder ? arena_printf(arena, "%s/report.json", path) : path;
}

bool reload_report(struct arena *arena, const char *path, reload_find *find, struct report *report,
                   struct fault *fault)
{
    struct span bytes;
    path = reload_path(arena, path);
    return file_read(arena, path, RELOAD_MAX, &bytes, fault) &&
           reload_bytes(arena, path, bytes, find, report, fault);
}
