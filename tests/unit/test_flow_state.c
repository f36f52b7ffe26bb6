/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "checks/maillog/flow_state.h"
#include "checks/maillog/maillog.h"
#include "checks/maillog/shape.h"
#include "checks/maillog/sketch.h"

/*
 * One log in two parts, with all that is known written down and loaded in between, against the
 * same log in one: the summary and the messages that left must be equal, byte for byte.
 */

enum { MESSAGES = 3000, CUTS = 16 };

static uint64_t seed;

static uint32_t below(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)((seed >> 16) % n);
}

/* -- A log ----------------------------------------------------------------------------------- */

struct text {
    char *p;
    size_t n, room;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *text, const char *format, ...)
{
    va_list args;
    if (text->room - text->n < 4096) {
        text->room = text->room * 2 + 65536;
        text->p = realloc(text->p, text->room);
        assert_non_null(text->p);
    }
    va_start(args, format);
    text->n += (size_t)vsnprintf(text->p + text->n, text->room - text->n, format, args);
    va_end(args);
}

/* Who writes a line: files of one appliance, or two hosts of a syslog, of which one has no year. */
enum form { FILE_FORM, SYSLOG };

static void head(struct text *text, enum form form, unsigned at)
{
    unsigned day = at / 86400, clock = at % 86400;
    if (form == FILE_FORM)
        add(text, "Mon Mar %2u %02u:%02u:%02u 2026 Info: ", day + 1, clock / 3600, clock / 60 % 60,
            clock % 60);
    else
        add(text, "Mar %2u %02u:%02u:%02u esa%u mail_logs%u: Info: ", day + 1, clock / 3600,
            clock / 60 % 60, clock % 60, at % 2, below(2));
}
#define SAY(...) (head(text, form, at), add(text, __VA_ARGS__), add(text, "\n"))

static void begin_file(struct text *text, enum form form, unsigned at)
{
    SAY("Begin Logfile");
    SAY("Version: 16.0.4-016 SN: 564D00000000-EXAMPLE0001");
    SAY("Time offset from UTC: -18000 seconds");
}

static void status(struct text *text, enum form form, unsigned at, unsigned i)
{
    SAY("Status: CPULd 3 QKUsd 0 InjMsg %u InjRcp %u CmpRcp %u DlvRcp %u HrdBncRcp 0 DelRcp 0 "
        "LogAvail 66G Fancy%u 7",
        i, i * 2, i * 2, i * 2, i % 3);
}

static void recipients(struct text *text, enum form form, unsigned at, unsigned mid, unsigned count)
{
    for (unsigned r = 0; r < count; r++)
        SAY("MID %u ICID %u RID %u To: <user%u@example%u.com>", mid, mid, r, below(40), below(9));
}

/* How a recipient, or all of them, ends. */
static void fate(struct text *text, enum form form, unsigned at, unsigned mid, unsigned count)
{
    unsigned rid = below(count);
    switch (below(9)) {
    case 0:
        SAY("Bounced: DCID %u MID %u to RID %u - 5.1.0 - Unknown address error ('550', ['no']) []",
            mid, mid, rid);
        return;
    case 1:
    case 2:
        SAY("Delayed: DCID %u MID %u to RID %u - 4.1.0 - Unknown address error ('451', ['no']) []",
            mid, mid, rid);
        return;
    case 3:
        SAY("Delivery start DCID %u MID %u to RID [%u] to offbox IronPort Spam Quarantine", mid,
            mid, rid);
        return;
    case 4:
        SAY("MID %u quarantined to \"Policy\" (message filter:hold)", mid);
        return;
    default:
        SAY("Message done DCID %u MID %u to RID [%u, %u] ", mid, mid, rid, below(count));
        return;
    }
}

