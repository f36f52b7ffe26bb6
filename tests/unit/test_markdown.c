/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rendered.h"

static const char *page_with_title(const char *title)
{
    struct report *report = sample("passing");
    report->plan.title = title;
    return rendered(report, "markdown");
}

static void escapes_what_would_be_active(void **state)
{
    (void)state;
    static const struct {
        const char *text, *escaped;
    } rows[] = {
        {"<b>&lt;</b>", "\\<b\\>\\&lt;\\</b\\>"},
        {"**a** _b_ `c` ~~d~~", "\\*\\*a\\*\\* \\_b\\_ \\`c\\` \\~\\~d\\~\\~"},
        {"[x](y) ![z](u)", "\\[x\\](y) \\!\\[z\\](u)"},
        {"a|b\\|c", "a\\|b\\\\\\|c"},
        {"http://x ftp://y a: b", "http\\://x ftp\\://y a: b"},
        {"www.x WwW.y ww.z", "www\\.x WwW\\.y ww.z"},
        {"a@b.example @@c #1", "a`@`b.example `@@`c `#`1"},
        {"`@`", "\\``@`\\`"},
        {"line\n# two\x1b[31m", "line `#` two \\[31m"},
        {"$x$ ${y} {{z}}", "\\$x\\$ \\$\\{y\\} \\{\\{z\\}\\}"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_says(page_with_title(rows[i].text),
                    arena_printf(&arena, "| Title | %s |\n", rows[i].escaped));
}

static void begins_with_the_verdict(void **state)
{
    (void)state;
    static const char passing[] =
        "# AsyncOS verification: SUCCESSFUL\n\n**Verdict: pass.** 3 appliances";
    static const char failing[] =
        "# AsyncOS verification: UNSUCCESSFUL\n\n**Verdict: fail.** 22 appliances";
    assert_true(text_starts(text_of(rendered(sample("passing"), "markdown")), passing));
    assert_true(text_starts(text_of(rendered(sample("failing"), "markdown")), failing));
    assert_silent(rendered(sample("passing"), "markdown"), "## What is wrong");
}

static void tells_each_thing_once_with_what_was_wanted(void **state)
{
    (void)state;
    const char *page = rendered(sample("failing"), "markdown");
    assert_int_equal(times(page, "2 settings differ"), 1);
    assert_says(page, "- **CRITICAL** version: runs 15.0.0-104, the others 15.0.3-002\n"
                      "  - *wanted:* 15.0.3-002\n"
                      "  - *found:* 15.0.0-104\n"
                      "  - *to do:* do not reconnect it: upgrade it to the build of the others\n"
                      "  - *seen in:* esa16.mx.example.com/cli/version.txt, line 3\n");
    assert_says(page, "- **WAIVED** alerts: new critical alert");
    assert_says(page, "  - *waived:* av-mirror: the mirror");
    assert_silent(page, "**CRITICAL** alerts");
}

static void puts_the_rest_into_tables(void **state)
{
    (void)state;
    const char *page = rendered(sample("failing"), "markdown");
    assert_says(page, "| esa16.mx.example.com | esa | C695 | dr-site | 14.2.0-620 → 15.0.0-104 | "
                      "15.0.3-002 |\n");
    assert_says(page, "| esa19.mx.example.com | esa | C695 | dr-site | 14.2.0-620 → not told | ");
    assert_says(page,
                "| esa07.mx.example.com | connstatus | members of the cluster | esa01 to esa10 "
                "| esa01 to esa06, esa09, esa10 | the same set |\n");
    assert_says(page,
                "| licence-renewal | licenses | \\* | \\*Anti-Spam expires\\* | the renewal is "
                "ordered, PO 4711 | C. Approver | 2026-03-06T00:00:00Z (expired) | 1 |\n");
    assert_says(page,
                "## Explained, and not failing\n\n- alerts: esa01.mx.example.com: new warning");
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_arena(escapes_what_would_be_active),
                                       with_arena(begins_with_the_verdict),
                                       with_arena(tells_each_thing_once_with_what_was_wanted),
                                       with_arena(puts_the_rest_into_tables)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
