/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugin/index.h"
#include "plugin/secret.h"
#include "plugin/wire.h"

/* What one process may send, and one read of it. Far more than an appliance has to say. */
enum { MAX_BYTES = 64 * 1024 * 1024, MAX_FRAMES = 65536, PIECE = 64 * 1024 };

enum { MAX_PARALLEL = 4096, MARGIN_MS = 1000, STATUS_NO_MEMORY = 71, STATUS_NO_READER = 72 };

/* The process that asks one appliance, seen from the parent. */
struct child {
    pid_t pid;
    int fd; /* read end of its pipe, does not block */
    struct runner_job *job;
    int64_t deadline_ms; /* the smaller of the appliance's and the run's */
    struct wire_reader reader;
    size_t received, frames;
    const char *running; /* id that was begun last, in the job's arena; NULL = none yet */
    const char **begun;  /* all ids that were begun */
    size_t begun_count;
    bool ended;            /* it said so */
    const char *complaint; /* it sent what it must not */
};

struct run {
    const struct runner *runner;
    struct arena arena;
    struct runner_job *jobs;
    size_t count, next;
    struct child *children; /* of which ACTIVE are at work */
    struct pollfd *polls;   /* one per child, and the pipe that a signal writes to */
    size_t active, parallel;
    int64_t began_ms;
    struct sigaction old[4];
    sigset_t old_mask;
    int wake[2];
};

/* The signals that end a run, and SIGCHLD: a parent that ignores it would lose the reasons. */
static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD};
enum { SIGNAL_COUNT = sizeof(signals) / sizeof(signals[0]), ENDING_COUNT = SIGNAL_COUNT - 1 };

/* What the signal handler can reach. */
static volatile sig_atomic_t caught;
static volatile sig_atomic_t wake_fd = -1;

static void on_signal(int signal)
{
    const int saved = errno;
    if (caught == 0)
        caught = signal;
    if (wake_fd >= 0 && write((int)wake_fd, "", 1) < 0)
        errno = 0; /* a full pipe wakes the parent as well */
    errno = saved;
}

/* A pipe above the three standard descriptors, not for programs that are started. */
static bool open_pipe(int ends[2])
{
    if (pipe(ends) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        int lifted = ends[i] > 2 ? ends[i] : fcntl(ends[i], F_DUPFD, 3);
        if (lifted != ends[i])
            (void)close(ends[i]);
        ends[i] = lifted;
    }
    if (ends[0] >= 0 && ends[1] >= 0 && fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 &&
        fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
        return true;
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            (void)close(ends[i]);
    return false;
}

/* ---- in the child ---- */

static _Noreturn void end_without_memory(void)
{
    _exit(STATUS_NO_MEMORY);
}

static void send_frame(void *context, const struct wire_frame *frame)
{
    const int *fd = context;
    if (!wire_send(*fd, frame))
        _exit(STATUS_NO_READER);
}

static void send_begin(void *context, const char *id)
{
    if (wire_is_id(text_of(id)))
        send_frame(context, &(struct wire_frame){.kind = WIRE_BEGIN, .text = text_of(id)});
}

static void send_document(void *context, const struct document *document)
{
    send_frame(context, &(struct wire_frame){.kind = WIRE_DOCUMENT, .document = *document});
}

static void send_note(void *context, const char *line)
{
    send_frame(context, &(struct wire_frame){.kind = WIRE_NOTE, .text = text_of(line)});
}

/*
 * Away from everything of the parent: signals, descriptors, standard streams. What a library or a
 * proxy command prints would be taken for the plugin's output.
 */
static void leave_parent(const struct run *run, pid_t parent)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};
    struct sigaction ignored = {.sa_handler = SIG_IGN};
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(STATUS_NO_READER);
    wake_fd = -1;
    for (int signal = 1; signal < NSIG; signal++)
        (void)sigaction(signal, &usual, NULL);
    (void)sigaction(SIGPIPE, &ignored, NULL); /* a lost connection is a fault, not an end */
    (void)sigprocmask(SIG_SETMASK, &run->old_mask, NULL);
    (void)close(run->wake[0]);
    (void)close(run->wake[1]);
    for (size_t i = 0; i < run->active; i++)
        (void)close(run->children[i].fd);
    int null = open("/dev/null", O_RDWR);
    if (null < 0)
        return;
    (void)dup2(null, STDIN_FILENO);
    (void)dup2(null, STDOUT_FILENO);
#ifndef __SANITIZE_ADDRESS__ /* whose reports go there */
    (void)dup2(null, STDERR_FILENO);
