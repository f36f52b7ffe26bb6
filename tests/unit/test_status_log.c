/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "checks/parse/status_log.h"
#include "tests/unit/status_lines.h"

enum { MARCH_8 = 1772928000 }; /* 2026-03-08 00:00:00, as the wall clock shows it */

static char text[65536];
static size_t used;

static void begin(void)
{
    used = 0;
    text[0] = '\0';
}

__attribute__((format(printf, 1, 2))) static void add(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    used += (size_t)vsnprintf(text + used, sizeof(text) - used, format, args);
    va_end(args);
    assert_true(used < sizeof(text));
}

/* A whole line's message: INJ messages taken, as many delivered, UP seconds since the start. */
static const char *counted(unsigned inj, unsigned up)
{
    static char line[600];
    (void)snprintf(line, sizeof(line),
                   "Status: CPULd 3 CrtMID %u InjMsg %u CmpRcp %u HrdBncRcp 3 DnsHrdBnc 1 "
                   "5XXHrdBnc 2 FltrHrdBnc 0 ExpHrdBnc 0 OtrHrdBnc 0 DlvRcp %u DelRcp 0 ActvRcp 5 "
                   "UnatmptRcp 2 AtmptRcp 3 CPUETm %u ResCon %u WorkQ %u NwA 1 NwB 2 NwC 3 "
                   "NwD 4 NwE 5 NwF 6 NwG 7 NwH 8 NwI 9 LogAvail 66G",
                   inj + 7, inj, inj + 3, inj, up, inj % 7, inj % 11);
    return line;
}

static void add_file(unsigned minute, unsigned inj, unsigned up)
{
    add("Sun Mar  8 %02u:%02u:10 2026 Info: %s\n", minute / 60, minute % 60, counted(inj, up));
}

static const struct status_log *read_text(void)
{
    return facts_of(&status_log_kind, text);
}

static int64_t value_of(const struct status_log_line *line, enum counters_key key)
{
    int64_t value = -1;
    assert_true(counters_get(&line->counters, key, &value));
    return value;
}

static void a_file(void **state)
{
    (void)state;
    begin();
    add("Sun Mar  8 00:59:00 2026 Info: Begin Logfile\n"
        "Sun Mar  8 00:59:00 2026 Info: Version: 16.0.4-016 SN: 4238AAAA0000-EXAMPLE00001\n"
        "Sun Mar  8 00:59:00 2026 Info: Time offset from UTC: 3600 seconds\n");
    for (unsigned i = 0; i < 10; i++)
        add_file(60 + i, 100 + i, 600 + 60 * i);
    const struct status_log *log = read_text();
    assert_non_null(log);
    assert_span(log->host, "");
    assert_span(log->name, "");
    assert_span(log->version, "16.0.4-016");
    assert_int_equal(log->count, 10);
    assert_int_equal(log->others, 3);
    assert_int_equal(log->first.line, 4);
    assert_int_equal(log->last.line, 13);
    assert_true(log->first.has_at && log->last.has_at);
    assert_int_equal(log->first.at, MARCH_8 + 3610);
    assert_int_equal(log->last.at, MARCH_8 + 3610 + 540);
    assert_int_equal(value_of(&log->first, COUNTERS_INJMSG), 100);
    assert_int_equal(value_of(&log->last, COUNTERS_INJMSG), 109);
    assert_int_equal(log->interval_s, 60);
    assert_true(log->has_started);
    assert_int_equal(log->started, MARCH_8 + 3610 - 600);
    assert_int_equal(log->work_queue.value, 10); /* 109 % 11 */
    assert_int_equal(log->work_queue.line, 13);
    assert_int_equal(log->conservation.value, 6); /* 104 % 7 */
    assert_int_equal(log->conservation.line, 8);
    assert_int_equal(log->gaps + log->resets + log->restarts + log->failures + log->unreadable +
                         log->steps_back,
                     0);
    assert_false(log->torn || log->yearless || log->several || log->silent || log->cut);
}

static void a_session(void **state)
{
    (void)state;
    begin();
    add("(Machine esa1.example.com)> grep Status: status\r\n\r\n");
    for (unsigned i = 0; i < 3; i++)
        add("Sun Mar  8 01:%02u:10 2026 Info: %s\r\n", i, counted(100 + i, 600 + 60 * i));
    add("(Machine esa1.example.com)> ");
    const struct status_log *log = read_text();
    assert_non_null(log);
    assert_span(log->host, "esa1.example.com");
    assert_int_equal(log->count, 3);
    assert_int_equal(log->first.line, 3);
    assert_int_equal(log->last.line, 5);
    assert_false(log->torn || log->silent);

    begin();
    add("esa1.example.com> grep Status: status\n\nesa1.example.com> ");
    log = read_text();
    assert_non_null(log);
    assert_true(log->silent);
    assert_span(log->host, "esa1.example.com");
    assert_int_equal(log->count, 0);
    assert_false(log->has_started);
}

