/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/flow_reading.h"

/* A log as one stream: it does not matter how its bytes come, and no bytes do harm. */

static const size_t buffers[] = {1000, 4032, 65536, 0};

static char *filled(size_t n, const char *head, char with, const char *tail)
{
    char *text = malloc(n + 1);
    assert_non_null(text);
    memset(text, with, n);
    memcpy(text, head, strlen(head));
    memcpy(text + n - strlen(tail), tail, strlen(tail));
    text[n] = '\0';
    return text;
}

/* A line of SIZE bytes, with or without its end, before another line. */
static void long_line(size_t size, const char *head, const char *tail, bool more)
{
    static const char next[] = "Sun Mar  8 04:00:01 2026 Info: Message finished MID 5 done\n";
    size_t n = size + (more ? 1 + strlen(next) : 0);
    char *text = filled(n, head, 'x', more ? next : tail), *first;
    memcpy(text + size - strlen(tail), tail, strlen(tail));
    if (more)
        text[size] = '\n';
    read_so((struct span){text, n}, &reading_options, 0, LINE_PORTABLE, 0, true);
    first = strdup(reading.all);
    assert_int_equal(reading.sum.lines, 1 + more);
    assert_int_equal(reading.sum.bytes, n);
    assert_int_equal(reading.sum.continuations, 0);
    for (size_t b = 0; b < COUNT(buffers); b++)
        for (uint32_t pieces = 0; pieces <= 70000; pieces += 35000) {
            read_so((struct span){text, n}, &reading_options, buffers[b], LINE_BEST, pieces, true);
            assert_reading(first, reading.all);
            assert_int_equal(reading.sum.bytes, n);
        }
    free(first);
    free(text);
}

static void lines_of_any_length(void **state)
{
    (void)state;
    static const size_t sizes[] = {65535, 65536, 65537, 65567, 65568, 65600,
                                   66559, 66560, 66561, 66562, 70000, 300000};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        long_line(sizes[i], "Sun Mar  8 04:00:00 2026 Info: MID 5 Subject '", "'", true);
        long_line(sizes[i], "Sun Mar  8 04:00:00 2026 Info: MID 5 Subject '", "'", false);
        long_line(sizes[i],
                  "Sun Mar  8 04:00:00 2026 Info: MID 5 matched all recipients for per-recipient "
                  "policy ",
                  " in the inbound table", true);
        long_line(sizes[i], "esa1 mail_logs: Info: MID 5 Subject '", "'", false);
        assert_string_equal(reading.core, "open 1, older 1");
    }
}

/* What a gibibyte would do, at less cost. */
static void a_line_without_end(void **state)
{
    (void)state;
    enum { SIZE = 40 << 20 };
    static const char head[] = "Sun Mar  8 04:00:00 2026 Info: MID 5 queued for delivery ";
    static const char imitation[] = "Sun Mar  8 04:00:00 2026 Info: Message finished MID 5 done";
    static const char next[] = "\nSun Mar  8 04:00:02 2026 Info: Start MID 6 ICID 7";
    struct maillog *log = maillog_new(4096, LINE_BEST, &reading_options);
    size_t room, sent = 0, most = 0;
    assert_non_null(log);
    while (sent < SIZE) {
        char *to = maillog_room(log, &room);
        assert_true(to != NULL && room >= 1);
        memset(to, ' ', room);
        memcpy(to, sent == 0 ? head : imitation, sent == 0 ? strlen(head) : strlen(imitation));
        assert_true(maillog_commit(log, room));
        most = maillog_pending(log) > most ? maillog_pending(log) : most;
        sent += room;
    }
    assert_true(most <= LINE_MAX_BYTES + 1024);
    assert_true(maillog_feed(log, text_of(next)));
    assert_true(maillog_finish(log));
    reading_write(&reading, maillog_flow(log), true);
    assert_string_equal(reading.core, "received 1, open 2, older 1");
    assert_int_equal(reading.sum.lines, 2);
    assert_int_equal(reading.sum.bytes, sent + strlen(next));
    maillog_free(log);
}

static void any_bytes(void **state)
{
    (void)state;
    enum { SIZE = 200000 };
    char *text = malloc(SIZE);
    assert_non_null(text);
    for (unsigned kind = 0; kind < 8; kind++) {
        for (size_t i = 0; i < SIZE; i++)
            text[i] = kind == 0   ? '\n'
                      : kind == 1 ? '\0'
                      : kind == 2 ? (char)reading_random(256)
                      : kind == 3 ? " \n"[reading_random(2)]
                      : kind == 4 ? "MID 5:\n"[reading_random(7)]
                      : kind == 5 ? "Sun Mar  8 04:00:00 2026 Info: \n"[i % 32]
                      : kind == 6 ? "\r\n"[i % 2]
                                  : '<';
        read_so((struct span){text, SIZE}, &reading_options, 0, LINE_PORTABLE, 0, true);
        char *first = strdup(reading.all);
        for (size_t b = 0; b < COUNT(buffers); b++) {
            read_so((struct span){text, SIZE}, &reading_options, buffers[b], LINE_BEST, 3000, true);
            assert_reading(first, reading.all);
        }
        assert_string_equal(reading.core, "");
        free(first);
    }
    free(text);
}

