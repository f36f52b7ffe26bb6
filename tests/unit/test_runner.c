/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugin/runner.h"

/*
 * The processes of these tests do what the name of their appliance says ("crash", "hang"). They
 * tell what they see as documents; the parent's side is watched through `done` and `step`.
 */

enum { MAX_JOBS = 300 };

static const struct document_kind version_kind = {.id = "cli/version.txt", .roles = ROLE_ANY};
static const struct document_kind status_kind = {.id = "cli/status.txt", .roles = ROLE_ANY};
static const struct document_kind family_kind = {.id = "https/tracking_messages/*.json",
                                                 .roles = ROLE_SMA};
static const struct fetch_row version_row = {.kind = &version_kind};
static const struct fetch_row status_row = {.kind = &status_kind};
static const struct fetch_row family_row = {.kind = &family_kind};
static const struct fetch_row *rows[] = {&version_row, &status_row, &family_row};

static struct config config;
static struct config_node nodes[MAX_JOBS];
static struct node answers[MAX_JOBS];
static struct runner_job jobs[MAX_JOBS];
static size_t job_count;
static int done_count, done_order[MAX_JOBS];
static char steps[4096];
static int interrupt_at; /* number of finished jobs at which the run is interrupted; 0 = never */
static FILE *printed;

static int begin(void **state)
{
    config = (struct config){.parallel = 4};
    job_count = 0;
    done_count = interrupt_at = 0;
    steps[0] = '\0';
    return set_up(state);
}

#define with_jobs(test) cmocka_unit_test_setup_teardown(test, begin, tear_down)

static struct runner_job *add_job(const char *name, unsigned timeout_s)
{
    size_t i = job_count++;
    nodes[i] = (struct config_node){.name = name, .timeout_s = timeout_s};
    answers[i] = (struct node){.name = name};
    jobs[i] = (struct runner_job){&nodes[i], &answers[i], &arena, rows, COUNT(rows)};
    return &jobs[i];
}

/* ---- in the child ---- */

static void say(const struct fetch *fetch, const char *id, const char *text)
{
    const struct document document = {.id = id, .bytes = text_of(text), .has_duration = true};
    fetch->sink->begin(fetch->sink->context, id);
    fetch->sink->document(fetch->sink->context, &document);
}

static void begin_status(const struct fetch *fetch)
{
    fetch->sink->begin(fetch->sink->context, "cli/status.txt");
}

static void answer(const struct fetch *fetch)
{
    fetch->sink->note(fetch->sink->context, "a note");
    say(fetch, "cli/version.txt", "fine");
    say(fetch, "cli/status.txt", "fine too");
    say(fetch, "https/tracking_messages/esa1.json", "{}");
}

static void answer_half(const struct fetch *fetch)
{
    say(fetch, "cli/version.txt", "fine");
}

static void crash(const struct fetch *fetch)
{
    answer_half(fetch);
    begin_status(fetch);
    (void)raise(SIGSEGV);
}

static void give_up(const struct fetch *fetch)
{
    answer_half(fetch);
    exit(3); /* as a library might */
}

static void hang(const struct fetch *fetch)
{
    answer_half(fetch);
    fetch->sink->begin(fetch->sink->context, "https/tracking_messages/esa1.json");
    begin_status(fetch);
    for (;;)
        (void)pause();
}

static void stop(const struct fetch *fetch)
{
    answer_half(fetch);
    (void)raise(SIGSTOP);
}

static void spin(const struct fetch *fetch)
{
    answer_half(fetch);
    for (volatile unsigned i = 0;; i++)
        continue;
}

static void ignore_signals(const struct fetch *fetch)
{
    (void)signal(SIGTERM, SIG_IGN);
    hang(fetch);
}

/* A program of ours that outlives us, with a pipe that tells when it is gone. */
static int outlive[2];

static void leave_grandchild(const struct fetch *fetch)
{
    if (fork() == 0)
        for (;;)
            (void)pause();
    (void)close(outlive[1]);
    hang(fetch);
}

static void send_twice(const struct fetch *fetch)
{
    answer_half(fetch);
    answer_half(fetch);
    hang(fetch);
}

