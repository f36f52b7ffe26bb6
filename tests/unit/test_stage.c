/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "checks/stage.h"

/*
 * Two gateways of a cluster and their manager, told by short documents. A night is a row of
 * moments: each begins where the one before ended.
 */

enum { ESA1, ESA2, SMA1, NODES };

static struct node nodes[NODES];
static struct fleet fleet;
static struct stage stages[NODES];
static struct question question;
static int64_t now;

static struct document *add(int n, const char *id)
{
    struct node *node = &nodes[n];
    node->documents =
        arena_push(&arena, node->documents, node->document_count, sizeof(*node->documents));
    struct document *document = &node->documents[node->document_count++];
    *document = (struct document){.id = id, .has_taken_at = true, .taken_at = now};
    return document;
}

static void tell(int n, const char *id, const char *text)
{
    add(n, id)->bytes = text_of(text);
}

static void fail_with(int n, const char *id, enum fault_kind kind)
{
    struct fault *why = arena_alloc(&arena, sizeof(*why));
    (void)fault_set(why, kind, id, 0, "fault %d", (int)kind);
    add(n, id)->fault = why;
}

/* A new moment: nobody has answered anything. */
static void moment(void)
{
    now += 30;
    for (int n = 0; n < NODES; n++)
        nodes[n] = (struct node){.name = n == ESA1   ? "esa1.example.com"
                                         : n == ESA2 ? "esa2.example.com"
                                                     : "sma1.example.com",
                                 .role = n == SMA1 ? ROLE_SMA : ROLE_ESA,
                                 .cluster = n == SMA1 ? NULL : "hq",
                                 .sma = n == SMA1 ? NULL : "sma1.example.com"};
    fleet = (struct fleet){nodes, NODES};
    question.arena = &arena;
    question.fleet = &fleet;
}

/* Up since START, an hour of the night; STATUS, work queue, recipients. */
static void status(int n, int start, const char *words, int queue, int active)
{
    tell(n, "cli/status.txt",
         arena_printf(&arena,
                      "Status as of:   Sun Mar 08 07:00:00 2026 GMT\n"
                      "Up since:       Sun Mar 08 %02d:00:00 2026 GMT (1h)\n"
                      "System status:  %s\n"
                      "Gauges:                  Current\n"
                      "  Queue\n"
                      "    Active Recipients          %d\n"
                      "    Messages In Work Queue     %d\n",
                      start, words, active, queue));
}

static void version(int n, const char *release)
{
    tell(n, "cli/version.txt",
         arena_printf(&arena, "Current Version\n===============\nModel: %s\nVersion: %s\n",
                      n == SMA1 ? "M600V" : "C600V", release));
}

static void links(int n, const char *words)
{
    tell(n, "cli/clusterlist.txt",
         "Cluster hq\n  Group Main_Group:\n    Machine esa1.example.com (Serial #: 1)\n"
         "    Machine esa2.example.com (Serial #: 2)\n");
    tell(n, "cli/connstatus.txt",
         arena_printf(&arena,
                      "Connection status of the machines in cluster hq:\n\n"
                      "Machine esa1.example.com (Serial #: 1): %s\n"
                      "Machine esa2.example.com (Serial #: 2): %s\n",
                      n == ESA1 ? "this machine" : words, n == ESA2 ? "this machine" : words));
}

static void managers(const char *established)
{
    tell(SMA1, "https/config_appliances.json",
         arena_printf(&arena,
                      "{\"data\": {\"appliances\": [{\"1\": {\"product_type\": \"ESA\", "
                      "\"host_name\": \"esa1.example.com\", \"connection_established\": %s}}]}}",
                      established));
}

static const struct stage_verdict *verdict; /* of esa1 */

static enum stage_word look(int n)
{
    question.node = &nodes[n];
    stages[n] = stage_next(&question, &stages[n], n == ESA1 ? verdict : NULL);
    assert_true(strlen(stages[n].why) < STAGE_TEXT && strlen(stages[n].doubt) < STAGE_TEXT);
    assert_true((stages[n].state == STATE_OK) == (stages[n].problem[0] == '\0'));
    return stages[n].word;
}

#define assert_stage(n, wanted) assert_string_equal(stage_name(look(n)), wanted)

