/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "checks/maillog/maillog.h"
#include "tests/unit/log_lines.h"

/*
 * The edge cases of mail-logs.md (d) that concern the engine; those of following and archives are
 * in test_tail*.c. Each text is read by both paths, in pieces of several sizes, and with CR LF.
 */

static struct flow_summary sum; /* of the text that was read last; its lists are gone */
static struct flow_appliance appliance;

static void read_as(struct span text, size_t buffer, enum line_path path)
{
    const struct flow_options options = {.reference = 1772949600, .top = true, .details = true};
    struct maillog *log = maillog_new(buffer, path, &options);
    if (log == NULL && path == LINE_AVX2)
        return; /* this processor cannot */
    assert_non_null(log);
    assert_true(maillog_feed(log, text) && maillog_finish(log));
    assert_true(flow_summary(maillog_flow(log), &sum));
    appliance = sum.appliance_count > 0 ? sum.appliances[0] : (struct flow_appliance){.host = ""};
    maillog_free(log);
}

static char *crlf(struct span text, size_t *n)
{
    char *copy = malloc(2 * text.n + 1);
    assert_non_null(copy);
    *n = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\n')
            copy[(*n)++] = '\r';
        copy[(*n)++] = text.p[i];
    }
    return copy;
}

/* Reads TEXT in every way; all must find the same, which is left in `sum`. */
static void read_text(struct span text)
{
    static const size_t buffers[] = {64, 100, 4096, 0};
    struct flow_summary first;
    size_t n;
    char *dos = crlf(text, &n);
    read_as(text, 0, LINE_PORTABLE);
    first = sum;
    for (size_t i = 0; i < 3 * COUNT(buffers); i++) {
        bool windows = i / COUNT(buffers) == 2;
        read_as(windows ? (struct span){dos, n} : text, buffers[i % COUNT(buffers)],
                i < COUNT(buffers) ? LINE_PORTABLE : LINE_AVX2);
        assert_int_equal(sum.lines, first.lines);
        assert_int_equal(sum.continuations, first.continuations);
        assert_memory_equal(sum.family, first.family, sizeof(first.family));
        assert_memory_equal(&sum.in, &first.in, sizeof(first.in));
        assert_memory_equal(&sum.out, &first.out, sizeof(first.out));
        assert_memory_equal(&sum.messages, &first.messages, sizeof(first.messages));
        assert_memory_equal(&sum.recipients, &first.recipients, sizeof(first.recipients));
        assert_memory_equal(&sum.scan, &first.scan, sizeof(first.scan));
        assert_memory_equal(&sum.delivery, &first.delivery, sizeof(first.delivery));
    }
    read_as(text, 0, LINE_BEST);
    free(dos);
}

#define LINES(...) read_text(log_lines((const char *const[]){__VA_ARGS__, NULL}))

#define OPENED                                                                                     \
    "New SMTP ICID 7 interface Data 1 (192.0.2.11) address 198.51.100.7 reverse dns host x "       \
    "verified no"
#define RECEIVED                                                                                   \
    OPENED, "ICID 7 ACCEPT SG My Partners match sbrs[0.0:10.0] SBRS 2.1 country United States",    \
        "Start MID 5 ICID 7", "MID 5 ICID 7 From: <a@example.com>",                                \
        "MID 5 ICID 7 RID 0 To: <b@example.net>", "MID 5 ready 900 bytes from <a@example.com>",    \
        "MID 5 matched all recipients for per-recipient policy All Staff in the inbound table",    \
        "MID 5 queued for delivery"
#define STARTED                                                                                    \
    "New SMTP DCID 9 interface 192.0.2.11 address 203.0.113.25 port 25",                           \
        "Delivery start DCID 9 MID 5 to RID [0]"
#define FINISHED "Message finished MID 5 done"

static void classes(unsigned delivered, unsigned quarantined, unsigned dropped, unsigned bounced,
                    unsigned handed_on, unsigned other)
{
    const uint64_t *class = sum.messages.class;
    assert_int_equal(class[FLOW_DELIVERED], delivered);
    assert_int_equal(class[FLOW_QUARANTINED], quarantined);
    assert_int_equal(class[FLOW_DROPPED], dropped);
    assert_int_equal(class[FLOW_BOUNCED], bounced);
    assert_int_equal(class[FLOW_HANDED_ON], handed_on);
    assert_int_equal(class[FLOW_OTHER], other);
}

