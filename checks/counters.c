/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/counters.h"

#include "checks/parse/cli_status.h"
#include "checks/parse/status_log.h"
#include "checks/parse/xml_status.h"

static const struct {
    const char *xml, *cli, *words;
    enum counters_key key;
} names[COUNTERS] = {
    [COUNTER_RECEIVED] = {"inj_msgs", "Messages Received", "messages received", COUNTERS_INJMSG},
    [COUNTER_COMPLETED] = {"completed_recips", "Completed Recipients", "recipients completed",
                           COUNTERS_CMPRCP},
    [COUNTER_DELIVERED] = {"delivered_recips", "Delivered Recipients", "recipients delivered",
                           COUNTERS_DLVRCP},
};

/* Columns of both pages: since the reset, since the start, ever; and of the rates. */
enum { COLUMN_UPTIME = 1, COLUMN_LIFETIME = 2, RATE_FIVE_MINUTES = 1, RATE_S = 300 };

/* SUM of the first is PARTS together (mail-logs.md (c): exact on all lines seen, 2007 to 2026, R)
 */
static const struct {
    const char *sum, *parts[6];
} identities[] = {
    {"completed_recips", {"delivered_recips", "hard_bounced_recips", "deleted_recips"}},
    {"hard_bounced_recips",
     {"dns_hard_bounced_recips", "5xx_hard_bounced_recips", "filter_hard_bounced_recips",
      "expired_hard_bounced_recips", "other_hard_bounced_recips"}},
};

static const struct xml_status_number *counter_in(const struct xml_status *xml, const char *name)
{
    const struct xml_status_number *found =
        xml_status_find(xml->counters, xml->counter_count, name);
    return found != NULL && found->has[COLUMN_LIFETIME] ? found : NULL;
}

/* A sum whose parts are all there and do not make it up; else NULL. */
static const char *torn(struct arena *arena, const struct xml_status *xml)
{
    for (size_t i = 0; i < CHECK_COUNT(identities); i++) {
        const struct xml_status_number *sum = counter_in(xml, identities[i].sum);
        bool whole = sum != NULL;
        double parts = 0;
        for (size_t k = 0; whole && identities[i].parts[k] != NULL; k++) {
            const struct xml_status_number *part = counter_in(xml, identities[i].parts[k]);
            whole = part != NULL;
            parts += whole ? part->values[COLUMN_LIFETIME] : 0;
        }
        if (whole && parts != sum->values[COLUMN_LIFETIME])
            return arena_printf(arena, "%s is %.0f, its parts make %.0f", identities[i].sum,
                                sum->values[COLUMN_LIFETIME], parts);
    }
    return NULL;
}

static struct counters from_xml(const struct question *q, const struct node *node)
{
    struct counters counters = {.document = NULL};
    const struct xml_status *xml = check_facts_of(q, node, &xml_status_kind, NULL);
    if (xml == NULL)
        return counters;
    counters.torn = torn(q->arena, xml);
    if (counters.torn != NULL)
        return counters;
    for (size_t i = 0; i < COUNTERS; i++) {
        const struct xml_status_number *number = counter_in(xml, names[i].xml);
        if (number == NULL)
            continue;
        counters.document = check_source(q, node, xml_status_kind.id);
        counters.line = counters.line == 0 ? number->line : counters.line;
        counters.of[i].has = true;
        counters.of[i].lifetime = number->values[COLUMN_LIFETIME];
        counters.of[i].has_uptime = number->has[COLUMN_UPTIME];
        counters.of[i].uptime = number->values[COLUMN_UPTIME];
    }
    const struct xml_status_number *gauge =
        xml_status_find(xml->gauges, xml->gauge_count, "conn_in");
    const struct xml_status_number *rate =
        xml_status_find(xml->rates, xml->rate_count, names[COUNTER_RECEIVED].xml);
    counters.has_connections = gauge != NULL && gauge->has[0];
    counters.connections = counters.has_connections ? gauge->values[0] : 0;
    counters.has_rate = rate != NULL && rate->has[RATE_FIVE_MINUTES];
    counters.rate = counters.has_rate ? rate->values[RATE_FIVE_MINUTES] : 0;
    return counters;
}

