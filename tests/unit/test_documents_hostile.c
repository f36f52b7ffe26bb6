/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "checks/parse/config_appliances.h"
#include "checks/parse/gui_table.h"
#include "checks/parse/mail_logs.h"
#include "checks/parse/snmp_walk.h"
#include "checks/parse/system_status.h"
#include "checks/parse/tracking_messages.h"
#include "checks/parse/xml_status.h"

/*
 * Whatever an appliance (or whoever sits in its place) may send in place of an XML, JSON or HTML
 * document: no crash, no leak, no hang, not a byte on stderr, and never an answer without a reason.
 */

enum { MIB = 1024 * 1024, BIG = 10 * MIB, PATIENCE_S = 8 };

static const struct {
    const struct document_kind *kind;
    const char *valid;
} documents[] = {
    {&xml_status_kind,
     "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<status build=\"phoebe 14.2.0-620\">"
     "<birth_time timestamp=\"20250302052452 (2d 2h 5m 5s)\"/><system status=\"online\"/>"
     "<features><feature name=\"Sophos\" time_remaining=\"5\"/></features>"
     "<gauges><gauge name=\"log_used\" current=\"18G\"/></gauges></status>"},
    {&system_status_kind,
     "{\"data\": {\"percentage_cpu_load\": 12, \"resource_conservation\": 0}}"},
    {&config_appliances_kind,
     "{\"data\": {\"appliances\": [{\"4238AAAA-BBBB\": {\"host_name\": \"esa1.example.com\", "
     "\"connection_established\": true, \"tracking_enabled\": \"yes\"}}]}}"},
    {&tracking_messages_kind,
     "{\"meta\": {\"totalCount\": 1}, \"data\": [{\"attributes\": {\"hostName\": "
     "\"esa1.example.com (192.0.2.10)\", \"timestamp\": \"07 Mar 2025 08:10:33 (GMT)\"}}]}"},
    {&gui_table_tracking_kind,
     "<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>Availability</title></head>"
     "<body><table><thead><tr><th colspan=2>Appliance<th>Status</thead>"
     "<tr><td rowspan=2>esa1.example.com<td hidden>x<td>1&nbsp;Mar<td>OK\xED\x99\x95"
     "</table></body></html>"},
    {&mail_logs_kind,
     "esa1.example.com> grep MID mail_logs\r\n\r\nSun Mar  8 03:00:00 2026 Info: Start MID 9 ICID 7"
     "\r\nSun Mar  8 03:00:01 2026 Info: MID 9 ready 812 bytes from <a@example.net>\r\n"
     "\x1b[0mesa1.example.com> "},
    {&snmp_walk_kind,
     ".1.3.6.1.2.1.1.1.0 = STRING: \"IronPort Model C695, AsyncOS Version: 15.0.3-002, Build Date: "
     "2024-08-20, Serial #: 70DF-WZP2\"\n.1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.15497.1.1\n"
     ".1.3.6.1.4.1.15497.1.1.1.10.1.2.1 = Gauge32: 5600\n"
     ".1.3.6.1.4.1.15497.1.1.1.10.1.3.1 = Hex-STRING: 46 61 6E \n20 31\n"},
};

/* Gives BYTES to every parser, in a buffer of exactly that size, so that ASan sees the next byte.
 */
static void all_parsers(const char *bytes, size_t n)
{
    char *exact = malloc(n == 0 ? 1 : n);
    assert_non_null(exact);
    if (n != 0)
        memcpy(exact, bytes, n);
    for (size_t i = 0; i < COUNT(documents); i++) {
        void *facts = arena_alloc(&arena, documents[i].kind->facts_size);
        clock_t start = clock();
        bool known = reads_as(documents[i].kind, (struct span){exact, n}, facts);
        double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        if (seconds > PATIENCE_S)
            fail_msg("%s: %zu bytes '%.20s…' took %.1f s", documents[i].kind->id, n, bytes,
                     seconds);
        if (!known && (fault.kind == FAULT_NONE || fault.text[0] == '\0'))
            fail_msg("%s: refused without a reason: '%.40s'", documents[i].kind->id, bytes);
        arena_free(&arena);
    }
    free(exact);
}