/* One step of the life of message MID. False: it was its last. */
static bool live(struct text *text, enum form form, unsigned at, unsigned mid, unsigned step)
{
    unsigned count = mid % 50 == 0 ? 90 : mid % 7 + 1;
    switch (step) {
    case 0:
        SAY("New SMTP ICID %u interface Data 1 (192.0.2.11) address 198.51.100.7 reverse dns host "
            "mx.example.net verified yes",
            mid);
        SAY("ICID %u %s SG X match ALL SBRS None", mid, mid % 3 == 0 ? "RELAY" : "ACCEPT");
        SAY("Start MID %u ICID %u", mid, mid);
        SAY("MID %u ICID %u From: <a%u@example.net>", mid, mid, below(30));
        recipients(text, form, at, mid, count);
        return true;
    case 1:
        SAY("MID %u Subject 'number %u'", mid, mid);
        SAY("MID %u ready %u bytes from <a@example.net>", mid, 1000 + below(9999));
        return mid % 31 != 0; /* it hangs for ever */
    case 2:
        SAY("ICID %u close", mid);
        if (mid % 11 == 0)
            SAY("MID %u was split creating MID %u due to a per-recipient policy in the inbound "
                "table",
                mid, 100000 + mid);
        SAY("MID %u queued for delivery", mid);
        return true;
    case 3:
        SAY("New SMTP DCID %u interface 192.0.2.11 address 203.0.113.%u port 25", mid, mid % 99);
        return true;
    case 8:
        if (mid % 13 == 0)
            SAY("Message aborted MID %u Dropped by CASE", mid);
        SAY("Message finished MID %u done", mid);
        if (mid % 5 == 0)
            SAY("Message finished MID %u done", mid);
        return true;
    case 9:
        SAY("DCID %u close", mid);
        SAY("MID %u RID [0] Response '2.0.0 ok'", mid);
        return false;
    default:
        fate(text, form, at, mid, count);
        return true;
    }
}

static void noise(struct text *text, enum form form, unsigned at, unsigned i)
{
    if (i % 97 == 0)
        status(text, form, at, i);
    if (i % 211 == 0)
        SAY("Gizmo%u \x1b[31m frobs %u", below(30), i);
    if (i % 301 == 0)
        add(text, "a line without an envelope\n");
    if (i % 1777 == 0)
        SAY("SMTP listener starting: system coming up");
}

static struct text write_log(enum form form)
{
    struct text log = {NULL, 0, 0}, *text = &log;
    unsigned mids[64], steps[64], live_count = 0, made = 0, at = 1000;
    begin_file(text, form, at);
    for (unsigned i = 1; made < MESSAGES || live_count > 40; i++) {
        at += below(20) == 0 ? below(400) : below(2);
        if (live_count < 64 && made < MESSAGES && below(6) == 0) {
            mids[live_count] = ++made + 10;
            steps[live_count++] = 0;
        }
        noise(text, form, at, i);
        if (live_count == 0)
            continue;
        unsigned w = below(live_count);
        if (!live(text, form, at, mids[w], steps[w]++)) {
            mids[w] = mids[--live_count];
            steps[w] = steps[live_count];
        }
    }
    return log;
}

/* -- What comes of it ------------------------------------------------------------------------ */

/* All that FINISHED is told, as text. */
static void told(void *context, const struct flow_message *m)
{
    struct text *text = context;
    add(text, "%llu/%llu a%u c%u w%u o%u g%u s%u r%u %lld %lld %lld %lld b%llu p%llu n%u %u %u %u",
        (unsigned long long)m->mid, (unsigned long long)m->icid, m->appliance, m->class, m->way,
        m->older, m->generated, m->split, m->rewritten, (long long)m->ready, (long long)m->queued,
        (long long)m->done, (long long)m->last, (unsigned long long)m->bytes,
        (unsigned long long)m->parent, m->recipients, m->delivered, m->bounced, m->quarantined);
    add(text, " %.*s|%.*s|%.*s", TEXT_ARGS(m->from), TEXT_ARGS(m->subject), TEXT_ARGS(m->reason));
    for (size_t i = 0; i < m->to_count; i++)
        add(text, " %.*s", TEXT_ARGS(m->to[i]));
    add(text, "\n");
}

