/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/log_writer.h"
#include "tests/unit/world.h"

#include "checks/timeline.h"

#define TAKEN "2026-03-08T03:00:00Z"

static int begin(void **state)
{
    (void)world_begin(state);
    give_status(&world_now[ESA1], "Sun Mar 08 04:00:00 2026 CET", "Sun Mar 08 02:00:00 2026 CET",
                " (2h)", TAKEN);
    give_status(&world_then[ESA1], "Sat Mar 07 21:00:00 2026 CET", "Sun Nov 09 02:14:51 2025 CET",
                "", "2026-03-07T20:00:00Z");
    return 0;
}

#define with_night(test) cmocka_unit_test_setup_teardown(test, begin, tear_down)

static struct timeline line;

static const char *events(void)
{
    char at[32];
    const char *text = "";
    line = timeline_of(&q, &arena);
    for (size_t i = 0; i < line.event_count; i++) {
        const struct timeline_event *event = &line.events[i];
        size_t word = 0;
        while (timeline_words[word] != NULL && strcmp(timeline_words[word], event->what) != 0)
            word++;
        assert_non_null(timeline_words[word]);
        assert_true(i == 0 || line.events[i - 1].at <= event->at);
        text = arena_printf(&arena, "%s%s%s%s %s", text, i > 0 ? ", " : "",
                            event->observed ? "seen " : "", event->what,
                            time_print_utc(event->at, at, sizeof(at)) + 11);
    }
    return text;
}

static void give_log(void (*write)(struct log *log), const char *head)
{
    struct log log = {.day = 8, .head = head};
    write(&log);
    give(&world_now[ESA1], "log/mail_logs.txt", log.text, TAKEN);
}

static void write_night(struct log *log)
{
    header(log, HOUR, "14.2.0-620");
    mails(log, HOUR + 10, 50, false, INSIDE, DELIVERED); /* until 01:49:16 */
    header(log, UP + 30, "15.0.3-002");
    say(log, UP + 31, "System is coming up.");
    mail(log, UP + MINUTE, false, INSIDE, DROPPED);
    mail(log, UP + 3 * MINUTE, true, OUTSIDE, BOUNCED);
    mail(log, UP + 5 * MINUTE, true, OUTSIDE, DELIVERED);
}

static void only_the_start(void **state)
{
    (void)state;
    assert_string_equal(events(), "up 01:00:00Z");
    assert_string_equal(line.events[0].document, "cli/status.txt");
    assert_int_equal(line.events[0].line, 2);
    assert_int_equal(line.minute_count, 0);
}

static void mail_of_the_night(void **state)
{
    (void)state;
    give_log(write_night, NULL);
    assert_string_equal(events(), "seen down 00:49:16Z, up 01:00:00Z, first_mail_in 01:01:00Z, "
                                  "first_mail_out 01:05:04Z");
    assert_string_equal(line.events[2].document, "log/mail_logs.txt");
    assert_true(line.events[3].line > line.events[2].line);
    assert_true(line.events[2].line > line.events[0].line);
    assert_int_equal(line.minute_count, 53);
    assert_int_equal(line.minutes[0].at, utc("2026-03-08T00:00:00Z"));
    assert_int_equal(line.minutes[0].received, 1);
    assert_int_equal(line.minutes[52].at, utc("2026-03-08T01:05:00Z"));
    assert_int_equal(line.minutes[52].delivered, 1);
    assert_int_equal(line.minutes[51].bounced, 1);
}

/* A log that begins long after the start: its first mail is not the first. */
static void write_tail(struct log *log)
{
    mails(log, 3 * HOUR, 10, false, INSIDE, DELIVERED);
}

static void a_tail_does_not_tell_the_first(void **state)
{
    (void)state;
    give_log(write_tail, NULL);
    assert_string_equal(events(), "up 01:00:00Z");
    assert_int_equal(line.minute_count, 10);
    assert_int_equal(line.minutes[0].at, utc("2026-03-08T02:00:00Z")); /* zone lent by status */
}

static void write_nothing_out(struct log *log)
{
    header(log, UP + 30, "15.0.3-002");
    say(log, UP + 31, "System is coming up.");
    mail(log, UP + MINUTE, false, INSIDE, QUEUED);
    say(log, UP + 2 * MINUTE, "Message done DCID 9 MID 9 to RID [0] (external quarantine)");
    say(log, UP + 3 * MINUTE, "MID 7 Subject \"Message done DCID 9 MID 9 to RID [0]\"");
}

static void a_quarantine_takes_no_mail_out(void **state)
{
    (void)state;
    give_log(write_nothing_out, NULL);
    assert_string_equal(events(), "up 01:00:00Z, first_mail_in 01:01:00Z");
}

static void syslog_without_years(void **state)
{
    (void)state;
    give_log(write_night, "esa1");
    assert_string_equal(events(), "seen down 00:49:16Z, up 01:00:00Z, first_mail_in 01:01:00Z, "
                                  "first_mail_out 01:05:04Z");
    assert_int_equal(line.minutes[0].at, utc("2026-03-08T00:00:00Z"));
}

static void lines_of_others_do_not_count(void **state)
{
    (void)state;
    give_log(write_night, "esa2");
    const char *found = events();
    assert_null(strstr(found, "first_mail"));
    assert_int_equal(line.minute_count, 0);
}

static void without_a_zone_nothing_is_told(void **state)
{
    (void)state;
    give_status(&world_now[ESA1], "Sun Mar 08 04:00:00 2026", "Sun Mar 08 02:00:00 2026", " (2h)",
                NULL);
    give_log(write_tail, NULL);
    world_now[ESA1].documents[1].has_taken_at = false;
    assert_string_equal(events(), "");
    assert_int_equal(line.minute_count, 0);
}

