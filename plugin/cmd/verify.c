/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

#include "plugin/capture.h"
#include "plugin/cmd/runs.h"
#include "plugin/collect.h"
#include "plugin/file.h"
#include "plugin/hash.h"
#include "plugin/maillog/stop.h"
#include "plugin/output.h"
#include "plugin/reload.h"
#include "plugin/render/render.h"
#include "plugin/sums.h"

/*
 * postcheck verify: the whole fleet against its baseline. It asks, waits for what has not settled,
 * judges from the folder that it has written, and seals it. --replay does the same with a capture.
 */

enum { RESUME_S = 60 * 60, MAX_JOURNAL = 64 * 1024 * 1024 };

/* ---- what is in the folder besides answers ---- */

/* The baseline goes with the run, so that its folder is all that an auditor needs. */
static bool copy_baseline(struct cmd *cmd, const char *from, const char *dir, struct fault *fault)
{
    struct capture capture;
    struct fault why = {.kind = FAULT_NONE};
    const char *to = arena_printf(cmd->arena, "%s/%s", dir, proof_baseline);
    if (sums_copy(cmd->arena, from, to, &why))
        return true;
    if (why.kind != FAULT_NOT_CAPTURED)
        return fault_set(fault, why.kind, why.origin, why.line, "%s", why.text);
    /* A capture without SHA256SUMS: a recording, or pasted answers. */
    if (!capture_load(cmd->arena, from, NULL, &capture, fault))
        return false;
    if (mkdir(to, 0700) != 0 && errno != EEXIST)
        return fault_set(fault, FAULT_INTERNAL, to, 0, "cannot be made: %s", strerror(errno));
    struct record *record = record_resume(cmd->arena, to, NULL, fault);
    if (record == NULL)
        return false;
    for (size_t i = 0; i < capture.fleet.count; i++)
        (void)record_node(record, &capture.fleet.nodes[i], NULL); /* said by record_close() */
    const struct record_run run = {capture.run_id, capture.change, capture.run_operator};
    return record_close(record, &run, &capture.fleet, false, fault);
}

/* What `watch` saw of this change becomes evidence of the run. */
static bool copy_journal(struct cmd *cmd, const struct change *change, const char *dir,
                         struct fault *fault)
{
    struct span bytes;
    struct output output;
    struct fault why = {.kind = FAULT_NONE};
    if (change->dir == NULL)
        return true;
    const char *from = arena_printf(cmd->arena, "%s/%s", change->dir, proof_timeline);
    if (!file_read(cmd->arena, from, MAX_JOURNAL, &bytes, &why))
        return why.kind == FAULT_NOT_CAPTURED ||
               fault_set(fault, why.kind, from, 0, "%s", why.text);
    const char *to = arena_printf(cmd->arena, "%s/%s", dir, proof_timeline);
    if (!output_open(cmd->arena, to, &output, fault))
        return false;
    (void)fwrite(bytes.p, 1, bytes.n, output.file);
    return output_close(&output, true, fault);
}

/* The run of the same change before this one, and the hash of its seals: a chain. */
static void chain(struct cmd *cmd, const struct change *change, struct rules *rules)
{
    if (change->last == NULL)
        return;
    const char *path = arena_printf(cmd->arena, "%s/%s", change->last, sums_name);
    rules->previous_sha256 = hash_file(cmd->arena, path, NULL, NULL);
    rules->previous = rules->previous_sha256 == NULL ? NULL : change_name_of(change->last);
}

/* ---- waiting ---- */

/* May asking NODE again in a while bring another answer? */
static bool may_change(const struct report *report, const char *node)
{
    static const enum fault_kind kinds[] = {FAULT_UNREACHABLE, FAULT_RESTARTING, FAULT_TIMEOUT,
                                            FAULT_DROPPED, FAULT_BUSY};
    for (size_t d = 0; d < report->document_count; d++)
        for (size_t k = 0; k < CHECK_COUNT(kinds); k++)
            if (report->documents[d].fault != NULL && report->documents[d].fault_kind == kinds[k] &&
                strcasecmp(report->documents[d].node, node) == 0)
                return true;
    return false;
}

/* When asking NODE again may bring another answer: 0 = never, by what is known. */
static int64_t next_for(const struct report *report, const char *node, unsigned every_s,
                        int64_t now)
{
    int64_t next = may_change(report, node) ? now + every_s : 0;
    for (size_t i = 0; i < report->count; i++) {
        const struct report_result *answer = &report->results[i];
        if (answer->state != STATE_PENDING || strcasecmp(answer->result->node, node) != 0)
            continue;
        int64_t until = answer->pending_until >= now ? answer->pending_until + 1 : now + every_s;
        next = next == 0 || until < next ? until : next;
    }
    return next;
}

