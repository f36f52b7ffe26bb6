/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/state_sample.h"

#include <stdlib.h>

#include "checks/time.h"
#include "snmp/image.h"
#include "snmp/mib.h"

#define TAKEN "2026-03-08T03:00:02Z"
enum { TAKEN_AT = 1772938802 };

static struct names names;
static struct image image;

static bool builds(const char *text)
{
    fault = (struct fault){.kind = FAULT_NONE};
    return image_build(&arena, text_of(text), "state.json", &names, &image, &fault);
}

#define ROW(type, table, i) (&((const struct table_##type *)image.tables[table].rows)[i])

static void appliances(void **state)
{
    (void)state;
    names_init(&names);
    assert_true(builds(state_sample(TAKEN, "ok")));
    assert_int_equal(image.tables[TABLE_APPLIANCE].count, 3);
    const struct table_appliance *row = ROW(appliance, TABLE_APPLIANCE, 0);
    assert_int_equal(row->index.part[0], 1);
    assert_string_equal(row->name, "esa1");
    assert_int_equal(row->role, 1);
    assert_string_equal(row->model, "C600V");
    assert_string_equal(row->serial, "42-A");
    assert_string_equal(row->cluster, "hq");
    assert_string_equal(row->manager, "sma1");
    assert_string_equal(row->before, "14.2.0");
    assert_string_equal(row->running, "15.0.3-002");
    assert_string_equal(row->target, "");
    assert_int_equal(row->state, TABLE_CRITICAL);
    assert_int_equal(row->run, TAKEN_AT);
    assert_int_equal(row->since, TAKEN_AT);
    assert_int_equal(row->checks_by[TABLE_OK - 1], 1);
    assert_int_equal(row->checks_by[TABLE_CRITICAL - 1], 1);
    row = ROW(appliance, TABLE_APPLIANCE, 2);
    assert_string_equal(row->name, "sma1");
    assert_int_equal(row->role, 2);
    assert_int_equal(row->state, TABLE_NOT_APPLICABLE);
    assert_true(row->run == TABLE_NO_TIME);
    assert_int_equal(image.summary.appliances, 3);
    assert_int_equal(image.summary.appliances_by[TABLE_CRITICAL - 1], 2);
    assert_int_equal(image.summary.worst, TABLE_CRITICAL);
    assert_int_equal(image.summary.verdict, 4);
    assert_string_equal(image.summary.phase, "poll");
    names_free(&names);
}

static void checks(void **state)
{
    (void)state;
    names_init(&names);
    assert_true(builds(state_sample(TAKEN, "warning")));
    assert_int_equal(image.tables[TABLE_CHECK].count, 3);
    const struct table_check *row = ROW(check, TABLE_CHECK, 0);
    assert_int_equal(row->index.part[0], 1);
    assert_int_equal(row->index.part[1], 1);
    assert_string_equal(row->name, "status");
    assert_int_equal(row->state, TABLE_WARNING);
    assert_int_equal(row->previous, TABLE_UNKNOWN);
    assert_int_equal(row->duration, 305);
    assert_string_equal(row->value, "depth=7 used[/var]=1.500%");
    assert_string_equal(row->message, "line 1 2"); /* one line */
    row = ROW(check, TABLE_CHECK, 1);
    assert_string_equal(row->name, "clustercheck");
    assert_int_equal(row->duration, TABLE_NO_NUMBER);
    assert_true(row->run == TABLE_NO_TIME);
    assert_int_equal(ROW(check, TABLE_CHECK, 2)->index.part[1], row->index.part[1]);
    names_free(&names);
}

static void alerts_and_clusters(void **state)
{
    (void)state;
    names_init(&names);
    assert_true(builds(state_sample(TAKEN, "ok")));
    assert_int_equal(image.tables[TABLE_ALERT].count, 2); /* what follows from another is none */
    const struct table_alert *alert = ROW(alert, TABLE_ALERT, 0);
    assert_string_equal(alert->appliance, "esa1");
    assert_string_equal(alert->check, "clustercheck");
    assert_string_equal(alert->subject, "Routes");
    assert_int_equal(alert->severity, TABLE_CRITICAL);
    assert_int_equal(alert->acknowledged, 2);
    alert = ROW(alert, TABLE_ALERT, 1);
    assert_int_equal(alert->severity, TABLE_WARNING); /* a waiver lets it pass */
    assert_int_equal(alert->acknowledged, 1);
    assert_int_equal(image.tables[TABLE_CLUSTER].count, 1);
    assert_int_equal(ROW(cluster, TABLE_CLUSTER, 0)->members, 2);
    assert_int_equal(ROW(cluster, TABLE_CLUSTER, 0)->inconsistencies, 1);
    assert_int_equal(image.tables[TABLE_INCONSISTENCY].count, 1); /* two members say it */
    assert_int_equal(ROW(inconsistency, TABLE_INCONSISTENCY, 0)->level, 2);
    assert_string_equal(ROW(inconsistency, TABLE_INCONSISTENCY, 0)->appliance, "esa1");
    names_free(&names);
}

