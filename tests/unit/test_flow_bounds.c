/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/flow_reading.h"

#include "checks/maillog/flow_inner.h"

/* Bounds of memory and of time, whose lines they are, and what is told of single messages. */

static struct maillog *log_now;
static struct flow_summary sum;

static void begin(struct flow_options options)
{
    options.reference = REFERENCE;
    log_now = maillog_new(0, LINE_BEST, &options);
    assert_non_null(log_now);
}

static void feed(const char *text)
{
    assert_true(maillog_feed(log_now, text_of(text)));
}

static void say(int at, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(int at, const char *format, ...)
{
    char line[512];
    va_list args;
    int n = snprintf(line, sizeof(line), "Sun Mar %2d %02d:%02d:%02d 2026 Info: ", 8 + at / 86400,
                     at / 3600 % 24, at / 60 % 60, at % 60);
    va_start(args, format);
    n += vsnprintf(line + n, sizeof(line) - (size_t)n, format, args);
    va_end(args);
    line[n++] = '\n';
    assert_true(maillog_feed(log_now, (struct span){line, (size_t)n}));
}

static void end(void)
{
    assert_true(maillog_finish(log_now));
    assert_true(flow_summary(maillog_flow(log_now), &sum));
    maillog_free(log_now);
    log_now = NULL;
}

/* -- Memory ---------------------------------------------------------------------------------- */

static uint32_t in_flight(void)
{
    return maillog_flow(log_now)->messages.used;
}

/* Every tenth message never ends; the others do, a second later. */
static void some_stay_open(int count, uint32_t cap)
{
    for (int i = 0; i < count; i++) {
        say(i, "Start MID %d ICID %d", 100 + i, 100 + i);
        if (i % 10 != 0) {
            say(i + 1, "Message done DCID 9 MID %d to RID [0]", 100 + i);
            say(i + 1, "Message finished MID %d done", 100 + i);
        }
        assert_true(in_flight() <= cap);
    }
}

static void idle_ones_leave(void **state)
{
    (void)state;
    begin((struct flow_options){.horizon_s = 100});
    some_stay_open(50000, 600);
    uint32_t left = in_flight();
    say(50001, "MID 120 queued for delivery"); /* that one was evicted */
    say(50001, "MID 60 queued for delivery");  /* that one is older than the log */
    end();
    assert_int_equal(sum.messages.received, 50000);
    assert_int_equal(sum.messages.class[FLOW_DELIVERED], 45000);
    assert_int_equal(sum.messages.finished, 45000);
    assert_int_equal(sum.messages.class[FLOW_OPEN], 5002);
    assert_true(sum.messages.expired <= 5000 && sum.messages.expired >= 5000 - left);
    assert_int_equal(sum.messages.orphans, 1);
    assert_int_equal(sum.messages.older, 1);
}

static void never_more_than_the_cap(void **state)
{
    (void)state;
    static const uint32_t caps[] = {1, 2, 7, 8, 100, 1000};
    for (size_t i = 0; i < COUNT(caps); i++) {
        begin((struct flow_options){.max_in_flight = caps[i]});
        some_stay_open(20000, caps[i]);
        end();
        assert_int_equal(sum.messages.received, 20000);
        assert_int_equal(sum.messages.class[FLOW_DELIVERED] + sum.messages.class[FLOW_OPEN], 20000);
        assert_true(caps[i] < 8 || sum.messages.class[FLOW_DELIVERED] == 18000);
        assert_true(sum.messages.expired >= 2000 - caps[i] && sum.messages.expired <= 2000);
    }
}

/* Connections are forgotten too: those that closed, and those that never do. */
static void connections_leave(void **state)
{
    (void)state;
    begin((struct flow_options){.horizon_s = 0});
    for (int i = 0; i < 100000; i++) {
        say(i, "ICID %d ACCEPT SG X match ALL SBRS None", i + 1);
        if (i % 100 != 0)
            say(i, "ICID %d close", i + 1);
        say(i, "Connection Error: DCID %d domain: example.net IP: 203.0.113.7 port: 25 details: x",
            i + 1);
    }
    assert_true(maillog_flow(log_now)->icids.used < 2048);
    assert_true(maillog_flow(log_now)->dcids.used < 2048);
    end();
    assert_int_equal(sum.in.accepted, 100000);
    assert_int_equal(sum.out.errors, 100000);
}

/* -- Time ------------------------------------------------------------------------------------ */

static void a_window(void **state)
{
    (void)state;
    enum { MIDNIGHT = 1772928000 }; /* of 8 March 2026 */
    begin((struct flow_options){.since = MIDNIGHT + 100, .until = MIDNIGHT + 199});
    for (int i = 0; i < 300; i++) {
        say(i, "ICID %d ACCEPT SG X match ALL SBRS None", i + 1);
        say(i, "Start MID %d ICID %d", i + 1, i + 1);
        say(i, "MID %d ready 10 bytes from <a@example.com>", i + 1);
        say(i + 30, "Message done DCID 9 MID %d to RID [0]", i + 1);
        say(i + 30, "Message finished MID %d done", i + 1);
    }
    end();
    assert_int_equal(sum.messages.received, 100);
    assert_int_equal(sum.messages.bytes, 1000);
    assert_int_equal(sum.in.accepted, 100);
    assert_int_equal(sum.recipients.delivered, 100);
    assert_int_equal(sum.messages.finished, 100);
    assert_int_equal(sum.messages.older, 30);
    assert_int_equal(sum.first, MIDNIGHT + 100);
    assert_int_equal(sum.last, MIDNIGHT + 199);
    assert_int_equal(sum.lines, 1500);
}

static int64_t first_of(const char *text, int64_t reference)
{
    struct maillog *log = maillog_new(0, LINE_BEST, &(struct flow_options){.reference = reference});
    assert_non_null(log);
    assert_true(maillog_feed(log, text_of(text)) && maillog_finish(log));
    assert_true(flow_summary(maillog_flow(log), &sum));
    maillog_free(log);
    return sum.first;
}

/* d8: no year in syslog. */
static void years(void **state)
{
    (void)state;
    enum { FEB_29_2024 = 1709164800, MAR_1_2026 = 1772323200, DEC_31_2025 = 1767139200 };
    static const char leap[] =
        "Feb 29 00:00:00 esa1 mail_logs: Info: MID 5 queued for delivery\n"
        "Mar  1 00:00:00 esa1 mail_logs: Info: Message finished MID 5 done\n";
    static const char end_of_year[] =
        "Dec 31 00:00:00 esa1 mail_logs: Info: MID 5 queued for delivery\n"
        "Jan  1 00:00:00 esa1 mail_logs: Info: MID 6 queued for delivery\n"
        "Dec 31 23:59:59 esa1 mail_logs: Info: Message done DCID 1 MID 5 to RID [0]\n"
        "Jan  1 00:00:01 esa1 mail_logs: Info: Message finished MID 5 done\n";
    assert_int_equal(first_of(leap, FEB_29_2024 + 10 * 86400), FEB_29_2024);
    assert_int_equal(sum.last, FEB_29_2024 + 86400);
    assert_int_equal(first_of(end_of_year, MAR_1_2026), DEC_31_2025);
    assert_int_equal(sum.last, DEC_31_2025 + 86401);
    assert_int_equal(sum.delivery.max, 86399);
    assert_int_equal(first_of(end_of_year, DEC_31_2025 + 7200), DEC_31_2025);
}

/* d7: summer time ends, or the clock is set. No time is ever negative, and nothing is lost. */
static void the_clock_goes_back(void **state)
{
    (void)state;
    begin((struct flow_options){.horizon_s = 100});
    for (int i = 0; i < 2000; i++) {
        int at = i < 1000 ? 7200 + i : 3600 + i;
        say(at, "Start MID %d ICID %d", 100 + i, 100 + i);
        say(at, "MID %d queued for delivery", 100 + i);
        if (i >= 20) {
            say(at, "Message done DCID 9 MID %d to RID [0]", 80 + i);
            say(at, "Message finished MID %d done", 80 + i);
        }
    }
    end();
    assert_int_equal(sum.clock_steps, 1);
    assert_int_equal(sum.messages.received, 2000);
    assert_int_equal(sum.messages.class[FLOW_DELIVERED], 1980);
    assert_int_equal(sum.messages.class[FLOW_OPEN], 20);
    assert_int_equal(sum.messages.older + sum.messages.orphans, 0);
    assert_int_equal(sum.delivery.count, 1960);
    assert_int_equal(sum.delivery.max, 20);
}

/* -- Whose ----------------------------------------------------------------------------------- */

/* Two gateways with the same ids, told apart by the header of their files alone. */
static void two_serials(void **state)
{
    (void)state;
    begin((struct flow_options){.top = false});
    for (int file = 0; file < 4; file++) {
        say(file, "Begin Logfile");
        say(file, "Version: 16.0.4-016 SN: 564D00000000-EXAMPLE000%d", file % 2);
        say(file, "Time offset from UTC: %d seconds", file % 2 * 3600);
        say(file, "Start MID %d ICID 7", 5 + file / 2);
        say(file, "Message %s",
            file % 2 ? "aborted MID 5 Dropped by CASE" : "done DCID 9 MID 5 to RID [0]");
        say(file, "Message finished MID 5 done");
        assert_true(maillog_file(log_now));
    }
    end();
    assert_int_equal(sum.appliance_count, 2);
    assert_false(sum.has_offset);
    assert_int_equal(sum.messages.received, 4);
    assert_int_equal(sum.messages.class[FLOW_DELIVERED], 1);
    assert_int_equal(sum.messages.class[FLOW_DROPPED], 1);
    assert_int_equal(sum.messages.class[FLOW_OPEN], 2);
    assert_int_equal(sum.messages.older, 0);
}

/* d16: what was open before stays open; ids that begin anew are other messages. */
static void a_restart_with_new_ids(void **state)
{
    (void)state;
    begin((struct flow_options){.top = false});
    for (int life = 0; life < 2; life++) {
        say(life * 1000, "System is coming up.");
        for (int i = 0; i < 2000; i++) {
            int at = life * 3000 + i;
            say(at, "ICID %d ACCEPT SG X match ALL SBRS None", 1 + i);
            say(at, "Start MID %d ICID %d", 1 + i, 1 + i);
            say(at, "MID %d ready 10 bytes from <a@example.com>", 1 + i);
            if (i % 100 != 0) {
                say(at, "Message done DCID 9 MID %d to RID [0]", 1 + i);
                say(at, "Message finished MID %d done", 1 + i);
            }
        }
    }
    end();
    assert_int_equal(sum.in.accepted, 4000);
    assert_int_equal(sum.messages.received, 4000);
    assert_int_equal(sum.messages.ready, 4000);
    assert_int_equal(sum.messages.class[FLOW_DELIVERED], 3960);
    assert_int_equal(sum.messages.class[FLOW_OPEN], 40);
    assert_int_equal(sum.messages.older, 0);
}

/* -- What is told ---------------------------------------------------------------------------- */

static char told[4096];

static void tell(void *context, const struct flow_message *message)
{
    size_t n = strlen(told);
    assert_ptr_equal(context, told);
    n += (size_t)snprintf(
        told + n, sizeof(told) - n,
        "%ju/%ju %s%s%s%s%s way %d, %u to: %u %u %u, "
        "%ju bytes, parent %ju, from '%.*s' '%.*s' '%.*s' '%.*s'",
        (uintmax_t)message->mid, (uintmax_t)message->icid, flow_class_word(message->class),
        message->older ? " older" : "", message->generated ? " generated" : "",
        message->split ? " split" : "", message->rewritten ? " rewritten" : "", (int)message->way,
        message->recipients, message->delivered, message->bounced, message->quarantined,
        (uintmax_t)message->bytes, (uintmax_t)message->parent, TEXT_ARGS(message->from),
        TEXT_ARGS(message->subject), TEXT_ARGS(message->message_id), TEXT_ARGS(message->reason));
    for (size_t i = 0; i < message->to_count; i++)
        n += (size_t)snprintf(told + n, sizeof(told) - n, " <%.*s>", TEXT_ARGS(message->to[i]));
    n += (size_t)snprintf(told + n, sizeof(told) - n, "\n");
    assert_true(n < sizeof(told));
}

static void messages_are_told(void **state)
{
    (void)state;
    told[0] = '\0';
    begin((struct flow_options){.details = true, .finished = tell, .context = told});
    say(0, "ICID 7 RELAY SG X match ALL SBRS None");
    say(0, "Start MID 5 ICID 7");
    say(0, "MID 5 ICID 7 From: <a@example.com>");
    say(0, "MID 5 ICID 7 RID 0 To: <b@example.net>");
    say(0, "MID 5 ICID 7 RID 1 To: <>");
    say(0, "MID 5 Message-ID '<1@example.com>'");
    say(0, "MID 5 Subject \"it's\"");
    say(0, "MID 5 ready 900 bytes from <a@example.com>");
    say(1, "MID 5 was split creating MID 6 due to a per-recipient policy (x) in the inbound table");
    say(1, "MID 6 ICID 0 From: <a@example.com>");
    say(2, "Message done DCID 9 MID 6 to RID [0]");
    say(2, "Message finished MID 6 done");
    say(2, "Bounced: DCID 9 MID 5 to RID 0 - 5.1.0 - no ('550', ['x'])");
    say(2, "Message finished MID 5 done");
    say(30, "MID 4 queued for delivery");
    say(31, "Start MID 9 ICID 0");
    say(31, "Message finished MID 9 done");
    end();
    assert_string_equal(
        told, "6/7 delivered split way 2, 0 to: 1 0 0, 0 bytes, parent 5, from 'a@example.com' '' "
              "'' ''\n"
              "5/7 bounced way 2, 2 to: 0 1 0, 900 bytes, parent 0, from 'a@example.com' "
              "'\"it's\"' ''<1@example.com>'' '5.1.0 - no ('550', ['x'])' <b@example.net> <>\n"
              "9/0 other generated way 0, 0 to: 0 0 0, 0 bytes, parent 0, from '' '' '' ''\n"
              "4/0 open older way 0, 0 to: 0 0 0, 0 bytes, parent 0, from '' '' '' ''\n");
}

static void tops(void **state)
{
    (void)state;
    struct flow_top top[3];
    begin((struct flow_options){.top = true});
    for (int i = 1; i <= 50; i++) {
        say(i, "Start MID %d ICID %d", i, i);
        for (int twice = 0; twice < 2; twice++) {
            say(i, "MID %d ICID %d From: <a%d@example.com>", i, i, i % 5 ? 1 : 2);
            say(i, "MID %d ICID %d RID 0 To: <\"x@y\"@example.%s>", i, i, i % 7 ? "net" : "org");
            if (i % 10 == 0)
                say(i, "Message aborted MID %d Dropped by CASE", i);
        }
    }
    struct flow *flow = maillog_flow(log_now);
    assert_int_equal(flow_top(flow, FLOW_SENDERS, top, 3), 2);
    assert_span(top[0].text, "a1@example.com");
    assert_int_equal(top[0].count, 40);
    assert_int_equal(top[1].count, 10);
    assert_int_equal(flow_top(flow, FLOW_RECIPIENTS, top, 1), 1);
    assert_span(top[0].text, "\"x@y\"@example.net");
    assert_int_equal(top[0].count, 43);
    assert_int_equal(flow_top(flow, FLOW_DOMAINS, top, 3), 2);
    assert_span(top[1].text, "example.org");
    assert_int_equal(top[1].count, 7);
    assert_int_equal(flow_top(flow, FLOW_REASONS, top, 3), 1);
    assert_span(top[0].text, "Dropped by CASE");
    assert_int_equal(top[0].count, 5);
    end();
}

/* A summary may be asked for at any time, and changes nothing. */
static void asked_in_between(void **state)
{
    (void)state;
    struct flow_summary before, after;
    begin((struct flow_options){.top = false});
    feed("Sun Mar  8 04:00:00 2026 Info: Start MID 5 ICID 7\n"
         "Sun Mar  8 04:00:00 2026 Info: EUQ: Quarantined MID 5\n"
         "Sun Mar  8 04:00:00 2026 Info: MID 5 ICID 7 RID 0 To: <b@example.net>\n");
    assert_true(flow_summary(maillog_flow(log_now), &before));
    assert_true(flow_summary(maillog_flow(log_now), &after));
    assert_memory_equal(&before.recipients, &after.recipients, sizeof(after.recipients));
    assert_int_equal(after.recipients.quarantined, 1);
    assert_int_equal(after.messages.class[FLOW_OPEN], 1);
    assert_int_equal(after.waiting.held, 1);
    end();
    assert_int_equal(sum.recipients.quarantined, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(idle_ones_leave),
                                       cmocka_unit_test(never_more_than_the_cap),
                                       cmocka_unit_test(connections_leave),
                                       cmocka_unit_test(a_window),
                                       cmocka_unit_test(years),
                                       cmocka_unit_test(the_clock_goes_back),
                                       cmocka_unit_test(two_serials),
                                       cmocka_unit_test(a_restart_with_new_ids),
                                       cmocka_unit_test(messages_are_told),
                                       cmocka_unit_test(tops),
                                       cmocka_unit_test(asked_in_between)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
