/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "checks/parse/cli_status.h"

static const char detail[] =
    "(Machine esa1.example.com)> status detail\n"
    "\n"
    "Status as of:                  Wed Mar 05 10:11:12 2025 CET\n"
    "Up since:                      Mon Mar 03 04:05:06 2025 CET (2d 6h 6m 6s)\n"
    "Last counter reset:            Never\n"
    "System status:                 Online\n"
    "Oldest Message:                4 weeks 46 mins 53 secs\n"
    "Feature - Outbreak Filters:    30 days\n"
    "Feature - Bounce Verification: Dormant/Perpetual\n"
    "Counters:                               Reset          Uptime        Lifetime\n"
    "  Receiving\n"
    "    Messages Received               1,234,567          24,760       3,113,176\n"
    "  Completion\n"
    "    Hard Bounced Recipients                12               7              30\n"
    "      DNS Hard Bounces                      1               2               3\n"
    "  Current IDs\n"
    "    Message ID (MID)                                                  7615199\n"
    "Rates (Events Per Hour):             1-Minute       5-Minutes      15-Minutes\n"
    "  Receiving\n"
    "    Messages Received                      60              48              52\n"
    "Gauges:                               Current\n"
    "  System\n"
    "    RAM Utilization                         6%\n"
    "    CPU Utilization\n"
    "      MGA                                   1%\n"
    "    Logging Disk Available                388G\n"
    "  Queue\n"
    "    Messages In Work Queue                 -2\n"
    "    Messages In Quarantine\n"
    "      Policy, Virus and Outbreak           19\n"
    "  Kilobytes Used                          473\n"
    "    Kilobytes In Quarantine\n"
    "      Policy, Virus and Outbreak          471\n"
    "  Kilobytes Free                   39,845,415\n"
    "(Machine esa1.example.com)> ";

static void reads_the_header(void **state)
{
    (void)state;
    const struct cli_status *s = facts_of(&cli_status_kind, detail);
    assert_non_null(s);
    assert_int_equal(s->mode, CLI_MODE_MACHINE);
    assert_true(s->has_system_status);
    assert_span(s->system_status, "Online");
    assert_int_equal(s->system_status_line, 6);
    struct stamp up;
    assert_true(time_parse_status(text_of("Mon Mar 03 04:05:06 2025 CET"), &up));
    assert_true(s->has_as_of && s->has_up_since && s->has_uptime);
    assert_int_equal(time_between(s->up_since, up), 0);
    assert_int_equal(s->up_since_line, 4);
    assert_int_equal(s->uptime_s, 2 * 86400 + 6 * 3600 + 6 * 60 + 6);
    assert_int_equal(time_between(s->as_of, s->up_since), s->uptime_s);
    assert_true(s->has_oldest && !s->oldest_none);
    assert_int_equal(s->oldest_s, 28 * 86400 + 46 * 60 + 53);
    assert_int_equal(s->oldest_line, 7);
    assert_int_equal(s->feature_count, 2);
    assert_span(s->features[0].name, "Outbreak Filters");
    assert_int_equal(s->features[0].life, FEATURE_TIMED);
    assert_int_equal(s->features[0].seconds_left, 30 * 86400);
    assert_int_equal(s->features[0].line, 8);
    assert_int_equal(s->features[1].life, FEATURE_DORMANT);
}

