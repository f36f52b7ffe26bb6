/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/appliance/cli.h"

#include <libssh/libssh.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/appliance/journal.h"
#include "tests/appliance/log.h"
#include "tests/appliance/scenario.h"
#include "tests/appliance/screen.h"
#include "tests/appliance/trick.h"

enum {
    LINE_MAX_BYTES = 1024,
    DELAY_MS = 1000,
    REBOOT_MS = 3000,
    GARBAGE = 2048,
    TAIL_MS = 100,
    PAUSE_MS = 5000
};

enum mode { ANY, ALONE, MACHINE, CLUSTER };

struct cli {
    struct screen screen;
    struct sim *sim;
    const struct sim_node *node;
    const struct sim_node *machine; /* whose answers are given: of "clustermode machine HOST" */
    enum mode mode;
    bool batch, over;
};

struct command {
    const char *name;
    const char *id;   /* document; NULL: RUN knows */
    enum mode mode;   /* that it is restricted to, on a clustered appliance */
    const char *menu; /* question behind the document, where the document has none */
    void (*run)(struct cli *cli, struct span argument);
};

enum answer { ANSWER_LINE, ANSWER_NONE };

static const char feature_menu[] = "\nChoose the operation you want to perform:\n"
                                   "- ACTIVATE - Activate a (pending) key.\n"
                                   "- CHECKACTIVATE - Check for new feature keys.\n"
                                   "[]> ";
static const char cluster_menu[] =
    "Choose the operation you want to perform:\n"
    "- ADDGROUP - Add a cluster group.\n"
    "- REMOVEMACHINE - Remove a machine from the cluster.\n"
    "- LIST - List the machines in the cluster.\n"
    "- CONNSTATUS - Show the status of connections between machines in the cluster.\n"
    "- DISCONNECT - Temporarily detach machines from the cluster.\n"
    "- RECONNECT - Restore connections with machines that were previously detached.\n"
    "[]> ";
/* What an appliance outside of a cluster offers instead (R, asyncos-cli.md 5.3). */
static const char join_menu[] = "\nDo you want to join or create a cluster?\n"
                                "1. No, configure as standalone.\n"
                                "2. Create a new cluster.\n"
                                "3. Join an existing cluster over SSH.\n"
                                "[1]> ";
static const char note[] =
    "NOTE: This session will expire if left idle for 30 minutes. Any uncommitted configuration "
    "changes will be lost. Commit the configuration changes as soon as they are made.\n\n";

static bool has_fault(const struct cli *cli, const char *on, const char *word, int64_t standard,
                      int64_t *value)
{
    return sim_fault(cli->sim, cli->node, on, word, standard, value);
}

static void note_event(const struct cli *cli, const char *event, const char *name, const char *text)
{
    journal(cli->sim, cli->node, "ssh", event, name, text, (const char *)NULL);
}

/*
 * Asks QUESTION, whose last line is kept in the journal, and reads a line. Without a terminal
 * nobody can answer, and the channel hangs until it is closed (unknown for real ones, 1.4).
 */
static enum answer ask(struct cli *cli, const char *question, char *line, size_t size)
{
    const char *last = strrchr(question, '\n');
    if (!screen_print(&cli->screen, question))
        return ANSWER_NONE;
    while (cli->batch && session_is_open(cli->screen.channel))
        (void)session_read(cli->screen.channel, -1);
    if (cli->batch || !screen_line(&cli->screen, line, size))
        return ANSWER_NONE;
    journal(cli->sim, cli->node, "ssh", "answer", "question", last == NULL ? question : last + 1,
            "answer", line, "default", line[0] == '\0' ? "taken" : "not taken", (const char *)NULL);
    return ANSWER_LINE;
}

static bool is_yes(const char *line)
{
    return line[0] == '\0' || line[0] == 'y' || line[0] == 'Y';
}

