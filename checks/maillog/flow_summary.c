/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "checks/maillog/flow_inner.h"

struct view {
    const struct flow *flow;
    struct totals *totals;
    struct flow_summary *summary;
};

static void wait_of(const struct view *view, const struct message *message)
{
    struct flow_summary *summary = view->summary;
    uint32_t flags = message->flags;
    int64_t last = view->flow->appliances[message->appliance].last;
    if ((flags & MESSAGE_FINISHED) != 0)
        return;
    if ((flags & MESSAGE_HELD) != 0 && (flags & MESSAGE_RELEASED) == 0) {
        summary->waiting.held++;
    } else if ((flags & MESSAGE_QUEUED) != 0) {
        *((flags & MESSAGE_DELAYED) != 0 ? &summary->waiting.delayed
                                         : &summary->waiting.delivering) += 1;
        if ((flags & (MESSAGE_DELAYED | MESSAGE_DONE)) == 0 &&
            last - message->queued > summary->waiting.oldest_delivering)
            summary->waiting.oldest_delivering = last - message->queued;
    } else if ((flags & MESSAGE_READY) != 0 && (flags & MESSAGE_HANDED_ON) == 0) {
        summary->waiting.scanning++;
        if (last - message->ready > summary->waiting.oldest_scanning)
            summary->waiting.oldest_scanning = last - message->ready;
    } else if ((flags & MESSAGE_STARTED) != 0 && (flags & MESSAGE_BROKEN) == 0) {
        summary->waiting.receiving++;
    }
}

static bool add_one(void *context, void *record)
{
    struct view *view = context;
    flow_end_account(view->flow, record, view->totals);
    wait_of(view, record);
    return false;
}

static struct flow_latency latency_of(const struct histogram *histogram)
{
    return (struct flow_latency){histogram->count, histogram_percentile(histogram, 50),
                                 histogram_percentile(histogram, 95),
                                 histogram_percentile(histogram, 99), histogram->max};
}

static bool list_minutes(struct flow *flow, struct flow_summary *summary)
{
    const struct minutes *minutes = &flow->minutes;
    size_t count = 0;
    struct flow_minute *list =
        realloc(flow->minute_list, (minutes->count * MINUTES_A_DAY + 1) * sizeof(*list));
    if (list == NULL)
        return false;
    flow->minute_list = list;
    for (size_t d = 0; d < minutes->count; d++) {
        const struct minutes_day *day = minutes->days[d];
        for (unsigned m = day->first; m < day->end; m++) {
            const uint32_t *counts = day->count[m];
            if ((counts[0] | counts[1] | counts[2]) != 0)
                list[count++] = (struct flow_minute){
                    (day->day * MINUTES_A_DAY + m) * 60, counts[MINUTES_RECEIVED],
                    counts[MINUTES_DELIVERED], counts[MINUTES_BOUNCED]};
        }
    }
    summary->minutes = list;
    summary->minute_count = count;
    return true;
}

/* What lies outside since and until is not of this account; 0 when all of it does. */
static void clip(const struct flow_options *options, struct flow_appliance *appliance)
{
    if (options->since != 0 && appliance->first < options->since)
        appliance->first = options->since;
    if (options->until != 0 && appliance->last > options->until)
        appliance->last = options->until;
    if (appliance->last < appliance->first)
        appliance->first = appliance->last = 0;
}

bool flow_summary_appliances(struct flow *flow, struct flow_summary *summary)
{
    struct flow_appliance *list =
        realloc(flow->appliance_list, (flow->appliance_count + 1) * sizeof(*list));
    if (list == NULL)
        return false;
    flow->appliance_list = list;
    summary->has_offset = flow->appliance_count > 0;
    for (size_t i = 0; i < flow->appliance_count; i++) {
        list[i] = flow->appliances[i].told;
        list[i].first = flow->appliances[i].first;
        list[i].last = flow->appliances[i].last;
        clip(&flow->options, &list[i]);
        if (list[i].first == 0)
            continue;
        if (summary->first == 0 || list[i].first < summary->first)
            summary->first = list[i].first;
        if (list[i].last > summary->last)
            summary->last = list[i].last;
        if (!list[i].has_offset || list[i].utc_offset_s != list[0].utc_offset_s)
            summary->has_offset = false;
    }
    summary->utc_offset_s = summary->has_offset ? list[0].utc_offset_s : 0;
    summary->appliances = list;
    summary->appliance_count = flow->appliance_count;
    return true;
}

static void add_totals(const struct totals *totals, struct flow_summary *summary)
{
    memcpy(summary->messages.class, totals->class, sizeof(totals->class));
    summary->messages.finished = totals->finished;
    summary->messages.older = totals->older;
    summary->messages.orphans = totals->orphans;
    summary->recipients.quarantined += totals->rids_quarantined;
    for (unsigned i = 0; i < FLOW_WAYS; i++) {
        summary->way[i].ready = totals->way[i].ready;
        summary->way[i].queued = totals->way[i].queued;
        summary->way[i].delivered = totals->way[i].delivered;
    }
    summary->scan = latency_of(&totals->scan);
    summary->delivery = latency_of(&totals->delivery);
}

static void compare_counters(const struct flow *flow, struct flow_summary *summary)
{
    struct counters_change change;
    uint64_t wanted = (uint64_t)1 << COUNTERS_INJMSG | (uint64_t)1 << COUNTERS_CMPRCP |
                      (uint64_t)1 << COUNTERS_DLVRCP;
    if (summary->counters.lines - summary->counters.failures < 2)
        return;
    counters_compare(&flow->first_counters, &flow->last_counters, -1, &change);
    summary->counters.compared = (change.has & wanted) == wanted;
    summary->counters.reset = change.reset != 0;
    summary->counters.taken = change.delta[COUNTERS_INJMSG];
    summary->counters.completed = change.delta[COUNTERS_CMPRCP];
    summary->counters.delivered = change.delta[COUNTERS_DLVRCP];
}

bool flow_summary(struct flow *flow, struct flow_summary *summary)
{
    struct totals totals = flow->totals;
    struct view view = {flow, &totals, summary};
    *summary = flow->sum;
    bool good = histogram_copy(&totals.scan, &flow->totals.scan) &
                histogram_copy(&totals.delivery, &flow->totals.delivery);
    good = good && table_each(&flow->messages, add_one, &view, false) &&
           list_minutes(flow, summary) && flow_summary_appliances(flow, summary);
    add_totals(&totals, summary);
    compare_counters(flow, summary);
    histogram_free(&totals.scan);
    histogram_free(&totals.delivery);
    summary->shapes = &flow->shapes;
    summary->hops = flow->hops.list;
    summary->hop_count = flow->hops.count;
    return good && !flow->broken && !totals.broken;
}