static int begin(void **state)
{
    (void)set_up(state);
    memset(stages, 0, sizeof(stages));
    question = (struct question){.arena = &arena};
    verdict = NULL;
    now = 1772949600; /* 2026-03-08 06:00 UTC */
    moment();
    return 0;
}

static void healthy(int n, int start, const char *release)
{
    status(n, start, "Online", 3, 12);
    version(n, release);
    if (n != SMA1)
        links(n, "connected");
}

/* ---- a night as it should be ---- */

static void a_whole_night(void **state)
{
    (void)state;
    healthy(ESA1, 1, "14.2.0-620");
    assert_stage(ESA1, "planned");
    assert_string_equal(stages[ESA1].why, "status says Online");
    assert_string_equal(stages[ESA1].document, "cli/status.txt");
    moment();
    status(ESA1, 1, "Receiving suspended", 5, 7);
    version(ESA1, "14.2.0-620");
    assert_stage(ESA1, "suspended");
    assert_string_equal(stages[ESA1].waits, "work queue 5, recipients 7");
    assert_int_equal(stages[ESA1].receiving, STAGE_NO);
    moment();
    status(ESA1, 1, "Receiving suspended", 0, 0);
    version(ESA1, "14.2.0-620");
    links(ESA1, "connected");
    healthy(ESA2, 1, "14.2.0-620");
    assert_stage(ESA1, "drained");
    moment();
    status(ESA1, 1, "Offline", 0, 0);
    version(ESA1, "14.2.0-620");
    links(ESA1, "disconnected");
    healthy(ESA2, 1, "14.2.0-620");
    assert_stage(ESA1, "installing");
    assert_string_equal(stages[ESA1].why, "drained, and not connected to esa2.example.com");
    moment();
    fail_with(ESA1, "cli/status.txt", FAULT_UNREACHABLE);
    fail_with(ESA1, "cli/version.txt", FAULT_UNREACHABLE);
    assert_stage(ESA1, "down");
    assert_int_equal(stages[ESA1].state, STATE_OK); /* on the way */
    moment();
    status(ESA1, 6, "Receiving suspended", 0, 0);
    version(ESA1, "15.0.3-002");
    assert_stage(ESA1, "up-new");
    assert_string_equal(stages[ESA1].waits, "status says Receiving suspended");
    moment();
    status(ESA1, 6, "Online", 0, 0);
    version(ESA1, "15.0.3-002");
    links(ESA1, "disconnected");
    links(ESA2, "disconnected");
    assert_stage(ESA1, "resumed");
    assert_false(stages[ESA1].complete);
    moment();
    healthy(ESA1, 6, "15.0.3-002");
    healthy(ESA2, 6, "15.0.3-002");
    managers("false");
    assert_stage(ESA1, "connected");
    assert_string_equal(stages[ESA1].waits, "not established on sma1.example.com");
    moment();
    healthy(ESA1, 6, "15.0.3-002");
    healthy(ESA2, 6, "15.0.3-002");
    managers("true");
    assert_stage(ESA1, "established");
    assert_true(stages[ESA1].complete);
    assert_string_equal(stages[ESA1].document, "sma1.example.com/https/config_appliances.json");
    const struct stage_verdict good = {true, true, now}, old = {true, true, now - 86400};
    verdict = &old;
    assert_stage(ESA1, "established");
    verdict = &good;
    assert_stage(ESA1, "verified");
    assert_int_equal(stages[ESA1].state, STATE_OK);
}

static void a_verdict_that_is_not_good(void **state)
{
    (void)state;
    const struct stage_verdict bad = {false, true, now + 3600};
    verdict = &bad;
    (void)release_parse(text_of("15.0.3-002"), &question.expect, NULL);
    question.has_expect = true;
    healthy(ESA1, 6, "15.0.3-002");
    healthy(ESA2, 6, "15.0.3-002");
    managers("true");
    assert_stage(ESA1, "established");
    assert_int_equal(stages[ESA1].state, STATE_WARNING);
}

/* ---- what proves nothing ---- */