static void finished_is_not_delivered(void **state)
{
    (void)state;
    LINES(RECEIVED, STARTED, "Message done DCID 9 MID 5 to RID [0] ", FINISHED);
    classes(1, 0, 0, 0, 0, 0);
    assert_int_equal(sum.way[FLOW_INBOUND].delivered, 1);
    assert_int_equal(sum.scan.max, 2);
    assert_int_equal(sum.delivery.max, 3);
    LINES(RECEIVED, "Message aborted MID 5 Dropped by CASE", FINISHED);
    classes(0, 0, 1, 0, 0, 0);
    LINES(RECEIVED, FINISHED,
          "Message aborted MID 5 Bounced by content filter 'x' in the inbound table");
    classes(0, 0, 0, 1, 0, 0); /* d22: before 5.1 the reason comes last */
    LINES(RECEIVED, STARTED, "Message done DCID 9 MID 5 to RID [0] (external quarantine)",
          FINISHED);
    classes(0, 1, 0, 0, 0, 0);
    LINES(RECEIVED, "Delivery start DCID 9 MID 5 to RID [0] to offbox IronPort Spam Quarantine",
          "Message done DCID 9 MID 5 to RID [0]", FINISHED);
    classes(0, 1, 0, 0, 0, 0);
    LINES(RECEIVED, "RPC Delivery start RCID 3 MID 5 to local IronPort Spam Quarantine",
          "RPC Message done RCID 3 MID 5", FINISHED);
    classes(0, 1, 0, 0, 0, 0);
    assert_int_equal(sum.recipients.quarantined, 1);
    LINES(RECEIVED, "MID 5 quarantined to \"My Policy\" (x)",
          "MID 5 released from quarantine \"My Policy\" (manual) t=5", STARTED,
          "Message done DCID 9 MID 5 to RID [0]", FINISHED);
    classes(1, 0, 0, 0, 0, 0);
    LINES(RECEIVED, "MID 5 deleted from quarantine \"My Policy\" (manual)", FINISHED);
    classes(0, 0, 1, 0, 0, 0);
    LINES(RECEIVED, FINISHED);
    classes(0, 0, 0, 0, 0, 1);
    LINES(OPENED, "ICID 7 RELAY SG RELAYLIST match 192.0.2.0/24 SBRS rfc1918", "Start MID 5 ICID 7",
          "ICID 7 lost", "ICID 7 close", "Message aborted MID 5 Receiving aborted by sender",
          "Message finished MID 5 aborted");
    assert_int_equal(sum.messages.class[FLOW_ABORTED], 1);
}

static void births(void **state)
{
    (void)state;
    LINES(RECEIVED,
          "MID 5 was split creating MID 6 due to a per-recipient policy (x) in the inbound table",
          "MID 6 ICID 0 From: <a@example.com>", "MID 6 ICID 0 RID 0 To: <b@example.net>", FINISHED,
          "MID 6 queued for delivery", "Message done DCID 9 MID 6 to RID [0]",
          "Message finished MID 6 done");
    classes(1, 0, 0, 0, 1, 0);
    assert_int_equal(sum.messages.received, 1);
    assert_int_equal(sum.messages.split, 1);
    assert_int_equal(sum.messages.older, 0);
    LINES(RECEIVED, "MID 6 ICID 0 RID 0 To: <b@example.net>", "MID 6 queued for delivery",
          "MID 5 rewritten to 6 by LDAP rewrite", FINISHED, "Message done DCID 9 MID 6 to RID [0]",
          "Message finished MID 6 done"); /* logged after its first lines */
    classes(1, 0, 0, 0, 1, 0);
    assert_int_equal(sum.messages.rewritten, 1);
    assert_int_equal(sum.messages.older, 0);
    LINES(RECEIVED, "Start MID 6 ICID 0",
          "MID 6 was generated based on MID 5 by bcc filter 'archive it'", FINISHED);
    assert_int_equal(sum.messages.generated, 1);
    assert_int_equal(sum.messages.received, 1);
    LINES("Message done DCID 9 MID 5 to RID [0]", FINISHED); /* joined late */
    classes(1, 0, 0, 0, 0, 0);
    assert_int_equal(sum.messages.older, 1);
}

