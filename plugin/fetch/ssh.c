/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/ssh.h"

#include <string.h>

#include "checks/parse/cli_clusterlist.h"
#include "checks/parse/cli_status.h"
#include "plugin/fetch/hostkey.h"
#include "plugin/fetch/log_grep.h"
#include "plugin/fetch/login.h"
#include "plugin/fetch/shell.h"

/* Milliseconds for each step of the way in, within the appliance's deadline. */
enum { STEP_MS = 20000, MARGIN_MS = 500 };

/* One appliance. */
struct asking {
    struct fetch *fetch;
    struct link link;
    struct hostkey hostkey;
    struct login login;
    struct shell shell;
    int64_t deadline_ms; /* of the CLI: something is left for the other interface */
    bool batch;
    bool clustered;
    bool failed; /* nothing more is asked: FAULT tells why */
    struct fault fault;
    struct document held; /* the shell's last answer, until it is known to be whole */
    bool holds;
    bool torn; /* an answer that is a part of a log was not whole */
    bool clock_asked;
    struct log_clock clock;
};

static bool is_cli(const struct fetch_row *row)
{
    return row->how == FETCH_CLI;
}

/* Logs that no file gave. */
static size_t count_logs(const struct fetch *fetch)
{
    size_t count = 0;
    for (size_t i = 0; i < fetch->log_count; i++)
        count += !fetch->logs[i].done;
    return count;
}

/* An appliance that hangs here must leave time for HTTPS; and we end before we are ended. */
static int64_t cli_deadline(const struct fetch *fetch)
{
    int64_t left = fetch->deadline_ms - fetch_now_ms(), keep = 0;
    for (size_t i = 0; i < fetch->row_count && keep == 0; i++)
        if (!is_cli(fetch->rows[i]))
            keep = left / 4;
    int64_t margin = left / 20 < MARGIN_MS ? left / 20 : MARGIN_MS;
    return fetch->deadline_ms - (left < 0 ? 0 : keep + margin);
}

/* STEP_MS from now, within the deadline; half of what is left at most. */
static int64_t step_end(const struct asking *a)
{
    int64_t now = fetch_now_ms(), half = (a->deadline_ms - now) / 2;
    return now + (half < STEP_MS ? half : STEP_MS);
}

static bool log_in(struct asking *a, struct fault *fault)
{
    const struct config_node *node = a->fetch->node;
    if (!hostkey_read(&a->hostkey, a->fetch, fault) || !login_prepare(&a->login, a->fetch, fault))
        return false;
    fetch_note(a->fetch, "SSH: connecting to %s port %u", node->address, node->ssh_port);
    if (!link_open(&a->link, a->fetch, hostkey_types(&a->hostkey), step_end(a), fault) ||
        !hostkey_verify(&a->hostkey, &a->link, fault))
        return false;
    fetch_note(a->fetch, "SSH: host key verified, %s", ssh_get_kex_algo(a->link.session));
    if (!login_try(&a->login, &a->link, step_end(a), fault))
        return false;
    fetch_note(a->fetch, "SSH: logged in as %s with %s", node->user,
               node->agent            ? "a key of the agent"
               : a->login.key != NULL ? "a public key"
                                      : "a passphrase");
    return true;
}

/* Is the CLI that of another appliance of the inventory? Then the address is not this one's. */
static bool is_another(const struct asking *a, struct fault *fault)
{
    const struct config *config = a->fetch->config;
    const struct config_node *node = a->fetch->node;
    struct span host = text_of(a->shell.home);
    if (host.n == 0 || fleet_same_name(host, text_of(node->name)))
        return false;
    for (size_t i = 0; i < config->node_count; i++) {
        const struct config_node *other = &config->nodes[i];
        bool same_place = other->ssh_port == node->ssh_port &&
                          text_same_nocase(text_of(other->address), text_of(node->address));
        if (!same_place && fleet_same_name(host, text_of(other->name)))
            return !fault_set(fault, FAULT_INTERNAL, "", 0,
                              "%.80s port %u is %.80s, by its prompt, and not %.80s: compare "
                              "address and ssh_port of both",
                              node->address, node->ssh_port, other->name, node->name);
    }
    return false;
}

/* The answer that was held back is whole, or it is not: the next command told. */
static void let_go(struct asking *a)
{
    struct fault fault;
    bool holds = a->holds, whole = !a->shell.refuted;
    a->holds = a->shell.refuted = false;
    a->torn |= !holds && !whole;
    if (!holds)
        return;
    if (!whole) {
        (void)fault_set(&fault, FAULT_CUT, a->held.id, 0,
                        "a line of the answer looked like the prompt, and more of it came behind");
        a->held.bytes = (struct span){NULL, 0};
        a->held.fault = &fault;
    }
    a->fetch->cli_answered |= whole;
    fetch_hand_out(a->fetch, &a->held);
}

