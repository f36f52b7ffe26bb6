/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "checks/cluster.h"
#include "checks/origin.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/cli_version.h"
#include "checks/parse/cli_workqueue.h"
#include "checks/parse/xml_status.h"
#include "checks/start.h"
#include "checks/zone.h"

/* The documents of one appliance at most; the fleet is esa1 (in question) and esa2. */
static struct document documents[8], peer_documents[2];
static struct node nodes[2];
static struct fleet fleet;
static struct question q;

static int begin(void **state)
{
    nodes[0] = (struct node){.name = "esa1.example.com", .role = ROLE_ESA, .documents = documents};
    nodes[1] =
        (struct node){.name = "esa2.example.com", .role = ROLE_ESA, .documents = peer_documents};
    fleet = (struct fleet){nodes, COUNT(nodes)};
    q = (struct question){.arena = &arena, .fleet = &fleet, .node = &nodes[0]};
    return set_up(state);
}

static struct document *add(struct node *node, const char *id, const char *text, const char *taken)
{
    struct document *document = &node->documents[node->document_count++];
    struct stamp stamp;
    *document = (struct document){.id = id, .bytes = text_of(text)};
    if (taken != NULL) {
        assert_true(time_parse_iso(text_of(taken), &stamp));
        assert_true(time_utc(stamp, &document->taken_at));
        document->has_taken_at = true;
    }
    return document;
}

static void forget(void)
{
    nodes[0].document_count = nodes[1].document_count = 0;
}

static const char *printed(struct stamp stamp)
{
    static char text[32];
    return time_print(stamp, text, sizeof(text));
}

static struct stamp stamp_of(const char *text)
{
    struct stamp stamp;
    assert_true(time_parse_any(text_of(text), &stamp));
    return stamp;
}

#define ALERTS "Date and Time Stamp  Description\n"

