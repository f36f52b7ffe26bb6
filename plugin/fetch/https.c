/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/https.h"

#include <string.h>
#include <time.h>

#include "checks/parse/config_appliances.h"
#include "checks/parse/gui_table.h"
#include "plugin/fetch/api.h"
#include "plugin/fetch/gateways.h"
#include "plugin/fetch/gui.h"
#include "plugin/fetch/log_api.h"
#include "plugin/fetch/recent.h"
#include "plugin/redact.h"

/* What the rows of one appliance share. */
struct asking {
    struct fetch *fetch;
    struct http *http;
    struct api api;
    struct gui gui;
    bool blocked; /* no request at all: FAULT says why */
    struct fault fault;
    bool list_asked; /* config/appliances */
    struct span list;
    struct fault list_fault;
};

/* Hands out BYTES, or FAULT when DONE is false: it may quote a server that echoes a passphrase. */
static void hand_out(struct fetch *fetch, const char *id, bool done, struct span bytes,
                     const struct fault *fault, int64_t start_ms)
{
    if (done) {
        fetch_answer(fetch, id, bytes, start_ms);
        return;
    }
    struct fault clean;
    struct span text = redact(fetch->arena, text_of(fault->text),
                              (struct span){fetch->secret.bytes, fetch->secret.n}, true);
    (void)fault_set(&clean, fault->kind, id, fault->line, "%.*s", TEXT_ARGS(text));
    fetch_fault(fetch, id, &clean, start_ms);
}

/* The fault that keeps every request from being sent, as one about ID. */
static bool is_blocked(const struct asking *asking, const char *id, struct fault *fault)
{
    if (asking->blocked)
        (void)fault_set(fault, asking->fault.kind, id, 0, "%s", asking->fault.text);
    return asking->blocked;
}

/* -- API ------------------------------------------------------------------------------------ */

static void ask_api(struct asking *asking, const struct fetch_row *row, const char *id,
                    const char *path)
{
    struct fault fault = {.kind = FAULT_NONE};
    struct span bytes = {NULL, 0};
    int64_t start_ms = fetch_now_ms();
    fetch_begin(asking->fetch, id);
    bool done =
        !is_blocked(asking, id, &fault) && api_get(&asking->api, row, id, path, &bytes, &fault);
    hand_out(asking->fetch, id, done, bytes, &fault, start_ms);
}

/* Once, for its own row (WANTED) and for the tracking queries. */
static void ask_list(struct asking *asking, const struct fetch_row *row, bool wanted)
{
    const char *id = row->kind->id;
    struct fetch *fetch = asking->fetch;
    struct span bytes = {NULL, 0};
    int64_t start_ms = fetch_now_ms();
    if (asking->list_asked)
        return;
    asking->list_asked = true;
    fetch_begin(fetch, id);
    bool done = !is_blocked(asking, id, &asking->list_fault) &&
                api_get(&asking->api, row, id, row->ask, &bytes, &asking->list_fault);
    if (done) /* the next request takes the room of this answer */
        asking->list = (struct span){arena_dup(fetch->arena, bytes), bytes.n};
    if (wanted)
        hand_out(fetch, id, done, asking->list, &asking->list_fault, start_ms);
}

static bool is_wanted(const struct fetch *fetch, const struct document_kind *kind)
{
    for (size_t i = 0; i < fetch->row_count; i++)
        if (fetch->rows[i]->kind == kind)
            return true;
    return false;
}

static void ask_gateways(struct asking *asking, const struct fetch_row *row)
{
    struct fetch *fetch = asking->fetch;
    const struct fetch_row *list = plan_row(&config_appliances_kind);
    size_t count;
    if (list != NULL)
        ask_list(asking, list, is_wanted(fetch, list->kind));
    struct gateways_item *items = gateways_find(fetch, row->kind, asking->list, &count);
    for (size_t i = 0; i < count; i++) {
        const struct gateways_item *item = &items[i];
        if (item->host != NULL) {
            ask_api(asking, row, item->id,
                    gateways_query(fetch->arena, row->ask, item->host, (int64_t)time(NULL)));
            continue;
        }
        struct fault fault;
        (void)fault_set(&fault, FAULT_NOT_CAPTURED, item->id, 0,
                        "not asked: %.64s is not among the appliances that %.64s answers",
                        item->name, fetch->node->name);
        fetch_fault(fetch, item->id, &fault, fetch_now_ms());
    }
}