static void no_answer_keeps_the_stage(void **state)
{
    (void)state;
    static const enum fault_kind kinds[] = {FAULT_TIMEOUT, FAULT_DROPPED,   FAULT_LOGIN,
                                            FAULT_BUSY,    FAULT_FORBIDDEN, FAULT_CUT,
                                            FAULT_HOST_KEY};
    status(ESA1, 1, "Receiving suspended", 0, 0);
    version(ESA1, "14.2.0-620");
    assert_stage(ESA1, "drained");
    for (size_t i = 0; i < COUNT(kinds); i++) {
        moment();
        fail_with(ESA1, "cli/status.txt", kinds[i]);
        fail_with(ESA1, "cli/version.txt", kinds[i]);
        assert_stage(ESA1, "drained");
        assert_false(stages[ESA1].answered);
        assert_int_equal(stages[ESA1].state, STATE_UNKNOWN);
        assert_string_equal(stages[ESA1].doubt, arena_printf(&arena, "fault %d", (int)kinds[i]));
        assert_int_equal(stages[ESA1].receiving, STAGE_UNTOLD);
    }
    moment(); /* nobody asked at all */
    assert_stage(ESA1, "drained");
    moment();
    fail_with(ESA1, "cli/status.txt", FAULT_HOST_CHANGED);
    assert_stage(ESA1, "drained");
    assert_int_equal(stages[ESA1].state, STATE_CRITICAL);
}

static void nothing_known_is_unknown(void **state)
{
    (void)state;
    fail_with(ESA1, "cli/status.txt", FAULT_TIMEOUT);
    assert_stage(ESA1, "unknown");
    moment();
    tell(ESA1, "cli/status.txt", "Unknown command or missing feature key: status\n");
    tell(ESA1, "cli/version.txt", "\x1b[2J\xff\xfe garbage");
    assert_stage(ESA1, "unknown");
    assert_false(stages[ESA1].answered);
    moment();
    status(ESA1, 1, "Sleeping\x1b[31m", 0, 0);
    version(ESA1, "14.2.0-620");
    assert_stage(ESA1, "unknown");
    assert_int_equal(stages[ESA1].state, STATE_UNKNOWN);
    assert_null(strchr(stages[ESA1].doubt, 0x1b));
    assert_int_equal(stages[ESA1].receiving, STAGE_UNTOLD);
}

static void a_word_beside_a_known_one_is_no_receiver(void **state)
{
    (void)state;
    status(ESA1, 1, "Work queue paused, sleeping", 0, 0);
    version(ESA1, "14.2.0-620");
    (void)look(ESA1);
    assert_int_equal(stages[ESA1].receiving, STAGE_UNTOLD);
    assert_int_equal(stages[ESA1].online, STAGE_UNTOLD);
}

static void queue_untold_is_not_drained(void **state)
{
    (void)state;
    tell(ESA1, "cli/status.txt", "System status: Receiving suspended\n");
    version(ESA1, "14.2.0-620");
    assert_stage(ESA1, "suspended");
    moment();
    status(ESA1, 1, "Receiving suspended", 0, 0);
    tell(ESA1, "cli/workqueue.txt", "Status:   Operational\nMessages: 4\n");
    version(ESA1, "14.2.0-620");
    assert_stage(ESA1, "suspended"); /* the larger of the two */
    moment();
    status(ESA1, 1, "Receiving suspended", -5, 0);
    version(ESA1, "14.2.0-620");
    assert_stage(ESA1, "suspended"); /* a damaged queue */
}

static void a_peer_that_is_down_is_no_disconnect(void **state)
{
    (void)state;
    status(ESA1, 1, "Receiving suspended", 0, 0);
    version(ESA1, "14.2.0-620");
    links(ESA1, "disconnected");
    fail_with(ESA2, "cli/status.txt", FAULT_UNREACHABLE);
    assert_stage(ESA1, "drained");
}

static void a_lost_network_is_no_reboot(void **state)
{
    (void)state;
    healthy(ESA1, 1, "14.2.0-620");
    assert_stage(ESA1, "planned");
    moment();
    fail_with(ESA1, "cli/status.txt", FAULT_UNREACHABLE);
    assert_stage(ESA1, "down");
    moment();
    version(ESA1, "14.2.0-620"); /* answers, but does not tell since when it is up */
    fail_with(ESA1, "cli/status.txt", FAULT_TIMEOUT);
    assert_stage(ESA1, "down");
    assert_int_equal(stages[ESA1].state, STATE_UNKNOWN);
    moment();
    healthy(ESA1, 1, "14.2.0-620");
    assert_stage(ESA1, "planned");
}