static void send_unasked(const struct fetch *fetch)
{
    answer_half(fetch);
    say(fetch, "cli/other.txt", "x");
    hang(fetch);
}

static void send_garbage(const struct fetch *fetch)
{
    answer_half(fetch);
    (void)!write(*(const int *)fetch->sink->context, "GET / HTTP/1.0\r\n\r\n", 18);
    hang(fetch);
}

static void send_much(const struct fetch *fetch)
{
    char *line = arena_alloc(fetch->arena, 1001);
    memset(line, 'x', 1000);
    answer_half(fetch);
    for (;;)
        fetch->sink->note(fetch->sink->context, line);
}

static void eat_memory(const struct fetch *fetch)
{
    answer_half(fetch);
    (void)arena_array(fetch->arena, SIZE_MAX, 2);
}

/* What a process begins with: descriptors, group, time. */
static void look_around(const struct fetch *fetch)
{
    struct sigaction action;
    int open_count = 0;
    for (int fd = 3; fd < 256; fd++)
        open_count += fcntl(fd, F_GETFD) >= 0;
    (void)sigaction(SIGTERM, NULL, &action);
    say(fetch, "cli/version.txt",
        arena_printf(fetch->arena, "%d open, group %d, handler %d, stdout %d, left %d", open_count,
                     getpgid(0) == getpid(), action.sa_handler == SIG_DFL, isatty(1),
                     fetch->deadline_ms - fetch_now_ms() <= 60000));
}

static const struct {
    const char *name;
    void (*act)(const struct fetch *fetch);
} acts[] = {
    {"answer", answer},
    {"half", answer_half},
    {"crash", crash},
    {"exit", give_up},
    {"hang", hang},
    {"stop", stop},
    {"spin", spin},
    {"ignore", ignore_signals},
    {"grandchild", leave_grandchild},
    {"twice", send_twice},
    {"unasked", send_unasked},
    {"garbage", send_garbage},
    {"much", send_much},
    {"memory", eat_memory},
    {"look", look_around},
};

static void ask(struct fetch *fetch)
{
    for (size_t i = 0; i < COUNT(acts); i++)
        if (strcmp(fetch->node->name, acts[i].name) == 0)
            acts[i].act(fetch);
}

/* ---- in the parent ---- */

static void done(void *context, struct runner_job *job)
{
    assert_ptr_equal(context, &config);
    done_order[done_count++] = (int)(job - jobs);
    if (done_count == interrupt_at)
        (void)raise(SIGTERM);
}

static void step(void *context, const struct runner_job *job, const char *text)
{
    size_t used = strlen(steps);
    assert_ptr_equal(context, &config);
    (void)snprintf(steps + used, sizeof(steps) - used, "%s: %s\n", job->node->name, text);
}

static int run_until(int64_t deadline_ms)
{
    const struct runner runner = {&config, deadline_ms, ask, NULL, &config, done, step};
    int signal = runner_run(&runner, jobs, job_count);
    assert_int_equal(done_count, job_count);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
    assert_int_equal(errno, ECHILD);
    return signal;
}

static void run(void)
{
    assert_int_equal(run_until(0), 0);
}

static const struct document *found(const struct runner_job *job, const char *id)
{
    const struct document *document = fleet_document(job->answers, id);
    assert_non_null(document);
    return document;
}

static void answered(const struct runner_job *job, const char *id, const char *text)
{
    const struct document *document = found(job, id);
    assert_null(document->fault);
    assert_span(document->bytes, text);
    assert_true(document->has_duration);
}

static void failed(const struct runner_job *job, const char *id, enum fault_kind kind,
                   const char *text)
{
    const struct document *document = found(job, id);
    assert_non_null(document->fault);
    assert_int_equal(document->fault->kind, kind);
    assert_string_equal(document->fault->text, text);
    assert_string_equal(document->fault->origin, id);
}