/* -- /xml/status ---------------------------------------------------------------------------- */

/* Is ANSWER the status? A login that was accepted elsewhere tells the two meanings of 401 apart. */
bool https_judge_xml(const struct fetch *fetch, const struct http_answer *answer,
                     struct fault *fault)
{
    const char *id = "https/xml_status.xml", *user = fetch->node->user;
    if (answer->status == 200 && text_find(text_head(answer->bytes, 64 * 1024), "<status") >= 0)
        return true;
    if (http_is_restarting(answer))
        return fault_set(fault, FAULT_RESTARTING, id, 0, "the GUI is restarting");
    if (answer->status == 401 || answer->status == 403 || gui_is_login(answer))
        return fetch->passphrase_accepted
                   ? fault_set(fault, FAULT_FORBIDDEN, id, 0,
                               "%.64s may not use the GUI, and so not read /xml/status", user)
                   : fault_set(fault, FAULT_LOGIN, id, 0,
                               "the passphrase of %.64s was refused, or this account may not use "
                               "the GUI; it is not tried again",
                               user);
    if (answer->status == 404)
        return fault_set(fault, FAULT_UNSUPPORTED, id, 0,
                         "port %u knows no /xml/status: see https_port", fetch->node->https_port);
    if (answer->status != 200)
        return fault_set(fault, FAULT_SYNTAX, id, 0, "the GUI answers /xml/status with status %ld",
                         answer->status);
    if (text_trim(answer->bytes).n == 0)
        return fault_set(fault, FAULT_EMPTY, id, 0, "the answer is empty");
    if (http_is_html(answer))
        return fault_set(fault, FAULT_UNSUPPORTED, id, 0,
                         "port %u answers a page in place of /xml/status", fetch->node->https_port);
    return fault_set(fault, FAULT_SYNTAX, id, 0, "the answer on port %u is no XML status",
                     fetch->node->https_port);
}

/* After RECENT_ASK: sends the one request of this minute. */
static void send_xml(struct asking *asking, const struct fetch_row *row, int64_t start_ms)
{
    struct fetch *fetch = asking->fetch;
    struct fault fault = {.kind = FAULT_NONE};
    struct http_answer answer;
    struct draft header = {.arena = fetch->arena};
    struct http_request request = {.id = row->kind->id,
                                   .port = fetch->node->https_port,
                                   .path = row->ask,
                                   .accept = "application/xml, text/xml",
                                   .max_bytes = row->max_bytes,
                                   .limit_ms = fetch_left_ms(fetch, (int)row->limit_s * 1000)};
    struct span clean = {NULL, 0};
    http_basic(&header, fetch->node->user, &fetch->secret);
    request.header = header.bytes;
    bool answered = http_ask(asking->http, &request, &answer, &fault);
    draft_wipe(&header);
    bool done = answered && https_judge_xml(fetch, &answer, &fault);
    if (done) {
        fetch->passphrase_accepted = true;
        clean =
            redact(fetch->arena, answer.bytes, (struct span){fetch->secret.bytes, fetch->secret.n},
                   fetch->config->keep_addresses);
    } else if (answered && fault.kind == FAULT_LOGIN) {
        fetch->passphrase_refused = true;
    }
    if (!answered && !http_was_sent(asking->http))
        recent_cancel(fetch);
    else
        recent_end(fetch, clean);
    hand_out(fetch, row->kind->id, done, clean, &fault, start_ms);
}

