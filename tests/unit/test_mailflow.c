/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/log_writer.h"

#include "checks/check.h"
#include "checks/registry.h"

/*
 * The check mailflow. The appliance came up at 02:00 on 8 March and was asked at 04:00; the
 * baseline is from the evening before. Mail in goes to one next hop inside, mail out to two
 * outside.
 */

/* The evening before: 40 in, 30 and 30 out; one to somebody's small server. */
static void write_before(struct log *log)
{
    log->day = 7;
    header(log, 20 * HOUR, "14.2.0-620");
    mails(log, 20 * HOUR, 40, false, INSIDE, DELIVERED);
    mails(log, 20 * HOUR + 10, 30, true, OUTSIDE, DELIVERED);
    mails(log, 20 * HOUR + 20, 30, true, PARTNER, DELIVERED);
    mail(log, 20 * HOUR + 30, true, "203.0.113.200", DELIVERED);
}

static void write_good(struct log *log)
{
    header(log, UP + 30, "15.0.3-002");
    mails(log, UP + MINUTE, 118, false, INSIDE, DELIVERED);
    mails(log, UP + MINUTE + 10, 118, true, OUTSIDE, DELIVERED);
    mails(log, UP + MINUTE + 20, 60, true, PARTNER, DELIVERED);
}

struct world {
    void (*now)(struct log *log); /* NULL = not captured */
    void (*before)(struct log *log);
    const char *status; /* more lines of it */
    const char *xml, *xml_before;
    const char *around; /* a session: printf form with one %s */
    const char *counts; /* the status log */
    const char *raw;    /* in place of a log that is written */
    const char *since, *expect, *limit;
    bool no_status, syslog;
};

static const char *xml_text(const char *up, const char *counters)
{
    return arena_printf(&arena,
                        "<?xml version=\"1.0\"?><status build=\"phoebe 15.0.3-002\" "
                        "hostname=\"esa1.example.com\" timestamp=\"20260308040000\">"
                        "<birth_time timestamp=\"%s (2h)\"/><system status=\"online\"/>%s</status>",
                        up, counters);
}

#define COUNTED(inj, inj_up, done, done_up, conn)                                                  \
    "<counters><counter name=\"inj_msgs\" reset=\"0\" uptime=\"" inj_up "\" lifetime=\"" inj       \
    "\"/><counter name=\"completed_recips\" reset=\"0\" uptime=\"" done_up "\" lifetime=\"" done   \
    "\"/><counter name=\"delivered_recips\" reset=\"0\" uptime=\"" done_up "\" lifetime=\"" done   \
    "\"/></counters><gauges><gauge name=\"conn_in\" current=\"" conn "\"/></gauges>"

static struct node *node_of(void (*write)(struct log *log), const struct world *world, bool now)
{
    struct document *documents = arena_array(&arena, 4, sizeof(*documents));
    struct node *node = arena_alloc(&arena, sizeof(*node));
    struct log log = {.day = 8, .head = world->syslog ? "esa1" : NULL};
    const char *xml = now ? world->xml : world->xml_before;
    size_t count = 0;
    if (!world->no_status)
        documents[count++] = (struct document){
            .id = "cli/status.txt",
            .bytes = text_of(arena_printf(
                &arena,
                "Status as of: %s 2026 CET\nUp since: %s CET (2h)\nSystem status: Online\n%s",
                now ? "Sun Mar 08 04:00:00" : "Sat Mar 07 21:00:00",
                now ? "Sun Mar 08 02:00:00 2026" : "Sun Nov 09 02:14:51 2025",
                world->status != NULL && now ? world->status : ""))};
    if (xml != NULL)
        documents[count++] = (struct document){
            .id = "https/xml_status.xml",
            .bytes = text_of(xml_text(now ? "20260308020000" : "20251109021451", xml))};
    if (world->counts != NULL && now)
        documents[count++] =
            (struct document){.id = "log/status.txt", .bytes = text_of(world->counts)};
    if (write != NULL) {
        write(&log);
        append(&log, "%s", "");
    }
    const char *text = now && world->raw != NULL ? world->raw : log.text;
    if (now && world->around != NULL) {
        struct span head, tail;
        (void)text_cut(text_of(world->around), '@', &head, &tail);
        text = arena_printf(&arena, "%.*s%s%.*s", TEXT_ARGS(head), text, TEXT_ARGS(tail));
    }
    if (text != NULL)
        documents[count++] = (struct document){.id = "log/mail_logs.txt", .bytes = text_of(text)};
    *node = (struct node){.name = "esa1.example.com",
                          .role = ROLE_ESA,
                          .documents = documents,
                          .document_count = count};
    return node;
}

