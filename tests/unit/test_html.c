/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <stdio.h>
#include <stdlib.h>

#include "plugin/render/render.h"
#include "tests/unit/report_sample.h"

/*
 * With a folder as its argument the program writes the sample pages there, for the browser
 * (tests/live/browser.sh), and tests nothing.
 */

static const char *printed(const struct report *report)
{
    char *bytes = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&bytes, &n);
    assert_non_null(out);
    render_find("html")->print(out, report);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(strlen(bytes), n);
    const char *copy = arena_dup(&arena, (struct span){bytes, n});
    free(bytes);
    return copy;
}

static struct report *sample(const char *name)
{
    for (const struct report_sample *row = report_samples; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0)
            return row->make(&arena);
    fail_msg("no sample %s", name);
    return NULL;
}

/* ---- the page as a tree ---- */

static xmlDoc *tree_of(const char *page)
{
    xmlDoc *tree = xmlReadMemory(page, (int)strlen(page), "page", NULL, XML_PARSE_NONET);
    assert_non_null(tree); /* libxml2 says on stderr what is not well-formed */
    return tree;
}

/* The value of an XPath expression, which gives a number or a boolean. */
static int value(xmlDoc *tree, const char *expression)
{
    xmlXPathContext *context = xmlXPathNewContext(tree);
    xmlXPathObject *object = xmlXPathEvalExpression((const xmlChar *)expression, context);
    assert_non_null(object);
    int number = (int)xmlXPathCastToNumber(object);
    xmlXPathFreeObject(object);
    xmlXPathFreeContext(context);
    return number;
}

static void is_true_of(xmlDoc *tree, const char *const *expressions)
{
    for (size_t i = 0; expressions[i] != NULL; i++)
        if (value(tree, expressions[i]) != 1)
            fail_msg("does not hold: %s", expressions[i]);
}

/* ---- what holds for every page ---- */

static const char *const always[] = {
    "count(/html/head/title) = 1",
    "/html/@lang = 'en'",
    "contains(//meta[@http-equiv = 'Content-Security-Policy']/@content, \"default-src 'none'\")",
    "count(//h1) = 1",
    "count(//main) = 1 and count(//header) = 1 and count(//nav) = 1 and count(//footer) = 1",
    "name(//main/*[1]) = 'section' and //main/*[1]/@id = 'verdict'",
    "count(//script | //img | //iframe | //object | //embed | //link | //form | //base) = 0",
    "count(//@*[starts-with(name(), 'on')]) = 0",
    "count(//@style | //@src) = 0",
    "count(//@href[not(starts-with(., '#'))]) = 0",                          /* no way out */
    "count(//@href[not(substring-after(., '#') = //@id)]) = 0",              /* none into nothing */
    "count(//@id[. = ../following::*/@id or . = ../descendant::*/@id]) = 0", /* no id twice */
    "count(//table[not(caption)]) = 0",
    "count(//th[not(@scope)]) = 0",
    "count(//svg[@role = 'img' and not(@aria-labelledby)]) = 0",
    "count(//svg[not(@role = 'img') and not(@aria-hidden)]) = 0",
    "count(//*[@aria-labelledby and not(//@id = substring-before(concat(@aria-labelledby, ' '), "
    "' '))]) = 0",
    "count(//section[not(h2)]) = 0",
    "count(//h3[not(preceding::h2)]) = 0",
    "count(//*[contains(@class, 'state') and string-length(normalize-space(.)) < 3]) = 0",
    NULL,
};

static void every_page_is_sound(void **state)
{
    (void)state;
    for (const struct report_sample *row = report_samples; row->name != NULL; row++) {
        xmlDoc *tree = tree_of(printed(row->make(&arena)));
        is_true_of(tree, always);
        xmlFreeDoc(tree);
    }
}

static void is_the_same_twice(void **state)
{
    (void)state;
    for (const struct report_sample *row = report_samples; row->name != NULL; row++) {
        const char *first = printed(row->make(&arena));
        assert_string_equal(first, printed(row->make(&arena)));
    }
}

/* ---- what stands on them ---- */

