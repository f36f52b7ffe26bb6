/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/shape.h"
#include "plugin/maillog/account.h"

/* The account of schema postcheck.maillog/1 (design.md 8, plugin/schema/). */

struct writer {
    const struct account *account;
    const struct flow_summary *s;
    const int32_t *offset; /* of all appliances; NULL = not known */
};

static void put(json_t *object, const char *name, json_t *value)
{
    (void)json_object_set_new(object, name, value);
}

static void number(json_t *object, const char *name, uint64_t value)
{
    put(object, name, json_integer((json_int_t)value));
}

static json_t *clean(const struct writer *w, struct span text)
{
    return json_string(result_clean(w->account->arena, text, 500));
}

static json_t *time_or_null(int64_t seconds, const int32_t *offset)
{
    char text[32];
    return seconds == 0 ? json_null()
                        : json_string(account_time(seconds, offset, text, sizeof(text)));
}

static json_t *appliances(const struct writer *w)
{
    json_t *list = json_array();
    for (size_t i = 0; i < w->s->appliance_count; i++) {
        const struct flow_appliance *a = &w->s->appliances[i];
        const int32_t *offset = a->has_offset ? &a->utc_offset_s : NULL;
        json_t *object = json_object();
        put(object, "name", a->host[0] != '\0' ? clean(w, text_of(a->host)) : json_null());
        put(object, "version", a->version[0] != '\0' ? clean(w, text_of(a->version)) : json_null());
        put(object, "serial", a->serial[0] != '\0' ? clean(w, text_of(a->serial)) : json_null());
        put(object, "utc_offset_s", offset != NULL ? json_integer(*offset) : json_null());
        put(object, "first", time_or_null(a->first, offset));
        put(object, "last", time_or_null(a->last, offset));
        number(object, "restarts", a->restarts);
        number(object, "resets", a->resets);
        (void)json_array_append_new(list, object);
    }
    return list;
}

static json_t *connections(const struct flow_summary *s)
{
    json_t *object = json_object(), *in = json_object(), *out = json_object();
    number(in, "opened", s->in.opened);
    number(in, "accepted", s->in.accepted);
    number(in, "relayed", s->in.relayed);
    number(in, "rejected", s->in.rejected);
    number(in, "refused", s->in.refused);
    number(in, "tls_ok", s->in.tls_ok);
    number(in, "tls_failed", s->in.tls_failed);
    number(out, "opened", s->out.opened);
    number(out, "tls_ok", s->out.tls_ok);
    number(out, "tls_failed", s->out.tls_failed);
    number(out, "errors", s->out.errors);
    put(object, "in", in);
    put(object, "out", out);
    return object;
}

static json_t *messages(const struct flow_summary *s)
{
    json_t *object = json_object();
    number(object, "received", s->messages.received);
    number(object, "generated", s->messages.generated);
    number(object, "split", s->messages.split);
    number(object, "rewritten", s->messages.rewritten);
    number(object, "ready", s->messages.ready);
    number(object, "bytes", s->messages.bytes);
    number(object, "finished", s->messages.finished);
    for (int i = 0; i < FLOW_CLASSES; i++)
        number(object, flow_class_word((enum flow_class)i), s->messages.class[i]);
    number(object, "older", s->messages.older);
    number(object, "expired", s->messages.expired);
    number(object, "orphans", s->messages.orphans);
    return object;
}

static json_t *ways(const struct writer *w)
{
    json_t *object = json_object();
    for (int i = FLOW_WAYS; i-- > 0;) {
        json_t *way = json_object();
        number(way, "ready", w->s->way[i].ready);
        number(way, "queued", w->s->way[i].queued);
        number(way, "delivered", w->s->way[i].delivered);
        put(way, "last_ready", time_or_null(w->s->way[i].last_ready, w->offset));
        put(way, "last_queued", time_or_null(w->s->way[i].last_queued, w->offset));
        put(way, "last_delivered", time_or_null(w->s->way[i].last_delivered, w->offset));
        put(object, verdict_way_word((enum flow_direction)i), way);
    }
    return object;
}

static json_t *recipients(const struct flow_summary *s)
{
    json_t *object = json_object();
    number(object, "accepted", s->recipients.accepted);
    number(object, "refused", s->recipients.refused);
    number(object, "delivered", s->recipients.delivered);
    number(object, "delayed", s->recipients.delayed);
    number(object, "bounced", s->recipients.bounced);
    number(object, "quarantined", s->recipients.quarantined);
    return object;
}

static json_t *latency(const struct flow_latency *l)
{
    json_t *object = json_object();
    number(object, "count", l->count);
    number(object, "p50", l->p50);
    number(object, "p95", l->p95);
    number(object, "p99", l->p99);
    number(object, "max", l->max);
    return object;
}

static json_t *latencies(const struct flow_summary *s)
{
    json_t *object = json_object();
    put(object, "scan", latency(&s->scan));
    put(object, "delivery", latency(&s->delivery));
    return object;
}

