/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "plugin/cmd/cmd.h"
#include "plugin/duration.h"
#include "plugin/fetch/fetch.h"
#include "plugin/live.h"
#include "plugin/lock.h"
#include "plugin/output.h"
#include "plugin/progress.h"
#include "plugin/render/render.h"
#include "plugin/state_index.h"
#include "plugin/submit/submit.h"

/* postcheck poll: one collection of the whole fleet, for many readers. */

enum { FLAG_EVERY = CMD_OWN, FLAG_OPENMETRICS, FLAG_SUBMIT };

/*
 * A refused login is tried again in each round, on up to four interfaces; after more than ten
 * failures in two minutes an appliance locks the client out for a day.
 */
enum { EVERY_MIN_S = 60, EVERY_MAX_S = 7 * 24 * 60 * 60 };

/* A result is stale when so many rounds have brought no newer one. */
enum { ROUNDS = 3, SAID = 1000 };

const struct flag poll_flags[] = {
    {FLAG_EVERY, "every", "DURATION", "again and again, from start to start: 60s, 5m, 1h"},
    {FLAG_OPENMETRICS, "openmetrics", "FILE",
     "write metrics for Prometheus' node_exporter, which\n"
     "reads *.prom; replaced at once, readable by all"},
    {FLAG_SUBMIT, "submit", "WAY",
     "hand each result in: icinga2, by its API; spool or nsca,\n"
     "to Nagios; may be repeated"},
};
const size_t poll_flag_count = CHECK_COUNT(poll_flags);

struct own {
    unsigned every_s; /* 0 = once */
    const char *metrics;
    const struct submitter *submitters[SUBMIT_WAYS];
    size_t submitter_count;
};

static bool take_way(struct own *own, const char *name, struct fault *fault)
{
    const struct submitter *row = submit_find(name, fault);
    bool known = false;
    for (size_t i = 0; i < own->submitter_count; i++)
        known |= own->submitters[i] == row;
    if (row != NULL && !known)
        own->submitters[own->submitter_count++] = row;
    return row != NULL;
}

bool poll_take(struct cmd *cmd, int code, const char *argument, struct fault *fault)
{
    if (cmd->own == NULL)
        cmd->own = arena_alloc(cmd->arena, sizeof(struct own));
    struct own *own = cmd->own;
    if (code == FLAG_OPENMETRICS) {
        own->metrics = argument;
        return true;
    }
    if (code == FLAG_SUBMIT)
        return take_way(own, argument, fault);
    return duration_parse(argument, EVERY_MIN_S, EVERY_MAX_S, &own->every_s) ||
           fault_set(fault, FAULT_INTERNAL, "--every", 0,
                     "expected a duration from 60s to 168h, not '%.60s'", argument);
}

static void step(void *context, const char *node, const char *text)
{
    progress_step(context, node, text);
}

static void done(void *context, const struct node *node, size_t count, size_t total)
{
    (void)node;
    progress_done(context, count, total);
}

/* ---- what is written ---- */

/* Found out before anybody is asked: a wrong path must not cost the answers of a night. */
static bool can_write(struct cmd *cmd, const char *path, struct fault *fault)
{
    struct output output;
    struct fault ignored;
    if (path == NULL)
        return true;
    if (!output_open(cmd->arena, path, &output, fault))
        return false;
    (void)output_close(&output, false, &ignored);
    return true;
}

/* On the disk before it takes the name: a torn file after a power cut is no state. */
static bool write_report(struct arena *arena, const char *path, const struct report *report,
                         const char *format, struct fault *fault)
{
    struct output output;
    if (!output_open(arena, path, &output, fault))
        return false;
    /* Metrics hold no more than any dashboard shows, and their reader is another user. */
    if (strcmp(format, "openmetrics") == 0)
        (void)fchmod(fileno(output.file), 0644);
    render_find(format)->print(output.file, report);
    if (fflush(output.file) == 0)
        (void)fsync(fileno(output.file));
    return output_close(&output, true, fault);
}

static bool publish(const struct cmd *cmd, struct arena *arena, const struct report *report,
                    struct fault *fault)
{
    const struct own *own = cmd->own;
    struct fault slower;
    if (cmd->state != NULL) {
        if (!write_report(arena, cmd->state, report, "json", fault))
            return false;
        (void)state_index_write(arena, cmd->state, &slower); /* costs readers time, no answers */
    }
    return own->metrics == NULL || write_report(arena, own->metrics, report, "openmetrics", fault);
}

