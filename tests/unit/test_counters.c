/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "checks/maillog/counters.h"
#include "tests/unit/status_lines.h"

static struct counters_line line, before;
static struct counters_identity checked[COUNTERS_IDENTITIES];

static bool reads(const char *text)
{
    fault = (struct fault){.kind = FAULT_NONE};
    return counters_parse(text_of(text), &line, &fault);
}

static int64_t value_of(enum counters_key key)
{
    int64_t value = -4711;
    assert_true(counters_get(&line, key, &value));
    return value;
}

static void lines_of_four_releases(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned pairs, others;
        int64_t mid, log_avail, elapsed;
        bool swap;
    } rows[] = {
        {STATUS_2007, 53, 4, 1201, (int64_t)17 << 30, 2636, false},
        {STATUS_2019, 63, 13, 414695, (int64_t)148 << 30, 92636, false},
        {STATUS_14, 64, 13, 16489343, (int64_t)66 << 30, 108140, true},
        {STATUS_16, 63, 13, 16981659, (int64_t)1 << 40, 1027634, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t swap = -1;
        assert_true(reads(rows[i].text));
        assert_int_equal(line.pairs, rows[i].pairs);
        assert_int_equal(line.other_count, rows[i].others);
        assert_int_equal(line.odd + line.unkept, 0);
        assert_int_equal(value_of(COUNTERS_CRTMID), rows[i].mid);
        assert_int_equal(value_of(COUNTERS_LOGAVAIL), rows[i].log_avail);
        assert_int_equal(line.unit[COUNTERS_LOGAVAIL], 'B');
        assert_int_equal(value_of(COUNTERS_CPUETM), rows[i].elapsed);
        assert_int_equal(value_of(COUNTERS_5XXHRDBNC), 13);
        assert_int_equal(counters_get(&line, COUNTERS_SWAPUSAGE, &swap), rows[i].swap);
        assert_int_equal(swap, rows[i].swap ? 0 : -1);
        assert_int_equal(counters_check(&line, checked), 0);
        for (size_t k = 0; k < COUNTERS_IDENTITIES; k++)
            assert_true(checked[k].told && checked[k].holds);
        assert_non_null(counters_find(&line, text_of("NwB")));
        assert_ptr_equal(counters_find(&line, text_of("WorkQ")), &line.value[COUNTERS_WORKQ]);
        assert_null(counters_find(&line, text_of("Nw")));
    }
    assert_int_equal(*counters_find(&line, text_of("NwM")), 0);
}

static void values(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
        char unit;
    } rows[] = {
        {"Status: WorkQ 0", 0, 0},
        {"Status: WorkQ -7", -7, 0},
        {"Status: WorkQ 100%", 100, '%'},
        {"Status: WorkQ 3K", 3072, 'B'},
        {"Status: WorkQ 3M", 3 << 20, 'B'},
        {"Status: WorkQ 2T", (int64_t)2 << 40, 'B'},
        {"Status:  WorkQ \t 0012 \r\n", 12, 0},
        {"Status: WorkQ 999999999999999999", 999999999999999999, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(reads(rows[i].text));
        assert_int_equal(value_of(COUNTERS_WORKQ), rows[i].value);
        assert_int_equal(line.unit[COUNTERS_WORKQ], rows[i].unit);
        assert_int_equal(line.odd, 0);
    }
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum fault_kind kind;
    } rows[] = {
        {"", FAULT_SYNTAX},
        {"Status:", FAULT_SYNTAX},
        {"Status: ", FAULT_SYNTAX},
        {"status: WorkQ 1", FAULT_SYNTAX},
        {"MID 5 Subject 'Status: WorkQ 1'", FAULT_SYNTAX},
        {" x Status: WorkQ 1", FAULT_SYNTAX},
        {"Status: 1 2 3", FAULT_CUT},
        {"Status: WorkQ 1 5", FAULT_CUT}, /* of 5XXHrdBnc */
        {"Status: WorkQ", FAULT_CUT},
        {"Status: WorkQ 1 Dst", FAULT_CUT},
        {"Status: WorkQ 1G2", FAULT_CUT},
        {"Status: WorkQ 9999999999999999T", FAULT_CUT},
        {"Status: WorkQ 99999999999999999999", FAULT_CUT},
        {"Status: WorkQ -", FAULT_CUT},
        {"Status: WorkQ 1.5", FAULT_CUT},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_false(reads(rows[i].text));
        assert_int_equal(fault.kind, rows[i].kind);
        assert_string_not_equal(fault.text, "");
        assert_false(counters_parse(text_of(rows[i].text), &line, NULL));
    }
    assert_false(reads("Status: WorkQ 1 Dst")); /* what was whole is there */
    assert_int_equal(line.pairs, 1);
    assert_int_equal(value_of(COUNTERS_WORKQ), 1);
}

