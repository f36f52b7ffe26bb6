/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/watch/round.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "checks/parse/cli_clusterlist.h"
#include "checks/parse/cli_connstatus.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/cli_version.h"
#include "checks/parse/cli_workqueue.h"
#include "checks/parse/config_appliances.h"
#include "checks/parse/xml_status.h"
#include "plugin/file.h"
#include "plugin/live.h"

/* Few: a round comes twice a minute. */
static const struct document_kind *const kinds[] = {
    &cli_version_kind,    &cli_status_kind, &cli_workqueue_kind,     &cli_clusterlist_kind,
    &cli_connstatus_kind, &xml_status_kind, &config_appliances_kind,
};

/* ---- in the process of the round ---- */

struct asking {
    const struct config *config;
    const struct model *model;
    int fd;
};

static const struct model_node *node_of(const struct asking *asking, const struct config_node *node)
{
    return &asking->model->nodes[node - asking->config->nodes];
}

static void send_message(const struct asking *asking, struct round_message *message)
{
    message->at = (int64_t)time(NULL);
    if (!file_write_all(asking->fd, (struct span){(const char *)message, sizeof(*message)}))
        _exit(1); /* nobody reads any more */
}

static bool wants_row(void *context, const struct config_node *config, const struct fetch_row *row)
{
    const struct model_node *node = node_of(context, config);
    bool wanted = false;
    for (size_t i = 0; i < CHECK_COUNT(kinds); i++)
        wanted = wanted || kinds[i] == row->kind;
    return wanted && !(row->how == FETCH_CLI ? node->cli_refused : node->web_refused);
}

/* A node without any document to ask for is not asked at all. */
static bool wants(void *context, const char *name)
{
    const struct asking *asking = context;
    const struct model_node *node = node_of(asking, config_node(asking->config, name));
    return !(node->cli_refused && node->web_refused);
}

/* A login that was refused, or that could not be tried. More than ten in two minutes lock out. */
static bool is_refused(const struct document *document)
{
    return document->fault != NULL &&
           (document->fault->kind == FAULT_LOGIN || document->fault->kind == FAULT_EXPIRED ||
            document->fault->kind == FAULT_FACTOR);
}

static void look_for_refusals(struct arena *arena, const struct node *node,
                              struct model_sight *sight)
{
    for (size_t i = 0; i < node->document_count; i++) {
        const struct document *document = &node->documents[i];
        const bool cli = text_starts(text_of(document->id), "cli/");
        if (!is_refused(document) || (cli ? sight->cli_refused : sight->web_refused))
            continue;
        *(cli ? &sight->cli_refused : &sight->web_refused) = true;
        if (cli || !sight->cli_refused)
            (void)snprintf(sight->refused, sizeof(sight->refused), "%s: %s", cli ? "SSH" : "HTTPS",
                           result_clean(arena, text_of(document->fault->text), STAGE_TEXT - 16));
    }
}

static void look(void *context, struct arena *arena, const struct fleet *fleet)
{
    const struct asking *asking = context;
    struct round_message message;
    for (size_t i = 0; i < fleet->count; i++) {
        const struct config_node *config = config_node(asking->config, fleet->nodes[i].name);
        const struct model_node *node = node_of(asking, config);
        const struct question q = {.arena = arena,
                                   .fleet = fleet,
                                   .node = &fleet->nodes[i],
                                   .has_expect = config->has_expect,
                                   .expect = config->expect};
        if (fleet->nodes[i].by_name_only)
            continue;
        memset(&message, 0, sizeof(message));
        message.kind = ROUND_SIGHT;
        message.index = (size_t)(config - asking->config->nodes);
        message.sight.stage =
            stage_next(&q, &node->stage, node->has_verdict ? &node->verdict : NULL);
        look_for_refusals(arena, q.node, &message.sight);
        send_message(asking, &message);
    }
}

