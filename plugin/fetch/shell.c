/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/shell.h"

#include <string.h>

#include "checks/parse/cli_clustercheck.h"
#include "plugin/fetch/login.h"

/*
 * A wide and tall terminal neither wraps nor pages (asyncos-cli.md 1.3, V). Milliseconds: how quiet
 * it must be before the end of the output counts as a question, and how long what follows Ctrl-C,
 * a switch of modes or "exit" may take.
 */
enum {
    COLUMNS = 1000,
    ROWS = 10000,
    LOGIN_BYTES = 256 * 1024,
    REOPEN_MS = 1000,
    REOPEN_STEP_MS = 50,
    QUIET_PROMPT_MS = 50,
    QUIET_QUESTION_MS = 500,
    QUIET_COLON_MS = 3000,
    RECOVER_MS = 4000,
    SWITCH_MS = 10000,
    EXIT_MS = 1000,
    INTERRUPTS = 5,
    CHUNK = 16 * 1024,
};

enum shell_end { SHELL_PROMPT, SHELL_QUESTION, SHELL_LATE, SHELL_TOO_BIG, SHELL_LOST };

void shell_init(struct shell *shell, const struct link *link, int64_t deadline_ms)
{
    *shell = (struct shell){.link = link, .deadline_ms = deadline_ms};
    terminal_init(&shell->terminal, link->fetch->arena);
    terminal_init(&shell->batch, link->fetch->arena);
}

static int64_t until(const struct shell *s, int64_t limit_ms)
{
    int64_t at = fetch_now_ms() + limit_ms;
    return at < s->deadline_ms ? at : s->deadline_ms;
}

/*
 * The one place that writes to a channel, and it writes only what the gate gives. False: the gate
 * is shut, or the connection does not take it.
 */
static bool put(const struct shell *s, ssh_channel channel, enum plan_input input, struct span text,
                struct span screen)
{
    char bytes[512];
    bool batch = input == PLAN_BATCH || input == PLAN_BATCH_CLUSTER;
    size_t n = plan_may_send(input, text, screen, bytes, sizeof(bytes)), sent = 0;
    int64_t at = until(s, SWITCH_MS);
    while (sent < n) {
        int rc = batch ? ssh_channel_request_exec(channel, bytes)
                       : ssh_channel_write(channel, bytes + sent, (uint32_t)(n - sent));
        if (batch && rc == SSH_OK)
            return true;
        if (rc < 0 && rc != SSH_AGAIN)
            return false;
        if (rc > 0)
            sent += (size_t)rc;
        if (sent < n && !link_wait(s->link, at))
            return false;
    }
    return n != 0;
}

static bool type(struct shell *s, enum plan_input input, struct span text)
{
    bool typed = put(s, s->channel, input, text, terminal_screen(&s->terminal));
    terminal_answered(&s->terminal);
    return typed;
}

/*
 * How long nothing more must come before EVENT counts. A line that is nothing but "[]> " ends a
 * menu; any other one may just not be complete.
 */
static int quiet_ms(struct terminal *terminal, enum terminal_event event)
{
    struct span line = terminal_screen(terminal);
    if (event == TERMINAL_PROMPT)
        return terminal->knows || text_starts(line, "(") ? 0 : QUIET_PROMPT_MS;
    if (event == TERMINAL_QUESTION)
        return text_starts(line, "[") ? QUIET_PROMPT_MS : QUIET_QUESTION_MS;
    return event == TERMINAL_COLON ? QUIET_COLON_MS : 0;
}

/* Reads what is there. Number of bytes; 0 = nothing now; -1 = the end. */
static int read_some(struct shell *s, ssh_channel channel, char *chunk)
{
    int n = ssh_channel_read_nonblocking(channel, chunk, CHUNK, 0);
    if (n > 0)
        return n;
    if (n == 0 || n == SSH_AGAIN)
        return ssh_channel_is_eof(channel) || ssh_channel_is_closed(channel) || link_lost(s->link)
                   ? -1
                   : 0;
    return -1;
}