/* To all ways, also when one fails. What was not taken is said, each reason once. */
static bool hand_in(const struct cmd *cmd, struct arena *arena, const struct report *report,
                    struct fault *fault)
{
    const struct own *own = cmd->own;
    char host[256] = "postcheck";
    if (own->submitter_count == 0)
        return true;
    (void)gethostname(host, sizeof(host) - 1);
    struct submit submit = {.arena = arena,
                            .config = &cmd->config,
                            .source = host,
                            .ttl_s = ROUNDS * own->every_s,
                            .now = (int64_t)time(NULL)};
    bool all = true;
    submit.services = submit_services(arena, &cmd->config, report, &submit.count);
    for (size_t w = 0; w < own->submitter_count; w++) {
        struct submit_tally tally = {.taken = 0};
        own->submitters[w]->send(&submit, &tally);
        for (size_t i = 0; i < tally.loss_count; i++)
            (void)fprintf(
                stderr, "postcheck: %s\n",
                result_clean(arena, text_of(submit_explain(arena, &tally.losses[i])), SAID));
        const bool whole = tally.taken == submit.count;
        if (whole && cmd->format[0] == 't' && own->every_s == 0)
            (void)fprintf(cmd->out, "Handed in to %s: %zu results\n", own->submitters[w]->name,
                          tally.taken);
        if (!whole && all)
            (void)fault_set(fault, FAULT_INTERNAL, "--submit", 0,
                            "%s: %zu of %zu results were not taken", own->submitters[w]->name,
                            submit.count - tally.taken, submit.count);
        all = all && whole;
    }
    return all;
}

/* ---- rounds ---- */

static const int ending[] = {SIGINT, SIGTERM, SIGHUP};

static sigset_t ending_set(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t i = 0; i < CHECK_COUNT(ending); i++)
        (void)sigaddset(&set, ending[i]);
    return set;
}

/* One line for each round; in other formats the whole report. */
static void say(const struct cmd *cmd, const struct report *report)
{
    const struct own *own = cmd->own;
    char stamp[32];
    if (own->every_s == 0 || cmd->format[0] != 't') {
        render_find(cmd->format)->print(cmd->out, report);
    } else {
        (void)fprintf(cmd->out, "%s %s: %zu appliances, asked in %lld s: ",
                      time_print_utc(report->ended_at, stamp, sizeof(stamp)),
                      report_verdict(report), report->node_count,
                      (long long)(report->ended_at - report->started_at));
        for (int state = STATE_COUNT - 1; state >= 0; state--)
            (void)fprintf(cmd->out, "%zu %s%s", report_count(report, (enum state)state),
                          result_state_word((enum state)state), state > 0 ? ", " : "\n");
    }
    if (report->interrupted != NULL && (cmd->state != NULL || own->metrics != NULL) &&
        cmd->format[0] == 't')
        (void)fprintf(cmd->out, "Interrupted: %s stays as it was\n",
                      cmd->state != NULL ? cmd->state : own->metrics);
}

/*
 * Asks and judges all once. An interrupted run is said and not published: the state of before ages,
 * and is UNKNOWN in time, but half a fleet would look like a whole one.
 */
