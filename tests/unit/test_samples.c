/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rendered.h"

/*
 * What every format keeps, whatever the report says. With two arguments, SAMPLE FORMAT, it prints
 * that instead, for readers that are not ours (tests/formats.sh).
 */

static const char *const formats[] = {"nagios", "json",        "text",   "markdown",
                                      "junit",  "openmetrics", "checkmk"};

/* Of JSON the library holds it. */
static bool is_ours(const char *format)
{
    return strcmp(format, "json") != 0;
}

static void each(void (*judge)(const struct report *report, const char *format))
{
    for (const struct report_sample *row = report_samples; row->name != NULL; row++)
        for (size_t f = 0; f < COUNT(formats); f++)
            judge(row->make(&arena), formats[f]);
}

static void same(const struct report *report, const char *format)
{
    assert_string_equal(rendered(report, format), rendered(report, format));
}

static void two_renderings_are_the_same(void **state)
{
    (void)state;
    each(same);
}

/* The sample's own lines are text of an appliance that hides control characters. */
static void clean(const struct report *report, const char *format)
{
    const char *text = rendered(report, format);
    if (!is_ours(format))
        return;
    assert_true(*text != '\0' && text[strlen(text) - 1] == '\n');
    for (const char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 && *p != '\n')
            fail_msg("%s: control character %d", format, *p);
    assert_silent(text, "\xff");         /* no UTF-8 */
    assert_silent(text, "\xe2\x80\xae"); /* right to left */
}

static void no_text_of_an_appliance_is_more_than_text(void **state)
{
    (void)state;
    each(clean);
}

/* A megabyte in a name does not become many, and not one a finding. */
static void bounded(const struct report *report, const char *format)
{
    if (is_ours(format) && strlen(rendered(report, format)) > 1000000)
        fail_msg("%s: %zu bytes", format, strlen(rendered(report, format)));
}

static void a_long_text_is_cut(void **state)
{
    (void)state;
    each(bounded);
}

/* Nothing is green from silence. */
static void says_that_nothing_was_asked(void **state)
{
    (void)state;
    const struct report report = {.arena = &arena, .tool_version = "0.1.0", .phase = "replay"};
    assert_says(rendered(&report, "nagios"), "ASYNCOS UNKNOWN");
    assert_says(rendered(&report, "text"), "Verdict: incomplete");
    assert_says(rendered(&report, "markdown"), "# AsyncOS verification: INCOMPLETE");
    assert_says(rendered(&report, "junit"), "tests=\"1\" failures=\"0\" errors=\"1\"");
    assert_says(rendered(&report, "openmetrics"),
                "postcheck_run_verdict{verdict=\"incomplete\"} 1\n");
    assert_says(rendered(&report, "checkmk"), "3 \"AsyncOS run\" ");
}

/* A waiver never makes green: each format names it, with its reason. */
static void shows_what_is_waived(void **state)
{
    (void)state;
    static const char *const with_reason[] = {"nagios", "text", "markdown", "junit", "checkmk"};
    const struct report *report = sample("failing");
    assert_int_equal(report_waived(report), 1);
    for (size_t f = 0; f < COUNT(with_reason); f++) {
        const char *text = rendered(report, with_reason[f]);
        assert_says(text, "av-mirror");
        assert_says(text, "the mirror of the site is rebuilt until Tuesday");
        assert_says(text, "C. Approver");
        assert_says(text, "2026-03-17T00:00:00Z");
        assert_says(text, with_reason[f][0] == 'j' ? "waived: " : "WAIVED");
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        with_arena(two_renderings_are_the_same),
        with_arena(no_text_of_an_appliance_is_more_than_text), with_arena(a_long_text_is_cut),
        with_arena(says_that_nothing_was_asked), with_arena(shows_what_is_waived)};
    if (argc != 3)
        return cmocka_run_group_tests(tests, NULL, NULL);
    arena_init(&arena, NULL);
    render_find(argv[2])->print(stdout, sample(argv[1]));
    arena_free(&arena);
    return ferror(stdout) != 0;
}