static struct result *judge(const struct world *world)
{
    struct fleet *fleets = arena_array(&arena, 2, sizeof(*fleets));
    struct question *q = arena_alloc(&arena, sizeof(*q));
    const struct check *check = registry_find(text_of("mailflow"));
    assert_non_null(check);
    fleets[0] = (struct fleet){node_of(world->now, world, true), 1};
    fleets[1] = (struct fleet){node_of(world->before, world, false), 1};
    *q = (struct question){.arena = &arena,
                           .fleet = &fleets[0],
                           .baseline = world->before != NULL ? &fleets[1] : NULL,
                           .node = &fleets[0].nodes[0],
                           .has_since = world->since != NULL,
                           .has_expect = world->expect != NULL};
    if (world->since != NULL)
        assert_true(time_parse_any(text_of(world->since), &q->since));
    if (world->expect != NULL)
        assert_true(release_parse(text_of(world->expect), &q->expect, NULL));
    return check_run(check, q);
}

static const struct finding *finding_with(const struct result *result, const char *part)
{
    for (size_t i = 0; i < result->finding_count; i++)
        if (strstr(result->findings[i]->text, part) != NULL)
            return result->findings[i];
    return NULL;
}

/* -1: it was not recorded. */
static double value_of(const struct result *result, const char *name)
{
    for (size_t i = 0; i < result->metric_count; i++)
        if (strcmp(result->metrics[i].spec->name, name) == 0)
            return result->metrics[i].value;
    return -1;
}

static void show(const struct result *result)
{
    for (size_t i = 0; i < result->finding_count; i++)
        print_error("  %s: %s\n", result_state_word(result->findings[i]->state),
                    result->findings[i]->text);
}

/* The logs of one thing gone wrong. */

static void write_nothing_ready(struct log *log)
{
    header(log, UP + 30, "15.0.3-002");
    mails(log, UP + MINUTE, 100, false, INSIDE, STARTED);
}

static void write_probes(struct log *log)
{
    header(log, UP + 30, "15.0.3-002");
    mails(log, UP + MINUTE, 2, false, INSIDE, ACCEPTED);
}

static void write_not_queued(struct log *log)
{
    header(log, UP + 30, "15.0.3-002");
    mails(log, UP + MINUTE, 20, false, INSIDE, DELIVERED);
    mails(log, UP + MINUTE, 20, true, OUTSIDE, DELIVERED);
    mails(log, UP + 30 * MINUTE, 88, false, INSIDE, READY);
}

static void write_not_delivered(struct log *log)
{
    header(log, UP + 30, "15.0.3-002");
    mails(log, UP + MINUTE, 110, false, INSIDE, FAILED);
    mails(log, UP + MINUTE + 10, 110, true, OUTSIDE, DELIVERED);
}

static void write_refused(struct log *log)
{
    header(log, UP + 30, "15.0.3-002");
    mails(log, UP + MINUTE, 110, false, INSIDE, DELAYED);
    mails(log, UP + MINUTE + 10, 110, true, OUTSIDE, DELIVERED);
}

static void write_suspended(struct log *log)
{
    header(log, UP + 30, "15.0.3-002");
    mails(log, UP + MINUTE, 60, false, INSIDE, QUEUED);
    say(log, UP + 70 * MINUTE, "Deliveries are currently suspended [by the administrator]");
    mails(log, UP + 71 * MINUTE, 40, true, OUTSIDE, QUEUED);
}