struct kind {
    enum form form;
    bool details, top;
    uint32_t horizon_s, most;
};

static struct maillog *open_log(const struct kind *kind, struct text *out)
{
    const struct flow_options options = {.horizon_s = kind->horizon_s,
                                         .max_in_flight = kind->most,
                                         .reference = 1774000000,
                                         .details = kind->details,
                                         .top = kind->top,
                                         .context = out,
                                         .finished = told};
    struct maillog *log = maillog_new(4096, LINE_BEST, &options);
    assert_non_null(log);
    return log;
}

static void compare_lists(const struct flow_summary *a, const struct flow_summary *b)
{
    assert_int_equal(a->appliance_count, b->appliance_count);
    for (size_t i = 0; i < a->appliance_count; i++) {
        const struct flow_appliance *x = &a->appliances[i], *y = &b->appliances[i];
        assert_string_equal(x->host, y->host);
        assert_string_equal(x->serial, y->serial);
        assert_string_equal(x->version, y->version);
        assert_int_equal(x->has_offset, y->has_offset);
        assert_int_equal(x->utc_offset_s, y->utc_offset_s);
        assert_true(x->first == y->first && x->last == y->last);
        assert_true(x->restarts == y->restarts && x->resets == y->resets);
    }
    assert_int_equal(a->minute_count, b->minute_count);
    for (size_t i = 0; i < a->minute_count; i++) {
        const struct flow_minute *x = &a->minutes[i], *y = &b->minutes[i];
        assert_true(x->minute == y->minute && x->received == y->received &&
                    x->delivered == y->delivered && x->bounced == y->bounced);
    }
    assert_int_equal(a->hop_count, b->hop_count);
    if (a->hop_count > 0)
        assert_memory_equal(a->hops, b->hops, a->hop_count * sizeof(*a->hops));
    assert_memory_equal(a->shapes, b->shapes, offsetof(struct shapes, of[a->shapes->count]));
}

static void compare_tops(struct maillog *a, struct maillog *b)
{
    static struct flow_top of_a[5000], of_b[5000];
    for (unsigned l = 0; l < FLOW_LISTS; l++) {
        size_t n = flow_top(maillog_flow(a), (enum flow_list)l, of_a, COUNT(of_a));
        assert_int_equal(n, flow_top(maillog_flow(b), (enum flow_list)l, of_b, COUNT(of_b)));
        for (size_t i = 0; i < n; i++) {
            assert_true(text_same(of_a[i].text, of_b[i].text));
            assert_true(of_a[i].count == of_b[i].count && of_a[i].error == of_b[i].error);
        }
    }
}

/* What an older, longer text left behind its end does not count. */
static void clear_behind(struct flow_summary *summary)
{
    for (unsigned i = 0; i < FLOW_EVIDENCES; i++) {
        struct flow_evidence *e = &summary->evidence[i];
        memset(e->text + e->text_n, 0, sizeof(e->text) - e->text_n);
    }
}

static void compare(struct maillog *a, struct maillog *b)
{
    struct flow_summary *of_a = calloc(2, sizeof(*of_a)), *of_b = of_a + 1;
    assert_non_null(of_a);
    assert_true(flow_summary(maillog_flow(a), of_a) && flow_summary(maillog_flow(b), of_b));
    compare_lists(of_a, of_b);
    compare_tops(a, b);
    clear_behind(of_a);
    clear_behind(of_b);
    of_a->appliances = of_b->appliances = NULL;
    of_a->minutes = of_b->minutes = NULL;
    of_a->hops = of_b->hops = NULL;
    of_a->shapes = of_b->shapes = NULL;
    assert_memory_equal(of_a, of_b, sizeof(*of_a));
    free(of_a);
}

/* -- Round trips ----------------------------------------------------------------------------- */

