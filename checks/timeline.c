/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "checks/cluster.h"
#include "checks/interval.h"
#include "checks/log_owner.h"
#include "checks/parse/cli_connstatus.h"
#include "checks/parse/cli_displayalerts.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/cli_version.h"
#include "checks/parse/config_appliances.h"
#include "checks/period.h"
#include "checks/signature.h"
#include "checks/start.h"
#include "checks/zone.h"

const char *const timeline_words[] = {
    "suspended", "drained",     "disconnected",  "installing",     "down",     "up", "resumed",
    "connected", "established", "first_mail_in", "first_mail_out", "verified", NULL};

struct view {
    const struct question *q;
    struct arena *arena;
    struct timeline line;
};

static size_t place(const char *word)
{
    size_t i = 0;
    while (timeline_words[i] != NULL && strcmp(timeline_words[i], word) != 0)
        i++;
    return i;
}

/* By time; what is of one time in the order of a change. */
static int by_time(const void *a, const void *b)
{
    const struct timeline_event *x = a, *y = b;
    const size_t first = place(x->what), second = place(y->what);
    return x->at != y->at ? (x->at > y->at ? 1 : -1) : (first > second) - (first < second);
}

static struct timeline_event *add(struct view *v, const char *what, int64_t at,
                                  const char *document, unsigned line)
{
    struct timeline *t = &v->line;
    t->events = arena_push(v->arena, t->events, t->event_count, sizeof(*t->events));
    t->events[t->event_count] = (struct timeline_event){
        .at = at, .what = what, .document = arena_dup(v->arena, text_of(document)), .line = line};
    return &t->events[t->event_count++];
}

/* Where the zone of WHEN is known. */
static void add_stamp(struct view *v, const char *what, struct stamp when, const char *document,
                      unsigned line)
{
    int64_t at;
    if (time_utc(when, &at))
        (void)add(v, what, at, document, line);
}

/* It was so when NODE's document ID was taken. */
static void add_observed(struct view *v, const char *what, const struct node *node, const char *id,
                         unsigned line)
{
    const struct document *document = fleet_document(node, id);
    if (document != NULL && document->has_taken_at)
        add(v, what, document->taken_at, check_source(v->q, node, id), line)->observed = true;
}

/* -- The appliance itself -------------------------------------------------------------------- */

static void add_reboot(struct view *v)
{
    const struct interval down = interval_reboot(v->q, v->q->node);
    int64_t at;
    if (!down.known)
        return;
    add_stamp(v, "up", down.to, down.last.document, down.last.line);
    if (down.from_seen && time_utc(down.from, &at))
        add(v, "down", at, down.first.document, down.first.line)->observed = true;
}

static void add_status(struct view *v)
{
    const struct cli_status *status = check_facts_of(v->q, v->q->node, &cli_status_kind, NULL);
    if (status == NULL || !status->has_system_status)
        return;
    const struct cli_status_meaning says = cli_status_meaning(status->system_status);
    if (says.receiving_suspended || says.delivery_suspended)
        add_observed(v, "suspended", v->q->node, cli_status_kind.id, status->system_status_line);
}

static void add_install(struct view *v)
{
    const struct node *node = v->q->node;
    const struct cli_version *now = check_facts_of(v->q, node, &cli_version_kind, NULL);
    const struct cli_version *then =
        check_facts_of(v->q, check_before(v->q), &cli_version_kind, NULL);
    if (now == NULL || !now->has_install_date || then == NULL || !then->has_install_date ||
        time_between(now->install_date, then->install_date) <= 0)
        return;
    add_stamp(v, "installing", zone_of(v->q, node, now->install_date), cli_version_kind.id,
              now->install_line);
}

/* -- Its neighbours -------------------------------------------------------------------------- */

/* When the change began, as far as it is told: alerts from before are of something else. */
static bool began(const struct question *q, struct stamp *when)
{
    const struct node *before = check_before(q);
    const struct document *status =
        before == NULL ? NULL : fleet_document(before, cli_status_kind.id);
    if (q->has_since)
        *when = q->since;
    else if (status != NULL && status->has_taken_at)
        *when = time_from_utc(status->taken_at);
    else
        return false;
    return when->has_offset;
}

static void add_lost_link(struct view *v)
{
    const struct cli_displayalerts *list =
        check_facts_of(v->q, v->q->node, &cli_displayalerts_kind, NULL);
    const struct alert *first = NULL;
    struct stamp begin;
    if (list == NULL || !began(v->q, &begin))
        return;
    for (size_t i = 0; i < list->count; i++) {
        const struct alert *alert = &list->alerts[i];
        const struct signature *signature = signature_of(alert->text);
        if (signature != NULL && signature->excuse == EXCUSE_LINK && alert->when.has_offset &&
            time_between(alert->when, begin) > 0 &&
            (first == NULL || time_between(alert->when, first->when) < 0))
            first = alert;
    }
    if (first != NULL)
        add_stamp(v, "disconnected", first->when, cli_displayalerts_kind.id, first->line);
}

