/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/log_writer.h"
#include "tests/unit/world.h"

#include "checks/gap.h"
#include "checks/interval.h"

/* esa1 came up at 02:00 CET on 8 March and was asked at 04:00; the baseline is from 20:00 UTC. */
#define AS_OF "Sun Mar 08 04:00:00 2026 CET"
#define START "Sun Mar 08 02:00:00 2026 CET"
#define TAKEN "2026-03-08T03:00:00Z"

static int begin(void **state)
{
    (void)world_begin(state);
    give_status(&world_now[ESA1], AS_OF, START, " (2h)", TAKEN);
    give_status(&world_then[ESA1], "Sat Mar 07 21:00:00 2026 CET", "Sun Nov 09 02:14:51 2025 CET",
                " (118d 18h 45m 9s)", "2026-03-07T20:00:00Z");
    return 0;
}

#define with_night(test) cmocka_unit_test_setup_teardown(test, begin, tear_down)

static void give_log(void (*write)(struct log *log))
{
    struct log log = {.day = 8};
    write(&log);
    give(&world_now[ESA1], "log/mail_logs.txt", log.text, TAKEN);
}

static const char *from_of(const struct interval *interval)
{
    static char text[32];
    return time_print(interval->from, text, sizeof(text));
}

/* What shows life, and where the interval begins then; its end is the start in all. */
static void begins_with_the_last_sign(void **state)
{
    static const struct {
        const char *alert, *status_log, *baseline, *wanted;
        bool seen;
    } rows[] = {
        {NULL, NULL, NULL, "2026-03-08 01:40:00 +0100", false},
        {"08 Mar 2026 01:47:00 +0100  x", NULL, NULL, "2026-03-08 01:47:00 +0100", true},
        {"08 Mar 2026 00:47:00 +0000  x", NULL, NULL, "2026-03-08 01:47:00 +0100", true},
        /* too old to be its end, of another day, from after the start, from the start itself */
        {"08 Mar 2026 01:39:59 +0100  x", NULL, NULL, "2026-03-08 01:40:00 +0100", false},
        {"07 Mar 2026 01:47:00 +0100  x", NULL, NULL, "2026-03-08 01:40:00 +0100", false},
        {"08 Mar 2026 02:47:00 +0100  x", NULL, NULL, "2026-03-08 01:40:00 +0100", false},
        {"08 Mar 2026 01:59:30 +0100  x", NULL, NULL, "2026-03-08 01:40:00 +0100", false},
        {"08 Mar 2026 01:47:00 +0100  x\n\n08 Mar 2026 01:51:00 +0100  y", NULL, NULL,
         "2026-03-08 01:51:00 +0100", true},
        {NULL, "Sun Mar  8 01:50:00 2026 Info: Status: CPULd 3 InjMsg 100\n", NULL,
         "2026-03-08 01:50:00 +0100", true},
        {NULL, NULL, "2026-03-08T00:52:00Z", "2026-03-08 01:52:00 +0100", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)tear_down(state);
        (void)begin(state);
        if (rows[i].alert != NULL)
            give(&world_now[ESA1], "cli/displayalerts.txt",
                 arena_printf(&arena, "Date and Time Stamp  Description\n%s\n", rows[i].alert),
                 TAKEN);
        if (rows[i].status_log != NULL)
            give(&world_now[ESA1], "log/status.txt", rows[i].status_log, TAKEN);
        if (rows[i].baseline != NULL)
            give(&world_then[ESA1], "cli/version.txt", "Version: 14.2.0-620\n", rows[i].baseline);
        const struct interval down = interval_reboot(&q, q.node);
        assert_true(down.known);
        assert_string_equal(from_of(&down), rows[i].wanted);
        assert_int_equal(down.from_seen, rows[i].seen);
        assert_int_equal(down.first.document != NULL, rows[i].seen);
        assert_string_equal(down.last.document, "cli/status.txt");
    }
}

static void write_busy(struct log *log)
{
    header(log, HOUR, "14.2.0-620");
    mails(log, HOUR + 40, 49, true, OUTSIDE, DELIVERED);
    mails(log, HOUR + 10, 50, false, INSIDE, DELIVERED); /* until 01:49:16 */
    header(log, UP + 30, "15.0.3-002");
    say(log, UP + 31, "System is coming up.");
    mails(log, UP + MINUTE, 110, false, INSIDE, DELIVERED);
    mails(log, UP + MINUTE + 30, 110, true, OUTSIDE, DELIVERED);
}

