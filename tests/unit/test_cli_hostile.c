/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "checks/parse/cli_clustercheck.h"
#include "checks/parse/cli_clusterlist.h"
#include "checks/parse/cli_connstatus.h"
#include "checks/parse/cli_displayalerts.h"
#include "checks/parse/cli_featurekey.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/cli_version.h"
#include "checks/parse/cli_workqueue.h"

enum { BIG = 10 * 1000 * 1000 };

/* What must hold of any facts, whatever the bytes were. */
static void holds_alerts(const void *facts)
{
    const struct cli_displayalerts *a = facts;
    assert_in_range(a->count, 0, CLI_DISPLAYALERTS_MAX);
    assert_true(a->count > 0 || a->header_seen || a->none_said || a->cut);
    for (size_t i = 0; i < a->count; i++) {
        assert_true(a->alerts[i].line > 0 && a->alerts[i].when.has_offset);
        assert_true(!a->alerts[i].has_repeat_span || a->alerts[i].repeats > 0);
    }
}

static void holds_check(const void *facts)
{
    const struct cli_clustercheck *c = facts;
    assert_in_range(c->stray_count, 0, 20);
    assert_false(c->question_open && c->prompt_returned);
    assert_int_equal(c->clean_said, c->clean_line != 0);
    assert_true(c->checking + c->count + c->clean_said + c->trouble_count > 0);
}

static void holds_list(const void *facts)
{
    const struct cli_clusterlist *list = facts;
    assert_in_range(list->count, 0, CLI_CLUSTERLIST_MAX);
    assert_int_equal(list->standalone, list->count == 0);
    assert_int_equal(list->standalone, list->standalone_line != 0);
    for (size_t i = 0; i < list->count; i++)
        assert_true(list->machines[i].name.n > 0);
}

static void holds_connstatus(const void *facts)
{
    const struct cli_connstatus *status = facts;
    struct span names[] = {text_of("esa1.example.com"), text_of("esa2.example.com")};
    struct cli_connstatus_link link = cli_connstatus_link(&arena, status, names[1], names, 2);
    assert_true(link.state == CLI_CONNSTATUS_ABSENT ? link.line == 0 : link.line > 0);
    assert_in_range(status->text.count, 0, SCREEN_MAX_LINES);
    assert_false(status->text.question_open && status->text.prompt_returned);
}

static void holds_keys(const void *facts)
{
    const struct cli_featurekey *keys = facts;
    assert_true(keys->header_seen || keys->count > 0);
    for (size_t i = 0; i < keys->count; i++)
        assert_true(keys->features[i].line > 0);
}

static void holds_status(const void *facts)
{
    const struct cli_status *s = facts;
    assert_true(s->has_system_status || s->has_up_since || s->row_count > 0);
    assert_int_equal(s->has_system_status, s->system_status.n > 0);
    for (size_t i = 0; i < s->row_count; i++)
        assert_true(s->rows[i].count >= 1 && s->rows[i].count <= CLI_STATUS_COLUMNS &&
                    s->rows[i].label.n > 0 && s->rows[i].line > 0);
}

static void holds_version(const void *facts)
{
    const struct cli_version *v = facts;
    assert_true(!v->has_release || (v->release_text.n > 0 && v->release_line > 0));
    assert_true(!v->has_install_date || v->install_line > 0);
    assert_int_equal(v->raid.n > 0, v->raid_line > 0);
}

static void holds_queue(const void *facts)
{
    const struct cli_workqueue *q = facts;
    assert_true(q->has_state || q->has_messages);
    assert_int_equal(q->has_state, q->state_text.n > 0);
    assert_true(q->paused_by.n + q->reason.n == 0 || q->state == CLI_WORKQUEUE_PAUSED);
}

