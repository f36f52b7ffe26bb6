/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "checks/time.h"

typedef bool parser(struct span span, struct stamp *stamp);

static parser *const parsers[] = {time_parse_status, time_parse_iso, time_parse_alert,
                                  time_parse_tracking, time_parse_compact};

static void reads_every_form(void **state)
{
    (void)state;
    static const struct {
        parser *parse;
        const char *text, *printed;
    } rows[] = {
        {time_parse_status, "Fri Apr 22 15:36:43 2022 GMT", "2022-04-22 15:36:43 +0000"},
        {time_parse_status, "Fri Apr 22 15:36:43 2022", "2022-04-22 15:36:43"},
        {time_parse_status, "Tue Mar  4 07:29:57 2025 CET", "2025-03-04 07:29:57 +0100"},
        {time_parse_status, "Tue Mar 4 07:29:57 2025 CET", "2025-03-04 07:29:57 +0100"},
        {time_parse_status, " Tue Mar 04 07:29:57 2025 EDT \r\n", "2025-03-04 07:29:57 -0400"},
        {time_parse_status, "Tue Mar 04 07:29:57 2025 AST", "2025-03-04 07:29:57"},
        {time_parse_status, "Tue Mar 04 07:29:57 2025 IST", "2025-03-04 07:29:57"},
        {time_parse_status, "Tue Mar 04 07:29:57 2025 QQQ", "2025-03-04 07:29:57"},
        {time_parse_status, "Tue Mar 04 07:29:57 2025 -03", "2025-03-04 07:29:57 -0300"},
        {time_parse_status, "Tue Mar 04 07:29:57 2025 GMT+3", "2025-03-04 07:29:57"},
        {time_parse_status, "Tue Mar 04 07:29:57 2025 GMT-11", "2025-03-04 07:29:57"},
        {time_parse_status, "Tue Mar 04 07:29:57 2025 Site+03", "2025-03-04 07:29:57"},
        {time_parse_status, "Tue Mar 04 07:29:57 2025 IDT", "2025-03-04 07:29:57 +0300"},
        {time_parse_status, "Tue Mar 04 07:29:57 2025 +0530", "2025-03-04 07:29:57 +0530"},
        {time_parse_status, "Thu Feb 29 00:00:00 2024 UTC", "2024-02-29 00:00:00 +0000"},
        {time_parse_iso, "2022-03-04 16:13:27", "2022-03-04 16:13:27"},
        {time_parse_iso, "2022-03-04T16:13:27", "2022-03-04 16:13:27"},
        {time_parse_iso, "2022-03-04T16:13:27Z", "2022-03-04 16:13:27 +0000"},
        {time_parse_iso, "2022-03-04T16:13:27+05:30", "2022-03-04 16:13:27 +0530"},
        {time_parse_iso, "2022-03-04 16:13:27 -0500", "2022-03-04 16:13:27 -0500"},
        {time_parse_iso, "2022-03-04", "2022-03-04 00:00:00"},
        {time_parse_iso, "1970-01-01", "1970-01-01 00:00:00"},
        {time_parse_iso, "9999-12-31T23:59:59Z", "9999-12-31 23:59:59 +0000"},
        {time_parse_alert, "28 Apr 2014 11:37:39 -0500", "2014-04-28 11:37:39 -0500"},
        {time_parse_alert, "4 Mar 2025 08:33:36 +0100", "2025-03-04 08:33:36 +0100"},
        {time_parse_alert, "04 Mar 2025 08:33:36 -0330", "2025-03-04 08:33:36 -0330"},
        {time_parse_tracking, "07 Sep 2022 08:10:33 (GMT)", "2022-09-07 08:10:33 +0000"},
        {time_parse_tracking, "31 Jul 2023 15:20:45 (GMT +00:00)", "2023-07-31 15:20:45 +0000"},
        {time_parse_tracking, "31 Jul 2023 15:20:45 (GMT +02:00)", "2023-07-31 15:20:45 +0200"},
        {time_parse_tracking, "31 Jul 2023 15:20:45 (CEST)", "2023-07-31 15:20:45 +0200"},
        {time_parse_compact, "20170329115551", "2017-03-29 11:55:51"},
        {time_parse_compact, "20000229000000", "2000-02-29 00:00:00"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stamp stamp = {0}, any = {0}, again = {0};
        char buffer[32];
        if (!rows[i].parse(text_of(rows[i].text), &stamp))
            fail_msg("%s", rows[i].text);
        assert_string_equal(time_print(stamp, buffer, sizeof(buffer)), rows[i].printed);
        assert_true(time_parse_any(text_of(rows[i].text), &any));
        assert_int_equal(any.civil, stamp.civil);
        assert_int_equal(any.has_offset, stamp.has_offset);
        assert_int_equal(any.offset, stamp.offset);
        /* The forms are distinct: no other reader takes it. And what we print we can read. */
        for (size_t p = 0; p < COUNT(parsers); p++)
            assert_int_equal(parsers[p](text_of(rows[i].text), &again),
                             parsers[p] == rows[i].parse);
        assert_true(time_parse_iso(text_of(buffer), &again));
        assert_int_equal(again.civil, stamp.civil);
        assert_int_equal(again.has_offset, stamp.has_offset);
    }
}

static void refuses_what_is_no_date(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "now",
        "Never",
        "Fri Apr 31 15:36:43 2022 GMT",
        "Tue Feb 29 15:36:43 2023 GMT",
        "Thu Feb 29 00:00:00 2100",
        "Fri Apr 00 15:36:43 2022",
        "Fri Apr 22 24:00:00 2022",
        "Fri Apr 22 23:60:00 2022",
        "Fri Apr 22 23:59:60 2022",
        "Fri Apr 22 3:59:00 2022",
        "Fri Apr 22 15:36 2022",
        "Fri Apr 22 15:36:43 1969",
        "Fri Apr 22 15:36:43 12022",
        "Fri Apr 22 15:36:43 2022 GMT x",
        "Fri Apr 22 15:36:43 2022 (48d 23h 23m 32s)",
        "Fri Apr 22 15:36:43 2022 G",
        "Fri Apr 22 15:36:43 2022 ABCDEF",
        "Fri Apr 22 15:36:43 2022 gmt",
        "Fri Apr 22 15:36:43 2022 Gmt",
        "Fri Apr 22 15:36:43 2022 GMT+",
        "Fri Apr 22 15:36:43 2022 GMT+15",
        "Fri Apr 22 15:36:43 2022 GMT+0300",
        "Fri Apr 22 15:36:43 2022 G+3",
        "Fri Apr 22 15:36:43 2022 ABCDEF+3",
        "Fri Apr 22 15:36:43 2022 +15",
        "Fri Apr 22 15:36:43 2022 +",
        "Foo Apr 22 15:36:43 2022",
        "Fri Foo 22 15:36:43 2022",
        "fri apr 22 15:36:43 2022",
        "FriApr 22 15:36:43 2022",
        "Apr 22 15:36:43 2022",
        "2022-13-01",
        "2022-00-01",
        "2022-02-30",
        "2022-3-04",
        "22-03-04",
        "2022/03/04",
        "2022-03-04T",
        "2022-03-04T16:13",
        "2022-03-04T16:13:27ZZ",
        "2022-03-04T16:13:27Z+01:00",
        "2022-03-04T16:13:27+1",
        "2022-03-04T16:13:27+15:00",
        "2022-03-04T16:13:27+01:60",
        "2022-03-04x16:13:27",
        "-2022-03-04",
        "28 Apr 2014 11:37:39",
        "28 Apr 2014 11:37:39 -05",
        "31 Jun 2014 11:37:39 -0500",
        "28 Apr 2014 -0500",
        "28 April 2014 11:37:39 -0500",
        "28 Apr 2014 11:37:39 -0500 text",
        "07 Sep 2022 08:10:33 ()",
        "07 Sep 2022 08:10:33 (GMT",
        "07 Sep 2022 08:10:33 (GMT +00:00",
        "07 Sep 2022 08:10:33 (GMT +99:00)",
        "2017032911555",
        "201703291155511",
        "20170229115551",
        "20171329115551",
        "20170329255551",
        "00000000000000",
        "@",
        "@-1",
        "@x",
        "@253402300800",
        "@99999999999999999999",
        "1700000000",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct stamp stamp = {.civil = 7, .has_offset = true, .offset = 8};
        if (time_parse_any(text_of(bad[i]), &stamp))
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(stamp.civil, 7);
        assert_true(stamp.has_offset);
        assert_int_equal(stamp.offset, 8);
    }
}