/* The line of a terminal with 80 columns; a blank at its right edge was lost. */
static void wrapped(void **state)
{
    (void)state;
    static const char line[] = "Sun Mar  8 01:00:10 2026 Info: " STATUS_14;
    for (unsigned lost = 0; lost < 2; lost++) {
        begin();
        add("esa1.example.com> grep Status: status\n");
        for (size_t at = 0; at < sizeof(line) - 1; at += 80) {
            int n = (int)(sizeof(line) - 1 - at < 80 ? sizeof(line) - 1 - at : 80);
            while (lost == 1 && line[at + (size_t)n - 1] == ' ')
                n--;
            add("%.*s\n", n, line + at);
        }
        add("%s\nesa1.example.com> ", line);
        const struct status_log *log = read_text();
        assert_non_null(log);
        assert_int_equal(log->count, 2);
        assert_int_equal(log->unreadable + log->failures, 0);
        assert_int_equal(log->first.counters.pairs, 64);
        assert_memory_equal(&log->first.counters, &log->last.counters, sizeof(log->first.counters));
    }
}

static void syslog_forms(void **state)
{
    (void)state;
    const struct status_log_range range = {.reference = MARCH_8 - 58 * 86400}; /* 9 January */
    begin();
    add("<166>Dec 31 23:59:30 esa1 ESA_status: Info: %s\n", counted(100, 600));
    add("<166>Jan  1 00:00:30 esa1 ESA_status: Info: %s\n", counted(101, 660));
    add("<166>Jan  1 00:01:30 esa2 ESA_status: Info: %s\n", counted(5, 6));
    add("<166>Jan 01 00:02:30 esa1 ESA_status: Info: %s\n", counted(102, 780));
    const struct status_log *plain = read_text();
    assert_non_null(plain);
    assert_int_equal(plain->count, 3);
    assert_true(plain->several && plain->yearless);
    assert_span(plain->name, "esa1");
    assert_int_equal(plain->gaps + plain->resets + plain->restarts + plain->steps_back, 0);
    const struct status_log_part part = status_log_part(plain, &range);
    assert_int_equal(part.count, 3);
    assert_true(part.has_times);
    assert_int_equal(part.to - part.from, 180);
    assert_int_equal(part.to, MARCH_8 - 66 * 86400 + 150); /* 1 January 2026 */

    /* Without a year: distances all the same, but no time. */
    assert_false(plain->first.has_at || plain->last.has_at || plain->has_started);
    assert_int_equal(plain->interval_s, 60);
    assert_false(status_log_part(plain, &(struct status_log_range){.since = 0}).has_times);
    assert_int_equal(status_log_part(plain, &(struct status_log_range){.since = 1}).count, 0);

    /* The header eaten by a collector: no time at all. */
    begin();
    add("esa1 status: Info: %s\n", counted(100, 600));
    add("esa1 status: Info: %s\n", counted(101, 30));
    plain = read_text();
    assert_non_null(plain);
    assert_int_equal(plain->count, 2);
    assert_false(plain->first.has_at);
    assert_int_equal(plain->interval_s, 0);
    assert_int_equal(plain->restarts, 1);
    assert_int_equal(plain->restart_line, 2);
}

static void what_happened(void **state)
{
    (void)state;
    begin();
    for (unsigned i = 0; i < 5; i++)
        add_file(60 + i, 100 + i, 600 + 60 * i);
    add_file(70, 110, 1200); /* line 6: six minutes are missing */
    add_file(71, 111, 20);   /* line 7: started again */
    add_file(72, 4, 80);     /* line 8: counters reset */
    add_file(66, 5, 140);    /* line 9: the clock steps back */
    add_file(67, 6, 200);
    add_file(67 + 12, 7, 920); /* line 11 */
    const struct status_log *log = read_text();
    assert_non_null(log);
    assert_int_equal(log->count, 11);
    assert_int_equal(log->gaps, 2);
    assert_int_equal(log->longest_gap_s, 720);
    assert_int_equal(log->gap_line, 11);
    assert_int_equal(log->restarts, 1);
    assert_int_equal(log->restart_line, 7);
    assert_int_equal(log->resets, 1);
    assert_int_equal(log->reset_line, 8);
    assert_int_equal(log->reset_key, COUNTERS_CRTMID);
    assert_int_equal(log->steps_back, 1);
}

