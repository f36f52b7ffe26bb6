/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "plugin/render/html_section.h"
#include "plugin/render/tell.h"

/* Tables: all that is not a sentence. */

/* ---- appliances x checks ---- */

size_t html_table_has_matrix(const struct report *report)
{
    return report->count;
}

/* Does anything but waived findings make ANSWER what it is? */
static bool only_waived(const struct report_result *answer)
{
    bool any = false;
    for (size_t i = 0; i < answer->result->finding_count; i++) {
        const struct finding *finding = answer->result->findings[i];
        if (result_weight(finding) != answer->state)
            continue;
        if (finding->waiver == NULL)
            return false;
        any = true;
    }
    return any;
}

static void put_square(const struct html *page, const struct report_result *answer)
{
    enum state state = answer->state;
    bool waived = only_waived(answer), linked = state > STATE_OK;
    html_put(page, "<td class=\"%s\">", waived ? "waived" : result_state_word(state));
    if (linked)
        html_put(page, "<a href=\"#%s\">",
                 waived ? "waived" : html_finding_place(page, state, answer->result->check));
    html_put(page, "<span aria-hidden=\"true\">%s</span><span class=\"unseen\">%s</span>",
             waived ? "w" : html_put_sign(state),
             waived ? "WARNING, waived" : result_state_label(state));
    html_put(page, linked ? "</a></td>" : "</td>");
}

static void put_legend(const struct html *page)
{
    html_put(page, "<p class=\"legend\">");
    for (int state = STATE_CRITICAL; state >= 0; state--)
        html_put_state(page, (enum state)state);
    html_put(page, "<span class=\"state waived\"><span aria-hidden=\"true\">w</span> WARNING, "
                   "waived</span></p>\n");
    html_put_fold(page, false, "What the checks ask");
    html_put(page, "<dl class=\"facts\">\n");
    for (size_t c = 0; c < page->check_count; c++) {
        html_put(page, "<div><dt>%s</dt><dd>", page->checks[c]->name);
        html_put_prose(page, page->checks[c]->title);
        html_put(page, "</dd></div>\n");
    }
    html_put(page, "</dl>\n");
    html_put_fold_end(page);
}

void html_table_matrix(const struct html *page)
{
    const struct report *report = page->report;
    const char **heads = arena_array(report->arena, page->check_count + 2, sizeof(*heads));
    heads[0] = "appliance";
    for (size_t c = 0; c < page->check_count; c++)
        heads[c + 1] = page->checks[c]->name;
    html_put_table(page, "matrix", "The state of each check on each appliance", heads);
    size_t next = 0;
    for (size_t n = 0; n < report->node_count; n++) {
        html_put(page, "<tr><th scope=\"row\">%s</th>", report->nodes[n].name);
        for (size_t c = 0; c < page->check_count; c++) {
            const struct report_result *answer =
                tell_cell(report, report->nodes[n].name, page->checks[c], &next);
            if (answer != NULL)
                put_square(page, answer);
            else
                html_put(page, "<td><span class=\"unseen\">not asked</span></td>");
        }
        html_put(page, "</tr>\n");
    }
    html_put_table_end(page);
    put_legend(page);
}

/* ---- clusters and versions ---- */

size_t html_table_has_clusters(const struct report *report)
{
    return report->cluster_count;
}

void html_table_clusters(const struct html *page)
{
    static const char *const heads[] = {"cluster", "state", "#size", "members", NULL};
    const struct report *report = page->report;
    html_put_table(page, "clusters", "Each cluster, by the checks that are about it", heads);
    for (size_t i = 0; i < report->cluster_count; i++) {
        const struct report_cluster *cluster = &report->clusters[i];
        html_put(page, "<tr><th scope=\"row\">%s</th><td>",
                 cluster->name == NULL ? "name not known" : cluster->name);
        html_put_state(page, cluster->state);
        html_put(page, "</td><td class=\"number\">%zu</td><td>", cluster->member_count);
        for (size_t m = 0; m < cluster->member_count; m++)
            html_put(page, "%s <span class=\"name\">%s</span>", m > 0 ? "," : "",
                     cluster->members[m]);
        html_put(page, "</td></tr>\n");
    }
    html_put_table_end(page);
}