/* The question of a restricted command (V for "cluster", I for "machine"). */
static bool may_run(struct cli *cli, enum mode mode)
{
    char question[200], line[LINE_MAX_BYTES];
    const char *word = mode == CLUSTER ? "cluster" : "machine";
    if (mode == ANY || cli->mode == ALONE || cli->mode == mode)
        return true;
    (void)snprintf(question, sizeof(question),
                   "\nThis command is restricted to \"%s\" mode.  Would you like to switch to "
                   "\"%s\" mode? [Y]> ",
                   word, word);
    if (ask(cli, question, line, sizeof(line)) != ANSWER_LINE || !is_yes(line))
        return false;
    cli->mode = mode;
    return screen_print(&cli->screen, "\n");
}

static void unknown(struct cli *cli, struct span typed)
{
    char text[LINE_MAX_BYTES + 64];
    (void)snprintf(text, sizeof(text), "\nUnknown command or missing feature key: %.*s\n\n",
                   TEXT_ARGS(typed));
    (void)screen_print(&cli->screen, text);
}

static void break_off(struct cli *cli, const char *why)
{
    session_cut(cli->screen.channel, why);
    cli->over = true;
}

static void log_out_idle(struct cli *cli)
{
    (void)screen_print(&cli->screen,
                       "\n\nThis session was logged out because of inactivity timeout.\n");
    break_off(cli, "idle");
}

static void write_garbage(struct cli *cli)
{
    char bytes[GARBAGE];
    uint32_t seed = cli->node->port[SIM_SSH];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = (char)(seed >> 24);
    }
    (void)screen_raw(&cli->screen, (struct span){bytes, sizeof(bytes)});
    (void)screen_print(&cli->screen, "\n");
}

static size_t half(struct span text)
{
    size_t n = text.n / 2;
    while (n > 0 && text.p[n - 1] != '\n')
        n--;
    return n;
}

/*
 * Text that may hold questions: it goes on behind one only when somebody answers, and that would
 * have changed the configuration.
 */
static void show(struct cli *cli, struct span text, const char *command)
{
    char question[LINE_MAX_BYTES], line[LINE_MAX_BYTES];
    for (ptrdiff_t at; (at = text_find(text, "]> ")) >= 0;) {
        struct span head = text_head(text, (size_t)at + 3), answered;
        size_t begin = head.n;
        while (begin > 0 && head.p[begin - 1] != '\n')
            begin--;
        (void)snprintf(question, sizeof(question), "%.*s", TEXT_ARGS(text_skip(head, begin)));
        text = text_skip(text, head.n);
        (void)text_cut(text, '\n', &answered, &text);
        if (!screen_write(&cli->screen, text_head(head, begin)) ||
            ask(cli, question, line, sizeof(line)) != ANSWER_LINE)
            return;
        journal(cli->sim, cli->node, "ssh", "changed", "command", command, "answer", line,
                (const char *)NULL);
    }
    if (screen_write(&cli->screen, text) && text.n > 0 && text.p[text.n - 1] != '\n')
        break_off(cli, "end of a cut document");
}

static void prompt_text(const struct cli *cli, char text[LINE_MAX_BYTES])
{
    if (cli->mode == ALONE)
        (void)snprintf(text, LINE_MAX_BYTES, "%s> ", cli->machine->name);
    else if (cli->mode == CLUSTER)
        (void)snprintf(text, LINE_MAX_BYTES, "(Cluster %s)> ", cli->node->cluster);
    else
        (void)snprintf(text, LINE_MAX_BYTES, "(Machine %s)> ", cli->machine->name);
}