static void odd_words(void **state)
{
    (void)state;
    assert_true(reads("Status: 5 State online WorkQ 3 7 WorkQ 4 Nw 1 Nw 2 LogUsd 1"));
    assert_int_equal(value_of(COUNTERS_WORKQ), 3);
    assert_int_equal(value_of(COUNTERS_LOGUSD), 1);
    assert_int_equal(*counters_find(&line, text_of("Nw")), 1);
    assert_int_equal(line.pairs, 3);
    /* 5; State; online; 7; the second WorkQ and Nw */
    assert_int_equal(line.odd, 6);

    char text[4096] = "Status:";
    for (unsigned i = 0; i < COUNTERS_OTHERS + 9; i++)
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), " New%u %u", i, i);
    assert_true(reads(text));
    assert_int_equal(line.other_count, COUNTERS_OTHERS);
    assert_int_equal(line.unkept, 9);
    assert_int_equal(line.pairs, COUNTERS_OTHERS + 9);

    assert_true(reads("Status: ANameThatIsLongerThanAnyOfThem 7"));
    assert_string_equal(line.other[0].name, "ANameThatIsLongerThanAn");
    assert_int_equal(*counters_find(&line, text_of("ANameThatIsLongerThanAnyOfThem")), 7);
}

static void identities(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned failed;
        enum counters_key sum;
        bool told;
        int64_t value, parts;
    } rows[] = {
        {"Status: CmpRcp 10 DlvRcp 5 HrdBncRcp 4 DelRcp 1", 0, COUNTERS_CMPRCP, true, 10, 10},
        {"Status: CmpRcp 10 DlvRcp 5 HrdBncRcp 4 DelRcp 2", 1, COUNTERS_CMPRCP, true, 10, 11},
        {"Status: CmpRcp 10 DlvRcp 5 HrdBncRcp 4", 0, COUNTERS_CMPRCP, false, 10, 9},
        {"Status: HrdBncRcp 15 DnsHrdBnc 1 5XXHrdBnc 2 FltrHrdBnc 3 ExpHrdBnc 4 OtrHrdBnc 5", 0,
         COUNTERS_HRDBNCRCP, true, 15, 15},
        {"Status: HrdBncRcp 14 DnsHrdBnc 1 5XXHrdBnc 2 FltrHrdBnc 3 ExpHrdBnc 4 OtrHrdBnc 5", 1,
         COUNTERS_HRDBNCRCP, true, 14, 15},
        {"Status: ActvRcp 3 UnatmptRcp 1 AtmptRcp 2", 0, COUNTERS_ACTVRCP, true, 3, 3},
        {"Status: ActvRcp 3 UnatmptRcp 1 AtmptRcp 1", 1, COUNTERS_ACTVRCP, true, 3, 2},
        {"Status: UnatmptRcp 1 AtmptRcp 1", 0, COUNTERS_ACTVRCP, false, 0, 2},
        {"Status: ActvRcp 0 UnatmptRcp 999999999999999999 AtmptRcp 999999999999999999", 1,
         COUNTERS_ACTVRCP, true, 0, 1999999999999999998},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(reads(rows[i].text));
        assert_int_equal(counters_check(&line, checked), rows[i].failed);
        for (size_t k = 0; k < COUNTERS_IDENTITIES; k++) {
            const bool it = checked[k].sum == rows[i].sum;
            assert_int_equal(checked[k].told, it && rows[i].told);
            assert_int_equal(checked[k].holds, it && rows[i].told && rows[i].failed == 0);
            if (it) {
                assert_int_equal(checked[k].value, rows[i].value);
                assert_int_equal(checked[k].parts, rows[i].parts);
            }
        }
    }
}

static void compared(void **state)
{
    (void)state;
    struct counters_change change;
    assert_true(reads(STATUS_14));
    before = line;
    assert_true(reads(STATUS_16));
    /* Upgraded and started again, but so long ago that CPUETm is higher than it was. */
    const int64_t elapsed = 12 * 86400 - 2 * 3600 - 16 * 60;
    counters_compare(&before, &line, elapsed, &change);
    assert_true(change.restarted);
    assert_int_equal(change.reset, 0);
    assert_int_equal(change.delta[COUNTERS_INJMSG], 10842391 - 10526355);
    assert_int_equal(change.delta[COUNTERS_CRTMID], 16981659 - 16489343);
    assert_int_equal(change.delta[COUNTERS_WORKQ], -1); /* a gauge may fall */
    assert_int_equal(change.has >> COUNTERS_SWAPUSAGE & 1, 0);
    counters_compare(&before, &line, -1, &change);
    assert_false(change.restarted); /* without a clock nobody can tell */
    int64_t started;
    assert_true(counters_started(&line, 2000000, &started));
    assert_int_equal(started, 2000000 - 1027634);

    static const struct {
        const char *before, *after;
        int64_t elapsed;
        bool restarted;
        uint64_t reset;
    } rows[] = {
        {"Status: CPUETm 100 InjMsg 5", "Status: CPUETm 160 InjMsg 5", 60, false, 0},
        {"Status: CPUETm 100 InjMsg 5", "Status: CPUETm 30 InjMsg 6", 60, true, 0},
        {"Status: CPUETm 100 InjMsg 5", "Status: CPUETm 30 InjMsg 4", -1, true,
         (uint64_t)1 << COUNTERS_INJMSG},
        {"Status: CPUETm 900000 InjMsg 5", "Status: CPUETm 900060 InjMsg 5", 3660, false, 0},
        {"Status: CPUETm 100 InjMsg 5", "Status: CPUETm 400 InjMsg 5", 1000, true, 0},
        {"Status: CPUETm 100 InjMsg 5", "Status: CPUETm 760 InjMsg 5", 900, false, 0},
        {"Status: CPUETm 100 WorkQ 5", "Status: WorkQ 4", 60, false, 0},
        {"Status: CrtMID 100 WorkQ 5", "Status: CrtMID 7 WorkQ 4", 60, false,
         (uint64_t)1 << COUNTERS_CRTMID},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(reads(rows[i].before));
        before = line;
        assert_true(reads(rows[i].after));
        counters_compare(&before, &line, rows[i].elapsed, &change);
        assert_int_equal(change.restarted, rows[i].restarted);
        assert_int_equal(change.reset, rows[i].reset);
    }
    assert_true(reads("Status: CPUETm -5"));
    assert_false(counters_started(&line, 1, &started));
    assert_true(reads("Status: WorkQ 5"));
    assert_false(counters_started(&line, 1, &started));
}

