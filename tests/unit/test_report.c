/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include "plugin/render/report.h"

static void is_never_green_from_silence(void **state)
{
    (void)state;
    struct report report = {.arena = &arena, .state = STATE_NOT_APPLICABLE};
    assert_string_equal(report_verdict(&report), "incomplete");
    assert_int_equal(report_exit_code(&report), 3);
    assert_string_equal(report_headline(&report), "ASYNCOS UNKNOWN - nothing was asked");
    report.interrupted = "interrupted by SIGTERM";
    assert_int_equal(report_exit_code(&report), 3);
    assert_string_equal(report_headline(&report), "ASYNCOS UNKNOWN - interrupted by SIGTERM");
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_arena(is_never_green_from_silence)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
