/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/flow_reading.h"

/* What becomes of a message and of its recipients: each end of mail-logs.md (b). */

#define RECEIVED                                                                                   \
    "Start MID 5 ICID 7", "+MID 5 ICID 7 From: <a@example.com>",                                   \
        "+MID 5 ICID 7 RID 0 To: <b@example.net>", "MID 5 ready 900 bytes from <a@example.com>",   \
        "MID 5 queued for delivery"
#define FINISHED "Message finished MID 5 done"
#define FOUND    "received 1, ready 1, bytes 900, finished 1, "

static void delivered(void **state)
{
    (void)state;
    GIVES(FOUND "delivered 1, to 1, to delivered 1", RECEIVED,
          "Message done DCID 9 MID 5 to RID [0] ", "MID 5 RID [0] Response 'ok'", FINISHED);
    assert_int_equal(reading.sum.delivery.max, 1);
    assert_int_equal(reading.sum.scan.max, 1);
    GIVES(FOUND "delivered 1, to 1, to delivered 1", RECEIVED, "Message done DCID 9 MID 5 to [0]",
          FINISHED);
    GIVES(FOUND "delivered 1, to 1, to delivered 1", RECEIVED,
          "Message done DCID 9 MID 5 to RID [0] [('Subject', '(external quarantine)')]", FINISHED);
}

static void held_by_the_spam_quarantine(void **state)
{
    (void)state;
    static const char held[] = FOUND "quarantined 1, to 1, to quarantined 1";
    GIVES(held, RECEIVED, "Message done DCID 9 MID 5 to RID [0] (external quarantine)", FINISHED);
    GIVES(held, RECEIVED,
          "Message done DCID 9 MID 5 to RID [0] (external quarantine) [('x', 'y')] ", FINISHED);
    GIVES(held, RECEIVED,
          "Delivery start DCID 9 MID 5 to RID [0] to offbox IronPort Spam Quarantine",
          "Message done DCID 9 MID 5 to RID [0]", FINISHED);
    GIVES(held, RECEIVED, "EUQ: Quarantined MID 5", FINISHED);
    GIVES(held, RECEIVED, "ISQ: Quarantined MID 5", FINISHED);
    GIVES(held, RECEIVED, "RPC Message done RCID 3 MID 5", FINISHED);
    assert_int_equal(reading.sum.delivery.count, 0);
}

static void held_by_a_policy(void **state)
{
    (void)state;
    GIVES(FOUND "quarantined 1, to 1", RECEIVED, "MID 5 quarantined to \"My Policy\" (filter:x)",
          FINISHED);
    GIVES("received 1, ready 1, bytes 900, open 1, to 1", RECEIVED,
          "MID 5 enqueued for transfer to centralized quarantine \"Policy\" (filter x)");
    assert_int_equal(reading.sum.waiting.held, 1);
    GIVES(FOUND "delivered 1, to 1, to delivered 1", RECEIVED,
          "MID 5 quarantined to \"My Policy\" (filter:x)",
          "MID 5 released (attachments stripped) from quarantine \"My Policy\" (expired)",
          "MID 5 queued for delivery", "Message done DCID 9 MID 5 to RID [0]", FINISHED);
    GIVES(FOUND "dropped 1, to 1", RECEIVED, "MID 5 quarantined to \"My Policy\" (filter:x)",
          "MID 5 deleted from quarantine \"My Policy\" (manual)", FINISHED);
    GIVES("received 1, ready 1, bytes 900, open 1, to 1", RECEIVED,
          "MID 5 quarantined to \"My Policy\" (filter:x)",
          "MID 5 released from all quarantines (manual)");
    assert_int_equal(reading.sum.waiting.held, 0);
}

/* It was held, also when it goes on by another number: mostly that is days later. */
/* It was held, also when it goes on by another number: mostly that is days later. */
static void released_as_another(void **state)
{
    (void)state;
    GIVES("received 1, generated 1, ready 1, bytes 900, finished 2, delivered 1, quarantined 1, "
          "to 2, to delivered 1, to quarantined 1",
          RECEIVED, "EUQ: Quarantined MID 5", "EUQ: Reinjected MID 5 as MID 6",
          "Start MID 6 ICID 0 (ISQ Released Message)", "MID 6 ICID 0 RID 0 To: <b@example.net>",
          FINISHED, "Message done DCID 9 MID 6 to RID [0]", "Message finished MID 6 done");
}