static void a_page_of_before_proves_nothing(void **state)
{
    (void)state;
    const char *page = "<?xml version=\"1.0\"?><status build=\"phoebe 14.2.0-620\" "
                       "hostname=\"esa1.example.com\" timestamp=\"20260308060000\">"
                       "<birth_time timestamp=\"20260308010000 (5h)\"/>"
                       "<system status=\"online\"/></status>";
    fail_with(ESA1, "cli/status.txt", FAULT_UNREACHABLE);
    tell(ESA1, "https/xml_status.xml", page);
    nodes[ESA1].documents[1].taken_at = now - 20; /* another run asked it; here it is the first */
    assert_stage(ESA1, "down");
    assert_int_equal(stages[ESA1].receiving, STAGE_NO);
    stages[ESA1] = stage_begin(NULL);
    moment();
    healthy(ESA1, 1, "14.2.0-620");
    assert_stage(ESA1, "planned");
    moment();
    fail_with(ESA1, "cli/status.txt", FAULT_UNREACHABLE);
    tell(ESA1, "https/xml_status.xml", page);
    nodes[ESA1].documents[1].taken_at = now - 30; /* kept since the moment before */
    assert_stage(ESA1, "down");
    moment();
    fail_with(ESA1, "cli/status.txt", FAULT_UNREACHABLE);
    tell(ESA1, "https/xml_status.xml", page);
    assert_stage(ESA1, "planned"); /* SSH alone is out of reach */
    assert_string_equal(stages[ESA1].document, "https/xml_status.xml");
}

/* ---- what goes wrong ---- */

static void the_old_release_again(void **state)
{
    (void)state;
    healthy(ESA1, 1, "14.2.0-620");
    (void)look(ESA1);
    moment();
    healthy(ESA1, 5, "14.2.0-620"); /* a reboot that no round has seen */
    assert_stage(ESA1, "up-old");
    assert_int_equal(stages[ESA1].state, STATE_WARNING);
    moment();
    status(ESA1, 5, "Receiving suspended", 9, 9);
    version(ESA1, "14.2.0-620");
    assert_stage(ESA1, "suspended"); /* resumed, and suspended again: the next attempt */
    moment();
    status(ESA1, 6, "Receiving suspended", 0, 0);
    version(ESA1, "15.0.3-002");
    assert_stage(ESA1, "up-new");
}

static void another_release_than_planned(void **state)
{
    (void)state;
    (void)release_parse(text_of("15.0.3-002"), &question.expect, NULL);
    question.has_expect = true;
    healthy(ESA1, 1, "14.2.0-620");
    assert_stage(ESA1, "planned");
    moment();
    healthy(ESA1, 5, "15.0.1-010");
    assert_stage(ESA1, "up-old");
    assert_int_equal(stages[ESA1].state, STATE_CRITICAL);
    assert_string_equal(stages[ESA1].problem, "runs 15.0.1-010, planned is 15.0.3-002");
}

static void what_was_known_is_kept_only_within_a_start(void **state)
{
    (void)state;
    (void)release_parse(text_of("15.0.3-002"), &question.expect, NULL);
    question.has_expect = true;
    healthy(ESA1, 3, "15.0.3-002");
    healthy(ESA2, 3, "15.0.3-002");
    managers("true");
    assert_stage(ESA1, "established"); /* the watch began late */
    moment();
    status(ESA1, 3, "Online", 0, 0);
    version(ESA1, "15.0.3-002");
    fail_with(ESA1, "cli/connstatus.txt", FAULT_TIMEOUT);
    assert_stage(ESA1, "established"); /* nobody told otherwise */
    assert_int_equal(stages[ESA1].state, STATE_UNKNOWN);
    moment();
    status(ESA1, 5, "Online", 0, 0);
    version(ESA1, "15.0.3-002");
    fail_with(ESA1, "cli/connstatus.txt", FAULT_TIMEOUT);
    assert_stage(ESA1, "resumed"); /* of the new start nothing more is known */
}

static void one_direction_is_not_connected(void **state)
{
    (void)state;
    (void)release_parse(text_of("15.0.3-002"), &question.expect, NULL);
    question.has_expect = true;
    healthy(ESA1, 3, "15.0.3-002");
    status(ESA2, 3, "Online", 0, 0);
    version(ESA2, "15.0.3-002");
    links(ESA2, "disconnected");
    managers("true");
    assert_stage(ESA1, "resumed");
    assert_int_equal(stages[ESA1].connected, STAGE_NO);
}