/* The faults that replace the answer of a document. False: none of them. */
static bool show_fault(struct cli *cli, const struct command *command, struct span text)
{
    const char *id = command->id;
    char line[LINE_MAX_BYTES];
    int64_t value;
    const size_t n = half(text);
    if (has_fault(cli, id, "unknown-command", 0, &value)) {
        unknown(cli, text_of(command->name));
    } else if (has_fault(cli, id, "garbage", 0, &value)) {
        write_garbage(cli);
    } else if (has_fault(cli, id, "idle", 0, &value)) {
        (void)screen_write(&cli->screen, text_head(text, n));
        log_out_idle(cli);
    } else if (sim_has_fault(cli->sim, cli->node, id, "reboot")) {
        (void)screen_write(&cli->screen, text_head(text, n));
        (void)has_fault(cli, id, "reboot", REBOOT_MS, &value);
        break_off(cli, "reboot");
    } else if (has_fault(cli, id, "endless", 0, &value)) {
        while (screen_wait(&cli->screen, 1) &&
               screen_write(&cli->screen, text.n == 0 ? text_of("more and more\n") : text))
            ;
    } else if (has_fault(cli, id, "question", 0, &value)) {
        if (screen_write(&cli->screen, text_head(text, n)) &&
            ask(cli, "Would you like to see the rest? [Y]> ", line, sizeof(line)) == ANSWER_LINE)
            (void)screen_write(&cli->screen, text_skip(text, n));
    } else if (has_fault(cli, id, "prompt-inside", 0, &value)) {
        prompt_text(cli, line);
        trick_prompt_inside(&cli->screen, line, command->name, text_head(text, n),
                            text_skip(text, n), value);
    } else if (has_fault(cli, id, "prompt-pause", PAUSE_MS, &value)) {
        prompt_text(cli, line);
        trick_prompt_pause(&cli->screen, line, text_head(text, n), text_skip(text, n), value);
    } else {
        return has_fault(cli, id, "empty", 0, &value);
    }
    return true;
}

static void show_document(struct cli *cli, const struct command *command, struct span typed)
{
    size_t n = 0;
    int64_t value;
    char line[LINE_MAX_BYTES];
    char *bytes = scenario_document(cli->sim, cli->machine, command->id, &n);
    screen_begin(&cli->screen, command->id);
    if (bytes == NULL && strcmp(command->id, "cli/clusterlist.txt") == 0 && !cli->node->is_sma) {
        if (ask(cli, join_menu, line, sizeof(line)) == ANSWER_LINE && line[0] != '\0')
            note_event(cli, "changed", "answer", line);
    } else if (bytes == NULL) {
        unknown(cli, typed);
    } else if (!has_fault(cli, command->id, "delay", DELAY_MS, &value) ||
               screen_wait(&cli->screen, (int)value)) {
        const struct span text = {bytes, n};
        if (!show_fault(cli, command, text)) {
            show(cli, text, command->name);
            if (command->menu != NULL && text_find(text, "]> ") < 0 && !cli->screen.interrupted &&
                ask(cli, command->menu, line, sizeof(line)) == ANSWER_LINE && line[0] != '\0')
                note_event(cli, "changed", "answer", line);
        }
    }
    free(bytes);
}

static void run_exit(struct cli *cli, struct span argument)
{
    (void)argument;
    cli->over = true;
}

static void run_help(struct cli *cli, struct span argument);

/* A log that goes on: lines of this moment until Ctrl-C (R, asyncos-cli.md 6.2). */
static void run_tail(struct cli *cli, struct span argument)
{
    char when[64], line[200];
    struct tm parts;
    (void)argument;
    if (!screen_print(&cli->screen, "\nPress Ctrl-C to stop.\n"))
        return;
    for (unsigned long icid = 3263654;; icid++) {
        const time_t now = time(NULL);
        (void)gmtime_r(&now, &parts);
        (void)strftime(when, sizeof(when), "%a %b %e %H:%M:%S %Y", &parts);
        (void)snprintf(line, sizeof(line),
                       "%s Info: New SMTP ICID %lu interface Data 1 (192.0.2.11) address "
                       "198.51.100.77 reverse dns host unknown verified no\n",
                       when, icid);
        if (!screen_print(&cli->screen, line) || !screen_wait(&cli->screen, TAIL_MS))
            return;
    }
}