static void memory(void **state)
{
    (void)state;
    names_init(&names);
    assert_true(builds(state_sample(TAKEN, "ok")));
    assert_true(builds(state_sample("2026-03-08T03:05:02Z", "ok")));
    assert_int_equal(ROW(check, TABLE_CHECK, 0)->since, TAKEN_AT);
    assert_int_equal(ROW(alert, TABLE_ALERT, 0)->index.part[0], 1);
    assert_int_equal(ROW(alert, TABLE_ALERT, 0)->raised, TAKEN_AT);
    assert_true(builds(state_sample("2026-03-08T03:10:02Z", "critical")));
    assert_int_equal(ROW(check, TABLE_CHECK, 0)->previous, TABLE_OK);
    assert_int_equal(ROW(check, TABLE_CHECK, 0)->since, TAKEN_AT + 600);
    char *text = names_text(&names); /* the next process knows it as well */
    assert_false(names.changed);
    names_free(&names);
    assert_true(names_read(&names, text_of(text), "map", &fault));
    free(text);
    assert_true(builds(state_sample("2026-03-08T03:15:02Z", "critical")));
    assert_int_equal(ROW(check, TABLE_CHECK, 0)->previous, TABLE_OK);
    assert_int_equal(ROW(check, TABLE_CHECK, 0)->since, TAKEN_AT + 600);
    assert_int_equal(ROW(alert, TABLE_ALERT, 0)->raised, TAKEN_AT);
    assert_false(names.changed);
    names_free(&names);
}

/* A number that was given once is not given again, whatever comes and goes. */
static void numbers(void **state)
{
    int64_t since;
    (void)state;
    names_init(&names);
    assert_int_equal(names_number(&names, NAMES_APPLIANCE, "a"), 1);
    assert_int_equal(names_number(&names, NAMES_APPLIANCE, "b"), 2);
    assert_int_equal(names_number(&names, NAMES_CHECK, "b"), 1);
    assert_int_equal(names_number(&names, NAMES_APPLIANCE, "a"), 1);
    names_begin(&names);
    assert_int_equal(names_alert(&names, "x", 5, &since), 1);
    assert_int_equal(names_alert(&names, "y", 5, &since), 2);
    assert_int_equal(names_alert(&names, "x", 6, &since), 1);
    names_end(&names);
    names_begin(&names);
    assert_int_equal(names_alert(&names, "y", 7, &since), 2);
    assert_int_equal(since, 5);
    names_end(&names);
    names_begin(&names);
    assert_int_equal(names_alert(&names, "x", 8, &since), 3); /* it is another one */
    names_end(&names);
    names_free(&names);
}

static void other_maps(void **state)
{
    static const char *const bad[] = {
        "",
        "{}",
        "[1]",
        "{\"schema\": \"postcheck.agentx/2\"}",
        "{\"schema\": \"postcheck.agentx/1\", \"last_alert\": 0, \"appliances\": {\"a\": 1, \"b\": "
        "1},"
        " \"checks\": {}, \"clusters\": {}, \"settings\": {}, \"seen\": {\"states\": {}, "
        "\"alerts\": {}}}",
        "{\"schema\": \"postcheck.agentx/1\", \"last_alert\": 0, \"appliances\": {\"a\": 3},"
        " \"checks\": {}, \"clusters\": {}, \"settings\": {}, \"seen\": {\"states\": {}, "
        "\"alerts\": {}}}",
        "{\"schema\": \"postcheck.agentx/1\", \"last_alert\": 1, \"appliances\": {},"
        " \"checks\": {}, \"clusters\": {}, \"settings\": {}, \"seen\": {\"states\": {}, "
        "\"alerts\": {\"k\": [2, 0]}}}",
        "{\"schema\": \"postcheck.agentx/1\", \"last_alert\": 1, \"appliances\": {},"
        " \"checks\": {}, \"clusters\": {}, \"settings\": {}, \"seen\": {\"states\": {\"k\": [1]}, "
        "\"alerts\": {}}}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(names_read(&names, text_of(bad[i]), "map", &fault));
        names_free(&names);
    }
}