static void on_echo(void *context)
{
    let_go(context);
}

/* A shell where there is one, on a machine. */
static bool open_shell(struct asking *a, struct fault *fault)
{
    static const char *const modes[] = {"standalone", "machine", "group", "cluster"};
    const struct config_node *node = a->fetch->node;
    bool refused = false;
    shell_init(&a->shell, &a->link, a->deadline_ms);
    a->shell.echoed = on_echo;
    a->shell.context = a;
    a->batch = node->cli == CONFIG_CLI_BATCH;
    a->clustered = a->batch && node->cluster != NULL;
    if (a->batch)
        return true;
    if (!shell_open(&a->shell, (int)(step_end(a) - fetch_now_ms()), &refused, fault)) {
        a->batch = refused && node->cli == CONFIG_CLI_AUTO;
        a->clustered = node->cluster != NULL;
        if (a->batch)
            fetch_note(a->fetch, "SSH: %s; asking by single commands", fault->text);
        return a->batch;
    }
    a->clustered = a->shell.clustered;
    if (is_another(a, fault))
        return false;
    fetch_note(a->fetch, "SSH: prompt of %s mode, '%s'", modes[a->shell.terminal.place],
               a->shell.terminal.name);
    return true;
}

/* "Unknown command or missing feature key: …" (V) in the first lines of the answer. */
static bool is_unknown(struct span bytes)
{
    struct span rest = text_head(bytes, 4096), line;
    for (int lines = 0; lines < 8 && rest.n != 0; lines++) {
        (void)text_cut(rest, '\n', &line, &rest);
        if (text_starts_nocase(text_trim(line), "unknown command"))
            return true;
    }
    return false;
}

/* Says what the document says about the mode; only the list of members is read here. */
static const struct cli_clusterlist *read_list(const struct asking *a, struct span bytes)
{
    struct cli_clusterlist *list = arena_alloc(a->fetch->arena, sizeof(*list));
    return cli_clusterlist_kind.parse(a->fetch->arena, bytes, list, NULL) ? list : NULL;
}

/* Line of a batch answer that begins like a prompt, of which it has none; 0 = none. */
static unsigned prompt_in_batch(struct span bytes)
{
    struct plan_prompt prompt;
    struct span rest = bytes, line;
    unsigned number = 0;
    for (bool more = true; more;) {
        more = text_cut(rest, '\n', &line, &rest);
        number++;
        ptrdiff_t end = text_find(line, text_starts(line, "(") ? ")> " : "> ");
        if (end < 0)
            continue;
        size_t n = (size_t)end + (text_starts(line, "(") ? 3 : 2);
        if (plan_prompt(text_head(line, n), &prompt))
            return number;
    }
    return 0;
}

/* False with FAULT when LINE of the answer is not 0. */
static bool no_prompt(const struct fetch_row *row, const char *command, unsigned line,
                      struct fault *fault)
{
    return line == 0 ||
           fault_set(fault, FAULT_SYNTAX, row->kind->id, line,
                     "line %u looks like a prompt, so where the answer to `%s` ends cannot be told",
                     line, command);
}

static bool ask_shell(struct asking *a, const struct fetch_row *row, const char *command,
                      struct span *bytes, struct fault *fault)
{
    bool answered = shell_ask(&a->shell, row, command, bytes, fault);
    let_go(a);
    return answered &&
           no_prompt(row, command, terminal_prompt_inside(&a->shell.terminal, *bytes), fault);
}

static bool ask_batch(struct asking *a, const struct fetch_row *row, const char *command,
                      struct span *bytes, struct fault *fault)
{
    bool in_cluster = row->mode == FETCH_MODE_CLUSTER && a->clustered;
    if (!shell_batch(&a->shell, row, command, in_cluster, bytes, fault))
        return false;
    if (row->kind != &cli_clusterlist_kind || in_cluster)
        return true;
    /* Without a prompt only this answer tells whether there is a cluster. */
    const struct cli_clusterlist *list = read_list(a, *bytes);
    a->clustered = (list != NULL && !list->standalone) ||
                   text_find(*bytes, "restricted to \"cluster\" mode") >= 0;
    return !a->clustered || list != NULL ||
           shell_batch(&a->shell, row, command, true, bytes, fault);
}