/* Reads until the appliance waits for something that is not answered here, AT_MS at the latest. */
static enum shell_end watch(struct shell *s, bool may_switch, int64_t at_ms)
{
    char chunk[CHUNK];
    struct terminal *t = &s->terminal;
    int64_t last = fetch_now_ms();
    for (;;) {
        int n = read_some(s, s->channel, chunk);
        int64_t now = fetch_now_ms();
        if (n > 0 && !terminal_feed(t, chunk, (size_t)n))
            return SHELL_TOO_BIG;
        if (n > 0 && s->echoed != NULL && t->begun && !t->stray)
            s->echoed(s->context);
        if (now >= at_ms)
            return SHELL_LATE;
        if (n > 0) {
            last = now;
            continue;
        }
        enum terminal_event event = terminal_event(t);
        int64_t due = event == TERMINAL_NOTHING ? at_ms : last + quiet_ms(t, event);
        if (n == 0 && now >= due) {
            if (event == TERMINAL_PROMPT)
                return SHELL_PROMPT;
            if (event == TERMINAL_PAGER) {
                if (!type(s, PLAN_MORE, text_of(NULL)))
                    return SHELL_LOST;
                continue;
            }
            if (event != TERMINAL_CLUSTER_QUESTION || !may_switch)
                return SHELL_QUESTION;
            may_switch = false;
            if (!type(s, PLAN_YES, text_of(NULL)))
                return SHELL_LOST;
            continue;
        }
        if (n < 0)
            return event == TERMINAL_PROMPT && t->knows ? SHELL_PROMPT : SHELL_LOST;
        (void)link_wait(s->link, due < at_ms ? due : at_ms);
    }
}

/* Leaves a question or an answer without end, by Ctrl-C. False: the prompt does not come back. */
static bool recover(struct shell *s)
{
    int64_t at = until(s, RECOVER_MS);
    for (int i = 0; i < INTERRUPTS; i++) {
        if (!type(s, PLAN_INTERRUPT, text_of(NULL)))
            break;
        terminal_begin(&s->terminal, text_of(NULL), 0);
        enum shell_end end = watch(s, false, at);
        if (end == SHELL_PROMPT) {
            terminal_learn(&s->terminal);
            return true;
        }
        if (end != SHELL_QUESTION)
            break;
    }
    s->over = true;
    return false;
}

/*
 * What came in front of an echo shows that the prompt before was none: waits for the end of it all,
 * so that the next command is typed behind a prompt again.
 */
static void fall_in_step(struct shell *s)
{
    char chunk[CHUNK];
    int64_t at = until(s, RECOVER_MS), last = fetch_now_ms(), now = last;
    int n;
    s->refuted = true;
    terminal_release(&s->terminal);
    while ((n = read_some(s, s->channel, chunk)) >= 0 && now < at &&
           now < last + QUIET_QUESTION_MS) {
        if (n > 0)
            (void)terminal_feed(&s->terminal, chunk, (size_t)n);
        else
            (void)link_wait(s->link, last + QUIET_QUESTION_MS < at ? last + QUIET_QUESTION_MS : at);
        now = fetch_now_ms();
        last = n > 0 ? now : last;
    }
    s->over = terminal_event(&s->terminal) != TERMINAL_PROMPT;
}

static bool says(struct span text, const char *const words[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_find_nocase(text, words[i]) >= 0)
            return true;
    return false;
}

/* Why the shell is gone, by the last words of the appliance. */
static bool lost(struct shell *s, const char *step, struct fault *fault)
{
    static const char *const idle[] = {"inactivity", "idle timeout", "idle too long", "timed out"};
    static const char *const down[] = {"reboot", "shutting down", "going down", "shutdown"};
    struct span said = terminal_bytes(&s->terminal);
    if (said.n > 400)
        said = text_skip(said, said.n - 400);
    struct span rest = text_trim(said), quote;
    while (text_cut(rest, '\n', &quote, &rest))
        continue;
    quote = text_trim(quote);
    s->over = true;
    if (link_says_busy(s->terminal.knows ? quote : said))
        return fault_set(fault, FAULT_BUSY, "", 0, "too many CLI sessions: '%.*s'",
                         FAULT_QUOTE(quote));
    if (says(quote, idle, sizeof(idle) / sizeof(idle[0])))
        return fault_set(fault, FAULT_DROPPED, "", 0,
                         "the appliance logged us out during %s, for inactivity: '%.*s'", step,
                         FAULT_QUOTE(quote));
    if (says(quote, down, sizeof(down) / sizeof(down[0])))
        return fault_set(fault, FAULT_DROPPED, "", 0, "the appliance went down during %s: '%.*s'",
                         step, FAULT_QUOTE(quote));
    if (!link_lost(s->link))
        return fault_set(fault, FAULT_DROPPED, "", 0, "the appliance ended the session during %s",
                         step);
    return link_fault(s->link, step, fault);
}