static void names(void **state)
{
    (void)state;
    for (int i = 0; i < COUNTERS_KNOWN; i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "Status: %s %d", counters_name((enum counters_key)i), i);
        assert_true(reads(text));
        assert_int_equal(line.has, (uint64_t)1 << i);
        assert_int_equal(value_of((enum counters_key)i), i);
    }
    assert_int_equal(counters_class_of(COUNTERS_CPUETM), COUNTERS_ELAPSED);
    assert_int_equal(counters_class_of(COUNTERS_DLVRCP), COUNTERS_TOTAL);
    assert_int_equal(counters_class_of(COUNTERS_UNATMPTRCP), COUNTERS_GAUGE);
    assert_int_equal(counters_class_of(COUNTERS_CRTDCID), COUNTERS_ID);
}

/* In a heap block of exactly its size, so that ASan sees the next byte. */
static bool reads_exactly(const char *bytes, size_t n)
{
    char *exact = malloc(n == 0 ? 1 : n);
    assert_non_null(exact);
    if (n != 0)
        memcpy(exact, bytes, n);
    fault = (struct fault){.kind = FAULT_NONE};
    const bool whole = counters_parse((struct span){exact, n}, &line, &fault);
    free(exact);
    assert_int_equal(whole, fault.kind == FAULT_NONE);
    (void)counters_check(&line, checked);
    return whole;
}

/* Torn at every byte: what is told is what the whole line tells, but for the last number. */
static void torn(void **state)
{
    (void)state;
    static const char *const texts[] = {STATUS_2007, STATUS_2019, STATUS_14, STATUS_16};
    for (size_t i = 0; i < COUNT(texts); i++) {
        const size_t size = strlen(texts[i]);
        assert_true(reads_exactly(texts[i], size));
        before = line;
        for (size_t n = 0; n < size; n++) {
            const bool whole = reads_exactly(texts[i], n);
            assert_true(line.pairs < before.pairs || n + 3 > size);
            unsigned wrong = 0;
            for (int k = 0; k < COUNTERS_KNOWN; k++)
                wrong += (line.has >> k & 1) != 0 && line.value[k] != before.value[k];
            for (unsigned k = 0; k < line.other_count; k++)
                wrong += line.other[k].value != before.other[k].value;
            assert_true(wrong <= (unsigned)whole);
            assert_true(line.odd <= (unsigned)!whole);
        }
    }
}

static void hostile(void **state)
{
    (void)state;
    static const char damage[] = {'\0', '\xff', ' ', '-', '9', 'G', '\t', '\n', '%', '\x01'};
    char text[sizeof(STATUS_14)];
    for (size_t at = 0; at < sizeof(STATUS_14) - 1; at++) {
        memcpy(text, STATUS_14, sizeof(text));
        text[at] = damage[at % sizeof(damage)];
        (void)reads_exactly(text, sizeof(text) - 1);
        assert_true(line.pairs <= 65);
    }
    static char big[65536];
    static const char *const pieces[] = {"a 1 ", "a ", "1 ", " ", "\0", "99999999999999999T ", "-"};
    for (size_t i = 0; i < COUNT(pieces); i++) {
        size_t n = 8;
        const size_t piece = pieces[i][0] == '\0' ? 1 : strlen(pieces[i]);
        memcpy(big, "Status: ", n);
        for (; n + piece <= sizeof(big); n += piece)
            memcpy(big + n, pieces[i], piece);
        (void)reads_exactly(big, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_four_releases),
        cmocka_unit_test(values),
        cmocka_unit_test(refused),
        cmocka_unit_test(odd_words),
        cmocka_unit_test(identities),
        cmocka_unit_test(compared),
        cmocka_unit_test(names),
        cmocka_unit_test(torn),
        cmocka_unit_test(hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