static void reads_rows(void **state)
{
    (void)state;
    static const struct {
        const char *section, *parent, *label;
        size_t count;
        double first, last;
        char unit;
        const char *real_parent;
        unsigned line;
    } cases[] = {
        {NULL, NULL, "messages  received", 3, 1234567, 3113176, 0, "Receiving", 12},
        {"Rates", NULL, "Messages Received", 3, 60, 52, 0, "Receiving", 20},
        {"Counters", "Completion", "Hard Bounced Recipients", 3, 12, 30, 0, "Completion", 14},
        {"Counters", NULL, "DNS Hard Bounces", 3, 1, 3, 0, "Completion", 15},
        {"Counters", NULL, "Message ID (MID)", 1, 7615199, 7615199, 0, "Current IDs", 17},
        {"gauges", "System", "RAM Utilization", 1, 6, 6, '%', "System", 23},
        {NULL, "CPU Utilization", "MGA", 1, 1, 1, '%', "CPU Utilization", 25},
        {NULL, NULL, "Logging Disk Available", 1, 388. * 1073741824, 388. * 1073741824, 'B',
         "System", 26},
        {NULL, "Queue", "Messages In Work Queue", 1, -2, -2, 0, "Queue", 28},
        {NULL, "Messages In Quarantine", "Policy, Virus and Outbreak", 1, 19, 19, 0,
         "Messages In Quarantine", 30},
        {NULL, "Kilobytes In Quarantine", "Policy, Virus and Outbreak", 1, 471, 471, 0,
         "Kilobytes In Quarantine", 33},
        {NULL, "", "Kilobytes Used", 1, 473, 473, 0, "", 31},
        {NULL, NULL, "Kilobytes Free", 1, 39845415, 39845415, 0, "", 34},
    };
    const struct cli_status *s = facts_of(&cli_status_kind, detail);
    assert_non_null(s);
    assert_int_equal(s->row_count, COUNT(cases));
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct cli_status_row *row =
            cli_status_row(s, cases[i].section, cases[i].parent, cases[i].label);
        if (row == NULL)
            fail_msg("no row %s", cases[i].label);
        assert_int_equal(row->count, cases[i].count);
        assert_true(row->values[0] == cases[i].first);
        assert_true(row->values[row->count - 1] == cases[i].last);
        assert_int_equal(row->unit, cases[i].unit);
        assert_span(row->parent, cases[i].real_parent);
        assert_int_equal(row->line, cases[i].line);
    }
    assert_null(cli_status_row(s, "Gauges", NULL, "Messages Received"));
    assert_null(cli_status_row(s, NULL, "System", "MGA"));
    assert_null(cli_status_row(s, NULL, NULL, "Messages In Work"));
}

static void leaves_out_what_it_does_not_know(void **state)
{
    (void)state;
    const struct cli_status *s = facts_of(&cli_status_kind, "System status: Delivery suspended\n"
                                                            "System status: Online\n"
                                                            "Up since: yesterday (soon)\n"
                                                            "Oldest Message: No Messages\n"
                                                            "Gauges:  Current\n"
                                                            "    Too Many 1 2 3 4\n"
                                                            "    Mixed 1% 2G\n"
                                                            "    Word 12x\n"
                                                            "    77\n"
                                                            "New Section:\n"
                                                            "    Kept   5\n");
    assert_non_null(s);
    assert_span(s->system_status, "Delivery suspended");
    assert_false(s->has_up_since || s->has_uptime || s->has_as_of);
    assert_true(s->has_oldest && s->oldest_none);
    assert_int_equal(s->row_count, 1);
    assert_span(s->rows[0].section, "New Section");
    assert_span(s->rows[0].label, "Kept");
    assert_int_equal(s->mode, CLI_MODE_UNKNOWN);

    s = facts_of(&cli_status_kind, "Up since: Mon Mar 03 04:05:06 2025\nSystem status:\n");
    assert_non_null(s);
    assert_true(s->has_up_since && !s->up_since.has_offset && !s->has_system_status);
}

/* "Online" at a cut might have gone on: ", Receiving suspended". */
static void drops_a_last_line_that_may_be_cut(void **state)
{
    (void)state;
    const struct cli_status *s =
        facts_of(&cli_status_kind, "Up since: Mon Mar 03 04:05:06 2025\nSystem status: Online");
    assert_non_null(s);
    assert_false(s->has_system_status);
    assert_null(facts_of(&cli_status_kind, "System status: Online"));
    assert_int_equal(fault.kind, FAULT_SYNTAX);
}