static json_t *waiting(const struct flow_summary *s)
{
    json_t *object = json_object();
    number(object, "receiving", s->waiting.receiving);
    number(object, "scanning", s->waiting.scanning);
    number(object, "delivering", s->waiting.delivering);
    number(object, "delayed", s->waiting.delayed);
    number(object, "held", s->waiting.held);
    put(object, "oldest_scanning_s", json_integer(s->waiting.oldest_scanning));
    put(object, "oldest_delivering_s", json_integer(s->waiting.oldest_delivering));
    return object;
}

static json_t *per_minute(const struct writer *w)
{
    json_t *list = json_array();
    char text[32];
    for (size_t i = 0; i < w->s->minute_count; i++) {
        const struct flow_minute *m = &w->s->minutes[i];
        json_t *object = json_object();
        (void)account_time(m->minute, w->offset, text, sizeof(text));
        put(object, "minute", json_stringn(text, 16)); /* 2026-03-08T03:00 */
        number(object, "received", m->received);
        number(object, "delivered", m->delivered);
        number(object, "bounced", m->bounced);
        (void)json_array_append_new(list, object);
    }
    return list;
}

static json_t *hops(const struct writer *w)
{
    json_t *list = json_array();
    for (size_t i = 0; i < w->s->hop_count; i++) {
        const struct flow_hop *h = &w->s->hops[i];
        json_t *object = json_object();
        put(object, "address", clean(w, text_of(h->address)));
        number(object, "opened", h->opened);
        number(object, "errors", h->errors);
        number(object, "tls_failed", h->tls_failed);
        number(object, "delivered", h->delivered);
        number(object, "delayed", h->delayed);
        number(object, "bounced", h->bounced);
        put(object, "last_delivered", time_or_null(h->last_delivered, w->offset));
        put(object, "last_error", time_or_null(h->last_error, w->offset));
        (void)json_array_append_new(list, object);
    }
    return list;
}

static json_t *tops(const struct writer *w)
{
    json_t *object = json_object();
    for (size_t list = 0; list <= FLOW_LISTS; list++) {
        if (!w->account->top[list].wanted)
            continue;
        json_t *items = json_array();
        for (size_t i = 0; i < w->account->top[list].count; i++) {
            const struct flow_top *top = &w->account->top[list].tops[i];
            json_t *item = json_object();
            put(item, "text", clean(w, top->text));
            number(item, "count", top->count);
            number(item, "error", top->error);
            (void)json_array_append_new(items, item);
        }
        put(object, settings_top_word(list), items);
    }
    return object;
}

static json_t *families(const struct flow_summary *s)
{
    json_t *object = json_object();
    for (int i = 0; i < FAMILY_COUNT; i++)
        if (s->family[i] > 0)
            number(object, family_name((enum family)i), s->family[i]);
    return object;
}

static json_t *evidence(const struct writer *w)
{
    json_t *list = json_array();
    for (int i = 0; i < FLOW_EVIDENCES; i++) {
        const struct flow_evidence *e = &w->s->evidence[i];
        const char id[] = {'E', (char)('0' + i), '\0'};
        json_t *object = json_object();
        put(object, "id", json_string(id));
        put(object, "holds", json_boolean(w->account->verdict.holds[i]));
        number(object, "count", e->count);
        put(object, "last", time_or_null(e->last, w->offset));
        put(object, "line", e->line == 0 ? json_null() : json_integer((json_int_t)e->line));
        put(object, "text",
            e->text_n == 0 ? json_null() : clean(w, (struct span){e->text, e->text_n}));
        (void)json_array_append_new(list, object);
    }
    return list;
}

static json_t *reasons(const struct writer *w, const struct verdict_reason *reasons, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct verdict_reason *r = &reasons[i];
        json_t *object = json_object();
        put(object, "kind", json_string(verdict_kind_word(r->kind)));
        put(object, "way",
            r->way == FLOW_UNKNOWN_WAY ? json_null() : json_string(verdict_way_word(r->way)));
        put(object, "text", clean(w, text_of(r->text)));
        number(object, "count", r->count);
        number(object, "of", r->of);
        put(object, "seconds", json_integer(r->seconds));
        (void)json_array_append_new(list, object);
    }
    return list;
}

static json_t *unread(const struct writer *w)
{
    json_t *list = json_array();
    const struct input *input = w->account->input;
    for (size_t i = 0; input != NULL && i < input->count; i++)
        if (input->files[i].fault != NULL) {
            json_t *object = json_object();
            put(object, "file", clean(w, text_of(input->files[i].name)));
            put(object, "partly", json_boolean(!input->files[i].missing));
            put(object, "text", clean(w, text_of(input->files[i].fault->text)));
            (void)json_array_append_new(list, object);
        }
    return list;
}

