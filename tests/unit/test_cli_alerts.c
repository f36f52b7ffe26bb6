/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "checks/parse/cli_displayalerts.h"

#define HEADER                                                                                     \
    "Date and Time Stamp               Description\n"                                              \
    "--------------------------------------------------------------------------------\n\n"

static const struct cli_displayalerts *alerts_of(const char *text)
{
    return facts_of(&cli_displayalerts_kind, text);
}

static void reads_records(void **state)
{
    (void)state;
    const struct cli_displayalerts *a =
        alerts_of("esa1.example.com> displayalerts 50\n\n" HEADER
                  "04 Mar 2025 08:33:36 +0100        The updater could not reach the server for at "
                  "least 1h.\n"
                  "                                  Last message occurred 8 times between Tue Mar "
                  " 4 07:29:57\n"
                  "                                  2025 and Tue Mar  4 08:18:24 2025.\n"
                  "\n"
                  " 2 Mar 2025 03:52:11 -0500\tAn application fault occurred:\n"
                  "Traceback (most recent call last):\n"
                  "\n"
                  "  File \"gcq.py\", line 3\n"
                  "esa1.example.com> ");
    assert_non_null(a);
    assert_true(a->header_seen && a->prompt_returned);
    assert_false(a->none_said || a->cut);
    assert_span(a->stray, "");
    assert_int_equal(a->count, 2);

    struct stamp stamp;
    const struct alert *alert = &a->alerts[0];
    assert_true(time_parse_alert(text_of("04 Mar 2025 08:33:36 +0100"), &stamp));
    assert_memory_equal(&alert->when.civil, &stamp.civil, sizeof(stamp.civil));
    assert_true(alert->when.has_offset);
    assert_int_equal(alert->when.offset, 3600);
    assert_span(alert->text, "The updater could not reach the server for at least 1h.");
    assert_int_equal(alert->line, 6);
    assert_int_equal(alert->severity, ALERT_UNTOLD);
    assert_int_equal(alert->repeats, 8);
    assert_true(alert->has_repeat_span);
    assert_int_equal(time_between(alert->repeat_last, alert->repeat_first), 48 * 60 + 27);

    alert = &a->alerts[1];
    assert_int_equal(alert->when.offset, -5 * 3600);
    assert_span(alert->text, "An application fault occurred: Traceback (most recent call last): "
                             "File \"gcq.py\", line 3");
    assert_int_equal(alert->line, 10);
    assert_int_equal(alert->repeats, 0);
    assert_false(alert->has_repeat_span);
}

static void strips_a_severity_that_is_one(void **state)
{
    (void)state;
    static const struct {
        const char *said, *text;
        enum alert_severity severity;
    } cases[] = {
        {"Critical: disk", "disk", ALERT_CRITICAL},
        {"Warning> disk", "disk", ALERT_WARNING},
        {"warning :disk", "disk", ALERT_WARNING},
        {"Info: disk", "disk", ALERT_INFO},
        {"Information: disk", "disk", ALERT_INFO},
        {"Critical <System> disk", "<System> disk", ALERT_CRITICAL},
        {"Warning threshold reached", "Warning threshold reached", ALERT_UNTOLD},
        {"Critical disk", "Critical disk", ALERT_UNTOLD},
        {"Informational: x", "Informational: x", ALERT_UNTOLD},
        {"work queue paused, 98 msgs, antispam", "work queue paused, 98 msgs, antispam",
         ALERT_UNTOLD},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct cli_displayalerts *a =
            alerts_of(arena_printf(&arena, "04 Mar 2025 08:33:36 +0100  %s\n", cases[i].said));
        assert_non_null(a);
        assert_int_equal(a->count, 1);
        assert_span(a->alerts[0].text, cases[i].text);
        assert_int_equal(a->alerts[0].severity, cases[i].severity);
    }
}

