/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/watch/loop.h"

#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "checks/registry.h"
#include "plugin/capture.h"
#include "plugin/change.h"
#include "plugin/fetch/fetch.h"
#include "plugin/journal.h"
#include "plugin/reload.h"
#include "plugin/screen.h"
#include "plugin/watch/page.h"
#include "plugin/watch/round.h"
#include "plugin/watch/tell.h"

struct loop {
    struct arena *arena;
    const struct loop_settings *settings;
    struct model model;
    struct round round;
    struct tell tell;
    struct page page;
    struct screen screen;
    bool live;                                          /* on a terminal */
    bool end, whole;                                    /* WHOLE: at least one round was */
    int journal;                                        /* -1 = none */
    char trouble[sizeof(((struct fault *)NULL)->text)]; /* of the journal or the last round */
    const char *verified;                               /* run folder that the verdicts are of */
    int64_t next_ms;                                    /* CLOCK_MONOTONIC: the next round */
};

/* ---- signals: seen only while waiting ---- */

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGWINCH};
static volatile sig_atomic_t ending, stopping;

static void on_signal(int signal)
{
    if (signal == SIGTSTP)
        stopping = 1;
    else if (signal != SIGWINCH) /* which only has to end the waiting */
        ending = 1;
}

static void catch_signals(const struct loop *loop, sigset_t *usual)
{
    struct sigaction action = {.sa_handler = on_signal}, old;
    sigset_t mine;
    (void)sigemptyset(&mine);
    for (size_t i = 0; i < CHECK_COUNT(signals); i++) {
        const bool screen = signals[i] == SIGTSTP || signals[i] == SIGWINCH;
        /* What was ignored when we were started stays so (nohup). */
        if ((screen && !loop->live) || sigaction(signals[i], NULL, &old) != 0 ||
            old.sa_handler == SIG_IGN)
            continue;
        (void)sigaddset(&mine, signals[i]);
        (void)sigaction(signals[i], &action, NULL);
    }
    (void)sigprocmask(SIG_BLOCK, &mine, usual);
}

/* ---- what was before ---- */

static bool load_baseline(struct loop *loop, struct fault *fault)
{
    struct arena arena; /* the answers of a fleet are large, what is kept of them is not */
    struct capture capture;
    if (loop->settings->baseline == NULL)
        return true;
    arena_init(&arena, loop->arena->out_of_memory);
    bool good = capture_load(&arena, loop->settings->baseline, NULL, &capture, fault);
    for (size_t i = 0; good && i < loop->model.node_count; i++) {
        struct model_node *node = &loop->model.nodes[i];
        const struct question q = {.arena = &arena,
                                   .fleet = &capture.fleet,
                                   .node = fleet_node(&capture.fleet, text_of(node->config->name))};
        node->stage = stage_begin(&q);
    }
    arena_free(&arena);
    return good;
}

/* An earlier watch of the same change may have seen what nobody can ask any more. */
static bool load_journal(struct loop *loop, struct fault *fault)
{
    struct arena arena;
    struct journal_event *events;
    size_t count;
    if (loop->settings->journal == NULL)
        return true;
    arena_init(&arena, loop->arena->out_of_memory);
    bool good = journal_read(&arena, loop->settings->journal, &events, &count, fault);
    for (size_t i = 0; good && i < count; i++) {
        const struct config_node *config = config_node(loop->settings->config, events[i].node);
        if (config == NULL)
            continue;
        struct model_node *node = &loop->model.nodes[config - loop->settings->config->nodes];
        if (events[i].stage == NULL)
            continue;
        node->stage.word = stage_of_name(events[i].stage);
        node->has_since = true;
        node->since = events[i].at;
    }
    arena_free(&arena);
    if (good)
        loop->journal = journal_open(loop->settings->journal, fault);
    return good && loop->journal >= 0;
}

static void take_verdicts(struct loop *loop, const struct report *report)
{
    for (size_t i = 0; i < loop->model.node_count; i++) {
        struct model_node *node = &loop->model.nodes[i];
        node->has_verdict = false;
        node->verdict = (struct stage_verdict){true, report->has_times, report->ended_at};
        for (size_t r = 0; r < report->count; r++) {
            if (strcasecmp(report->results[r].result->node, node->config->name) != 0)
                continue;
            node->has_verdict = true;
            node->verdict.good = node->verdict.good && report->results[r].state <= STATE_OK;
        }
    }
}

