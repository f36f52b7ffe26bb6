/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "snmp/image.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "checks/time.h"

/* A DisplayString of the MIB holds 255 bytes; the sign of more to come takes three. */
enum { MAX_TEXT = 252 };

struct building {
    struct arena *arena;
    struct names *names;
    struct image *image;
    const json_t *root;
    const char *path;
    struct fault *fault;
};

static const json_t *at(const json_t *object, const char *name)
{
    return json_object_get(object, name);
}

static const char *text_at(const struct building *b, const json_t *object, const char *name)
{
    return result_clean(b->arena, text_of(json_string_value(at(object, name))), MAX_TEXT);
}

static int64_t time_at(const json_t *object, const char *name)
{
    struct stamp stamp;
    int64_t seconds;
    const char *text = json_string_value(at(object, name));
    if (text == NULL || !time_parse_iso(text_of(text), &stamp) || !time_utc(stamp, &seconds))
        return TABLE_NO_TIME;
    return seconds;
}

/* Those of table_state, from 1 on, by the words of the report. */
static const enum state states[] = {STATE_COUNT,         STATE_OK,      STATE_WARNING,
                                    STATE_CRITICAL,      STATE_UNKNOWN, STATE_PENDING,
                                    STATE_NOT_APPLICABLE};

static uint32_t state_at(const json_t *object)
{
    const char *word = json_string_value(at(object, "state"));
    for (uint32_t state = TABLE_OK; word != NULL && state <= TABLE_STATES; state++)
        if (strcmp(word, result_state_word(states[state])) == 0)
            return state;
    return 0;
}

static uint32_t worse(uint32_t a, uint32_t b)
{
    return result_worse(states[a], states[b]) == states[a] ? a : b;
}

static void *rows_of(const struct building *b, enum table_id id, size_t count, size_t size)
{
    struct table_rows *rows = &b->image->tables[id];
    rows->rows = arena_array(b->arena, count, size);
    rows->count = count;
    return rows->rows;
}

static const json_t *list(const struct building *b, const char *name)
{
    return at(b->root, name);
}

/* Lists there, each entry of NAMED with a name and a state: what is built below needs no doubt. */
static bool is_sound(const struct building *b, const char *name, const char *named)
{
    const json_t *entries = list(b, name);
    if (!json_is_array(entries))
        return fault_set(b->fault, FAULT_SYNTAX, b->path, 0, "has no list '%s'", name);
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *entry = json_array_get(entries, i);
        const char *text = named == NULL ? "-" : json_string_value(at(entry, named));
        if (text == NULL || *text == '\0' || state_at(entry) == 0)
            return fault_set(b->fault, FAULT_SYNTAX, b->path, 0,
                             "entry %zu of '%s' has no name or no state that is known", i, name);
    }
    return true;
}

/* The newest answer's; a run without any is as old as its end. */
static int64_t run_time(const struct building *b)
{
    const json_t *results = list(b, "results");
    int64_t newest = TABLE_NO_TIME;
    for (size_t i = 0; i < json_array_size(results); i++) {
        const int64_t taken = time_at(json_array_get(results, i), "taken_at");
        newest = taken > newest ? taken : newest;
    }
    return newest != TABLE_NO_TIME ? newest : time_at(at(b->root, "run"), "ended_at");
}

/* ---- appliances and checks ---- */

static void add_appliances(const struct building *b)
{
    const json_t *nodes = list(b, "nodes");
    struct table_appliance *rows =
        rows_of(b, TABLE_APPLIANCE, json_array_size(nodes), sizeof(*rows));
    for (size_t i = 0; i < json_array_size(nodes); i++) {
        const json_t *node = json_array_get(nodes, i), *version = at(node, "version");
        struct table_appliance *row = &rows[i];
        const char *role = text_at(b, node, "role");
        uint32_t previous;
        row->name = text_at(b, node, "name");
        row->index.part[0] = names_number(b->names, NAMES_APPLIANCE, row->name);
        row->role = strcmp(role, "esa") == 0 ? 1 : strcmp(role, "sma") == 0 ? 2 : 3;
        row->model = text_at(b, node, "model");
        row->serial = text_at(b, node, "serial");
        row->cluster = text_at(b, node, "cluster");
        row->manager = text_at(b, node, "sma");
        row->before = text_at(b, version, "before");
        row->running = text_at(b, version, "after");
        row->target = text_at(b, version, "expected");
        row->state = state_at(node);
        row->run = TABLE_NO_TIME;
        names_state(b->names, arena_printf(b->arena, "appliance\t%s", row->name), row->state,
                    b->image->run, &previous, &row->since);
        b->image->summary.appliances_by[row->state - 1]++;
    }
    table_sort(TABLE_APPLIANCE, &b->image->tables[TABLE_APPLIANCE]);
}

