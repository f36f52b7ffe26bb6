/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/flow.h"

#include <stdlib.h>
#include <string.h>

#include "checks/maillog/envelope.h"
#include "checks/maillog/flow_inner.h"

enum {
    DEFAULT_HORIZON_S = 4 * 86400, /* a bounce profile gives up after three days (domain.md) */
    DEFAULT_IN_FLIGHT = 4000000,
    TOP_COUNTERS = 4096,
    STEP_S = 60, /* the clock went back by more than this */
    HALF_A_YEAR = 183 * 86400
};

static const struct {
    const char *word;
} classes[FLOW_CLASSES] = {
    [FLOW_DELIVERED] = {"delivered"}, [FLOW_QUARANTINED] = {"quarantined"},
    [FLOW_DROPPED] = {"dropped"},     [FLOW_BOUNCED] = {"bounced"},
    [FLOW_HANDED_ON] = {"handed_on"}, [FLOW_OTHER] = {"other"},
    [FLOW_ABORTED] = {"aborted"},     [FLOW_OPEN] = {"open"},
};

const char *flow_class_word(enum flow_class class)
{
    return classes[class].word;
}

struct flow *flow_new(const struct flow_options *options)
{
    struct flow *flow = malloc(sizeof(*flow));
    if (flow == NULL)
        return NULL;
    memset(flow, 0, offsetof(struct flow, shapes.of));
    flow->options = *options;
    flow->memo_source = FLOW_NO_SOURCE;
    if (flow->options.horizon_s == 0)
        flow->options.horizon_s = DEFAULT_HORIZON_S;
    if (flow->options.max_in_flight == 0)
        flow->options.max_in_flight = DEFAULT_IN_FLIGHT;
    bool good = table_init(&flow->messages, sizeof(struct message)) &&
                table_init(&flow->icids, sizeof(struct link)) &&
                table_init(&flow->dcids, sizeof(struct link));
    for (unsigned i = 0; options->top && i < FLOW_LISTS; i++)
        good = (flow->tops[i] = sketch_new(TOP_COUNTERS)) != NULL && good;
    if (good)
        return flow;
    flow_free(flow);
    return NULL;
}

void flow_free(struct flow *flow)
{
    if (flow == NULL)
        return;
    for (uint32_t i = 0; i < flow->more_count; i++) {
        free(flow->more[i].far);
        flow_text_release(&flow->more[i].text);
    }
    flow_text_free(&flow->texts);
    for (unsigned i = 0; i < FLOW_LISTS; i++)
        sketch_free(flow->tops[i]);
    histogram_free(&flow->totals.scan);
    histogram_free(&flow->totals.delivery);
    table_free(&flow->messages);
    table_free(&flow->icids);
    table_free(&flow->dcids);
    hops_free(&flow->hops);
    minutes_free(&flow->minutes);
    free(flow->more);
    free(flow->linger);
    free(flow->appliances);
    free(flow->minute_list);
    free(flow->appliance_list);
    free(flow->spans);
    free(flow);
}

void flow_file(struct flow *flow)
{
    flow->file_line = 0;
    flow->nameless = 0;
    flow->memo_source = FLOW_NO_SOURCE;
    for (size_t i = 0; i < flow->appliance_count; i++) {
        flow->appliances[i].last_seen = 0;
        flow->appliances[i].last_born = 0;
    }
}

static void choose(struct flow *flow, size_t index)
{
    flow->appliance = &flow->appliances[index];
    flow->appliance_index = (uint16_t)index;
}

void flow_add_appliance(struct flow *flow, struct span host)
{
    if (flow->appliance_count < FLOW_APPLIANCES) {
        struct appliance *list =
            realloc(flow->appliances, (flow->appliance_count + 1) * sizeof(*list));
        if (list == NULL) {
            flow->broken = true;
            return;
        }
        flow->appliances = list;
        struct appliance *new = &list[flow->appliance_count++];
        memset(new, 0, sizeof(*new));
        if (host.n != 0)
            memcpy(new->told.host, host.p, host.n); /* shorter: from line_source.host */
    }
    choose(flow, flow->appliance_count - 1);
    if (host.n == 0)
        flow->nameless = (uint16_t)flow->appliance_count;
}

/* The appliance of a line without a host: the file's, else the first that nobody has named. */
static void choose_nameless(struct flow *flow)
{
    if (flow->nameless != 0) {
        choose(flow, flow->nameless - 1u);
        return;
    }
    for (size_t i = 0; i < flow->appliance_count; i++)
        if (flow->appliances[i].told.host[0] == '\0' &&
            flow->appliances[i].told.serial[0] == '\0') {
            choose(flow, i);
            flow->nameless = (uint16_t)(i + 1);
            return;
        }
    flow_add_appliance(flow, (struct span){NULL, 0});
}

