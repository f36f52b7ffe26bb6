/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/proof.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "plugin/capture.h"
#include "plugin/file.h"
#include "plugin/hash.h"
#include "plugin/journal.h"
#include "plugin/output.h"
#include "plugin/render/render.h"
#include "plugin/sums.h"

enum { MAX_RULES = 16 * 1024 * 1024 };

const char proof_rules[] = "rules.json", proof_baseline[] = "baseline",
           proof_timeline[] = "timeline.jsonl", proof_report[] = "report.json";

static const char watch[] = "watch"; /* the document of what it saw: timeline.h */

bool proof_put_rules(struct arena *arena, const char *dir, const struct rules *rules,
                     struct fault *fault)
{
    return output_put(arena, arena_printf(arena, "%s/%s", dir, proof_rules),
                      rules_print(arena, rules), fault);
}

bool proof_get_rules(struct arena *arena, const char *dir, struct rules *rules, struct fault *fault)
{
    struct span bytes;
    const char *path = arena_printf(arena, "%s/%s", dir, proof_rules);
    return file_read(arena, path, MAX_RULES, &bytes, fault) &&
           rules_read(arena, path, bytes, rules, fault);
}

static bool is_there(struct arena *arena, const char *dir, const char *name)
{
    struct stat info;
    return stat(arena_printf(arena, "%s/%s", dir, name), &info) == 0;
}

/* What everything rests on; a file that is not there is no seal. */
static void add_seals(struct arena *arena, const char *dir, struct report *report)
{
    static const char *const names[] = {"capture.json", proof_rules, "baseline/SHA256SUMS",
                                        "baseline/capture.json", proof_timeline};
    report->seals = arena_array(arena, CHECK_COUNT(names), sizeof(*report->seals));
    for (size_t i = 0; i < CHECK_COUNT(names); i++) {
        const char *sha256 =
            hash_file(arena, arena_printf(arena, "%s/%s", dir, names[i]), NULL, NULL);
        if (sha256 != NULL)
            report->seals[report->seal_count++] = (struct report_seal){names[i], sha256};
    }
}

static int by_document(const void *a, const void *b)
{
    const struct report_document *x = a, *y = b;
    int order = strcasecmp(x->node, y->node);
    return order != 0 ? order : strcmp(x->id, y->id);
}

/* ---- the time line ---- */

enum { NEAR_S = 30 * 60 };

/* Does LINE tell the same better: the moment itself, nearby? */
static bool is_told(const struct timeline *line, const struct journal_event *seen)
{
    for (size_t i = 0; i < line->event_count; i++)
        if (!line->events[i].observed && strcmp(line->events[i].what, seen->event) == 0 &&
            llabs((long long)(line->events[i].at - seen->at)) <= NEAR_S)
            return true;
    return false;
}

static void drop(struct timeline *line, size_t i)
{
    line->event_count--;
    memmove(&line->events[i], &line->events[i + 1],
            (line->event_count - i) * sizeof(*line->events));
}

/* "It was so when asked" says nothing more once somebody has seen it become so. */
static void drop_later(struct timeline *line, const struct journal_event *seen)
{
    for (size_t i = line->event_count; i-- > 0;)
        if (line->events[i].observed && strcmp(line->events[i].what, seen->event) == 0 &&
            line->events[i].at >= seen->at && strcmp(line->events[i].document, watch) != 0)
            drop(line, i);
}

static int by_moment(const void *a, const void *b)
{
    const struct timeline_event *x = a, *y = b;
    return x->at != y->at ? (x->at > y->at) - (x->at < y->at) : strcmp(x->what, y->what);
}

/* What `watch` saw of the change, beside what the documents tell. */
static bool add_journal(struct arena *arena, const char *dir, struct report *report,
                        struct fault *fault)
{
    struct journal_event *seen;
    size_t count;
    const char *path = arena_printf(arena, "%s/%s", dir, proof_timeline);
    if (!journal_read(arena, path, &seen, &count, fault))
        return false;
    for (size_t n = 0; n < report->node_count; n++) {
        struct timeline *line = &report->nodes[n].timeline;
        const size_t before = line->event_count;
        const struct timeline_event *told = line->events;
        line->events = arena_array(arena, before + count, sizeof(*line->events));
        if (before > 0)
            memcpy(line->events, told, before * sizeof(*told));
        for (size_t i = 0; i < count; i++) {
            if (strcasecmp(seen[i].node, report->nodes[n].name) != 0 || is_told(line, &seen[i]))
                continue;
            drop_later(line, &seen[i]);
            line->events[line->event_count++] = (struct timeline_event){
                .at = seen[i].at, .what = seen[i].event, .document = watch, .observed = true};
        }
        if (line->event_count > 1)
            qsort(line->events, line->event_count, sizeof(*line->events), by_moment);
    }
    return true;
}

/* ---- the evidence ---- */

