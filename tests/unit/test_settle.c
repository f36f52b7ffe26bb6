/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/world.h"

#include "checks/settle.h"

/* esa1 has been up for 1 minute by its own account, whatever its clock and zone. */
static const struct check *checked(const char *name)
{
    const struct check *check = registry_find(text_of(name));
    assert_non_null(check);
    return check;
}

static int64_t until;

static bool pending(const char *name)
{
    until = 0;
    return settle_pending(checked(name), &q, &until);
}

static void give_workqueue(const char *taken)
{
    give(&world_now[ESA1], "cli/workqueue.txt", "Status: Operational\nMessages: 0\n", taken);
}

static void counted_from_the_uptime(void **state)
{
    static const struct {
        const char *as_of, *up_since, *uptime, *status_taken, *taken;
        bool pending;
        const char *until;
    } rows[] = {
        {"Sun Mar 08 02:01:00 2026 CET", "Sun Mar 08 02:00:00 2026 CET", " (1m 0s)",
         "2026-03-08T01:01:00Z", "2026-03-08T01:01:05Z", true, "2026-03-08T01:10:00Z"},
        {"Sun Mar 08 02:01:00 2026 CET", "Sun Mar 08 02:00:00 2026 CET", " (1m 0s)",
         "2026-03-08T01:01:00Z", "2026-03-08T01:09:59Z", true, "2026-03-08T01:10:00Z"},
        {"Sun Mar 08 02:01:00 2026 CET", "Sun Mar 08 02:00:00 2026 CET", " (1m 0s)",
         "2026-03-08T01:01:00Z", "2026-03-08T01:10:00Z", false, NULL},
        /* a zone that nobody knows, and a clock that is an hour wrong: the uptime is right */
        {"Sun Mar 08 07:31:00 2026 IST", "Sun Mar 08 07:30:00 2026 IST", " (1m 0s)",
         "2026-03-08T01:01:00Z", "2026-03-08T01:01:05Z", true, "2026-03-08T01:10:00Z"},
        {"Sun Mar 08 03:01:00 2026 CET", "Sun Mar 08 03:00:00 2026 CET", " (1m 0s)",
         "2026-03-08T01:01:00Z", "2026-03-08T01:01:05Z", true, "2026-03-08T01:10:00Z"},
        /* no uptime is told: by the clock */
        {"Sun Mar 08 02:01:00 2026 CET", "Sun Mar 08 02:00:00 2026 CET", "", "2026-03-08T01:01:00Z",
         "2026-03-08T01:01:05Z", true, "2026-03-08T01:10:00Z"},
        /* up for long; taken before the start: of the run before */
        {"Sun Mar 08 02:01:00 2026 CET", "Sat Mar 07 02:01:00 2026 CET", " (1d)",
         "2026-03-08T01:01:00Z", "2026-03-08T01:01:05Z", false, NULL},
        {"Sun Mar 08 02:01:00 2026 CET", "Sun Mar 08 02:00:00 2026 CET", " (1m 0s)",
         "2026-03-08T01:01:00Z", "2026-03-08T00:50:00Z", false, NULL},
        {"Sun Mar 08 02:01:00 2026 CET", "Sun Mar 08 02:00:00 2026 CET", " (1m 0s)", NULL, NULL,
         false, NULL},
        {"x", "x", "", "2026-03-08T01:01:00Z", "2026-03-08T01:01:05Z", false, NULL},
        {"Sun Mar 08 02:01:00 2026 CET", "Sun Mar 08 02:00:00 2026 CET", " (99999999999d 1h)",
         "2026-03-08T01:01:00Z", "2026-03-08T01:01:05Z", true, "2026-03-08T01:10:00Z"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[32];
        (void)tear_down(state);
        (void)world_begin(state);
        give_status(&world_now[ESA1], rows[i].as_of, rows[i].up_since, rows[i].uptime,
                    rows[i].status_taken);
        give_workqueue(rows[i].taken);
        const struct need needs[] = {*checked("workqueue")->needs};
        struct check alone = *checked("workqueue"); /* of the work queue's own answer only */
        alone.needs = needs;
        alone.need_count = 1;
        const bool found = settle_pending(&alone, &q, &until);
        if (found != rows[i].pending)
            fail_msg("row %zu", i);
        if (found)
            assert_string_equal(time_print_utc(until, text, sizeof(text)), rows[i].until);
    }
}

/* One document that was taken early is enough, though a later one is there. */
static void the_earliest_counts(void **state)
{
    (void)state;
    give_status(&world_now[ESA1], "Sun Mar 08 04:00:00 2026 CET", "Sun Mar 08 02:00:00 2026 CET",
                " (2h)", "2026-03-08T03:00:00Z");
    give(&world_now[ESA1], "cli/displayalerts.txt", "x", "2026-03-08T03:00:00Z");
    assert_false(pending("alerts"));
    give(&world_now[ESA1], "cli/displayalerts.txt", "x", "2026-03-08T01:10:00Z");
    assert_true(pending("alerts"));
    assert_int_equal(until, utc("2026-03-08T01:30:00Z"));
}

static void at_once(void **state)
{
    static const char *const names[] = {"version", "status", "reboot", "raid"};
    (void)state;
    give_status(&world_now[ESA1], "Sun Mar 08 02:01:00 2026 CET", "Sun Mar 08 02:00:00 2026 CET",
                " (1m 0s)", "2026-03-08T01:01:00Z");
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_int_equal(checked(names[i])->settle_s, 0);
        assert_false(pending(names[i]));
    }
}