static void recipients_apart(void **state)
{
    (void)state;
    LINES(RECEIVED, "MID 5 ICID 7 RID 1 To: <c@example.net>",
          "MID 5 ICID 7 RID 2 To: <d@example.net>",
          "MID 5 ICID 7 To: <e@example.org> Rejected by RAT", STARTED,
          "Delayed: DCID 9 MID 5 From: <a@example.com> To: <d@example.net> RID 2 - 4.1.0 - x "
          "('451', ['no'])",
          "Message done DCID 9 MID 5 to RID [2, 0]",
          "Bounced: DCID 9 MID 5 to RID 1 - 5.1.0 - Unknown address error ('550', ['no']) []",
          FINISHED);
    classes(1, 0, 0, 0, 0, 0); /* d14: several in one line, out of order, on one DCID */
    assert_int_equal(sum.recipients.accepted, 3);
    assert_int_equal(sum.recipients.refused, 1); /* d23 */
    assert_int_equal(sum.recipients.delivered, 2);
    assert_int_equal(sum.recipients.bounced, 1);
    assert_int_equal(sum.recipients.delayed, 1);
    LINES(RECEIVED, "Bounced: DCID: 1911 Message 5 to 0 - 5.1.0 - x ('550', ['no'])", FINISHED);
    classes(0, 0, 0, 1, 0, 0); /* d21 */
    LINES(RECEIVED, "Bounced: DCID 0 MID 5 to RID 0 - 5.1.2 - Bad destination host ('000', []) []",
          FINISHED);
    classes(0, 0, 0, 1, 0, 0); /* d15 */
    LINES(RECEIVED, "Message done DCID 9 MID 5 to RID [0, 31, 32, 70, 1000]",
          "Message done DCID 9 MID 5 to RID [1000, 32]", FINISHED);
    assert_int_equal(sum.recipients.delivered, 5);
}

/* d3, d4, d5, d6, d17: what strangers write. */
static void imitations_change_nothing(void **state)
{
    (void)state;
    LINES(RECEIVED, "MID 5 Subject \"MID 6 ready 10 bytes from <x>\"",
          "+MID 5 Subject 'Info: Start MID 6 ICID 8'", "+MID 5 Subject Message finished MID 6 done",
          "+MID 5 Message-ID \"<Lands'End.6@example.com>\"",
          "+MID 5 attachment 'Message done DCID 9 MID 6 to RID [0]'",
          "+MID 5 URL http://x/ MID 6 queued for delivery has reputation 1 matched Action: x",
          "+New SMTP ICID 8 interface Data 1 (192.0.2.11) address 198.51.100.8 reverse dns host "
          "Message finished MID 5 done verified no",
          "+ICID 8 REJECT SG BLOCKED match .example.com SBRS Start MID 6 ICID 8",
          "+Status: CrtMID 6 CrtICID 8 CrtDCID 9 InjMsg 1", STARTED,
          "Message done DCID 9 MID 5 to RID [0] [('x-a', 'RID [7] MID 6 \\r\\n\\t]'), ('y', "
          "\"Message finished MID 6 done\")]",
          "MID 5 RID [0] Response 'Bounced: DCID 9 MID 6 to RID 0 - no'",
          "MID 5 From: <\xe4\xff\xc3\xa9@example.com> To: <b@example.net>, ... 1 total recipients",
          FINISHED);
    classes(1, 0, 0, 0, 0, 0);
    assert_int_equal(sum.messages.received, 1);
    assert_int_equal(sum.messages.ready, 1);
    assert_int_equal(sum.messages.finished, 1);
    assert_int_equal(sum.messages.class[FLOW_OPEN], 0);
    assert_int_equal(sum.messages.older, 0);
    assert_int_equal(sum.recipients.delivered, 1);
    assert_int_equal(sum.recipients.bounced, 0);
    assert_int_equal(sum.in.rejected, 1);
    assert_int_equal(sum.unrecognised, 0);
}

/* d12: the same lines by two subscriptions count once; d19: repeats of a relay; d9: continuations.
 */