static void lines_that_do_not_count(void **state)
{
    (void)state;
    begin();
    add_file(60, 100, 600);
    add("Sun Mar  8 01:01:10 2026 Info: Status: CPULd 3 DskIO\n");
    add("Sun Mar  8 01:02:10 2026 Info: Status: CPULd 3 ActvRcp 5 UnatmptRcp 1 AtmptRcp 3\n");
    add("Sun Mar  8 01:03:10 2026 Info: Status: CPULd 3 ActvRcp 9 UnatmptRcp 1 AtmptRcp 3\n");
    add("Sun Mar  8 01:03:10 2026 Info: MID 5 Subject 'Status: CPULd 3 InjMsg 9'\n");
    add("no line of a log\n");
    add_file(64, 101, 840);
    const struct status_log *log = read_text();
    assert_non_null(log);
    assert_int_equal(log->count, 2);
    assert_int_equal(log->unreadable, 1);
    assert_int_equal(log->unreadable_line, 2);
    assert_int_equal(log->failures, 2);
    assert_int_equal(log->failure_line, 3);
    assert_int_equal(log->failure.sum, COUNTERS_ACTVRCP);
    assert_int_equal(log->failure.value, 5);
    assert_int_equal(log->failure.parts, 4);
    assert_int_equal(log->others, 1);
    assert_int_equal(value_of(&log->last, COUNTERS_INJMSG), 101);
}

/* Broken off with a line end behind, or run into the next: less than its neighbours, or odd. */
static void fragments(void **state)
{
    (void)state;
    begin();
    add("Sun Mar  8 00:58:10 2026 Info: Status: CPULd 3 WorkQ 99\n");
    add_file(60, 100, 600);
    add("Sun Mar  8 01:01:10 2026 Info: Status: CPULd 3 CrtMID 107 InjMsg 1\n");
    add("Sun Mar  8 01:01:40 2026 Info: %.90sSun Mar  8 01:02:10 2026 Info: %s\n",
        counted(100, 690), counted(101, 720) + 90);
    add_file(63, 102, 780);
    const struct status_log *log = read_text();
    assert_non_null(log);
    assert_int_equal(log->count, 2);
    assert_int_equal(log->unreadable, 3);
    assert_int_equal(log->first.line, 2);
    assert_int_equal(log->last.line, 5);
    assert_int_equal(log->work_queue.value, 3); /* 102 % 11 */
    assert_int_equal(log->resets + log->failures, 0);

    /* One name less, one more: another release. */
    begin();
    add("Sun Mar  8 01:00:10 2026 Info: " STATUS_2019 "\n");
    add("Sun Mar  8 01:01:10 2026 Info: " STATUS_16 "\n");
    log = read_text();
    assert_non_null(log);
    assert_int_equal(log->count, 2);
    assert_int_equal(log->unreadable, 0);
}

static void a_range(void **state)
{
    (void)state;
    begin();
    for (unsigned i = 0; i < 10; i++)
        add_file(60 + i, i == 4 ? 90 : 100 + i, 600 + 60 * i);
    const struct status_log *log = read_text();
    assert_non_null(log);
    struct status_log_range range = {.since = MARCH_8 + 3610 + 120, .until = MARCH_8 + 3610 + 360};
    struct status_log_part part = status_log_part(log, &range);
    assert_int_equal(part.count, 5);
    assert_true(part.has_times);
    assert_int_equal(part.from, range.since);
    assert_int_equal(part.to, range.until);
    assert_int_equal(part.first->line, 3);
    assert_true(part.first->has && part.last->has);
    assert_int_equal(part.first->received, 102);
    assert_int_equal(part.last->received, 106);
    assert_int_equal(part.last->delivered, 106);
    assert_int_equal(part.last->resets - part.first->resets, 1);
    range.until = 0;
    assert_int_equal(status_log_part(log, &range).count, 8);
    range = (struct status_log_range){.until = MARCH_8 + 3610 + 180};
    part = status_log_part(log, &range);
    assert_int_equal(part.count, 4);
    assert_int_equal(part.last->resets, part.first->resets);
    range = (struct status_log_range){.since = MARCH_8 + 86400};
    part = status_log_part(log, &range);
    assert_int_equal(part.count, 0);
    assert_false(part.has_times);
}

