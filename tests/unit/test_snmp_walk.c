/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "checks/parse/snmp_walk.h"

#define SYS  ".1.3.6.1.2.1.1."
#define MAIL ".1.3.6.1.4.1.15497.1.1.1."
#define DESCR                                                                                      \
    SYS "1.0 = STRING: \"IronPort Model C600V, AsyncOS Version: 16.0.1-017, Build Date: "          \
        "2025-06-02, Serial #: 420B1D44E0C97A5510D3-6F21B8C04E9A\"\n"

static const struct snmp_walk *walk_of(const char *text)
{
    const struct snmp_walk *walk = facts_of(&snmp_walk_kind, text);
    if (walk == NULL)
        fail_msg("%s", fault.text);
    return walk;
}

/* snmp.md 1.1: each of these is or was the beginning of a real one. */
static void labels_tell_who_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *descr, *model, *serial;
        enum product product;
        bool is_virtual;
    } cases[] = {
        {"Cisco IronPort Model M1070, AsyncOS Version: 11.0.1-152, Build Date: 2017-11-02, "
         "Serial #: 70DF2F3A91C4-WZP1",
         "M1070", "70DF2F3A91C4-WZP1", PRODUCT_SMA, false},
        {"IronPort Model C600V, AsyncOS Version: 16.0.1-017, Build Date: 2025-06-02, Serial #: "
         "42-6",
         "C600V", "42-6", PRODUCT_ESA, true},
        {"Cisco Model S390, AsyncOS Version: 14.5.0-498, Build Date: 2021-11-08, Serial #: A-B",
         "S390", "A-B", PRODUCT_WSA, false},
        {"Serial #: A-B, AsyncOS Version: 14.5.0-498, Model C395", "C395", "A-B", PRODUCT_ESA,
         false},
        {"NoModel C395, AsyncOS Version: 14.5.0-498", "", "", PRODUCT_UNKNOWN, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[512];
        (void)snprintf(text, sizeof(text), SYS "1.0 = STRING: \"%s\"\n", cases[i].descr);
        const struct snmp_walk *walk = walk_of(text);
        assert_span(walk->model, cases[i].model);
        assert_span(walk->serial, cases[i].serial);
        assert_true(walk->has_release);
        assert_int_equal(walk->release.product, cases[i].product);
        assert_int_equal(walk->is_virtual, cases[i].is_virtual);
    }
    const struct snmp_walk *walk = walk_of(DESCR);
    assert_int_equal(walk->release.major, 16);
    assert_int_equal(walk->release.build, 17);
    assert_span(walk->build_date, "2025-06-02");
}

/* An agent of something else is no answer of the appliance, whatever else it publishes. */
static void another_agent_is_refused(void **state)
{
    (void)state;
    static const char *const mine[] = {".1.3.6.1.4.1.15497.1.1", "iso.3.6.1.4.1.15497.1.1",
                                       "1.3.6.1.4.1.15497.1.2", ".1.3.6.1.4.1.15497"};
    static const char *const foreign[] = {".1.3.6.1.4.1.8072.3.2.10", ".1.3.6.1.4.1.154",
                                          ".1.3.6.1.4.1.154977.1.1", "SNMPv2-SMI::enterprises", ""};
    char text[256];
    for (size_t i = 0; i < COUNT(mine); i++) {
        (void)snprintf(text, sizeof(text), SYS "2.0 = OID: %s\n", mine[i]);
        (void)walk_of(text);
    }
    for (size_t i = 0; i < COUNT(foreign); i++) {
        (void)snprintf(text, sizeof(text), DESCR SYS "2.0 = OID: %s\n", foreign[i]);
        assert_null(facts_of(&snmp_walk_kind, text));
        assert_int_equal(fault.kind, FAULT_SYNTAX);
        assert_int_equal(fault.line, 2);
    }
}

static void values_of_every_form(void **state)
{
    (void)state;
    static const struct {
        const char *written;
        enum snmp_type type;
        int64_t number;
    } numbers[] = {
        {"INTEGER: 12", SNMP_NUMBER, 12},
        {"INTEGER: -12", SNMP_NUMBER, -12},
        {"INTEGER: 12 percent", SNMP_NUMBER, 12},
        {"Gauge32: 4294967295", SNMP_NUMBER, 4294967295},
        {"Counter32: 0", SNMP_NUMBER, 0},
        {"INTEGER: queueFull(3)", SNMP_NUMBER, 3},
        {"Timeticks: (123456) 0:20:34.56", SNMP_NUMBER, 123456},
        {"No Such Object available on this agent at this OID", SNMP_ABSENT, 0},
        {"No Such Instance currently exists at this OID", SNMP_ABSENT, 0},
        {"No more variables left in this MIB View (It is past the end of the MIB tree)",
         SNMP_ABSENT, 0},
        {"INTEGER:", SNMP_UNREAD, 0},
        {"INTEGER: 12a", SNMP_UNREAD, 0},
        {"INTEGER: 99999999999", SNMP_UNREAD, 0},
        {"INTEGER: full(x)", SNMP_UNREAD, 0},
        {"STRING: \"12\"", SNMP_UNREAD, 0},
        {"Wrong Type (should be INTEGER): STRING: \"12\"", SNMP_UNREAD, 0},
        {"12", SNMP_UNREAD, 0},
        {"", SNMP_UNREAD, 0},
    };
    for (size_t i = 0; i < COUNT(numbers); i++) {
        char text[512];
        (void)snprintf(text, sizeof(text), DESCR MAIL "5.0 = %s\n", numbers[i].written);
        const struct snmp_value *value = &walk_of(text)->scalars[SNMP_QUEUE_STATUS];
        assert_int_equal(value->type, numbers[i].type);
        if (value->type == SNMP_NUMBER)
            assert_int_equal(value->number, numbers[i].number);
        if (value->type == SNMP_UNREAD)
            assert_span(value->text, numbers[i].written);
        assert_int_equal(value->line, value->type == SNMP_ABSENT ? 0 : 2);
    }
}