static void dropped(void **state)
{
    (void)state;
    static const char *const how[] = {
        "Message aborted MID 5 Dropped by CASE", "Message aborted MID 5 Dropped by antivirus",
        "Message aborted MID 5 Dropped by content filter 'a b' in the inbound table",
        "MID 5 was dropped by content filter 'x' in the inbound table"};
    for (size_t i = 0; i < COUNT(how); i++) {
        GIVES(FOUND "dropped 1, to 1", RECEIVED, how[i], FINISHED);
        GIVES(FOUND "dropped 1, to 1", RECEIVED, FINISHED, how[i]); /* d22 */
    }
}

static void bounced(void **state)
{
    (void)state;
    static const char *const how[] = {
        "Bounced: DCID 9 MID 5 to RID 0 - 5.1.0 - Unknown address error ('550', ['no']) []",
        "Bounced: DCID: 9 MID 5 to RID 0 - 5.1.0 - Unknown address error ('550', ['no'])",
        "Bounced: DCID: 9 Message 5 to 0 - 5.1.0 - Unknown address error ('550', ['no'])",
        "Bounced: DCID 9 MID 5 From: <a@example.com> To: <b@example.net> RID 0 - 5.1.0 - x",
        "Bounced: DCID 0 MID 5 From: <> To: <\"RID 3 - <\"@example.net> RID 0 - 5.1.2 - x",
        "Double bounce: Message 5 to 0 - 5.1.2 - Bad destination host",
        "Double bounce: MID 5 to RID 0 - 5.1.2 - Bad destination host",
        "Deleted: MID 5 to [0]"};
    for (size_t i = 0; i < COUNT(how); i++)
        GIVES(FOUND "bounced 1, to 1, to bounced 1", RECEIVED, how[i], FINISHED);
    GIVES(FOUND "bounced 1, to 1", RECEIVED,
          "MID 5 was bounced by content filter 'no' in the outbound table", FINISHED);
    GIVES(FOUND "bounced 1, to 1", RECEIVED, FINISHED,
          "Message aborted MID 5 Bounced by content filter 'x' in the inbound table");
}

static void broken_off(void **state)
{
    (void)state;
    GIVES("received 1, finished 1, aborted 1, in 1, in accepted 1",
          "New SMTP ICID 7 interface Data 1 (192.0.2.11) address 198.51.100.7 reverse dns host "
          "unknown verified no",
          "ICID 7 ACCEPT SG UNKNOWNLIST match sbrs[none] SBRS None", "Start MID 5 ICID 7",
          "ICID 7 lost", "ICID 7 close", "Message aborted MID 5 Receiving aborted by sender",
          "Message finished MID 5 aborted");
    GIVES("received 1, finished 1, other 1", "Start MID 5 ICID 7",
          "Message finished MID 5 expired");
}

static void neither_success_nor_failure(void **state)
{
    (void)state;
    GIVES(FOUND "other 1, to 1", RECEIVED, "Possible Delivery: DCID: 9 MID 5 to [0]", FINISHED);
    GIVES("received 1, ready 1, bytes 900, open 1, to 1, out 1, out errors 1", RECEIVED,
          "New SMTP DCID 9 interface 192.0.2.11 address 203.0.113.25 port 25",
          "Delivery start DCID 9 MID 5 to RID [0]",
          "Connection Error: DCID 9 domain: example.net IP: 203.0.113.25 port: 25 details: [Errno "
          "60] Operation timed out interface: 192.0.2.11 reason: DCID 5 network error");
    assert_int_equal(reading.sum.waiting.delivering, 1);
    GIVES(FOUND "delivered 1, to 1, to delivered 1, to delayed 1", RECEIVED,
          "Delayed: DCID 9 MID 5 to RID 0 - 4.1.0 - Unknown address error ('451', ['later']) []",
          "Message 5 to RID [0] pending till Sun Mar  8 04:05:06 2026 [Default]",
          "Message done DCID 10 MID 5 to RID [0]", FINISHED);
    GIVES("received 1, ready 1, bytes 900, open 1, to 1, to delayed 1", RECEIVED,
          "MID 5 to RID [0] pending till Sun Mar  8 04:05:06 2026 [Default]");
    assert_int_equal(reading.sum.waiting.delayed, 1);
}