/* The last line is torn at every byte: it never counts as another than it is. */
static void torn(void **state)
{
    (void)state;
    begin();
    add_file(60, 100, 600);
    add_file(61, 101, 660);
    const size_t before = used;
    add_file(62, 102, 720);
    for (size_t n = before; n <= used; n++) {
        struct status_log log;
        char *exact = malloc(n);
        assert_non_null(exact);
        memcpy(exact, text, n);
        assert_true(reads_as(&status_log_kind, (struct span){exact, n}, &log));
        free(exact);
        assert_int_equal(log.unreadable + log.failures + log.gaps + log.resets + log.restarts, 0);
        assert_int_equal(log.count, log.last.line);
        assert_int_equal(value_of(&log.last, COUNTERS_INJMSG), 99 + log.count);
        if (n == before || n == used)
            assert_false(log.torn);
        else
            assert_int_equal(log.torn ? log.torn_line : log.count, 3);
        assert_true(log.count == 2 || n + 4 > used);
    }
    /* Whole, but without its line end: what its last number would be is not known. */
    text[--used] = '\0';
    const struct status_log *log = read_text();
    assert_non_null(log);
    assert_int_equal(log->count, 3);
    int64_t value;
    assert_false(counters_get(&log->last.counters, COUNTERS_LOGAVAIL, &value));
    assert_true(counters_get(&log->first.counters, COUNTERS_LOGAVAIL, &value));
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum fault_kind kind;
    } rows[] = {
        {"", FAULT_EMPTY},
        {"\n \n", FAULT_EMPTY},
        {"Status: CPULd 3\n", FAULT_SYNTAX},
        {"esa1.example.com> grep Status: status\nUnknown command or missing feature key: grep\n"
         "esa1.example.com> ",
         FAULT_UNSUPPORTED},
        {"Sun Mar  8 01:02:10 2026 Info: MID 5 ICID 6 From: <a@example.com>\n", FAULT_SYNTAX},
        {"Sun Mar  8 01:02:10 2026 Info: Begin Logfile\n", FAULT_SYNTAX},
        {"<html><body>Status: CPULd 3</body></html>", FAULT_SYNTAX},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_null(facts_of(&status_log_kind, rows[i].text));
        assert_int_equal(fault.kind, rows[i].kind);
        assert_string_not_equal(fault.text, "");
    }
    static const char nul[] = "Sun Mar  8 01:02:10 2026 Info: Status: CPULd 3\n\0\0\0\n";
    struct status_log log;
    assert_false(reads_as(&status_log_kind, (struct span){nul, sizeof(nul) - 1}, &log));
    assert_int_equal(fault.kind, FAULT_SYNTAX);
}

static void hostile(void **state)
{
    (void)state;
    struct status_log log;
    static const char damage[] = {'\xff', ' ', '\n', '\r', '-', '9', '>', ':', '\x1b', '\b'};
    begin();
    add("esa1.example.com> grep Status: status\n");
    add_file(60, 100, 600);
    add_file(61, 101, 660);
    add("esa1.example.com> ");
    for (size_t at = 0; at < used; at++) {
        const char kept = text[at];
        text[at] = damage[at % sizeof(damage)];
        char *exact = malloc(used);
        assert_non_null(exact);
        memcpy(exact, text, used);
        if (!reads_as(&status_log_kind, (struct span){exact, used}, &log))
            assert_string_not_equal(fault.text, "");
        free(exact);
        text[at] = kept;
        arena_free(&arena);
    }
    /* Pieces without end, lines without end: linear. */
    static const char *const tails[] = {
        "01234567890123456789012345678901234567890123456789012345678901234567890123456789\n",
        "Sun Mar  8 01:02:10 2026 Info: Status: A 1 B 2\n", "a 1 ", "> ", "\n"};
    enum { MIB = 1 << 20 };
    char *big = malloc(MIB);
    assert_non_null(big);
    for (size_t i = 0; i < COUNT(tails); i++) {
        size_t n = used;
        const size_t piece = strlen(tails[i]);
        memcpy(big, text, n);
        for (; n + piece <= MIB; n += piece)
            memcpy(big + n, tails[i], piece);
        if (!reads_as(&status_log_kind, (struct span){big, n}, &log))
            assert_string_not_equal(fault.text, "");
        arena_free(&arena);
    }
    free(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(a_file),
        with_arena(a_session),
        with_arena(wrapped),
        with_arena(a_range),
        with_arena(fragments),
        with_arena(syslog_forms),
        with_arena(lines_that_do_not_count),
        with_arena(torn),
        with_arena(what_happened),
        with_arena(refused),
        with_arena(hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