static void texts_of_every_form(void **state)
{
    (void)state;
    static const struct {
        const char *written, *text;
    } texts[] = {
        {"STRING: \"Sophos\"", "Sophos"},
        {"\"Sophos\"", "Sophos"},
        {"\"\"", ""},
        {"STRING: \"a \\\"b\\\\c\"", "a \"b\\c"},
        {"STRING: \"two\nlines\"", "two\nlines"},
        {"STRING: \"two\n" MAIL "13.1.2.2 = STRING: \\\"forged\\\"\"",
         "two\n" MAIL "13.1.2.2 = STRING: \"forged\""},
        {"Hex-STRING: 53 6F 70 68 6F 73 ", "Sophos"},
        {"Hex-STRING: 53 6F \n70 68 \n6F 73 ", "Sophos"},
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        char text[512];
        (void)snprintf(text, sizeof(text), MAIL "13.1.2.1 = %s\n" MAIL "13.1.3.1 = Counter32: 7\n",
                       texts[i].written);
        const struct snmp_walk *walk = walk_of(text);
        assert_int_equal(walk->tables[SNMP_UPDATES].count, 1);
        const struct snmp_row *row = &walk->tables[SNMP_UPDATES].rows[0];
        assert_int_equal(row->columns[2].type, SNMP_TEXT);
        assert_span(row->columns[2].text, texts[i].text);
        assert_int_equal(row->columns[3].number, 7);
        assert_int_equal(walk->unread.n, 0);
    }
    /* A quote that is not closed hides nothing behind it. */
    const struct snmp_walk *walk =
        walk_of(MAIL "13.1.2.1 = STRING: \"open\n" MAIL "13.1.3.1 = Counter32: 7\n");
    assert_int_equal(walk->tables[SNMP_UPDATES].rows[0].columns[2].type, SNMP_UNREAD);
    assert_int_equal(walk->tables[SNMP_UPDATES].rows[0].columns[3].number, 7);
}

static void tables_come_by_column(void **state)
{
    (void)state;
    const struct snmp_walk *walk = walk_of(
        MAIL "8.1.2.1 = INTEGER: 2\n" /* status, both */
        MAIL "8.1.2.8 = INTEGER: 4\n" MAIL "8.1.3.1 = INTEGER: 1\n" MAIL
             "8.1.4.8 = STRING: \"PS 2\"\n" MAIL "8.1.2.9 = INTEGER: 2\n" /* no such index */
        MAIL "8.1.2.0 = INTEGER: 2\n" MAIL "8.1.5.1 = INTEGER: 2\n"       /* nor column */
        MAIL "8.2.2.1 = INTEGER: 2\n" MAIL "8.1.2.1 = INTEGER: 3\n"       /* the first counts */
        MAIL "8.1.2.1.1.1.1.1 = INTEGER: 3\n");
    const struct snmp_table *supplies = &walk->tables[SNMP_SUPPLIES];
    assert_int_equal(supplies->count, 2);
    assert_int_equal(supplies->rows[0].index, 1);
    assert_int_equal(supplies->rows[0].columns[2].number, 2);
    assert_int_equal(supplies->rows[0].columns[3].number, 1);
    assert_int_equal(supplies->rows[0].columns[4].type, SNMP_ABSENT);
    assert_int_equal(supplies->rows[1].index, 8);
    assert_int_equal(supplies->rows[1].columns[2].number, 4);
    assert_int_equal(supplies->rows[1].columns[2].line, 2);
    assert_span(supplies->rows[1].columns[4].text, "PS 2");
    for (size_t t = 0; t < SNMP_TABLES; t++)
        assert_true(t == SNMP_SUPPLIES || walk->tables[t].count == 0);
}

/* Absent is absent: a table of noSuchInstance has no rows. */
static void what_is_not_there_makes_no_row(void **state)
{
    (void)state;
    const struct snmp_walk *walk =
        walk_of(DESCR MAIL "10.1.2.1 = No Such Instance currently exists at this OID\n");
    assert_int_equal(walk->tables[SNMP_FANS].count, 0);
    for (size_t i = 0; i < SNMP_OBJECTS; i++)
        assert_int_equal(walk->scalars[i].type, SNMP_ABSENT);
}

