/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

#include "checks/registry.h"
#include "plugin/capture.h"
#include "plugin/cmd/runs.h"
#include "plugin/cmd/soak.h"
#include "plugin/collect.h"
#include "plugin/file.h"
#include "plugin/hash.h"
#include "plugin/index.h"
#include "plugin/journal.h"
#include "plugin/maillog/stop.h"
#include "plugin/output.h"
#include "plugin/render/render.h"
#include "plugin/sums.h"

/*
 * postcheck verify: the whole fleet against its baseline. It asks, waits for what has not settled,
 * judges from the folder that it has written, and seals it. --replay does the same with a capture.
 */

/* ---- what is in the folder besides answers ---- */

/* A folder that was sealed must be what it was; one that never was is taken as it is. */
static bool is_untouched(struct cmd *cmd, const char *dir, struct fault *fault)
{
    struct fault why = {.kind = FAULT_NONE};
    return sums_hold(cmd->arena, dir, &why) || why.kind == FAULT_NOT_CAPTURED ||
           fault_set(fault, why.kind, why.origin, why.line, "%s", why.text);
}

/* All of CAPTURE into RECORD, which is closed. */
static bool keep(struct record *record, const struct capture *capture, const struct record_run *run,
                 struct fault *fault)
{
    for (size_t i = 0; i < capture->fleet.count; i++)
        (void)record_node(record, &capture->fleet.nodes[i], NULL); /* said by record_close() */
    return record_close(record, run, &capture->fleet, false, fault);
}

/*
 * Can FROM be the baseline of NOW? Asked before a folder is made. One that
 * holds none of the appliances is another fleet's, and would let everything pass as new.
 */
static bool check_baseline(struct cmd *cmd, const char *from, const struct fleet *now,
                           struct fault *fault)
{
    struct capture before = {.run_id = NULL};
    json_t *index = NULL;
    const char *twice;
    if (!is_untouched(cmd, from, fault))
        return false;
    bool done = index_load(cmd->arena, from, &before, &index, fault);
    json_decref(index);
    if (done && before.fleet.count == 0)
        done = capture_load_kept(cmd->arena, from, &before, fault); /* only for its names */
    if (!done)
        return false;
    (void)fleet_sort(&before.fleet, &twice);
    for (size_t i = 0; i < now->count; i++)
        if (fleet_node(&before.fleet, text_of(now->nodes[i].name)) != NULL)
            return true;
    return fault_set(fault, FAULT_INTERNAL, from, 0,
                     "is the baseline of another fleet: it holds none of the %zu appliances",
                     now->count);
}

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
    const struct record_run run = {capture.run_id, capture.change, capture.run_operator};
    return keep(record, &capture, &run, fault);
}