static int once(struct cmd *cmd, struct arena *arena, bool *interrupted, struct fault *fault)
{
    struct report report;
    struct progress progress;
    bool unsaved;
    const struct config *config = &cmd->config;
    const struct own *own = cmd->own;
    const sigset_t set = ending_set();
    const struct live live = {
        .config = config,
        .judging = &cmd->judging,
        .record = cmd->record,
        .baseline = cmd->baseline != NULL ? cmd->baseline : config->baseline,
        .phase = "poll",
        .change = config->change,
        .run_operator = config->run_operator,
        .timeout_s = cmd->timeout_s,
        .verbose = cmd->verbose,
        .one_check = cmd->check_count == 1,
        .context = &progress,
        .step = step,
        .done = done,
    };
    progress_begin(&progress, cmd->progress);
    if (own->every_s != 0)
        (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
    bool whole = live_run(arena, &live, &report, &unsaved, fault);
    if (own->every_s != 0)
        (void)sigprocmask(SIG_BLOCK, &set, NULL);
    progress_end(&progress);
    if (!whole && !unsaved)
        return 3;
    *interrupted = report.interrupted != NULL;
    say(cmd, &report);
    if (!whole)
        return 3;
    if (cmd->record != NULL && cmd->format[0] == 't')
        (void)fprintf(cmd->out, "Recorded in %s\n",
                      result_clean(cmd->arena, text_of(cmd->record), 200));
    if (*interrupted)
        return report_exit_code(&report);
    struct fault unsent;
    const bool published = publish(cmd, arena, &report, fault);
    const bool handed_in = hand_in(cmd, arena, &report, published ? fault : &unsent);
    return published && handed_in ? report_exit_code(&report) : 3;
}

/* Waits until CLOCK_MONOTONIC is at MS. False: a signal ends the polling. */
static bool wait_until(int64_t ms)
{
    const sigset_t set = ending_set();
    for (int64_t left; (left = ms - fetch_now_ms()) > 0;) {
        const struct timespec time = {.tv_sec = (time_t)(left / 1000),
                                      .tv_nsec = (long)(left % 1000) * 1000000};
        if (sigtimedwait(&set, NULL, &time) > 0)
            return false;
    }
    return true;
}

/*
 * Rounds begin at whole multiples of the interval from the first one; one that lasts longer leaves
 * out those that it covers. What goes wrong in a round is said, and the next one is tried.
 */
static int again_and_again(struct cmd *cmd)
{
    const struct own *own = cmd->own;
    const sigset_t set = ending_set();
    const int64_t every_ms = (int64_t)own->every_s * 1000;
    int64_t next_ms = fetch_now_ms();
    bool interrupted = false;
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    for (;;) {
        struct arena arena;
        struct fault fault = {.kind = FAULT_NONE};
        char stamp[32];
        arena_init(&arena, cmd->arena->out_of_memory);
        (void)once(cmd, &arena, &interrupted, &fault);
        if (fault.kind != FAULT_NONE)
            (void)fprintf(cmd->out, "%s %s%s%s\n",
                          time_print_utc((int64_t)time(NULL), stamp, sizeof(stamp)), fault.origin,
                          fault.origin[0] != '\0' ? ": " : "", fault.text);
        (void)fflush(cmd->out);
        arena_free(&arena);
        do
            next_ms += every_ms;
        while (next_ms <= fetch_now_ms());
        if (interrupted || !wait_until(next_ms))
            return 0;
    }
}

static bool is_complete(const struct cmd *cmd, struct fault *fault)
{
    const struct own *own = cmd->own;
    if (cmd->config.node_count == 0)
        return fault_set(fault, FAULT_NOT_CAPTURED, cmd->config.path, 0,
                         "has no [node NAME] section");
    if (own->every_s == 0)
        return true;
    if (cmd->state == NULL && own->metrics == NULL && own->submitter_count == 0)
        return fault_set(fault, FAULT_INTERNAL, "--every", 0,
                         "needs --state FILE or --openmetrics FILE, for somebody to read, or "
                         "--submit");
    return cmd->record == NULL ||
           fault_set(fault, FAULT_INTERNAL, "--every", 0,
                     "cannot be together with --record: a capture is of one moment");
}

int cmd_poll(struct cmd *cmd, struct fault *fault)
{
    static struct own none;
    bool interrupted;
    int lock = -1;
    if (cmd->own == NULL)
        cmd->own = &none;
    const struct own *own = cmd->own;
    for (size_t i = 0; i < own->submitter_count; i++)
        if (!own->submitters[i]->ready(cmd->arena, &cmd->config, fault))
            return 3;
    const char *file = cmd->state != NULL ? cmd->state : own->metrics;
    if (!is_complete(cmd, fault) || !can_write(cmd, cmd->state, fault) ||
        !can_write(cmd, own->metrics, fault))
        return 3;
    if (file != NULL) {
        lock = lock_take(cmd->arena, arena_printf(cmd->arena, "%s.lock", file), "postcheck poll",
                         fault);
        if (lock < 0)
            return 3;
    }
    int code =
        own->every_s != 0 ? again_and_again(cmd) : once(cmd, cmd->arena, &interrupted, fault);
    lock_release(lock);
    return code;
}