/* Another process goes on with LOG. Its first byte that was not used is of the rest. */
static struct maillog *change_hands(struct maillog *log, const struct kind *kind, struct text *out)
{
    struct pack saved = {.bad = false}, again = {.bad = false};
    assert_true(maillog_save(log, &saved));
    maillog_free(log);
    log = open_log(kind, out);
    fault = (struct fault){.kind = FAULT_NONE};
    if (!maillog_load(log, (struct span){saved.bytes, saved.n}, &fault))
        fail_msg("%s", fault.text);
    assert_true(maillog_save(log, &again));
    assert_int_equal(again.n, saved.n);
    assert_memory_equal(again.bytes, saved.bytes, saved.n);
    pack_free(&saved);
    pack_free(&again);
    return log;
}

static void feed(struct maillog *log, struct text text, size_t from, size_t to)
{
    assert_true(maillog_feed(log, (struct span){text.p + from, to - from}));
}

/* In PARTS, with a change of hands between any two. */
static void trip(const struct kind *kind, struct text text, unsigned parts)
{
    struct text once = {NULL, 0, 0}, often = {NULL, 0, 0};
    struct maillog *whole = open_log(kind, &once), *log = open_log(kind, &often);
    feed(whole, text, 0, text.n);
    size_t at = 0;
    for (unsigned i = 0; i + 1 < parts; i++) {
        size_t to = at + below((uint32_t)((text.n - at) / (parts - i) * 2 + 1));
        to = to < text.n ? to : text.n;
        feed(log, text, at, to);
        at = to - maillog_pending(log);
        log = change_hands(log, kind, &often);
    }
    feed(log, text, at, text.n);
    compare(whole, log);
    assert_true(maillog_finish(whole) && maillog_finish(log));
    compare(whole, log);
    assert_int_equal(once.n, often.n);
    assert_true(once.n > 1000);
    assert_memory_equal(once.p, often.p, once.n);
    maillog_free(whole);
    maillog_free(log);
    free(once.p);
    free(often.p);
}

static void trips(const struct kind *kind)
{
    seed = 0x1234567;
    struct text text = write_log(kind->form);
    for (unsigned i = 0; i < CUTS; i++)
        trip(kind, text, 2 + below(5) * (i % 2));
    trip(kind, text, 100);
    free(text.p);
}

static void a_file_goes_on(void **state)
{
    (void)state;
    trips(&(struct kind){.form = FILE_FORM});
}

static void details_and_tops_go_on(void **state)
{
    (void)state;
    trips(&(struct kind){.form = FILE_FORM, .details = true, .top = true});
}

static void hosts_without_a_year_go_on(void **state)
{
    (void)state;
    trips(&(struct kind){.form = SYSLOG, .details = true});
}

/* Who is evicted, and when, depends on the size of the index and the order in it. */
static void evictions_go_on(void **state)
{
    (void)state;
    trips(&(struct kind){.form = FILE_FORM, .horizon_s = 60, .most = 50});
    trips(&(struct kind){.form = SYSLOG, .details = true, .horizon_s = 30, .most = 20});
}

/* A torn last line, another file, lines without a time, a line that is longer than is looked at. */
static void the_reader_goes_on(void **state)
{
    static const char begin[] =
        "esa1 mail_logs: Info: Start MID 5 ICID 4\n"
        "esa1 mail_logs: Info: MID 5 ready 100 bytes from <a@example.com>\n";
    struct text long_one = {NULL, 0, 0}, out = {NULL, 0, 0}, other = {NULL, 0, 0};
    const struct kind kind = {.form = FILE_FORM};
    (void)state;
    add(&long_one, "%s", begin);
    for (unsigned i = 0; i < 100; i++)
        add(&long_one, "%01000u", 0);
    size_t inside = long_one.n;
    add(&long_one, "esa1 mail_logs: Info: Start MID 6 ICID 4\n"
                   "esa1 mail_logs: Info: Start MID 7 ICID 4\n");
    struct maillog *whole = open_log(&kind, &out), *log = open_log(&kind, &other);
    feed(whole, long_one, 0, long_one.n);
    feed(log, long_one, 0, inside);
    assert_int_equal(maillog_pending(log), 0);
    log = change_hands(log, &kind, &other);
    feed(log, long_one, inside, long_one.n);
    compare(whole, log);
    assert_true(maillog_file(whole) && maillog_file(log));
    log = change_hands(log, &kind, &other);
    feed(whole, long_one, 0, sizeof(begin) - 1);
    feed(log, long_one, 0, sizeof(begin) - 1);
    compare(whole, log);
    maillog_free(whole);
    maillog_free(log);
    free(long_one.p);
    free(out.p);
    free(other.p);
}