static void refuses_no_walk(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum fault_kind kind;
    } cases[] = {
        {"", FAULT_EMPTY},
        {" \r\n\n", FAULT_EMPTY},
        {"hello\n", FAULT_SYNTAX},
        {".1.3.6.1.4.1.2021.1.0 = INTEGER: 1\n", FAULT_SYNTAX},
        {MAIL "1.0 = No Such Object available on this agent at this OID\n", FAULT_SYNTAX},
        {"Timeout: No Response from 192.0.2.11\n", FAULT_CUT},
        {MAIL "1.0 = INTEGER: 12", FAULT_CUT},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_null(facts_of(&snmp_walk_kind, cases[i].text));
        assert_int_equal(fault.kind, cases[i].kind);
        assert_true(fault.text[0] != '\0');
    }
}

static const char whole[] = DESCR SYS
    "2.0 = OID: .1.3.6.1.4.1.15497.1.1\n" SYS "3.0 = Timeticks: (8123400) 22:33:54.00\n" MAIL
    "1.0 = INTEGER: 123\n" MAIL "8.1.2.1 = INTEGER: powerSupplyHealthy(2)\n" MAIL
    "13.1.2.1 = STRING: \"Sophos\n\\\"IDE\\\"\"\n" MAIL "13.1.3.1 = Counter32: 217\n" MAIL
    "27.0 = Hex-STRING: 41 42 \n43 44 \n";

/* Cut anywhere, a value is whole or absent, and the walk says that it was cut unless at a line. */
static void cut_anywhere(void **state)
{
    (void)state;
    for (size_t n = 0; n <= strlen(whole); n++) {
        char *exact = malloc(n == 0 ? 1 : n); /* so that ASan sees the next byte */
        assert_non_null(exact);
        memcpy(exact, whole, n);
        struct snmp_walk *walk = arena_alloc(&arena, sizeof(*walk));
        if (reads_as(&snmp_walk_kind, (struct span){exact, n}, walk)) {
            const struct snmp_value *memory = &walk->scalars[SNMP_MEMORY_PERCENT];
            assert_true(memory->type == SNMP_ABSENT || memory->number == 123);
            assert_true(walk->tables[SNMP_UPDATES].count == 0 ||
                        walk->tables[SNMP_UPDATES].rows[0].columns[3].type == SNMP_ABSENT ||
                        walk->tables[SNMP_UPDATES].rows[0].columns[3].number == 217);
            assert_true(n == 0 || (exact[n - 1] == '\n') == (walk->cut_line == 0));
        } else {
            assert_true(fault.kind == FAULT_CUT || fault.kind == FAULT_EMPTY);
        }
        free(exact);
        arena_free(&arena);
    }
}

static void damaged_anywhere(void **state)
{
    (void)state;
    static const char damage[] = {'\0', '\xFF', '"', '\\', '.', '(', '=', ' ', '9', '\n'};
    char copy[sizeof(whole)];
    for (size_t d = 0; d < sizeof(damage); d++)
        for (size_t at = 0; at + 1 < sizeof(whole); at++) {
            struct snmp_walk walk;
            memcpy(copy, whole, sizeof(whole));
            copy[at] = damage[d];
            if (!reads_as(&snmp_walk_kind, (struct span){copy, sizeof(whole) - 1}, &walk))
                assert_true(fault.kind != FAULT_NONE && fault.text[0] != '\0');
            arena_free(&arena);
        }
}

/* Much of the same, in time that grows with the length only. */
static void hostile_lengths(void **state)
{
    (void)state;
    static const char *const bricks[] = {MAIL "13.1.2.1 = STRING: \"\n",
                                         "\n",
                                         MAIL "13.1.2.1 = Hex-STRING: \n41 \n",
                                         "\"\\\n",
                                         MAIL "13.1.3.1024 = Counter32: 1\n",
                                         ".1.3.6.1.4.1.15497",
                                         ".1",
                                         "iso.",
                                         "41 \n"};
    for (size_t i = 0; i < COUNT(bricks); i++) {
        const size_t n = strlen(bricks[i]), count = 2000000 / n;
        char *text = malloc(n * count);
        struct snmp_walk walk;
        assert_non_null(text);
        for (size_t k = 0; k < count; k++)
            memcpy(text + k * n, bricks[i], n);
        if (!reads_as(&snmp_walk_kind, (struct span){text, n * count}, &walk))
            assert_true(fault.kind != FAULT_NONE && fault.text[0] != '\0');
        assert_true(arena.bytes < 64 * 1024 * 1024);
        free(text);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(labels_tell_who_it_is), with_arena(another_agent_is_refused),
        with_arena(values_of_every_form),  with_arena(texts_of_every_form),
        with_arena(tables_come_by_column), with_arena(what_is_not_there_makes_no_row),
        with_arena(refuses_no_walk),       with_arena(cut_anywhere),
        with_arena(damaged_anywhere),      with_arena(hostile_lengths),
    };
    return cmocka_run_group_tests_name("snmp_walk", tests, NULL, NULL);
}