static void ask_xml(struct asking *asking, const struct fetch_row *row)
{
    const char *id = row->kind->id;
    struct fetch *fetch = asking->fetch;
    struct fault fault = {.kind = FAULT_NONE};
    struct document document = {.id = id, .has_taken_at = true};
    int64_t start_ms = fetch_now_ms();
    fetch_begin(fetch, id);
    if (!is_blocked(asking, id, &fault) && fetch->passphrase_refused)
        (void)fault_set(&fault, FAULT_LOGIN, id, 0,
                        "not tried: the passphrase of %.64s was refused before, and failures lock "
                        "the account",
                        fetch->node->user);
    if (fault.kind != FAULT_NONE) {
        fetch_fault(fetch, id, &fault, start_ms);
        return;
    }
    enum recent recent = recent_begin(fetch, &document.bytes, &document.taken_at, &fault);
    long long ago_s = (long long)time(NULL) - (long long)document.taken_at;
    switch (recent) {
    case RECENT_ASK:
        send_xml(asking, row, start_ms);
        return;
    case RECENT_ANSWER:
        if (fetch->cli_answered) { /* and an older answer would seem to contradict the CLI */
            (void)fault_set(&fault, FAULT_BUSY, id, 0,
                            "not asked: /xml/status may be asked once a minute, and was asked "
                            "%lld s ago",
                            ago_s);
            break;
        }
        fetch_note(fetch, "HTTPS: /xml/status was asked less than a minute ago: that answer");
        /* Kept by a run that may have been told otherwise what to leave in it. */
        document.bytes = redact(fetch->arena, document.bytes,
                                (struct span){fetch->secret.bytes, fetch->secret.n},
                                fetch->config->keep_addresses);
        fetch->sink->document(fetch->sink->context, &document);
        return;
    case RECENT_NO_ANSWER:
        (void)fault_set(&fault, FAULT_BUSY, id, 0,
                        "not asked: /xml/status may be asked once a minute, and was asked %lld s "
                        "ago without an answer",
                        ago_s);
        break;
    case RECENT_NO_PLACE:
    default:
        break;
    }
    fetch_fault(fetch, id, &fault, start_ms);
}

/* -- Pages ---------------------------------------------------------------------------------- */

/* A page whose place nobody configured is not asked for: "not captured". */
static void ask_page(struct asking *asking, const struct fetch_row *row)
{
    const char *id = row->kind->id;
    struct fetch *fetch = asking->fetch;
    const char *place = row->kind == &gui_table_tracking_kind   ? fetch->node->tracking_page
                        : row->kind == &gui_table_services_kind ? fetch->node->services_page
                                                                : NULL;
    struct fault fault = {.kind = FAULT_NONE};
    struct span bytes = {NULL, 0};
    if (place == NULL)
        return;
    if (strncmp(place, "file:", 5) == 0) {
        gui_saved(fetch, row, place + 5);
        return;
    }
    int64_t start_ms = fetch_now_ms();
    fetch_begin(fetch, id);
    bool done =
        !is_blocked(asking, id, &fault) && gui_get(&asking->gui, row, place, &bytes, &fault);
    hand_out(fetch, id, done, bytes, &fault, start_ms);
}

/* -- Logs ----------------------------------------------------------------------------------- */

static bool get_log(void *context, const struct fetch_row *row, const char *path, bool file,
                    struct span *bytes, struct span *head, struct fault *fault)
{
    struct asking *asking = context;
    asking->api.what = "the logs by the API";
    asking->api.tail = file;
    bool done = api_get(&asking->api, row, row->kind->id, path, bytes, fault);
    *head = asking->api.head;
    asking->api.what = NULL;
    asking->api.tail = false;
    return done;
}

