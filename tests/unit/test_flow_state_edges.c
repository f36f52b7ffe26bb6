/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "checks/maillog/flow_state.h"
#include "checks/maillog/maillog.h"

/* What a state may not say, one lie each; and what must be kept though nobody counts it. */

/* Ids that occur in a state where they belong, and nowhere else. */
enum { OPEN = 7000021, DONE = 7000022, GONE = 7000023, ICID = 7000031, DCID = 7000041 };

static struct maillog *new_log(uint32_t horizon_s)
{
    const struct flow_options options = {.horizon_s = horizon_s, .details = true};
    struct maillog *log = maillog_new(0, LINE_BEST, &options);
    assert_non_null(log);
    return log;
}

static void say(struct maillog *log, unsigned at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void say(struct maillog *log, unsigned at, const char *format, ...)
{
    char line[512];
    va_list args;
    int n = snprintf(line, sizeof(line), "Mon Mar %2u %02u:%02u:%02u 2026 Info: ", 1 + at / 86400,
                     at / 3600 % 24, at / 60 % 60, at % 60);
    va_start(args, format);
    n += vsnprintf(line + n, sizeof(line) - (size_t)n, format, args);
    va_end(args);
    line[n] = '\n';
    assert_true(maillog_feed(log, (struct span){line, (size_t)n + 1}));
}

static struct pack save(struct maillog *log)
{
    struct pack saved = {.bad = false};
    assert_true(maillog_save(log, &saved));
    return saved;
}

static bool loads(struct maillog *log, const struct pack *saved)
{
    fault = (struct fault){.kind = FAULT_NONE};
    return maillog_load(log, (struct span){saved->bytes, saved->n}, &fault);
}

/* -- Lies ------------------------------------------------------------------------------------ */

/* One message open with a bounce and texts, two that linger, a connection each way. */
static struct pack a_state(void)
{
    struct maillog *log = new_log(0);
    say(log, 100,
        "New SMTP ICID %u interface Data 1 (192.0.2.11) address 198.51.100.7 reverse dns "
        "host mx.example.net verified yes",
        ICID);
    say(log, 100, "New SMTP DCID %u interface 192.0.2.11 address 203.0.113.25 port 25", DCID);
    for (unsigned mid = OPEN; mid <= GONE; mid++) {
        say(log, 100, "Start MID %u ICID 5", mid);
        say(log, 100, "MID %u ICID 5 From: <ann@example.com>", mid);
    }
    say(log, 101, "Bounced: DCID 9 MID %u to RID 40 - 5.1.0 - no", OPEN);
    say(log, 101, "Message finished MID %u done", DONE);
    say(log, 101, "Message finished MID %u done", GONE);
    struct pack saved = save(log);
    maillog_free(log);
    return saved;
}

/* Where ID stands for the Nth time, from 1; for the first time OPEN is the first that was born. */
static unsigned char *find(struct pack *saved, uint64_t id, unsigned nth)
{
    unsigned char bytes[8];
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(id >> 8 * i);
    for (size_t at = 0; at + 8 <= saved->n; at++)
        if (memcmp(saved->bytes + at, bytes, 8) == 0 && --nth == 0)
            return (unsigned char *)saved->bytes + at;
    fail_msg("%llu is not there", (unsigned long long)id);
    return NULL;
}

/* OFFSET bytes behind the Nth ID stands VALUE instead of OLD. */
static void lie(uint64_t id, unsigned nth, size_t offset, unsigned char old, unsigned char value)
{
    struct pack saved = a_state();
    struct maillog *log = new_log(0);
    unsigned char *at = find(&saved, id, nth) + offset;
    assert_int_equal(*at, old);
    *at = value;
    assert_false(loads(log, &saved));
    assert_int_equal(fault.kind, FAULT_SYNTAX);
    maillog_free(log);
    pack_free(&saved);
}

enum { OF_ID = 0, OF_APPLIANCE = 8, OF_HOP = 8 + 2 + 2 + 4, OF_MORE = 8 + 2 + 2 + 4 + 8 + 5 * 4 };
/* Behind it: three masks, two numbers, then how many outcomes of far recipients. */
enum { OF_FAR_COUNT = OF_MORE + 1 + 5 * 8, OF_FAR = OF_FAR_COUNT + 4, FAR = 61 };
enum { OF_TEXT_COUNT = OF_FAR + FAR, OF_KIND = OF_TEXT_COUNT + 4, OF_LENGTH = OF_KIND + 1 };

static void the_truth_loads(void **state)
{
    struct pack saved = a_state();
    struct maillog *log = new_log(0);
    (void)state;
    assert_true(loads(log, &saved));
    maillog_free(log);
    pack_free(&saved);
}

static void an_appliance_that_is_not_there(void **state)
{
    (void)state;
    lie(OPEN, 2, OF_APPLIANCE, 0, 1);
    lie(ICID, 1, OF_APPLIANCE + 1, 0, 1);
    lie(DCID, 1, OF_APPLIANCE, 0, 255);
}

static void a_hop_that_is_not_there(void **state)
{
    (void)state;
    lie(DCID, 1, OF_HOP, 1, 2);
    lie(DCID, 1, OF_HOP + 3, 0, 0xff);
}

static void a_message_that_is_there_twice(void **state)
{
    (void)state;
    lie(OPEN, 2, OF_ID, OPEN & 0xff, DONE & 0xff);
}

static void one_that_lingers_twice_or_has_not_finished(void **state)
{
    (void)state;
    lie(DONE, 2, OF_ID, DONE & 0xff, GONE & 0xff);
    lie(DONE, 2, OF_ID, DONE & 0xff, OPEN & 0xff);
    lie(DONE, 2, OF_ID, DONE & 0xff, 0);
    lie(DONE, 2, OF_APPLIANCE, 0, 1);
}

static void texts_and_outcomes_that_cannot_be(void **state)
{
    (void)state;
    lie(OPEN, 2, OF_MORE, 1, 2);
    lie(OPEN, 2, OF_FAR, 0, 32);
    lie(OPEN, 2, OF_FAR_COUNT + 3, 0, 0x7f);
    lie(OPEN, 2, OF_TEXT_COUNT + 3, 0, 0x7f);
    lie(OPEN, 2, OF_KIND, 0, 5);
    lie(OPEN, 2, OF_LENGTH, 15, 200);
    lie(OPEN, 2, OF_LENGTH + 1, 0, 0xff);
}

/* -- What nobody counts ---------------------------------------------------------------------- */

/* Idle messages are looked for when the index is about to grow: its size must be the same. */
static void the_size_of_the_index_is_kept(void **state)
{
    enum { MANY = 600, HORIZON_S = 3600 };
    struct flow_summary summary;
    struct maillog *log = new_log(HORIZON_S);
    (void)state;
    for (unsigned mid = 1; mid <= MANY; mid++)
        say(log, 1000, "Start MID %u ICID 5", mid);
    for (unsigned mid = 1; mid <= MANY; mid++)
        say(log, 1001, "Message finished MID %u done", mid);
    say(log, 1100, "Start MID %u ICID 6", MANY + 1);
    say(log, 1100, "Message finished MID %u done", MANY + 1);
    struct pack saved = save(log);
    struct maillog *other = new_log(HORIZON_S);
    assert_true(loads(other, &saved));
    pack_free(&saved);
    for (unsigned i = 0; i < MANY; i++) { /* more than an index of the first size takes */
        say(log, 2000 + i * 60, "Start MID %u ICID 7", 1000 + i);
        say(other, 2000 + i * 60, "Start MID %u ICID 7", 1000 + i);
    }
    assert_true(flow_summary(maillog_flow(log), &summary));
    uint64_t expired = summary.messages.expired;
    assert_true(flow_summary(maillog_flow(other), &summary));
    assert_int_equal(summary.messages.expired, expired);
    assert_int_equal(expired, 0);
    maillog_free(log);
    maillog_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_truth_loads),
        cmocka_unit_test(an_appliance_that_is_not_there),
        cmocka_unit_test(a_hop_that_is_not_there),
        cmocka_unit_test(a_message_that_is_there_twice),
        cmocka_unit_test(one_that_lingers_twice_or_has_not_finished),
        cmocka_unit_test(texts_and_outcomes_that_cannot_be),
        cmocka_unit_test(the_size_of_the_index_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