/* A log of which any byte is another one, or missing: it is read, and the same by both paths. */
static void damaged(void **state)
{
    (void)state;
    char text[65536];
    size_t n = 0;
    for (size_t i = 0; i < family_row_count; i++) {
        n += (size_t)snprintf(text + n, sizeof(text) - n, "Sun Mar  8 04:00:%02zu 2026 Info: %s\n",
                              i % 60, family_rows[i].sample);
        assert_true(n < sizeof(text));
    }
    for (int run = 0; run < 400; run++) {
        char copy[sizeof(text)], first[READING_BYTES];
        memcpy(copy, text, n);
        for (int i = 0; i < run; i++)
            copy[reading_random((uint32_t)n)] =
                i % 2 ? (char)reading_random(256) : text[reading_random((uint32_t)n)];
        size_t cut = n - (run % 3 ? reading_random(200) : 0);
        read_so((struct span){copy, cut}, &reading_options, 0, LINE_PORTABLE, 0, true);
        strcpy(first, reading.all);
        read_so((struct span){copy, cut}, &reading_options, 100, LINE_BEST, 1000, true);
        assert_reading(first, reading.all);
    }
}

/* What strangers write, at every place where they can, each as if it were the log. */
static void strangers(void **state)
{
    (void)state;
    static const char *const places[] = {
        "New SMTP ICID 8 interface Data 1 (192.0.2.11) address 198.51.100.8 reverse dns host %s "
        "verified no",
        "MID 5 ICID 7 From: <%s>",
        "MID 5 ICID 7 RID 0 To: <%s>",
        "MID 5 ICID 7 To: <%s> Rejected by RAT",
        "MID 5 Message-ID '<%s>'",
        "MID 5 Subject '%s'",
        "MID 5 Subject %s",
        "MID 5 attachment '%s'",
        "MID 5 RID [0] Response '%s'",
        "MID 5 URL http://%s has reputation -3.1 matched Action: URL defanged",
        "MID 5 SPF: mailfrom identity %s Pass (v=spf1)",
        "MID 5 DKIM: pass signature verified (d=%s s=k1 i=@example.com)",
        "MID 5 Custom Log Entry: %s",
        "ICID 8 Unknown command: %s",
        "ICID 8 Bad syntax for command: %s",
        "ICID 8 Address: <%s> sender rejected, envelope sender domain missing",
        "SMTP Auth: (ICID 8) failed for user: %s using AUTH mechanism: PLAIN with profile: x",
        "ICID 8 TLS failed: (1, '%s')",
        "Delayed: DCID 9 MID 5 to RID 0 - 4.1.0 - x ('451', ['%s'])",
        "Bounced: DCID 9 MID 5 From: <%s> To: <b@example.net> RID 0 - 5.1.0 - x ('550', ['no'])",
        "Message done DCID 9 MID 5 to RID [0] [('Subject', '%s')]",
        "Message aborted MID 5 Dropped by content filter '%s' in the inbound table",
        "MID 5 was dropped by content filter '%s' in the inbound table",
        "MID 5 quarantined to \"%s\" (content filter:hold)"};
    static const char *const words[] = {
        "Start MID 6 ICID 9",
        "MID 6 ready 10 bytes from <x>",
        " RID [1, 2, 3] ",
        "] to RID [1, 2] (external quarantine)",
        "Info: Message finished MID 6 done",
        "\\r\\nSun Mar  8 04:00:00 2026 Info: Start MID 6 ICID 9",
        "\rSun Mar  8 04:00:00 2026 Info: Start MID 6 ICID 9",
        "MID 5 rewritten to MID 6 by antispam",
        "System is coming up",
        " in the outbound table",
        " to offbox IronPort Spam Quarantine",
        "Connection Error: DCID 9 domain: x IP: 203.0.113.1 port: 25",
        " (external quarantine)",
        "Version: 1.2.3 SN: 564D00000000-EXAMPLE0009"};
    for (size_t p = 0; p < COUNT(places); p++) {
        char plain[2048];
        for (size_t w = 0; w <= COUNT(words); w++) {
            char text[8192], line[1024];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            (void)snprintf(line, sizeof(line), places[p], w == 0 ? "x" : words[w - 1]);
#pragma GCC diagnostic pop
            (void)snprintf(text, sizeof(text),
                           "Sun Mar  8 04:00:00 2026 Info: Start MID 5 ICID 7\n"
                           "Sun Mar  8 04:00:00 2026 Info: %s\n"
                           "Sun Mar  8 04:00:01 2026 Info: MID 5 queued for delivery\n"
                           "Sun Mar  8 04:00:02 2026 Info: Message finished MID 5 done\n",
                           line);
            read_so(text_of(text), &reading_options, 0, LINE_BEST, 0, true);
            if (w == 0)
                strcpy(plain, reading.core);
            if (strcmp(plain, reading.core) != 0)
                fail_msg("'%s':\n%s\nwithout:\n%s", line, reading.core, plain);
            assert_int_equal(reading.sum.unrecognised, 0);
            assert_int_equal(reading.sum.appliance_count, 1);
        }
    }
}

