/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "checks/cell.h"

static void what_says_nothing_of_a_status(void **state)
{
    (void)state;
    static const char *const neutral[] = {"",
                                          "17",
                                          "99.5",
                                          "192.0.2.11",
                                          "2001:db8::1",
                                          "08 Mar 2026 03:57",
                                          "2026-03-08",
                                          "2026년 03월 08일 오후 3:57",
                                          "07 Dec 2025 21:14 - 08 Mar 2026 03:57",
                                          "C600V",
                                          "M395",
                                          "15.0.3-002",
                                          "14.2.0 build 620"};
    static const char *const words[] = {"OK",       "OK 2026",  "192.0.2", "15.0.3",   "E404", "C6",
                                        "C600V OK", "May fail", "-",       "\xFF\xFF", "정상"};
    for (size_t i = 0; i < COUNT(neutral); i++)
        if (!cell_is_neutral(text_of(neutral[i])))
            fail_msg("'%s'", neutral[i]);
    for (size_t i = 0; i < COUNT(words); i++)
        if (cell_is_neutral(text_of(words[i])))
            fail_msg("'%s'", words[i]);
}

static void no_gap(void **state)
{
    (void)state;
    static const char *const none[] = {
        "", "-", "None", "0", "0.00", "없음", "No missing intervals", "no gaps", "0 intervals"};
    static const char *const some[] = {"14",
                                       "0.5",
                                       "1 interval",
                                       "No missing intervals: 01:00",
                                       "0 gaps, one interval",
                                       "no missing intervals since 08 Mar 2026",
                                       "no idea",
                                       "08 Mar 01:00 - 08 Mar 01:30",
                                       "no missing intervals but there may be some of them soon"};
    for (size_t i = 0; i < COUNT(none); i++)
        if (!cell_is_no_gap(text_of(none[i])))
            fail_msg("'%s'", none[i]);
    for (size_t i = 0; i < COUNT(some); i++)
        if (cell_is_no_gap(text_of(some[i])))
            fail_msg("'%s'", some[i]);
}

static void end_of_a_range(void **state)
{
    (void)state;
    static const struct {
        const char *cell, *end;
    } rows[] = {
        {"", ""},       {"2026-03-08", "2026-03-08"},
        {"a - b", "b"}, {"a to b", "b"},
        {"a ~ b", "b"}, {"a～b", "b"},
        {"a – b", "b"}, {" - b", " - b"},
        {"a - ", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_span(cell_end(text_of(rows[i].cell)), rows[i].end);
}

static void reads_dates(void **state)
{
    (void)state;
    static const struct {
        const char *cell, *when; /* NULL: none */
    } rows[] = {
        {"08 Mar 2026 03:57", "2026-03-08 03:57:00"},
        {"08 Mar 2026 03:57:23", "2026-03-08 03:57:23"},
        {"Sat, 07 Mar 2026 19:00:23 +0100", "2026-03-07 19:00:23 +0100"},
        {"2026-03-08 03:57", "2026-03-08 03:57:00"},
        {"2026-03-08", "2026-03-08 23:59:59"},
        {"2026/03/08 03:57", "2026-03-08 03:57:00"},
        {"2026/3/8", "2026-03-08 23:59:59"},
        {"2026/03/08 오후 3:57", "2026-03-08 15:57:00"},
        {"08.03.2026 03:57", "2026-03-08 03:57:00"},
        /* the month is first, or the day: the later one that can be, on 8 March */
        {"03/07/2026 07:00 PM", "2026-03-07 19:00:00"},
        {"02/03/2026 12:00 AM", "2026-03-02 00:00:00"},
        {"03/02/2026 12:00 pm", "2026-03-02 12:00:00"},
        {"27/02/2026 9:00", "2026-02-27 09:00:00"},
        {"02/27/2026 9:00", "2026-02-27 09:00:00"},
        {"", NULL},
        {"OK", NULL},
        {"Sat", NULL},
        {"192.0.2.11", NULL},
        {"31/31/2026", NULL},
        {"2026/02/31", NULL},
        {"03/07/2026 07", NULL},
        {"03/07/2026 07:00 PM or so", NULL},
        {"0000/00/00", NULL},
        {"99:99", NULL},
    };
    struct stamp now = {.civil = 0};
    assert_true(time_parse_iso(text_of("2026-03-08 04:00:00"), &now));
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stamp stamp = {.civil = 0};
        char text[32];
        if (cell_read_date(text_of(rows[i].cell), now, &stamp) != (rows[i].when != NULL))
            fail_msg("'%s'", rows[i].cell);
        if (rows[i].when != NULL)
            assert_string_equal(time_print(stamp, text, sizeof(text)), rows[i].when);
    }
}

/* Any bytes, cut anywhere. */
static void hostile(void **state)
{
    (void)state;
    static const char bytes[] =
        "2026/03/08 \xEC\x98\xA4\xED\x9B\x84 3:57 ~ 03/07/2026 07:00 PM - \xFF"
        "99999999999/9999999999999999999/9 0 missing\xE2\x80";
    const struct stamp now = {.civil = 0};
    for (size_t from = 0; from < sizeof(bytes); from++)
        for (size_t n = 0; from + n < sizeof(bytes); n++) {
            char *copy = test_malloc(n + 1);
            struct stamp stamp;
            memcpy(copy, bytes + from, n);
            struct span cell = {copy, n};
            (void)cell_is_neutral(cell);
            (void)cell_is_no_gap(cell);
            (void)cell_read_date(cell_end(cell), now, &stamp);
            test_free(copy);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(what_says_nothing_of_a_status),
        with_arena(no_gap),
        with_arena(end_of_a_range),
        with_arena(reads_dates),
        with_arena(hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