static void of_the_neighbours(void **state)
{
    (void)state;
    const char *old = "Sat Mar 07 02:00:00 2026 CET", *young = "Sun Mar 08 03:55:00 2026 CET";
    give_status(&world_now[ESA1], "Sun Mar 08 04:00:00 2026 CET", old, " (1d 2h)",
                "2026-03-08T03:00:00Z");
    give_status(&world_now[ESA2], "Sun Mar 08 04:00:00 2026 CET", young, " (5m 0s)",
                "2026-03-08T03:00:00Z");
    give_status(&world_now[SMA1], "Sun Mar 08 04:00:00 2026 CET", old, " (1d 2h)",
                "2026-03-08T03:00:00Z");
    give(&world_now[SMA1], "https/config_appliances.json", "{}", "2026-03-08T03:00:00Z");
    give_workqueue("2026-03-08T03:00:00Z");
    assert_false(pending("workqueue")); /* that is about esa1 alone */
    q.node = &world_now[SMA1];
    assert_true(pending("services"));
    assert_int_equal(until, utc("2026-03-08T03:05:00Z"));
    assert_false(pending("licenses")); /* of the manager itself */
    world_now[ESA2].sma = "sma9.example.com";
    assert_false(pending("services"));
    /* a member of the same cluster that has just started */
    q.node = &world_now[ESA1];
    world_now[ESA1].cluster = world_now[ESA2].cluster = "hq";
    give_status(&world_now[ESA2], "Sun Mar 08 04:00:00 2026 CET", "Sun Mar 08 03:59:00 2026 CET",
                " (1m 0s)", "2026-03-08T03:00:00Z");
    give(&world_now[ESA1], "cli/connstatus.txt", "x", "2026-03-08T03:00:00Z");
    assert_true(pending("connstatus"));
    assert_int_equal(until, utc("2026-03-08T03:01:00Z"));
    world_now[ESA2].cluster = "other";
    assert_false(pending("connstatus"));
}

/* -- What becomes of an answer ---------------------------------------------------------------- */

static struct result result;

static struct finding *said(enum state state, const char *text)
{
    return result_say(&result, state, "esa1", "%s", text);
}

static void faults_become_pending(void **state)
{
    (void)state;
    result_init(&result, &arena, checked("mailflow"), "esa1.example.com");
    (void)said(STATE_OK, "fine");
    (void)said(STATE_CRITICAL, "mail stands");
    (void)said(STATE_WARNING, "slow");
    (void)said(STATE_UNKNOWN, "not known");
    result_headline(&result, "three faults");
    settle_apply(&result, utc("2026-03-08T01:10:00Z"));
    assert_int_equal(result_state(&result), STATE_PENDING);
    assert_int_equal(result.findings[0]->state, STATE_OK);
    assert_string_equal(
        result_line(&result),
        "too early to tell, will be judged at 2026-03-08T01:10:00Z; so far: three faults");
}