static void add_words(struct sketch *a, struct sketch *b, unsigned count)
{
    char word[16];
    for (unsigned i = 0; i < count; i++) {
        int n = snprintf(word, sizeof(word), "w%u", below(40) * below(3));
        sketch_add(a, (struct span){word, (size_t)n}, 1);
        if (b != NULL)
            sketch_add(b, (struct span){word, (size_t)n}, 1);
    }
}

/* With all counters taken: who is taken over next, of several with the least, is kept too. */
static void a_full_sketch_goes_on(void **state)
{
    (void)state;
    seed = 7;
    for (unsigned round = 0; round < 200; round++) {
        struct flow_top of_a[10], of_b[10];
        struct sketch *a = sketch_new(8), *b = sketch_new(8);
        struct pack saved = {.bad = false};
        assert_true(a != NULL && b != NULL);
        add_words(a, NULL, round);
        sketch_pack(a, &saved);
        assert_false(saved.bad);
        struct pack in = pack_of((struct span){saved.bytes, saved.n});
        sketch_pack(b, &in);
        assert_true(!in.bad && in.p == in.end);
        add_words(a, b, 300);
        size_t n = sketch_list(a, of_a, COUNT(of_a));
        assert_int_equal(n, sketch_list(b, of_b, COUNT(of_b)));
        for (size_t i = 0; i < n; i++)
            assert_true(text_same(of_a[i].text, of_b[i].text) && of_a[i].count == of_b[i].count &&
                        of_a[i].error == of_b[i].error);
        assert_int_equal(sketch_total(a), sketch_total(b));
        pack_free(&saved);
        sketch_free(a);
        sketch_free(b);
    }
}

/* -- Hostile --------------------------------------------------------------------------------- */

static struct pack a_state(const struct kind *kind, struct text *text, struct text *out)
{
    struct pack saved = {.bad = false};
    seed = 99;
    *text = write_log(kind->form);
    struct maillog *log = open_log(kind, out);
    feed(log, *text, 0, text->n / 10);
    assert_true(maillog_save(log, &saved));
    maillog_free(log);
    return saved;
}

/* Loads BLOB; where it is taken, all that could stumble over it runs. */
static bool takes(const struct kind *kind, struct span blob, struct text text, struct text *out)
{
    static struct flow_summary summary;
    static struct flow_top tops[10];
    struct maillog *log = open_log(kind, out);
    fault = (struct fault){.kind = FAULT_NONE};
    bool taken = maillog_load(log, blob, &fault);
    assert_int_equal(taken, fault.kind == FAULT_NONE);
    if (taken) {
        size_t n = text.n < 60000 ? text.n : 60000;
        assert_true(flow_summary(maillog_flow(log), &summary));
        feed(log, text, 0, n);
        for (unsigned l = 0; l < FLOW_LISTS; l++)
            (void)flow_top(maillog_flow(log), (enum flow_list)l, tops, COUNT(tops));
        assert_true(maillog_file(log));
        feed(log, text, text.n - n, text.n);
        assert_true(maillog_finish(log) && flow_summary(maillog_flow(log), &summary));
        for (size_t i = 0; i < summary.shapes->count; i++)
            assert_true(strlen(summary.shapes->of[i].example) <= SHAPE_EXAMPLE_BYTES);
    }
    maillog_free(log);
    out->n = 0;
    return taken;
}