static const struct {
    const struct document_kind *kind;
    void (*holds)(const void *facts);
    const char *line;   /* a valid one, to be repeated */
    const char *sample; /* a valid answer, to be cut */
} kinds[] = {
    {&cli_displayalerts_kind, holds_alerts, "04 Mar 2025 08:33:36 +0100  Warning: x\n",
     "esa1> displayalerts\r\n\r\nDate and Time Stamp  Description\r\n---\r\n\r\n"
     "04 Mar 2025 08:33:36 +0100  Critical: one\r\n  more\r\n"
     "  Last message occurred 8 times between Tue Mar  4 07:29:57 2025 and Tue Mar  4 08:18:24 "
     "2025.\r\n\r\n02 Mar 2025 03:52:11 +0100  two\r\nesa1> "},
    {&cli_clustercheck_kind, holds_check, "esa1.example.com was updated now by 'a' on b\n",
     "(Cluster hq)> clustercheck\r\nChecking A...\r\nInconsistency found!\r\n  A at Cluster hq:\r\n"
     "    esa1.example.com was updated Sun Mar 02 10:59:17 2025 by 'admin' on esa1.example.com\r\n"
     "\r\nHow do you want to resolve this inconsistency?\r\n\r\n"
     "1. Force the entire cluster to use the esa1.example.com version.\r\n2. Ignore.\r\n[2]> 2\r\n"
     "Checking B...\r\nesa3.example.com unreachable\r\nNo errors found\r\n(Cluster hq)> "},
    {&cli_clusterlist_kind, holds_list, "    Machine esa1.example.com (Serial #: 42)\n",
     "(Cluster hq)> clusterconfig\r\nCluster hq\r\n\r\nChoose the operation you want to "
     "perform:\r\n"
     "- LIST - List.\r\n[]> list\r\nCluster hq\r\n  Group g:\r\n    Machine esa1.example.com "
     "(Serial "
     "#: 42)\r\n    Machine esa2.example.com (Serial #:\r\n43)\r\n\r\n"
     "Choose the operation you want to perform:\r\n- LIST - List.\r\n[]> \r\n(Cluster hq)> "},
    {&cli_connstatus_kind, holds_connstatus, "esa2.example.com not connected\n",
     "(Cluster hq)> clusterconfig connstatus\r\nesa1.example.com this machine\r\n"
     "esa2.example.com connected\r\n\r\nerror\r\n(Cluster hq)> "},
    {&cli_featurekey_kind, holds_keys, "Sophos  1  Active  30 days  N/A\n",
     "esa1> featurekey\r\nModule  Quantity  Status  Remaining  Expiration Date\r\n"
     "Sophos  1  Active  30 days  N/A\r\nBounce Verification  1  Dormant  Perpetual\r\nesa1> "},
    {&cli_status_kind, holds_status, "    Messages Received  1,234,567  24,760  3,113,176\n",
     "(Machine esa1.example.com)> status detail\r\n\r\n"
     "Status as of:  Wed Mar 05 10:11:12 2025 CET\r\n"
     "Up since:  Mon Mar 03 04:05:06 2025 CET (2d 6h 6m 6s)\r\nSystem status:  Online\r\n"
     "Oldest Message:  4 weeks 46 mins 53 secs\r\nFeature - Sophos:  30 days\r\n"
     "Gauges:  Current\r\n  System\r\n    RAM Utilization  6%\r\n    Logging Disk Available  "
     "388G\r\n"
     "(Machine esa1.example.com)> "},
    {&cli_version_kind, holds_version, "Sophos IDE: 1.0 (Never\nUpdated)\n",
     "esa1> version\r\n\r\nCurrent Version\r\n=====\r\nProduct: Cisco C600V\r\nModel: C600V\r\n"
     "Version: 15.0.3-002\r\nInstall Date: 2025-03-02 03:41:55\r\nSerial #: 42-43\r\nRAID: NA\r\n"
     "RAID Status: Unknown\r\nSophos IDE: 1.0 (Never\r\nUpdated)\r\nesa1> "},
    {&cli_workqueue_kind, holds_queue, "Status: Paused by admin: x\n",
     "esa1> workqueue status\r\nStatus as of: Wed Mar 05 10:11:12 2025 CET\r\n"
     "Status:   Paused by admin: because\r\nMessages: 1,243\r\nesa1> "},
};

/* Reads BYTES as each kind; whatever is recognised holds what its header promises. */
static void feed(size_t i, struct span bytes)
{
    void *facts = arena_alloc(&arena, kinds[i].kind->facts_size);
    if (reads_as(kinds[i].kind, bytes, facts)) {
        kinds[i].holds(facts);
        assert_int_equal(fault.kind, FAULT_NONE);
    } else {
        assert_int_not_equal(fault.kind, FAULT_NONE);
        assert_true(fault.text[0] != '\0');
    }
    arena_free(&arena);
}

static void feed_all(struct span bytes)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        feed(i, bytes);
}

static void kinds_are_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        const struct document_kind *kind = kinds[i].kind;
        assert_true(text_starts(text_of(kind->id), "cli/"));
        assert_true(text_starts(text_of(kind->asked), "CLI "));
        assert_true(kind->roles == ROLE_ANY || kind->roles == ROLE_ESA);
        assert_true(kind->facts_size > 0);
        void *facts = arena_alloc(&arena, kind->facts_size);
        assert_true(kind->parse(&arena, text_of(kinds[i].sample), facts, NULL));
        assert_false(kind->parse(&arena, text_of(""), facts, NULL));
    }
}