/* What the newest whole run of the change says; one that cannot be read yet is tried again. */
static void look_for_verdicts(struct loop *loop)
{
    const struct loop_settings *settings = loop->settings;
    struct arena arena;
    struct change change;
    struct report report;
    struct fault fault;
    if (settings->change == NULL)
        return;
    arena_init(&arena, loop->arena->out_of_memory);
    if (change_find(&arena, settings->changes, settings->change, &change, &fault) &&
        change.last != NULL &&
        (loop->verified == NULL || strcmp(loop->verified, change.last) != 0) &&
        reload_report(&arena, change.last, registry_find, &report, &fault)) {
        take_verdicts(loop, &report);
        loop->verified = arena_dup(loop->arena, text_of(change.last));
    }
    arena_free(&arena);
}

/* ---- rounds ---- */

static void trouble(struct loop *loop, const struct fault *fault)
{
    (void)snprintf(loop->trouble, sizeof(loop->trouble), "%s%s%s", fault->origin,
                   fault->origin[0] != '\0' ? ": " : "",
                   result_clean(loop->arena, text_of(fault->text), 200));
    tell_fault(&loop->tell, fault, (int64_t)time(NULL));
}

static void keep(struct loop *loop, const struct model_node *node, const struct stage *before,
                 int64_t at)
{
    struct model_event events[MODEL_EVENTS];
    struct fault fault;
    char release[48];
    const size_t count = loop->journal < 0 ? 0 : model_events(before, &node->stage, events);
    for (size_t i = 0; i < count; i++) {
        const bool tells = events[i].release && node->stage.now.has_release;
        const struct journal_event event = {
            .at = at,
            .node = node->config->name,
            .event = events[i].word,
            .was = stage_name(before->word),
            .stage = stage_name(node->stage.word),
            .document = events[i].document,
            .release =
                tells ? release_print(&node->stage.now.release, release, sizeof(release)) : NULL,
        };
        if (!journal_append(loop->journal, &event, &fault))
            trouble(loop, &fault);
    }
}

static void begin_round(struct loop *loop)
{
    struct fault fault;
    loop->trouble[0] = '\0';
    loop->next_ms = fetch_now_ms() + (int64_t)loop->settings->every_s * 1000;
    loop->page.next = (int64_t)time(NULL) + loop->settings->every_s;
    loop->page.done = loop->page.total = 0;
    look_for_verdicts(loop);
    if (!round_begin(&loop->round, loop->settings->config, &loop->model, &fault))
        trouble(loop, &fault);
}

static void end_round(struct loop *loop, const struct round_message *message)
{
    if (message->fault.kind != FAULT_NONE)
        trouble(loop, &message->fault);
    else
        loop->whole = true;
    model_judge(&loop->model, (int64_t)time(NULL));
    tell_rest(&loop->tell, &loop->model, (int64_t)time(NULL));
    loop->end = loop->end || loop->settings->once || ferror(loop->settings->out);
}

static void take_messages(struct loop *loop)
{
    const struct round_message *message;
    while (!loop->end && (message = round_next(&loop->round)) != NULL) {
        if (message->kind == ROUND_END) {
            end_round(loop, message);
        } else if (message->kind == ROUND_DONE) {
            loop->page.done = message->index;
            loop->page.total = message->total;
        } else {
            struct model_node *node = &loop->model.nodes[message->index];
            const bool first = !node->seen;
            const struct stage before =
                model_take(&loop->model, message->index, &message->sight, message->at);
            keep(loop, node, &before, message->at);
            tell_stage(&loop->tell, node, &before, first, message->at);
        }
    }
}

/* ---- the screen ---- */

static void draw(struct loop *loop)
{
    char bottom[160];
    FILE *out = screen_page(&loop->screen);
    if (out == NULL)
        return;
    model_judge(&loop->model, (int64_t)time(NULL));
    screen_size(&loop->screen, &loop->page.rows, &loop->page.columns);
    loop->page.now = (int64_t)time(NULL);
    loop->page.asking = loop->round.pid != 0;
    loop->page.fault = loop->trouble[0] == '\0' ? NULL : loop->trouble;
    page_print(out, &loop->page);
    page_bottom(&loop->page, bottom, sizeof(bottom));
    screen_show(&loop->screen, out, bottom, bottom);
}

/* Those that refused a login get one more try, now. */
static void retry(struct loop *loop)
{
    for (size_t i = 0; i < loop->model.node_count; i++)
        loop->model.nodes[i].cli_refused = loop->model.nodes[i].web_refused = false;
    loop->next_ms = fetch_now_ms();
}

static void scroll(struct page *page, int64_t lines)
{
    const int64_t count = (int64_t)page->model->node_count;
    const int64_t last = count > (int64_t)page->fit ? count - (int64_t)page->fit : 0;
    const int64_t first = (int64_t)page->first + lines;
    page->first = (size_t)(first < 0 ? 0 : first > last ? last : first);
}