static void the_newest_minutes(void **state)
{
    (void)state;
    struct log log = {.day = 6};
    for (; log.day <= 8; log.day++)
        for (int hour = 0; hour < 24; hour++) {
            header(&log, hour * HOUR, "15.0.3-002");
            for (int minute = 0; minute < 60; minute++)
                receive(&log, hour * HOUR + minute * MINUTE, false, DROPPED);
        }
    give(&world_now[ESA1], "log/mail_logs.txt", log.text, "2026-03-08T23:30:00Z");
    (void)events();
    assert_int_equal(line.minute_count, TIMELINE_MINUTES);
    assert_int_equal(line.minutes[TIMELINE_MINUTES - 1].at, utc("2026-03-08T22:59:00Z"));
}

#define CONNECTED(words)                                                                           \
    "Machine esa1.example.com (this machine)\nMachine esa2.example.com: " words "\n"

static const char cluster_list[] =
    "(Cluster hq)> clusterconfig list\n\nCluster hq\n=================\nGroup Main_Group:\n"
    "    Machine esa1.example.com (Serial #: AAAA-1)\n"
    "    Machine esa2.example.com (Serial #: BBBB-2)\n";

static void neighbours(void **state)
{
    (void)state;
    give(&world_now[ESA1], "cli/clusterlist.txt", cluster_list, TAKEN);
    give(&world_now[ESA1], "cli/connstatus.txt", CONNECTED("Connected"), "2026-03-08T03:00:07Z");
    give(&world_now[ESA1], "cli/displayalerts.txt",
         "Date and Time Stamp  Description\n"
         "08 Mar 2026 02:24:05 +0100  Error connecting to cluster machine esa2.example.com (Serial "
         "#: BBBB-2) at IP 192.0.2.12 - Existing connection dropped - connection closed\n\n"
         "08 Mar 2026 01:43:50 +0100  Error connecting to cluster machine esa2.example.com (Serial "
         "#: BBBB-2) at IP 192.0.2.12 - Existing connection dropped - connection closed\n\n"
         "01 Mar 2026 01:43:50 +0100  Error connecting to cluster machine esa2.example.com (Serial "
         "#: BBBB-2) at IP 192.0.2.12 - Existing connection dropped - connection closed\n",
         TAKEN);
    give(&world_now[SMA1], "https/config_appliances.json",
         "{\"data\": {\"appliances\": [{\"AAAA-1\": {\"product_type\": \"ESA\", \"host_name\": "
         "\"esa1.example.com\", \"connection_established\": true}}]}}",
         "2026-03-08T03:00:20Z");
    assert_string_equal(events(), "disconnected 00:43:50Z, seen down 00:43:50Z, up 01:00:00Z, "
                                  "seen connected 03:00:07Z, seen established 03:00:20Z");
    assert_string_equal(line.events[4].document, "sma1.example.com/https/config_appliances.json");
    give(&world_now[ESA1], "cli/connstatus.txt", CONNECTED("Disconnected by admin"),
         "2026-03-08T03:00:07Z");
    give(&world_now[SMA1], "https/config_appliances.json",
         "{\"data\": {\"appliances\": [{\"AAAA-1\": {\"product_type\": \"ESA\", \"host_name\": "
         "\"esa1.example.com\", \"connection_established\": false}}]}}",
         "2026-03-08T03:00:20Z");
    assert_string_equal(events(), "disconnected 00:43:50Z, seen down 00:43:50Z, up 01:00:00Z, "
                                  "seen disconnected 03:00:07Z");
    give(&world_now[ESA1], "cli/connstatus.txt", CONNECTED("Perhaps"), "2026-03-08T03:00:07Z");
    assert_null(strstr(events(), "seen connected"));
    /* a serial number is another machine's, though the name is the same */
    give(&world_now[ESA1], "cli/version.txt", "Version: 15.0.3-002\nSerial #: CCCC-3\n", TAKEN);
    give(&world_now[SMA1], "https/config_appliances.json",
         "{\"data\": {\"appliances\": [{\"AAAA-1\": {\"product_type\": \"ESA\", \"host_name\": "
         "\"esa1.example.com\", \"connection_established\": true}}]}}",
         "2026-03-08T03:00:20Z");
    assert_null(strstr(events(), "established"));
}

static void suspended_and_installed(void **state)
{
    (void)state;
    give(&world_now[ESA1], "cli/status.txt",
         "Status as of: Sun Mar 08 04:00:00 2026 CET\nUp since: Sun Mar 08 02:00:00 2026 CET "
         "(2h)\nSystem status: Receiving suspended\n",
         TAKEN);
    give(&world_now[ESA1], "cli/version.txt",
         "Version: 15.0.3-002\nInstall Date: 2026-03-08 01:50:12\n", TAKEN);
    give(&world_then[ESA1], "cli/version.txt",
         "Version: 14.2.0-620\nInstall Date: 2025-11-09 02:01:00\n", NULL);
    assert_string_equal(events(), "installing 00:50:12Z, up 01:00:00Z, seen suspended 03:00:00Z");
    /* the installation of long ago is none of this change */
    give(&world_then[ESA1], "cli/version.txt",
         "Version: 15.0.3-002\nInstall Date: 2026-03-08 01:50:12\n", NULL);
    assert_null(strstr(events(), "installing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_night(only_the_start),
        with_night(mail_of_the_night),
        with_night(a_tail_does_not_tell_the_first),
        with_night(a_quarantine_takes_no_mail_out),
        with_night(syslog_without_years),
        with_night(lines_of_others_do_not_count),
        with_night(without_a_zone_nothing_is_told),
        with_night(the_newest_minutes),
        with_night(neighbours),
        with_night(suspended_and_installed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
