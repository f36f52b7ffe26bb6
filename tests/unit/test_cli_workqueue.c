/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "checks/parse/cli_featurekey.h"
#include "checks/parse/cli_workqueue.h"

static void reads_a_work_queue(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum cli_workqueue_state state;
        const char *said, *by, *reason;
        unsigned state_line;
        bool has_messages;
        int64_t messages;
        unsigned messages_line;
    } cases[] = {
        {"esa1.example.com> workqueue status\n"
         "Status as of: Wed Mar 05 10:11:12 2025 CET\nStatus:   Operational\nMessages: 12\n"
         "esa1.example.com> ",
         CLI_WORKQUEUE_OPERATIONAL, "Operational", "", "", 3, true, 12, 4},
        {"Status: operational\nMessages: 1,243", CLI_WORKQUEUE_OPERATIONAL, "operational", "", "",
         1, true, 1243, 2},
        {"Status:   Paused by admin: database maintenance: part 2\nMessages: -7\n",
         CLI_WORKQUEUE_PAUSED, "Paused by admin: database maintenance: part 2", "admin",
         "database maintenance: part 2", 1, true, -7, 2},
        {"Status:   Paused by admin: a reason that is long enough to be wrapped behind\n"
         "eighty columns: so\nMessages: 1\n",
         CLI_WORKQUEUE_PAUSED,
         "Paused by admin: a reason that is long enough to be wrapped behind eighty columns: so",
         "admin", "a reason that is long enough to be wrapped behind eighty columns: so", 1, true,
         1, 3},
        {"Status: Paused\nMessages: many\n", CLI_WORKQUEUE_PAUSED, "Paused", "", "", 1, false, 0,
         2},
        {"Status: paused: because\n", CLI_WORKQUEUE_PAUSED, "paused: because", "", "because", 1,
         false, 0, 0},
        {"Status: Pausedly\n", CLI_WORKQUEUE_UNRECOGNISED, "Pausedly", "", "", 1, false, 0, 0},
        {"Status: Operational soon\n", CLI_WORKQUEUE_UNRECOGNISED, "Operational soon", "", "", 1,
         false, 0, 0},
        {"esa1> workqueue\n\nStatus: Operational\nMessages: 3\n\n"
         "Choose the operation you want to perform:\n- STATUS - Show it.\n[]> \nesa1> ",
         CLI_WORKQUEUE_OPERATIONAL, "Operational", "", "", 3, true, 3, 4},
        {"Status: Paused\nStatus: Operational\nMessages: 1\nMessages: 2\n", CLI_WORKQUEUE_PAUSED,
         "Paused", "", "", 1, true, 1, 3},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct cli_workqueue *q = facts_of(&cli_workqueue_kind, cases[i].text);
        assert_non_null(q);
        assert_true(q->has_state);
        assert_int_equal(q->state, cases[i].state);
        assert_span(q->state_text, cases[i].said);
        assert_span(q->paused_by, cases[i].by);
        assert_span(q->reason, cases[i].reason);
        assert_int_equal(q->state_line, cases[i].state_line);
        assert_int_equal(q->has_messages, cases[i].has_messages);
        assert_int_equal(q->messages, cases[i].messages);
        assert_int_equal(q->messages_line, cases[i].messages_line);
        assert_int_equal(q->has_as_of, i == 0);
    }
}

static void refuses_no_work_queue(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum fault_kind kind;
    } cases[] = {
        {"", FAULT_EMPTY},
        {"hello\n", FAULT_SYNTAX},
        {"Status as of: Wed Mar 05 10:11:12 2025 CET\n", FAULT_SYNTAX},
        {"Status:\n", FAULT_SYNTAX},
        {"Unknown command: workqueue\n", FAULT_UNSUPPORTED},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_null(facts_of(&cli_workqueue_kind, cases[i].text));
        assert_int_equal(fault.kind, cases[i].kind);
    }
}

static void reads_lives(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool number_is_seconds;
        enum feature_life life;
        int64_t seconds;
        bool expired;
    } cases[] = {
        {"30 days", false, FEATURE_TIMED, 30 * 86400, false},
        {" 1 day ", false, FEATURE_TIMED, 86400, false},
        {"0 days", false, FEATURE_TIMED, 0, true},
        {"-3 days", false, FEATURE_TIMED, -3 * 86400, true},
        {"86400", true, FEATURE_TIMED, 86400, false},
        {"-5", true, FEATURE_TIMED, -5, true},
        {"0", true, FEATURE_TIMED, 0, true},
        {"86400", false, FEATURE_UNRECOGNISED, 0, false},
        {"Perpetual", false, FEATURE_PERPETUAL, 0, false},
        {"PERPETUAL", true, FEATURE_PERPETUAL, 0, false},
        {"Expired", false, FEATURE_EXPIRED, 0, true},
        {"Dormant", false, FEATURE_DORMANT, 0, false},
        {"Dormant/Perpetual", true, FEATURE_DORMANT, 0, false},
        {"", false, FEATURE_UNRECOGNISED, 0, false},
        {"", true, FEATURE_UNRECOGNISED, 0, false},
        {"-", true, FEATURE_UNRECOGNISED, 0, false},
        {"--5", true, FEATURE_UNRECOGNISED, 0, false},
        {"30 days or so", false, FEATURE_UNRECOGNISED, 0, false},
        {"Perpetually", false, FEATURE_UNRECOGNISED, 0, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct feature feature = {.seconds_left = 99};
        feature_read(&feature, text_of(cases[i].text), cases[i].number_is_seconds);
        if (feature.life != cases[i].life)
            fail_msg("\"%s\" is life %d", cases[i].text, (int)feature.life);
        assert_int_equal(feature.seconds_left, cases[i].seconds);
        assert_int_equal(feature_expired(&feature), cases[i].expired);
    }
}