static void torn(void **state)
{
    const char *whole = state_sample(TAKEN, "ok");
    const size_t size = strlen(whole);
    (void)state;
    names_init(&names);
    for (size_t n = 0; n < size; n++) {
        char *part = arena_dup(&arena, (struct span){whole, n});
        assert_false(builds(part));
        assert_int_equal(fault.kind, FAULT_SYNTAX);
    }
    assert_false(names.changed); /* and nothing was numbered after it */
    assert_true(builds(whole));
    names_free(&names);
}

static void no_reports(void **state)
{
    static const char *const bad[] = {
        "[]",
        "{\"schema\": \"postcheck.report/2\"}",
        "{\"schema\": \"postcheck.report/1\"}",
        "{\"schema\": \"postcheck.report/1\", \"nodes\": [], \"clusters\": [], \"results\": {}}",
        /* no time */
        "{\"schema\": \"postcheck.report/1\", \"nodes\": [], \"clusters\": [], \"results\": []}",
        /* a state that is not known */
        "{\"schema\": \"postcheck.report/1\", \"run\": {\"ended_at\": \"2026-03-08T03:00:02Z\"},"
        " \"nodes\": [{\"name\": \"a\", \"state\": \"fine\"}], \"clusters\": [], \"results\": []}",
        "{\"schema\": \"postcheck.report/1\", \"run\": {\"ended_at\": \"2026-03-08T03:00:02Z\"},"
        " \"nodes\": [{\"state\": \"ok\"}], \"clusters\": [], \"results\": []}",
        "{\"schema\": \"postcheck.report/1\", \"run\": {\"ended_at\": \"2026-03-08T03:00:02Z\"},"
        " \"nodes\": [], \"clusters\": [], \"results\": [{\"check\": \"a\", \"state\": \"ok\"}]}",
    };
    (void)state;
    names_init(&names);
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(builds(bad[i]));
        assert_int_not_equal(fault.kind, FAULT_NONE);
    }
    assert_true(builds("{\"schema\": \"postcheck.report/1\", \"run\": {\"ended_at\": "
                       "\"2026-03-08T03:00:02Z\"}, \"nodes\": [], \"clusters\": [], "
                       "\"results\": []}"));
    assert_int_equal(image.summary.worst, TABLE_UNKNOWN); /* silence is not ok */
    assert_int_equal(image.run, TAKEN_AT);
    names_free(&names);
}

static void bases(void **state)
{
    static const char *const bad[] = {"",
                                      "x",
                                      "1.3.6.1.4.1",
                                      "1.3.6.1.2.1.1",
                                      "1.3.6.1.4.1.15497.1",
                                      "1.3.6.1.4.1.64512.",
                                      "1.3.6.1.4.1.64512..1",
                                      "1.3.6.1.4.1.4294967296",
                                      "1.3.6.1.4.1.1.2.3.4.5.6.7.8.9.10.11.12.13.14.15"};
    struct mib_base base;
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(mib_take_base(bad[i], &base, &fault));
    assert_true(mib_take_base(".1.3.6.1.4.1.64512.7", &base, &fault));
    assert_int_equal(base.count, 8);
    const char *text = mib_text(&arena, &base);
    assert_non_null(strstr(text, "    ::= { postcheckArc1 7 }\n"));
    assert_non_null(strstr(text, "\npostcheckArc1 OBJECT IDENTIFIER ::= { enterprises 64512 }\n"));
    assert_null(strstr(text, "postcheckArc2"));
    assert_null(strstr(text, "9999"));
    text = mib_text(&arena, &mib_playpen); /* the file as it is */
    assert_non_null(strstr(text, "    ::= { postcheckArc2 9999 }\n"));
    assert_string_equal(text + strlen(text) - 5, "\nEND\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(appliances), with_arena(checks),     with_arena(alerts_and_clusters),
        with_arena(memory),     with_arena(numbers),    with_arena(other_maps),
        with_arena(torn),       with_arena(no_reports), with_arena(bases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
