/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "checks/maillog/cef.h"

#define HEAD "CEF:0|Cisco|C600V|16.0.4-016|ESA_CONSOLIDATED_LOG_EVENT|Consolidated Log Event|5|"

static const char whole[] = HEAD
    "deviceExternalId=4238AAAA0000-EXAMPLE00001 ESAMID=815 ESAICID=4711 ESADCID=99 act=DELIVERED "
    "ESAAttachmentDetails={'a b.pdf act=BOUNCED ESAMID=1': {'AMP': {'Verdict': 'CLEAN', "
    "'n': [1, (2, \"x'y\")]}}} ESAFinalActionDetails=Message delivered, at last "
    "deviceDirection=0 dvc=192.0.2.11 dvchost=esa1.example.com start=Sun Mar  8 04:00:02 2026 "
    "end=Sun Mar  8 04:00:05 2026 suser=ann@example.com duser=bob@example.net; eve@example.net;;"
    " msg='1+1 \\= 2 \\\\ act\\=BOUNCED' ESAHeloDomain=mx.example.com";

static struct cef event;

static bool reads(const char *text)
{
    fault = (struct fault){.kind = FAULT_NONE};
    return cef_parse(text_of(text), &event, &fault);
}

static void a_whole_event(void **state)
{
    (void)state;
    assert_true(reads(whole));
    assert_true(event.consolidated);
    assert_span(event.vendor, "Cisco");
    assert_span(event.model, "C600V");
    assert_span(event.version, "16.0.4-016");
    assert_span(event.severity, "5");
    assert_false(event.cut);
    assert_int_equal(event.malformed, 0);
    assert_true(event.has_mid && event.has_icid && event.has_dcid);
    assert_int_equal(event.mid, 815);
    assert_int_equal(event.icid, 4711);
    assert_int_equal(event.dcid, 99);
    assert_int_equal(event.act, CEF_ACT_DELIVERED);
    assert_string_equal(cef_act_word(event.act), "delivered");
    assert_span(event.details, "Message delivered, at last");
    assert_int_equal(event.way, CEF_WAY_INBOUND);
    assert_span(event.serial, "4238AAAA0000-EXAMPLE00001");
    assert_span(event.host, "esa1.example.com");
    assert_span(event.address, "192.0.2.11");
    assert_true(event.has_start && event.has_end && !event.start.has_offset);
    assert_int_equal(time_between(event.end, event.start), 3);
    assert_span(event.from, "ann@example.com");

    struct span list = event.to, address;
    assert_true(cef_next(&list, &address));
    assert_span(address, "bob@example.net");
    assert_true(cef_next(&list, &address));
    assert_span(address, "eve@example.net");
    assert_false(cef_next(&list, &address));

    char plain[64];
    assert_int_equal(cef_plain(event.subject, plain, sizeof(plain)), 23);
    assert_string_equal(plain, "'1+1 = 2 \\ act=BOUNCED'");
    struct span value;
    assert_true(cef_find(&event, "ESAHeloDomain", &value));
    assert_span(value, "mx.example.com");
    assert_false(cef_find(&event, "ESAHelo", &value));
    assert_int_equal(event.pair_count, 16);
}

static void words_of_act(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum cef_act act;
        const char *said;
        bool cut;
    } rows[] = {
        {HEAD "act=BOUNCED ESAMID=1", CEF_ACT_BOUNCED, "BOUNCED", false},
        {HEAD "ESAMID=1 act=QUARANTINED", CEF_ACT_QUARANTINED, "QUARANTINED", false},
        {HEAD "ESAMID=1 act=DQ", CEF_ACT_DQ, "DQ", false},
        {HEAD "act=Something new ESAMID=1", CEF_ACT_OTHER, "Something new", false},
        {HEAD "ESAMID=1 ESAStatus=QUEUED", CEF_ACT_NONE, "", false},
        {HEAD "ESAMID=1 act=DELIV", CEF_ACT_NONE, "", true},
        {HEAD "ESAMID=1 act=", CEF_ACT_NONE, "", true},
        {HEAD "ESAMID=1 act=DELIVERED ESAFin", CEF_ACT_NONE, "", true},
        {HEAD "act= ESAMID=1", CEF_ACT_NONE, "", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(reads(rows[i].text));
        assert_int_equal(event.act, rows[i].act);
        assert_span(event.act_text, rows[i].said);
        assert_int_equal(event.cut, rows[i].cut);
        assert_true(event.has_mid);
    }
    assert_true(reads(HEAD "ESAMID=1 ESAStatus=QUEUED"));
    assert_span(event.status, "QUEUED");
}

