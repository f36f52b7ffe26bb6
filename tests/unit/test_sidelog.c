/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "checks/maillog/sidelog.h"

static struct sidelog out;

static enum sidelog_kind kind_of(const char *text)
{
    return sidelog_classify(text_of(text), LINE_INFO, &out);
}

/* Every row takes its own sample, or a row above it of the same kind does. */
static void samples(void **state)
{
    (void)state;
    bool seen[SIDELOG_KINDS] = {[SIDELOG_NONE] = true};
    for (size_t i = 0; i < sidelog_row_count; i++) {
        const struct sidelog_row *row = &sidelog_rows[i];
        assert_int_equal(kind_of(row->sample), row->kind);
        assert_int_equal(out.log, row->log);
        assert_int_equal(out.meaning, row->meaning);
        assert_int_equal(out.level, LINE_INFO);
        assert_int_equal(out.alarming, row->meaning == SIDELOG_FAILURE);
        seen[row->kind] = true;
        assert_string_not_equal(sidelog_kind_name(row->kind), "");
        assert_string_not_equal(sidelog_log_name(row->log), "");
    }
    for (size_t i = 0; i < SIDELOG_KINDS; i++)
        assert_true(seen[i]);
}

static void failures_whatever_the_level(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum line_level level;
        enum sidelog_kind kind;
        const char *subject, *rest;
        bool alarming;
    } rows[] = {
        {"Dynamic manifest fetch failure: Received invalid update manifest response", LINE_INFO,
         SIDELOG_MANIFEST_FAILED, "", "Received invalid update manifest response", true},
        {"graymail update failed", LINE_WARNING, SIDELOG_UPDATE_FAILED, "graymail", "", true},
        {"sophos update failed ", LINE_INFO, SIDELOG_UPDATE_FAILED, "sophos", "", true},
        {"case waiting for new updates", LINE_INFO, SIDELOG_UPDATE_WAITING, "case", "", false},
        {"something else", LINE_INFO, SIDELOG_NONE, "", "something else", false},
        {"something else", LINE_DEBUG, SIDELOG_NONE, "", "something else", false},
        {"something else\r", LINE_WARNING, SIDELOG_NONE, "", "something else", true},
        {"something else", LINE_CRITICAL, SIDELOG_NONE, "", "something else", true},
        {"PID 1237: User admin commit changes: ", LINE_INFO, SIDELOG_COMMIT, "admin", "", false},
        {"PID 1237: User o'neil commit changes: a: b", LINE_INFO, SIDELOG_COMMIT, "o'neil", "a: b",
         false},
        {"Failed to bootstrap the DNS resolver", LINE_CRITICAL, SIDELOG_DNS_FAILED, "", "", true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(sidelog_classify(text_of(rows[i].text), rows[i].level, &out),
                         rows[i].kind);
        assert_int_equal(out.level, rows[i].level);
        assert_span(out.subject, rows[i].subject);
        assert_span(out.text, rows[i].rest);
        assert_int_equal(out.alarming, rows[i].alarming);
    }
    (void)kind_of("PID 1237: User admin commit changes: x");
    assert_int_equal(out.number, 1237);
}

static void headers(void **state)
{
    (void)state;
    assert_int_equal(kind_of("Version: 16.0.4-016 SN: 4238AAAA0000-EXAMPLE00001 "),
                     SIDELOG_VERSION);
    assert_span(out.subject, "16.0.4-016");
    assert_span(out.text, "4238AAAA0000-EXAMPLE00001");
    assert_int_equal(kind_of("Time offset from UTC: -18000 seconds"), SIDELOG_OFFSET);
    assert_int_equal(out.utc_offset, -18000);
    assert_int_equal(kind_of("Time offset from UTC: 20700 seconds"), SIDELOG_OFFSET);
    assert_int_equal(out.utc_offset, 20700);
    assert_int_equal(kind_of("System is coming up"), SIDELOG_COMING_UP);
    static const char *const wrong[] = {
        "Time offset from UTC: 99999999 seconds",
        "Time offset from UTC: x seconds",
        "Time offset from UTC: 3600",
        "Version: 16.0.4-016",
        "Version: 16.0.4-016 SN: a b",
        "Begin Logfile now",
        "System is coming up soon",
        "Logfile rolled over", /* graded U: nobody has shown one */
    };
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_int_equal(kind_of(wrong[i]), SIDELOG_NONE);
}