static void write_suspended_before(struct log *log)
{
    header(log, UP - HOUR, "14.2.0-620");
    say(log, UP - 20 * MINUTE, "Deliveries are currently suspended [by the administrator]");
    write_good(log);
}

static void write_resumed(struct log *log)
{
    header(log, UP + 30, "15.0.3-002");
    say(log, UP + 40, "Deliveries are currently suspended [by the administrator]");
    mails(log, UP + MINUTE, 116, false, INSIDE, DELIVERED);
    mails(log, UP + MINUTE + 10, 116, true, OUTSIDE, DELIVERED);
    mail(log, UP + 118 * MINUTE, true, OUTSIDE, QUEUED);
}

static void write_silence(struct log *log)
{
    header(log, UP + 30, "15.0.3-002");
    mails(log, UP + MINUTE, 10, false, INSIDE, DELIVERED);
    mails(log, UP + MINUTE, 10, true, OUTSIDE, DELIVERED);
}

/* Some had not left yet when the file ends. */
static void write_left_waiting(struct log *log)
{
    header(log, UP + 30, "15.0.3-002");
    mails(log, UP + MINUTE, 10, false, INSIDE, DELIVERED);
    mails(log, UP + MINUTE, 10, true, OUTSIDE, DELIVERED);
    mails(log, UP + 7 * MINUTE, 5, true, OUTSIDE, QUEUED);
}

/* Delivery had stood for long when the file ends. */
static void write_left_stalled(struct log *log)
{
    header(log, UP + 30, "15.0.3-002");
    mails(log, UP + MINUTE, 10, true, OUTSIDE, DELIVERED);
    mails(log, UP + 11 * MINUTE, 60, true, OUTSIDE, QUEUED);
}

static void write_only_old(struct log *log)
{
    header(log, HOUR, "14.2.0-620");
    mails(log, HOUR, 50, false, INSIDE, DELIVERED);
    mails(log, HOUR, 50, true, OUTSIDE, DELIVERED);
}

static void write_one_way(struct log *log)
{
    header(log, UP + 30, "15.0.3-002");
    mails(log, UP + MINUTE, 118, false, INSIDE, DELIVERED);
}

static void write_one_way_before(struct log *log)
{
    log->day = 7;
    header(log, 20 * HOUR, "14.2.0-620");
    mails(log, 20 * HOUR, 40, false, INSIDE, DELIVERED);
}

static void write_own_past(struct log *log)
{
    header(log, 5 * MINUTE, "14.2.0-620");
    mails(log, 5 * MINUTE, 110, false, INSIDE, DELIVERED);
    write_one_way(log);
}

static void write_short_past(struct log *log)
{
    header(log, 5 * MINUTE, "14.2.0-620");
    mails(log, 5 * MINUTE, 60, false, INSIDE, DELIVERED);
    write_one_way(log);
}

static void write_hop_dead(struct log *log)
{
    write_good(log);
    mails(log, UP + 5 * MINUTE, 3, true, "203.0.113.200", FAILED);
}

static void write_partner_dead(struct log *log)
{
    header(log, UP + 30, "15.0.3-002");
    mails(log, UP + MINUTE, 118, false, INSIDE, DELIVERED);
    mails(log, UP + MINUTE + 10, 118, true, OUTSIDE, DELIVERED);
    mails(log, UP + MINUTE + 20, 5, true, PARTNER, DELAYED);
}

static void write_partner_idle(struct log *log)
{
    header(log, UP + 30, "15.0.3-002");
    mails(log, UP + MINUTE, 118, false, INSIDE, DELIVERED);
    mails(log, UP + MINUTE + 10, 118, true, OUTSIDE, DELIVERED);
}

static void write_bounces(struct log *log)
{
    write_good(log);
    mails(log, UP + 2 * MINUTE, 100, true, OUTSIDE, BOUNCED);
}