static void survives_bytes(void **state)
{
    (void)state;
    static const char *const whole[] = {
        "Fri Apr 22 15:36:43 2022 GMT",
        "2022-03-04T16:13:27+05:30",
        "28 Apr 2014 11:37:39 -0500",
        "31 Jul 2023 15:20:45 (GMT +00:00)",
        "20170329115551",
    };
    struct stamp stamp;
    /* Cut and damaged at every place, in memory that ends where the text ends. */
    for (size_t w = 0; w < COUNT(whole); w++) {
        size_t n = strlen(whole[w]);
        for (size_t cut = 0; cut <= n; cut++) {
            char copy[64];
            memcpy(copy + sizeof(copy) - cut, whole[w], cut);
            (void)time_parse_any((struct span){copy + sizeof(copy) - cut, cut}, &stamp);
            for (int byte = 0; byte < 256 && cut < n; byte++) {
                memcpy(copy, whole[w], n);
                copy[cut] = (char)byte;
                (void)time_parse_any((struct span){copy, n}, &stamp);
            }
        }
    }
    static char long_text[1000000];
    static const char fill[] = {'1', ' ', '(', 'G', '\0', '\xff'};
    for (size_t f = 0; f < sizeof(fill); f++) {
        int64_t seconds;
        struct span span = {long_text, sizeof(long_text)};
        memset(long_text, fill[f], sizeof(long_text));
        assert_false(time_parse_any(span, &stamp));
        assert_false(time_parse_uptime(span, &seconds));
        assert_false(time_parse_age(span, &seconds));
    }
    assert_false(time_parse_any((struct span){NULL, 0}, &stamp));
}