static void takes_answers(void **state)
{
    const struct runner_job *job = add_job("answer", 60);
    (void)state;
    run();
    assert_int_equal(job->answers->document_count, 3);
    answered(job, "cli/version.txt", "fine");
    answered(job, "cli/status.txt", "fine too");
    answered(job, "https/tracking_messages/esa1.json", "{}");
    assert_string_equal(steps, "answer: a note\n"
                               "answer: cli/version.txt\n"
                               "answer: cli/status.txt\n"
                               "answer: https/tracking_messages/esa1.json\n");
}

static void adds_nothing_that_was_not_asked(void **state)
{
    const struct runner_job *job = add_job("half", 60);
    (void)state;
    run();
    assert_int_equal(job->answers->document_count, 1);
    answered(job, "cli/version.txt", "fine");
}

static void runs_without_jobs_and_watchers(void **state)
{
    const struct runner runner = {&config, 0, ask, NULL, &config, done, NULL};
    (void)state;
    assert_int_equal(runner_run(&runner, jobs, 0), 0);
    config.parallel = 0; /* one, then */
    (void)add_job("answer", 60);
    assert_int_equal(runner_run(&runner, jobs, 1), 0);
    assert_int_equal(done_count, 1);
}

static void explains_how_a_process_ended(void **state)
{
    static const struct {
        const char *name, *text;
    } ends[] = {
        {"crash", "the process that asked ended by signal 11 (Segmentation fault)"},
        {"exit", "the process that asked ended too early, with status 3"},
        {"twice", "the process that asked sent cli/version.txt twice"},
        {"unasked", "the process that asked sent 'cli/other.txt', for which nobody asked"},
        {"garbage", "the process that asked sent bytes that are no message"},
        {"memory", "the process that asked ran out of memory"},
        {"much", "the process that asked sent too many messages"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++)
        (void)add_job(ends[i].name, 60);
    run();
    for (size_t i = 0; i < COUNT(ends); i++) {
        answered(&jobs[i], "cli/version.txt", "fine");
        failed(&jobs[i], "cli/status.txt", FAULT_INTERNAL, ends[i].text);
        assert_int_equal(jobs[i].answers->document_count, 2);
    }
}

/* Beside one that answers: whoever hangs, stops, loops or is deaf dies at its own deadline. */
static void ends_all_at_their_deadline(void **state)
{
    static const char *const names[] = {"hang", "stop", "spin", "ignore"};
    static const char plain[] = "no answer before the deadline of 1 s; cli/status.txt was being "
                                "asked for",
                      early[] = "no answer before the deadline of 1 s; cli/version.txt was being "
                                "asked for";
    (void)state;
    config.parallel = 5;
    for (size_t i = 0; i < COUNT(names); i++)
        (void)add_job(names[i], 1);
    (void)add_job("answer", 60);
    const int64_t before = fetch_now_ms();
    run();
    assert_true(fetch_now_ms() - before >= 1000);
    assert_int_equal(done_order[0], COUNT(names)); /* it did not wait for the others */
    for (size_t i = 0; i < COUNT(names); i++) {
        bool began = i == 0 || i == 3;
        answered(&jobs[i], "cli/version.txt", "fine");
        failed(&jobs[i], "cli/status.txt", FAULT_TIMEOUT, began ? plain : early);
        assert_int_equal(answers[i].document_count, began ? 3 : 2);
        if (began)
            failed(&jobs[i], "https/tracking_messages/esa1.json", FAULT_TIMEOUT, plain);
    }
    answered(&jobs[COUNT(names)], "cli/status.txt", "fine too");
}

/* A proxy command that was started for the connection ends with the process that started it. */
static void ends_what_a_process_started(void **state)
{
    char byte;
    (void)state;
    assert_int_equal(pipe(outlive), 0);
    (void)add_job("grandchild", 1);
    run();
    (void)close(outlive[1]);
    /* End of file: nobody holds the other end any more. */
    assert_int_equal(read(outlive[0], &byte, 1), 0);
    (void)close(outlive[0]);
}

static void obeys_the_deadline_of_the_run(void **state)
{
    const struct runner_job *hanging = add_job("hang", 60), *later = add_job("answer", 60);
    (void)state;
    config.parallel = 1;
    assert_int_equal(run_until(fetch_now_ms() + 1000), 0);
    failed(hanging, "cli/status.txt", FAULT_TIMEOUT,
           "no answer before the run's deadline of 1 s; cli/status.txt was being asked for");
    failed(later, "cli/version.txt", FAULT_TIMEOUT, "not asked: the run's deadline of 1 s is over");
    failed(later, "cli/status.txt", FAULT_TIMEOUT, "not asked: the run's deadline of 1 s is over");
    assert_int_equal(later->answers->document_count, 2);
}

static volatile sig_atomic_t seen;

static void note_signal(int signal)
{
    seen = signal;
}

static void ends_at_a_signal_and_restores_handlers(void **state)
{
    struct sigaction mine = {.sa_handler = note_signal}, old[3], now;
    sigset_t before, after;
    (void)state;
    (void)sigaction(SIGTERM, &mine, &old[0]);
    (void)sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_IGN}, &old[1]);
    (void)sigaction(SIGHUP, &(struct sigaction){.sa_handler = SIG_IGN}, &old[2]);
    (void)sigprocmask(SIG_BLOCK, NULL, &before);
    (void)add_job("answer", 60);
    (void)add_job("hang", 60);
    (void)add_job("answer", 60);
    config.parallel = 2;
    interrupt_at = 1;
    assert_int_equal(run_until(0), SIGTERM);
    failed(&jobs[1], "cli/status.txt", FAULT_INTERNAL, "the run was interrupted");
    answered(&jobs[0], "cli/status.txt", "fine too");
    (void)sigprocmask(SIG_BLOCK, NULL, &after);
    for (int i = 1; i < NSIG; i++)
        assert_int_equal(sigismember(&before, i), sigismember(&after, i));
    (void)sigaction(SIGCHLD, &old[1], &now);
    assert_true(now.sa_handler == SIG_IGN);
    (void)sigaction(SIGHUP, &old[2], &now);
    assert_true(now.sa_handler == SIG_IGN);
    assert_int_equal(seen, 0);
    (void)raise(SIGTERM);
    assert_int_equal(seen, SIGTERM);
    (void)sigaction(SIGTERM, &old[0], NULL);
}