static void split_and_rewritten(void **state)
{
    (void)state;
    GIVES("received 1, split 1, ready 1, bytes 900, finished 2, delivered 1, handed_on 1, to 2, "
          "to delivered 1",
          RECEIVED,
          "MID 5 was split creating MID 6 due to a per-recipient policy (a) in the inbound table",
          "MID 6 ICID 0 From: <a@example.com>", "MID 6 ICID 0 RID 0 To: <b@example.net>", FINISHED,
          "MID 6 queued for delivery", "Message done DCID 9 MID 6 to RID [0]",
          "Message finished MID 6 done");
    assert_int_equal(reading.sum.scan.count, 2); /* the child's clock is its parent's */
    static const char rewrite[] = "received 1, rewritten 1, ready 1, bytes 900, finished 2, "
                                  "delivered 1, handed_on 1, to 2, to delivered 1";
    static const char *const how[] = {"MID 5 rewritten to MID 6 by antispam",
                                      "MID 5 rewritten to 6 by LDAP rewrite",
                                      "MID 5 rewritten to MID 6 by Policy Quarantine"};
    for (size_t i = 0; i < COUNT(how); i++) {
        GIVES(rewrite, RECEIVED, how[i], FINISHED, "MID 6 ICID 0 RID 0 To: <b@example.net>",
              "MID 6 queued for delivery", "Message done DCID 9 MID 6 to RID [0]",
              "Message finished MID 6 done");
        GIVES(rewrite, RECEIVED, "MID 6 ICID 0 RID 0 To: <b@example.net>",
              "MID 6 queued for delivery", how[i], FINISHED, "Message done DCID 9 MID 6 to RID [0]",
              "Message finished MID 6 done");
    }
}

static void generated(void **state)
{
    (void)state;
    GIVES("received 1, generated 1, ready 1, bytes 900, finished 2, delivered 2, to 1, "
          "to delivered 2",
          RECEIVED, "Start MID 6 ICID 0", "MID 6 was generated based on MID 5 by bcc filter 'a b'",
          "Message done DCID 9 MID 5 to RID [0]", "Message done DCID 9 MID 6 to RID [0]", FINISHED,
          "Message finished MID 6 done");
    GIVES(FOUND "bounced 1, to 1, to bounced 1", RECEIVED,
          "Bounced: DCID 9 MID 5 to RID 0 - 5.1.0 - x ('550', ['no']) []", FINISHED);
    GIVES("received 1, generated 1, ready 1, bytes 900, finished 2, bounced 2, to 1, "
          "to bounced 2",
          RECEIVED, "Bounced: DCID 9 MID 5 to RID 0 - 5.1.0 - x ('550', ['no']) []",
          "Start MID 6 ICID 0", "MID 6 was generated for bounce of MID 5", FINISHED,
          "Double bounce: Message 6 to 0 - 5.1.2 - Bad destination host",
          "Message finished MID 6 done");
}