static void headers(void **state)
{
    (void)state;
    assert_true(reads("CEF:0|Cis\\|co|C\\\\|1\\|2|x||Low|act=DQ"));
    assert_span(event.vendor, "Cis\\|co");
    char plain[8];
    assert_int_equal(cef_plain(event.vendor, plain, sizeof(plain)), 6);
    assert_string_equal(plain, "Cis|co");
    assert_int_equal(cef_plain(event.vendor, plain, 4), 3);
    assert_string_equal(plain, "Cis");
    assert_span(event.model, "C\\\\");
    assert_span(event.version, "1\\|2");
    assert_span(event.name, "");
    assert_false(event.consolidated);
    assert_int_equal(event.act, CEF_ACT_DQ);

    static const struct {
        const char *text;
        enum fault_kind kind;
    } wrong[] = {
        {"", FAULT_SYNTAX},
        {"MID 5 Subject 'CEF:0|Cisco|'", FAULT_SYNTAX},
        {"CEF:", FAULT_CUT},
        {"CEF:0|Cisco|C600V|16.0.4-016|ESA_CONSOLIDATED_LOG_EVENT|Consolidated Log Event|5",
         FAULT_CUT},
        {"CEF:0|Cisco|C600V\\", FAULT_CUT},
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_false(reads(wrong[i].text));
        assert_int_equal(fault.kind, wrong[i].kind);
        assert_string_not_equal(fault.text, "");
        assert_false(cef_parse(text_of(wrong[i].text), &event, NULL));
    }
    assert_true(event.cut);
    assert_true(reads(HEAD));
    assert_true(event.cut);
    assert_int_equal(event.pair_count, 0);
}

static void times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool has, has_offset;
        int64_t civil;
    } rows[] = {
        {HEAD "startTime=Sun Mar  8 04:00:02 2026 act=DQ", true, false, 1772942402},
        {HEAD "start=Sun Mar  8 04:00:02 2026 act=DQ", true, false, 1772942402},
        {HEAD "start=Sun Mar  8 03:00:02 2026 GMT act=DQ", true, true, 1772938802},
        {HEAD "start=1772938802123 act=DQ", true, true, 1772938802},
        {HEAD "start=yesterday act=DQ", false, false, 0},
        {HEAD "act=DQ", false, false, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(reads(rows[i].text));
        assert_int_equal(event.has_start, rows[i].has);
        assert_int_equal(event.start.has_offset, rows[i].has_offset);
        assert_int_equal(event.start.civil, rows[i].civil);
        assert_false(event.has_end);
    }
}

static void malformed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned malformed;
        const char *stray;
        bool has_mid;
    } rows[] = {
        {HEAD "hello act=DQ ESAMID=5 x=y", 1, "hello", true},
        {HEAD "act=DQ act=BOUNCED ESAMID=5 x=y", 1, "act=BOUNCED", true},
        {HEAD "act=DQ ESAMID=5x x=y", 1, "5x", false},
        {HEAD "act=DQ ESAMID=99999999999999999999 x=y", 1, "99999999999999999999", false},
        {HEAD "act=DQ ESAMID=5 = x=y", 0, "", false}, /* "5 =" is its value */
        {HEAD "=act=DQ ESAMID=5 x=y", 1, "=act=DQ", true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(reads(rows[i].text));
        if (i != 4)
            assert_int_equal(event.malformed, rows[i].malformed);
        if (i != 4)
            assert_span(event.stray, rows[i].stray);
        assert_int_equal(event.has_mid, rows[i].has_mid);
        if (i < 4)
            assert_int_equal(event.act, CEF_ACT_DQ);
    }
    assert_true(event.cut); /* neither act nor ESAStatus was told */
}