static void an_sma_and_one_alone(void **state)
{
    (void)state;
    healthy(SMA1, 1, "14.2.0-203");
    assert_stage(SMA1, "planned");
    moment();
    healthy(SMA1, 5, "15.0.0-334");
    assert_stage(SMA1, "resumed"); /* neither cluster nor manager: nothing is left */
    assert_true(stages[SMA1].complete);
}

static void a_baseline_tells_what_was_before(void **state)
{
    (void)state;
    healthy(ESA1, 1, "14.2.0-620");
    question.node = &nodes[ESA1];
    stages[ESA1] = stage_begin(&question);
    assert_true(stages[ESA1].before.has_release && stages[ESA1].before.has_start);
    moment();
    status(ESA1, 4, "Receiving suspended", 0, 0);
    version(ESA1, "15.0.3-002");
    assert_stage(ESA1, "up-new");
    const struct stage none = stage_begin(NULL);
    assert_false(none.before.has_release || none.before.has_start);
}

static void without_any_release_of_before(void **state)
{
    (void)state;
    fail_with(ESA1, "cli/status.txt", FAULT_UNREACHABLE);
    assert_stage(ESA1, "down");
    moment();
    healthy(ESA1, 5, "15.0.3-002");
    assert_stage(ESA1, "unknown"); /* whether that is the new one nobody knows */
    assert_int_equal(stages[ESA1].state, STATE_UNKNOWN);
}

/* The stage of an earlier watch, which knew more. */
static void what_an_earlier_watch_told(void **state)
{
    (void)state;
    assert_int_equal(stage_of_name("up-new"), STAGE_UP_NEW);
    assert_int_equal(stage_of_name("asleep"), STAGE_COUNT);
    stages[ESA1].word = STAGE_UP_NEW;
    healthy(ESA1, 5, "15.0.3-002");
    assert_stage(ESA1, "resumed");
    stages[ESA2].word = STAGE_UP_OLD;
    healthy(ESA2, 5, "14.2.0-620");
    assert_stage(ESA2, "up-old");
    stages[ESA2].word = STAGE_PLANNED;
    assert_stage(ESA2, "planned");
}

/* Any bytes: no crash, clean texts, and never a stage that only good documents prove. */
static void hostile_bytes(void **state)
{
    (void)state;
    uint32_t seed = 7;
    static const char *const ids[] = {"cli/status.txt",     "cli/version.txt",
                                      "cli/connstatus.txt", "cli/clusterlist.txt",
                                      "cli/workqueue.txt",  "https/xml_status.xml"};
    for (int round = 0; round < 2000; round++) {
        moment();
        for (size_t i = 0; i < COUNT(ids); i++) {
            char *bytes = arena_alloc(&arena, 64);
            for (int b = 0; b < 63; b++) {
                seed = seed * 1664525u + 1013904223u;
                bytes[b] = (char)(seed >> 24);
            }
            add(ESA1, ids[i])->bytes = (struct span){bytes, 63};
        }
        assert_in_range(look(ESA1), STAGE_UNKNOWN, STAGE_UNKNOWN);
        for (const char *p = stages[ESA1].problem; *p != '\0'; p++)
            assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
        if (round % 200 == 199)
            arena_free(&arena);
    }
    moment();
}

#define night(test) cmocka_unit_test_setup_teardown(test, begin, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        night(a_whole_night),
        night(a_verdict_that_is_not_good),
        night(no_answer_keeps_the_stage),
        night(nothing_known_is_unknown),
        night(a_word_beside_a_known_one_is_no_receiver),
        night(queue_untold_is_not_drained),
        night(a_peer_that_is_down_is_no_disconnect),
        night(a_lost_network_is_no_reboot),
        night(a_page_of_before_proves_nothing),
        night(the_old_release_again),
        night(another_release_than_planned),
        night(what_was_known_is_kept_only_within_a_start),
        night(one_direction_is_not_connected),
        night(an_sma_and_one_alone),
        night(a_baseline_tells_what_was_before),
        night(without_any_release_of_before),
        night(what_an_earlier_watch_told),
        night(hostile_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