static void take_keys(struct loop *loop)
{
    struct page *page = &loop->page;
    const int64_t count = (int64_t)page->model->node_count, fit = (int64_t)page->fit;
    for (int key; !loop->end && (key = screen_key(&loop->screen)) != SCREEN_NONE;)
        switch (key) {
        case 'q':
        case 'Q':
        case SCREEN_GONE:
            loop->end = true;
            break;
        case 'h':
        case '?':
            page->help = !page->help;
            break;
        case 'r':
            retry(loop);
            break;
        case 'j':
        case SCREEN_DOWN:
            scroll(page, 1);
            break;
        case 'k':
        case SCREEN_UP:
            scroll(page, -1);
            break;
        case ' ':
        case SCREEN_PAGE_DOWN:
            scroll(page, fit);
            break;
        case 'b':
        case SCREEN_PAGE_UP:
            scroll(page, -fit);
            break;
        case 'g':
        case SCREEN_HOME:
            scroll(page, -count);
            break;
        case 'G':
        case SCREEN_END:
            scroll(page, count);
            break;
        default:
            break;
        }
}

/* Ctrl-Z: the terminal is the shell's until we are called back. */
static void stop_for_shell(struct loop *loop)
{
    stopping = 0;
    screen_end(&loop->screen);
    (void)raise(SIGSTOP);
    screen_begin(&loop->screen, loop->settings->out);
}

/* ---- the whole ---- */

/* Until a key, news of the round, a signal, or the next second (on a screen) or round. */
static void wait_for_news(struct loop *loop, const sigset_t *usual)
{
    fd_set set;
    int most = -1;
    int64_t wait_ms = loop->round.pid != 0 ? 60 * 1000 : loop->next_ms - fetch_now_ms();
    if (loop->live && wait_ms > 1000) { /* the clock on the screen goes on */
        struct timespec now;
        (void)clock_gettime(CLOCK_REALTIME, &now);
        wait_ms = 1000 - now.tv_nsec / 1000000;
    }
    wait_ms = wait_ms < 0 ? 0 : wait_ms;
    const struct timespec limit = {wait_ms / 1000, wait_ms % 1000 * 1000000};
    FD_ZERO(&set);
    if (loop->live && loop->screen.keys) {
        FD_SET(STDIN_FILENO, &set);
        most = STDIN_FILENO;
    }
    if (loop->round.pid != 0 && loop->round.fd < (int)FD_SETSIZE) {
        FD_SET(loop->round.fd, &set);
        most = loop->round.fd > most ? loop->round.fd : most;
    }
    (void)pselect(most + 1, &set, NULL, NULL, &limit, usual);
}

static void watch(struct loop *loop, const sigset_t *usual)
{
    while (!loop->end && !ending) {
        if (stopping)
            stop_for_shell(loop);
        if (loop->round.pid == 0 && fetch_now_ms() >= loop->next_ms)
            begin_round(loop);
        if (loop->live)
            draw(loop);
        wait_for_news(loop, usual);
        take_messages(loop);
        if (loop->live)
            take_keys(loop);
    }
    round_stop(&loop->round);
}

int loop_run(struct arena *arena, const struct loop_settings *settings, struct fault *fault)
{
    struct loop loop = {.arena = arena, .settings = settings, .journal = -1};
    sigset_t usual;
    ending = stopping = 0;
    loop.live = !settings->json && !settings->once && isatty(fileno(settings->out)) != 0;
    model_init(arena, settings->config, &loop.model);
    loop.model.change = settings->change;
    loop.page = (struct page){.model = &loop.model,
                              .colour = settings->colour,
                              .has_until = settings->config->plan.has_to,
                              .until = settings->config->plan.to};
    if (!load_baseline(&loop, fault) || !load_journal(&loop, fault))
        return 3;
    tell_init(arena, &loop.model, loop.live ? NULL : settings->out, settings->json, &loop.tell);
    catch_signals(&loop, &usual);
    if (loop.live)
        screen_begin(&loop.screen, settings->out);
    watch(&loop, &usual);
    screen_end(&loop.screen);
    (void)sigprocmask(SIG_SETMASK, &usual, NULL);
    if (loop.journal >= 0)
        (void)close(loop.journal);
    model_judge(&loop.model, (int64_t)time(NULL));
    if (loop.live && loop.whole && !ferror(settings->out))
        page_summary(settings->out, &loop.page);
    return loop.whole ? result_exit_code(loop.model.state) : 3;
}
