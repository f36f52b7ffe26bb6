/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/stage.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "checks/cluster.h"
#include "checks/managed.h"
#include "checks/parse/cli_connstatus.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/cli_version.h"
#include "checks/parse/cli_workqueue.h"
#include "checks/parse/xml_status.h"
#include "checks/registry.h"
#include "checks/start.h"

static const char *const names[] = {
    [STAGE_UNKNOWN] = "unknown",         [STAGE_PLANNED] = "planned",
    [STAGE_SUSPENDED] = "suspended",     [STAGE_DRAINED] = "drained",
    [STAGE_INSTALLING] = "installing",   [STAGE_DOWN] = "down",
    [STAGE_UP_OLD] = "up-old",           [STAGE_UP_NEW] = "up-new",
    [STAGE_RESUMED] = "resumed",         [STAGE_CONNECTED] = "connected",
    [STAGE_ESTABLISHED] = "established", [STAGE_VERIFIED] = "verified",
};

const char *stage_name(enum stage_word word)
{
    return names[word];
}

enum stage_word stage_of_name(const char *name)
{
    int word = 0;
    while (word < STAGE_COUNT && strcmp(names[word], name) != 0)
        word++;
    return (enum stage_word)word;
}

/* ---- texts ---- */

static void put(const struct question *q, char *to, size_t size, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Clean, and cut where it does not fit. */
static void put(const struct question *q, char *to, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(q->arena, format, args);
    va_end(args);
    /* "…" and the end of the string must still fit. */
    (void)snprintf(to, size, "%s", result_clean(q->arena, text_of(text), size - 4));
}

#define SAY(field, ...) put(q, field, sizeof(field), __VA_ARGS__)

/* The first doubt stays: what follows from it is no news. */
static void doubt(const struct question *q, struct stage *stage, const char *text)
{
    if (stage->doubt[0] == '\0')
        SAY(stage->doubt, "%s", text);
}

static void complain(const struct question *q, struct stage *stage, enum state state,
                     const char *text)
{
    if (state <= stage->state)
        return;
    stage->state = state;
    SAY(stage->problem, "%s", text);
}

static void set(const struct question *q, struct stage *stage, enum stage_word word,
                const char *document, unsigned line, const char *why)
{
    stage->word = word;
    SAY(stage->why, "%s", why);
    SAY(stage->document, "%s", document == NULL ? "" : document);
    stage->line = document == NULL ? 0 : line;
}

/* ---- what the moment shows ---- */

struct sight {
    bool unreachable;   /* SSH, and nothing else answered */
    struct fault fault; /* why the CLI did not answer; kind NONE: it did */
    struct span status; /* empty: not told */
    struct cli_status_meaning meaning;
    const char *status_document, *release_document;
    unsigned status_line, release_line;
    bool has_queue, has_active;
    double queue, active;
    enum stage_told away; /* disconnected from every member that answers */
    char away_from[STAGE_TEXT];
};

/*
 * The XML page, if it is from this moment. It is asked once a minute at most, and its last answer
 * kept: that one is older than the moment before, or than when the CLI was asked.
 */
static const struct xml_status *fresh_page(const struct question *q, const struct stage *before)
{
    const struct document *page = fleet_document(q->node, xml_status_kind.id);
    const struct document *cli = fleet_document(q->node, cli_status_kind.id);
    const bool timed = cli != NULL && cli->has_taken_at;
    if (page == NULL || !page->has_taken_at || (!timed && !before->has_seen) ||
        (before->has_seen && page->taken_at <= before->seen_at) ||
        (timed && page->taken_at < cli->taken_at))
        return NULL;
    return check_facts_of(q, q->node, &xml_status_kind, NULL);
}

static bool gauge(const struct cli_status *cli, const char *label, double *value)
{
    const struct cli_status_row *row = cli_status_row(cli, "Gauges", NULL, label);
    if (row != NULL && row->count > 0)
        *value = row->values[0];
    return row != NULL && row->count > 0;
}

static void look_at_queue(const struct question *q, const struct cli_status *cli,
                          struct sight *sight)
{
    const struct cli_workqueue *queue = check_facts_of(q, q->node, &cli_workqueue_kind, NULL);
    sight->has_active = cli != NULL && gauge(cli, "Active Recipients", &sight->active);
    sight->has_queue = cli != NULL && gauge(cli, "Messages In Work Queue", &sight->queue);
    if (queue == NULL || !queue->has_messages)
        return;
    /* Of two answers the larger one: nothing is drained that still holds a message somewhere. */
    if (!sight->has_queue || (double)queue->messages > sight->queue)
        sight->queue = (double)queue->messages;
    sight->has_queue = true;
}

static void look_at_cli(const struct question *q, const struct stage *before, struct sight *sight,
                        struct stage *stage)
{
    struct fault version_fault;
    const struct cli_status *cli = check_facts_of(q, q->node, &cli_status_kind, &sight->fault);
    const struct cli_version *version =
        check_facts_of(q, q->node, &cli_version_kind, &version_fault);
    const struct xml_status *page = fresh_page(q, before);
    if (cli != NULL)
        sight->fault.kind = FAULT_NONE;
    if (cli != NULL && cli->has_system_status && cli->system_status_other.n == 0) {
        sight->status = cli->system_status;
        sight->status_document = cli_status_kind.id;
        sight->status_line = cli->system_status_line;
    } else if (cli == NULL && page != NULL && page->has_system_status &&
               page->system_status_other.n == 0) {
        sight->status = page->system_status;
        sight->status_document = xml_status_kind.id;
        sight->status_line = page->system_status_line;
    } else {
        doubt(q, stage, cli == NULL ? sight->fault.text : "status tells no one System status");
    }
    if (sight->status.n != 0)
        sight->meaning = cli_status_meaning(sight->status);
    if (version != NULL && version->has_release) {
        stage->now.release = version->release;
        sight->release_document = cli_version_kind.id;
        sight->release_line = version->release_line;
    } else if (version == NULL && page != NULL && page->has_release) {
        stage->now.release = page->release;
        sight->release_document = xml_status_kind.id;
        sight->release_line = page->root_line;
    } else {
        doubt(q, stage, version == NULL ? version_fault.text : "version tells no release");
    }
    stage->now.has_release = stage->now.has_release || sight->release_document != NULL;
    look_at_queue(q, cli, sight);
    sight->unreachable = sight->fault.kind == FAULT_UNREACHABLE && page == NULL &&
                         version == NULL && sight->status.n == 0;
}

/* Did NODE answer anything at this moment? */
static bool answers(const struct node *node)
{
    for (size_t i = 0; i < node->document_count; i++)
        if (node->documents[i].fault == NULL)
            return true;
    return false;
}

/*
 * A machine that was taken out of its cluster for the upgrade shows every other one as not
 * connected. One that does not answer itself proves nothing.
 */
static void look_at_links(const struct question *q, struct sight *sight)
{
    const struct cluster cluster = cluster_of(q, q->node);
    const struct cli_connstatus *own = check_facts_of(q, q->node, &cli_connstatus_kind, NULL);
    if (own == NULL || !cluster.known || cluster.standalone)
        return;
    for (size_t i = 0; i < cluster.count; i++) {
        const struct node *peer = cluster_node(q, &cluster, cluster.members[i]);
        if (peer == NULL || peer == q->node || !answers(peer))
            continue;
        struct cli_connstatus_link link =
            cli_connstatus_link(q->arena, own, cluster.members[i], cluster.members, cluster.count);
        if (link.state != CLI_CONNSTATUS_BAD) {
            sight->away = STAGE_NO;
            return;
        }
        sight->away = STAGE_YES;
        SAY(sight->away_from, "%s", peer->name);
    }
}

/* ---- rebooted? ---- */

static bool is_later(struct stamp a, struct stamp b)
{
    return time_between(a, b) > START_TOLERANCE_S;
}

static bool as_planned(const struct question *q, const struct stage *stage)
{
    return q->has_expect && release_matches(&stage->now.release, &q->expect);
}

static bool rebooted(const struct question *q, const struct stage *stage,
                     const struct stage *before, bool start_told)
{
    const struct stage_mark *then = &stage->before, *now = &stage->now;
    if (start_told && then->has_start)
        return is_later(now->start, then->start);
    /* Nobody changes the release without a reboot. */
    if (now->has_release && (then->has_release ? !release_matches(&now->release, &then->release)
                                               : as_planned(q, stage)))
        return true;
    return before->word >= STAGE_DOWN;
}

enum told_release { RELEASE_UNTOLD, RELEASE_OLD, RELEASE_NEW, RELEASE_OTHER };

static enum told_release compare(const struct question *q, const struct stage *stage,
                                 const struct stage *before, bool told)
{
    const struct stage_mark *then = &stage->before;
    if (!told)
        return RELEASE_UNTOLD;
    if (as_planned(q, stage))
        return RELEASE_NEW;
    if (then->has_release && release_matches(&stage->now.release, &then->release))
        return RELEASE_OLD;
    if (q->has_expect)
        return RELEASE_OTHER;
    /* An earlier watch, which knew the release of before, may have told. */
    return then->has_release || before->word >= STAGE_UP_NEW ? RELEASE_NEW
           : before->word == STAGE_UP_OLD                    ? RELEASE_OLD
                                                             : RELEASE_UNTOLD;
}

/*
 * What was there when nothing had happened yet, as far as the baseline does not tell it. One that
 * already runs the planned release shows nothing of before.
 */
static void mark_first(const struct question *q, struct stage *stage, const struct stage *before,
                       bool release_told, bool start_told)
{
    struct stage_mark *then = &stage->before;
    if (before->word >= STAGE_DOWN || (stage->now.has_release && as_planned(q, stage)) ||
        (start_told && then->has_start && is_later(stage->now.start, then->start)))
        return;
    if (release_told && !then->has_release) {
        then->has_release = true;
        then->release = stage->now.release;
    }
    if (start_told && !then->has_start) {
        then->has_start = true;
        then->start = stage->now.start;
    }
}

static const char *status_text(const struct question *q, const struct sight *sight)
{
    return arena_printf(q->arena, "status says %.*s", TEXT_ARGS(text_head(sight->status, 80)));
}

/* ---- before the reboot ---- */

static void before_reboot(const struct question *q, struct stage *stage, const struct stage *before,
                          const struct sight *sight)
{
    const bool drained = sight->has_queue && sight->has_active && sight->queue <= 0 &&
                         sight->active <= 0 && sight->queue >= 0;
    const char *status = status_text(q, sight);
    if (sight->status.n == 0 || sight->meaning.unrecognised) {
        if (sight->status.n != 0)
            doubt(q, stage, arena_printf(q->arena, "not recognised: %s", status));
        return;
    }
    if (!sight->meaning.receiving_suspended) {
        set(q, stage, STAGE_PLANNED, sight->status_document, sight->status_line, status);
        return;
    }
    if (!sight->has_queue || !sight->has_active) {
        doubt(q, stage, "work queue and active recipients are not told");
        if (before->word == STAGE_DRAINED || before->word == STAGE_INSTALLING)
            return;
    }
    set(q, stage, STAGE_SUSPENDED, sight->status_document, sight->status_line, status);
    if (!sight->has_queue || !sight->has_active)
        return;
    SAY(stage->waits, "work queue %.0f, recipients %.0f", sight->queue, sight->active);
    if (!drained)
        return;
    set(q, stage, STAGE_DRAINED, cli_status_kind.id, 0, stage->waits);
    stage->waits[0] = '\0';
    if (sight->away == STAGE_YES)
        set(q, stage, STAGE_INSTALLING, cli_connstatus_kind.id, 0,
            arena_printf(q->arena, "drained, and not connected to %s", sight->away_from));
}

/* ---- behind the reboot ---- */

/* Is it connected, seen from every member? *LINE says why or why not. */
static enum stage_told ask_connected(const struct question *q, const char **line)
{
    const struct check *check = registry_find(text_of("connstatus"));
    struct check_limit limit = {.has_warning = true};
    /* How many members a cluster should have at most is not the question here. */
    for (size_t i = 0; i < check->metric_count; i++)
        if (strcmp(check->metrics[i].name, "cluster_members") == 0)
            limit.spec = &check->metrics[i];
    (void)limit_parse("~:", &limit.warning, NULL);
    struct question own = *q;
    own.limits = &limit;
    own.limit_count = 1;
    const struct result *result = check_run(check, &own);
    *line = result_line(result);
    switch (result_state(result)) {
    case STATE_NOT_APPLICABLE:
        return STAGE_NONE;
    case STATE_OK:
        return STAGE_YES;
    case STATE_WARNING:
    case STATE_CRITICAL:
        return STAGE_NO;
    case STATE_PENDING:
    case STATE_UNKNOWN:
    case STATE_COUNT:
        break;
    }
    return STAGE_UNTOLD;
}

/* What the SMA says of its connection to q->node. */
static enum stage_told ask_manager(const struct question *q, const struct node *sma,
                                   const char **line)
{
    struct fault fault;
    struct question own = *q;
    own.node = sma;
    const struct config_appliances *list =
        check_facts_of(&own, sma, &config_appliances_kind, &fault);
    const struct managed_list managed = managed_by(&own, list);
    for (size_t i = 0; i < managed.count; i++) {
        const struct managed *item = &managed.items[i];
        if (item->node != q->node)
            continue;
        const enum config_appliances_flag flag =
            item->entry == NULL ? FLAG_UNTOLD : item->entry->established;
        if (list == NULL)
            *line = arena_printf(q->arena, "%s: %s", sma->name, fault.text);
        else if (item->entry == NULL)
            *line = arena_printf(q->arena, "%s does not list it", sma->name);
        else if (flag == FLAG_UNTOLD)
            *line = arena_printf(q->arena, "%s does not tell whether it is established", sma->name);
        else
            *line = arena_printf(q->arena, "%sestablished on %s", flag == FLAG_NO ? "not " : "",
                                 sma->name);
        if (list != NULL && (item->entry == NULL || flag == FLAG_NO))
            return STAGE_NO;
        return flag == FLAG_YES ? STAGE_YES : STAGE_UNTOLD;
    }
    return STAGE_NONE;
}

static enum stage_told ask_established(const struct question *q, const struct node **manager,
                                       const char **line)
{
    if (q->node->role != ROLE_ESA)
        return STAGE_NONE;
    for (size_t i = 0; i < q->fleet->count; i++) {
        const struct node *sma = &q->fleet->nodes[i];
        if (sma->role != ROLE_SMA ||
            (q->node->sma != NULL && !fleet_same_name(text_of(q->node->sma), text_of(sma->name))))
            continue;
        enum stage_told told = ask_manager(q, sma, line);
        *manager = sma;
        if (told != STAGE_NONE)
            return told;
    }
    return STAGE_NONE;
}

/* One rung: is it reached? What nobody told now keeps what was known before. */
static bool reaches(const struct question *q, struct stage *stage, enum stage_word known,
                    enum stage_word word, enum stage_told told, const char *document, unsigned line,
                    const char *text)
{
    if (told == STAGE_NONE)
        return true;
    if (told == STAGE_NO) {
        SAY(stage->waits, "%s", text);
        return false;
    }
    if (told == STAGE_UNTOLD)
        doubt(q, stage, text);
    if (told == STAGE_UNTOLD && known < word)
        return false;
    set(q, stage, word, document, line, text);
    return true;
}

static bool is_verified(const struct question *q, struct stage *stage,
                        const struct stage_verdict *verdict)
{
    int64_t start;
    if (verdict == NULL)
        return false;
    if (stage->now.has_start && time_utc(stage->now.start, &start) &&
        (!verdict->has_at || verdict->at < start)) {
        SAY(stage->waits, "verified before its last start only");
        return false;
    }
    if (!verdict->good)
        complain(q, stage, STATE_WARNING, "verify found something that is not good");
    return verdict->good;
}

/* KNOWN: how far it was since this start, by the moment before. */
static void climb(const struct question *q, struct stage *stage, enum stage_word known,
                  const struct sight *sight, const struct stage_verdict *verdict)
{
    const char *status =
        sight->status.n == 0 ? "its System status is not told" : status_text(q, sight);
    const char *line = "";
    const struct node *manager = NULL;
    if (!reaches(q, stage, known, STAGE_RESUMED, stage->online, sight->status_document,
                 sight->status_line, status))
        return;
    stage->connected = ask_connected(q, &line);
    if (!reaches(q, stage, known, STAGE_CONNECTED, stage->connected, cli_connstatus_kind.id, 0,
                 line))
        return;
    stage->established = ask_established(q, &manager, &line);
    if (!reaches(q, stage, known, STAGE_ESTABLISHED, stage->established,
                 manager == NULL ? NULL : check_source(q, manager, config_appliances_kind.id), 0,
                 line))
        return;
    stage->complete = true;
    if (is_verified(q, stage, verdict))
        set(q, stage, STAGE_VERIFIED, NULL, 0, "verify: all results are good");
}

static void behind_reboot(const struct question *q, struct stage *stage, const struct stage *before,
                          const struct sight *sight, bool start_told,
                          const struct stage_verdict *verdict)
{
    char now[48], wanted[48];
    const bool same_start = !stage->now.has_start || !before->now.has_start ||
                            !is_later(stage->now.start, before->now.start);
    const enum told_release told = compare(q, stage, before, sight->release_document != NULL);
    enum stage_word known = same_start && before->word > STAGE_DOWN ? before->word : STAGE_UNKNOWN;
    if (told == RELEASE_UNTOLD && sight->release_document != NULL) {
        set(q, stage, STAGE_UNKNOWN, NULL, 0, "");
        doubt(q, stage, "its release of before is not known: --baseline or expect tells it");
        return;
    }
    if (told == RELEASE_UNTOLD && known < STAGE_UP_NEW) {
        /* Of a start that is new nothing else is known yet. */
        if (before->word > STAGE_DOWN && !same_start)
            set(q, stage, STAGE_DOWN, cli_status_kind.id, 0, "started again");
        doubt(q, stage, "it answers again, but does not tell its release");
        return;
    }
    if (told == RELEASE_OLD && known < STAGE_UP_OLD && !start_told && stage->before.has_start) {
        doubt(q, stage, "it answers again, but does not tell when it started");
        return;
    }
    (void)release_print(&stage->now.release, now, sizeof(now));
    if (told == RELEASE_OLD || told == RELEASE_OTHER) {
        if (q->has_expect)
            (void)release_print(&q->expect, wanted, sizeof(wanted));
        set(q, stage, STAGE_UP_OLD, sight->release_document, sight->release_line,
            arena_printf(q->arena, "runs %s", now));
        if (told == RELEASE_OTHER)
            complain(q, stage, STATE_CRITICAL,
                     arena_printf(q->arena, "runs %s, planned is %s", now, wanted));
        else
            complain(q, stage, STATE_WARNING,
                     arena_printf(q->arena, "rebooted, and still runs %s", now));
        return;
    }
    set(q, stage, STAGE_UP_NEW, sight->release_document, sight->release_line,
        arena_printf(q->arena, "runs %s", now));
    climb(q, stage, known, sight, verdict);
}

/* ---- the whole ---- */

static void read_status(struct stage *stage, const struct sight *sight)
{
    const struct cli_status_meaning *meaning = &sight->meaning;
    stage->receiving = stage->online = STAGE_UNTOLD;
    if (sight->unreachable) {
        stage->receiving = stage->online = STAGE_NO;
    } else if (sight->status.n != 0) {
        if (meaning->online || meaning->receiving_suspended || !meaning->unrecognised)
            stage->receiving = meaning->receiving_suspended ? STAGE_NO : STAGE_YES;
        if (meaning->online || !meaning->unrecognised)
            stage->online = meaning->online ? STAGE_YES : STAGE_NO;
    }
}

static void read_times(const struct question *q, struct stage *stage, bool *start_told)
{
    const struct start start = start_of(q, q->node);
    *start_told = start.known;
    if (start.known) {
        stage->now.has_start = true;
        stage->now.start = start.when;
    }
    for (size_t i = 0; i < q->node->document_count; i++) {
        const struct document *document = &q->node->documents[i];
        if (!document->has_taken_at || (stage->has_seen && document->taken_at <= stage->seen_at))
            continue;
        stage->has_seen = true;
        stage->seen_at = document->taken_at;
    }
}

struct stage stage_begin(const struct question *baseline)
{
    struct stage stage = {.word = STAGE_UNKNOWN};
    if (baseline == NULL || baseline->node == NULL)
        return stage;
    const struct cli_version *version =
        check_facts_of(baseline, baseline->node, &cli_version_kind, NULL);
    const struct start start = start_of(baseline, baseline->node);
    stage.before.has_release = version != NULL && version->has_release;
    if (stage.before.has_release)
        stage.before.release = version->release;
    stage.before.has_start = start.known;
    stage.before.start = start.when;
    return stage;
}

struct stage stage_next(const struct question *q, const struct stage *before,
                        const struct stage_verdict *verdict)
{
    struct stage stage = *before;
    struct sight sight = {.unreachable = false};
    bool start_told;
    stage.waits[0] = stage.doubt[0] = stage.problem[0] = '\0';
    stage.state = STATE_OK;
    stage.complete = false;
    stage.connected = stage.established = STAGE_UNTOLD;
    look_at_cli(q, before, &sight, &stage);
    look_at_links(q, &sight);
    read_status(&stage, &sight);
    read_times(q, &stage, &start_told);
    stage.answered = sight.unreachable || sight.status.n != 0 || sight.release_document != NULL;
    mark_first(q, &stage, before, sight.release_document != NULL, start_told);
    if (sight.fault.kind == FAULT_HOST_CHANGED)
        complain(q, &stage, STATE_CRITICAL, sight.fault.text);
    if (sight.unreachable) {
        stage.doubt[0] = '\0';
        set(q, &stage, STAGE_DOWN, cli_status_kind.id, 0, sight.fault.text);
    } else if (stage.answered) {
        /* Resumed on the old release, and suspended again: the next attempt. */
        if (before->word == STAGE_UP_OLD && before->online == STAGE_YES &&
            stage.receiving == STAGE_NO)
            stage.before = stage.now;
        if (rebooted(q, &stage, before, start_told))
            behind_reboot(q, &stage, before, &sight, start_told, verdict);
        else
            before_reboot(q, &stage, before, &sight);
    }
    if (stage.doubt[0] != '\0')
        complain(q, &stage, STATE_UNKNOWN, stage.doubt);
    return stage;
}