#endif
    if (null > STDERR_FILENO)
        (void)close(null);
}

static _Noreturn void ask(const struct run *run, const struct runner_job *job, int64_t deadline_ms,
                          int fd)
{
    struct arena arena;
    const struct fetch_sink sink = {&fd, send_begin, send_document, send_note};
    const int64_t tenth = (deadline_ms - fetch_now_ms()) / 10;
    const int64_t margin = tenth < 0 ? 0 : tenth < MARGIN_MS ? tenth : MARGIN_MS;
    secret_harden();
    arena_init(&arena, end_without_memory);
    struct fetch fetch = {
        .arena = &arena,
        .config = run->runner->config,
        .node = job->node,
        .rows = job->rows,
        .row_count = job->row_count,
        .deadline_ms = deadline_ms - margin, /* time to say itself what was too slow */
        .sink = &sink,
        .way = run->runner->way,
    };
    run->runner->ask(&fetch);
    send_frame(&fd, &(struct wire_frame){.kind = WIRE_END});
    _exit(0);
}

/* ---- in the parent ---- */

static void step(const struct run *run, const struct runner_job *job, const char *text)
{
    if (run->runner->step != NULL)
        run->runner->step(run->runner->context, job, text);
}

static bool is_wanted(const struct runner_job *job, struct span id)
{
    for (size_t i = 0; i < job->row_count; i++)
        if (fleet_is_of_kind(job->rows[i]->kind, id))
            return true;
    return false;
}

static void add_fault(const struct runner_job *job, const char *id, const struct fault *why)
{
    if (fleet_document(job->answers, id) != NULL)
        return;
    struct fault fault = *why;
    (void)snprintf(fault.origin, sizeof(fault.origin), "%s", id);
    index_add_document(job->arena, job->answers, id)->fault = fault_keep(job->arena, &fault);
}

/* Every wanted document that is not there has the fault WHY, and of families those begun. */
static void add_faults(const struct runner_job *job, const struct child *child,
                       const struct fault *why)
{
    for (size_t i = 0; i < job->row_count; i++)
        if (strchr(job->rows[i]->kind->id, '*') == NULL)
            add_fault(job, job->rows[i]->kind->id, why);
    for (size_t i = 0; child != NULL && i < child->begun_count; i++)
        if (is_wanted(job, text_of(child->begun[i])))
            add_fault(job, child->begun[i], why);
}

static void take_begin(const struct run *run, struct child *child, struct span id)
{
    struct arena *arena = child->job->arena;
    child->running = id.p;
    child->begun = arena_push(arena, child->begun, child->begun_count, sizeof(*child->begun));
    child->begun[child->begun_count++] = id.p;
    step(run, child->job, id.p);
}

static void take_document(struct child *child, const struct document *document)
{
    struct runner_job *job = child->job;
    if (!is_wanted(job, text_of(document->id)))
        child->complaint =
            arena_printf(job->arena, "'%.80s', for which nobody asked", document->id);
    else if (fleet_document(job->answers, document->id) != NULL)
        child->complaint = arena_printf(job->arena, "%.80s twice", document->id);
    else
        *index_add_document(job->arena, job->answers, document->id) = *document;
}

static void take_frames(const struct run *run, struct child *child)
{
    struct wire_frame frame;
    while (!child->ended && child->complaint == NULL &&
           wire_next(&child->reader, child->job->arena, &frame)) {
        if (++child->frames > MAX_FRAMES)
            child->complaint = "too many messages";
        else if (frame.kind == WIRE_BEGIN)
            take_begin(run, child, frame.text);
        else if (frame.kind == WIRE_DOCUMENT)
            take_document(child, &frame.document);
        else if (frame.kind == WIRE_NOTE)
            step(run, child->job, frame.text.p);
        else
            child->ended = true;
    }
    if (child->reader.broken)
        child->complaint = "bytes that are no message";
    else if (child->received > MAX_BYTES)
        child->complaint = "more than 64 MiB";
}

/* One piece of what CHILD sent. False when there is nothing (more). */
static bool receive(const struct run *run, struct child *child, bool *at_end)
{
    char piece[PIECE];
    ssize_t n = read(child->fd, piece, sizeof(piece));
    *at_end = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
    if (n <= 0)
        return false;
    child->received += (size_t)n;
    wire_feed(&child->reader, piece, (size_t)n);
    take_frames(run, child);
    return !child->ended && child->complaint == NULL;
}