static int open_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void asks_in_order_with_no_more_than_parallel(void **state)
{
    (void)state;
    config.parallel = 1;
    for (int i = 0; i < 200; i++)
        (void)add_job("answer", 60);
    const int before = open_descriptors();
    run();
    assert_int_equal(open_descriptors(), before);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(done_order[i], i);
        answered(&jobs[i], "cli/version.txt", "fine");
    }
}

static void gives_a_process_nothing_of_the_others(void **state)
{
    (void)state;
    config.parallel = 20;
    int mine = 0;
    for (int fd = 3; fd < 256; fd++)
        mine += fcntl(fd, F_GETFD) >= 0;
    for (int i = 0; i < 20; i++)
        (void)add_job("look", 60);
    run();
    for (int i = 0; i < 20; i++)
        answered(&jobs[i], "cli/version.txt",
                 arena_printf(&arena, "%d open, group 1, handler 1, stdout 0, left 1", mine + 1));
}

/* What waits in a buffer when a process is forked is written once, though the process exits. */
static void prints_nothing_twice(void **state)
{
    char text[64] = "";
    (void)state;
    printed = tmpfile();
    assert_non_null(printed);
    (void)fputs("once\n", printed);
    (void)add_job("exit", 60);
    (void)add_job("answer", 60);
    run();
    assert_int_equal(fflush(printed), 0);
    assert_int_equal(pread(fileno(printed), text, sizeof(text) - 1, 0), 5);
    assert_string_equal(text, "once\n");
    (void)fclose(printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_jobs(takes_answers),
        with_jobs(adds_nothing_that_was_not_asked),
        with_jobs(runs_without_jobs_and_watchers),
        with_jobs(explains_how_a_process_ended),
        with_jobs(ends_all_at_their_deadline),
        with_jobs(ends_what_a_process_started),
        with_jobs(obeys_the_deadline_of_the_run),
        with_jobs(ends_at_a_signal_and_restores_handlers),
        with_jobs(asks_in_order_with_no_more_than_parallel),
        with_jobs(gives_a_process_nothing_of_the_others),
        with_jobs(prints_nothing_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