static void valid_ones_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(documents); i++)
        if (facts_of(documents[i].kind, documents[i].valid) == NULL)
            fail_msg("%s: %s", documents[i].kind->id, fault.text);
}

static void small_ones(void **state)
{
    (void)state;
    char bytes[256];
    all_parsers("", 0);
    for (int i = 0; i < 256; i++) {
        bytes[i] = (char)i;
        all_parsers(&bytes[i], 1);
    }
    all_parsers(bytes, sizeof(bytes));
    for (int i = 0; i < 256; i++)
        bytes[i] = (char)(255 - i);
    all_parsers(bytes, sizeof(bytes));
    memset(bytes, 0, sizeof(bytes));
    all_parsers(bytes, sizeof(bytes));
}

static void cut_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(documents); i++)
        for (size_t n = 0; n <= strlen(documents[i].valid); n++)
            all_parsers(documents[i].valid, n);
}

static void damaged_anywhere(void **state)
{
    (void)state;
    static const char damage[] = {'\0', '\xFF', '<', '>', '"', '{', ']', '&', '=', ' '};
    for (size_t i = 0; i < COUNT(documents); i++) {
        char *copy = strdup(documents[i].valid);
        assert_non_null(copy);
        size_t n = strlen(copy);
        for (size_t at = 0; at < n; at++) {
            char kept = copy[at];
            copy[at] = damage[at % sizeof(damage)];
            all_parsers(copy, n);
            copy[at] = kept;
        }
        free(copy);
    }
}

/* HEAD, then PIECE as often as it fits into SIZE bytes, then TAIL. */
static void flood(const char *head, const char *piece, size_t piece_size, const char *tail,
                  size_t size)
{
    char *text = malloc(size);
    assert_non_null(text);
    size_t n = strlen(head), end = size - strlen(tail);
    memcpy(text, head, n);
    while (n + piece_size <= end) {
        memcpy(text + n, piece, piece_size);
        n += piece_size;
    }
    memcpy(text + n, tail, strlen(tail));
    all_parsers(text, n + strlen(tail));
    free(text);
}

static void big_ones(void **state)
{
    (void)state;
    static const char *const pieces[] = {"A",   "<a>", "[",    "{\"a\":", "<",        "\n",  "\xFF",
                                         "[],", "<!",  "<!--", "<table>", "</table>", "&lt;"};
    for (size_t i = 0; i < COUNT(pieces); i++)
        flood("", pieces[i], strlen(pieces[i]), "", BIG);
    flood("", "\0", 1, "", BIG);
}