size_t html_table_has_versions(const struct report *report)
{
    size_t known = 0;
    for (size_t n = 0; n < report->node_count; n++)
        known += report->nodes[n].after != NULL || report->nodes[n].before != NULL;
    return known;
}

static void put_version(const struct html *page, const struct report_node *node)
{
    html_put(page, "<tr><th scope=\"row\">%s</th>", node->name);
    html_put_cell(page, node->role == ROLE_SMA ? "SMA" : "ESA");
    html_put_cell(page, node->model);
    html_put_cell(page, node->serial);
    html_put_cell(page, node->before);
    html_put(page, "<td class=\"release\"><span aria-hidden=\"true\">→</span> ");
    if (node->after == NULL)
        html_put(page, "not known");
    else
        html_put(page, "<strong>%s</strong>", node->after);
    html_put(page, "</td>");
    if (node->expected == NULL)
        html_put_cell(page, NULL);
    else if (node->after != NULL && strcmp(node->after, node->expected) == 0)
        html_put(page, "<td class=\"release\"><span class=\"state ok\"><span "
                       "aria-hidden=\"true\">✓</span> as planned</span></td>");
    else
        html_put(page,
                 "<td class=\"release\"><span class=\"state critical\"><span "
                 "aria-hidden=\"true\">✕</span> planned: %s</span></td>",
                 node->expected);
    html_put(page, "</tr>\n");
}

void html_table_versions(const struct html *page)
{
    static const char *const heads[] = {"appliance", "role",  "model", "serial",
                                        "before",    "after", "plan",  NULL};
    html_put_table(page, "versions", "Releases before and after the change", heads);
    for (size_t n = 0; n < page->report->node_count; n++)
        put_version(page, &page->report->nodes[n]);
    html_put_table_end(page);
}

/* ---- the baseline ---- */

static size_t count_comparisons(const struct report *report, bool holds)
{
    size_t count = 0;
    for (size_t i = 0; i < report->count; i++)
        for (size_t c = 0; c < report->results[i].result->comparison_count; c++)
            count += report->results[i].result->comparisons[c].holds == holds;
    return count;
}

size_t html_table_has_comparisons(const struct report *report)
{
    return count_comparisons(report, false) + count_comparisons(report, true);
}

static void put_comparison(const struct html *page, const struct result *result,
                           const struct comparison *comparison)
{
    html_put(page, "<tr><th scope=\"row\">%s</th><td>%s</td>", result->node, result->check->name);
    html_put(page, comparison->instance == NULL ? "<td>%s</td>" : "<td>%s: %s</td>",
             comparison->spec->help, comparison->instance);
    html_put_cell(page, comparison->before);
    html_put_cell(page, comparison->after);
    html_put(page,
             "<td>%s</td><td class=\"name\"><span aria-hidden=\"true\">%s</span> %s</td></tr>\n",
             compare_op_label(comparison->spec->op), comparison->holds ? "=" : "≠",
             comparison->holds ? "holds" : "differs");
}

static void put_comparisons(const struct html *page, bool holds, const char *caption)
{
    static const char *const heads[] = {"appliance", "check",  "field",  "before",
                                        "after",     "wanted", "result", NULL};
    const struct report *report = page->report;
    html_put_table(page, holds ? "compared" : "compared differs", caption, heads);
    for (size_t i = 0; i < report->count; i++)
        for (size_t c = 0; c < report->results[i].result->comparison_count; c++)
            if (report->results[i].result->comparisons[c].holds == holds)
                put_comparison(page, report->results[i].result,
                               &report->results[i].result->comparisons[c]);
    html_put_table_end(page);
}