/* What `watch` saw of this change becomes evidence of the run. */
static bool copy_journal(struct cmd *cmd, const struct change *change, const char *dir,
                         struct fault *fault)
{
    struct span bytes;
    struct journal_event *events;
    size_t count;
    struct fault why = {.kind = FAULT_NONE};
    if (change->dir == NULL)
        return true;
    const char *from = arena_printf(cmd->arena, "%s/%s", change->dir, proof_timeline);
    if (!journal_read(cmd->arena, from, &events, &count, &why)) {
        (void)fprintf(stderr, "postcheck: %s is left out of the run: %s\n", from, why.text);
        return true; /* a verdict does not depend on it */
    }
    if (!file_read(cmd->arena, from, JOURNAL_BYTES, &bytes, &why))
        return why.kind == FAULT_NOT_CAPTURED ||
               fault_set(fault, why.kind, from, 0, "%s", why.text);
    return output_put(cmd->arena, arena_printf(cmd->arena, "%s/%s", dir, proof_timeline), bytes,
                      fault);
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

/* Is anything of ANSWER to be judged later? Its state may be that of something worse beside it. */
static bool is_open(const struct report_result *answer)
{
    for (size_t f = 0; f < answer->result->finding_count; f++)
        if (answer->result->findings[f]->state == STATE_PENDING)
            return true;
    return false;
}

static size_t open_answers(const struct report *report)
{
    size_t count = 0;
    for (size_t i = 0; i < report->count; i++)
        count += is_open(&report->results[i]);
    return count;
}

/* When asking NODE again may bring another answer: 0 = never, by what is known. */
static int64_t next_for(const struct report *report, const char *node, unsigned every_s,
                        int64_t now)
{
    int64_t next = may_change(report, node) ? now + every_s : 0;
    for (size_t i = 0; i < report->count; i++) {
        const struct report_result *answer = &report->results[i];
        if (!is_open(answer) || strcasecmp(answer->result->node, node) != 0)
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
    int64_t at = 0, *next = arena_array(report->arena, config->node_count, sizeof(*next));
    for (size_t n = 0; n < config->node_count; n++) {
        next[n] = next_for(report, config->nodes[n].name, every_s, now);
        if (next[n] != 0 && (at == 0 || next[n] < at))
            at = next[n];
    }
    for (size_t n = 0; n < config->node_count; n++)
        collect->ask[n] = next[n] != 0 && next[n] <= at;
    return at;
}

/* Until AT, or a signal. */
static void wait_until(const struct collect *collect, const struct report *report, int64_t at)
{
    char when[32];
    struct progress progress;
    progress_begin(&progress, collect->cmd->progress);
    progress_note(&progress,
                  arena_printf(report->arena,
                               "%zu of %zu answers are open, asking again at %s; Ctrl-C judges now",
                               open_answers(report), report->count,
                               time_print_utc(at, when, sizeof(when))));
    while (!stop_asked() && (int64_t)time(NULL) < at) {
        const struct timespec piece = {.tv_nsec = 200000000};
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
                      collect_judge(collect, &scratch, &report, fault);
        int64_t at = judged ? plan_round(collect, &report, runs->every_s) : 0;
        const bool again = at != 0 && at <= end;
        if (again)
            wait_until(collect, &report, at);
        arena_free(&scratch);
        if (!again || stop_asked())
            return judged;
    }
}

/* ---- the command ---- */

/* The exit code does not depend on the format. */
static int say(struct cmd *cmd, const struct change *change, const char *dir,
               const struct report *report)
{
    struct report before;
    const bool text = strcmp(cmd->format, "text") == 0;
    const bool soak = runs_of(cmd)->soak && soak_load(cmd, change, &before);
    const int code =
        soak ? soak_compare(text ? cmd->out : NULL, &before, report) : report_verdict_code(report);
    if (!soak || !text)
        render_find(cmd->format)->print(cmd->out, report);
    if (!soak && text)
        (void)fprintf(cmd->out, "Kept and hashed in %s\n",
                      result_clean(cmd->arena, text_of(dir), 300));
    return code;
}

/* Seals DIR and says what was judged, also when it cannot be kept. */
static int finish(struct cmd *cmd, const struct change *change, const char *dir,
                  struct report *report, struct fault *fault)
{
    report->verbose = cmd->verbose;
    report->colour = cmd->colour;
    const bool sealed = proof_seal(cmd->arena, dir, report, fault);
    int code = say(cmd, change, dir, report);
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

/*
 * The capture to judge. Judging again what somebody has changed after it was sealed would make new
 * hashes for it.
 */
static bool load_replay(struct cmd *cmd, struct capture *capture, struct fault *fault)
{
    return is_untouched(cmd, cmd->replay, fault) &&
           capture_load(cmd->arena, cmd->replay, NULL, capture, fault) &&
           (cmd->baseline == NULL || check_baseline(cmd, cmd->baseline, &capture->fleet, fault));
}

/* Judges a capture: its answers are copied, nobody is asked. */
static int replay(struct cmd *cmd, struct fault *fault)
{
    const struct runs *runs = runs_of(cmd);
    const struct change none = {.id = NULL};
    struct capture capture;
    struct report report;
    if (!load_replay(cmd, &capture, fault))
        return 3;
    struct rules rules = collect_rules(cmd, "verify", runs->change);
    rules.change = runs->change != NULL ? runs->change : capture.change;
    rules.run_operator = rules.run_operator != NULL ? rules.run_operator : capture.run_operator;
    rules.ended_at = rules.judged_at = rules.started_at;
    rules.has_judged_at = true;
    (void)newest(&capture.fleet, &rules.judged_at);
    struct record *record = record_open(cmd->arena, runs->run_dir, fault);
    if (record == NULL)
        return 3;
    const struct record_run run = {rules.run_id, rules.change, rules.run_operator};
    if (!keep(record, &capture, &run, fault) ||
        !proof_put_rules(cmd->arena, runs->run_dir, &rules, fault) ||
        (cmd->baseline != NULL && !copy_baseline(cmd, cmd->baseline, runs->run_dir, fault)) ||
        !proof_judge(cmd->arena, runs->run_dir, &report, fault))
        return 3;
    return finish(cmd, &none, runs->run_dir, &report, fault);
}

/* Was the run in DIR to answer the same questions? What it has not asked for would be missing. */
static bool same_questions(struct cmd *cmd, const char *dir, const struct rules *rules)
{
    struct rules before;
    const struct judging *now = &rules->judging, *then = &before.judging;
    if (!proof_get_rules(cmd->arena, dir, &before, NULL) || strcmp(before.phase, rules->phase) != 0)
        return false;
    for (size_t i = 0; i < registry_count; i++)
        for (enum role role = ROLE_ESA; role <= ROLE_SMA; role++)
            if (judge_wants(now, registry_checks[i], role) !=
                judge_wants(then, registry_checks[i], role))
                return false;
    return true;
}

/* Was the run in DIR to compare with the same? Its copy of another would be mixed with this one. */
static bool same_baseline(struct cmd *cmd, const char *dir, const char *baseline)
{
    struct stat info;
    const char *copy = arena_printf(cmd->arena, "%s/%s", dir, proof_baseline);
    if (stat(copy, &info) != 0 || baseline == NULL)
        return stat(copy, &info) != 0 && baseline == NULL;
    const char *then =
        hash_file(cmd->arena, arena_printf(cmd->arena, "%s/%s", copy, sums_name), NULL, NULL);
    const char *now =
        hash_file(cmd->arena, arena_printf(cmd->arena, "%s/%s", baseline, sums_name), NULL, NULL);
    return then == NULL ? now == NULL : now != NULL && strcmp(then, now) == 0;
}

/* An interrupted run of the last hour goes on; older answers would be stale. */
static bool goes_on(struct cmd *cmd, const struct change *change, const struct rules *rules,
                    const char *baseline)
{
    return !runs_of(cmd)->fresh && runs_of(cmd)->run_dir == NULL && change->broken != NULL &&
           change_is_recent(cmd->arena, change->broken) &&
           same_questions(cmd, change->broken, rules) &&
           same_baseline(cmd, change->broken, baseline);
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
    const bool resume = goes_on(cmd, change, rules, baseline);
    const struct fleet fleet = config_fleet(cmd->arena, &cmd->config);
    if (baseline == NULL && !runs->no_baseline)
        return fault_set(fault, FAULT_NOT_CAPTURED,
                         change->baseline != NULL ? change->baseline : "--baseline", 0,
                         "there is no baseline to compare with: `postcheck baseline` makes one "
                         "before the change; --no-baseline does without");
    if (baseline == change->baseline && change->baseline_interrupted)
        return fault_set(fault, FAULT_NOT_CAPTURED, baseline, 0,
                         "was interrupted and is not whole: `postcheck baseline` goes on with it "
                         "before the change; --baseline DIR takes it as it is");
    if (baseline != NULL && !check_baseline(cmd, baseline, &fleet, fault))
        return false;
    if ((runs->run_dir == NULL && !change_make(cmd->arena, change, fault)) ||
        !runs_begin_downtime(cmd, change, fault))
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
    struct report report;
    struct fault unkept = {.kind = FAULT_NONE};
    if (!runs_fit(cmd, fault))
        return 3;
    if (cmd->replay != NULL)
        return replay(cmd, fault);
    if (!runs_change(cmd, &change, fault) || !runs_look(cmd, fault))
        return 3;
    struct rules rules = collect_rules(cmd, runs_of(cmd)->soak ? "soak" : "verify", change.id);
    if (!begin(cmd, &change, &rules, &collect, fault))
        return 3;
    stop_catch();
    const bool asked = ask_all(cmd, &change, &collect, fault);
    const bool judged = asked && copy_journal(cmd, &change, collect.dir, fault) &&
                        collect_judge(&collect, cmd->arena, &report, fault);
    int code = judged ? finish(cmd, &change, collect.dir, &report, fault) : 3;
    if (judged)
        runs_end_downtime(cmd, &change, &report);
    const bool kept = collect_end(&collect, &unkept);
    stop_restore();
    if (!kept && fault->kind == FAULT_NONE)
        *fault = unkept;
    return kept ? code : 3;
}