static void write_few(struct log *log)
{
    header(log, 3 * HOUR + 50 * MINUTE, "15.0.3-002");
    mails(log, 3 * HOUR + 52 * MINUTE, 3, false, INSIDE, DELIVERED);
    mails(log, 3 * HOUR + 52 * MINUTE, 3, true, OUTSIDE, DELIVERED);
    mail(log, 3 * HOUR + 54 * MINUTE, true, OUTSIDE, BOUNCED);
}

static void write_dropped(struct log *log)
{
    header(log, UP + 30, "15.0.3-002");
    mails(log, UP + MINUTE, 118, false, INSIDE, DROPPED);
    mails(log, UP + MINUTE + 10, 118, true, OUTSIDE, DELIVERED);
}

static void write_old_header(struct log *log)
{
    header(log, UP + 30, "14.2.0-620");
    mails(log, UP + MINUTE, 118, false, INSIDE, DELIVERED);
    mails(log, UP + MINUTE, 118, true, OUTSIDE, DELIVERED);
}

static void write_two_serials(struct log *log)
{
    write_good(log);
    say(log, ASKED - 5, "Version: 15.0.3-002 SN: 564D00000000-EXAMPLE0002");
    say(log, ASKED - 4, "Start MID 1 ICID 1");
}

static void write_torn(struct log *log)
{
    write_good(log);
    log->text[log->n - 30] = '\0';
    log->n -= 30;
}

/* The same, an hour before it was asked for. */
static void write_cut(struct log *log)
{
    header(log, UP + 30, "15.0.3-002");
    mails(log, UP + MINUTE, 50, false, INSIDE, DELIVERED);
    mails(log, UP + MINUTE + 10, 50, true, OUTSIDE, DELIVERED);
    log->text[--log->n] = '\0';
}

/* It just ends, and nothing tells whether the appliance was idle. */
static void write_ended(struct log *log)
{
    write_cut(log);
    append(log, "\n");
}

static void write_strange(struct log *log)
{
    write_good(log);
    for (int i = 0; i < 2000; i++)
        say(log, ASKED - 60, "Frobnicator %d reloaded", i);
}

#define SESSION "esa1.example.com> grep -e \"Sun Mar  8 03:\" mail_logs\r\n@\r\nesa1.example.com> "

#define MOVING  COUNTED("1300", "300", "1310", "310", "6")
#define BEFORE  COUNTED("1000", "900", "1000", "900", "6")
#define SILENT  COUNTED("1020", "20", "1020", "20", "0")
#define COUNTS0 COUNTED("1000", "0", "1000", "0", "0")
#define FELL    COUNTED("300", "300", "310", "310", "6")
#define TORN                                                                                       \
    "<counters><counter name=\"completed_recips\" reset=\"0\" uptime=\"1\" lifetime=\"90\"/>"      \
    "<counter name=\"delivered_recips\" reset=\"0\" uptime=\"1\" lifetime=\"80\"/>"                \
    "<counter name=\"hard_bounced_recips\" reset=\"0\" uptime=\"1\" lifetime=\"5\"/>"              \
    "<counter name=\"deleted_recips\" reset=\"0\" uptime=\"1\" lifetime=\"4\"/></counters>"

#define IDLE                                                                                       \
    "Rates (Events Per Hour):             1-Minute       5-Minutes      15-Minutes\n"              \
    "  Receiving\n    Messages Received                       0               0               0\n"

#define COUNTS(time, inj, done, parts)                                                             \
    "Sun Mar  8 " time " 2026 Info: Status: InjMsg " inj " CmpRcp " done " DlvRcp " parts          \
    " HrdBncRcp 0 DelRcp 0 CrtCncIn 0\n"