/* Marks who is to be asked next, and returns when; 0 = nobody. */
static int64_t plan_round(struct collect *collect, const struct report *report, unsigned every_s)
{
    const struct config *config = &collect->cmd->config;
    const int64_t now = (int64_t)time(NULL);
    int64_t at = 0;
    for (size_t n = 0; n < config->node_count; n++) {
        int64_t next = next_for(report, config->nodes[n].name, every_s, now);
        if (next != 0 && (at == 0 || next < at))
            at = next;
    }
    for (size_t n = 0; n < config->node_count; n++) {
        int64_t next = next_for(report, config->nodes[n].name, every_s, now);
        collect->ask[n] = next != 0 && next <= at;
    }
    return at;
}

/* Until AT, or a signal. */
static void wait_until(const struct collect *collect, const struct report *report, int64_t at)
{
    char when[32];
    struct progress progress;
    progress_begin(&progress, collect->cmd->progress);
    while (!stop_asked() && (int64_t)time(NULL) < at) {
        const struct timespec piece = {.tv_nsec = 200000000};
        progress_note(
            &progress,
            arena_printf(report->arena,
                         "%zu of %zu answers are open, asking again at %s; Ctrl-C judges now",
                         report_count(report, STATE_PENDING), report->count,
                         time_print_utc(at, when, sizeof(when))));
        (void)nanosleep(&piece, NULL);
    }
    progress_end(&progress);
}

/* Rounds until nothing is open any more, the time is over, or a signal. */
static bool ask_all(struct cmd *cmd, const struct change *change, struct collect *collect,
                    struct fault *fault)
{
    const struct runs *runs = runs_of(cmd);
    const int64_t end = (int64_t)time(NULL) + runs->wait_s;
    for (;;) {
        struct arena scratch;
        struct report report;
        if (!collect_round(collect, fault))
            return false;
        if (collect->rules->interrupted != NULL || runs->wait_s == 0)
            return true;
        arena_init(&scratch, cmd->arena->out_of_memory);
        bool judged = copy_journal(cmd, change, collect->dir, fault) &&
                      collect_judge(collect, &scratch, false, &report, fault);
        int64_t at = judged ? plan_round(collect, &report, runs->every_s) : 0;
        const bool again = at != 0 && at <= end;
        if (again)
            wait_until(collect, &report, at);
        arena_free(&scratch);
        if (!again || stop_asked())
            return judged;
    }
}

/* ---- soak ---- */

/* The result of the same question in the run before. */
static const struct report_result *result_before(const struct report *before,
                                                 const struct report_result *answer)
{
    for (size_t i = 0; i < before->count; i++)
        if (before->results[i].result->check == answer->result->check &&
            strcasecmp(before->results[i].result->node, answer->result->node) == 0)
            return &before->results[i];
    return NULL;
}

/* Only what got worse since the run before: REPORT's verdict if anything did, else 0. */
static int print_soak(struct cmd *cmd, const struct report *before, const struct report *report)
{
    size_t worse = 0, better = 0;
    for (size_t i = 0; i < report->count; i++) {
        const struct report_result *now = &report->results[i], *then = result_before(before, now);
        const enum state was = then == NULL ? STATE_OK : then->state;
        better += now->state <= STATE_OK && was > STATE_OK;
        if (now->state <= was || now->state <= STATE_OK)
            continue;
        worse++;
        (void)fprintf(cmd->out, "%s -> %s %s %s: %s\n", result_state_label(was),
                      result_state_label(now->state), now->result->node, now->result->check->name,
                      now->line);
    }
    (void)fprintf(cmd->out, "Since %s: %zu got worse, %zu recovered. Verdict: %s\n",
                  report->previous, worse, better, report_verdict(report));
    return worse > 0 ? report_verdict_code(report) : 0;
}

/* ---- the command ---- */

static int say(struct cmd *cmd, const struct change *change, const char *dir,
               const struct report *report)
{
    struct report before;
    const bool text = strcmp(cmd->format, "text") == 0;
    if (runs_of(cmd)->soak && change->last != NULL && text &&
        reload_report(cmd->arena, change->last, &before, NULL))
        return print_soak(cmd, &before, report);
    render_find(cmd->format)->print(cmd->out, report);
    if (text)
        (void)fprintf(cmd->out, "Kept and hashed in %s\n",
                      result_clean(cmd->arena, text_of(dir), 300));
    return report_verdict_code(report);
}

static int finish(struct cmd *cmd, const struct change *change, const char *dir,
                  struct fault *fault)
{
    struct report report;
    if (!proof_judge(cmd->arena, dir, &report, fault))
        return 3;
    report.verbose = cmd->verbose;
    report.colour = cmd->colour;
    const bool sealed = proof_seal(cmd->arena, dir, &report, fault);
    int code = say(cmd, change, dir, &report);
    return sealed ? code : 3;
}

/* The newest moment at which a document was taken: then the answers were true. */
static bool newest(const struct fleet *fleet, int64_t *when)
{
    bool known = false;
    for (size_t n = 0; n < fleet->count; n++)
        for (size_t d = 0; d < fleet->nodes[n].document_count; d++) {
            const struct document *document = &fleet->nodes[n].documents[d];
            if (!document->has_taken_at || (known && document->taken_at <= *when))
                continue;
            *when = document->taken_at;
            known = true;
        }
    return known;
}