/* What strangers can write into a line must not make it one of these. */
static void never_inside(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "MID 5 Subject 'graymail update failed'",
        "MID 5 Subject '\\nDynamic manifest fetch failure: x'",
        "MID 5 Subject \"Begin Logfile\"",
        "\"Begin Logfile\"",
        "a mail about how the graymail update failed",
        "graymail update failed again",
        "xBounced: DCID 1 MID 2 From:<> To:<>",
        "info: System is coming up.",
        "PID x: User admin commit changes: y",
        "PID 1: User admin or so commit changes: y",
        "TRANSFER: Plugin A B downloading from 192.0.2.1 - x",
        "Bounced: DCID x MID 5 From:<> To:<> RID 0 - x",
        "Bounced: DCID 9999999999999999999 MID 5 From:<a@example.com> To:<> RID 0 - x",
    };
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_int_equal(kind_of(lines[i]), SIDELOG_NONE);
    (void)kind_of("PID 1237: User admin commit changes: graymail update failed");
    assert_int_equal(out.kind, SIDELOG_COMMIT);
    assert_false(out.alarming);
}

static void transfers(void **state)
{
    (void)state;
    int64_t lag = 0;
    assert_int_equal(kind_of("TRANSFER: Plugin TRACKINGPLUGIN downloading from 192.0.2.11 - "
                             "/export/tracking/tracking.@20260308T025900Z_20260308T030200Z.s.gz"),
                     SIDELOG_TRANSFER);
    assert_span(out.subject, "TRACKINGPLUGIN");
    assert_span(out.address, "192.0.2.11");
    assert_true(out.has_period);
    assert_int_equal(out.period_end - out.period_begin, 180);
    assert_int_equal(out.period_end, 1772938920); /* 2026-03-08 03:02:00 UTC */
    assert_true(sidelog_lag(&out, 1772938920 + 75, &lag));
    assert_int_equal(lag, 75);

    static const char *const without[] = {
        "TRANSFER: Plugin REPORTINGPLUGIN downloading from 192.0.2.11 - /export/x",
        "TRANSFER: Plugin REPORTINGPLUGIN downloading from 192.0.2.11 - ",
        "TRANSFER: Plugin R downloading from 192.0.2.11 - x.@20260308T025900Z_20260308T0302",
        "TRANSFER: Plugin R downloading from 192.0.2.11 - x.@20260308T025900Z",
        "TRANSFER: Plugin R downloading from 192.0.2.11 - x.@20260308T025900Z_20260308T026000Z.s",
        "TRANSFER: Plugin R downloading from 192.0.2.11 - x.@20260308T030200Z_20260308T025900Z.s",
        "TRANSFER: Plugin R downloading from 192.0.2.11 - "
        "x.@20260308T025900Z_20260308T030200Z.s@",
    };
    for (size_t i = 0; i < COUNT(without); i++) {
        assert_int_equal(kind_of(without[i]), SIDELOG_TRANSFER);
        assert_false(out.has_period);
        assert_false(sidelog_lag(&out, 0, &lag));
    }
    assert_span(out.text, "x.@20260308T025900Z_20260308T030200Z.s@");
    (void)kind_of("Begin Logfile");
    assert_false(sidelog_lag(&out, 0, &lag));
}