static void by_the_mail_log(void **state)
{
    (void)state;
    give_log(write_busy);
    const struct interval down = interval_reboot(&q, q.node);
    assert_string_equal(from_of(&down), "2026-03-08 01:49:16 +0100");
    assert_string_equal(down.first.document, "log/mail_logs.txt");
    assert_true(down.first.line > 100);
    const char *text = interval_text(&q, &down);
    assert_non_null(strstr(text, "up since 2026-03-08 02:00:00 +0100 (cli/status.txt line 2)"));
    assert_non_null(strstr(text, "01:49:16 +0100 (log/mail_logs.txt line "));
}

static void without_a_start_nothing_is_known(void **state)
{
    (void)state;
    give(&world_now[ESA1], "cli/status.txt", "System status: Online\n", TAKEN);
    const struct interval down = interval_reboot(&q, q.node);
    const struct stamp any = time_from_utc(utc("2026-03-08T00:50:00Z"));
    assert_false(down.known || interval_comparable(&down, any));
    assert_false(interval_holds(&down, any, any, 1 << 30));
    assert_false(interval_since_baseline(&q, &down));
    const struct interval nobody = interval_reboot(&q, NULL);
    assert_false(nobody.known);
}

static void holds(void **state)
{
    static const struct {
        const char *from, *to;
        bool holds;
    } rows[] = {
        {"2026-03-08T00:40:00Z", "2026-03-08T01:00:00Z", true},
        {"2026-03-08T00:37:00Z", "2026-03-08T01:03:00Z", true},
        {"2026-03-08T00:36:59Z", "2026-03-08T01:00:00Z", false},
        {"2026-03-08T00:40:00Z", "2026-03-08T01:03:01Z", false},
        {"2026-03-08T00:55:00Z", "2026-03-08T00:50:00Z", false}, /* turned around */
        {"2026-03-07T00:40:00Z", "2026-03-07T01:00:00Z", false},
        {"2026-03-08 01:40:00", "2026-03-08 02:00:00", false}, /* of no known zone */
    };
    (void)state;
    const struct interval down = interval_reboot(&q, q.node);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stamp from, to;
        assert_true(time_parse_any(text_of(rows[i].from), &from));
        assert_true(time_parse_any(text_of(rows[i].to), &to));
        assert_int_equal(interval_holds(&down, from, to, INTERVAL_FILE_S), rows[i].holds);
    }
    assert_true(interval_since_baseline(&q, &down));
    give_status(&world_then[ESA1], "Sun Mar 08 03:00:00 2026 CET", START, " (1h)", NULL);
    assert_false(interval_since_baseline(&q, &down));
}

/* -- Gaps of tracking data -------------------------------------------------------------------- */

static const char *page(const char *gaps)
{
    return arena_printf(&arena,
                        "<html lang=\"en\"><head><title>Message Tracking Data Availability - "
                        "sma1.example.com</title></head><body><table><tr><th>Security "
                        "Appliance</th><th>Status</th><th>Missing Intervals</th></tr><tr><td>"
                        "esa1.example.com</td><td>OK</td><td>%s</td></tr><tr><td>esa2.example.com"
                        "</td><td>OK</td><td>none</td></tr></table></body></html>",
                        gaps);
}

/* The finding of esa1 on the page with GAPS; THEN: the page of the baseline, NULL = none. */
static const struct finding *judged(const char *gaps, const char *then)
{
    q.node = &world_now[SMA1];
    give_status(&world_now[SMA1], AS_OF, "Sun Mar 08 00:30:00 2026 CET", " (3h 30m)", TAKEN);
    give_status(&world_then[SMA1], "Sat Mar 07 21:00:00 2026 CET", "Sun Nov 09 02:14:51 2025 CET",
                "", "2026-03-07T20:00:00Z");
    give(&world_now[SMA1], "https/tracking_page.html", page(gaps), TAKEN);
    if (then != NULL)
        give(&world_then[SMA1], "https/tracking_page.html", page(then), "2026-03-07T20:00:00Z");
    const struct result *answer = check_run(registry_find(text_of("tracking")), &q);
    const struct finding *worst = NULL;
    for (size_t i = 0; i < answer->finding_count; i++)
        if (strcmp(answer->findings[i]->subject, "esa1.example.com") == 0 &&
            (worst == NULL || answer->findings[i]->state > worst->state))
            worst = answer->findings[i];
    assert_non_null(worst);
    return worst;
}

#define DAY "08 Mar 2026 "