static bool ask_command(struct asking *a, const struct fetch_row *row, const char *command,
                        struct span *bytes, struct fault *fault)
{
    if (!a->batch)
        return ask_shell(a, row, command, bytes, fault);
    return ask_batch(a, row, command, bytes, fault) &&
           no_prompt(row, command, prompt_in_batch(*bytes), fault);
}

/* Keeps FAULT for all that is not asked any more because of it. */
static void give_up(struct asking *a, const struct fault *fault)
{
    a->failed = true;
    a->fault = *fault;
}

/* What `status` said of the time. */
static void read_clock(struct asking *a, struct span bytes)
{
    struct cli_status *status = arena_alloc(a->fetch->arena, sizeof(*status));
    struct span own = {arena_dup(a->fetch->arena, bytes), bytes.n};
    a->clock_asked = true;
    if (!cli_status_kind.parse(a->fetch->arena, own, status, NULL) || !status->has_as_of)
        return;
    a->clock = (struct log_clock){.known = true,
                                  .civil = status->as_of.civil,
                                  .at_ms = fetch_now_ms(),
                                  .has_start = status->has_up_since,
                                  .start = status->up_since.civil};
}

static void ask_row(struct asking *a, const struct fetch_row *row)
{
    struct fault fault = {.kind = FAULT_NONE};
    struct span bytes = {NULL, 0};
    const char *id = row->kind->id;
    int64_t start = fetch_now_ms();
    fetch_begin(a->fetch, id);
    bool answered = ask_command(a, row, row->ask, &bytes, &fault);
    if (answered && row->fallback != NULL && is_unknown(bytes) && !a->shell.over) {
        fetch_note(a->fetch, "SSH: `%s` is unknown, asking `%s`", row->ask, row->fallback);
        answered = ask_command(a, row, row->fallback, &bytes, &fault);
    }
    if (row->kind == &cli_status_kind)
        read_clock(a, answered ? bytes : text_of(NULL));
    /* Outside a cluster this answer is no document: the prompt of `status` tells it then. */
    if (answered && row->mode == FETCH_MODE_CLUSTER && !a->clustered && is_unknown(bytes))
        answered =
            fault_set(&fault, FAULT_UNSUPPORTED, id, 0,
                      "`%s` is an unknown command here: the appliance is in no cluster", row->ask);
    if (answered && !a->batch && !a->shell.over) {
        a->held = fetch_hold(a->fetch, id, bytes, start);
        a->holds = true;
    } else if (answered) {
        fetch_answer(a->fetch, id, bytes, start);
    } else {
        fetch_fault(a->fetch, id, &fault, start);
    }
    if (!a->shell.over)
        return;
    struct fault rest;
    if (answered)
        (void)fault_set(&rest, FAULT_TIMEOUT, "", 0,
                        "not asked: `%s` ended in a question, and Ctrl-C did not lead back to the "
                        "prompt",
                        row->ask);
    else
        (void)fault_set(&rest, fault.kind, "", 0, "not asked: %s", fault.text);
    give_up(a, &rest);
}

static void ask_rows(struct asking *a, enum fetch_mode mode)
{
    for (size_t i = 0; i < a->fetch->row_count; i++) {
        const struct fetch_row *row = a->fetch->rows[i];
        if (!is_cli(row) || row->mode != mode)
            continue;
        bool members_only = mode == FETCH_MODE_CLUSTER && row->kind != &cli_clusterlist_kind;
        if (!a->failed && fetch_now_ms() >= a->deadline_ms) {
            struct fault fault;
            (void)fault_set(&fault, FAULT_TIMEOUT, "", 0,
                            "not asked: the time for this appliance (%u s) was over",
                            a->fetch->node->timeout_s);
            give_up(a, &fault);
        }
        if (a->failed)
            fetch_fault(a->fetch, row->kind->id, &a->fault, fetch_now_ms());
        else if (a->clustered || !members_only)
            ask_row(a, row);
    }
}

/* -- Logs ----------------------------------------------------------------------------------- */

static bool ask_part(void *context, const struct fetch_row *row, const char *command,
                     struct span *bytes, struct fault *fault)
{
    struct asking *a = context;
    if (a->batch)
        return shell_batch(&a->shell, row, command, false, bytes, fault);
    bool answered = shell_ask(&a->shell, row, command, bytes, fault);
    let_go(a);
    return answered;
}

/* The appliance's own time, where no check wanted its status: else a whole day would be asked for.
 */