/* `grep -e "PATTERN" NAME`: the lines of a log; what it says of others is not known (U). */
static void run_grep(struct cli *cli, struct span typed)
{
    struct span pattern, name = {NULL, 0};
    size_t n = 0;
    int64_t value;
    const bool known = log_grep_of(typed, &pattern, &name) && log_document(name) != NULL;
    const struct command command = {"grep", known ? log_document(name) : NULL, MACHINE, NULL, NULL};
    char *bytes = known ? scenario_document(cli->sim, cli->machine, command.id, &n) : NULL;
    screen_begin(&cli->screen, command.id);
    const struct span text = {bytes, bytes == NULL ? 0 : log_matching(bytes, n, pattern)};
    if (!known)
        (void)screen_print(&cli->screen, "\nNo such log subscription.\n\n");
    else if ((!has_fault(cli, command.id, "delay", DELAY_MS, &value) ||
              screen_wait(&cli->screen, (int)value)) &&
             !show_fault(cli, &command, text))
        (void)screen_write(&cli->screen, text);
    free(bytes);
}

static const struct sim_node *member(const struct cli *cli, struct span name)
{
    for (size_t i = 0; i < cli->sim->node_count; i++) {
        const struct sim_node *node = &cli->sim->nodes[i];
        if (text_is_nocase(name, node->name) && node->cluster != NULL &&
            strcmp(node->cluster, cli->node->cluster) == 0)
            return node;
    }
    return NULL;
}

/* "clustermode cluster", "clustermode machine HOST"; in batch mode with chatter (V: stderr). */
static void run_clustermode(struct cli *cli, struct span argument)
{
    const struct sim_node *machine = NULL;
    if (cli->mode == ALONE) {
        unknown(cli, text_of("clustermode"));
        return;
    }
    if (text_starts(argument, "machine"))
        machine = member(cli, text_trim(text_skip(argument, strlen("machine"))));
    if (machine == NULL && !text_is(argument, "cluster")) {
        (void)screen_print(&cli->screen, "\nNo such mode or machine.\n\n");
        return;
    }
    cli->mode = machine == NULL ? CLUSTER : MACHINE;
    if (machine != NULL)
        cli->machine = machine;
    if (cli->batch)
        (void)session_write_error(cli->screen.channel, "The mode was switched.\n");
}

static const struct command commands[] = {
    {"clustercheck", "cli/clustercheck.txt", CLUSTER, NULL, NULL},
    {"clusterconfig connstatus", "cli/connstatus.txt", CLUSTER, NULL, NULL},
    {"clusterconfig list", "cli/clusterlist.txt", CLUSTER, NULL, NULL},
    {"clusterconfig", "cli/clusterlist.txt", CLUSTER, cluster_menu, NULL},
    {"clustermode", NULL, ANY, NULL, run_clustermode},
    {"displayalerts", "cli/displayalerts.txt", MACHINE, NULL, NULL},
    {"dnsstatus", "cli/dnsstatus.txt", MACHINE, NULL, NULL},
    {"exit", NULL, ANY, NULL, run_exit},
    {"featurekey", "cli/featurekey.txt", MACHINE, feature_menu, NULL},
    {"help", NULL, ANY, NULL, run_help},
    {"quit", NULL, ANY, NULL, run_exit},
    {"status detail", "cli/status.txt", MACHINE, NULL, NULL},
    {"status", "cli/status.txt", MACHINE, NULL, NULL},
    {"tail mail_logs", NULL, MACHINE, NULL, run_tail},
    {"updateconfig", "cli/updateconfig.txt", ANY, NULL, NULL},
    {"version", "cli/version.txt", ANY, NULL, NULL},
    {"workqueue status", "cli/workqueue.txt", MACHINE, NULL, NULL},
};

static void run_help(struct cli *cli, struct span argument)
{
    char line[80];
    (void)argument;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        (void)snprintf(line, sizeof(line), "  %s\n", commands[i].name);
        (void)screen_print(&cli->screen, line);
    }
}

static bool is_number(struct span text)
{
    int64_t value;
    return text_to_int(text, &value) && value > 0;
}

/* The command that TYPED is, with its argument if it takes one. */
static const struct command *find(struct span typed, struct span *argument)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        const struct command *command = &commands[i];
        const size_t n = strlen(command->name);
        if (!text_starts(typed, command->name) || (typed.n > n && typed.p[n] != ' '))
            continue;
        *argument = text_trim(text_skip(typed, n));
        if (argument->n == 0 || command->run == run_clustermode || command->run == run_help ||
            (strcmp(command->name, "displayalerts") == 0 && is_number(*argument)))
            return command;
    }
    return NULL;
}

