/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/silence.h"

#include "checks/interval.h"
#include "checks/start.h"

/*
 * As usual is what came half an hour before and behind, whichever is less. So many messages would
 * have been logged. A log begins and ends a little before and after a reboot.
 */
enum { USUAL_S = 1800, MIN_MISSED = 20, EDGE_S = 60, SUMMER_S = 3600 };

static const char hint[] =
    "see what held mail up (`grep` of mail_logs and system_logs for that time, suspended "
    "listeners, the way to the gateway); if it was suspended for the change, accept it by a waiver";

/* Messages received in the minutes from FROM to TO. */
static double received(const struct flow_summary *s, int64_t from, int64_t to)
{
    double count = 0;
    for (size_t i = 0; i < s->minute_count; i++)
        if (s->minutes[i].minute >= from && s->minutes[i].minute < to)
            count += s->minutes[i].received;
    return count;
}

/* How many messages SILENCE would have seen. */
static double missed(const struct mail_logs *log, const struct mail_logs_silence *silence)
{
    const int64_t length = silence->to.at - silence->from.at;
    const int64_t known = log->end.at - silence->to.at;
    const int64_t behind_s = known < EDGE_S ? EDGE_S : known > USUAL_S ? USUAL_S : known;
    const double before =
        received(&log->summary, silence->from.at - USUAL_S, silence->from.at + EDGE_S) / USUAL_S;
    const double behind =
        received(&log->summary, silence->to.at - EDGE_S, silence->to.at + behind_s + 1) /
        (double)behind_s;
    return (before < behind ? before : behind) * (double)length;
}

/* One hour from the end of an hour to the begin of the next but one: clocks are set forward so. */
static bool is_summer_time(const struct mail_logs_silence *silence)
{
    const int64_t length = silence->to.at - silence->from.at;
    return length >= SUMMER_S && length < SUMMER_S + 2 * EDGE_S &&
           silence->from.at % SUMMER_S >= SUMMER_S - EDGE_S && silence->to.at % SUMMER_S < EDGE_S;
}

static struct stamp moment(const struct interval *down, int64_t at)
{
    struct stamp stamp = down->known ? down->to : (struct stamp){.has_offset = false};
    stamp.civil = at;
    return stamp;
}

static void judge(const struct question *q, struct result *result,
                  const struct mail_logs_silence *silence, const struct interval *down)
{
    char from[32], to[32], length[32];
    const struct stamp begin = moment(down, silence->from.at), end = moment(down, silence->to.at);
    const bool explained = interval_holds(down, begin, end, START_TOLERANCE_S);
    struct finding *finding =
        result_say(result, explained ? STATE_OK : STATE_WARNING, q->node->name,
                   "%s: the mail log is silent for %s, from %s to %s", q->node->name,
                   time_print_span(silence->to.at - silence->from.at, length, sizeof(length)),
                   time_print(begin, from, sizeof(from)), time_print(end, to, sizeof(to)));
    (void)result_evidence(result, finding, mail_logs_kind.id, silence->to.line);
    if (explained)
        (void)result_explain(result, finding, "%s; it goes on at %s", interval_text(q, down), to);
    else
        (void)result_hint(finding, hint);
}

void silence_judge(const struct question *q, struct result *result, const struct period *period,
                   const struct mail_logs *whole)
{
    if (!period->has_change || whole->silent)
        return;
    const struct mail_logs_range range = {.since = period->change,
                                          .reference = period->has_clock ? period->clock : 0};
    const struct mail_logs *log = period_part(q, q->node, whole, range);
    struct interval down = {.known = false};
    for (size_t i = 0; i < log->silence_count; i++) {
        const struct mail_logs_silence *silence = &log->silences[i];
        if (missed(log, silence) < MIN_MISSED || is_summer_time(silence))
            continue;
        if (!down.known)
            down = interval_reboot(q, q->node);
        judge(q, result, silence, &down);
    }
}