/* Why the process ended before it said so. */
static void explain_end(const struct child *child, int status, struct fault *why)
{
    if (child->complaint != NULL)
        (void)fault_set(why, FAULT_INTERNAL, NULL, 0, "the process that asked sent %s",
                        child->complaint);
    else if (WIFSIGNALED(status))
        (void)fault_set(why, FAULT_INTERNAL, NULL, 0,
                        "the process that asked ended by signal %d (%s)", WTERMSIG(status),
                        strsignal(WTERMSIG(status)));
    else if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_NO_MEMORY)
        (void)fault_set(why, FAULT_INTERNAL, NULL, 0, "the process that asked ran out of memory");
    else
        (void)fault_set(why, FAULT_INTERNAL, NULL, 0,
                        "the process that asked ended too early, with status %d",
                        WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/*
 * The end of the child at INDEX, also by force: WHY, or NULL when it ended by itself. What it had
 * already written still counts.
 */
static void finish(struct run *run, size_t index, const struct fault *why)
{
    struct child child = run->children[index];
    struct fault fault;
    int status = 0;
    bool at_end = false;
    (void)killpg(child.pid, SIGKILL);
    if (!child.ended && child.complaint == NULL)
        while (receive(run, &child, &at_end))
            continue;
    (void)close(child.fd);
    while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR)
        continue;
    wire_free(&child.reader);
    if (!child.ended || child.complaint != NULL) {
        if (why == NULL || child.complaint != NULL) {
            explain_end(&child, status, &fault);
            why = &fault;
        }
        add_faults(child.job, &child, why);
    }
    run->children[index] = run->children[--run->active];
    run->runner->done(run->runner->context, child.job);
}

/* Job NEXT cannot be asked any more. */
static void skip(struct run *run, const struct fault *why)
{
    struct runner_job *job = &run->jobs[run->next++];
    add_faults(job, NULL, why);
    run->runner->done(run->runner->context, job);
}

/*
 * Starts the process for job NEXT. False when the system has no room for another one while some
 * are at work: it is tried again when one of them has ended.
 */
static bool start(struct run *run)
{
    struct runner_job *job = &run->jobs[run->next];
    struct fault why;
    int ends[2];
    pid_t parent = getpid(), pid = -1;
    const int64_t run_deadline = run->runner->deadline_ms;
    int64_t deadline = fetch_now_ms() + (int64_t)job->node->timeout_s * 1000;
    if (run_deadline != 0 && run_deadline < deadline)
        deadline = run_deadline;
    bool piped = open_pipe(ends);
    if (piped) {
        sigset_t all;
        (void)fflush(NULL); /* so that nothing that waits to be printed is there twice */
        (void)sigfillset(&all);
        (void)sigprocmask(SIG_BLOCK, &all, NULL);
        pid = fork();
        if (pid == 0) {
            (void)close(ends[0]);
            leave_parent(run, parent);
            ask(run, job, deadline, ends[1]);
        }
        const int saved = errno;
        (void)sigprocmask(SIG_SETMASK, &run->old_mask, NULL);
        (void)close(ends[1]);
        if (pid < 0)
            (void)close(ends[0]);
        errno = saved;
    }
    if (pid < 0 && run->active > 0)
        return false;
    if (pid < 0) {
        (void)fault_set(&why, FAULT_INTERNAL, NULL, 0, "no process could be started to ask: %s",
                        strerror(errno));
        skip(run, &why);
        return true;
    }
    (void)setpgid(pid, pid); /* also here: it may have to be killed before it ran */
    run->children[run->active++] =
        (struct child){.pid = pid, .fd = ends[0], .job = job, .deadline_ms = deadline};
    run->next++;
    return true;
}

static bool run_is_over(const struct run *run, int64_t now)
{
    return run->runner->deadline_ms != 0 && now >= run->runner->deadline_ms;
}

static long long whole_seconds(int64_t from_ms, int64_t to_ms)
{
    return to_ms <= from_ms ? 0 : (long long)((to_ms - from_ms + 500) / 1000);
}

/* The deadline of CHILD has passed. */
static void expire(struct run *run, size_t index)
{
    const struct child *child = &run->children[index];
    const int64_t run_deadline = run->runner->deadline_ms;
    const bool whole_run = run_deadline != 0 && child->deadline_ms == run_deadline;
    const long long seconds = whole_run ? whole_seconds(run->began_ms, run_deadline)
                                        : (long long)child->job->node->timeout_s;
    struct fault why;
    (void)fault_set(&why, FAULT_TIMEOUT, NULL, 0, "no answer before the %s of %lld s%s%.100s%s",
                    whole_run ? "run's deadline" : "deadline", seconds,
                    child->running == NULL ? "" : "; ",
                    child->running == NULL ? "" : child->running,
                    child->running == NULL ? "" : " was being asked for");
    finish(run, index, &why);
}