/* What is fine may not have had the time to fail: it is no pass yet. */
static void what_is_fine_becomes_pending(void **state)
{
    (void)state;
    result_init(&result, &arena, checked("mailflow"), "esa1.example.com");
    (void)said(STATE_OK, "fine");
    result_summary(&result, "mail flows");
    settle_apply(&result, 0);
    assert_int_equal(result_state(&result), STATE_PENDING);
    assert_non_null(strstr(result_line(&result), "so far: mail flows"));
}

static void not_applicable_stays(void **state)
{
    (void)state;
    result_init(&result, &arena, checked("connstatus"), "esa1.example.com");
    (void)said(STATE_NOT_APPLICABLE, "stand-alone");
    settle_apply(&result, 0);
    assert_int_equal(result_state(&result), STATE_NOT_APPLICABLE);
    assert_int_equal(result.finding_count, 1);
}

static void lasting_faults_stay(void **state)
{
    (void)state;
    result_init(&result, &arena, checked("services"), "sma1.example.com");
    said(STATE_CRITICAL, "gone")->lasting = true;
    (void)said(STATE_CRITICAL, "not established");
    result_headline(&result, "two faults");
    settle_apply(&result, 0);
    assert_int_equal(result_state(&result), STATE_CRITICAL);
    assert_int_equal(result.findings[1]->state, STATE_PENDING);
    assert_string_equal(result_line(&result), "gone (+2 more)");
}

/* A host key that changed is not healed by waiting; a connection that was refused may be. */
static void by_kind_of_fault(void **state)
{
    static const struct {
        enum fault_kind kind;
        enum state state;
    } rows[] = {
        {FAULT_HOST_CHANGED, STATE_CRITICAL}, {FAULT_HOST_KEY, STATE_UNKNOWN},
        {FAULT_CERTIFICATE, STATE_UNKNOWN},   {FAULT_ALGORITHM, STATE_UNKNOWN},
        {FAULT_LOGIN, STATE_UNKNOWN},         {FAULT_EXPIRED, STATE_UNKNOWN},
        {FAULT_FACTOR, STATE_UNKNOWN},        {FAULT_FORBIDDEN, STATE_UNKNOWN},
        {FAULT_UNSUPPORTED, STATE_UNKNOWN},   {FAULT_NOT_CAPTURED, STATE_UNKNOWN},
        {FAULT_UNREACHABLE, STATE_PENDING},   {FAULT_TIMEOUT, STATE_PENDING},
        {FAULT_DROPPED, STATE_PENDING},       {FAULT_RESTARTING, STATE_PENDING},
        {FAULT_SYNTAX, STATE_PENDING},        {FAULT_CUT, STATE_PENDING},
        {FAULT_EMPTY, STATE_PENDING},         {FAULT_BUSY, STATE_PENDING},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fault why = {.kind = FAULT_NONE};
        (void)fault_set(&why, rows[i].kind, "cli/workqueue.txt", 0, "so it is");
        give_workqueue("2026-03-08T01:01:00Z");
        world_now[ESA1].documents[0].fault = &why;
        struct result *answer = check_run(checked("workqueue"), &q);
        settle_apply(answer, 0);
        if (answer->findings[0]->state != rows[i].state)
            fail_msg("%s: %s", fault_word(rows[i].kind),
                     result_state_word(answer->findings[0]->state));
        assert_true(result_state(answer) >= STATE_PENDING);
        fleet_forget(&world_now[ESA1]);
    }
}

static void another_appliances_answer_stays(void **state)
{
    (void)state;
    give(&world_now[ESA1], "cli/workqueue.txt",
         "esa2.example.com> workqueue status\n\nStatus: Operational\nMessages: 0\n\n"
         "esa2.example.com> ",
         "2026-03-08T01:01:00Z");
    struct result *answer = check_run(checked("workqueue"), &q);
    settle_apply(answer, 0);
    assert_int_equal(result_state(answer), STATE_UNKNOWN);
    assert_non_null(strstr(result_line(answer), "is an answer of esa2.example.com"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_world(counted_from_the_uptime),
        with_world(the_earliest_counts),
        with_world(at_once),
        with_world(of_the_neighbours),
        with_world(faults_become_pending),
        with_world(what_is_fine_becomes_pending),
        with_world(not_applicable_stays),
        with_world(lasting_faults_stay),
        with_world(by_kind_of_fault),
        with_world(another_appliances_answer_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