static void lends_a_zone(void **state)
{
    static const struct {
        const char *as_of, *taken, *alerts, *wanted;
    } rows[] = {
        {"Sun Mar 08 04:00:00 2026 CET", NULL, NULL, "2026-03-08 02:00:00 +0100"},
        {"Sun Mar 08 04:00:00 2026 IST", NULL, NULL, "2026-03-08 02:00:00"},
        {"Sun Mar 08 04:00:00 2026 IST", "2026-03-07T22:31:07Z", NULL, "2026-03-08 02:00:00 +0530"},
        {"Sun Mar 08 04:00:00 2026", "2026-03-08T09:52:31Z", NULL, "2026-03-08 02:00:00 -0600"},
        {"Sun Mar 08 04:00:00 2026", "2026-03-07T14:00:00Z", NULL, "2026-03-08 02:00:00 +1400"},
        {"Sun Mar 08 04:00:00 2026", "2026-03-08T16:00:00Z", NULL, "2026-03-08 02:00:00 -1200"},
        /* The name cannot mean what an answer of other hours seems to tell. */
        {"Sun Mar 08 04:00:00 2026 IST", "2026-03-08T03:30:00Z", NULL, "2026-03-08 02:00:00"},
        {"Sun Mar 08 04:00:00 2026 CST", "2026-03-08T05:00:00Z", NULL, "2026-03-08 02:00:00"},
        {"Sun Mar 08 04:00:00 2026 CST", "2026-03-07T20:00:00Z", NULL, "2026-03-08 02:00:00 +0800"},
        /* Further away than any zone. */
        {"Sun Mar 08 04:00:00 2026", "2026-03-07T13:50:00Z", NULL, "2026-03-08 02:00:00"},
        {"Sun Mar 08 04:00:00 2026", "2026-03-09T13:00:00Z", NULL, "2026-03-08 02:00:00"},
        /* Alerts tell it better than a difference, the nearest one best. */
        {"Sun Mar 08 04:00:00 2026 IST", "2026-03-08T03:00:00Z",
         ALERTS "08 Mar 2026 01:00:00 +0530  a\n\n01 Feb 2026 01:00:00 +0200  b\n",
         "2026-03-08 02:00:00 +0530"},
        {"Sun Mar 08 04:00:00 2026 IST", "2026-03-08T03:00:00Z",
         ALERTS "20 Jun 2026 01:00:00 +0200  a\n\n01 Mar 2026 01:00:00 +0100  b\n",
         "2026-03-08 02:00:00 +0100"},
        /* They are of winter, the name of `Status as of` of summer; or they fit no such name. */
        {"Sun Mar 08 04:00:00 2026 BST", NULL, ALERTS "01 Mar 2026 01:00:00 +0000  a\n",
         "2026-03-08 02:00:00 +0100"},
        {"Sun Mar 08 04:00:00 2026 IDT", NULL, ALERTS "01 Mar 2026 01:00:00 +0200  a\n",
         "2026-03-08 02:00:00 +0300"},
        {"Sun Mar 08 04:00:00 2026 IST", NULL, ALERTS "01 Mar 2026 01:00:00 +0300  a\n",
         "2026-03-08 02:00:00 +0200"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        forget();
        char status[128];
        (void)snprintf(status, sizeof(status), "Status as of: %s\nSystem status: Online\n",
                       rows[i].as_of);
        add(&nodes[0], "cli/status.txt", status, rows[i].taken);
        if (rows[i].alerts != NULL)
            add(&nodes[0], "cli/displayalerts.txt", rows[i].alerts, NULL);
        struct stamp lent = zone_of(&q, &nodes[0], stamp_of("2026-03-08 02:00:00"));
        assert_string_equal(printed(lent), rows[i].wanted);
    }
    assert_string_equal(printed(zone_of(&q, NULL, stamp_of("2026-03-08 02:00:00"))),
                        "2026-03-08 02:00:00");
    assert_string_equal(printed(zone_of(&q, &nodes[0], stamp_of("2026-03-08T02:00:00+09:00"))),
                        "2026-03-08 02:00:00 +0900");
}

static void starts_in_a_zone(void **state)
{
    (void)state;
    add(&nodes[0], "https/xml_status.xml",
        "<status timestamp=\"20260308040000\"><birth_time timestamp=\"20260308014810\"/></status>",
        "2026-03-08T03:00:10Z");
    struct start start = start_of(&q, &nodes[0]);
    assert_true(start.known && !start.zone_told && !start.xml.when.has_offset);
    assert_string_equal(printed(start.when), "2026-03-08 01:48:10 +0100");
    add(&nodes[0], "cli/status.txt", "Up since: Sun Mar 08 01:48:10 2026 CET (2h)\nx\n", NULL);
    start = start_of(&q, &nodes[0]);
    assert_true(start.known && start.zone_told && start.cli.known && start.xml.known);
    assert_false(start_of(&q, &nodes[1]).known);
    assert_false(start_of(&q, NULL).known);
}

static void tells_the_age_of_a_document(void **state)
{
    int64_t age = -1;
    (void)state;
    add(&nodes[0], "cli/a", "x", "2026-03-08T03:00:00Z");
    add(&nodes[0], "cli/b", "x", "2026-03-08T02:00:00Z");
    add(&nodes[0], "cli/c", "x", NULL);
    assert_true(check_age_s(&nodes[0], "cli/a", &age));
    assert_int_equal(age, 0);
    assert_true(check_age_s(&nodes[0], "cli/b", &age));
    assert_int_equal(age, 3600);
    assert_false(check_age_s(&nodes[0], "cli/c", &age));
    assert_false(check_age_s(&nodes[0], "cli/d", &age));
    documents[0].taken_at = INT64_MAX;
    documents[1].taken_at = INT64_MIN;
    assert_true(check_age_s(&nodes[0], "cli/b", &age));
    assert_int_equal(age, INT64_MAX);
}

static const struct need needs[] = {{&cli_status_kind, NEED_REQUIRED},
                                    {&cli_version_kind, NEED_ALSO},
                                    {&xml_status_kind, NEED_ALSO}};
static const struct check check = {
    .name = "test", .roles = ROLE_ANY, .needs = needs, .need_count = COUNT(needs)};

static void asks_whose_it_is(void **state)
{
#define STATUS(prompt)  prompt "> status\nSystem status: Online\n" prompt "> "
#define VERSION(prompt) prompt "> version\nModel: C600V\nVersion: 15.0.3-002\n" prompt "> "
    static const struct {
        const char *status, *version, *xml;
        size_t findings;
        const char *text; /* of the first */
    } rows[] = {
        {"System status: Online\n", NULL, "<status/>", 0, NULL},
        {STATUS("esa1.example.com"), VERSION("(Machine ESA1.example.com)"),
         "<status hostname=\"esa1\"/>", 0, NULL},
        /* An alias that all agree on, and nobody else has. */
        {STATUS("mail"), VERSION("mail.example.net"), NULL, 0, NULL},
        {STATUS("mail"), VERSION("relay"), "<status hostname=\"third\"/>", 1,
         "cli/status.txt is an answer of mail, cli/version.txt one of relay"},
        {STATUS("esa1.example.com"), NULL, "<status hostname=\"wsa1.example.com\"/>", 1,
         "cli/status.txt is an answer of esa1.example.com, https/xml_status.xml one of "
         "wsa1.example.com"},
        {STATUS("(Machine esa2.example.com)"), NULL, NULL, 1,
         "cli/status.txt is an answer of esa2.example.com, not of esa1.example.com"},
        {STATUS("esa2"), VERSION("esa2.example.com"), "<status hostname=\"esa1.example.com\"/>", 2,
         "cli/status.txt is an answer of esa2.example.com, not of esa1.example.com"},
        {STATUS("(Machine esa1.example.com)"), NULL, "<status hostname=\"ESA2.EXAMPLE.COM\"/>", 1,
         "https/xml_status.xml is an answer of esa2.example.com, not of esa1.example.com"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct result result;
        forget();
        result_init(&result, &arena, &check, nodes[0].name);
        add(&nodes[0], "cli/status.txt", rows[i].status, NULL);
        if (rows[i].version != NULL)
            add(&nodes[0], "cli/version.txt", rows[i].version, NULL);
        if (rows[i].xml != NULL)
            add(&nodes[0], "https/xml_status.xml", rows[i].xml, NULL);
        origin_judge(&q, &result);
        assert_int_equal(result.finding_count, rows[i].findings);
        for (size_t f = 0; f < result.finding_count; f++) {
            assert_int_equal(result.findings[f]->state, STATE_UNKNOWN);
            assert_non_null(result.findings[f]->hint);
            assert_non_null(result.findings[f]->evidence.document);
        }
        if (rows[i].text != NULL)
            assert_string_equal(result.findings[0]->text, rows[i].text);
    }
}

static void asks_whether_it_is_of_this_run(void **state)
{
    static const struct {
        const char *up, *taken;
        size_t findings;
    } rows[] = {
        /* Two clocks, so START_TOLERANCE_S apart at most. */
        {"Sun Mar 08 01:48:10 2026 CET (2h)", "2026-03-08T00:46:10Z", 0},
        {"Sun Mar 08 01:48:10 2026 CET (2h)", "2026-03-08T00:46:09Z", 1},
        {"Sun Mar 08 01:48:10 2026 XYZ (2h)", "2026-03-01T00:00:00Z", 0},
        {"Sun Mar 08 01:48:10 2026 CET (2h)", NULL, 0},
        {"no date", "2026-03-01T00:00:00Z", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct result result;
        char status[128];
        forget();
        result_init(&result, &arena, &check, nodes[0].name);
        (void)snprintf(status, sizeof(status), "Up since: %s\nSystem status: Online\nx\n",
                       rows[i].up);
        add(&nodes[0], "cli/status.txt", status, NULL);
        add(&nodes[0], "cli/version.txt", "x", rows[i].taken);
        add(&nodes[0], "cli/other.txt", "x", "1999-01-01T00:00:00Z");
        static const struct fault late = {.kind = FAULT_TIMEOUT};
        add(&nodes[0], "https/xml_status.xml", "", "1999-01-01T00:00:00Z")->fault = &late;
        origin_judge(&q, &result);
        assert_int_equal(result.finding_count, rows[i].findings);
    }
}

/* A work queue's answer tells its moment itself, where the capture does not. */
static void asks_when_the_queue_was_read(void **state)
{
    static const struct {
        const char *as_of, *taken;
        size_t findings;
    } rows[] = {
        {"Sun Mar 08 01:46:10 2026 CET", NULL, 0},
        {"Sun Mar 08 01:46:09 2026 CET", NULL, 1},
        {"Sun Mar 08 00:46:09 2026 GMT", NULL, 1},
        {"Sun Mar 08 01:46:09 2026", NULL, 1},
        {"Sat Mar 07 09:00:00 2026 XYZ", NULL, 1},
        {"no date", NULL, 0},
        {"Sun Mar 08 01:46:09 2026 CET", "2026-03-08T03:00:00Z", 0},
    };
    static const struct need queue_needs[] = {{&cli_workqueue_kind, NEED_REQUIRED}};
    static const struct check queue_check = {
        .name = "test", .roles = ROLE_ANY, .needs = queue_needs, .need_count = 1};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct result result;
        char queue[128];
        forget();
        result_init(&result, &arena, &queue_check, nodes[0].name);
        (void)snprintf(queue, sizeof(queue), "Status as of: %s\nStatus: Operational\n",
                       rows[i].as_of);
        add(&nodes[0], "cli/status.txt",
            "Up since: Sun Mar 08 01:48:10 2026 CET (2h)\nSystem status: Online\nx\n", NULL);
        add(&nodes[0], "cli/workqueue.txt", queue, rows[i].taken);
        origin_judge(&q, &result);
        assert_int_equal(result.finding_count, rows[i].findings);
    }
}

/* A prompt is no proof of standing alone where it is another host's, or where members are asked. */
static void believes_in_standing_alone(void **state)
{
    static const struct {
        const char *status;
        const char *also;
        enum fault_kind fault;
        bool standalone;
    } rows[] = {
        {STATUS("esa1.example.com"), NULL, FAULT_NONE, true},
        {STATUS("esa1"), NULL, FAULT_NONE, true},
        {STATUS("ops1"), NULL, FAULT_NONE, false},
        {STATUS("esa2.example.com"), NULL, FAULT_NONE, false},
        {STATUS("(Machine esa1.example.com)"), NULL, FAULT_NONE, false},
        {STATUS("esa1.example.com"), "cli/connstatus.txt", FAULT_NONE, false},
        {STATUS("esa1.example.com"), "cli/clustercheck.txt", FAULT_NONE, false},
        {STATUS("esa1.example.com"), "cli/clusterlist.txt", FAULT_NONE, false},
        {STATUS("esa1.example.com"), "cli/clusterlist.txt", FAULT_UNSUPPORTED, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        forget();
        add(&nodes[0], "cli/status.txt", rows[i].status, NULL);
        if (rows[i].also != NULL)
            add(&nodes[0], rows[i].also, "odd words\n", NULL)->fault =
                rows[i].fault == FAULT_NONE
                    ? NULL
                    : fault_keep(&arena, &(struct fault){.kind = rows[i].fault});
        struct cluster cluster = cluster_of(&q, &nodes[0]);
        assert_int_equal(cluster.standalone, rows[i].standalone);
        assert_false(cluster.known);
    }
}

/* Under an alias, the XML page must call it as its prompt does, and nobody else be called so. */
static void believes_in_an_alias_that_two_answers_share(void **state)
{
#define XML(host) "<status hostname=\"" host "\"></status>"
    static const struct {
        const char *name, *prompt, *xml;
        bool standalone;
    } rows[] = {
        {"mx1", STATUS("gw7.example.com"), XML("GW7.example.com"), true},
        {"mx1.example.net", STATUS("gw7.example.com"), XML("gw7.example.com"), true},
        {"192.0.2.11", STATUS("gw7.example.com"), XML("gw7.example.com"), true},
        {"esa1.example.com", STATUS("gw7.example.com"), XML("gw7.example.com"), false},
        {"mx1", STATUS("gw7.example.com"), XML("gw8.example.com"), false},
        {"mx1", STATUS("gw7.example.com"), "<status/>", false},
        {"mx1", STATUS("(Machine gw7.example.com)"), XML("gw7.example.com"), false},
        {"mx1", STATUS("esa2.example.com"), XML("esa2.example.com"), false},
        {"mx1", STATUS("esa2"), XML("esa2"), false},
        {"mx1", "System status: Online\n", XML("gw7.example.com"), false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        forget();
        nodes[0].name = rows[i].name;
        add(&nodes[0], "cli/status.txt", rows[i].prompt, NULL);
        add(&nodes[0], "https/xml_status.xml", rows[i].xml, NULL);
        assert_int_equal(cluster_of(&q, &nodes[0]).standalone, rows[i].standalone);
    }
}

#define LIST(first, second)                                                                        \
    "Cluster hq\n  Group Main:\n    Machine " first "\n    Machine " second "\n"
#define SHOWS(host, serial)                                                                        \
    host "> version\nModel: C600V\nVersion: 15.0.3-002\nSerial #: " serial "\n" host "> "

/* Who of the fleet is the second member of the list, "esa2.example.com (Serial #: 42BB-02)"? */
static void finds_members_by_any_name(void **state)
{
    static const char list[] =
        LIST("esa1.example.com (Serial #: 42AA-01)", "esa2.example.com (Serial #: 42BB-02)");
    static const struct {
        const char *self, *peer;               /* names in the fleet */
        const char *self_answer, *peer_answer; /* version; NULL = not captured */
        bool is_self, is_peer;
    } rows[] = {
        {"esa1.example.com", "esa2.example.com", NULL, NULL, true, true},
        {"esa1", "esa2", NULL, NULL, true, true},
        {"mx1", "mx2", NULL, NULL, false, false},
        {"mx1", "mx2", SHOWS("gw1", "42AA-01"), SHOWS("gw2", "42bb-02"), true, true},
        {"mx1", "mx2", SHOWS("esa1", "42AA-77"), SHOWS("esa2.example.com", "42AA-78"), true, true},
        {"192.0.2.11", "192.0.2.12", SHOWS("esa1.example.com", "1"), NULL, true, false},
        /* The name of the inventory first, then the serial, then the prompt. */
        {"esa1.example.com", "mx2", SHOWS("a", "42BB-02"), SHOWS("esa2", "42CC-03"), true, true},
        {"mx1", "mx2", SHOWS("esa2", "42AA-01"), SHOWS("esa1", "42BB-02"), true, true},
        /* The answers of one machine twice; another site's machine; a label that is denied. */
        {"mx1", "mx2", SHOWS("esa1", "42BB-02"), SHOWS("esa2", "42BB-02"), false, false},
        {"mx1", "mx2", SHOWS("esa2", "1"), SHOWS("esa2", "2"), false, false},
        {"esa1.example.net", "esa2.example.net", NULL, NULL, false, false},
        {"esa1", "esa2", NULL, SHOWS("esa2.example.net", "42CC-03"), true, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        forget();
        nodes[0].name = rows[i].self;
        nodes[1].name = rows[i].peer;
        add(&nodes[0], "cli/clusterlist.txt", list, NULL);
        if (rows[i].self_answer != NULL)
            add(&nodes[0], "cli/version.txt", rows[i].self_answer, NULL);
        if (rows[i].peer_answer != NULL)
            add(&nodes[1], "cli/version.txt", rows[i].peer_answer, NULL);
        struct cluster cluster = cluster_of(&q, &nodes[0]);
        assert_int_equal(cluster.count, 2);
        const struct node *self = cluster_node(&q, &cluster, text_of("ESA1.example.com"));
        const struct node *peer = cluster_node(&q, &cluster, text_of("esa2.example.com"));
        if (self != (rows[i].is_self ? &nodes[0] : NULL) ||
            peer != (rows[i].is_peer ? &nodes[1] : NULL))
            fail_msg("row %zu: %s, %s", i, self != NULL ? self->name : "none",
                     peer != NULL ? peer->name : "none");
        assert_span(cluster_name_of(&q, &cluster, &nodes[0]),
                    rows[i].is_self ? "esa1.example.com" : "");
        assert_span(cluster_name_of(&q, &cluster, &nodes[1]),
                    rows[i].is_peer ? "esa2.example.com" : "");
        assert_null(cluster_node(&q, &cluster, text_of("esa3.example.com")));
    }
}

/* One short name in a prompt may be two members: then it is neither. */
static void takes_no_node_for_two_members(void **state)
{
    (void)state;
    nodes[0].name = "mx1";
    add(&nodes[0], "cli/clusterlist.txt", LIST("esa1.example.com", "esa1.example.net"), NULL);
    add(&nodes[0], "cli/version.txt", SHOWS("esa1", "1"), NULL);
    struct cluster cluster = cluster_of(&q, &nodes[0]);
    assert_int_equal(cluster.count, 2);
    assert_null(cluster_node(&q, &cluster, text_of("esa1.example.com")));
    assert_null(cluster_node(&q, &cluster, text_of("esa1.example.net")));
    assert_span(cluster_name_of(&q, &cluster, &nodes[0]), "");
}

static void asks_the_peers_last(void **state)
{
    static const char list[] = "Cluster hq\n  Group Main:\n    Machine ESA1.example.com\n"
                               "    Machine esa2.example.com\n(Cluster hq)> ";
    struct node before = nodes[0];
    (void)state;
    add(&nodes[1], "cli/clusterlist.txt", list, NULL);
    struct cluster cluster = cluster_of(&q, &nodes[0]);
    assert_true(cluster.known && cluster.from_inventory);
    assert_int_equal(cluster.count, 2);
    assert_string_equal(cluster.document, "esa2.example.com/cli/clusterlist.txt");
    /* What is listed today says nothing about the baseline. */
    assert_false(cluster_of(&q, &before).known);
    nodes[0].name = "esa3.example.com";
    assert_false(cluster_of(&q, &nodes[0]).known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lends_a_zone, begin, tear_down),
        cmocka_unit_test_setup_teardown(starts_in_a_zone, begin, tear_down),
        cmocka_unit_test_setup_teardown(tells_the_age_of_a_document, begin, tear_down),
        cmocka_unit_test_setup_teardown(asks_whose_it_is, begin, tear_down),
        cmocka_unit_test_setup_teardown(asks_whether_it_is_of_this_run, begin, tear_down),
        cmocka_unit_test_setup_teardown(asks_when_the_queue_was_read, begin, tear_down),
        cmocka_unit_test_setup_teardown(believes_in_standing_alone, begin, tear_down),
        cmocka_unit_test_setup_teardown(believes_in_an_alias_that_two_answers_share, begin,
                                        tear_down),
        cmocka_unit_test_setup_teardown(finds_members_by_any_name, begin, tear_down),
        cmocka_unit_test_setup_teardown(takes_no_node_for_two_members, begin, tear_down),
        cmocka_unit_test_setup_teardown(asks_the_peers_last, begin, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