static void gaps_of_tracking_data(void **state)
{
    static const struct {
        const char *gaps, *then;
        enum state state;
        bool explained;
        const char *text;
    } rows[] = {
        {DAY "01:41 - " DAY "02:02", NULL, STATE_OK, true, "missing for 21 min"},
        {DAY "01:37 - " DAY "02:03", NULL, STATE_OK, true, "missing for"},
        {DAY "01:36 - " DAY "02:03", NULL, STATE_WARNING, false, "more than its reboot"},
        {DAY "01:45 - " DAY "02:30", NULL, STATE_CRITICAL, false, "30 min more than its reboot"},
        {DAY "02:30 - " DAY "02:50", NULL, STATE_CRITICAL, false, "not during its reboot"},
        {DAY "01:41 - " DAY "02:02; " DAY "02:30 - " DAY "02:50", NULL, STATE_CRITICAL, false,
         "not during"},
        {DAY "02:30 - " DAY "02:50, " DAY "01:41 - " DAY "02:02", NULL, STATE_CRITICAL, false,
         "not during"},
        /* in no known form: as before, not known */
        {"08 Mar 01:41 - 08 Mar 02:02", NULL, STATE_UNKNOWN, false, "Missing Intervals"},
        {DAY "02:02 - " DAY "01:41", NULL, STATE_UNKNOWN, false, "Missing Intervals"},
        {"08 Mar 2026 - 08 Mar 2026", NULL, STATE_UNKNOWN, false, "Missing Intervals"},
        {DAY "01:41 - " DAY "02:02 and more", NULL, STATE_UNKNOWN, false, "Missing Intervals"},
        {DAY "01:41 x - " DAY "02:02", NULL, STATE_UNKNOWN, false, "Missing Intervals"},
        {DAY "01:41 - " DAY "02:02;", NULL, STATE_UNKNOWN, false, "Missing Intervals"},
        {"21 minutes", NULL, STATE_UNKNOWN, false, "Missing Intervals"},
        /* from before the change */
        {"01 Feb 2026 10:00 - 01 Feb 2026 11:00", "01 Feb 2026 10:00 - 01 Feb 2026 11:00", STATE_OK,
         true, "missing for 1h"},
        {"01 Feb 2026 10:00 - 01 Feb 2026 11:00", "01 Feb 2026 10:00 - 01 Feb 2026 10:30",
         STATE_CRITICAL, false, "does not show it"},
        {"01 Feb 2026 10:00 - 01 Feb 2026 11:00", "none", STATE_CRITICAL, false,
         "does not show it"},
        {"01 Feb 2026 10:00 - 01 Feb 2026 11:00", NULL, STATE_CRITICAL, false, "not during"},
        /* what stood in the baseline explains nothing that came later */
        {DAY "02:30 - " DAY "02:50", DAY "02:30 - " DAY "02:50", STATE_CRITICAL, false,
         "not during"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)tear_down(state);
        (void)begin(state);
        const struct finding *found = judged(rows[i].gaps, rows[i].then);
        if (found->state != rows[i].state || strstr(found->text, rows[i].text) == NULL)
            fail_msg("row %zu: %d %s", i, (int)found->state, found->text);
        assert_int_equal(found->explained_by != NULL, rows[i].explained);
        assert_int_equal(found->hint != NULL, !rows[i].explained);
        assert_non_null(found->evidence.document);
    }
}

/* A sign of life inside the gap shows that the gateway was not down then. */
static void alive_in_the_gap(void **state)
{
    (void)state;
    give(&world_now[ESA1], "cli/displayalerts.txt",
         "Date and Time Stamp  Description\n08 Mar 2026 01:52:00 +0100  x\n", TAKEN);
    assert_int_equal(judged(DAY "01:41 - " DAY "02:02", NULL)->state, STATE_WARNING);
    assert_int_equal(judged(DAY "01:50 - " DAY "02:02", NULL)->state, STATE_OK);
}

static void gateway_without_a_start(void **state)
{
    (void)state;
    world_now[ESA1].document_count = 0;
    const struct finding *found = judged(DAY "01:41 - " DAY "02:02", NULL);
    assert_int_equal(found->state, STATE_UNKNOWN);
    assert_non_null(strstr(found->text, "nothing tells when the gateway was down"));
}

/* -- Silence of the mail log ------------------------------------------------------------------ */

static void write_long(struct log *log)
{
    header(log, HOUR / 2, "14.2.0-620");
    mails(log, HOUR / 2 + 10, 45, false, INSIDE, DELIVERED); /* until 01:14 */
    header(log, UP + 30, "15.0.3-002");
    mails(log, UP + MINUTE, 110, false, INSIDE, DELIVERED);
}

