/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "checks/signature.h"

static void patterns(void **state)
{
    static const struct {
        const char *text, *pattern;
        bool fits;
    } rows[] = {
        {"one two three", "one", true},
        {"one two three", "ONE", true},
        {"one two three", "two", false},
        {"one two three", "*two", true},
        {"one two three", "one*three", true},
        {"one two three", "three*one", false},
        {"one two three", "*three*one", false},
        {"one two three", "one two three", true},
        {"one two three", "one two three four", false},
        {"one two three", "", true},
        {"one two three", "*", true},
        {"one two three", "**two**", true},
        {"one", "*one*one", false},
        {"one one", "*one*one", true},
        {"oneone", "one*one", true},
        {"", "", true},
        {"", "x", false},
        {"", "*x", false},
        {"o", "one", false},
        {"on", "*one", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (signature_fits(text_of(rows[i].text), rows[i].pattern) != rows[i].fits)
            fail_msg("'%s' against '%s'", rows[i].text, rows[i].pattern);
}

static void a_part_too_long_fits_nothing(void **state)
{
    char text[400], pattern[400];
    (void)state;
    memset(text, 'x', sizeof(text));
    memset(pattern, 'x', sizeof(pattern));
    pattern[300] = '\0';
    assert_false(signature_fits((struct span){text, sizeof(text)}, pattern));
}

#define MACHINE                                                                                    \
    "Error connecting to cluster machine esa2.example.com (Serial #: ABC-123) at IP 192.0.2.12 - "

static void known_alerts(void **state)
{
    static const struct {
        const char *text;
        enum alert_severity severity;
        enum signature_excuse excuse;
    } rows[] = {
        {MACHINE "Existing connection dropped - closed", ALERT_WARNING, EXCUSE_LINK},
        {MACHINE "Connection failure - timed out", ALERT_WARNING, EXCUSE_LINK},
        {MACHINE "Message forward failed - no route", ALERT_CRITICAL, EXCUSE_NONE},
        {MACHINE "No route found - could not connect", ALERT_CRITICAL, EXCUSE_NONE},
        {MACHINE "the machine does not appear to be in the cluster", ALERT_CRITICAL, EXCUSE_NONE},
        {MACHINE "something that nobody has seen", ALERT_CRITICAL, EXCUSE_NONE},
        {"work queue paused, 64 msgs, antispam", ALERT_CRITICAL, EXCUSE_WORK_QUEUE},
        {"This system (hostname: esa1.example.com) has entered a 'resource conservation' mode",
         ALERT_CRITICAL, EXCUSE_EXIT},
        {"This system (hostname: esa1.example.com) has exited the 'resource conservation' mode",
         ALERT_INFO, EXCUSE_NONE},
        {"Your \"Sophos Anti-Virus\" key has expired.", ALERT_WARNING, EXCUSE_NONE},
        {"Your \"Sophos Anti-Virus\" key will expire in under 30 days.", ALERT_WARNING,
         EXCUSE_NONE},
        {"The updater has been unable to communicate with the update server for at least 1h.",
         ALERT_WARNING, EXCUSE_REBOOT},
        {"The graymail application tried and failed 3 times to successfully complete an update.",
         ALERT_WARNING, EXCUSE_REBOOT},
        {"The File Reputation service is not reachable.", ALERT_WARNING, EXCUSE_REBOOT},
        {"An application fault occurred: ('x.py', 1)", ALERT_WARNING, EXCUSE_NONE},
        {"An application fault occurred: ('updater.py', 'The updater has been unable to "
         "communicate with the update server')",
         ALERT_WARNING, EXCUSE_NONE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct signature *signature = signature_of(text_of(rows[i].text));
        if (signature == NULL)
            fail_msg("not known: %s", rows[i].text);
        if (signature->severity != rows[i].severity || signature->excuse != rows[i].excuse)
            fail_msg("%s: %s", rows[i].text, signature->pattern);
        assert_int_equal(signature->ended != NULL, signature->excuse == EXCUSE_EXIT);
        /* What an excuse of time covers must end. */
        if (signature->excuse != EXCUSE_NONE && signature->excuse != EXCUSE_EXIT)
            assert_in_range(signature->settle_s, 1, 3600);
    }
}

/* What a sender wrote into a subject neither calms nor excuses the alert that quotes it. */
static void quotations(void **state)
{
    static const char *const texts[] = {
        "This system (hostname: esa1.example.com) has exited the 'resource conservation' mode",
        "printer has exited the resource conservation mode",
        "This system (hostname: esa1.example.com) has entered a 'resource conservation' mode",
        "work queue paused, 64 msgs, antispam",
        "The updater has been unable to communicate with the update server for at least 1h.",
        "The graymail application tried and failed 3 times to successfully complete an update.",
        "The File Reputation service is not reachable.",
        "The File Analysis server is not reachable.",
        "Unable to connect to Cisco Web Security Service",
        MACHINE "Existing connection dropped - closed",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        char quoting[256] = "MID 7731 matched the urgent rule. Details: Subject: ";
        strncat(quoting, texts[i], sizeof(quoting) - strlen(quoting) - 1);
        const struct signature *signature = signature_of(text_of(quoting));
        if (signature != NULL &&
            (signature->severity == ALERT_INFO || signature->excuse != EXCUSE_NONE))
            fail_msg("%s: %s", quoting, signature->pattern);
    }
}

static void unknown_alerts(void **state)
{
    static const char *const texts[] = {
        "",
        "x",
        "Something entirely new.",
        "Your key has expired",
        "not: Error connecting to cluster machine",
        "work queue resumed",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_null(signature_of(text_of(texts[i])));
}

/* 10 MB against every pattern: linear, so far below a second. */
static void huge_text(void **state)
{
    enum { SIZE = 10 << 20 };
    (void)state;
    char *text = arena_alloc(&arena, SIZE);
    for (size_t i = 0; i < SIZE; i++)
        text[i] = "work queue paused"[i % 17];
    assert_null(signature_of((struct span){text, SIZE}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns),       cmocka_unit_test(a_part_too_long_fits_nothing),
        cmocka_unit_test(known_alerts),   cmocka_unit_test(quotations),
        cmocka_unit_test(unknown_alerts), with_arena(huge_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
