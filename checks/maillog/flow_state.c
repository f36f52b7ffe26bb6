/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/flow_state.h"

#include <string.h>

#include "checks/maillog/flow_inner.h"
#include "checks/maillog/flow_state_mail.h"

enum { VERSION = 3, MOST_YEAR = 100000 };
static const char magic[8] = "pcflow\n";

/* -- The head -------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, const char *word)
{
    for (; *word != '\0'; word++)
        hash = (hash ^ (unsigned char)*word) * 0x100000001b3;
    return (hash ^ '\n') * 0x100000001b3;
}

/* Changes with the meaning of any index that is saved. */
static uint64_t layout(void)
{
    const unsigned sizes[] = {
        VERSION,         FLOW_CLASSES,        FLOW_EVIDENCES,  FLOW_WAYS,
        FLOW_LISTS,      FLOW_SMALL_RIDS,     HISTOGRAM_EXACT, HISTOGRAM_STEPS,
        COUNTERS_OTHERS, HISTOGRAM_DOUBLINGS, MINUTES_WHATS,   FLOW_RID_DELIVERED};
    uint64_t hash = 0xcbf29ce484222325;
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        hash = (hash ^ sizes[i]) * 0x100000001b3;
    for (unsigned i = 0; i < FAMILY_COUNT; i++)
        hash = mix(hash, family_name((enum family)i));
    for (unsigned i = 0; i < COUNTERS_KNOWN; i++)
        hash = mix(hash, counters_name((enum counters_key)i));
    return hash;
}

/* What was asked for: totals of two kinds would be none. */
struct asked {
    int64_t since, until;
    bool details, top;
};

static void pack_asked(struct asked *asked, struct pack *pack)
{
    pack_i64(pack, &asked->since);
    pack_i64(pack, &asked->until);
    pack_bool(pack, &asked->details);
    pack_bool(pack, &asked->top);
}

static struct asked asked_of(const struct flow_options *options)
{
    return (struct asked){options->since, options->until, options->details, options->top};
}

static void save_head(const struct flow *flow, struct pack *pack)
{
    char begin[sizeof(magic)];
    uint64_t is = layout();
    struct asked asked = asked_of(&flow->options);
    memcpy(begin, magic, sizeof(magic));
    pack_bytes(pack, begin, sizeof(begin));
    pack_u64(pack, &is);
    pack_asked(&asked, pack);
}

static bool load_head(const struct flow *flow, struct pack *pack, struct fault *fault)
{
    char begin[sizeof(magic)];
    uint64_t is = 0;
    struct asked now = asked_of(&flow->options), then = {.since = 0};
    pack_bytes(pack, begin, sizeof(begin));
    pack_u64(pack, &is);
    if (pack->bad || memcmp(begin, magic, sizeof(magic)) != 0)
        return fault_set(fault, FAULT_SYNTAX, "state", 0, "keeps no mail flow");
    if (is != layout())
        return fault_set(fault, FAULT_UNSUPPORTED, "state", 0,
                         "was kept by another version of postcheck: remove it to read the logs "
                         "from their start");
    pack_asked(&then, pack);
    if (!pack->bad && (now.since != then.since || now.until != then.until ||
                       now.details != then.details || now.top != then.top))
        return fault_set(fault, FAULT_UNSUPPORTED, "state", 0,
                         "was begun with other --since, --until or --top: give the same, or "
                         "remove it to read the logs from their start");
    return true;
}

/* -- What is counted ------------------------------------------------------------------------- */

static void pack_evidence(struct flow_evidence *evidence, struct pack *pack)
{
    pack_u64(pack, &evidence->count);
    pack_time(pack, &evidence->last);
    pack_u64(pack, &evidence->line);
    pack_u32(pack, &evidence->text_n);
    if (pack_check(pack, evidence->text_n <= sizeof(evidence->text)))
        pack_bytes(pack, evidence->text, evidence->text_n);
}

