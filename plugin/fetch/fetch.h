/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_FETCH_H
#define PLUGIN_FETCH_FETCH_H

/*
 * Asking one appliance for documents. Runs in a process of its own (runner.h), which may be killed
 * at any moment: every document is handed to the sink as soon as it is complete.
 */

#include "plugin/config.h"
#include "plugin/fetch/plan.h"
#include "plugin/secret.h"

/* Where documents go. */
struct fetch_sink {
    void *context;
    /* About to ask for ID: what a timeout will name. */
    void (*begin)(void *context, const char *id);
    /* DOCUMENT: id, bytes or fault, taken_at, duration_ms, vantage. Copied before it returns. */
    void (*document)(void *context, const struct document *document);
    /* One line for `-vvv` and `doctor`, never with a secret: "SSH: logged in with a public key". */
    void (*note)(void *context, const char *line);
};

/* What became of a log that one way did not give: another may. */
struct fetch_log {
    const struct fetch_row *row;
    bool done; /* handed out, or faulted for good */
    bool failed;
    struct fault fault; /* why the CLI did not give it */
};

enum { FETCH_LOGS = 4 };

/* The job of one appliance. */
struct fetch {
    struct arena *arena;
    const struct config *config;
    const struct config_node *node;
    const struct fetch_row **rows; /* wanted, in the order of the plan */
    size_t row_count;
    int64_t deadline_ms; /* CLOCK_MONOTONIC, milliseconds */
    const struct fetch_sink *sink;
    const void *way; /* of the function that asks, when it is another than fetch_ask() */

    /* What one transport learns and the next must know. */
    struct secret secret; /* passphrase of node->user; read once by fetch_secret() */
    bool secret_read, secret_known;
    struct fault secret_fault;
    bool passphrase_refused; /* one interface refused it: no other one is tried with it */
    bool passphrase_accepted;
    bool cli_answered;                 /* by at least one command: what it says is from now */
    struct fetch_log logs[FETCH_LOGS]; /* rows of FETCH_LOG, in their order */
    size_t log_count;
};

/*
 * Asks for everything that is wanted: logs from files, then SNMP, SSH, HTTPS, one login attempt
 * each at most, and none at all with a passphrase that was refused before. Wipes the secret. Never
 * fails as a whole.
 */
void fetch_ask(struct fetch *fetch);

/* Name of the subscription of ROW (FETCH_LOG): the configured one, else the usual one. */
const char *fetch_log_name(const struct fetch *fetch, const struct fetch_row *row);

/* The passphrase, read at the first call. False with FAULT when there is none. */
bool fetch_secret(struct fetch *fetch, struct fault *fault);

/* Milliseconds left of the smaller of the appliance's deadline and LIMIT_MS; at least 0. */
int fetch_left_ms(const struct fetch *fetch, int limit_ms);

int64_t fetch_now_ms(void); /* CLOCK_MONOTONIC */

/* Reports begin / an answer that began at START_MS / a fault about ID. Redacts BYTES (redact.h). */
void fetch_begin(const struct fetch *fetch, const char *id);
void fetch_answer(struct fetch *fetch, const char *id, struct span bytes, int64_t start_ms);
/* The same in two steps: the document, complete now, and handed out later. Copies BYTES. */
struct document fetch_hold(struct fetch *fetch, const char *id, struct span bytes,
                           int64_t start_ms);
void fetch_hand_out(const struct fetch *fetch, const struct document *document);
void fetch_fault(const struct fetch *fetch, const char *id, const struct fault *fault,
                 int64_t start_ms);
void fetch_note(const struct fetch *fetch, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