/* Opens a channel. NULL with FAULT. */
static ssh_channel open_channel(struct shell *s, int64_t at_ms, struct fault *fault)
{
    ssh_channel channel = ssh_channel_new(s->link->session);
    int rc = SSH_ERROR;
    while (channel != NULL && (rc = ssh_channel_open_session(channel)) == SSH_AGAIN)
        if (!link_wait(s->link, at_ms)) {
            (void)fault_set(fault, FAULT_TIMEOUT, "", 0, "no session was opened in time");
            break;
        }
    if (rc == SSH_OK)
        return channel;
    if (rc != SSH_AGAIN && link_lost(s->link))
        (void)link_fault(s->link, "the opening of a session", fault);
    else if (rc != SSH_AGAIN)
        (void)fault_set(fault, FAULT_BUSY, "", 0,
                        "the appliance opens no further session, there may be too many: '%.*s'",
                        FAULT_QUOTE(text_of(ssh_get_error(s->link->session))));
    if (channel != NULL)
        ssh_channel_free(channel);
    return NULL;
}

/* Asks for the terminal, then for the shell. */
static int request(struct shell *s, bool shell, int64_t at_ms)
{
    for (;;) {
        int rc = shell ? ssh_channel_request_shell(s->channel)
                       : ssh_channel_request_pty_size(s->channel, "dumb", COLUMNS, ROWS);
        if (rc != SSH_AGAIN || !link_wait(s->link, at_ms))
            return rc;
    }
}

/* Something is asked where the prompt should be. Texts of forced changes are not known. */
static bool asked_at_login(struct shell *s, struct fault *fault)
{
    static const char *const factor[] = {"passcode",     "token",  "one-time",
                                         "verification", "factor", "otp"};
    struct span said = terminal_bytes(&s->terminal);
    struct span quote = text_trim(terminal_screen(&s->terminal));
    s->over = true;
    if (login_says_expired(said))
        return fault_set(fault, FAULT_EXPIRED, "", 0,
                         "the passphrase of %.60s must be changed first, log in by hand once: "
                         "'%.*s'",
                         s->link->fetch->node->user, FAULT_QUOTE(quote));
    if (says(quote, factor, sizeof(factor) / sizeof(factor[0])))
        return fault_set(fault, FAULT_FACTOR, "", 0, "a second factor is asked for: '%.*s'",
                         FAULT_QUOTE(quote));
    return fault_set(fault, FAULT_QUESTION, "", 0,
                     "something is asked before the first prompt, and it is not answered: '%.*s'",
                     FAULT_QUOTE(quote));
}

static void keep_home(struct shell *s)
{
    const struct terminal *t = &s->terminal;
    s->clustered = t->place != PLAN_STANDALONE;
    if (t->place == PLAN_STANDALONE || t->place == PLAN_MACHINE_PLACE)
        memcpy(s->home, t->name, sizeof(s->home));
}

/*
 * "Accept> " asks something. The host name of an appliance is fully qualified (R); a short one
 * counts when it is the configured one.
 */
static bool is_likely(const struct shell *s)
{
    const struct config_node *node = s->link->fetch->node;
    struct span name = text_of(s->terminal.name);
    return s->terminal.place != PLAN_STANDALONE || text_find(name, ".") > 0 ||
           fleet_same_name(name, text_of(node->name)) ||
           fleet_same_name(name, text_of(node->address));
}