/* Judges a capture: its answers are copied, nobody is asked. */
static int replay(struct cmd *cmd, struct fault *fault)
{
    const struct runs *runs = runs_of(cmd);
    const struct change none = {.id = NULL};
    struct capture capture;
    if (runs->run_dir == NULL) {
        (void)fault_set(fault, FAULT_INTERNAL, "--run-dir", 0,
                        "is missing: with --replay name the folder to write");
        return 3;
    }
    if (!capture_load(cmd->arena, cmd->replay, NULL, &capture, fault))
        return 3;
    struct rules rules = collect_rules(cmd, runs->soak ? "soak" : "verify", runs->change);
    rules.change = runs->change != NULL ? runs->change : capture.change;
    rules.run_operator = rules.run_operator != NULL ? rules.run_operator : capture.run_operator;
    rules.ended_at = rules.judged_at = rules.started_at;
    rules.has_judged_at = true;
    (void)newest(&capture.fleet, &rules.judged_at);
    struct record *record = record_open(cmd->arena, runs->run_dir, fault);
    if (record == NULL)
        return 3;
    for (size_t i = 0; i < capture.fleet.count; i++)
        (void)record_node(record, &capture.fleet.nodes[i], NULL); /* said by record_close() */
    const struct record_run run = {rules.run_id, rules.change, rules.run_operator};
    if (!record_close(record, &run, &capture.fleet, false, fault) ||
        !proof_put_rules(cmd->arena, runs->run_dir, &rules, fault) ||
        (cmd->baseline != NULL && !copy_baseline(cmd, cmd->baseline, runs->run_dir, fault)))
        return 3;
    return finish(cmd, &none, runs->run_dir, fault);
}

/* An interrupted run of the last hour goes on; older answers would be stale. */
static bool goes_on(const struct cmd *cmd, const struct change *change)
{
    struct stat info;
    return !runs_of(cmd)->fresh && runs_of(cmd)->run_dir == NULL && change->broken != NULL &&
           stat(arena_printf(cmd->arena, "%s/%s", change->broken, proof_rules), &info) == 0 &&
           (int64_t)time(NULL) - (int64_t)info.st_mtime < RESUME_S;
}

static const char *baseline_of(const struct cmd *cmd, const struct change *change)
{
    if (runs_of(cmd)->no_baseline)
        return NULL;
    return cmd->baseline != NULL  ? cmd->baseline
           : change->has_baseline ? change->baseline
                                  : cmd->config.baseline;
}

/* Which folder, made new or gone on with; all that is known before anybody is asked. */
static bool begin(struct cmd *cmd, const struct change *change, struct rules *rules,
                  struct collect *collect, struct fault *fault)
{
    const struct runs *runs = runs_of(cmd);
    const char *baseline = baseline_of(cmd, change);
    const bool resume = goes_on(cmd, change);
    if (baseline == NULL && !runs->no_baseline)
        return fault_set(fault, FAULT_NOT_CAPTURED,
                         change->baseline != NULL ? change->baseline : "--baseline", 0,
                         "there is no baseline to compare with: `postcheck baseline` makes one "
                         "before the change; --no-baseline does without");
    if (runs->run_dir == NULL && !change_make(cmd->arena, change, fault))
        return false;
    const char *dir = runs->run_dir != NULL ? runs->run_dir
                      : resume              ? change->broken
                                            : change_new_run(cmd->arena, change, rules->started_at);
    chain(cmd, change, rules);
    if (!collect_begin(cmd, dir, resume, rules, collect, fault) ||
        (baseline != NULL && !copy_baseline(cmd, baseline, dir, fault)))
        return false;
    if (resume)
        (void)fprintf(stderr,
                      "postcheck: goes on with %s, which was interrupted: %zu of %zu appliances "
                      "were asked already (--new begins anew)\n",
                      change_name_of(dir), collect->kept, cmd->config.node_count);
    return true;
}

int cmd_verify(struct cmd *cmd, struct fault *fault)
{
    struct change change;
    struct collect collect;
    struct fault unkept = {.kind = FAULT_NONE};
    if (cmd->replay != NULL)
        return replay(cmd, fault);
    if (!runs_change(cmd, &change, fault))
        return 3;
    struct rules rules = collect_rules(cmd, runs_of(cmd)->soak ? "soak" : "verify", change.id);
    if (!begin(cmd, &change, &rules, &collect, fault))
        return 3;
    stop_catch();
    const bool asked = ask_all(cmd, &change, &collect, fault);
    const bool kept = collect_end(&collect, &unkept);
    stop_restore();
    rules.ended_at = rules.judged_at = (int64_t)time(NULL);
    rules.has_judged_at = true;
    if (!asked || !copy_journal(cmd, &change, collect.dir, fault) ||
        !proof_put_rules(cmd->arena, collect.dir, &rules, fault))
        return 3;
    int code = finish(cmd, &change, collect.dir, fault);
    if (!kept && fault->kind == FAULT_NONE)
        *fault = unkept;
    return kept ? code : 3;
}