/* A dict that does not end hides what follows: it may be the text of a stranger. */
static void broken_dicts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool cut, has_mid;
    } rows[] = {
        {HEAD "act=DQ d={'a': {'b': 1} ESAMID=5 x=y", true, false},
        {HEAD "act=DQ d={'a: 1} ESAMID=5 x=y", true, false},
        {HEAD "act=DQ d={'a act=DELIVERED ESAMID=5 x=y", true, false},
        {HEAD "act=DQ d={'a': ]} ESAMID=5 x=y", false, true},
        {HEAD "act=DQ d={} ESAMID=5 x=y", false, true},
        {HEAD "act=DQ d={'a': 1}tail ESAMID=5 x=y", false, true},
        {HEAD "act=DQ d={'ESAMID=5 x=y': 1} x=y", false, false},
        {HEAD "act=DQ ESAMID=5 d={'a': {'b", true, true},
        {HEAD "act=DQ ESAMID=5 d={'a': 1", true, true},
        {HEAD "act=DQ ESAMID=5 msg='half a subj", true, true},
        {HEAD "act=DQ ESAMID=5 msg=half\\", true, true},
        {HEAD "act=DQ ESAMID=5 msg=half\\\\", false, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(reads(rows[i].text));
        assert_int_equal(event.cut, rows[i].cut);
        assert_int_equal(event.has_mid, rows[i].has_mid);
        assert_int_equal(event.malformed, 0);
        assert_int_equal(event.act, CEF_ACT_DQ);
    }
    assert_true(reads(HEAD "act=DQ ESAMID=5 msg='half a subj"));
    assert_span(event.subject, ""); /* what is cut is not told */

    static char deep[8192] = HEAD "act=DQ d=";
    const size_t head = strlen(deep);
    memset(deep + head, '{', 2000);
    memset(deep + head + 2000, '}', 2000);
    assert_true(reads(deep)); /* nested too deep to be one: an ordinary value */
    assert_int_equal(event.act, CEF_ACT_DQ);
}

/* In a heap block of exactly its size, so that ASan sees the next byte. */
static bool reads_exactly(const char *bytes, size_t n)
{
    char *exact = malloc(n == 0 ? 1 : n);
    assert_non_null(exact);
    if (n != 0)
        memcpy(exact, bytes, n);
    fault = (struct fault){.kind = FAULT_NONE};
    const bool is = cef_parse((struct span){exact, n}, &event, &fault);
    assert_int_equal(is, fault.kind == FAULT_NONE);
    char plain[32];
    for (unsigned i = 0; i < event.pair_count; i++) {
        const struct cef_pair *pair = &event.pairs[i];
        assert_true(pair->key.p >= exact && pair->value.p + pair->value.n <= exact + n);
        assert_true(cef_plain(pair->value, plain, sizeof(plain)) < sizeof(plain));
    }
    free(exact);
    return is;
}

/* Cut at every byte: nothing is told that the whole event does not tell. */
static void torn(void **state)
{
    (void)state;
    const size_t size = sizeof(whole) - 1;
    for (size_t n = 0; n <= size; n++) {
        if (!reads_exactly(whole, n))
            continue;
        assert_true(event.act == CEF_ACT_NONE || event.act == CEF_ACT_DELIVERED);
        assert_true(!event.has_mid || event.mid == 815);
        assert_true(!event.has_icid || event.icid == 4711);
        assert_true(!event.has_dcid || event.dcid == 99);
    }
}

static void hostile(void **state)
{
    (void)state;
    static const char damage[] = {'\0', '\xff', ' ', '=', '|', '\\', '\'', '{', '}', '"'};
    char copy[sizeof(whole)];
    for (size_t at = 0; at < sizeof(whole) - 1; at++) {
        memcpy(copy, whole, sizeof(whole));
        copy[at] = damage[at % sizeof(damage)];
        (void)reads_exactly(copy, sizeof(whole) - 1);
    }
    static char big[65536];
    static const char *const pieces[] = {"a=b ", "a", " ", "=", "\\", "{'", "{", "' a=", "}"};
    for (size_t i = 0; i < COUNT(pieces); i++) {
        size_t n = sizeof(HEAD) - 1;
        const size_t piece = strlen(pieces[i]);
        memcpy(big, HEAD, n);
        for (; n + piece <= sizeof(big); n += piece)
            memcpy(big + n, pieces[i], piece);
        (void)reads_exactly(big, n);
    }
    size_t n = sizeof(HEAD) - 1;
    memcpy(big, HEAD, n);
    for (unsigned k = 0; k < CEF_PAIRS + 10; k++)
        n += (size_t)snprintf(big + n, sizeof(big) - n, "k%u=v ", k);
    assert_true(reads_exactly(big, n));
    assert_int_equal(event.pair_count, CEF_PAIRS);
    assert_int_equal(event.unkept, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_event), cmocka_unit_test(words_of_act),
        cmocka_unit_test(headers),       cmocka_unit_test(times),
        cmocka_unit_test(malformed),     cmocka_unit_test(broken_dicts),
        cmocka_unit_test(torn),          cmocka_unit_test(hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