static void compares_names_of_features(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        {"Outbreak Filters", "outbreak filters ", true},
        {"Feature - Outbreak Filters", "Outbreak Filters", true},
        {"Cisco IronPort Message Tracking", "Message Tracking", true},
        {"IronPort Anti-Spam", "Cisco Anti-Spam", true},
        {"Sophos", "Sophos Anti-Virus", false},
        {"", "Sophos", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(feature_same_name(text_of(cases[i].a), text_of(cases[i].b)),
                         cases[i].same);
}

static void reads_feature_keys(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        enum feature_life life;
        unsigned line;
    } wanted[] = {
        {"Outbreak Filters", "30 days", FEATURE_TIMED, 4},
        {"Incoming Mail Handling", "Perpetual", FEATURE_PERPETUAL, 6},
        {"Bounce Verification", "Dormant", FEATURE_DORMANT, 9},
        {"Sophos Anti-Virus", "Expired", FEATURE_EXPIRED, 10},
        {"Intelligent Multi-Scan", "Pending", FEATURE_UNRECOGNISED, 11},
        {"Graymail", "0 days", FEATURE_TIMED, 12},
        {"McAfee", "Expired", FEATURE_EXPIRED, 13},
        {"File Analysis", "--        Expired  0 days", FEATURE_UNRECOGNISED, 14},
        {"A name that is too long 1 Expired 0 days", "", FEATURE_UNRECOGNISED, 15},
        {"2025", "", FEATURE_UNRECOGNISED, 17},
    };
    const struct cli_featurekey *keys =
        facts_of(&cli_featurekey_kind,
                 "esa1.example.com> featurekey\n"
                 "Module                  Quantity  Status   Remaining  Expiration Date\n"
                 "-----------------------------------------------------------------------\n"
                 "Outbreak Filters        1         Active   30 days    Wed Apr 02 09:15:27\n"
                 "2025\n"
                 "Incoming Mail Handling  1         Active   Perpetual                     \n"
                 "N/A\n"
                 "\n"
                 "Bounce Verification     N/A       Dormant  30 days    N/A\n"
                 "Sophos Anti-Virus\t1\tExpired\t0 days\n"
                 "Intelligent Multi-Scan  1         Pending  5 days     N/A\n"
                 "Graymail                1         Dormant  0 days     N/A\n"
                 "McAfee                  1         Dormant  Expired    N/A\n"
                 "File Analysis           --        Expired  0 days\n"
                 "A name that is too long 1 Expired 0 days\n"
                 "\n"
                 "2025\n"
                 "Choose the operation you want to perform:\n"
                 "- ACTIVATE - Activate a (pending) key.\n"
                 "[]> ");
    assert_non_null(keys);
    assert_true(keys->header_seen);
    assert_int_equal(keys->count, COUNT(wanted));
    for (size_t i = 0; i < COUNT(wanted); i++) {
        assert_span(keys->features[i].name, wanted[i].name);
        assert_span(keys->features[i].text, wanted[i].text);
        assert_int_equal(keys->features[i].life, wanted[i].life);
        assert_int_equal(keys->features[i].line, wanted[i].line);
    }
    /* Without the header a line may be anything. */
    keys = facts_of(&cli_featurekey_kind, "hello  there\nSophos  1  Active  30 days\nbye\n");
    assert_non_null(keys);
    assert_int_equal(keys->count, 1);
    keys = facts_of(&cli_featurekey_kind, "Module  Quantity  Status  Remaining\n");
    assert_non_null(keys);
    assert_int_equal(keys->count, 0);
    keys = facts_of(&cli_featurekey_kind, "Sophos  1  Active  Perpetual\n");
    assert_non_null(keys);
    assert_false(keys->header_seen);
    assert_int_equal(keys->count, 1);
    assert_null(facts_of(&cli_featurekey_kind, "hello\n"));
    assert_int_equal(fault.kind, FAULT_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(reads_a_work_queue), with_arena(refuses_no_work_queue),
        with_arena(reads_lives),        with_arena(compares_names_of_features),
        with_arena(reads_feature_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
