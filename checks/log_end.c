/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/log_end.h"

enum {
    TORN_S = 300,      /* a line that is being written is whole by then */
    STALE_S = 1800,    /* so long nothing is written only where nothing happens */
    STALE_BUSY_S = 600 /* or where something does happen */
};

/* When the newest line was written; one without a year, in the year that it was asked for. */
static int64_t last_line(const struct question *q, const struct period *period,
                         const struct mail_logs *whole)
{
    const struct document *document = fleet_document(q->node, mail_logs_kind.id);
    const struct mail_logs_range range = {
        .reference = period->clock, .only = whole->only, .only_count = whole->only_count};
    if (period->now->summary.last != 0)
        return period->now->summary.last;
    if (!whole->yearless)
        return whole->summary.last;
    struct mail_logs *read = arena_alloc(q->arena, sizeof(*read));
    return period->has_clock && document != NULL &&
                   mail_logs_read(q->arena, document->bytes, &range, read, NULL)
               ? read->summary.last
               : 0;
}

/* Was the end of the log lost on the way? A line that is being written is whole some time later. */
static bool is_torn(const struct period *period, int64_t last)
{
    const struct mail_logs *log = period->now;
    return log->cut || (log->torn && period->has_clock && period->clock - last >= TORN_S);
}

/* Does another document show that since the end of the log nothing came? */
static bool is_idle(const struct period *period, const struct counters *counters)
{
    const double received = (double)period->now->summary.messages.received;
    return (counters->has_rate && counters->rate == 0) ||
           (period->from_start && counters->of[COUNTER_RECEIVED].has_uptime &&
            counters->of[COUNTER_RECEIVED].uptime <= received);
}

static const char *busy_since(const struct question *q, const struct period *period,
                              const struct counters *counters)
{
    const int64_t last = period->now->summary.last;
    const struct counters_silence silence = {.from = last != 0 ? last : period->since,
                                             .to = period->clock,
                                             .from_start = last == 0 && period->from_start};
    if (!period->has_clock || (last == 0 && !period->has_since))
        return NULL;
    return counters_busy(q, counters, &silence);
}

struct log_end log_end_of(const struct question *q, const struct period *period,
                          const struct counters *counters, const struct mail_logs *whole)
{
    const int64_t last = last_line(q, period, whole);
    struct log_end end = {.last = last,
                          .torn = is_torn(period, last),
                          .idle = is_idle(period, counters),
                          .busy = busy_since(q, period, counters)};
    const bool answered = whole->host.n > 0 || whole->silent; /* by the appliance */
    if (period->has_clock && last != 0 && period->clock > last)
        end.quiet = period->clock - last;
    end.stale = !answered && !end.torn && (end.busy != NULL || !end.idle) &&
                end.quiet >= (end.busy != NULL ? STALE_BUSY_S : STALE_S);
    return end;
}

const char *log_end_text(const struct question *q, const struct log_end *end)
{
    char when[32], quiet[32];
    (void)time_print((struct stamp){.civil = end->last}, when, sizeof(when));
    (void)time_print_span(end->quiet, quiet, sizeof(quiet));
    if (end->torn)
        return arena_printf(
            q->arena, "the log ends in the middle of a line, %s before it was asked for", quiet);
    if (!end->stale)
        return arena_printf(q->arena, "the log ends at %s, %s before it was asked for", when,
                            quiet);
    return arena_printf(
        q->arena, "the log ends at %s, %s before it was asked for%s%s: is it still written?", when,
        quiet, end->busy != NULL ? ", but " : "", end->busy != NULL ? end->busy : "");
}