static void refuses_other_texts(void **state)
{
    (void)state;
    static const char *const cases[] = {"hello\n", "Status as of: Mon Mar 03 04:05:06 2025\n",
                                        "    Messages In Work Queue 2\n",
                                        "System Resource Utilization:\n"};
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_null(facts_of(&cli_status_kind, cases[i]));
        assert_int_equal(fault.kind, FAULT_SYNTAX);
    }
}

static void knows_what_a_status_means(void **state)
{
    (void)state;
    enum { ONLINE = 1, RECEIVING = 2, DELIVERY = 4, QUEUE = 8, STRANGE = 16 };
    static const struct {
        const char *words;
        int bits;
    } cases[] = {
        {"Online", ONLINE},
        {" online ", ONLINE},
        {"Offline", RECEIVING | DELIVERY},
        {"Receiving suspended", RECEIVING},
        {"RECEIVING  SUSPENDED", RECEIVING},
        {"Mail receiving suspended", RECEIVING},
        {"Delivery Suspended", DELIVERY},
        {"mail delivery suspended", DELIVERY},
        {"Work queue paused", QUEUE},
        {"Workqueue paused", QUEUE},
        {"Receiving suspended, Delivery suspended", RECEIVING | DELIVERY},
        {"Receiving suspended/work queue paused", RECEIVING | QUEUE},
        {"Delivery suspended and work queue paused", DELIVERY | QUEUE},
        {"Online, work queue paused", QUEUE},
        {"Online, starting", STRANGE},
        {"Delivery suspended, starting", DELIVERY | STRANGE},
        {"Online,", STRANGE},
        {"Online and Online", STRANGE},
        {"Onlin", STRANGE},
        {"not online", STRANGE},
        {"", STRANGE},
        {",", STRANGE},
        {" and ", STRANGE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cli_status_meaning m = cli_status_meaning(text_of(cases[i].words));
        int bits = m.online * ONLINE + m.receiving_suspended * RECEIVING +
                   m.delivery_suspended * DELIVERY + m.work_queue_paused * QUEUE +
                   m.unrecognised * STRANGE;
        if (bits != cases[i].bits)
            fail_msg("\"%s\" means %d, not %d", cases[i].words, bits, cases[i].bits);
    }
}

static void keeps_a_contradiction(void **state)
{
    static const struct {
        const char *text, *other;
    } cases[] = {
        {"System status: Online\nUp since: x\n", ""},
        {"System status: Online\nSystem status:  online \nx\n", ""},
        {"System status: Work  queue paused\nSystem status: work queue Paused\nx\n", ""},
        {"System status: Online\nSystem status: Offline\nx\n", "Offline"},
        {"System status: Online\nx: y\nSystem status: Offline\nSystem status: Odd\nx\n", "Offline"},
        /* A last line that may be cut off says nothing. */
        {"System status: Online\nSystem status: Offl", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct cli_status *s = facts_of(&cli_status_kind, cases[i].text);
        assert_non_null(s);
        assert_true(s->has_system_status);
        assert_int_equal(s->system_status_line, 1);
        assert_span(s->system_status_other, cases[i].other);
    }
}

static void tells_whose_it_is(void **state)
{
    (void)state;
    const struct cli_status *s = facts_of(&cli_status_kind, detail);
    assert_span(cli_status_kind.host(s), "esa1.example.com");
    s = facts_of(&cli_status_kind, "System status: Online\n");
    assert_span(cli_status_kind.host(s), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(reads_the_header),
        with_arena(reads_rows),
        with_arena(leaves_out_what_it_does_not_know),
        with_arena(drops_a_last_line_that_may_be_cut),
        with_arena(refuses_other_texts),
        with_arena(knows_what_a_status_means),
        with_arena(keeps_a_contradiction),
        with_arena(tells_whose_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