static void refuses_what_is_cut(void **state)
{
    const struct kind kind = {.form = FILE_FORM, .details = true, .top = true};
    struct text text, out = {NULL, 0, 0};
    struct pack saved = a_state(&kind, &text, &out);
    (void)state;
    assert_true(takes(&kind, (struct span){saved.bytes, saved.n}, text, &out));
    for (size_t n = 0; n < saved.n; n += n < 200 ? 1 : 1 + below(400)) {
        char *part = malloc(n + 1);
        assert_non_null(part);
        memcpy(part, saved.bytes, n);
        assert_false(takes(&kind, (struct span){part, n}, text, &out));
        assert_true(fault.kind == FAULT_SYNTAX);
        free(part);
    }
    char *longer = calloc(saved.n + 1, 1);
    assert_non_null(longer);
    memcpy(longer, saved.bytes, saved.n);
    assert_false(takes(&kind, (struct span){longer, saved.n + 1}, text, &out));
    free(longer);
    pack_free(&saved);
    free(text.p);
    free(out.p);
}

static void survives_any_change(const struct kind *kind)
{
    static const unsigned char worst[] = {0, 1, 0x7f, 0x80, 0xff};
    struct text text, out = {NULL, 0, 0};
    struct pack saved = a_state(kind, &text, &out);
    char *changed = malloc(saved.n);
    unsigned taken = 0, refused = 0;
    assert_non_null(changed);
    for (unsigned i = 0; i < 400; i++) {
        memcpy(changed, saved.bytes, saved.n);
        size_t at = 16 + below((uint32_t)saved.n - 16 - 8);
        switch (below(4)) {
        case 0:
            changed[at] ^= (char)(1 << below(8));
            break;
        case 1:
            changed[at] = (char)worst[below(COUNT(worst))];
            break;
        case 2:
            memset(changed + at, worst[below(COUNT(worst))], 1 + below(8));
            break;
        default: /* bytes of another place */
            memmove(changed + at, saved.bytes + below((uint32_t)saved.n - 64), below(8) + 1);
            break;
        }
        *(takes(kind, (struct span){changed, saved.n}, text, &out) ? &taken : &refused) += 1;
    }
    assert_true(refused > 20);
    assert_true(taken > 20);
    free(changed);
    pack_free(&saved);
    free(text.p);
    free(out.p);
}

static void survives_hostile_blobs(void **state)
{
    (void)state;
    survives_any_change(&(struct kind){.form = FILE_FORM});
    survives_any_change(&(struct kind){.form = SYSLOG, .details = true, .top = true});
}

static void refuses_what_was_counted_otherwise(void **state)
{
    const struct kind kind = {.form = FILE_FORM}, with_tops = {.form = FILE_FORM, .top = true};
    struct text text, out = {NULL, 0, 0};
    struct pack saved = a_state(&kind, &text, &out);
    (void)state;
    assert_false(takes(&with_tops, (struct span){saved.bytes, saved.n}, text, &out));
    assert_int_equal(fault.kind, FAULT_UNSUPPORTED);
    saved.bytes[9] ^= 1; /* of the layout: another version */
    assert_false(takes(&kind, (struct span){saved.bytes, saved.n}, text, &out));
    assert_int_equal(fault.kind, FAULT_UNSUPPORTED);
    saved.bytes[0] ^= 1;
    assert_false(takes(&kind, (struct span){saved.bytes, saved.n}, text, &out));
    assert_int_equal(fault.kind, FAULT_SYNTAX);
    assert_false(takes(&kind, (struct span){"", 0}, text, &out));
    assert_int_equal(fault.kind, FAULT_SYNTAX);
    pack_free(&saved);
    free(text.p);
    free(out.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_goes_on),
        cmocka_unit_test(details_and_tops_go_on),
        cmocka_unit_test(hosts_without_a_year_go_on),
        cmocka_unit_test(evictions_go_on),
        cmocka_unit_test(the_reader_goes_on),
        cmocka_unit_test(a_full_sketch_goes_on),
        cmocka_unit_test(refuses_what_is_cut),
        cmocka_unit_test(survives_hostile_blobs),
        cmocka_unit_test(refuses_what_was_counted_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