static const struct cli_status_row *row_of(const struct cli_status *status, const char *section,
                                           const char *label, size_t columns)
{
    const struct cli_status_row *row = cli_status_row(status, section, NULL, label);
    return row != NULL && row->count >= columns ? row : NULL;
}

static struct counters from_cli(const struct question *q, const struct node *node)
{
    struct counters counters = {.document = NULL};
    const struct cli_status *status = check_facts_of(q, node, &cli_status_kind, NULL);
    if (status == NULL)
        return counters;
    for (size_t i = 0; i < COUNTERS; i++) {
        const struct cli_status_row *row =
            row_of(status, "Counters", names[i].cli, CLI_STATUS_COLUMNS);
        if (row == NULL)
            continue;
        counters.document = check_source(q, node, cli_status_kind.id);
        counters.line = counters.line == 0 ? row->line : counters.line;
        counters.of[i].has = counters.of[i].has_uptime = true;
        counters.of[i].lifetime = row->values[COLUMN_LIFETIME];
        counters.of[i].uptime = row->values[COLUMN_UPTIME];
    }
    const struct cli_status_row *gauge = row_of(status, "Gauges", "Current Inbound Conn.", 1);
    const struct cli_status_row *rate =
        row_of(status, "Rates", names[COUNTER_RECEIVED].cli, CLI_STATUS_COLUMNS);
    counters.has_connections = gauge != NULL;
    counters.connections = gauge != NULL ? gauge->values[0] : 0;
    counters.has_rate = rate != NULL;
    counters.rate = rate != NULL ? rate->values[RATE_FIVE_MINUTES] : 0;
    if (counters.document == NULL && (gauge != NULL || rate != NULL)) {
        counters.document = check_source(q, node, cli_status_kind.id);
        counters.line = rate != NULL ? rate->line : gauge->line;
    }
    return counters;
}

static struct counters from_log(const struct question *q, const struct node *node)
{
    struct counters counters = {.document = NULL};
    const struct status_log *log = check_facts_of(q, node, &status_log_kind, NULL);
    int64_t value;
    if (log == NULL || log->count == 0 || log->several)
        return counters;
    for (size_t i = 0; i < COUNTERS; i++)
        if (counters_get(&log->last.counters, names[i].key, &value)) {
            counters.document = check_source(q, node, status_log_kind.id);
            counters.line = log->last.line;
            counters.of[i].has = true;
            counters.of[i].lifetime = (double)value;
        }
    counters.has_connections = counters_get(&log->last.counters, COUNTERS_CRTCNCIN, &value);
    counters.connections = counters.has_connections ? (double)value : 0;
    return counters;
}

const char *counters_words(enum counter counter)
{
    return names[counter].words;
}

struct counters counters_of(const struct question *q, const struct node *node)
{
    struct counters counters = from_xml(q, node);
    const char *why = counters.torn;
    if (counters.document == NULL)
        counters = from_cli(q, node);
    if (counters.document == NULL)
        counters = from_log(q, node);
    counters.torn = why;
    return counters;
}

/* "12 messages received", joined, without what was reset: usual.h. */
static const char *moves(const struct question *q, const struct counters *before,
                         const struct counters *now)
{
    const char *text = "";
    for (size_t i = 0; i < COUNTERS; i++) {
        if (!now->of[i].has || !before->of[i].has)
            continue;
        const double more = now->of[i].lifetime - before->of[i].lifetime;
        if (more >= 0)
            text = arena_printf(q->arena, "%s%s%.0f %s", text, text[0] == '\0' ? "" : ", ", more,
                                names[i].words);
    }
    return text;
}

/* The counters since the start alone, where there is nothing to compare with. */
static const char *uptimes(const struct question *q, const struct counters *now)
{
    const char *text = "";
    for (size_t i = 0; i < COUNTERS; i++)
        if (now->of[i].has_uptime)
            text = arena_printf(q->arena, "%s%s%.0f %s", text, text[0] == '\0' ? "" : ", ",
                                now->of[i].uptime, names[i].words);
    return text;
}