void html_table_comparisons(const struct html *page)
{
    struct arena *arena = page->report->arena;
    size_t held = count_comparisons(page->report, true);
    if (count_comparisons(page->report, false) > 0)
        put_comparisons(page, false, "Fields that are not as they were");
    else
        html_put(page, "<p>Every field is as it was.</p>\n");
    if (held == 0)
        return;
    html_put_fold(page, true, arena_printf(arena, "%zu fields that are as they were", held));
    put_comparisons(page, true, "Fields that are as they were");
    html_put_fold_end(page);
}

/* ---- waivers ---- */

size_t html_table_has_waivers(const struct report *report)
{
    return report->waiver_count + report_waived(report);
}

void html_table_waivers(const struct html *page)
{
    static const char *const heads[] = {"waiver", "lets pass", "reason", "approved by",
                                        "until",  "#used",     NULL};
    const struct report *report = page->report;
    if (report->waiver_count > 0)
        html_put_table(page, "waivers", "Exceptions that somebody has signed for", heads);
    for (size_t i = 0; i < report->waiver_count; i++) {
        const struct report_waiver *waiver = &report->waivers[i];
        html_put(page, "<tr><th scope=\"row\">%s</th><td>%s on %s: <q>%s</q></td>", waiver->name,
                 waiver->check, waiver->node, waiver->text);
        html_put_cell(page, waiver->reason);
        html_put_cell(page, waiver->approved_by);
        html_put(page, "<td class=\"time\">");
        html_put_time(page, waiver->expires);
        if (waiver->expired)
            html_put(page, " <span class=\"state warning\"><span aria-hidden=\"true\">!</span> "
                           "expired: lets nothing pass</span>");
        html_put(page, "</td><td class=\"number\">%zu</td></tr>\n", waiver->used);
    }
    if (report->waiver_count > 0)
        html_put_table_end(page);
    html_finding_put_waived(page);
}

/* ---- what all that rests on ---- */

void html_table_answers(const struct html *page)
{
    static const char *const heads[] = {"appliance", "check", "state", "answer", "as of", NULL};
    const struct report *report = page->report;
    html_put_fold(page, true,
                  arena_printf(report->arena, "%zu answers in one sentence each", report->count));
    html_put_table(page, "answers", "What each check says of each appliance", heads);
    for (size_t i = 0; i < report->count; i++) {
        const struct report_result *answer = &report->results[i];
        html_put(page, "<tr><th scope=\"row\">%s</th><td>%s</td><td>", answer->result->node,
                 answer->result->check->name);
        html_put_state(page, answer->state);
        html_put(page, "</td><td>%s</td>", answer->line);
        html_put_cell_time(page, answer->has_taken_at, answer->taken_at);
        html_put(page, "</tr>\n");
    }
    html_put_table_end(page);
    html_put_fold_end(page);
}

size_t html_table_has_documents(const struct report *report)
{
    return report->document_count;
}

void html_table_documents(const struct html *page)
{
    static const char *const heads[] = {"appliance", "document", "#bytes",
                                        "taken",     "SHA-256",  NULL};
    const struct report *report = page->report;
    html_put_fold(page, false,
                  arena_printf(report->arena, "%zu documents of this run", report->document_count));
    html_put_table(page, "documents", "Every answer that was kept, and those that did not come",
                   heads);
    for (size_t i = 0; i < report->document_count; i++) {
        const struct report_document *document = &report->documents[i];
        html_put(page, "<tr id=\"document-%zu\"><th scope=\"row\">%s</th>", i, document->node);
        html_put(page, "<td><code>%s</code></td><td class=\"number\">%zu</td>", document->id,
                 document->bytes);
        html_put_cell_time(page, document->has_taken_at, document->taken_at);
        if (document->fault != NULL)
            html_put(page, "<td>no answer: %s</td></tr>\n", document->fault);
        else
            html_put(page, "<td class=\"hash\">%s</td></tr>\n",
                     document->sha256 == NULL ? "not kept" : document->sha256);
    }
    html_put_table_end(page);
    html_put_fold_end(page);
}