static void obey(struct cli *cli, struct span typed)
{
    struct span argument;
    const struct command *command = find(typed, &argument);
    screen_begin(&cli->screen, NULL);
    if (text_starts(typed, "grep ")) {
        if (may_run(cli, MACHINE))
            run_grep(cli, typed);
    } else if (command == NULL || (command->mode == CLUSTER && cli->node->is_sma)) {
        unknown(cli, typed);
    } else if (may_run(cli, command->mode)) {
        if (command->run != NULL)
            command->run(cli, argument);
        else
            show_document(cli, command, typed);
    }
}

static void prompt(struct cli *cli)
{
    char text[LINE_MAX_BYTES];
    prompt_text(cli, text);
    screen_begin(&cli->screen, NULL);
    cli->screen.columns = 0;
    (void)screen_print(&cli->screen, text);
}

/* The value behind LABEL in the answer of `version`. */
static struct span of_version(struct span text, const char *label)
{
    struct span line;
    for (bool more = true; more;) {
        more = text_cut(text, '\n', &line, &text);
        if (text_starts(line, label))
            return text_trim(text_skip(line, strlen(label)));
    }
    return text_of("unknown");
}

/* What a login shows (V, asyncos-cli.md 1.1). */
static void banner(struct cli *cli)
{
    size_t n = 0;
    char text[600];
    struct span release, build;
    char *version = scenario_document(cli->sim, cli->node, "cli/version.txt", &n);
    const struct span bytes = {version, n};
    (void)text_cut(of_version(bytes, "Version:"), '-', &release, &build);
    (void)session_write(cli->screen.channel, "Last login: Tue Mar  3 08:12:09 2026 from 192.0.2.10",
                        52);
    (void)session_write(cli->screen.channel, "\r\r\n", 3);
    (void)snprintf(text, sizeof(text),
                   "AsyncOS %.*s for Cisco %.*s build %.*s\n\nWelcome to the %.*s\n\n",
                   TEXT_ARGS(release), TEXT_ARGS(of_version(bytes, "Model:")), TEXT_ARGS(build),
                   TEXT_ARGS(of_version(bytes, "Product:")));
    (void)screen_print(&cli->screen, text);
    (void)screen_print(&cli->screen, note);
    free(version);
}

/* Faults of a login that succeeded. True: there is no prompt. */
static bool spoiled(struct cli *cli)
{
    char line[LINE_MAX_BYTES];
    int64_t value;
    if (has_fault(cli, "ssh", "session-limit", 0, &value)) {
        (void)screen_print(&cli->screen,
                           "The maximum number of sessions for this user has been reached.\n");
        session_close(cli->screen.channel, 1);
        return true;
    }
    if (has_fault(cli, "ssh", "reboot", REBOOT_MS, &value)) {
        break_off(cli, "reboot");
        return true;
    }
    if (has_fault(cli, "ssh", "login-prompt", 0, &value)) {
        if (ask(cli, "The terms of use have changed.\nAccept> ", line, sizeof(line)) == ANSWER_LINE)
            note_event(cli, "changed", "answer", line);
        session_close(cli->screen.channel, 1);
        return true;
    }
    if (!has_fault(cli, "ssh", "expired", 0, &value))
        return false;
    if (ask(cli, "Your passphrase has expired and must be changed now.\nOld passphrase: ", line,
            sizeof(line)) == ANSWER_LINE &&
        ask(cli, "New passphrase: ", line, sizeof(line)) == ANSWER_LINE)
        note_event(cli, "changed", "answer", "passphrase");
    session_close(cli->screen.channel, 1);
    return true;
}

