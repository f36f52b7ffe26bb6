/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/render/html_section.h"
#include "plugin/render/html_style.h"
#include "plugin/render/render.h"
#include "plugin/render/tell.h"

/*
 * The report as one page for a change board: no script, nothing from outside, to be read on a
 * screen, on paper and by a screen reader. The order is that of domain.md 4.2.
 */

struct section {
    const char *id, *title;
    size_t (*has)(const struct report *report); /* 0: it is left out */
    void (*put)(const struct html *page);
};

static const struct section sections[] = {
    {"change", "Change", html_verdict_has_identity, html_verdict_identity},
    {"findings", "Open findings", html_finding_open, html_finding_put_open},
    {"matrix", "Appliances and checks", html_table_has_matrix, html_table_matrix},
    {"clusters", "Clusters", html_table_has_clusters, html_table_clusters},
    {"versions", "Versions", html_table_has_versions, html_table_versions},
    {"timeline", "Time line", html_timeline_has, html_timeline_put},
    {"mail", "Mail per minute", html_mail_has, html_mail_put},
    {"comparisons", "Compared with the baseline", html_table_has_comparisons,
     html_table_comparisons},
    {"waivers", "Waivers", html_table_has_waivers, html_table_waivers},
    {"explained", "Explained findings", html_finding_explained, html_finding_put_explained},
    {"answers", "All answers", html_table_has_matrix, html_table_answers},
    {"evidence", "Evidence", html_table_has_documents, html_table_documents},
    {"signoff", "Sign-off", html_verdict_has_signoff, html_verdict_signoff},
};

static const char *title_of(const struct report *report)
{
    if (report->change != NULL)
        return report->change;
    if (report->node_count == 1)
        return report->nodes[0].name;
    return arena_printf(report->arena, "%zu appliances", report->node_count);
}

static void put_head(const struct html *page)
{
    const struct report *report = page->report;
    html_put(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                   "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action "
                   "'none'\"/>\n"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                   "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
                   "<meta name=\"referrer\" content=\"no-referrer\"/>\n");
    html_put(page, "<title>%s: %s</title>\n<style>\n", title_of(report), report_close_code(report));
    (void)fputs(html_style, page->out);
    html_put(page, "</style>\n</head>\n");
}

static void put_navigation(const struct html *page)
{
    html_put(page, "<nav aria-label=\"Contents\">\n<ol>\n<li><a href=\"#verdict\">Verdict</a></li>"
                   "\n");
    for (size_t i = 0; i < CHECK_COUNT(sections); i++)
        if (sections[i].has(page->report) > 0)
            html_put(page, "<li><a href=\"#%s\">%s</a></li>\n", sections[i].id, sections[i].title);
    html_put(page, "</ol>\n</nav>\n");
}

void render_html_print(FILE *out, const struct report *report)
{
    struct html page = {.out = out, .report = report};
    page.checks = tell_columns(report, &page.check_count);
    put_head(&page);
    html_put(
        &page,
        "<body>\n<a class=\"skip\" href=\"#verdict\">To the verdict</a>\n<header>\n"
        "<p class=\"kind\">postcheck <span>%s</span> <span>times are UTC</span></p>\n<h1>%s</h1>\n",
        report->phase, title_of(report));
    if (report->plan.title != NULL)
        html_put(&page, "<p class=\"title\">%s</p>\n", report->plan.title);
    html_put(&page, "</header>\n");
    put_navigation(&page);
    html_put(&page, "<main>\n");
    html_verdict_box(&page);
    for (size_t i = 0; i < CHECK_COUNT(sections); i++) {
        if (sections[i].has(report) == 0)
            continue;
        html_put(&page, "<section id=\"%s\" aria-labelledby=\"%s-title\">\n", sections[i].id,
                 sections[i].id);
        html_put(&page, "<h2 id=\"%s-title\">%s</h2>\n", sections[i].id, sections[i].title);
        sections[i].put(&page);
        html_put(&page, "</section>\n");
    }
    html_put(&page,
             "</main>\n<footer><p>Written by postcheck %s.</p></footer>\n"
             "</body>\n</html>\n",
             report->tool_version);
}