static void tells_of_a_passing_change(void **state)
{
    static const char *const wanted[] = {
        "normalize-space(//h2[1]) = '✓ SUCCESSFUL'",
        "contains(//section[@id = 'verdict'], 'Nothing blocks the sign-off')",
        "contains(//section[@id = 'change'], 'Change advisory board')",
        "count(//section[@id = 'findings']) = 0",
        "count(//a[@href = '#findings']) = 0",
        "count(//table[contains(@class, 'matrix')]/tbody/tr) = 3",
        "count(//section[@id = 'timeline']//svg[@role = 'img']) = 3",
        "count(//figure) = 2",
        "contains(//figure[1]/figcaption, 'silent for 49 min from 2026-03-08 01:00:00')",
        "count(//section[@id = 'explained']//details) = 1",
        "contains(//section[@id = 'explained'], 'the reboot of esa1.example.com')",
        "count(//section[@id = 'waivers']) = 0",
        "count(//table[contains(@class, 'documents')]/tbody/tr) = 12",
        "count(//table[contains(@class, 'seals')]/tbody/tr) = 4",
        "contains(//dl[@class = 'signatures'], 'B. Sample')",
        NULL,
    };
    (void)state;
    xmlDoc *tree = tree_of(printed(sample("passing")));
    is_true_of(tree, wanted);
    xmlFreeDoc(tree);
}

static void tells_of_a_failing_night(void **state)
{
    static const char *const wanted[] = {
        "normalize-space(//h2[1]) = '✕ UNSUCCESSFUL'",
        "contains(//ul[@class = 'blocking']/li[1], 'clustercheck')",
        "count(//ul[@class = 'blocking']/li[contains(., 'WARNING')]) = 0",
        "contains(//article[1]/@class, 'critical')",
        "count(//article[@id = 'critical-connstatus']/ul/li) = 2",
        "count(//article[@id = 'critical-connstatus']//div[@class = 'hint']) = 1",
        "contains(//article[@id = 'critical-status'], 'wanted')",
        "contains(//article[@id = 'critical-status'], 'Receiving suspended')",
        "contains(//article[@id = 'critical-status']//a, 'cli/status.txt, line 5')",
        "count(//article[@id = 'pending-tracking']) = 1",
        "count(//article[preceding::article[@id = 'pending-tracking'] and "
        "starts-with(@id, 'critical-')]) = 0",
        "count(//table[contains(@class, 'matrix')]/tbody/tr) = 22",
        "count(//table[contains(@class, 'matrix')]//td[contains(@class, 'waived')]) = 1",
        "count(//section[@id = 'waivers']//article) = 1",
        "contains(//section[@id = 'waivers']//article, 'rebuilt until Tuesday')",
        "count(//table[contains(@class, 'waivers')]//span[contains(., 'expired')]) = 1",
        "contains(//section[@id = 'versions'], 'planned: 15.0.3-002')",
        "count(//section[@id = 'comparisons']//table[contains(@class, 'differs')]) = 1",
        "contains(//section[@id = 'change'], 'after the end of the window')",
        "contains(//section[@id = 'timeline'], 'still down')",
        "count(//figcaption[contains(., 'no mail after 2026-03-07 23:35:00')]) = 1",
        "count(//figcaption[contains(., 'no mail after')]) = 2",
        "contains(//section[@id = 'signoff'], 'verify-20260308T020000Z')",
        NULL,
    };
    (void)state;
    xmlDoc *tree = tree_of(printed(sample("failing")));
    is_true_of(tree, wanted);
    xmlFreeDoc(tree);
}

/* Whatever a text says, it stays text: no element, no attribute, no control character. */
static void nothing_hostile_comes_through(void **state)
{
    static const char *const forbidden[] = {
        "<script",      "<img",         "</style></svg>", "\033",       "\x01",
        "\xe2\x80\xae", "\xef\xbf\xbf", "\xff",           "onerror=\"", NULL};
    (void)state;
    const char *page = printed(sample("hostile"));
    for (size_t i = 0; forbidden[i] != NULL; i++)
        if (strstr(page, forbidden[i]) != NULL)
            fail_msg("comes through: %s", forbidden[i]);
    assert_non_null(strstr(page, "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x "
                                 "onerror=&quot;alert(2)&quot;&gt;"));
    assert_true(strlen(page) < 4 << 20); /* a megabyte in a name is not a megabyte per mention */
}

/* A template cannot be told to read more than it was given: %s in a text is text. */
static void a_text_is_no_template(void **state)
{
    (void)state;
    assert_non_null(strstr(printed(sample("hostile")), "${x} %s%n"));
}