static void survives_small_inputs(void **state)
{
    (void)state;
    char bytes[512];
    feed_all((struct span){NULL, 0});
    for (int c = 0; c < 256; c++) {
        bytes[0] = (char)c;
        feed_all((struct span){bytes, 1});
    }
    for (int c = 0; c < 512; c++)
        bytes[c] = (char)c;
    feed_all((struct span){bytes, 256});
    feed_all((struct span){bytes + 1, 255});
    feed_all((struct span){bytes + 1, 511});
}

static void survives_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct span sample = text_of(kinds[i].sample);
        for (size_t n = 0; n <= sample.n; n++) {
            /* A copy of its own, so that sanitizers see a step behind the end. */
            char *copy = test_malloc(n + 1);
            memcpy(copy, sample.p, n);
            copy = test_realloc(copy, n == 0 ? 1 : n);
            feed(i, (struct span){copy, n});
            feed(i, text_skip((struct span){copy, n}, n / 2));
            test_free(copy);
        }
    }
}

static void survives_a_flipped_byte(void **state)
{
    (void)state;
    static const char swaps[] = "\0\n\r\033\b>]:(\xff";
    for (size_t i = 0; i < COUNT(kinds); i++) {
        char copy[1024];
        size_t n = strlen(kinds[i].sample);
        assert_in_range(n, 1, sizeof(copy));
        for (size_t at = 0; at < n; at++) {
            memcpy(copy, kinds[i].sample, n);
            for (size_t k = 0; k < sizeof(swaps); k++) {
                copy[at] = swaps[k];
                feed(i, (struct span){copy, n});
            }
        }
    }
}

/* Text at HEAD, then UNIT again and again, BIG bytes together. */
static void feed_repeated(size_t i, char *big, const char *head, const char *unit)
{
    size_t used = strlen(head), n = strlen(unit);
    memcpy(big, head, used);
    for (; used + n <= BIG; used += n)
        memcpy(big + used, unit, n);
    feed(i, (struct span){big, used});
}

static void survives_ten_megabytes(void **state)
{
    (void)state;
    static const char *const units[] = {"A",
                                        "\n",
                                        "A\n",
                                        " \r",
                                        "\033[",
                                        "esa1> status\n",
                                        "(Machine a)> \n",
                                        "]> x\n",
                                        "-Press Any Key For More-"};
    char *big = test_malloc(BIG + 1024);
    for (size_t k = 0; k < COUNT(units); k++)
        for (size_t i = 0; i < COUNT(kinds); i++)
            feed_repeated(i, big, "", units[k]);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        feed_repeated(i, big, "", kinds[i].line);
        feed_repeated(i, big, kinds[i].sample, kinds[i].line);
    }
    test_free(big);
}

static void survives_what_could_be_quadratic(void **state)
{
    (void)state;
    static const struct {
        size_t kind;
        const char *head, *unit;
    } cases[] = {
        {0, "04 Mar 2025 08:33:36 +0100 x\n", "Last message occurred \n"},
        {0, "04 Mar 2025 08:33:36 +0100 x\n", "y\n"},
        {1, "Inconsistency found!\n", "x was updated \n"},
        {1, "Inconsistency found!\n", "x at Cluster \n"},
        {1, "", "Inconsistency found!\nx\n"},
        {1, "", "a line that is long enough to be taken for one that was wrapped by a terminal\n"},
        {2, "", "Cluster \n"},
        {5, "Gauges:\n", "  x\n    y\n"},
        {5, "Gauges:\n", "  x 1 2 3\n"},
        {5, "", "Feature - x: 1 day\n"},
        {6, "Version: 1\nModel: 2\nx: (", "(\n"},
        {7, "", "Status: a line that is long enough to be taken for one that was wrapped off\n"},
    };
    char *big = test_malloc(BIG + 1024);
    for (size_t i = 0; i < COUNT(cases); i++)
        feed_repeated(cases[i].kind, big, cases[i].head, cases[i].unit);
    test_free(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(kinds_are_complete),     with_arena(survives_small_inputs),
        with_arena(survives_every_cut),     with_arena(survives_a_flipped_byte),
        with_arena(survives_ten_megabytes), with_arena(survives_what_could_be_quadratic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