static void run_shell(struct cli *cli)
{
    char line[LINE_MAX_BYTES];
    int64_t value;
    if (cli->over || !session_is_open(cli->screen.channel))
        return;
    banner(cli);
    for (bool first = true; !cli->over && session_is_open(cli->screen.channel); first = false) {
        prompt(cli);
        if (first && has_fault(cli, "ssh", "idle", 0, &value)) {
            log_out_idle(cli);
            return;
        }
        if (screen_line(&cli->screen, line, sizeof(line))) {
            const struct span typed = text_trim(text_of(line));
            if (typed.n > 0)
                obey(cli, typed);
        } else if (!cli->screen.interrupted) {
            return; /* the client has gone, or Ctrl-D */
        }
        if (cli->screen.interrupted)
            (void)session_write(cli->screen.channel, "^C\r\n", 4);
    }
}

/* "clustermode cluster ; clustercheck": one after the other (V). */
static void run_batch(struct cli *cli, struct span commands_typed)
{
    struct span typed;
    for (bool more = true; more && !cli->over && session_is_open(cli->screen.channel);) {
        more = text_cut(commands_typed, ';', &typed, &commands_typed);
        typed = text_trim(typed);
        if (typed.n > 0 && typed.n < LINE_MAX_BYTES)
            obey(cli, typed);
    }
}

/* An appliance of the same cluster, or one that is managed by this one. */
static const struct sim_node *neighbour(const struct cli *cli)
{
    const struct sim_node *node = cli->node;
    for (size_t i = 0; i < cli->sim->node_count; i++) {
        const struct sim_node *other = &cli->sim->nodes[i];
        const bool same_cluster = node->cluster != NULL && other->cluster != NULL &&
                                  strcmp(node->cluster, other->cluster) == 0;
        if (other != node &&
            (same_cluster || (other->sma != NULL && strcmp(other->sma, node->name) == 0)))
            return other;
    }
    return node;
}

static void serve(struct session_channel *channel)
{
    int64_t value;
    const struct sim_node *node = session_node(channel);
    struct cli cli = {.screen = screen_of(channel),
                      .sim = session_sim(channel),
                      .node = node,
                      .machine = node,
                      .mode = node->cluster == NULL ? ALONE : MACHINE,
                      .batch = channel->command != NULL};
    screen_begin(&cli.screen, NULL);
    if (spoiled(&cli))
        return;
    if (has_fault(&cli, "ssh", "other-host", 0, &value))
        cli.machine = neighbour(&cli);
    if (cli.batch)
        run_batch(&cli, text_of(channel->command));
    else
        run_shell(&cli);
    session_close(channel, 0);
}

bool cli_prepare(struct sim *sim)
{
    bool done = session_prepare(sim);
    FILE *out = done ? fopen(arena_printf(sim->arena, "%s/known_hosts", sim->dir), "we") : NULL;
    for (size_t i = 0; out != NULL && i < sim->node_count; i++) {
        const struct sim_node *node = &sim->nodes[i];
        char *key = NULL;
        done = done && ssh_pki_export_pubkey_base64(node->host_key, &key) == SSH_OK &&
               fprintf(out, "[127.0.0.1]:%u ssh-ed25519 %s\n[%s]:%u ssh-ed25519 %s\n",
                       node->port[SIM_SSH], key, node->name, node->port[SIM_SSH], key) > 0;
        ssh_string_free_char(key);
    }
    return out != NULL && fclose(out) == 0 && done;
}

void cli_serve(struct sim *sim, struct sim_node *node, int fd)
{
    session_serve(sim, node, fd, serve);
}

void cli_break(const struct sim_node *node)
{
    session_break(node);
}

void cli_stop(struct sim *sim)
{
    session_stop();
    session_free_keys(sim);
}

const char *cli_fingerprint(struct sim *sim, const void *host_key)
{
    unsigned char *hash = NULL;
    size_t n;
    if (ssh_get_publickey_hash((ssh_key)(uintptr_t)host_key, SSH_PUBLICKEY_HASH_SHA256, &hash,
                               &n) != 0)
        return "";
    char *text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, n);
    const char *kept = arena_dup(sim->arena, text_of(text));
    ssh_string_free_char(text);
    ssh_clean_pubkey_hash(&hash);
    return kept;
}
