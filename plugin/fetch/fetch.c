/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/fetch.h"

#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "checks/parse/mail_logs.h"
#include "plugin/fetch/https.h"
#include "plugin/fetch/log_file.h"
#include "plugin/fetch/snmp.h"
#include "plugin/fetch/ssh.h"
#include "plugin/redact_log.h"

enum { NOTE_BYTES = 400 };

int64_t fetch_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int fetch_left_ms(const struct fetch *fetch, int limit_ms)
{
    int64_t left = fetch->deadline_ms - fetch_now_ms();
    if (left < 0)
        return 0;
    return left < limit_ms ? (int)left : limit_ms;
}

bool fetch_secret(struct fetch *fetch, struct fault *fault)
{
    if (!fetch->secret_read) {
        fetch->secret_read = true;
        fetch->secret_fault = (struct fault){.kind = FAULT_NONE};
        fetch->secret_known =
            secret_find(fetch->node, fetch->node->user, &fetch->secret, &fetch->secret_fault);
    }
    if (!fetch->secret_known && fault != NULL)
        *fault = fetch->secret_fault;
    return fetch->secret_known;
}

static const char *vantage(void)
{
    static char name[256]; /* of this machine: it does not change while the process lives */
    if (name[0] == '\0' && gethostname(name, sizeof(name) - 1) != 0)
        return NULL;
    return name[0] == '\0' ? NULL : name;
}

static struct document taken(const char *id, int64_t start_ms)
{
    int64_t took = fetch_now_ms() - start_ms;
    return (struct document){
        .id = id,
        .has_taken_at = true,
        .taken_at = (int64_t)time(NULL),
        .has_duration = true,
        .duration_ms = took < 0 ? 0 : (unsigned)took,
        .vantage = vantage(),
    };
}

void fetch_begin(const struct fetch *fetch, const char *id)
{
    fetch->sink->begin(fetch->sink->context, id);
}

static struct span secret_of(const struct fetch *fetch)
{
    return (struct span){fetch->secret.bytes, fetch->secret.bytes == NULL ? 0 : fetch->secret.n};
}

struct document fetch_hold(struct fetch *fetch, const char *id, struct span bytes, int64_t start_ms)
{
    struct document document = taken(id, start_ms);
    struct span clean = redact_log_document(fetch->arena, id, bytes, secret_of(fetch),
                                            fetch->config->keep_addresses);
    document.bytes = clean;
    if (clean.p == bytes.p)
        document.bytes.p = arena_dup(fetch->arena, clean);
    return document;
}

void fetch_hand_out(const struct fetch *fetch, const struct document *document)
{
    fetch->sink->document(fetch->sink->context, document);
}

void fetch_answer(struct fetch *fetch, const char *id, struct span bytes, int64_t start_ms)
{
    struct document document = taken(id, start_ms);
    fetch->cli_answered = fetch->cli_answered || text_starts(text_of(id), "cli/");
    document.bytes = redact_log_document(fetch->arena, id, bytes, secret_of(fetch),
                                         fetch->config->keep_addresses);
    fetch_hand_out(fetch, &document);
}

void fetch_fault(const struct fetch *fetch, const char *id, const struct fault *fault,
                 int64_t start_ms)
{
    struct document document = taken(id, start_ms);
    struct fault clean = *fault;
    /* It may quote an appliance that echoes what it was sent. */
    struct span text = text_of(fault->text);
    /* A file or key of the configuration that it is about is part of the sentence. */
    if (fault->origin[0] != '\0' && strcmp(fault->origin, id) != 0)
        text = text_of(arena_printf(fetch->arena, "%s: %s", fault->origin, fault->text));
    text = redact_secret(fetch->arena, text, secret_of(fetch));
    if (text.p != fault->text)
        (void)fault_set(&clean, fault->kind, fault->origin, fault->line, "%.*s", TEXT_ARGS(text));
    document.fault = &clean;
    fetch->sink->document(fetch->sink->context, &document);
}

void fetch_note(const struct fetch *fetch, const char *format, ...)
{
    va_list args;
    if (fetch->sink->note == NULL)
        return;
    va_start(args, format);
    char *line = arena_vprintf(fetch->arena, format, args);
    va_end(args);
    /* It may quote what an appliance said. */
    struct span clean = redact_secret(fetch->arena, text_of(line), secret_of(fetch));
    fetch->sink->note(fetch->sink->context, result_clean(fetch->arena, clean, NOTE_BYTES));
}

/* The configured path of ROW's log here; NULL = none. */
static const char *log_path(const struct fetch *fetch, const struct fetch_row *row)
{
    return row->kind == &mail_logs_kind ? fetch->node->mail_log_path : fetch->node->status_log_path;
}

const char *fetch_log_name(const struct fetch *fetch, const struct fetch_row *row)
{
    const char *name =
        row->kind == &mail_logs_kind ? fetch->node->mail_log : fetch->node->status_log;
    return name != NULL ? name : row->ask;
}

/* A log that is delivered here is not asked for. */
static void ask_files(struct fetch *fetch)
{
    for (size_t i = 0; i < fetch->row_count; i++) {
        const struct fetch_row *row = fetch->rows[i];
        if (row->how != FETCH_LOG || fetch->log_count == FETCH_LOGS)
            continue;
        struct fetch_log *log = &fetch->logs[fetch->log_count++];
        const char *path = log_path(fetch, row);
        *log = (struct fetch_log){.row = row, .done = path != NULL};
        if (path != NULL)
            log_file_ask(fetch, row, path);
    }
}

void fetch_ask(struct fetch *fetch)
{
    /* A peer that is gone is an error of write(), here and in the libraries. */
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    (void)sigemptyset(&ignore.sa_mask);
    bool changed = sigaction(SIGPIPE, &ignore, &before) == 0;
    /* Also where a key logs in: an answer may hold the passphrase, and only a known one is found.
     */
    (void)fetch_secret(fetch, NULL);
    ask_files(fetch);
    snmp_ask(fetch);
    ssh_ask(fetch);
    https_ask(fetch);
    secret_wipe(&fetch->secret);
    fetch->secret_known = false;
    if (changed)
        (void)sigaction(SIGPIPE, &before, NULL);
}