/* What flow_summary() does not compute itself. */
static void pack_sum(struct flow_summary *sum, struct pack *pack)
{
    uint64_t *const counts[] = {
        &sum->lines,
        &sum->bytes,
        &sum->continuations,
        &sum->unrecognised,
        &sum->in.opened,
        &sum->in.accepted,
        &sum->in.relayed,
        &sum->in.rejected,
        &sum->in.refused,
        &sum->in.tls_ok,
        &sum->in.tls_failed,
        &sum->out.opened,
        &sum->out.tls_ok,
        &sum->out.tls_failed,
        &sum->out.errors,
        &sum->messages.received,
        &sum->messages.generated,
        &sum->messages.split,
        &sum->messages.rewritten,
        &sum->messages.ready,
        &sum->messages.bytes,
        &sum->messages.expired,
        &sum->recipients.accepted,
        &sum->recipients.refused,
        &sum->recipients.delivered,
        &sum->recipients.delayed,
        &sum->recipients.bounced,
        &sum->recipients.quarantined,
        &sum->clock_steps,
        &sum->alerts,
        &sum->queue_full,
        &sum->counters.lines,
        &sum->counters.failures,
        &sum->other_logs.lines,
        &sum->other_logs.failures,
        &sum->other_logs.proofs,
        &sum->consolidated.events,
        &sum->consolidated.delivered,
        &sum->consolidated.bounced,
        &sum->consolidated.quarantined,
        &sum->consolidated.other,
        &sum->consolidated.cut,
    };
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        pack_u64(pack, counts[i]);
    for (unsigned i = 0; i < FAMILY_COUNT; i++)
        pack_u64(pack, &sum->family[i]);
    for (unsigned i = 0; i < FLOW_WAYS; i++) {
        pack_time(pack, &sum->way[i].last_ready);
        pack_time(pack, &sum->way[i].last_queued);
        pack_time(pack, &sum->way[i].last_delivered);
    }
    pack_time(pack, &sum->other_logs.last_failure);
    for (unsigned i = 0; i < FLOW_EVIDENCES; i++)
        pack_evidence(&sum->evidence[i], pack);
}

static void pack_totals(struct totals *totals, struct pack *pack)
{
    for (unsigned i = 0; i < FLOW_CLASSES; i++)
        pack_u64(pack, &totals->class[i]);
    pack_u64(pack, &totals->finished);
    pack_u64(pack, &totals->older);
    pack_u64(pack, &totals->orphans);
    pack_u64(pack, &totals->rids_quarantined);
    for (unsigned i = 0; i < FLOW_WAYS; i++) {
        pack_u64(pack, &totals->way[i].ready);
        pack_u64(pack, &totals->way[i].queued);
        pack_u64(pack, &totals->way[i].delivered);
    }
    histogram_pack(&totals->scan, pack);
    histogram_pack(&totals->delivery, pack);
}

static void pack_unit(char *unit, struct pack *pack)
{
    uint8_t byte = (uint8_t)*unit;
    pack_u8(pack, &byte);
    *unit = (char)byte;
    (void)pack_check(pack, byte == 0 || byte == '%' || byte == 'B');
}

/* Within what counters_parse() takes: it is subtracted. */
static void pack_value(int64_t *value, struct pack *pack)
{
    const int64_t most = (int64_t)1 << 60;
    pack_i64(pack, value);
    (void)pack_check(pack, *value >= -most && *value <= most);
}

static void pack_counters(struct counters_line *line, struct pack *pack)
{
    enum { LEAST = 2 + 1 + 8 };
    uint32_t others = line->other_count;
    pack_u64(pack, &line->has);
    for (unsigned i = 0; i < COUNTERS_KNOWN; i++) {
        pack_value(&line->value[i], pack);
        pack_unit(&line->unit[i], pack);
    }
    pack_u32(pack, &line->pairs);
    pack_u32(pack, &line->odd);
    pack_u32(pack, &line->unkept);
    pack_count(pack, &others, COUNTERS_OTHERS, LEAST);
    line->other_count = others;
    for (uint32_t i = 0; i < others; i++) {
        pack_string(pack, line->other[i].name, sizeof(line->other[i].name));
        pack_unit(&line->other[i].unit, pack);
        pack_value(&line->other[i].value, pack);
    }
}