static bool first_prompt(struct shell *s, int64_t at_ms, bool *refused, struct fault *fault)
{
    terminal_begin(&s->terminal, text_of(NULL), LOGIN_BYTES);
    switch (watch(s, false, at_ms)) {
    case SHELL_PROMPT:
        terminal_learn(&s->terminal);
        keep_home(s);
        return is_likely(s) || asked_at_login(s, fault);
    case SHELL_QUESTION:
        return asked_at_login(s, fault);
    case SHELL_LATE:
        s->over = true;
        return fault_set(fault, FAULT_TIMEOUT, "", 0, "logged in, but no prompt came in time");
    case SHELL_TOO_BIG:
        s->over = true;
        return fault_set(fault, FAULT_TOO_BIG, "", 0, "the text at login does not end");
    case SHELL_LOST:
        break;
    }
    (void)lost(s, "the login, before the first prompt", fault);
    if (login_says_expired(terminal_bytes(&s->terminal)))
        return asked_at_login(s, fault);
    /* A server that runs one command for every login has no prompt to offer. */
    *refused = fault != NULL && fault->kind == FAULT_DROPPED && !link_lost(s->link);
    return false;
}

static void drop_channel(struct shell *s)
{
    if (s->channel != NULL)
        ssh_channel_free(s->channel); /* closes it */
    s->channel = NULL;
}

bool shell_open(struct shell *shell, int limit_ms, bool *refused, struct fault *fault)
{
    int64_t at = until(shell, limit_ms);
    *refused = false;
    shell->channel = open_channel(shell, at, fault);
    if (shell->channel == NULL)
        return false;
    const char *what = "terminal";
    int rc = request(shell, false, at);
    if (rc == SSH_OK) {
        what = "shell";
        rc = request(shell, true, at);
    }
    if (rc == SSH_OK && first_prompt(shell, at, refused, fault))
        return true;
    if (rc == SSH_AGAIN)
        (void)fault_set(fault, FAULT_TIMEOUT, "", 0, "the request for a %s was not answered", what);
    else if (rc != SSH_OK && link_lost(shell->link))
        (void)link_fault(shell->link, "the opening of a shell", fault);
    else if (rc != SSH_OK)
        *refused = !fault_set(fault, FAULT_UNSUPPORTED, "", 0,
                              "the appliance gives no %s: set cli = batch", what);
    if (*refused)
        shell->over = false;
    drop_channel(shell);
    return false;
}

bool shell_to_machine(struct shell *shell, const char *host, struct fault *fault)
{
    struct terminal *t = &shell->terminal;
    if (t->place == PLAN_STANDALONE || t->place == PLAN_MACHINE_PLACE)
        return true;
    bool back = false;
    if (!shell->over && type(shell, PLAN_MACHINE, text_of(host))) {
        terminal_begin(t, text_of("clustermode machine"), LOGIN_BYTES);
        enum shell_end end = watch(shell, false, until(shell, SWITCH_MS));
        shell->refuted |= t->stray;
        if (end == SHELL_LOST)
            return lost(shell, "`clustermode`", fault);
        if (end == SHELL_PROMPT)
            terminal_learn(t);
        else if (!recover(shell))
            return fault_set(fault, FAULT_TIMEOUT, "", 0, "`clustermode machine` did not end");
        back = t->place == PLAN_MACHINE_PLACE && fleet_same_name(text_of(t->name), text_of(host));
        if (back)
            keep_home(shell);
    }
    return back || fault_set(fault, FAULT_UNSUPPORTED, "", 0,
                             "the CLI is in the mode of '%.80s', and `clustermode machine %.80s` "
                             "does not leave it",
                             t->name, host);
}

/* Nobody waits for a log that is so much longer than what is kept of it. */
enum { STREAM = 32 };

/* Gets TERMINAL ready for the answer of COMMAND; empty on a channel that shows no echo. */
static void expect(const struct shell *s, struct terminal *terminal, const struct fetch_row *row,
                   const char *command)
{
    bool log = row->how == FETCH_LOG && s->dropped != NULL;
    terminal_begin(terminal, text_of(command), row->max_bytes * (log ? STREAM : 1));
    if (log)
        terminal_keep(terminal, row->max_bytes, s->dropped, s->drop_context);
}