static void takes_only_a_whole_summary(void **state)
{
    (void)state;
    static const struct {
        const char *said, *text;
        unsigned repeats;
        bool spanned;
    } cases[] = {
        {"x Last message occurred 1 time between Tue Mar 4 07:29:57 2025 and Tue Mar 4 08:18:24 "
         "2025",
         "x", 1, true},
        {"x Last message occurred 1,200 times between Tue Mar 4 07:29:57 2025 CET and Tue Mar 4 "
         "08:18:24 2025 CET. y",
         "x y", 1200, true},
        {"x Last message occurred 3 times.", "x", 3, false},
        {"Last message occurred 3 times.", "", 3, false},
        {"x Last message occurred 3 times between then and now.",
         "x Last message occurred 3 times between then and now.", 0, false},
        {"x Last message occurred often.", "x Last message occurred often.", 0, false},
        {"x Last message occurred 99999999999 times.", "x Last message occurred 99999999999 times.",
         0, false},
        {"x Last message occurred 0 times.", "x Last message occurred 0 times.", 0, false},
        {"x Last message occurred 3 times between", "x Last message occurred 3 times between", 0,
         false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct cli_displayalerts *a =
            alerts_of(arena_printf(&arena, "04 Mar 2025 08:33:36 +0100  %s\n", cases[i].said));
        assert_non_null(a);
        assert_span(a->alerts[0].text, cases[i].text);
        assert_int_equal(a->alerts[0].repeats, cases[i].repeats);
        assert_int_equal(a->alerts[0].has_repeat_span, cases[i].spanned);
    }
}

static void takes_a_zone_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *zone;
        bool known;
        int32_t offset;
    } cases[] = {
        {"+0100", true, 3600}, {"-0330", true, -12600}, {"CET", true, 3600}, {"GMT", true, 0},
        {"AEST", true, 36000}, {"IST", false, 0},       {"XYZZY", false, 0},
    };
    struct stamp clock;
    assert_true(time_parse_iso(text_of("2025-03-04 08:33:36"), &clock));
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct cli_displayalerts *a =
            alerts_of(arena_printf(&arena,
                                   "05 Mar 2025 08:33:36 +0100  one\n"
                                   "04 Mar 2025 08:33:36 %s     LDAP: two\n",
                                   cases[i].zone));
        assert_non_null(a);
        assert_int_equal(a->count, 2);
        assert_span(a->alerts[0].text, "one");
        assert_span(a->alerts[1].text, "LDAP: two");
        assert_true(a->alerts[1].when.civil == clock.civil);
        assert_int_equal(a->alerts[1].when.has_offset, cases[i].known);
        if (cases[i].known)
            assert_int_equal(a->alerts[1].when.offset, cases[i].offset);
    }
}

static void knows_how_many_were_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        size_t asked;
    } cases[] = {
        {"", 0},
        {HEADER, 0},
        {"displayalerts 3\n" HEADER, 3},
        {"(Machine esa1.example.com)> displayalerts\n\n" HEADER, 0},
        {"(Machine esa1.example.com)> displayalerts 500\n\n" HEADER, 500},
        {"(Machine esa1.example.com)> displayalerts 3\nx\n"
         "(Machine esa1.example.com)> displayalerts\n" HEADER,
         0},
        {"(Machine esa1.example.com)> displayalerts many\n" HEADER, 0},
    };
    static const char entry[] = "04 Mar 2025 08:33:36 +0100  use displayalerts 7\n"
                                "(Machine esa1.example.com)> ";
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct cli_displayalerts *a =
            alerts_of(arena_printf(&arena, "%s%s", cases[i].before, entry));
        assert_non_null(a);
        assert_int_equal(a->count, 1);
        if (a->asked != cases[i].asked)
            fail_msg("%s: %zu", cases[i].before, a->asked);
    }
}