/* Milliseconds until the next deadline; -1 when there is none. */
static int left_ms(const struct run *run)
{
    int64_t nearest = INT64_MAX;
    for (size_t i = 0; i < run->active; i++)
        if (run->children[i].deadline_ms < nearest)
            nearest = run->children[i].deadline_ms;
    if (nearest == INT64_MAX)
        return -1;
    int64_t left = nearest - fetch_now_ms();
    return left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

/* Waits for bytes, a deadline or a signal, and serves each child that has one of them. */
static void serve(struct run *run)
{
    for (size_t i = 0; i < run->active; i++)
        run->polls[i] = (struct pollfd){.fd = run->children[i].fd, .events = POLLIN};
    run->polls[run->active] = (struct pollfd){.fd = run->wake[0], .events = POLLIN};
    bool ready = poll(run->polls, run->active + 1, left_ms(run)) > 0;
    const int64_t now = fetch_now_ms();
    /* From the last to the first: finish() moves the last one into the gap. */
    for (size_t i = run->active; i-- > 0 && caught == 0;) {
        struct child *child = &run->children[i];
        bool at_end = false;
        if (ready && run->polls[i].revents != 0)
            (void)receive(run, child, &at_end);
        if (at_end || child->ended || child->complaint != NULL)
            finish(run, i, NULL);
        else if (now >= child->deadline_ms)
            expire(run, i);
    }
}

static void stop_all(struct run *run)
{
    struct fault why;
    (void)fault_set(&why, FAULT_INTERNAL, NULL, 0, "the run was interrupted");
    for (size_t i = 0; i < run->active; i++)
        (void)killpg(run->children[i].pid, SIGKILL);
    while (run->active > 0)
        finish(run, run->active - 1, &why);
    while (run->next < run->count)
        skip(run, &why);
}

static void skip_all(struct run *run)
{
    struct fault why;
    (void)fault_set(&why, FAULT_TIMEOUT, NULL, 0, "not asked: the run's deadline of %lld s is over",
                    whole_seconds(run->began_ms, run->runner->deadline_ms));
    while (run->next < run->count)
        skip(run, &why);
}

static void catch_signals(struct run *run)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    caught = 0;
    wake_fd = run->wake[1];
    (void)sigprocmask(SIG_BLOCK, NULL, &run->old_mask);
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        (void)sigaction(signals[i], NULL, &run->old[i]);
        if (i >= ENDING_COUNT)
            action = (struct sigaction){.sa_handler = SIG_DFL};
        /* What was ignored when we were started stays so (nohup). */
        if (i >= ENDING_COUNT || run->old[i].sa_handler != SIG_IGN)
            (void)sigaction(signals[i], &action, NULL);
    }
}

static void restore_signals(const struct run *run)
{
    for (int i = 0; i < SIGNAL_COUNT; i++)
        (void)sigaction(signals[i], &run->old[i], NULL);
    wake_fd = -1;
}

int runner_run(const struct runner *runner, struct runner_job *jobs, size_t count)
{
    struct run run = {.runner = runner, .jobs = jobs, .count = count};
    if (count == 0)
        return 0;
    run.began_ms = fetch_now_ms();
    run.parallel = runner->config->parallel < 1 ? 1 : runner->config->parallel;
    run.parallel = run.parallel > MAX_PARALLEL ? MAX_PARALLEL : run.parallel;
    run.parallel = run.parallel > count ? count : run.parallel;
    arena_init(&run.arena, jobs[0].arena->out_of_memory);
    run.children = arena_array(&run.arena, run.parallel, sizeof(*run.children));
    run.polls = arena_array(&run.arena, run.parallel + 1, sizeof(*run.polls));
    if (!open_pipe(run.wake))
        run.wake[0] = run.wake[1] = -1; /* poll() passes it over, and is interrupted all the same */
    else
        (void)fcntl(run.wake[1], F_SETFL, O_NONBLOCK);
    catch_signals(&run);
    while (caught == 0 && (run.next < count || run.active > 0)) {
        if (run_is_over(&run, fetch_now_ms()))
            skip_all(&run);
        while (caught == 0 && run.next < count && run.active < run.parallel && start(&run))
            continue;
        if (run.active > 0)
            serve(&run);
    }
    const int signal = (int)caught;
    if (signal != 0)
        stop_all(&run);
    restore_signals(&run);
    for (int i = 0; i < 2; i++)
        if (run.wake[i] >= 0)
            (void)close(run.wake[i]);
    arena_free(&run.arena);
    return signal;
}