/* -- Appliances ------------------------------------------------------------------------------ */

static void pack_appliance(struct appliance *appliance, struct pack *pack)
{
    struct flow_appliance *told = &appliance->told;
    int32_t year = appliance->year;
    pack_string(pack, told->host, sizeof(told->host));
    pack_string(pack, told->serial, sizeof(told->serial));
    pack_string(pack, told->version, sizeof(told->version));
    pack_bool(pack, &told->has_offset);
    pack_i32(pack, &told->utc_offset_s);
    (void)pack_check(pack, told->utc_offset_s >= -86400 && told->utc_offset_s <= 86400);
    pack_u64(pack, &told->restarts);
    pack_u64(pack, &told->resets);
    pack_u32(pack, &appliance->last_seen);
    pack_time(pack, &appliance->first);
    pack_time(pack, &appliance->last);
    pack_u64(pack, &appliance->first_born);
    pack_u64(pack, &appliance->last_born);
    pack_u64(pack, &appliance->evicted_max);
    pack_bool(pack, &appliance->born_seen);
    pack_bool(pack, &appliance->used);
    pack_i32(pack, &year);
    (void)pack_check(pack, year >= 0 && year <= MOST_YEAR);
    appliance->year = year;
    pack_u32(pack, &appliance->year_when);
}

static void pack_appliances(struct flow *flow, struct pack *pack)
{
    enum { LEAST = 3 * 2 + 64 };
    uint32_t count = (uint32_t)flow->appliance_count;
    pack_count(pack, &count, FLOW_APPLIANCES, LEAST);
    for (uint32_t i = 0; i < count && !pack->bad; i++) {
        if (pack->loading)
            flow_add_appliance(flow, (struct span){NULL, 0});
        if (pack_check(pack, !flow->broken))
            pack_appliance(&flow->appliances[i], pack);
    }
    pack_u16(pack, &flow->nameless);
    (void)pack_check(pack, flow->nameless <= count);
    pack_u16(pack, &flow->counters_of); /* is compared only */
}

/* -- All of it ------------------------------------------------------------------------------- */

static void pack_place(struct flow_place *place, struct pack *pack)
{
    pack_u32(pack, &place->when);
    pack_bool(pack, &place->timeless);
    pack_bool(pack, &place->begun);
    pack_bool(pack, &place->passing);
}

static void pack_body(struct flow *flow, struct flow_place *place, struct pack *pack)
{
    pack_place(place, pack);
    pack_u64(pack, &flow->file_line);
    pack_u32(pack, &flow->now);
    pack_appliances(flow, pack);
    pack_sum(&flow->sum, pack);
    pack_totals(&flow->totals, pack);
    hops_pack(&flow->hops, pack);
    minutes_pack(&flow->minutes, pack);
    shape_pack(&flow->shapes, pack);
    pack_counters(&flow->first_counters, pack);
    pack_counters(&flow->last_counters, pack);
    flow_state_mail(flow, pack);
    for (unsigned i = 0; i < FLOW_LISTS; i++)
        if (flow->tops[i] != NULL)
            sketch_pack(flow->tops[i], pack);
}

bool flow_state_save(struct flow *flow, const struct flow_place *place, struct pack *out)
{
    struct flow_place where = *place;
    save_head(flow, out);
    pack_body(flow, &where, out);
    return !out->bad && !flow->broken;
}

bool flow_state_load(struct flow *flow, struct flow_place *place, struct span blob,
                     struct fault *fault)
{
    struct pack pack = pack_of(blob);
    if (!load_head(flow, &pack, fault))
        return false;
    pack_body(flow, place, &pack);
    return pack_check(&pack, pack.p == pack.end && !flow->broken) ||
           fault_set(fault, FAULT_SYNTAX, "state", 0,
                     "is damaged: remove it to read the logs from their start");
}