/* When ROW's answer must be there: an answer without end must leave time for the others. */
static int64_t row_end(const struct shell *s, const struct fetch_row *row)
{
    int64_t now = fetch_now_ms(), left = (s->deadline_ms - now) * 3 / 4;
    int64_t limit = (int64_t)row->limit_s * 1000;
    return now + (left < limit ? left : limit);
}

static bool too_late(const struct fetch_row *row, const char *command, int64_t start_ms,
                     struct fault *fault)
{
    return fault_set(fault, FAULT_TIMEOUT, row->kind->id, 0,
                     "no complete answer to `%s` within %.1f s", command,
                     (double)(fetch_now_ms() - start_ms) / 1000.0);
}

static bool too_big(const struct fetch_row *row, const char *command, struct fault *fault)
{
    return fault_set(fault, FAULT_TOO_BIG, row->kind->id, 0,
                     "the answer to `%s` is longer than %zu KiB and was ended", command,
                     row->max_bytes * (row->how == FETCH_LOG ? STREAM : 1) / 1024);
}

/* Does nothing but the echo stand before QUESTION, which BYTES end in? */
static bool is_alone(struct span bytes, struct span question)
{
    struct span first, rest;
    (void)text_cut(text_head(bytes, (size_t)(question.p - bytes.p)), '\n', &first, &rest);
    return text_trim(rest).n == 0;
}

/*
 * Is an answer whole that ended in the question SCREEN? A menu's "[]> " stands at its end, the
 * question of clustercheck is part of what it says, and the one about modes is all that is said.
 * Any other one cuts it short.
 */
static bool is_whole(const struct fetch_row *row, const char *command, struct span bytes,
                     struct span screen, struct fault *fault)
{
    if (row->kind == &cli_clustercheck_kind || text_starts(text_trim(screen), "[") ||
        (plan_is_cluster_question(screen) && is_alone(bytes, screen)))
        return true;
    return fault_set(fault, FAULT_QUESTION, row->kind->id, 0,
                     "`%s` asks something that is never answered, so what it says is not whole: "
                     "'%.*s'",
                     command, FAULT_QUOTE(text_trim(screen)));
}

bool shell_ask(struct shell *shell, const struct fetch_row *row, const char *command,
               struct span *bytes, struct fault *fault)
{
    struct terminal *t = &shell->terminal;
    const char *step = arena_printf(t->arena, "`%s`", command);
    int64_t start = fetch_now_ms();
    bool whole;
    if (!type(shell, PLAN_COMMAND, text_of(command))) {
        if (link_lost(shell->link) || ssh_channel_is_eof(shell->channel))
            return lost(shell, step, fault);
        return fault_set(fault, FAULT_INTERNAL, row->kind->id, 0, "%s could not be sent", step);
    }
    expect(shell, t, row, command);
    enum shell_end end =
        watch(shell, row->mode == FETCH_MODE_CLUSTER && shell->clustered, row_end(shell, row));
    *bytes = terminal_bytes(t);
    if (t->stray && end == SHELL_PROMPT) {
        fall_in_step(shell);
        return fault_set(fault, FAULT_CUT, row->kind->id, 0,
                         "what came behind %s belongs to the answer before it", step);
    }
    shell->refuted |= t->stray;
    switch (end) {
    case SHELL_PROMPT:
        terminal_learn(t);
        return true;
    case SHELL_QUESTION:
        whole = is_whole(row, command, *bytes, terminal_screen(t), fault);
        bytes->p = arena_dup(t->arena, *bytes);
        (void)recover(shell);
        return whole;
    case SHELL_LATE:
        (void)too_late(row, command, start, fault);
        (void)recover(shell);
        return false;
    case SHELL_TOO_BIG:
        (void)recover(shell);
        return too_big(row, command, fault);
    case SHELL_LOST:
        break;
    }
    return lost(shell, step, fault);
}