static void twice_counts_once(void **state)
{
    (void)state;
    LINES(OPENED, "+" OPENED, "ICID 7 ACCEPT SG x match ALL SBRS None",
          "+ICID 7 ACCEPT SG x match ALL SBRS None", "Start MID 5 ICID 7", "+Start MID 5 ICID 7",
          "MID 5 ICID 7 RID 0 To: <b@example.net>", "+MID 5 ICID 7 RID 0 To: <b@example.net>",
          "MID 5 ready 900 bytes from <a@example.com>",
          "+MID 5 ready 900 bytes from <a@example.com>", STARTED,
          "+New SMTP DCID 9 interface 192.0.2.11 address 203.0.113.25 port 25",
          "Message done DCID 9 MID 5 to RID [0]", "+Message done DCID 9 MID 5 to RID [0]", FINISHED,
          "+" FINISHED, "ICID 7 close", "+ICID 7 close");
    assert_int_equal(sum.in.opened, 1);
    assert_int_equal(sum.in.accepted, 1);
    assert_int_equal(sum.out.opened, 1);
    assert_int_equal(sum.messages.received, 1);
    assert_int_equal(sum.messages.bytes, 900);
    assert_int_equal(sum.recipients.accepted, 1);
    assert_int_equal(sum.recipients.delivered, 1);
    assert_int_equal(sum.messages.finished, 1);
    read_text(text_of("Sun Mar  8 04:00:00 2026 Info: MID 5 masquerading Cc: a@example.com,\n"
                      "\tb@example.com Message finished MID 5 done\n"
                      "last message repeated 3 times\n"
                      "Sun Mar  8 04:00:01 2026 Info: Message finished MID 5 don"));
    assert_int_equal(sum.lines, 4);
    assert_int_equal(sum.continuations, 2);
    assert_int_equal(sum.messages.finished, 1); /* d10: "don" is some word: it finished */
}

/* d7 the header comes late, clock steps; d8 New Year and 29 February without a year; d13 chatter.
 */
static void times(void **state)
{
    (void)state;
    read_text(text_of("Sun Mar  8 04:00:00 2026 Info: MID 5 queued for delivery\n"
                      "Sun Mar  8 03:00:08 2026 Info: Begin Logfile\n"
                      "Sun Mar  8 03:00:08 2026 Info: Version: 16.0.4-016 SN: 564D0000-EXAMPLE1\n"
                      "Sun Mar  8 03:00:08 2026 Info: Time offset from UTC: -18000 seconds\n"
                      "Sun Mar  8 03:00:09 2026 Info: Message done DCID 9 MID 5 to RID [0]\n"
                      "Sun Mar  8 03:00:09 2026 Debug: MID 14: Skip…\n"
                      "Sun Mar  8 03:00:09 2026 Trace: MID 14 ICID 14 TLS read 5\n"));
    assert_int_equal(sum.clock_steps, 1);
    assert_int_equal(sum.delivery.count, 0); /* a time below none is no time */
    assert_int_equal(sum.appliance_count, 1);
    assert_string_equal(appliance.version, "16.0.4-016");
    assert_int_equal(appliance.utc_offset_s, -18000);
    assert_int_equal(sum.unrecognised, 0);
    assert_int_equal(sum.messages.class[FLOW_OPEN], 1);
    read_text(
        text_of("Dec 31 23:59:58 esa1 mail_logs: Info: MID 5 queued for delivery\n"
                "Jan  1 00:00:02 esa1 mail_logs: Info: Message done DCID 9 MID 5 to RID [0]\n"));
    assert_int_equal(sum.last - sum.first, 4);
    assert_int_equal(sum.delivery.max, 4);
    assert_string_equal(appliance.host, "esa1");
}

/* d16: ids of one appliance that begin anew, and equal ids of two. */
static void ids_of_two_lives_and_two_hosts(void **state)
{
    (void)state;
    LINES("Start MID 5 ICID 7", "MID 5 ready 1 bytes from <a@example.com>", "System is coming up.",
          "Start MID 5 ICID 8", "MID 5 ready 2 bytes from <a@example.com>",
          "Message done DCID 9 MID 5 to RID [0]", FINISHED);
    assert_int_equal(sum.messages.received, 2);
    assert_int_equal(sum.messages.ready, 2);
    assert_int_equal(sum.messages.class[FLOW_OPEN], 1);
    classes(1, 0, 0, 0, 0, 0);
    assert_int_equal(appliance.restarts, 1);
    read_text(
        text_of("Mar  8 04:00:00 esa1 mail_logs: Info: Start MID 5 ICID 7\n"
                "Mar  8 04:00:00 esa2 mail_logs: Info: Start MID 5 ICID 7\n"
                "Mar  8 04:00:01 esa1 mail_logs: Info: Message aborted MID 5 Dropped by CASE\n"
                "Mar  8 04:00:01 esa2 mail_logs: Info: Message done DCID 1 MID 5 to RID [0]\n"
                "Mar  8 04:00:02 esa2 mail_logs: Info: Message finished MID 5 done\n"
                "Mar  8 04:00:02 esa1 mail_logs: Info: Message finished MID 5 done\n"));
    assert_int_equal(sum.appliance_count, 2);
    assert_int_equal(sum.messages.received, 2);
    classes(1, 0, 1, 0, 0, 0);
}