/* Within what each format may have: here it is the parsers that must not be quadratic. */
static void floods_within_the_limits(void **state)
{
    (void)state;
    static const struct {
        const char *head, *piece, *tail;
        size_t size;
    } rows[] = {
        {"<status>", "<a/>", "</status>", 128 * 1024},
        {"<status>", "<a>", "</status>", 128 * 1024},
        {"<status><gauges>", "<gauge name=''/>", "</gauges></status>", 128 * 1024},
        {"<status><system status='", "&#65;", "'/></status>", 128 * 1024},
        {"<status ", "\n", "/>", 128 * 1024},
        {"<status>", "<!-- -->", "</status>", 128 * 1024},
        {"<status>", "<?a b?>", "</status>", 128 * 1024},
        {"<status>", "<![CDATA[a]]>", "</status>", 128 * 1024},
        {"{\"data\": [", "{},", "{}]}", MIB},
        {"{\"data\": [", "{\"hostName\":\"\"},", "{}]}", 8 * MIB},
        {"{\"data\": {\"appliances\": [", "{\"a\":{}},", "{}]}}", MIB},
        {"{\"data\": \"", "\\u0000", "\"}", 10 * MIB},
        {"{\"data\": ", "9", "}", 10 * MIB},
        {"<table>", "<tr>", "</table>", MIB},
        {"<table>", "<tr><td>a", "</table>", MIB},
        {"<table><tr><td rowspan=9999 colspan=99>a", "<tr><td>", "</table>", MIB},
        {"<table><tr><td>", "a b ", "</table>", MIB},
        {"<table><tr><td>", "<i>a</i>", "</table>", MIB},
        {"<table><tr>", "<td>a", "</table>", MIB},
        {"<table>", "<tr><th colspan=99>aaaaaaaa", "</table>", MIB},
        {"<table>", "<tbody><tr><td>a", "</table>", MIB},
        {"", "<table><tr><td>a</table>", "", MIB},
        {"<body>", "<!---->\n", "<table></table>", MIB},
        {"<body>", "<meta charset", "<table></table>", MIB},
        {"<body style='", "display:x;", "'><table></table>", MIB},
        {"<body class='", "hid ", "'><table></table>", MIB},
        {"<body>", "<html a=b>", "<table></table>", MIB},
        {"<p ", "a=b ", "><table></table>", MIB},
        {"<p title='", "&a;", "'><table></table>", MIB},
        {"<script>", "<a ", "</script><table></table>", MIB},
        {"<title>", "a ", "</title><table></table>", MIB},
        {"<meta charset=Shift_JIS><table><tr><td>", "\xB1", "</table>", MIB},
        {"<table><tr><td>", "\xE9", "</table>", MIB},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        flood(rows[i].head, rows[i].piece, strlen(rows[i].piece), rows[i].tail, rows[i].size);
}

/* A start tag with all the names that there is room for, and then one of them for ever. */
static void attributes_without_end(void **state)
{
    (void)state;
    size_t size = 2 * MIB, n;
    char *text = malloc(size);
    assert_non_null(text);
    n = (size_t)snprintf(text, size, "<table><tr");
    for (unsigned i = 0; i < 900; i++)
        n += (size_t)snprintf(text + n, size - n, " %x", 0xa00 + i);
    while (n < size - 100)
        n += (size_t)snprintf(text + n, size - n, " d83");
    n += (size_t)snprintf(text + n, size - n, "><td>OK</table>");
    all_parsers(text, n);

    n = (size_t)snprintf(text, size, "<status");
    for (unsigned i = 0; n < 127 * 1024; i++)
        n += (size_t)snprintf(text + n, size - n, " a%x=''", i);
    n += (size_t)snprintf(text + n, size - n, "/>");
    all_parsers(text, n);
    free(text);
}

static void wrong_for_their_charset(void **state)
{
    (void)state;
    static const char *const charsets[] = {"EUC-KR",   "Shift_JIS", "ISO-2022-JP", "UTF-7", "UTF-8",
                                           "US-ASCII", "UTF-16",    "HTML",        "UCS-4", "x"};
    static const char *const pieces[] = {"\xFF", "\xC8",         "\x1B", "+AD0-",
                                         "+",    "\xED\xA0\x80", "\x01"};
    char xml[128], html[128];
    for (size_t i = 0; i < COUNT(charsets); i++) {
        (void)snprintf(xml, sizeof(xml), "<?xml version='1.0' encoding='%s'?><status hostname='",
                       charsets[i]);
        (void)snprintf(html, sizeof(html), "<meta charset='%s'><table><tr><td>", charsets[i]);
        for (size_t k = 0; k < COUNT(pieces); k++) {
            flood(xml, pieces[k], strlen(pieces[k]), "'/>", 20000);
            flood(html, pieces[k], strlen(pieces[k]), "</table>", 20000);
        }
    }
}

/* Runs TEST; fails when it wrote anything to stderr. */
static void silently(void (*test)(void **state), void **state)
{
    FILE *kept = tmpfile();
    assert_non_null(kept);
    (void)fflush(stderr);
    int before = dup(STDERR_FILENO);
    assert_true(before >= 0 && dup2(fileno(kept), STDERR_FILENO) >= 0);
    test(state);
    (void)fflush(stderr);
    assert_true(dup2(before, STDERR_FILENO) >= 0);
    (void)close(before);
    long size = ftell(kept);
    (void)fseek(kept, 0, SEEK_END);
    size = ftell(kept);
    (void)fclose(kept);
    assert_int_equal(size, 0);
}

static void nothing_is_printed(void **state)
{
    silently(cut_anywhere, state);
    silently(damaged_anywhere, state);
    silently(wrong_for_their_charset, state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(valid_ones_are_read),
        with_arena(small_ones),
        with_arena(cut_anywhere),
        with_arena(damaged_anywhere),
        with_arena(big_ones),
        with_arena(floods_within_the_limits),
        with_arena(attributes_without_end),
        with_arena(wrong_for_their_charset),
        with_arena(nothing_is_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