/* Reads CHANNEL to its end; what it says on standard error is chatter (asyncos-cli.md 1.4, V). */
static enum shell_end collect(struct shell *s, ssh_channel channel, int64_t at_ms)
{
    char chunk[CHUNK];
    int64_t last = fetch_now_ms();
    for (;;) {
        bool chatter = ssh_channel_read_nonblocking(channel, chunk, CHUNK, 1) > 0;
        int n = read_some(s, channel, chunk);
        int64_t now = fetch_now_ms();
        if (n > 0 && !terminal_feed(&s->batch, chunk, (size_t)n))
            return SHELL_TOO_BIG;
        if (n < 0)
            return ssh_channel_is_eof(channel) ? SHELL_PROMPT : SHELL_LOST;
        if (now >= at_ms)
            return SHELL_LATE;
        if (n > 0)
            last = now;
        if (n > 0 || chatter)
            continue;
        enum terminal_event event = terminal_event(&s->batch);
        bool asks = event == TERMINAL_QUESTION || event == TERMINAL_CLUSTER_QUESTION;
        int64_t due = asks ? last + QUIET_QUESTION_MS : at_ms;
        if (now >= due)
            return SHELL_QUESTION;
        (void)link_wait(s->link, due < at_ms ? due : at_ms);
    }
}

/*
 * A channel for one more command. Where one session is allowed at a time, the server may still be
 * at the end of the one before: a refusal counts only when it stays.
 */
static ssh_channel open_next(struct shell *shell, int64_t at_ms, struct fault *fault)
{
    const int64_t end = until(shell, REOPEN_MS);
    ssh_channel channel = open_channel(shell, at_ms, fault);
    while (channel == NULL && shell->had_batch && !link_lost(shell->link) && fetch_now_ms() < end) {
        (void)link_wait(shell->link, fetch_now_ms() + REOPEN_STEP_MS);
        channel = open_channel(shell, at_ms, fault);
    }
    shell->had_batch |= channel != NULL;
    return channel;
}

bool shell_batch(struct shell *shell, const struct fetch_row *row, const char *command,
                 bool cluster, struct span *bytes, struct fault *fault)
{
    const char *step = arena_printf(shell->batch.arena, "`%s`", command);
    int64_t start = fetch_now_ms(), at = row_end(shell, row);
    ssh_channel channel = open_next(shell, at, fault);
    shell->over = channel == NULL;
    if (channel == NULL)
        return false;
    expect(shell, &shell->batch, row, NULL);
    bool sent = put(shell, channel, cluster ? PLAN_BATCH_CLUSTER : PLAN_BATCH, text_of(command),
                    text_of(NULL));
    enum shell_end end = sent ? collect(shell, channel, at) : SHELL_LOST;
    ssh_channel_free(channel);
    *bytes = terminal_bytes(&shell->batch);
    if (end == SHELL_QUESTION)
        return is_whole(row, command, *bytes, terminal_screen(&shell->batch), fault);
    if (end == SHELL_PROMPT)
        return true;
    if (end == SHELL_LATE)
        return too_late(row, command, start, fault);
    if (end == SHELL_TOO_BIG)
        return too_big(row, command, fault);
    shell->over = link_lost(shell->link);
    if (shell->over)
        return link_fault(shell->link, step, fault);
    return fault_set(fault, FAULT_UNSUPPORTED, row->kind->id, 0, "the appliance refuses to run %s",
                     step);
}

/* Behind "exit": reads to the end. A CLI that still prompts had not ended its last answer. */
static void leave(struct shell *s)
{
    char chunk[CHUNK];
    int64_t at = until(s, EXIT_MS);
    terminal_begin(&s->terminal, text_of("exit"), 0);
    for (int n; (n = read_some(s, s->channel, chunk)) >= 0 && fetch_now_ms() < at;) {
        if (n > 0)
            (void)terminal_feed(&s->terminal, chunk, (size_t)n);
        else
            (void)link_wait(s->link, at);
    }
    s->refuted |= s->terminal.stray || terminal_event(&s->terminal) == TERMINAL_PROMPT;
}

bool shell_close(struct shell *shell, struct fault *note)
{
    bool back = true;
    if (shell->channel != NULL && !shell->over) {
        if (shell->home[0] != '\0')
            back = shell_to_machine(shell, shell->home, note);
        if (!shell->over && type(shell, PLAN_EXIT, text_of(NULL)))
            leave(shell);
    }
    drop_channel(shell);
    return back;
}