/* -- What it tells of itself ----------------------------------------------------------------- */

static void count_each(void *context, const struct line_reader *lines,
                       const struct line_event *event)
{
    unsigned *count = context;
    (void)lines;
    assert_true(event->message_n == 0 || event->rest >= event->message);
    *count += 1;
}

static void each_line(void **state)
{
    (void)state;
    static const char text[] = "Sun Mar  8 04:00:00 2026 Info: MID 5 using engine: CASE x\n"
                               "a continuation\n"
                               "Sun Mar  8 04:00:00 2026 Info: \n"
                               "Sun Mar  8 04:00:00 2026 Info: MID 5 queued for delivery";
    for (size_t b = 0; b < COUNT(buffers); b++) {
        struct maillog *log = maillog_new(buffers[b], LINE_BEST, &reading_options);
        unsigned count = 0;
        assert_non_null(log);
        maillog_each(log, count_each, &count);
        assert_true(maillog_feed(log, text_of(text)));
        assert_int_equal(count, 2);
        assert_int_equal(maillog_pending(log), 56);
        assert_true(maillog_finish(log));
        assert_int_equal(maillog_pending(log), 0);
        assert_int_equal(count, 3);
        maillog_free(log);
    }
    maillog_free(NULL);
}

struct told {
    struct maillog *log;
    char text[400];
};

static void tell_each(void *context, const struct line_reader *lines,
                      const struct line_event *event)
{
    struct told *told = context;
    const size_t n = strlen(told->text);
    (void)lines;
    (void)snprintf(told->text + n, sizeof(told->text) - n, "%llu %.*s|",
                   (unsigned long long)maillog_line(told->log), (int)event->message_n,
                   event->message);
}

static void tell_more(void *context, struct span line)
{
    struct told *told = context;
    const size_t n = strlen(told->text);
    (void)snprintf(told->text + n, sizeof(told->text) - n, "%llu+%.*s|",
                   (unsigned long long)maillog_line(told->log), TEXT_ARGS(line));
}

/* What has no envelope is told between those that have, all with their numbers. */
static void each_line_and_more(void **state)
{
    (void)state;
    static const char text[] = "first of all\n"
                               "Sun Mar  8 04:00:00 2026 Info: a\n"
                               "\n"
                               "x\n"
                               "Sun Mar  8 04:00:00 2026 Info: \n"
                               "Sun Mar  8 04:00:00 2026 Info: b";
    static const char wanted[] = "1+first of all|2 a|3+|4+x|5 |6 b|1+tail|2 c|3+ d|4+e|";
    static char many[1000 * 40]; /* more than is read at once */
    for (size_t b = 0; b < COUNT(buffers); b++) {
        struct maillog *log = maillog_new(buffers[b], LINE_BEST, &reading_options);
        struct told told = {.log = log};
        assert_non_null(log);
        maillog_each(log, tell_each, &told);
        maillog_each_more(log, tell_more);
        assert_true(maillog_feed(log, text_of(text)) && maillog_file(log));
        assert_true(maillog_feed(log, text_of("tail\nSun Mar  8 04:00:01 2026 Info: c\n d\ne\n")));
        assert_string_equal(told.text, wanted);
        told.text[0] = '\0';
        many[0] = '\0';
        for (size_t i = 0; i < 999; i++)
            strcat(many + i * 33, "Sun Mar  8 04:00:00 2026 Info: a\n");
        assert_true(maillog_file(log) && maillog_feed(log, text_of(many)));
        told.text[0] = '\0';
        assert_true(maillog_feed(log, text_of("more\nSun Mar  8 04:00:00 2026 Info: z\n")));
        assert_string_equal(told.text, "1000+more|1001 z|");
        maillog_free(log);
    }
}

/* Files are apart: the last line of one is whole, and does not go on in the next. */
static void files(void **state)
{
    (void)state;
    struct maillog *log = maillog_new(0, LINE_BEST, &reading_options);
    assert_non_null(log);
    assert_true(maillog_file(log));
    assert_true(maillog_feed(log, text_of("esa1 mail_logs: Info: Start MID 5 ICID 7")));
    assert_true(maillog_file(log) && maillog_file(log));
    assert_true(maillog_feed(log, text_of("1\nSun Mar  8 04:00:00 2026 Info: Start MID 6 ICID 7\n"
                                          "x bcc: Info: Start MID 7 ICID 7\n")));
    assert_true(maillog_finish(log));
    reading_write(&reading, maillog_flow(log), true);
    assert_string_equal(reading.core, "received 2, open 2");
    assert_int_equal(reading.sum.lines, 4);
    assert_int_equal(reading.sum.continuations, 2);
    assert_int_equal(reading.sum.evidence[FLOW_E1].count, 0);
    maillog_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_any_length), cmocka_unit_test(a_line_without_end),
        cmocka_unit_test(any_bytes),           cmocka_unit_test(damaged),
        cmocka_unit_test(strangers),           cmocka_unit_test(each_line),
        cmocka_unit_test(each_line_and_more),  cmocka_unit_test(files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