static void write_hole(struct log *log)
{
    header(log, UP + 30, "15.0.3-002");
    mails(log, UP + MINUTE, 40, false, INSIDE, DELIVERED);
    mails(log, UP + 65 * MINUTE, 50, false, INSIDE, DELIVERED);
}

static void write_rare(struct log *log)
{
    header(log, UP + 30, "15.0.3-002");
    mails(log, UP + MINUTE, 3, false, INSIDE, DELIVERED);
    mails(log, UP + 65 * MINUTE, 50, false, INSIDE, DELIVERED);
}

static void write_summer(struct log *log)
{
    header(log, UP + 30, "15.0.3-002");
    mails(log, UP + MINUTE - 1, 58, false, INSIDE, DELIVERED);
    say(log, 3 * HOUR - 3, "ICID 1 close");
    say(log, 4 * HOUR + 2, "ICID 1 close");
    mails(log, 4 * HOUR + 3, 50, false, INSIDE, DELIVERED);
}

static const struct finding *silence_of(void (*write)(struct log *log))
{
    give_log(write);
    const struct result *answer = check_run(registry_find(text_of("mailflow")), &q);
    for (size_t i = 0; i < answer->finding_count; i++)
        if (strstr(answer->findings[i]->text, "the mail log is silent") != NULL)
            return answer->findings[i];
    return NULL;
}

static void silence(void **state)
{
    (void)state;
    q.has_since = true;
    assert_true(time_parse_any(text_of("2026-03-07T22:00:00Z"), &q.since));
    const struct finding *found = silence_of(write_busy);
    assert_non_null(found);
    assert_int_equal(found->state, STATE_OK);
    assert_non_null(strstr(found->explained_by, "it goes on at 2026-03-08 02:00:30"));
    found = silence_of(write_long); /* longer than a reboot takes */
    assert_int_equal(found->state, STATE_WARNING);
    assert_null(found->explained_by);
    assert_non_null(found->hint);
    found = silence_of(write_hole);
    assert_int_equal(found->state, STATE_WARNING);
    assert_non_null(strstr(found->text, "from 2026-03-08 02:40:06 +0100 to 2026-03-08 03:05:00"));
    assert_true(found->evidence.line > 40);
    assert_null(silence_of(write_rare));
    assert_null(silence_of(write_summer));
    /* before the change */
    assert_true(time_parse_any(text_of("2026-03-08T02:30:00Z"), &q.since));
    assert_null(silence_of(write_hole));
    q.has_since = false; /* nothing tells what the change is */
    assert_null(silence_of(write_hole));
}

/* -- Counters --------------------------------------------------------------------------------- */

#define COUNTED(n)                                                                                 \
    "<?xml version=\"1.0\"?><status build=\"phoebe 15.0.3-002\" hostname=\"esa1.example.com\" "    \
    "timestamp=\"20260308040000\"><birth_time timestamp=\"20260308020000 (2h)\"/>"                 \
    "<counters><counter name=\"inj_msgs\" reset=\"0\" uptime=\"9\" lifetime=\"" n                  \
    "\"/></counters></status>"

static const struct finding *reset(void)
{
    const struct result *answer = check_run(registry_find(text_of("mailflow")), &q);
    for (size_t i = 0; i < answer->finding_count; i++)
        if (strstr(answer->findings[i]->text, "reset since") != NULL)
            return answer->findings[i];
    return NULL;
}

static void counters_that_fell(void **state)
{
    (void)state;
    give(&world_then[ESA1], "https/xml_status.xml", COUNTED("5000"), NULL);
    give(&world_now[ESA1], "https/xml_status.xml", COUNTED("5000"), NULL);
    assert_null(reset());
    give(&world_now[ESA1], "https/xml_status.xml", COUNTED("40"), NULL);
    assert_int_equal(reset()->state, STATE_OK);
    assert_non_null(strstr(reset()->explained_by, "own reboot, up since 2026-03-08 02:00:00"));
    /* up as long as in the baseline: no reboot explains it */
    give_status(&world_then[ESA1], "Sun Mar 08 03:00:00 2026 CET", START, " (1h)", NULL);
    assert_int_equal(reset()->state, STATE_WARNING);
    assert_null(reset()->explained_by);
    assert_non_null(reset()->hint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_night(begins_with_the_last_sign),
        with_night(by_the_mail_log),
        with_night(without_a_start_nothing_is_known),
        with_night(holds),
        with_night(gaps_of_tracking_data),
        with_night(alive_in_the_gap),
        with_night(gateway_without_a_start),
        with_night(silence),
        with_night(counters_that_fell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