static void find_clock(struct asking *a)
{
    struct fault fault = {.kind = FAULT_NONE};
    struct span bytes = {NULL, 0};
    const struct fetch_row *row = plan_row(&cli_status_kind);
    if (a->clock_asked || row == NULL)
        return;
    if (ask_command(a, row, row->ask, &bytes, &fault))
        read_clock(a, bytes);
    a->clock_asked = true;
}

/* A log that is not given here may be given by the API: the fault is kept. */
static void fail_log(struct fetch_log *log, const struct fault *fault)
{
    log->failed = true;
    log->fault = *fault;
}

static void ask_log(struct asking *a, struct fetch_log *log)
{
    struct fetch *fetch = a->fetch;
    const char *id = log->row->kind->id;
    struct fault fault = {.kind = FAULT_NONE};
    struct span bytes = {NULL, 0};
    int64_t start = fetch_now_ms(), limit = start + (int64_t)log->row->limit_s * 1000;
    struct log_text text = log_begin(fetch->arena, LOG_BYTES);
    const struct log_grep grep = {a, ask_part, &a->clock,
                                  limit < a->deadline_ms ? limit : a->deadline_ms};
    fetch_begin(fetch, id);
    a->shell.dropped = log_dropped;
    a->shell.drop_context = &text;
    a->torn = false;
    bool done = log_grep(fetch, log->row, &grep, &text, &bytes, &fault);
    a->shell.dropped = NULL;
    if (a->torn)
        done = fault_set(&fault, FAULT_CUT, id, 0,
                         "a line of the log looked like the prompt, and more of it came behind");
    log->done = done || fault.kind == FAULT_EMPTY;
    if (done && !a->batch && !a->shell.over) {
        a->held = fetch_hold(fetch, id, bytes, start);
        a->holds = true;
    } else if (done) {
        fetch_answer(fetch, id, bytes, start);
    } else if (log->done) {
        fetch_fault(fetch, id, &fault, start);
    } else {
        fetch_note(fetch, "SSH: %s: %s", id, fault.text);
        fail_log(log, &fault);
    }
}

/* Last, for they take longest: what they leave no time for is only another log. */
static void ask_logs(struct asking *a)
{
    struct fault fault = {.kind = FAULT_NONE};
    if (count_logs(a->fetch) == 0)
        return;
    if (!a->failed && !a->batch && !shell_to_machine(&a->shell, a->fetch->node->name, &fault))
        give_up(a, &fault);
    if (!a->failed)
        find_clock(a);
    for (size_t i = 0; i < a->fetch->log_count; i++) {
        struct fetch_log *log = &a->fetch->logs[i];
        if (log->done)
            continue;
        if (!a->failed && (a->shell.over || fetch_now_ms() >= a->deadline_ms)) {
            (void)fault_set(&fault, FAULT_TIMEOUT, "", 0,
                            "not asked: the session was over, or the time for this appliance");
            give_up(a, &fault);
        }
        if (a->failed)
            fail_log(log, &a->fault);
        else
            ask_log(a, log);
    }
}

static void ask_all(struct asking *a)
{
    struct fault fault = {.kind = FAULT_NONE};
    if (!a->batch && !shell_to_machine(&a->shell, a->fetch->node->name, &fault)) {
        give_up(a, &fault);
        ask_rows(a, FETCH_MODE_MACHINE);
        a->failed = a->shell.over; /* the cluster's own rows may still be asked */
    } else {
        ask_rows(a, FETCH_MODE_MACHINE);
    }
    ask_rows(a, FETCH_MODE_CLUSTER);
    ask_logs(a);
    if (!a->batch && !shell_close(&a->shell, &fault))
        fetch_note(a->fetch, "SSH: %s", fault.text);
    let_go(a);
}

void ssh_ask(struct fetch *fetch)
{
    struct asking a = {.fetch = fetch, .link = {.fd = -1, .proxy = {.errors = -1}}};
    struct fault fault = {.kind = FAULT_NONE};
    size_t wanted = 0;
    for (size_t i = 0; i < fetch->row_count; i++)
        wanted += is_cli(fetch->rows[i]);
    if (wanted + count_logs(fetch) == 0)
        return;
    a.deadline_ms = cli_deadline(fetch);
    if (log_in(&a, &fault) && open_shell(&a, &fault)) {
        ask_all(&a);
    } else {
        fetch_note(fetch, "SSH: %s", fault.text);
        give_up(&a, &fault);
        ask_rows(&a, FETCH_MODE_MACHINE);
        ask_rows(&a, FETCH_MODE_CLUSTER);
        ask_logs(&a);
    }
    link_close(&a.link);
    login_free(&a.login);
    hostkey_free(&a.hostkey);
}
