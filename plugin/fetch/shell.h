/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_SHELL_H
#define PLUGIN_FETCH_SHELL_H

/*
 * Asking the CLI on a connection that is logged in: one interactive shell on a wide and tall
 * terminal, or each command on an exec channel of its own. Everything that is sent passes
 * plan_may_send().
 */

#include "plugin/fetch/link.h"
#include "plugin/fetch/terminal.h"

struct shell {
    const struct link *link;
    int64_t deadline_ms; /* of everything that is asked here */
    ssh_channel channel; /* NULL = none */
    struct terminal terminal;
    struct terminal batch; /* what an exec channel says */
    bool clustered;        /* the prompt shows a mode: a member of a cluster */
    bool over;             /* nothing more can be asked: the fault that was given last tells why */
    bool refuted;          /* the answer that was given last went on behind its end: not whole */
    /* Called when a command was echoed right behind the prompt: the answer before was whole. */
    void (*echoed)(void *context);
    void *context;
    /* Told what a log's answer (FETCH_LOG) loses at its front: of it only row->max_bytes are kept.
     */
    void (*dropped)(void *context, struct span bytes);
    void *drop_context;
    bool had_batch; /* an exec channel was open before: it may still be closing */
    char home[256]; /* machine to go back to; empty = not known */
};

/* Gets ready for shell_open() or shell_batch(). Asks nothing. */
void shell_init(struct shell *shell, const struct link *link, int64_t deadline_ms);

/*
 * Opens terminal and shell and waits LIMIT_MS at most for the first prompt. False with FAULT:
 * EXPIRED, FACTOR, QUESTION (something is asked before the prompt), BUSY, DROPPED, TIMEOUT,
 * UNSUPPORTED: there is no terminal or no shell, and *REFUSED says that commands may still work.
 */
bool shell_open(struct shell *shell, int limit_ms, bool *refused, struct fault *fault);

/*
 * Where the commands act now; "clustermode machine HOST" is sent when it is not on a machine. False
 * with FAULT when that did not help.
 */
bool shell_to_machine(struct shell *shell, const char *host, struct fault *fault);

/*
 * The answer of COMMAND (of ROW) as the terminal showed it, from the prompt that it was typed
 * behind to the prompt that follows; or to the menu or clustercheck's question that it ended with,
 * which is left by Ctrl-C. BYTES are valid until the next call. False with FAULT: TIMEOUT, TOO_BIG,
 * DROPPED, BUSY, QUESTION (any other one), INTERNAL; CUT: what came belongs to the answer before,
 * which SHELL->refuted then says. Any line of an answer may look like the prompt; that it was one
 * shows when the next command is echoed right behind it, so an answer counts only then. Of a log
 * the last bytes are kept where the answer is longer.
 */
bool shell_ask(struct shell *shell, const struct fetch_row *row, const char *command,
               struct span *bytes, struct fault *fault);

/* The same on an exec channel, in cluster mode when CLUSTER: its standard output. */
bool shell_batch(struct shell *shell, const struct fetch_row *row, const char *command,
                 bool cluster, struct span *bytes, struct fault *fault);

/*
 * Back to the mode of the login, "exit", and the channel is closed. False: not back, NOTE why. What
 * SHELL->refuted says afterwards is about the last answer.
 */
bool shell_close(struct shell *shell, struct fault *note);

#endif