/* One night each: its state, and a sentence that some finding of that state says. */
static const struct {
    struct world world;
    enum state state;
    const char *says;
} nights[] = {
    {{.now = write_good, .before = write_before}, STATE_OK, "inbound mail flows: 118 messages"},
    {{.now = write_good, .before = write_before}, STATE_OK, "outbound mail flows: 178 messages"},
    {{.now = write_good}, STATE_OK, "outbound mail flows"},
    {{.now = write_good, .before = write_before, .syslog = true}, STATE_OK, "inbound mail flows"},
    {{.now = write_good, .expect = "15.0.3-002"}, STATE_OK, "names 15.0.3-002, as expected"},

    /* the stalls */
    {{.now = write_nothing_ready, .before = write_before}, STATE_CRITICAL, "no message was taken"},
    {{.now = write_not_queued, .before = write_before}, STATE_CRITICAL, "the work queue"},
    {{.now = write_not_delivered, .before = write_before}, STATE_CRITICAL, "110 connection errors"},
    {{.now = write_not_delivered}, STATE_CRITICAL, "inbound: messages are queued"},
    {{.now = write_refused, .before = write_before}, STATE_CRITICAL, "110 recipients delayed"},
    {{.now = write_refused}, STATE_CRITICAL, "inbound: 110 messages are queued"},
    {{.now = write_suspended}, STATE_CRITICAL, "suspended"},
    {{.now = write_suspended_before}, STATE_OK, "inbound mail flows"},
    {{.now = write_resumed}, STATE_OK, "outbound mail flows"},
    {{.now = write_silence, .xml = MOVING, .around = SESSION}, STATE_CRITICAL, "6 inbound conn"},
    {{.now = write_silence, .xml = SILENT}, STATE_OK, "inbound mail flows"},
    {{.now = write_only_old, .xml = SILENT, .around = SESSION}, STATE_CRITICAL, "counts 20 mess"},
    {{.raw = "esa1.example.com> grep -e x mail_logs\n\nesa1.example.com> ", .xml = MOVING},
     STATE_CRITICAL,
     "the log is silent for 1h"},
    {{.raw = "\n", .xml = MOVING}, STATE_CRITICAL, "the log is silent for 1h"},

    /* no proof */
    {{.now = NULL}, STATE_UNKNOWN, "not captured"},
    {{.now = write_only_old, .before = write_before},
     STATE_UNKNOWN,
     "no proof that inbound mail flows: no inbound message was received since its last start"},
    {{.now = write_only_old, .xml = COUNTS0}, STATE_UNKNOWN, "no proof that outbound mail flows"},
    {{.now = write_probes, .before = write_before}, STATE_UNKNOWN, "no inbound message"},
    {{.now = write_one_way, .before = write_before}, STATE_UNKNOWN, "61 delivered in the baseline"},
    {{.now = write_one_way}, STATE_UNKNOWN, "no proof that outbound mail flows"},
    {{.now = write_one_way, .before = write_one_way_before},
     STATE_OK,
     "no outbound mail, as in the baseline"},
    {{.now = write_own_past}, STATE_OK, "no outbound mail, as in the log before"},
    {{.now = write_short_past}, STATE_UNKNOWN, "no proof that outbound mail flows"},
    {{.now = write_dropped, .before = write_before},
     STATE_UNKNOWN,
     "of 118 inbound messages none was queued"},
    {{.now = write_good, .no_status = true},
     STATE_UNKNOWN,
     "nothing says which mail is from after"},
    {{.now = write_good, .since = "2026-03-08T03:59:59+01:00"},
     STATE_UNKNOWN,
     "no inbound message was received since 2026-03-08 03:59:59"},
    {{.now = write_good, .since = "2026-03-08T02:59:59Z"},
     STATE_UNKNOWN,
     "no inbound message was received since"},
    {{.now = write_good, .since = "2026-03-07T20:00:00+01:00"}, STATE_OK, "inbound mail flows"},

    /* next hops */
    {{.now = write_partner_dead, .before = write_before},
     STATE_CRITICAL,
     "next hop 203.0.113.7 took 30 recipients in the baseline, and none since its last start"},
    {{.now = write_partner_idle, .before = write_before}, STATE_OK, "outbound mail flows"},
    {{.now = write_hop_dead, .before = write_before}, STATE_WARNING, "next hop 203.0.113.200"},

    /* shares */
    {{.now = write_bounces, .before = write_before}, STATE_WARNING, "share of the recipients"},
    {{.now = write_few}, STATE_OK, "bounce_ratio is not judged: only 7 of 20 recipients"},

    /* counters */
    {{.now = write_good, .before = write_before, .xml = MOVING, .xml_before = BEFORE},
     STATE_OK,
     "counted since the baseline: 300 messages received, 310 recipients completed"},
    {{.now = write_good, .before = write_before, .xml = FELL, .xml_before = BEFORE},
     STATE_OK,
     "messages received: "},
    {{.now = write_good, .xml = COUNTS0}, STATE_UNKNOWN, "counts none"},
    {{.now = write_good, .xml = TORN}, STATE_OK, "completed_recips is 90, its parts make 89"},

    {{.now = write_good,
      .counts = COUNTS("02:30:00", "100", "90", "90") COUNTS("03:30:00", "300", "280", "280")},
     STATE_OK,
     "counted between 2026-03-08 02:30:00 and 2026-03-08 03:30:00: 200 messages received, 190"},
    {{.now = write_good,
      .counts = COUNTS("02:30:00", "100", "90", "90") COUNTS("03:30:00", "300", "280", "28")
          COUNTS("03:31:00", "300", "280", "280")},
     STATE_UNKNOWN,
     "a torn status line (1 of them): CmpRcp is 280, its parts make 28"},
    {{.now = write_silence,
      .around = SESSION,
      .counts = COUNTS("02:30:00", "100", "90", "90") COUNTS("03:30:00", "300", "280", "280")},
     STATE_CRITICAL,
     "log/status.txt counts 200 messages received"},

    /* a file that may have been left behind */
    {{.now = write_silence, .xml = MOVING},
     STATE_UNKNOWN,
     "the log ends at 2026-03-08 02:10:06, 1h 50min before it was asked for, but "
     "https/xml_status.xml tells of 6 inbound connections: is it still written?"},
    {{.now = write_silence, .xml = MOVING, .syslog = true},
     STATE_UNKNOWN,
     "at 2026-03-08 02:10:06"},
    {{.now = write_silence,
      .counts = COUNTS("02:30:00", "100", "90", "90") COUNTS("03:30:00", "300", "280", "280")},
     STATE_UNKNOWN,
     "log/status.txt counts 200 messages received: is it still written?"},
    {{.now = write_only_old, .xml = SILENT},
     STATE_UNKNOWN,
     "since the start: is it still written?"},
    {{.now = write_only_old, .syslog = true}, STATE_UNKNOWN, "the log ends at 2026-03-08 01:49:06"},
    {{.now = write_left_waiting}, STATE_UNKNOWN, "1h 49min before it was asked for: is it still"},
    {{.now = write_left_waiting, .xml = MOVING},
     STATE_UNKNOWN,
     "connections: is it still written?"},
    {{.now = write_left_waiting, .status = IDLE}, STATE_CRITICAL, "messages are queued, but no"},
    {{.now = write_left_waiting, .around = SESSION}, STATE_CRITICAL, "messages are queued, but no"},
    {{.now = write_left_stalled}, STATE_CRITICAL, "messages are queued, but no"},

    /* doubts */
    {{.now = write_old_header, .xml = MOVING}, STATE_UNKNOWN, "names 14.2.0-620, not 15.0.3-002"},
    {{.now = write_two_serials}, STATE_UNKNOWN, "none of them is known"},
    {{.now = write_torn, .before = write_before}, STATE_OK, "inbound mail flows"},
    {{.now = write_cut}, STATE_UNKNOWN, "ends in the middle of a line, 1h 10min before"},
    {{.now = write_ended}, STATE_UNKNOWN, "1h 10min before it was asked for: is it still written"},
    {{.now = write_ended, .around = SESSION},
     STATE_UNKNOWN,
     "the log ends at 2026-03-08 02:50:16, 1h 10min before it was asked for"},
    {{.now = write_ended, .status = IDLE}, STATE_OK, "inbound mail flows"},
    {{.now = write_strange}, STATE_UNKNOWN, "of no known form: 'Frobnicator 0 reloaded'"},
    {{.raw = "Sun Mar  8 03:00:00 2026 Info: Frobnicator reloaded\n"},
     STATE_UNKNOWN,
     "no line of a mail log: 'Frobnicator reloaded'"},
    {{.raw = "Unknown command: grep\n"}, STATE_UNKNOWN, "Unknown command"},
    {{.raw = "hello\n"}, STATE_UNKNOWN, "this is no answer"},
    {{.raw = "\n"}, STATE_UNKNOWN, "no proof that inbound mail flows"},

    /* a session around the lines */
    {{.now = write_good, .around = SESSION}, STATE_OK, "inbound mail flows: 118 messages"},
    {{.now = write_good,
      .around = "(Machine esa2.example.com)> grep x mail_logs\n@(Machine esa2.example.com)> "},
     STATE_OK,
     "inbound mail flows: 118 messages"},
    {{.now = write_good,
      .around = "\x1b[0mesa1.example.com> tail mail_logs\n@^C\nesa1.example.com> "},
     STATE_OK,
     "inbound mail flows: 118 messages"},
};