/* The order within a second does not matter: datagrams may be permuted. */
static void order_does_not_matter(void **state)
{
    (void)state;
    LINES("MID 5 queued for delivery", "+" FINISHED, "+Message done DCID 9 MID 5 to RID [0]",
          "+MID 5 ready 9 bytes from <a>", "+MID 5 ICID 7 RID 0 To: <b@example.net>",
          "+Start MID 5 ICID 7");
    classes(1, 0, 0, 0, 0, 0);
    assert_int_equal(sum.messages.received, 1);
    assert_int_equal(sum.messages.older, 0);
}

/* d10, d18: NULs, lines of any length, no line end, bytes of all kinds. */
static void hostile_bytes(void **state)
{
    (void)state;
    static const size_t sizes[] = {65500, 65535, 65536, 65537, 65600, 300000, 3000000};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        static const char head[] = "Sun Mar  8 04:00:00 2026 Info: MID 5 Subject ";
        static const char tail[] = "\nSun Mar  8 04:00:01 2026 Info: Message finished MID 5 done\n";
        size_t n = sizes[i] + strlen(tail);
        char *text = malloc(n);
        assert_non_null(text);
        memset(text, i % 2 ? 'x' : '\0', n);
        memcpy(text, head, strlen(head));
        memcpy(text + sizes[i], tail, strlen(tail));
        read_as((struct span){text, n}, 1000, LINE_PORTABLE);
        read_as((struct span){text, n}, 0, LINE_BEST);
        assert_int_equal(sum.lines, 2);
        assert_int_equal(sum.bytes, n);
        assert_int_equal(sum.messages.finished, 1);
        uint32_t random = 1;
        for (size_t b = 0; b < n; b++)
            text[b] = (char)((random = random * 1664525 + 1013904223) >> 24);
        read_as((struct span){text, n}, 0, LINE_BEST);
        assert_int_equal(sum.lines, sum.continuations + sum.unrecognised);
        memset(text, '\n', n);
        read_as((struct span){text, n}, 0, LINE_BEST);
        assert_int_equal(sum.lines, n);
        free(text);
    }
    read_text(text_of(""));
    assert_int_equal(sum.lines, 0);
}

/* What never ends is evicted: by cap, oldest first, and counted. */
static void memory_is_bounded(void **state)
{
    (void)state;
    const struct flow_options options = {.max_in_flight = 1000};
    struct maillog *log = maillog_new(0, LINE_BEST, &options);
    char line[128];
    for (int i = 0; i < 20000; i++) {
        int n = snprintf(line, sizeof(line),
                         "Sun Mar  8 %02d:%02d:%02d 2026 Info: Start MID %d ICID %d\n", i / 3600,
                         i / 60 % 60, i % 60, 100 + i, i + 1);
        assert_true(maillog_feed(log, (struct span){line, (size_t)n}));
    }
    assert_true(maillog_finish(log) && flow_summary(maillog_flow(log), &sum));
    assert_int_equal(sum.messages.received, 20000);
    assert_true(sum.messages.expired >= 19000 && sum.messages.expired < 20000);
    assert_int_equal(sum.messages.class[FLOW_OPEN], 20000);
    maillog_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finished_is_not_delivered),
                                       cmocka_unit_test(births),
                                       cmocka_unit_test(recipients_apart),
                                       cmocka_unit_test(imitations_change_nothing),
                                       cmocka_unit_test(twice_counts_once),
                                       cmocka_unit_test(times),
                                       cmocka_unit_test(ids_of_two_lives_and_two_hosts),
                                       cmocka_unit_test(order_does_not_matter),
                                       cmocka_unit_test(hostile_bytes),
                                       cmocka_unit_test(memory_is_bounded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