static struct table_appliance *appliance_of(const struct building *b, uint32_t index)
{
    const struct table_rows *table = &b->image->tables[TABLE_APPLIANCE];
    struct table_appliance *rows = table->rows;
    size_t low = 0, high = table->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (rows[middle].index.part[0] < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low < table->count && rows[low].index.part[0] == index ? &rows[low] : NULL;
}

/* "queue=12 used=34%" of the metrics, cut at a whole one. */
static const char *value_of(const struct building *b, const json_t *metrics)
{
    const char *text = "";
    for (size_t i = 0; i < json_array_size(metrics); i++) {
        const json_t *metric = json_array_get(metrics, i);
        const char *instance = text_at(b, metric, "instance");
        const bool alone = *instance == '\0';
        const double value = json_number_value(at(metric, "value"));
        const char *more =
            arena_printf(b->arena, "%s%s%s%s%s%s=%.*f%s", text, i > 0 ? " " : "",
                         text_at(b, metric, "name"), alone ? "" : "[", instance, alone ? "" : "]",
                         value == floor(value) ? 0 : 3, value, text_at(b, metric, "unit"));
        if (strlen(more) > MAX_TEXT)
            break;
        text = more;
    }
    return text;
}

static void add_check(const struct building *b, const json_t *result, struct table_check *row)
{
    const char *node = text_at(b, result, "node");
    const json_t *duration = at(result, "duration_ms");
    row->name = text_at(b, result, "check");
    row->index.part[0] = names_number(b->names, NAMES_APPLIANCE, node);
    row->index.part[1] = names_number(b->names, NAMES_CHECK, row->name);
    row->state = state_at(result);
    row->run = time_at(result, "taken_at");
    row->duration = json_integer_value(duration) >= 0 && json_is_integer(duration) &&
                            json_integer_value(duration) < TABLE_NO_NUMBER
                        ? (uint32_t)json_integer_value(duration)
                        : TABLE_NO_NUMBER;
    row->value = value_of(b, at(result, "metrics"));
    row->message = text_at(b, result, "summary");
    names_state(b->names, arena_printf(b->arena, "check\t%s\t%s", node, row->name), row->state,
                b->image->run, &row->previous, &row->since);
    if (row->previous == 0)
        row->previous = TABLE_UNKNOWN;
    struct table_appliance *appliance = appliance_of(b, row->index.part[0]);
    if (appliance != NULL) {
        appliance->checks_by[row->state - 1]++;
        appliance->run = row->run > appliance->run ? row->run : appliance->run;
    }
}

static void add_checks(const struct building *b)
{
    struct table_summary *summary = &b->image->summary;
    const json_t *results = list(b, "results");
    struct table_check *rows = rows_of(b, TABLE_CHECK, json_array_size(results), sizeof(*rows));
    summary->worst = TABLE_NOT_APPLICABLE;
    for (size_t i = 0; i < json_array_size(results); i++) {
        add_check(b, json_array_get(results, i), &rows[i]);
        summary->worst = worse(summary->worst, rows[i].state);
        summary->checks_by[rows[i].state - 1]++;
    }
    if (json_array_size(results) == 0)
        summary->worst = TABLE_UNKNOWN; /* silence proves nothing */
    table_sort(TABLE_CHECK, &b->image->tables[TABLE_CHECK]);
}

/* ---- alerts ---- */

/* How many findings before the one at LAST have its subject. */
static unsigned same_before(const json_t *findings, size_t last)
{
    const json_t *subject = at(json_array_get(findings, last), "subject");
    unsigned count = 0;
    for (size_t i = 0; i < last; i++)
        count += (unsigned)json_equal(subject, at(json_array_get(findings, i), "subject"));
    return count;
}

static bool is_alert(const json_t *finding)
{
    const uint32_t state = state_at(finding);
    return !json_is_true(at(finding, "follows")) &&
           (state == TABLE_WARNING || state == TABLE_CRITICAL || state == TABLE_UNKNOWN);
}

static void add_alert(const struct building *b, const json_t *result, size_t number,
                      struct table_alert *row)
{
    const json_t *findings = at(result, "findings");
    const json_t *finding = json_array_get(findings, number);
    const bool waived = json_is_object(at(finding, "waiver"));
    row->appliance = text_at(b, result, "node");
    row->check = text_at(b, result, "check");
    row->subject = text_at(b, finding, "subject");
    row->message = text_at(b, finding, "text");
    row->appliance_index = names_number(b->names, NAMES_APPLIANCE, row->appliance);
    row->check_index = names_number(b->names, NAMES_CHECK, row->check);
    row->acknowledged = waived ? 1 : 2;
    row->severity = waived ? TABLE_WARNING : state_at(finding);
    row->index.part[0] =
        names_alert(b->names,
                    arena_printf(b->arena, "%s\t%s\t%u\t%s", row->appliance, row->check,
                                 same_before(findings, number), row->subject),
                    b->image->run, &row->raised);
}

static void add_alerts(const struct building *b)
{
    const json_t *results = list(b, "results");
    struct table_alert *rows = NULL;
    size_t count = 0;
    for (size_t r = 0; r < json_array_size(results); r++) {
        const json_t *result = json_array_get(results, r), *findings = at(result, "findings");
        for (size_t i = 0; i < json_array_size(findings); i++) {
            if (!is_alert(json_array_get(findings, i)))
                continue;
            rows = arena_push(b->arena, rows, count, sizeof(*rows));
            add_alert(b, result, i, &rows[count++]);
        }
    }
    b->image->tables[TABLE_ALERT] = (struct table_rows){rows, count};
    table_sort(TABLE_ALERT, &b->image->tables[TABLE_ALERT]);
}

/* ---- clusters ---- */

/* A cluster whose name nobody told is known by its first member. */
static const char *key_of(const struct building *b, const json_t *cluster)
{
    const char *name = text_at(b, cluster, "name");
    const char *first = json_string_value(json_array_get(at(cluster, "members"), 0));
    return *name != '\0' ? name : arena_printf(b->arena, "\t%s", first == NULL ? "" : first);
}

static bool has_member(const json_t *cluster, const char *node)
{
    const json_t *members = at(cluster, "members");
    for (size_t i = 0; node != NULL && i < json_array_size(members); i++) {
        const char *member = json_string_value(json_array_get(members, i));
        if (member != NULL && strcmp(member, node) == 0)
            return true;
    }
    return false;
}

/* "… differs at Group Main_Group: …": where a setting stands. */
static uint32_t level_of(const char *text)
{
    static const char *const words[] = {"cluster", "group", "machine"};
    const struct span span = text_of(text);
    const ptrdiff_t where = text_find(span, " differs at ");
    for (uint32_t i = 0; where >= 0 && i < 3; i++)
        if (text_starts_nocase(text_skip(span, (size_t)where + strlen(" differs at ")), words[i]))
            return i + 1;
    return 4;
}

/* A setting that was compared and is not the same: what clustercheck says else is no inconsistency.
 */
static bool is_inconsistency(const json_t *finding)
{
    return state_at(finding) == TABLE_CRITICAL && json_is_string(at(finding, "wanted"));
}

static void add_inconsistency(const struct building *b, const json_t *result, size_t number,
                              struct table_cluster *cluster, const char *key)
{
    const json_t *findings = at(result, "findings");
    const json_t *finding = json_array_get(findings, number);
    struct table_rows *table = &b->image->tables[TABLE_INCONSISTENCY];
    struct table_inconsistency *rows = table->rows, row = {.index = cluster->index};
    uint32_t none;
    row.level = level_of(json_string_value(at(finding, "text")));
    row.parameter = text_at(b, finding, "subject");
    row.expected = text_at(b, finding, "wanted");
    row.actual = text_at(b, finding, "found");
    row.appliance = text_at(b, result, "node");
    key = arena_printf(b->arena, "%s\t%u\t%u\t%s", key, (unsigned)row.level,
                       same_before(findings, number), row.parameter);
    row.index.part[1] = names_number(b->names, NAMES_SETTING, key);
    names_state(b->names, arena_printf(b->arena, "setting\t%s", key), TABLE_CRITICAL, b->image->run,
                &none, &row.since);
    for (size_t i = 0; i < table->count; i++)
        if (memcmp(&rows[i].index, &row.index, sizeof(row.index)) == 0)
            return; /* another member has said it */
    table->rows = rows = arena_push(b->arena, rows, table->count, sizeof(*rows));
    rows[table->count++] = row;
    cluster->inconsistencies++;
}

/* The settings that RESULT says to differ, in the cluster that its appliance is a member of. */
static void add_inconsistencies(const struct building *b, const json_t *result,
                                struct table_cluster *rows)
{
    const json_t *clusters = list(b, "clusters"), *findings = at(result, "findings");
    for (size_t f = 0; f < json_array_size(findings); f++) {
        if (!is_inconsistency(json_array_get(findings, f)))
            continue;
        for (size_t c = 0; c < json_array_size(clusters); c++) {
            const json_t *cluster = json_array_get(clusters, c);
            if (has_member(cluster, json_string_value(at(result, "node"))))
                add_inconsistency(b, result, f, &rows[c], key_of(b, cluster));
        }
    }
}

static void add_clusters(const struct building *b)
{
    const json_t *clusters = list(b, "clusters"), *results = list(b, "results");
    struct table_cluster *rows =
        rows_of(b, TABLE_CLUSTER, json_array_size(clusters), sizeof(*rows));
    for (size_t i = 0; i < json_array_size(clusters); i++) {
        const json_t *cluster = json_array_get(clusters, i);
        const char *key = key_of(b, cluster);
        struct table_cluster *row = &rows[i];
        uint32_t previous;
        row->name = text_at(b, cluster, "name");
        row->index.part[0] = names_number(b->names, NAMES_CLUSTER, key);
        row->state = state_at(cluster);
        row->members = (uint32_t)json_array_size(at(cluster, "members"));
        names_state(b->names, arena_printf(b->arena, "cluster\t%s", key), row->state, b->image->run,
                    &previous, &row->since);
    }
    for (size_t i = 0; i < json_array_size(results); i++) {
        const json_t *result = json_array_get(results, i);
        if (strcmp(json_string_value(at(result, "check")), "clustercheck") == 0)
            add_inconsistencies(b, result, rows);
    }
    table_sort(TABLE_CLUSTER, &b->image->tables[TABLE_CLUSTER]);
    table_sort(TABLE_INCONSISTENCY, &b->image->tables[TABLE_INCONSISTENCY]);
}

/* ---- the summary ---- */

static uint32_t verdict_at(const json_t *root)
{
    static const char *const words[] = {"pass", "pass_with_warnings", "fail", "incomplete"};
    const char *verdict = json_string_value(at(root, "verdict"));
    for (uint32_t i = 0; verdict != NULL && i < 4; i++)
        if (strcmp(verdict, words[i]) == 0)
            return i + 2;
    return 5;
}

static void sum_up(const struct building *b)
{
    struct table_summary *summary = &b->image->summary;
    const struct table_rows *tables = b->image->tables;
    summary->verdict = verdict_at(b->root);
    summary->phase = text_at(b, at(b->root, "run"), "phase");
    summary->run = b->image->run;
    summary->appliances = (uint32_t)tables[TABLE_APPLIANCE].count;
    summary->checks = (uint32_t)tables[TABLE_CHECK].count;
    summary->alerts = (uint32_t)tables[TABLE_ALERT].count;
    summary->clusters = (uint32_t)tables[TABLE_CLUSTER].count;
    summary->inconsistencies = (uint32_t)tables[TABLE_INCONSISTENCY].count;
}

static bool is_report(const struct building *b)
{
    const char *schema = json_string_value(at(b->root, "schema"));
    if (schema == NULL || strcmp(schema, "postcheck.report/1") != 0)
        return fault_set(b->fault, FAULT_UNSUPPORTED, b->path, 0,
                         "schema is '%.60s', this program reads postcheck.report/1",
                         schema == NULL ? "" : schema);
    if (!is_sound(b, "nodes", "name") || !is_sound(b, "clusters", NULL) ||
        !is_sound(b, "results", "check") || !is_sound(b, "results", "node"))
        return false;
    b->image->run = run_time(b);
    return b->image->run != TABLE_NO_TIME || fault_set(b->fault, FAULT_SYNTAX, b->path, 0,
                                                       "does not say when its answers were taken");
}

bool image_build(struct arena *arena, struct span bytes, const char *path, struct names *names,
                 struct image *image, struct fault *fault)
{
    json_error_t error;
    json_t *root = json_loadb(bytes.n == 0 ? "" : bytes.p, bytes.n, 0, &error);
    const struct building b = {arena, names, image, root, path, fault};
    bool good = root != NULL || fault_set(fault, FAULT_SYNTAX, path, (unsigned)error.line,
                                          "line %d: %s", error.line, error.text);
    *image = (struct image){.run = TABLE_NO_TIME};
    good = good && is_report(&b);
    if (good) {
        names_begin(names);
        add_appliances(&b);
        add_checks(&b);
        add_alerts(&b);
        add_clusters(&b);
        sum_up(&b);
        names_end(names);
    }
    json_decref(root);
    return good;
}