static void done(void *context, const struct node *node, size_t count, size_t total)
{
    struct round_message message;
    (void)node;
    memset(&message, 0, sizeof(message));
    message.kind = ROUND_DONE;
    message.index = count;
    message.total = total;
    send_message(context, &message);
}

/* Away from the terminal: Ctrl-C is for the screen, which ends this process itself. */
static void leave(pid_t parent)
{
    const struct sigaction usual = {.sa_handler = SIG_DFL}, ignored = {.sa_handler = SIG_IGN};
    sigset_t none;
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    for (int signal = 1; signal < NSIG; signal++)
        (void)sigaction(signal, &usual, NULL);
    (void)sigaction(SIGPIPE, &ignored, NULL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (getppid() != parent)
        _exit(1);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        return;
    (void)dup2(null, STDIN_FILENO);
    (void)dup2(null, STDOUT_FILENO);
#ifndef __SANITIZE_ADDRESS__ /* whose reports go there */
    (void)dup2(null, STDERR_FILENO);
#endif
}

static _Noreturn void ask(struct asking *asking, pid_t parent)
{
    struct arena arena;
    struct report report;
    struct round_message message;
    const struct judging judging = {.checks = NULL};
    const struct live live = {.config = asking->config,
                              .judging = &judging,
                              .phase = "watch",
                              .context = asking,
                              .wants = wants,
                              .wants_row = wants_row,
                              .look = look,
                              .done = done};
    bool unsaved;
    leave(parent);
    arena_init(&arena, NULL);
    memset(&message, 0, sizeof(message));
    message.kind = ROUND_END;
    (void)live_run(&arena, &live, &report, &unsaved, &message.fault);
    send_message(asking, &message);
    _exit(0);
}

/* ---- in the process of the screen ---- */

bool round_begin(struct round *round, const struct config *config, const struct model *model,
                 struct fault *fault)
{
    int ends[2];
    const pid_t parent = getpid();
    if (pipe(ends) != 0)
        return fault_set(fault, FAULT_INTERNAL, "", 0, "no pipe for a round: %s", strerror(errno));
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    (void)fflush(NULL); /* so that nothing that waits to be printed is there twice */
    const pid_t pid = fork();
    if (pid == 0) {
        struct asking asking = {config, model, ends[1]};
        (void)close(ends[0]);
        ask(&asking, parent);
    }
    const int why = errno;
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        return fault_set(fault, FAULT_INTERNAL, "", 0, "no process for a round: %s", strerror(why));
    }
    *round = (struct round){.pid = pid, .fd = ends[0]};
    return true;
}

static void finish(struct round *round, int *status)
{
    while (waitpid(round->pid, status, 0) < 0 && errno == EINTR)
        continue;
    (void)close(round->fd);
    round->pid = 0;
    round->fd = -1;
}

const struct round_message *round_next(struct round *round)
{
    int status = 0;
    while (round->pid != 0) {
        char *to = (char *)&round->message + round->got;
        ssize_t n = read(round->fd, to, sizeof(round->message) - round->got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return NULL;
        if (n > 0) {
            round->got += (size_t)n;
            if (round->got < sizeof(round->message))
                continue;
            round->got = 0;
            if (round->message.kind == ROUND_END)
                finish(round, &status);
            return &round->message;
        }
        finish(round, &status);
        round->message = (struct round_message){.kind = ROUND_END};
        (void)fault_set(&round->message.fault, FAULT_INTERNAL, "", 0,
                        WIFSIGNALED(status) ? "the round ended by signal %d"
                                            : "the round ended early, with status %d",
                        WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        return &round->message;
    }
    return NULL;
}

void round_stop(struct round *round)
{
    int status;
    if (round->pid == 0)
        return;
    (void)kill(round->pid, SIGTERM); /* it ends its own children */
    (void)close(round->fd);          /* and what it has to say is not waited for */
    round->fd = -1;
    finish(round, &status);
}