static void knows_an_empty_list(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool header, none;
        const char *stray;
    } cases[] = {
        {HEADER, true, false, ""},
        {"There are no alerts.\n", false, true, ""},
        {"No recent alerts to show\n", false, true, ""},
        {HEADER "There are currently no alerts to display.\n", true, true, ""},
        {HEADER "no alerts available\n", true, true, ""},
        {HEADER "No alerts available: the alert database is locked.\n", true, false,
         "No alerts available: the alert database is locked."},
        {HEADER "There are no alerts. Or are there?\n", true, false,
         "There are no alerts. Or are there?"},
        {HEADER "Something else happened\nmore\n", true, false, "Something else happened"},
        {HEADER "No alerts could be read\n", true, false, "No alerts could be read"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct cli_displayalerts *a = alerts_of(cases[i].text);
        assert_non_null(a);
        assert_int_equal(a->count, 0);
        assert_int_equal(a->header_seen, cases[i].header);
        assert_int_equal(a->none_said, cases[i].none);
        assert_span(a->stray, cases[i].stray);
        assert_int_equal(a->stray_line, cases[i].stray[0] == '\0' ? 0 : 4);
    }
    static const char *const refused[] = {"",
                                          "No alerts: error reading the list\n",
                                          "hello\n",
                                          "Tue Mar  4 08:33:36 2025 text\n",
                                          "No alerts to display, the list is locked\n",
                                          "04 Mar 2025 08:33:36 text\n",
                                          "04 Mar 2025 08:33:36 C text\n",
                                          "04 Mar 2025 08:33:36 LONGER text\n",
                                          "04 Mar 2025 08:33:36 LDAP: text\n",
                                          "04 Mar 2025 08:33:36 +01000 text\n",
                                          "31 Feb 2025 08:33:36 +0100 text\n"};
    for (size_t i = 0; i < COUNT(refused); i++)
        assert_null(alerts_of(refused[i]));
}

static void sees_a_cut(void **state)
{
    (void)state;
    static const char first[] = HEADER "04 Mar 2025 08:33:36 +0100  one\n";
    static const struct {
        const char *tail;
        size_t count;
        bool cut;
    } cases[] = {
        {"", 1, false},
        {"3", 1, true},
        {"03 Mar 20", 1, true},
        {"03 Mar 2025 08:33:36 +01", 1, true},
        {"03 Mar 2025 08:33:36 +0100", 1, true},
        {"03 Mar 2025 08:33:36 +0100 t", 1, true},
        {"03 Mar 2025 08:33:36 +0100 t\n", 2, false},
        {"03 Mar 20\n", 1, false},
        {"03 Mar 2025 08:33:36 C", 1, true},
        {"03 Mar 2025 08:33:36 CET", 1, true},
        {"03 Mar 2025 08:33:36 CET t\n", 2, false},
        {"\n\n", 1, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct cli_displayalerts *a =
            alerts_of(arena_printf(&arena, "%s%s", first, cases[i].tail));
        assert_non_null(a);
        assert_int_equal(a->count, cases[i].count);
        assert_int_equal(a->cut, cases[i].cut);
        assert_false(a->prompt_returned);
    }
}

static void stops_at_the_maximum(void **state)
{
    (void)state;
    static const char line[] = "04 Mar 2025 08:33:36 +0100  x\n";
    size_t each = sizeof(line) - 1, n = CLI_DISPLAYALERTS_MAX + 1;
    char *text = arena_alloc(&arena, each * n + 1);
    for (size_t i = 0; i < n * each; i++)
        text[i] = line[i % each];
    const struct cli_displayalerts *a = alerts_of(text);
    assert_non_null(a);
    assert_int_equal(a->count, CLI_DISPLAYALERTS_MAX);
    assert_true(a->cut);
    text[each * (n - 1)] = '\0';
    a = alerts_of(text);
    assert_non_null(a);
    assert_int_equal(a->count, CLI_DISPLAYALERTS_MAX);
    assert_false(a->cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(reads_records),
        with_arena(strips_a_severity_that_is_one),
        with_arena(takes_only_a_whole_summary),
        with_arena(takes_a_zone_by_name),
        with_arena(knows_how_many_were_asked_for),
        with_arena(knows_an_empty_list),
        with_arena(sees_a_cut),
        with_arena(stops_at_the_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
