/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "checks/maillog/cef.h"
#include "checks/maillog/flow_inner.h"
#include "checks/maillog/sidelog.h"

/* Headers of log files, status lines, and lines that are none of mail_logs. */

static void copy(char *to, size_t size, struct span from)
{
    size_t n = from.n < size - 1 ? from.n : size - 1;
    if (n != 0)
        memcpy(to, from.p, n);
    to[n] = '\0';
}

/* Nothing but a header was seen of the appliance in hand, the last: it turns out to be KNOWN. */
static void merge_header(struct flow *flow, struct appliance *known)
{
    const struct appliance *header = flow->appliance;
    if (known->first == 0 || (header->first != 0 && header->first < known->first))
        known->first = header->first;
    if (header->last > known->last)
        known->last = header->last;
    flow->appliance_count--;
}

/* Lines without a host belong to the appliance whose serial number the file's header tells. */
static void switch_to(struct flow *flow, struct span serial)
{
    bool fresh = !flow->appliance->used && flow->appliance->told.serial[0] == '\0' &&
                 flow->appliance_index + 1u == flow->appliance_count;
    for (size_t i = 0; i < flow->appliance_count; i++)
        if (text_is(serial, flow->appliances[i].told.serial)) {
            if (fresh)
                merge_header(flow, &flow->appliances[i]);
            flow->appliance = &flow->appliances[i];
            flow->appliance_index = (uint16_t)i;
            flow->nameless = (uint16_t)(i + 1);
            flow->memo_source = FLOW_NO_SOURCE;
            return;
        }
    if (flow->appliance->told.serial[0] != '\0')
        flow_add_appliance(flow, (struct span){NULL, 0});
}

/* "16.0.4-016 SN: 564D…-…" */
static void version(struct flow *flow, const struct line_event *event)
{
    struct span rest = {event->rest, (size_t)(event->message + event->message_n - event->rest)};
    struct span release, behind;
    (void)text_cut(rest, ' ', &release, &behind);
    bool hostless = flow->reader->sources[event->source].host[0] == '\0';
    flow_seen(flow, FLOW_E0, event);
    if (text_starts(behind, "SN: ")) {
        struct span serial = text_trim(text_skip(behind, 4));
        serial = text_head(serial, sizeof(flow->appliance->told.serial) - 1);
        if (hostless && !text_is(serial, flow->appliance->told.serial))
            switch_to(flow, serial);
        copy(flow->appliance->told.serial, sizeof(flow->appliance->told.serial), serial);
    }
    copy(flow->appliance->told.version, sizeof(flow->appliance->told.version), release);
}

/* "-18000 seconds" */
static void offset(struct flow *flow, const struct line_event *event)
{
    struct span rest = {event->rest, (size_t)(event->message + event->message_n - event->rest)};
    struct span number, behind;
    int64_t seconds;
    (void)text_cut(rest, ' ', &number, &behind);
    if (!text_to_int(number, &seconds) || seconds < -86400 || seconds > 86400)
        return;
    flow->appliance->told.has_offset = true;
    flow->appliance->told.utc_offset_s = (int32_t)seconds;
}

/* E7: what rises between the first and the last status line. A line whose sums fail says nothing.
 */
static void counters(struct flow *flow, const struct line_event *event)
{
    struct counters_identity checked[COUNTERS_IDENTITIES];
    struct counters_line line;
    struct span message = {event->message, event->message_n};
    bool good = counters_parse(message, &line, NULL) && counters_check(&line, checked) == 0;
    if (flow->sum.counters.lines == 0)
        flow->counters_of = flow->appliance_index;
    if (flow->counters_of != flow->appliance_index)
        return;
    flow->sum.counters.lines++;
    flow->sum.counters.failures += !good;
    if (!good)
        return;
    flow_seen(flow, FLOW_E7, event);
    if (flow->first_counters.pairs == 0)
        flow->first_counters = line;
    flow->last_counters = line;
}

/* A line of one of the other logs, or of none that is known. E8: the engines update. */
static void other(struct flow *flow, const struct line_event *event)
{
    struct sidelog line;
    struct span message = {event->message, event->message_n};
    if (sidelog_classify(message, (enum line_level)event->level, &line) == SIDELOG_NONE) {
        shape_add(&flow->shapes, message);
        flow->sum.unrecognised++;
        return;
    }
    flow->sum.family[FAMILY_other_log]++;
    flow->sum.other_logs.lines++;
    flow->sum.other_logs.proofs += line.meaning == SIDELOG_PROOF;
    if (line.meaning == SIDELOG_FAILURE) {
        flow->sum.other_logs.failures++;
        flow->sum.other_logs.last_failure = flow->now;
    }
    if (line.log == SIDELOG_UPDATER)
        flow_seen(flow, FLOW_E8, event);
}

/* A consolidated event tells the end of one message in one line (mail-logs.md, "Other logs", R). */
static void consolidated(struct flow *flow, const struct line_event *event)
{
    struct cef line;
    struct span message = {event->message, event->message_n};
    if (!cef_parse(message, &line, NULL) || !line.consolidated) {
        flow->sum.consolidated.cut++;
        return;
    }
    flow->sum.consolidated.events++;
    flow->sum.consolidated.cut += line.cut;
    flow->sum.consolidated.delivered += line.act == CEF_ACT_DELIVERED;
    flow->sum.consolidated.bounced += line.act == CEF_ACT_BOUNCED;
    flow->sum.consolidated.quarantined += line.act == CEF_ACT_QUARANTINED || line.act == CEF_ACT_DQ;
    flow->sum.consolidated.other += line.act == CEF_ACT_OTHER || line.act == CEF_ACT_NONE;
    if (line.version.n != 0)
        copy(flow->appliance->told.version, sizeof(flow->appliance->told.version), line.version);
}

void flow_head_event(struct flow *flow, const struct line_event *event)
{
    switch (event->family) {
    case FAMILY_log_version:
        version(flow, event);
        return;
    case FAMILY_log_offset:
        offset(flow, event);
        return;
    case FAMILY_coming_up:
        flow->appliance->told.restarts++;
        flow_link_restart(flow);
        return;
    case FAMILY_counters:
        counters(flow, event);
        return;
    case FAMILY_consolidated:
        consolidated(flow, event);
        return;
    case FAMILY_alert_sent:
        flow->sum.alerts++;
        return;
    case FAMILY_unknown:
        other(flow, event);
        return;
    default:
        return;
    }
}