static void bounces(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool has_dcid, has_ids;
        uint64_t dcid, mid, rid;
        const char *from, *to, *reason, *response;
    } rows[] = {
        {"Bounced: 45346670:3 From:<ann@example.com> To:<bob@example.net> "
         "Reason: \"5.1.0 - Unknown address error\" Response: \"('550', ['no \"x\"'])\"",
         false, true, 0, 45346670, 3, "ann@example.com", "bob@example.net",
         "5.1.0 - Unknown address error", "('550', ['no \"x\"'])"},
        {"Bounced: 7:0 From:<> To:<a b@example.net> Reason: \"5.1.2 - Bad\"", false, true, 0, 7, 0,
         "", "a b@example.net", "5.1.2 - Bad", ""},
        {"Bounced: 7:0 From:<> To:<b@example.net>", false, false, 0, 7, 0, "", "b@example.net", "",
         ""},
        {"Bounced: DCID 2 MID 15232 From:<ann@example.com> To:<bob@example.net> RID 1 - "
         "5.1.0 - Unknown address error ('550', ['5.1.1 RID 7 - x (\\'y', '']) []",
         true, true, 2, 15232, 1, "ann@example.com", "bob@example.net",
         "5.1.0 - Unknown address error", "('550', ['5.1.1 RID 7 - x (\\'y', ''])"},
        {"Bounced: DCID 0 MID 15232 From: <> To: <bob@example.net> RID 0 - 5.1.2 - Bad "
         "destination host",
         true, true, 0, 15232, 0, "", "bob@example.net", "5.1.2 - Bad destination host", ""},
        {"Bounced: DCID 2 MID 15232 to RID 0 - 5.1.0", true, false, 2, 15232, 0, "", "", "", ""},
        {"Bounced: DCID 2 MID 15232 From:<ann@exam", true, false, 2, 15232, 0, "", "", "", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(kind_of(rows[i].text), SIDELOG_BOUNCED);
        assert_int_equal(out.has_dcid, rows[i].has_dcid);
        assert_int_equal(out.has_ids, rows[i].has_ids);
        assert_int_equal(out.number, rows[i].dcid);
        assert_int_equal(out.mid, rows[i].mid);
        assert_int_equal(out.rid, rows[i].rid);
        assert_span(out.from, rows[i].from);
        assert_span(out.to, rows[i].to);
        assert_span(out.reason, rows[i].reason);
        assert_span(out.response, rows[i].response);
    }
}

static bool inside(struct span whole, struct span part)
{
    return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

/* In a heap block of exactly its size, so that ASan sees the next byte. */
static void classify_exactly(const char *bytes, size_t n)
{
    char *exact = malloc(n == 0 ? 1 : n);
    assert_non_null(exact);
    if (n != 0)
        memcpy(exact, bytes, n);
    const struct span whole = {exact, n};
    (void)sidelog_classify(whole, LINE_INFO, &out);
    assert_true(inside(whole, out.subject) && inside(whole, out.text) && inside(whole, out.from) &&
                inside(whole, out.to) && inside(whole, out.reason) && inside(whole, out.response) &&
                inside(whole, out.address));
    free(exact);
}

static void torn_and_damaged(void **state)
{
    (void)state;
    static const char damage[] = {'\0', '\xff', ' ', '>', '<', '"', '\'', '@', ':', '9'};
    for (size_t i = 0; i < sidelog_row_count; i++) {
        const char *sample = sidelog_rows[i].sample;
        char copy[512];
        const size_t n = strlen(sample);
        assert_true(n < sizeof(copy));
        for (size_t at = 0; at < n; at++) {
            classify_exactly(sample, at);
            memcpy(copy, sample, n);
            copy[at] = damage[at % sizeof(damage)];
            classify_exactly(copy, n);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples),          cmocka_unit_test(failures_whatever_the_level),
        cmocka_unit_test(headers),          cmocka_unit_test(never_inside),
        cmocka_unit_test(transfers),        cmocka_unit_test(bounces),
        cmocka_unit_test(torn_and_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