static void choose_source(struct flow *flow, uint16_t source)
{
    struct line_source *from = &flow->reader->sources[source];
    if (from->host[0] == '\0') {
        choose_nameless(flow);
        return;
    }
    if (from->known_as == UINT16_MAX) {
        struct span host = text_of(from->host);
        size_t i = 0;
        while (i < flow->appliance_count && !text_is(host, flow->appliances[i].told.host))
            i++;
        if (i < flow->appliance_count)
            choose(flow, i);
        else
            flow_add_appliance(flow, host);
        from->known_as = flow->appliance_index;
        return;
    }
    choose(flow, from->known_as);
}

/*
 * Yearless lines: the first lies before the reference, at most a year; each other one less than
 * half a year from the one before.
 */
static uint32_t with_year(struct flow *flow, uint32_t when)
{
    struct appliance *appliance = flow->appliance;
    if (appliance->year == 0) {
        int64_t reference = flow->options.reference > 0 ? flow->options.reference : HALF_A_YEAR;
        int year = envelope_year(reference);
        if (year > 1970 && envelope_in_year(when, year) > reference + 86400)
            year--;
        appliance->year = year;
    } else if (appliance->year_when > when && appliance->year_when - when > HALF_A_YEAR) {
        appliance->year++;
    } else if (when > appliance->year_when && when - appliance->year_when > HALF_A_YEAR &&
               appliance->year > 1970) {
        appliance->year--;
    }
    appliance->year_when = when;
    return (uint32_t)envelope_in_year(when, appliance->year);
}

static bool outside(const struct flow *flow)
{
    return (flow->options.since != 0 && flow->now < flow->options.since) ||
           (flow->options.until != 0 && flow->now > flow->options.until);
}

/*
 * Sets the appliance and the time of EVENT. False: it does not count, and the next is looked at
 * anew; what follows a line that counts in the same second, from the same source, counts too.
 */
static __attribute__((noinline)) bool place(struct flow *flow, const struct line_event *event)
{
    flow->memo_source = FLOW_NO_SOURCE;
    choose_source(flow, event->source);
    if (flow->broken)
        return false;
    flow->now =
        flow->reader->sources[event->source].yearless ? with_year(flow, event->when) : event->when;
    struct appliance *appliance = flow->appliance;
    if (appliance->last_seen > flow->now + STEP_S)
        flow->sum.clock_steps++;
    appliance->last_seen = flow->now;
    if (appliance->first == 0 || flow->now < appliance->first)
        appliance->first = flow->now;
    if (flow->now > appliance->last)
        appliance->last = flow->now;
    if (outside(flow))
        return false;
    flow->memo_when = event->when;
    flow->memo_source = event->source;
    return true;
}

static void apply(struct flow *flow, const struct line_event *event)
{
    switch (event->use) {
    case FAMILY_USE_MAIL:
    case FAMILY_USE_DETAIL:
        flow_mail_event(flow, event);
        return;
    case FAMILY_USE_LINK:
        flow_link_event(flow, event);
        return;
    case FAMILY_USE_HEAD:
        flow_head_event(flow, event);
        return;
    default:
        return;
    }
}

/* The texts of the newest evidence, before the bytes of this batch go. */
static void keep_evidence(struct flow *flow)
{
    for (unsigned i = 0; i < FLOW_EVIDENCES; i++) {
        const struct line_event *event = flow->evidence_event[i];
        struct flow_evidence *evidence = &flow->sum.evidence[i];
        if (event == NULL)
            continue;
        size_t n =
            event->message_n < sizeof(evidence->text) ? event->message_n : sizeof(evidence->text);
        if (n != 0)
            memcpy(evidence->text, event->message, n);
        evidence->text_n = (unsigned)n;
        evidence->line = flow->file_line + event->number + 1;
        flow->evidence_event[i] = NULL;
    }
}

static void take_counts(struct flow *flow, struct line_reader *reader)
{
    flow->sum.continuations += reader->counts.continuations;
    for (unsigned i = 0; i < FAMILY_COUNT; i++)
        flow->sum.family[i] += reader->counts.family[i];
    memset(&reader->counts, 0, sizeof(reader->counts));
}

bool flow_take(struct flow *flow, struct line_reader *reader, const struct line_event *events,
               size_t count, size_t lines, size_t bytes)
{
    if (flow->reader != reader)
        flow->memo_source = FLOW_NO_SOURCE;
    flow->reader = reader;
    for (const struct line_event *event = events; count != 0; event++, count--) {
        if (event->use == 0)
            continue;
        bool same = event->when == flow->memo_when && event->source == flow->memo_source;
        if (same || place(flow, event))
            apply(flow, event);
    }
    keep_evidence(flow);
    take_counts(flow, reader);
    flow->file_line += lines;
    flow->sum.lines += lines;
    flow->sum.bytes += bytes;
    return !flow->broken && !flow->totals.broken;
}

void flow_finish(struct flow *flow)
{
    flow_end_all(flow);
}

size_t flow_top(struct flow *flow, enum flow_list list, struct flow_top *tops, size_t room)
{
    return flow->tops[list] == NULL ? 0 : sketch_list(flow->tops[list], tops, room);
}