void counters_say(const struct question *q, struct result *result, const struct counters *before,
                  const struct counters *now)
{
    const char *node = q->node->name;
    if (now->torn != NULL) {
        struct finding *finding = result_say(result, STATE_OK, node, "%s was not used: %s",
                                             xml_status_kind.id, now->torn);
        (void)result_evidence(result, finding, xml_status_kind.id, 0);
    }
    if (now->document == NULL)
        return;
    const char *moved = moves(q, before, now);
    const char *up = uptimes(q, now);
    if (moved[0] != '\0') {
        struct finding *finding =
            result_say(result, STATE_OK, node, "%s: counted since the baseline: %s", node, moved);
        (void)result_evidence(result, finding, now->document, now->line);
    }
    if (up[0] != '\0') {
        struct finding *finding =
            result_say(result, STATE_OK, node, "%s: counted since its last start: %s", node, up);
        (void)result_evidence(result, finding, now->document, now->line);
    }
}

bool counters_since(const struct question *q, int64_t since, int64_t reference,
                    struct counters_span *span)
{
    const struct status_log *log = check_facts_of(q, q->node, &status_log_kind, NULL);
    const struct status_log_range range = {.since = since, .reference = reference};
    if (log == NULL || log->several)
        return false;
    const struct status_log_part part = status_log_part(log, &range);
    const struct status_log_point *first = part.first, *last = part.last;
    if (part.count < 2 || !part.has_times || !first->has || !last->has ||
        first->resets != last->resets)
        return false;
    *span = (struct counters_span){(double)(last->received - first->received),
                                   (double)(last->delivered - first->delivered), part.from, part.to,
                                   last->line};
    return true;
}

const char *counters_busy(const struct question *q, const struct counters *counters,
                          const struct counters_silence *silence)
{
    struct counters_span span;
    if (counters->has_rate && counters->rate > 0 && silence->to - silence->from > RATE_S)
        return arena_printf(q->arena, "%s tells of %.0f messages received an hour",
                            counters->document, counters->rate);
    if (silence->from_start && counters->of[COUNTER_RECEIVED].has_uptime &&
        counters->of[COUNTER_RECEIVED].uptime > 0)
        return arena_printf(q->arena, "%s counts %.0f messages received since the start",
                            counters->document, counters->of[COUNTER_RECEIVED].uptime);
    if (counters_since(q, silence->from + 1, silence->to, &span) && span.received > 0)
        return arena_printf(q->arena, "%s counts %.0f messages received", status_log_kind.id,
                            span.received);
    if (counters->has_connections && counters->connections > 0)
        return arena_printf(q->arena, "%s tells of %.0f inbound connections", counters->document,
                            counters->connections);
    return NULL;
}

void counters_say_log(const struct question *q, struct result *result, int64_t since,
                      int64_t reference)
{
    const struct status_log *log = check_facts_of(q, q->node, &status_log_kind, NULL);
    const char *node = q->node->name;
    struct counters_span span;
    struct finding *finding;
    char from[32], to[32];
    if (log == NULL)
        return;
    if (log->failures > 0) {
        finding = result_say(result, STATE_UNKNOWN, node,
                             "%s: a torn status line (%u of them): %s is %lld, its parts make %lld",
                             node, log->failures, counters_name(log->failure.sum),
                             (long long)log->failure.value, (long long)log->failure.parts);
        (void)result_hint(finding, "ask for the log again");
        (void)result_evidence(result, finding, status_log_kind.id, log->failure_line);
    }
    if (!counters_since(q, since, reference, &span))
        return;
    finding = result_say(
        result, STATE_OK, node,
        "%s: counted between %s and %s: %.0f messages received, %.0f recipients delivered", node,
        time_print((struct stamp){.civil = span.first}, from, sizeof(from)),
        time_print((struct stamp){.civil = span.last}, to, sizeof(to)), span.received,
        span.delivered);
    (void)result_evidence(result, finding, status_log_kind.id, span.line);
}