static void a_single_look_has_what_it_knows(void **state)
{
    static const char *const wanted[] = {
        "contains(//h2[1], 'INCOMPLETE')",
        "count(//section) = 1",
        "contains(//section, 'what was not asked does')",
        NULL,
    };
    (void)state;
    struct report report = {.arena = &arena, .tool_version = "0.1.0", .phase = "replay"};
    xmlDoc *tree = tree_of(printed(&report));
    is_true_of(tree, wanted);
    xmlFreeDoc(tree);
}

/* A word that the time line may say has a mark and a label of its own. */
static void knows_every_word_of_a_time_line(void **state)
{
    struct report *report = sample("passing");
    struct timeline *timeline = &report->nodes[0].timeline;
    (void)state;
    timeline->event_count = 0;
    for (size_t i = 0; timeline_words[i] != NULL; i++) {
        timeline->events = arena_push(&arena, timeline->events, i, sizeof(*timeline->events));
        timeline->events[timeline->event_count++] = (struct timeline_event){
            REPORT_SAMPLE_MIDNIGHT + (int64_t)i * 60, timeline_words[i], "watch", 0, true};
    }
    const char *page = printed(report);
    assert_null(strstr(page, "•"));
    for (size_t i = 0; timeline_words[i] != NULL; i++)
        assert_true(strchr(timeline_words[i], '_') == NULL ||
                    strstr(page, timeline_words[i]) == NULL);
}

/* Only a start is known: it was not in service because nothing else was said, nor for how long. */
static void draws_nothing_from_silence(void **state)
{
    static const char *const wanted[] = {
        "count(//section[@id = 'timeline']//tbody/tr[1]//rect[@class = 'service']) = 0",
        "count(//section[@id = 'timeline']//tbody/tr[1]//rect[@class = 'down']) = 0",
        "contains(//section[@id = 'timeline']//tbody/tr[1]/td[2], 'not known')",
        "contains(//section[@id = 'timeline']//tbody/tr[1]/td[3], 'not known')",
        "count(//section[@id = 'timeline']//tbody/tr[2]//rect[@class = 'service']) > 0",
        NULL,
    };
    struct report *report = sample("passing");
    struct timeline *timeline = &report->nodes[0].timeline;
    (void)state;
    timeline->events[0] = (struct timeline_event){REPORT_SAMPLE_MIDNIGHT, "up", "watch", 0, true};
    timeline->event_count = 1;
    xmlDoc *tree = tree_of(printed(report));
    is_true_of(tree, wanted);
    xmlFreeDoc(tree);
}

/* Many checks that lack one document are one thing to read, and all their links lead there. */
static void says_one_cause_once(void **state)
{
    static const char *const wanted[] = {
        "count(//article[contains(h3, 'UNKNOWN no answer')]/ul/li[contains(., '192.0.2.29')]) = 1",
        "count(//*[@id = 'findings']//*[@id = 'unknown-workqueue']) = 1",
        "count(//table[contains(@class, 'matrix')]//a[@href = '#unknown-workqueue']) = 1",
        NULL,
    };
    (void)state;
    xmlDoc *tree = tree_of(printed(sample("failing")));
    is_true_of(tree, wanted);
    xmlFreeDoc(tree);
}

static int write_pages(const char *folder)
{
    arena_init(&arena, NULL);
    for (const struct report_sample *row = report_samples; row->name != NULL; row++) {
        FILE *out = fopen(arena_printf(&arena, "%s/%s.html", folder, row->name), "w");
        if (out == NULL)
            return 1;
        render_find("html")->print(out, row->make(&arena));
        if (fclose(out) != 0)
            return 1;
    }
    arena_free(&arena);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        with_arena(every_page_is_sound),
        with_arena(is_the_same_twice),
        with_arena(tells_of_a_passing_change),
        with_arena(tells_of_a_failing_night),
        with_arena(nothing_hostile_comes_through),
        with_arena(a_text_is_no_template),
        with_arena(knows_every_word_of_a_time_line),
        with_arena(draws_nothing_from_silence),
        with_arena(says_one_cause_once),
        with_arena(a_single_look_has_what_it_knows),
    };
    return argc == 2 ? write_pages(argv[1]) : cmocka_run_group_tests(tests, NULL, NULL);
}
