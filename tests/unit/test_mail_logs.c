/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/log_writer.h"

#include <stdlib.h>

#include "checks/parse/mail_logs.h"

static const char lines_redacted[] =
    "Sun Mar  8 03:00:00 2026 Info: New SMTP ICID 7 interface Data 1 (192.0.2.11) address "
    "198.51.100.9 reverse dns host unknown verified no\n"
    "Sun Mar  8 03:00:00 2026 Info: ICID 7 ACCEPT SG UNKNOWNLIST match sbrs[none] SBRS None\n"
    "Sun Mar  8 03:00:01 2026 Info: Start MID 9 ICID 7\n"
    "Sun Mar  8 03:00:01 2026 Info: MID 9 ICID 7 From: <redacted@example.net>\n"
    "Sun Mar  8 03:00:01 2026 Info: MID 9 ICID 7 RID 0 To: <redacted@example.com>\n"
    "Sun Mar  8 03:00:01 2026 Info: MID 9 Subject '[redacted]'\n"
    "Sun Mar  8 03:00:02 2026 Info: MID 9 ready 812 bytes from <redacted@example.net>\n";

static void test_document(void **state)
{
    (void)state;
    const struct mail_logs *logs = facts_of(&mail_logs_kind, lines_redacted);
    assert_non_null(logs);
    assert_int_equal(logs->summary.lines, 7);
    assert_int_equal(logs->summary.unrecognised, 0);
    assert_int_equal(logs->summary.messages.ready, 1);
    assert_int_equal(logs->summary.recipients.accepted, 1);
    assert_int_equal(logs->host.n, 0);
    assert_false(logs->several || logs->cut || logs->yearless || logs->silent);
}

static void test_session(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "esa1.example.com> grep -e \"Sun Mar  8 03:\" mail_logs\r\n%s\r\nesa1.example.com> ",
        "(Machine esa1.example.com)> grep mail_logs\n\n%s(Machine esa1.example.com)> ",
        "esa1.example.com> tail mail_logs\n\nPress Ctrl-C to stop.\n%s^C\nesa1.example.com> ",
        "\xef\xbb\xbf"
        "esa1.example.com> grep -e MID mail_logs\n-Press Any Key For More-\r                       "
        " "
        "\r%s\nesa1.example.com> exit\n",
    };
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct span head = text_of(forms[i]);
        const ptrdiff_t at = text_find(head, "%s");
        const char *text =
            arena_printf(&arena, "%.*s%s%s", (int)at, forms[i], lines_redacted, forms[i] + at + 2);
        const struct mail_logs *logs = facts_of(&mail_logs_kind, text);
        assert_non_null(logs);
        assert_span(logs->host, "esa1.example.com");
        assert_int_equal(logs->summary.unrecognised, 0);
        assert_int_equal(logs->summary.lines - logs->summary.continuations, 7);
        assert_int_equal(logs->summary.messages.ready, 1);
    }
}

static void test_range(void **state)
{
    (void)state;
    struct log log = {.day = 8};
    struct mail_logs logs;
    header(&log, HOUR, "15.0.3-002");
    mails(&log, HOUR, 10, false, INSIDE, DELIVERED);
    mails(&log, 2 * HOUR, 20, false, INSIDE, DELIVERED);
    const int64_t midnight = 1772928000; /* 2026-03-08 00:00:00 */
    const struct span bytes = {log.text, log.n};
    const struct mail_logs_range late = {.since = midnight + 2 * HOUR},
                                 early = {.until = midnight + 2 * HOUR - 1},
                                 never = {.since = midnight + 5 * HOUR};
    assert_true(mail_logs_read(&arena, bytes, &late, &logs, NULL));
    assert_int_equal(logs.summary.way[FLOW_INBOUND].delivered, 20);
    assert_int_equal(logs.summary.first, midnight + 2 * HOUR);
    assert_int_equal(logs.summary.family[FAMILY_message_done], 20);
    assert_true(mail_logs_read(&arena, bytes, &early, &logs, NULL));
    assert_int_equal(logs.summary.way[FLOW_INBOUND].delivered, 10);
    assert_int_equal(logs.summary.last, midnight + 2 * HOUR - 1);
    assert_true(mail_logs_read(&arena, bytes, &never, &logs, NULL));
    assert_int_equal(logs.summary.last, 0);
    assert_int_equal(logs.summary.way[FLOW_INBOUND].delivered, 0);
}

/* Lines that imitate others do not count, and nothing crashes on any piece of a log. */
static void test_pieces(void **state)
{
    (void)state;
    struct log log = {.day = 8};
    struct mail_logs logs;
    header(&log, HOUR, "15.0.3-002");
    mails(&log, HOUR, 3, false, INSIDE, DELIVERED);
    const struct mail_logs_range all = {.since = 0};
    for (size_t n = 0; n < log.n; n += 7) {
        char *piece = malloc(n + 1);
        assert_non_null(piece);
        memcpy(piece, log.text, n);
        (void)mail_logs_read(&arena, (struct span){piece, n}, &all, &logs, NULL);
        assert_true(logs.summary.messages.ready <= 3);
        free(piece);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(test_document),
        with_arena(test_session),
        with_arena(test_range),
        with_arena(test_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