static void add_links(struct view *v)
{
    const struct question *q = v->q;
    const struct cli_connstatus *status = check_facts_of(q, q->node, &cli_connstatus_kind, NULL);
    const struct cluster cluster = cluster_of(q, q->node);
    const struct span self = cluster_name_of(q, &cluster, q->node);
    size_t others = 0, good = 0, bad = 0;
    unsigned line = 0;
    if (status == NULL || !cluster.known || cluster.from_inventory || self.n == 0)
        return;
    for (size_t i = 0; i < cluster.count; i++) {
        if (text_same_nocase(cluster.members[i], self))
            continue;
        const struct cli_connstatus_link link = cli_connstatus_link(
            q->arena, status, cluster.members[i], cluster.members, cluster.count);
        others++;
        good += link.state == CLI_CONNSTATUS_GOOD;
        bad += link.state == CLI_CONNSTATUS_BAD;
        if (link.state == CLI_CONNSTATUS_BAD || line == 0)
            line = link.line;
    }
    if (bad > 0)
        add_observed(v, "disconnected", q->node, cli_connstatus_kind.id, line);
    else if (others > 0 && good == others)
        add_observed(v, "connected", q->node, cli_connstatus_kind.id, others == 1 ? line : 0);
}

/* By serial number where both tell it, else by name. */
static bool is_entry_of(const struct config_appliances_entry *entry, const struct node *node,
                        const struct cli_version *version)
{
    if (version != NULL && version->serial.n != 0 && entry->serial.n != 0)
        return text_same_nocase(version->serial, entry->serial);
    return text_same_nocase(entry->host_name, text_of(node->name));
}

static void add_manager(struct view *v)
{
    const struct question *q = v->q;
    const struct cli_version *version = check_facts_of(q, q->node, &cli_version_kind, NULL);
    if (q->node->role != ROLE_ESA)
        return;
    for (size_t i = 0; i < q->fleet->count; i++) {
        const struct node *sma = &q->fleet->nodes[i];
        const struct config_appliances *list =
            sma->role != ROLE_SMA ? NULL : check_facts_of(q, sma, &config_appliances_kind, NULL);
        for (size_t k = 0; list != NULL && k < list->count; k++)
            if (list->entries[k].established == FLAG_YES &&
                is_entry_of(&list->entries[k], q->node, version))
                add_observed(v, "established", sma, config_appliances_kind.id,
                             list->entries[k].line);
    }
}

/* -- Its mail -------------------------------------------------------------------------------- */

/* A log's wall clock from UTC: by its own header, else as the zone of its first and last line. */
static bool offset_of(const struct question *q, const struct flow_summary *s, int64_t first,
                      int64_t last, int64_t *offset)
{
    if (s->has_offset) {
        *offset = s->utc_offset_s;
        return true;
    }
    const struct stamp a = zone_of(q, q->node, (struct stamp){.civil = first});
    const struct stamp b = zone_of(q, q->node, (struct stamp){.civil = last});
    *offset = a.offset;
    return a.has_offset && b.has_offset && a.offset == b.offset;
}

static void add_minutes(struct view *v, const struct flow_summary *s, int64_t offset)
{
    const size_t skip = s->minute_count > TIMELINE_MINUTES ? s->minute_count - TIMELINE_MINUTES : 0;
    v->line.minutes = arena_array(v->arena, s->minute_count - skip, sizeof(*v->line.minutes));
    for (size_t i = skip; i < s->minute_count; i++)
        v->line.minutes[v->line.minute_count++] =
            (struct timeline_minute){s->minutes[i].minute - offset, s->minutes[i].received,
                                     s->minutes[i].delivered, s->minutes[i].bounced};
}

/* The first mail after the start: a log that does not show the start may begin long after it. */
static void add_first_mail(struct view *v, const struct mail_logs *all, int64_t reference,
                           int64_t offset)
{
    const struct start start = start_of(v->q, v->q->node);
    if (!start.known)
        return;
    const struct mail_logs *log =
        period_part(v->q, v->q->node, all,
                    (struct mail_logs_range){.since = start.when.civil, .reference = reference});
    if (log->summary.family[FAMILY_coming_up] == 0)
        return;
    if (log->first_ready.at != 0)
        (void)add(v, "first_mail_in", log->first_ready.at - offset, mail_logs_kind.id,
                  log->first_ready.line);
    if (log->first_taken.at != 0)
        (void)add(v, "first_mail_out", log->first_taken.at - offset, mail_logs_kind.id,
                  log->first_taken.line);
}

static void add_mail(struct view *v)
{
    const struct question *q = v->q;
    const struct mail_logs *log = check_facts_of(q, q->node, &mail_logs_kind, NULL);
    int64_t clock = 0, offset;
    log = log == NULL ? NULL : log_owner_part(q, q->node, log, NULL);
    if (log == NULL || log->silent)
        return;
    const bool has_clock = period_clock(q, q->node, log, &clock);
    if (log->yearless && !has_clock)
        return; /* nothing tells the year */
    if (log->yearless)
        log = period_part(q, q->node, log, (struct mail_logs_range){.reference = clock});
    if (log->end.at == 0 || !offset_of(q, &log->summary, log->summary.first, log->end.at, &offset))
        return;
    add_minutes(v, &log->summary, offset);
    add_first_mail(v, log, clock, offset);
}

struct timeline timeline_of(const struct question *q, struct arena *arena)
{
    struct view v = {.q = q, .arena = arena};
    add_reboot(&v);
    add_status(&v);
    add_install(&v);
    add_lost_link(&v);
    add_links(&v);
    add_manager(&v);
    add_mail(&v);
    if (v.line.event_count > 1)
        qsort(v.line.events, v.line.event_count, sizeof(*v.line.events), by_time);
    return v.line;
}