/* What the CLI did not give. A fault then tells of both ways. */
static void ask_log(struct asking *asking, struct fetch_log *log)
{
    struct fetch *fetch = asking->fetch;
    const char *id = log->row->kind->id;
    const struct log_api api = {asking, get_log};
    struct fault fault = {.kind = FAULT_NONE}, both;
    struct span bytes = {NULL, 0};
    int64_t start_ms = fetch_now_ms();
    fetch_begin(fetch, id);
    bool done = !is_blocked(asking, id, &fault) && log_api(fetch, log->row, &api, &bytes, &fault);
    if (done && log->failed)
        fetch_note(fetch, "HTTPS: %s by the API, for the CLI did not give it: %s", id,
                   log->fault.text);
    if (!done && log->failed) {
        (void)fault_set(&both, log->fault.kind, id, 0, "%.150s; nor by the API: %.140s",
                        log->fault.text, fault.text);
        fault = both;
    }
    log->done = true;
    hand_out(fetch, id, done, bytes, &fault, start_ms);
}

/* -- All ------------------------------------------------------------------------------------ */

static void ask_row(struct asking *asking, const struct fetch_row *row, enum fetch_how how)
{
    if (row->how != how)
        return;
    switch (how) {
    case FETCH_API:
        if (strchr(row->kind->id, '*') != NULL)
            ask_gateways(asking, row);
        else if (row->kind == &config_appliances_kind)
            ask_list(asking, row, true);
        else
            ask_api(asking, row, row->kind->id, row->ask);
        return;
    case FETCH_XML:
        ask_xml(asking, row);
        return;
    case FETCH_PAGE:
        ask_page(asking, row);
        return;
    case FETCH_LOG:
        for (size_t i = 0; i < asking->fetch->log_count; i++)
            if (asking->fetch->logs[i].row == row && !asking->fetch->logs[i].done)
                ask_log(asking, &asking->fetch->logs[i]);
        return;
    case FETCH_CLI:
    default:
        return;
    }
}

/* Is there anything that needs the network, and so a passphrase? */
static bool needs_network(const struct fetch *fetch)
{
    for (size_t i = 0; i < fetch->log_count; i++)
        if (!fetch->logs[i].done)
            return true;
    for (size_t i = 0; i < fetch->row_count; i++) {
        enum fetch_how how = fetch->rows[i]->how;
        const char *pages[] = {fetch->node->tracking_page, fetch->node->services_page};
        if (how == FETCH_API || how == FETCH_XML)
            return true;
        for (size_t j = 0; how == FETCH_PAGE && j < sizeof(pages) / sizeof(pages[0]); j++)
            if (pages[j] != NULL && *pages[j] == '/')
                return true;
    }
    return false;
}

/* What must be there before the first request. */
static void prepare(struct asking *asking)
{
    struct fetch *fetch = asking->fetch;
    struct fault fault = {.kind = FAULT_NONE};
    bool done = true;
    if (!needs_network(fetch))
        return;
    if (fetch->node->user == NULL)
        done = fault_set(&asking->fault, FAULT_LOGIN, NULL, 0,
                         "no account is configured for %.64s: set user", fetch->node->name);
    else if (fetch->passphrase_refused)
        done = fault_set(&asking->fault, FAULT_LOGIN, NULL, 0,
                         "not tried: the passphrase of %.64s was refused before, and failures lock "
                         "the account",
                         fetch->node->user);
    else if (!fetch_secret(fetch, &fault))
        done =
            fault_set(&asking->fault, FAULT_LOGIN, NULL, 0, "there is no passphrase (%.120s%s%s)",
                      fault.origin, *fault.origin == '\0' ? "" : ": ", fault.text);
    else
        asking->http = http_open(fetch, &asking->fault);
    asking->blocked = !done || asking->http == NULL;
}

/*
 * The API first: its login tells a refused passphrase from a role without rights, which 401 on
 * /xml/status does not.
 */
void https_ask(struct fetch *fetch)
{
    static const enum fetch_how order[] = {FETCH_API, FETCH_LOG, FETCH_XML, FETCH_PAGE};
    struct asking asking = {.fetch = fetch};
    prepare(&asking);
    asking.api = api_open(fetch, asking.http);
    asking.gui = gui_open(fetch, asking.http);
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        for (size_t j = 0; j < fetch->row_count; j++)
            ask_row(&asking, fetch->rows[j], order[i]);
    gui_close(&asking.gui);
    api_close(&asking.api);
    http_close(asking.http);
}
