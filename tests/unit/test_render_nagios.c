/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rendered.h"

static const char *answer(const struct report *report)
{
    return rendered(report, "nagios");
}

/* A waived finding has its own word, whatever the verbosity, and speaks of it in the first line. */
static void shows_a_waiver_with_its_end(void **state)
{
    (void)state;
    struct report *report = sample("failing");
    static const char told[] =
        "\n[WAIVED] alerts: new critical alert (2026-03-08 02:11:40 +0000): The Anti-Virus engine "
        "is "
        "not up to date since 3 hours"
        "\n    waived: av-mirror: the mirror of the site is rebuilt until Tuesday, INC0027182 "
        "(approved by C. Approver, until 2026-03-17T00:00:00Z)\n";
    assert_int_equal(times(answer(report), told), 1);
    assert_silent(answer(report), "[CRITICAL] alerts");
    for (size_t i = 0; i < report->count; i++) /* that answer alone */
        if (report->results[i].result->findings[0]->waiver != NULL)
            report->results[0] = report->results[i];
    report->count = 1;
    report->state = report->results[0].state;
    report->one_check = true;
    assert_true(text_starts(text_of(answer(report)),
                            "ALERTS WARNING - esa05.mx.example.com: new critical alert "));
    assert_says(answer(report), "3 hours (waived)\n[WAIVED] alerts: ");
}

static void tells_when_it_will_be_judged(void **state)
{
    (void)state;
    assert_int_equal(times(answer(sample("failing")),
                           "\n[PENDING] tracking: too early to tell: settles until "
                           "2026-03-08T04:15:00Z\n"),
                     2);
}

/* Of a run that is signed only: a plugin's output stays what it was. */
static void ends_with_the_verdict_of_a_signed_run(void **state)
{
    (void)state;
    struct report *report = sample("passing");
    assert_says(answer(report), "\n[VERDICT] CHG0031415: SUCCESSFUL (pass): ");
    report->seal_count = 0;
    assert_silent(answer(report), "VERDICT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_arena(shows_a_waiver_with_its_end),
                                       with_arena(tells_when_it_will_be_judged),
                                       with_arena(ends_with_the_verdict_of_a_signed_run)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
