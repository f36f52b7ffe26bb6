/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "checks/maillog/envelope.h"

/* Envelopes, every beginning of them in memory of its size, and the calendar against another. */

static const struct {
    const char *head, *host, *tag;
    uint32_t when; /* yearless: from 1 January */
    bool yearless, timeless, bare;
    enum line_level level;
} good[] = {
    {"Sun Mar  8 04:00:02 2026 Info: ", "", "", 1772942402, false, false, false, LINE_INFO},
    {"Sun Mar 08 04:00:02 2026 Info: ", "", "", 1772942402, false, false, false, LINE_INFO},
    {"Sun Mar 8 04:00:02 2026 Warning: ", "", "", 1772942402, false, false, false, LINE_WARNING},
    {"Xyz Mar  8 04:00:02 2026 Critical:  ", "", "", 1772942402, false, false, false,
     LINE_CRITICAL},
    {"Thu Jan  1 00:00:00 1970 Debug: ", "", "", 0, false, false, false, LINE_DEBUG},
    {"Thu Feb 29 23:59:60 2024 Trace: ", "", "", 1709251200, false, false, false, LINE_TRACE},
    {"<22>Mar  8 04:00:02 esa1 ESA_mail_logs: Info: ", "esa1", "ESA_mail_logs", 5803202, true,
     false, false, LINE_INFO},
    {"<166> Mar 08 04:00:02  mail_logs: Info: ", "", "mail_logs", 5803202, true, false, false,
     LINE_INFO},
    {"Mar  8 04:00:02 2001:db8::1 a:b: Info: ", "2001:db8::1", "a:b", 5803202, true, false, false,
     LINE_INFO},
    {"Dec 31 23:59:59 esa1 m: Info: ", "esa1", "m", 31622399, true, false, false, LINE_INFO},
    {"Mar  9 05:00:00 relay m: Sun Mar  8 04:00:02 2026 Info: ", "relay", "m", 1772942402, false,
     false, false, LINE_INFO},
    {"2026 Mar 08 04:00:02 esa1 mail [info] m:nopid Info: ", "esa1", "m", 1772942402, false, false,
     false, LINE_INFO},
    {"esa1 m: Info: ", "esa1", "m", 0, false, true, false, LINE_INFO},
    {"m: Info: ", "", "m", 0, false, true, false, LINE_INFO},
    {"Mar  8 04:00:02 esa1 cef: CEF:0", "esa1", "cef", 5803202, true, false, true, LINE_INFO},
};

static void read_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct envelope envelope;
        char line[300];
        size_t n = strlen(good[i].head);
        (void)snprintf(line, sizeof(line), "%sMID 5 Info: x", good[i].head);
        if (!envelope_read(text_of(line), true, &envelope))
            fail_msg("'%s' is none", good[i].head);
        assert_int_equal(envelope.size, good[i].bare ? n - 5 : n);
        assert_int_equal(envelope.when, good[i].when);
        assert_int_equal(envelope.yearless, good[i].yearless);
        assert_int_equal(envelope.timeless, good[i].timeless);
        assert_int_equal(envelope.bare, good[i].bare);
        assert_int_equal(envelope.level, good[i].level);
        assert_span(envelope.host, good[i].host);
        assert_span(envelope.tag, good[i].tag);
        assert_int_equal(envelope_read(text_of(line), false, &envelope), !good[i].timeless);
    }
}

/* No beginning is read beyond its end, nor with any byte changed; what is found lies inside. */
static void beginnings_and_changes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        for (size_t n = 0; n <= strlen(good[i].head); n++)
            for (int byte = -1; byte < 256; byte += n == 0 ? 256 : 1) {
                char *line = malloc(n + 1);
                struct envelope envelope;
                assert_non_null(line);
                char *end = line + 1; /* so that the line ends where its memory does */
                memcpy(end, good[i].head, n);
                if (byte >= 0)
                    end[n - 1] = (char)byte;
                if (envelope_read((struct span){end, n}, true, &envelope)) {
                    assert_true(envelope.size <= n);
                    assert_true(envelope.host.n < 64 && envelope.tag.n < 64);
                    assert_true(envelope.level <= LINE_TRACE);
                }
                free(line);
            }
}

static void no_envelopes(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "Info: x",
        "Sun Mar  8 04:00:02 2026 info: x",
        "Sun Mar  8 04:00:02 2026  Info: x",
        "Sun Mar  0 04:00:02 2026 Info: x",
        "Sun Mar  8 4:00:02 2026 Info: x",
        "Sun Mar  8 04:60:02 2026 Info: x",
        "Sun Mar  8 04:00:61 2026 Info: x",
        "Sun Mar  8 04:00:02 1969 Info: x",
        "Sun Mar  8 04:00:02 2106 Info: x",
        "Sun Mai  8 04:00:02 2026 Info: x",
        "<1666>Mar  8 04:00:02 m: Info: x",
        "<>Mar  8 04:00:02 m: Info: x",
        "Mar  8 04:00:02 esa1 Info: x",
        "Mar  8 04:00:02 a b m: Info: x",
        "2026 Mar 08 04:00:02 esa1 mail [info] m: Info: x",
        " Sun Mar  8 04:00:02 2026 Info: x",
        "\tSun Mar  8 04:00:02 2026 Info: x",
    };
    struct envelope envelope;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (envelope_read(text_of(bad[i]), false, &envelope))
            fail_msg("'%s' is one", bad[i]);
}

/* Each day from 1970 to 2105, counted up by hand. */
static void the_calendar(void **state)
{
    (void)state;
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t day = 0;
    for (int year = 1970; year <= 2105; year++) {
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        for (int m = 0; m < 12; m++)
            for (int d = 1; d <= lengths[m] + (leap && m == 1); d++, day++) {
                char line[64];
                struct envelope envelope;
                (void)snprintf(line, sizeof(line), "Sun %s %2d 00:00:01 %d Info: x", months[m], d,
                               year);
                assert_true(envelope_read(text_of(line), false, &envelope));
                assert_int_equal(envelope.when, day * 86400 + 1);
                assert_int_equal(envelope_year(envelope.when), year);
                (void)snprintf(line, sizeof(line), "%s %2d 00:00:01 m: Info: x", months[m], d);
                assert_true(envelope_read(text_of(line), false, &envelope));
                assert_int_equal(envelope_in_year(envelope.when, year), day * 86400 + 1);
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_right), cmocka_unit_test(beginnings_and_changes),
        cmocka_unit_test(no_envelopes), cmocka_unit_test(the_calendar)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