/* The evidence index; hashes are of the files as they lie there. */
static void add_documents(struct arena *arena, const char *dir, const struct fleet *fleet,
                          struct report *report)
{
    size_t count = 0;
    for (size_t n = 0; n < fleet->count; n++)
        count += fleet->nodes[n].document_count;
    report->documents = arena_array(arena, count, sizeof(*report->documents));
    for (size_t n = 0; n < fleet->count; n++)
        for (size_t d = 0; d < fleet->nodes[n].document_count; d++) {
            const struct document *document = &fleet->nodes[n].documents[d];
            const char *node = fleet->nodes[n].name;
            uint64_t size = 0;
            const char *path = arena_printf(arena, "%s/%s/%s", dir, node, document->id);
            const char *sha256 = hash_file(arena, path, &size, NULL);
            report->documents[report->document_count++] = (struct report_document){
                .node = node,
                .id = result_clean(arena, text_of(document->id), 300),
                .has_taken_at = document->has_taken_at,
                .taken_at = document->taken_at,
                .has_duration = document->has_duration,
                .duration_ms = document->duration_ms,
                .vantage = document->vantage == NULL
                               ? NULL
                               : result_clean(arena, text_of(document->vantage), 200),
                .sha256 = sha256,
                .bytes = (size_t)size,
                .fault = document->fault == NULL
                             ? NULL
                             : result_clean(arena, text_of(document->fault->text), 300),
                .fault_kind = document->fault == NULL ? FAULT_NONE : document->fault->kind,
            };
        }
    if (count > 1)
        qsort(report->documents, count, sizeof(*report->documents), by_document);
}

/* A pass of some checks must not look like a pass of all. Checks of later versions do not count. */
static const char *only_of(struct arena *arena, const struct judging *judging)
{
    const char *names = "";
    if (judging->by_role)
        return NULL;
    for (size_t i = 0; i < judging->check_count; i++)
        names = arena_printf(arena, "%s%s%s", names, i > 0 ? ", " : "", judging->checks[i]->name);
    return names;
}

static void begin(struct arena *arena, const struct rules *rules, struct report *report)
{
    *report = (struct report){
        .arena = arena,
        .tool_version = POSTCHECK_VERSION,
        .phase = rules->phase,
        .run_id = rules->run_id,
        .change = rules->change,
        .run_operator = rules->run_operator,
        .only = only_of(arena, &rules->judging),
        .plan = rules->plan,
        .has_times = rules->has_times,
        .started_at = rules->started_at,
        .ended_at = rules->ended_at,
        .interrupted = rules->interrupted,
        .previous = rules->previous,
        .previous_sha256 = rules->previous_sha256,
        .has_judged_at = rules->has_judged_at,
        .judged_at = rules->judged_at,
        .waivers = rules->waivers,
        .waiver_count = rules->waiver_count,
        .state = STATE_NOT_APPLICABLE,
    };
    for (size_t i = 0; i < report->waiver_count; i++)
        report->waivers[i].expired =
            rules->has_judged_at && report->waivers[i].expires < rules->judged_at;
}

void proof_evaluate(struct arena *arena, const struct proof *proof, struct report *report)
{
    const struct rules *rules = &proof->rules;
    begin(arena, rules, report);
    report->alone = !proof->compares && strcmp(rules->phase, "baseline") != 0;
    for (size_t n = 0; n < proof->now.fleet.count; n++) {
        const struct node *node = &proof->now.fleet.nodes[n];
        struct judging judging = rules->judging;
        if (node->by_name_only)
            continue;
        for (size_t i = 0; i < rules->expect_count && !judging.has_expect; i++)
            if (strcasecmp(rules->expects[i].node, node->name) == 0) {
                judging.has_expect = true;
                judging.expect = rules->expects[i].expect;
            }
        judge_node(arena, &judging, &proof->now.fleet,
                   proof->compares ? &proof->before.fleet : NULL, node, report);
    }
    judge_end(report);
}

bool proof_load(struct arena *arena, const char *dir, struct proof *proof, struct fault *fault)
{
    *proof = (struct proof){.compares = is_there(arena, dir, proof_baseline)};
    return proof_get_rules(arena, dir, &proof->rules, fault) &&
           capture_load_kept(arena, dir, &proof->now, fault) &&
           (!proof->compares ||
            capture_load_kept(arena, arena_printf(arena, "%s/%s", dir, proof_baseline),
                              &proof->before, fault));
}

bool proof_judge(struct arena *arena, const char *dir, struct report *report, struct fault *fault)
{
    struct proof proof;
    if (!proof_load(arena, dir, &proof, fault))
        return false;
    proof_evaluate(arena, &proof, report);
    if (!add_journal(arena, dir, report, fault))
        return false;
    add_seals(arena, dir, report);
    add_documents(arena, dir, &proof.now.fleet, report);
    return true;
}

struct span proof_render(struct arena *arena, const struct report *report,
                         void (*print)(FILE *out, const struct report *report))
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (memory == NULL)
        (void)arena_array(arena, SIZE_MAX, 2); /* there is no memory: ends in its handler */
    print(memory, report);
    if (fclose(memory) != 0)
        (void)arena_array(arena, SIZE_MAX, 2);
    struct span kept = {arena_dup(arena, (struct span){text, size}), size};
    free(text);
    return kept;
}

bool proof_seal(struct arena *arena, const char *dir, const struct report *report,
                struct fault *fault)
{
    for (size_t i = 0; i < render_count; i++) {
        const struct renderer *renderer = &render_rows[i];
        if (renderer->file != NULL &&
            !output_put(arena, arena_printf(arena, "%s/%s", dir, renderer->file),
                        proof_render(arena, report, renderer->print), fault))
            return false;
    }
    return sums_write(arena, dir, fault);
}