static void test_nights(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(nights); i++) {
        const struct result *result = judge(&nights[i].world);
        const struct finding *finding = finding_with(result, nights[i].says);
        const bool fits = result_state(result) == nights[i].state && finding != NULL &&
                          (nights[i].state == STATE_OK || finding->state == nights[i].state);
        if (!fits) {
            print_error("night %zu, wanted %s and '%s', found %s:\n", i,
                        result_state_word(nights[i].state), nights[i].says,
                        result_state_word(result_state(result)));
            show(result);
        }
        assert_true(fits);
    }
}

/* Whatever fails says what to do, and shows where it stands. */
static void test_findings_help(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(nights); i++) {
        const struct result *result = judge(&nights[i].world);
        for (size_t k = 0; k < result->finding_count; k++) {
            const struct finding *finding = result->findings[k];
            if (finding->state >= STATE_WARNING && finding->hint == NULL)
                print_error("no hint: %s\n", finding->text);
            assert_true(finding->state < STATE_WARNING || finding->hint != NULL);
            assert_true(finding->state < STATE_WARNING || finding->evidence.document != NULL);
        }
    }
}

static void test_metrics(void **state)
{
    (void)state;
    const struct world good = {.now = write_good, .before = write_before};
    const struct world few = {.now = write_few}, stuck = {.now = write_not_queued};
    const struct result *result = judge(&good);
    assert_true(value_of(result, "stall_s") == 0);
    assert_true(value_of(result, "delivery_p95_s") == 2);
    assert_true(value_of(result, "bounce_ratio") == 0);
    assert_true(value_of(result, "inflight") == 0);
    const double received = value_of(result, "received_per_minute");
    assert_true(received > 2.4 && received < 2.6); /* 296 in 118 minutes */
    result = judge(&few);
    assert_true(value_of(result, "bounce_ratio") == -1);
    assert_true(value_of(result, "delivery_p95_s") == -1);
    result = judge(&stuck);
    assert_true(value_of(result, "stall_s") >= 87 * MINUTE);
    assert_true(value_of(result, "inflight") == 88);
}

/* Evidence points into the document that was given, whatever stands around the lines. */
static void test_evidence_line(void **state)
{
    (void)state;
    const struct world plain = {.now = write_not_queued};
    const struct world shown = {.now = write_not_queued,
                                .around = "\x1b[0mesa1.example.com> tail mail_logs\n\n@"};
    const struct finding *in_plain = finding_with(judge(&plain), "the work queue");
    const struct finding *in_shown = finding_with(judge(&shown), "the work queue");
    assert_true(in_plain != NULL && in_shown != NULL);
    if (in_plain == NULL || in_shown == NULL)
        return;
    assert_true(in_plain->evidence.line > 0);
    assert_int_equal(in_shown->evidence.line, in_plain->evidence.line + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(test_nights),
        with_arena(test_findings_help),
        with_arena(test_metrics),
        with_arena(test_evidence_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
