/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "plugin/render/html_section.h"

/* Findings: those that need a name against them, waived ones, explained ones. */

/* So many of one check and state stand open, the others folded below them. */
enum { MAX_OPEN = 25 };

static bool is_open(const struct finding *finding)
{
    return finding->state > STATE_OK && finding->waiver == NULL;
}

static bool is_waived(const struct finding *finding)
{
    return finding->waiver != NULL;
}

static bool is_explained(const struct finding *finding)
{
    return finding->explained_by != NULL && !is_open(finding) && !is_waived(finding);
}

static size_t count_of(const struct report *report, bool (*wanted)(const struct finding *finding))
{
    size_t count = 0;
    for (size_t i = 0; i < report->count; i++)
        for (size_t f = 0; f < report->results[i].result->finding_count; f++)
            count += wanted(report->results[i].result->findings[f]);
    return count;
}

size_t html_finding_open(const struct report *report)
{
    return count_of(report, is_open);
}

size_t html_finding_explained(const struct report *report)
{
    return count_of(report, is_explained);
}

const char *html_finding_place(const struct html *page, enum state state, const struct check *check)
{
    return arena_printf(page->report->arena, "%s-%s", result_state_word(state), check->name);
}

/* Is EVIDENCE of NODE this document? It names the appliance only when that is another one. */
static bool is_source(const struct report_document *document, const char *node, const char *id)
{
    size_t n = strlen(document->node);
    if (strncmp(id, document->node, n) == 0 && id[n] == '/')
        return strcmp(id + n + 1, document->id) == 0;
    return strcmp(document->node, node) == 0 && strcmp(document->id, id) == 0;
}

static void put_evidence(const struct html *page, const struct report_result *answer,
                         const struct evidence *evidence)
{
    const struct report *report = page->report;
    size_t d = 0;
    while (d < report->document_count &&
           !is_source(&report->documents[d], answer->result->node, evidence->document))
        d++;
    bool kept = d < report->document_count;
    html_put(page, "<div><dt>evidence</dt><dd>");
    if (kept)
        html_put(page, "<a href=\"#document-%zu\">", d);
    html_put(page, "<code>%s</code>", evidence->document);
    if (evidence->line > 0)
        html_put(page, ", line %u", evidence->line);
    html_put(page, kept ? "</a>" : "");
    if (kept && report->documents[d].has_taken_at) {
        html_put(page, " <span class=\"aside\">taken ");
        html_put_time(page, report->documents[d].taken_at);
        html_put(page, "</span>");
    } else if (answer->has_taken_at) {
        html_put(page, " <span class=\"aside\">newest of this check: ");
        html_put_time(page, answer->taken_at);
        html_put(page, "</span>");
    }
    html_put(page, "</dd></div>\n");
}

static void put_waiver(const struct html *page, const char *name)
{
    const struct report_waiver *waiver = report_waiver(page->report, name);
    html_put(page, "<div><dt>waiver</dt><dd>%s", name);
    if (waiver != NULL)
        html_put(page, ": %s <span class=\"aside\">approved by %s</span>", waiver->reason,
                 waiver->approved_by);
    html_put(page, "</dd></div>\n");
}

/* A finding below its check. A hint that stands above already is not said again. */
static void put_finding(const struct html *page, const struct report_result *answer,
                        const struct finding *finding, const char **last_hint)
{
    html_put(page, "<li>\n<p class=\"who\">%s</p>\n<div class=\"what\">\n<p>%s",
             answer->result->node, finding->text);
    if (finding->follows)
        html_put(page, " <span class=\"aside\">follows from another finding</span>");
    html_put(page, "</p>\n<dl>\n");
    html_put_entry(page, "wanted", finding->wanted);
    html_put_entry(page, "found", finding->found);
    html_put_entry(page, "explained by", finding->explained_by);
    if (finding->waiver != NULL)
        put_waiver(page, finding->waiver);
    if (finding->hint != NULL && finding->hint != *last_hint)
        html_put(page, "<div class=\"hint\"><dt>to do</dt><dd>%s</dd></div>\n", finding->hint);
    *last_hint = finding->hint;
    if (finding->evidence.document != NULL)
        put_evidence(page, answer, &finding->evidence);
    html_put(page, "</dl>\n</div>\n</li>\n");
}

/* All findings of CHECK in STATE that are WANTED, below a heading. */
static void put_group(const struct html *page, enum state state, const struct check *check,
                      bool (*wanted)(const struct finding *finding))
{
    const struct report *report = page->report;
    const char *last_hint = NULL;
    size_t count = 0;
    for (size_t i = 0; i < report->count; i++) {
        const struct report_result *answer = &report->results[i];
        if (answer->result->check != check)
            continue;
        for (size_t f = 0; f < answer->result->finding_count; f++) {
            const struct finding *finding = answer->result->findings[f];
            if (finding->state != state || !wanted(finding))
                continue;
            if (count == 0) {
                html_put(page, "<article class=\"group %s\"", result_state_word(state));
                if (wanted == is_open)
                    html_put(page, " id=\"%s\"", html_finding_place(page, state, check));
                html_put(page, ">\n<h3>");
                html_put_state(page, state);
                html_put(page, " %s <span class=\"question\">%s</span></h3>\n<ul>\n", check->name,
                         check->title);
            } else if (count == MAX_OPEN) {
                html_put(page, "</ul>\n");
                html_put_fold(page, "More of the same");
                html_put(page, "<ul>\n");
            }
            put_finding(page, answer, finding, &last_hint);
            count++;
        }
    }
    if (count > 0)
        html_put(page, "</ul>\n");
    if (count > MAX_OPEN)
        html_put_fold_end(page);
    if (count > 0)
        html_put(page, "</article>\n");
}

static void put_all(const struct html *page, bool (*wanted)(const struct finding *finding))
{
    for (int state = STATE_CRITICAL; state >= 0; state--)
        for (size_t c = 0; c < page->check_count; c++)
            put_group(page, (enum state)state, page->checks[c], wanted);
}

void html_finding_put_open(const struct html *page)
{
    put_all(page, is_open);
}

void html_finding_put_waived(const struct html *page)
{
    if (report_waived(page->report) == 0)
        return;
    html_put(page, "<p id=\"waived\">What they let pass counts as WARNING, never as OK:</p>\n");
    put_all(page, is_waived);
}

void html_finding_put_explained(const struct html *page)
{
    html_put_fold(page, arena_printf(page->report->arena,
                                     "%zu observed that would count, had nothing explained them",
                                     html_finding_explained(page->report)));
    put_all(page, is_explained);
    html_put_fold_end(page);
}