/* The first that fits, whatever else is true: flow.h. */
static void precedence(void **state)
{
    (void)state;
    GIVES(FOUND "delivered 1, to 1, to delivered 1, to bounced 1", RECEIVED,
          "Message done DCID 9 MID 5 to RID [0]", "Bounced: DCID 9 MID 5 to RID 1 - 5.1.0 - x",
          "MID 5 was dropped by content filter 'x' in the inbound table",
          "MID 5 quarantined to \"P\" (x)", FINISHED);
    GIVES(FOUND "quarantined 1, to 1, to bounced 1", RECEIVED, "MID 5 quarantined to \"P\" (x)",
          "Bounced: DCID 9 MID 5 to RID 1 - 5.1.0 - x",
          "MID 5 was dropped by content filter 'x' in the inbound table", FINISHED);
    GIVES(FOUND "dropped 1, to 1, to bounced 1", RECEIVED,
          "Bounced: DCID 9 MID 5 to RID 0 - 5.1.0 - x",
          "MID 5 was dropped by content filter 'x' in the inbound table", FINISHED);
    GIVES(FOUND "delivered 1, to 1, to delivered 1", RECEIVED, /* the better known stays */
          "Bounced: DCID 9 MID 5 to RID 0 - 5.1.0 - x", "Message done DCID 9 MID 5 to RID [0]",
          "Bounced: DCID 9 MID 5 to RID 0 - 5.1.0 - x", FINISHED);
}

/* Recipients of one message up to number 99, a third of them each way; all lines come twice. */
static void many_recipients(void **state)
{
    (void)state;
    enum { RIDS = 99 };
    static char lines[6 * RIDS + 10][160];
    const char *list[6 * RIDS + 11];
    size_t n = 0;
#define LINE(...) (void)snprintf(lines[n], sizeof(lines[n]), __VA_ARGS__), list[n] = lines[n], n++
    LINE("Start MID 5 ICID 7");
    for (int i = 0; i < RIDS; i++)
        for (int twice = 0; twice < 2; twice++) {
            LINE("+MID 5 ICID 7 RID %d To: <u%d@example.net>", i, i);
            if (i % 3 == 0)
                LINE("+Message done DCID 9 MID 5 to RID [%d]", i);
            else if (i % 3 == 1)
                LINE("+Bounced: DCID 9 MID 5 to RID %d - 5.1.0 - x", i);
            else
                LINE("+Delayed: DCID 9 MID 5 to RID %d - 4.1.0 - x", i);
        }
    LINE("+Message done DCID 9 MID 5 to RID [98, 2, 65, 65535, 65536, 99999999999999999999, 5]");
    LINE("+" FINISHED);
#undef LINE
    list[n] = NULL;
    text_gives("received 1, finished 1, delivered 1, to 99, to delivered 37, to delayed 33, "
               "to bounced 33",
               log_lines(list).p);
}

static void off_box_beyond_64(void **state)
{
    (void)state;
    GIVES("received 1, finished 1, delivered 1, to delivered 2, to quarantined 3",
          "Start MID 5 ICID 7",
          "Delivery start DCID 9 MID 5 to RID [3, 40, 70] to offbox IronPort Spam Quarantine",
          "Delivery start DCID 10 MID 5 to RID [4, 71]",
          "Message done DCID 9 MID 5 to RID [3, 40, 70]",
          "Message done DCID 10 MID 5 to RID [4, 71]", FINISHED);
}

static void refused_recipients(void **state)
{
    (void)state;
    GIVES("received 1, open 1, to 1, to refused 3", "Start MID 5 ICID 7",
          "MID 5 ICID 7 To: <x@example.net> Rejected by RAT",
          "MID 5 ICID 7 To: <y@example.net> Rejected by LDAPACCEPT",
          "MID 5 ICID 7 To: <> Rejected by Receiving Control",
          "MID 5 ICID 7 RID 0 To: <b@example.net>", "MID 5 ICID 7 To: <b@example.net> and more");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(delivered),
                                       cmocka_unit_test(held_by_the_spam_quarantine),
                                       cmocka_unit_test(held_by_a_policy),
                                       cmocka_unit_test(released_as_another),
                                       cmocka_unit_test(dropped),
                                       cmocka_unit_test(bounced),
                                       cmocka_unit_test(broken_off),
                                       cmocka_unit_test(neither_success_nor_failure),
                                       cmocka_unit_test(split_and_rewritten),
                                       cmocka_unit_test(generated),
                                       cmocka_unit_test(precedence),
                                       cmocka_unit_test(many_recipients),
                                       cmocka_unit_test(off_box_beyond_64),
                                       cmocka_unit_test(refused_recipients)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