static json_t *overlaps(const struct writer *w)
{
    json_t *list = json_array();
    const struct input *input = w->account->input;
    for (size_t i = 0; input != NULL && i < input->overlap_count; i++) {
        const struct input_overlap *o = &input->overlaps[i];
        json_t *object = json_object(), *files = json_array();
        (void)json_array_append_new(files, clean(w, text_of(o->a->name)));
        (void)json_array_append_new(files, clean(w, text_of(o->b->name)));
        put(object, "files", files);
        put(object, "first", time_or_null(o->first, w->offset));
        put(object, "last", time_or_null(o->last, w->offset));
        put(object, "lines", o->twice ? json_null() : json_integer((json_int_t)o->lines));
        put(object, "counted", json_string(o->twice ? "twice" : "once"));
        (void)json_array_append_new(list, object);
    }
    return list;
}

static json_t *repeated(const struct writer *w)
{
    json_t *list = json_array();
    const struct input *input = w->account->input;
    for (size_t i = 0; input != NULL && i < input->count; i++)
        if (input->files[i].same_as != NULL) {
            json_t *object = json_object();
            put(object, "file", clean(w, text_of(input->files[i].name)));
            put(object, "same_as", clean(w, text_of(input->files[i].same_as)));
            (void)json_array_append_new(list, object);
        }
    return list;
}

/* What the first and the last status line differ by; null when there are no two good ones. */
static json_t *counters(const struct flow_summary *s)
{
    json_t *object = json_object();
    number(object, "lines", s->counters.lines);
    number(object, "failures", s->counters.failures);
    put(object, "change",
        !s->counters.compared ? json_null()
                              : json_pack("{s:b, s:I, s:I, s:I}", "reset", s->counters.reset,
                                          "taken", (json_int_t)s->counters.taken, "completed",
                                          (json_int_t)s->counters.completed, "delivered",
                                          (json_int_t)s->counters.delivered));
    return object;
}

static json_t *other_logs(const struct writer *w)
{
    json_t *object = json_object();
    number(object, "lines", w->s->other_logs.lines);
    number(object, "failures", w->s->other_logs.failures);
    number(object, "proofs", w->s->other_logs.proofs);
    put(object, "last_failure", time_or_null(w->s->other_logs.last_failure, w->offset));
    return object;
}

static json_t *consolidated(const struct flow_summary *s)
{
    json_t *object = json_object();
    number(object, "events", s->consolidated.events);
    number(object, "delivered", s->consolidated.delivered);
    number(object, "bounced", s->consolidated.bounced);
    number(object, "quarantined", s->consolidated.quarantined);
    number(object, "other", s->consolidated.other);
    number(object, "cut", s->consolidated.cut);
    return object;
}

static json_t *shapes(const struct flow_summary *s)
{
    uint8_t order[SHAPE_MAX];
    size_t count = shape_order(s->shapes, order);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *object = json_object();
        number(object, "count", s->shapes->of[order[i]].count);
        put(object, "example", json_string(s->shapes->of[order[i]].example));
        (void)json_array_append_new(list, object);
    }
    return list;
}

void maillog_json_print(FILE *out, const struct account *account, bool compact)
{
    const struct flow_summary *s = account->s;
    const struct writer w = {account, s, s->has_offset ? &s->utc_offset_s : NULL};
    json_t *root = json_object();
    put(root, "schema", json_string("postcheck.maillog/1"));
    put(root, "verdict", json_string(verdict_word(account->verdict.word)));
    put(root, "reasons", reasons(&w, account->verdict.reasons, account->verdict.reason_count));
    put(root, "missing", reasons(&w, account->verdict.missing, account->verdict.missing_count));
    number(root, "lines", s->lines);
    number(root, "bytes", s->bytes);
    number(root, "unrecognised", s->unrecognised);
    number(root, "continuations", s->continuations);
    put(root, "first", time_or_null(s->first, w.offset));
    put(root, "last", time_or_null(s->last, w.offset));
    put(root, "appliances", appliances(&w));
    put(root, "connections", connections(s));
    put(root, "messages", messages(s));
    put(root, "way", ways(&w));
    put(root, "recipients", recipients(s));
    put(root, "latency_s", latencies(s));
    put(root, "waiting", waiting(s));
    put(root, "per_minute", per_minute(&w));
    put(root, "hops", hops(&w));
    put(root, "top", tops(&w));
    put(root, "families", families(s));
    number(root, "clock_steps", s->clock_steps);
    number(root, "alerts", s->alerts);
    number(root, "queue_full", s->queue_full);
    put(root, "counters", counters(s));
    put(root, "other_logs", other_logs(&w));
    put(root, "consolidated", consolidated(s));
    put(root, "shapes", shapes(s));
    put(root, "evidence", evidence(&w));
    put(root, "overlaps", overlaps(&w));
    put(root, "repeated", repeated(&w));
    put(root, "unread", unread(&w));
    put(root, "interrupted",
        account->interrupted != NULL ? json_string(account->interrupted) : json_null());
    (void)json_dumpf(root, out, compact ? JSON_COMPACT : JSON_INDENT(2));
    (void)fputc('\n', out);
    json_decref(root);
}
