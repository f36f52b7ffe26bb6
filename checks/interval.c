/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/interval.h"

#include "checks/log_owner.h"
#include "checks/parse/cli_displayalerts.h"
#include "checks/parse/mail_logs.h"
#include "checks/parse/status_log.h"
#include "checks/period.h"
#include "checks/start.h"

/* WHEN, which DOCUMENT tells, is a sign of life: does it move the begin of INTERVAL? */
static void sign(struct interval *interval, struct stamp when, const char *document, unsigned line)
{
    if (!interval_comparable(interval, when) ||
        time_between(interval->to, when) < START_TOLERANCE_S || /* its own start writes, too */
        time_between(when, interval->from) < 0)
        return;
    if (when.has_offset) /* as the appliance's own clock showed it */
        when.civil += interval->to.offset - when.offset;
    when.offset = interval->to.offset;
    interval->from = when;
    interval->from_seen = true;
    interval->first = (struct evidence){document, line};
}

/* A moment that the wall clock of the appliance showed, as its logs have it. */
static struct stamp wall(const struct interval *interval, int64_t seconds)
{
    struct stamp stamp = interval->to;
    stamp.civil = seconds;
    return stamp;
}

static void signs_of_logs(const struct question *q, const struct node *node,
                          struct interval *interval)
{
    const int64_t until = interval->to.civil - START_TOLERANCE_S;
    const struct mail_logs *mail = check_facts_of(q, node, &mail_logs_kind, NULL);
    const struct status_log *status = check_facts_of(q, node, &status_log_kind, NULL);
    const struct status_log_range range = {.until = until, .reference = interval->to.civil};
    mail = mail == NULL ? NULL : log_owner_part(q, node, mail, NULL);
    if (mail != NULL && !mail->silent && (mail->yearless || mail->summary.first <= until)) {
        mail =
            period_part(q, node, mail,
                        (struct mail_logs_range){.until = until, .reference = interval->to.civil});
        if (mail->end.at != 0 && mail->end.at <= until)
            sign(interval, wall(interval, mail->end.at), check_source(q, node, mail_logs_kind.id),
                 mail->end.line);
    }
    if (status == NULL || status->several)
        return;
    const struct status_log_part part = status_log_part(status, &range);
    if (part.has_times)
        sign(interval, wall(interval, part.to), check_source(q, node, status_log_kind.id),
             part.last->line);
}

static void signs_of_alerts(const struct question *q, const struct node *node,
                            struct interval *interval)
{
    const struct cli_displayalerts *list = check_facts_of(q, node, &cli_displayalerts_kind, NULL);
    for (size_t i = 0; list != NULL && i < list->count; i++)
        sign(interval, list->alerts[i].when, check_source(q, node, cli_displayalerts_kind.id),
             list->alerts[i].line);
}

/* It answered. */
static void signs_of_baseline(const struct question *q, const struct node *node,
                              struct interval *interval)
{
    const struct node *before =
        q->baseline == NULL ? NULL : fleet_node(q->baseline, text_of(node->name));
    for (size_t i = 0; before != NULL && i < before->document_count; i++) {
        const struct document *document = &before->documents[i];
        if (document->has_taken_at && document->fault == NULL && document->bytes.n > 0)
            sign(interval, time_from_utc(document->taken_at),
                 arena_printf(q->arena, "%s of the baseline", document->id), 0);
    }
}

struct interval interval_reboot(const struct question *q, const struct node *node)
{
    const struct start start = start_of(q, node);
    struct interval interval = {.known = start.known};
    if (!start.known)
        return interval;
    interval.to = interval.from = start.when;
    interval.from.civil -= INTERVAL_REBOOT_S;
    interval.last = (struct evidence){start.document, start.line};
    signs_of_logs(q, node, &interval);
    signs_of_alerts(q, node, &interval);
    signs_of_baseline(q, node, &interval);
    return interval;
}

bool interval_comparable(const struct interval *interval, struct stamp stamp)
{
    return interval->known && stamp.has_offset == interval->to.has_offset;
}

bool interval_holds(const struct interval *interval, struct stamp from, struct stamp to,
                    int64_t slack_s)
{
    return interval_comparable(interval, from) && interval_comparable(interval, to) &&
           time_between(to, from) >= 0 && time_between(from, interval->from) >= -slack_s &&
           time_between(to, interval->to) <= slack_s;
}

bool interval_since_baseline(const struct question *q, const struct interval *interval)
{
    const struct start before = start_of(q, check_before(q));
    return interval->known && before.known && interval_comparable(interval, before.when) &&
           time_between(interval->to, before.when) > START_TOLERANCE_S;
}

static const char *source(const struct question *q, struct evidence evidence)
{
    return evidence.line == 0
               ? evidence.document
               : arena_printf(q->arena, "%s line %u", evidence.document, evidence.line);
}

const char *interval_text(const struct question *q, const struct interval *interval)
{
    char from[32], to[32];
    const char *up =
        arena_printf(q->arena, "own reboot, up since %s (%s)",
                     time_print(interval->to, to, sizeof(to)), source(q, interval->last));
    if (!interval->from_seen)
        return arena_printf(q->arena, "%s; that may take %d minutes", up, INTERVAL_REBOOT_S / 60);
    return arena_printf(q->arena, "%s, last sign of life before that %s (%s)", up,
                        time_print(interval->from, from, sizeof(from)), source(q, interval->first));
}