static void knows_zones(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int32_t offset;
    } rows[] = {
        {"GMT", 0},      {"UTC", 0},      {"CET", 3600},   {"CEST", 7200},  {"EET", 7200},
        {"EEST", 10800}, {"WET", 0},      {"WEST", 3600},  {"EST", -18000}, {"EDT", -14400},
        {"MST", -25200}, {"MDT", -21600}, {"PST", -28800}, {"PDT", -25200}, {"JST", 32400},
        {"KST", 32400},  {"NST", -12600}, {"ACST", 34200}, {"NZDT", 46800},
    };
    static const char *const open[] = {"IST", "CST", "BST", "AST", "", "gmt", "GMTX", "GM", "SST"};
    for (size_t i = 0; i < COUNT(rows); i++) {
        int32_t offset = 1;
        assert_true(time_zone_offset(text_of(rows[i].name), &offset));
        assert_int_equal(offset, rows[i].offset);
    }
    for (size_t i = 0; i < COUNT(open); i++) {
        int32_t offset = 42;
        assert_false(time_zone_offset(text_of(open[i]), &offset));
        assert_int_equal(offset, 42);
    }
}

/* A name that means several zones takes the one that fits; what has no such name takes any. */
static void lends_what_the_name_may_mean(void **state)
{
    static const struct {
        const char *zone;
        int32_t offset, slack, lent; /* minutes; NONE = refused */
    } rows[] = {
#define NONE INT32_MAX
        {"BST", 0, 60, 60},      {"BST", 60, 60, 60},      {"BST", 360, 0, 360},
        {"BST", 120, 0, NONE},   {"BST", 180, 60, NONE},   {"IST", 0, 60, 60},
        {"IST", 120, 60, 120},   {"IST", 180, 60, 120},    {"IST", 330, 0, 330},
        {"IST", 30, 0, NONE},    {"IST", 345, 0, NONE},    {"CST", -300, 60, -300},
        {"CST", -360, 0, -360},  {"CST", 480, 60, 480},    {"CST", 0, 60, NONE},
        {"CDT", -360, 60, -300}, {"AST", -180, 60, -240},  {"AST", 180, 0, 180},
        {"QQQ", 345, 0, 345},    {"GMT+3", 180, 0, 180},   {"", -210, 0, -210},
        {"CET", 60, 60, NONE},   {"NZDT", 780, 840, NONE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[64];
        struct stamp stamp;
        (void)snprintf(text, sizeof(text), "Tue Mar 04 07:29:57 2025 %s", rows[i].zone);
        assert_true(time_parse_status(text_of(text), &stamp));
        struct stamp lent = stamp;
        bool ok = time_lend(&lent, rows[i].offset * 60, rows[i].slack * 60);
        if (ok != (rows[i].lent != NONE))
            fail_msg("%s %d", rows[i].zone, (int)rows[i].offset);
        assert_true(lent.has_offset == (ok || stamp.has_offset));
        assert_int_equal(lent.offset, ok ? rows[i].lent * 60 : stamp.offset);
        assert_int_equal(lent.civil, stamp.civil);
    }
}

static void reads_durations(void **state)
{
    (void)state;
    static const struct {
        bool (*parse)(struct span, int64_t *);
        const char *text;
        int64_t seconds; /* -1 = refused */
    } rows[] = {
        {time_parse_uptime, "48d 23h 23m 32s", 48 * 86400 + 23 * 3600 + 23 * 60 + 32},
        {time_parse_uptime, "(48d 23h 23m 32s)", 48 * 86400 + 23 * 3600 + 23 * 60 + 32},
        {time_parse_uptime, " (22h 45m 29s) ", 22 * 3600 + 45 * 60 + 29},
        {time_parse_uptime, "0s", 0},
        {time_parse_uptime, "2d", 2 * 86400},
        {time_parse_uptime, "2d 5s", 2 * 86400 + 5},
        {time_parse_uptime, "1000d 0h 0m 0s", 86400000},
        {time_parse_uptime, "999999999d", INT64_C(86399999913600)},
        {time_parse_uptime, "1000000000d", -1},
        {time_parse_uptime, "", -1},
        {time_parse_uptime, "()", -1},
        {time_parse_uptime, "(", -1},
        {time_parse_uptime, "(5s", -1},
        {time_parse_uptime, "5s)", -1},
        {time_parse_uptime, "5", -1},
        {time_parse_uptime, "5x", -1},
        {time_parse_uptime, "5s 4m", -1},
        {time_parse_uptime, "5m 5m", -1},
        {time_parse_uptime, "-5s", -1},
        {time_parse_uptime, "5s,", -1},
        {time_parse_uptime, "5 secs", -1},
        {time_parse_age, "4 weeks 46 mins 53 secs", 4 * 604800 + 46 * 60 + 53},
        {time_parse_age, "12 mins 4 secs", 724},
        {time_parse_age, "1 hour", 3600},
        {time_parse_age, "2 days", 172800},
        {time_parse_age, "1 week 1 day 1 hour 1 min 1 sec", 604800 + 86400 + 3600 + 61},
        {time_parse_age, "1 minute 30 seconds", 90},
        {time_parse_age, "0 secs", 0},
        {time_parse_age, "No Messages", -1},
        {time_parse_age, "", -1},
        {time_parse_age, "5", -1},
        {time_parse_age, "5 years", -1},
        {time_parse_age, "5 Mins", -1},
        {time_parse_age, "4 secs 1 min", -1},
        {time_parse_age, "1 min 1 minute", -1},
        {time_parse_age, "1 min ago", -1},
        {time_parse_age, "1d 2h", -1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t seconds = -1;
        bool ok = rows[i].parse(text_of(rows[i].text), &seconds);
        if (ok != (rows[i].seconds >= 0) || seconds != rows[i].seconds)
            fail_msg("%s: %lld", rows[i].text, (long long)seconds);
    }
}

static struct stamp at(const char *text)
{
    struct stamp stamp = {0};
    assert_true(time_parse_any(text_of(text), &stamp));
    return stamp;
}

static void compares(void **state)
{
    (void)state;
    /* Both know their offset: the instant counts. */
    assert_int_equal(time_between(at("2025-03-02T04:00:00+01:00"), at("2025-03-02T03:00:00Z")), 0);
    assert_int_equal(time_between(at("2025-03-02T04:00:00Z"), at("2025-03-02T03:00:00Z")), 3600);
    assert_int_equal(time_between(at("2025-03-02T02:00:00Z"), at("2025-03-02T03:00:00Z")), -3600);
    /* One does not: the wall clock counts. */
    assert_int_equal(time_between(at("2025-03-02T04:00:00+01:00"), at("2025-03-02 03:00:00")),
                     3600);
    assert_int_equal(time_between(at("2025-03-02"), at("2025-03-01")), 86400);
    assert_int_equal(time_between(time_from_utc(INT64_MAX), time_from_utc(INT64_MIN)), INT64_MAX);
    assert_int_equal(time_between(time_from_utc(INT64_MIN), time_from_utc(INT64_MAX)), INT64_MIN);

    int64_t seconds = 42;
    assert_false(time_utc(at("2025-03-02 03:00:00"), &seconds));
    assert_int_equal(seconds, 42);
    assert_true(time_utc(at("2025-03-02 03:47:10 +0100"), &seconds));
    assert_int_equal(seconds, 1740883630);
    assert_true(time_utc(time_from_utc(-5), &seconds));
    assert_int_equal(seconds, -5);
    assert_true(time_utc(at("@253402300799"), &seconds));
    assert_int_equal(seconds, INT64_C(253402300799));
}

static void prints_instants(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00Z"},
        {-1, "1969-12-31T23:59:59Z"},
        {951782399, "2000-02-28T23:59:59Z"},
        {951782400, "2000-02-29T00:00:00Z"},
        {1740883630, "2025-03-02T02:47:10Z"},
        {INT64_C(4107542400), "2100-03-01T00:00:00Z"},
        {INT64_C(253402300799), "9999-12-31T23:59:59Z"},
    };
    char buffer[32];
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(time_print_utc(rows[i].seconds, buffer, sizeof(buffer)), rows[i].text);
    (void)time_print_utc(INT64_MIN, buffer, sizeof(buffer));
    assert_true(strlen(buffer) < sizeof(buffer));
    (void)time_print(time_from_utc(INT64_MAX), buffer, sizeof(buffer));
    assert_true(strlen(buffer) < sizeof(buffer));
}

/* Every day of four centuries, there and back. */
static void calendar_holds(void **state)
{
    (void)state;
    char previous[32] = "", text[32];
    for (int64_t day = 0; day < 146097; day++) {
        struct stamp stamp;
        (void)time_print_utc(day * 86400 + 86399, text, sizeof(text));
        assert_true(strcmp(previous, text) < 0);
        assert_true(time_parse_iso(text_of(text), &stamp));
        assert_int_equal(stamp.civil, day * 86400 + 86399);
        memcpy(previous, text, sizeof(text));
    }
}

static void prints_spans(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        const char *text;
    } rows[] = {
        {0, "0 s"},
        {45, "45 s"},
        {59, "59 s"},
        {60, "1 min"},
        {89, "1 min"},
        {90, "2 min"},
        {1020, "17 min"},
        {3569, "59 min"},
        {3599, "1h"},
        {3600, "1h"},
        {5 * 3600 + 720, "5h 12min"},
        {86399, "1d"},
        {86400, "1d"},
        {2 * 86400 + 5 * 3600 + 1799, "2d 5h"},
        {2 * 86400 + 5 * 3600 + 1800, "2d 6h"},
        {3 * 86400 - 1, "3d"},
        {-45, "-45 s"},
        {-3 * 86400, "-3d"},
        {400 * 86400, "400d"},
        {INT64_MIN, "-106751991167300d 16h"},
    };
    char buffer[32];
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(time_print_span(rows[i].seconds, buffer, sizeof(buffer)), rows[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_form),
        cmocka_unit_test(refuses_what_is_no_date),
        cmocka_unit_test(survives_bytes),
        cmocka_unit_test(knows_zones),
        cmocka_unit_test(lends_what_the_name_may_mean),
        cmocka_unit_test(reads_durations),
        cmocka_unit_test(compares),
        cmocka_unit_test(prints_instants),
        cmocka_unit_test(calendar_holds),
        cmocka_unit_test(prints_spans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
