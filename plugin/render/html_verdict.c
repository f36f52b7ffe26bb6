/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "plugin/render/html_section.h"

/* Verdict first, sign-off last. */

/* For each verdict in the order of its exit code: its look, and what to write into the ticket. */
static const struct {
    enum state state;
    const char *close;
} verdicts[] = {
    {STATE_OK, "Successful"},
    {STATE_WARNING, "Successful with issues"},
    {STATE_CRITICAL, "Unsuccessful, unless what fails is put right and verified again"},
    {STATE_UNKNOWN, "none yet: the proof is not complete"},
};

/* Does ANSWER stand in the way of a signature? */
static bool blocks(const struct report_result *answer)
{
    return answer->state == STATE_CRITICAL ||
           (!answer->optional &&
            (answer->state == STATE_UNKNOWN || answer->state == STATE_PENDING));
}

/* How many appliances CHECK blocks the sign-off on, by STATE. */
static size_t count_blocking(const struct report *report, enum state state,
                             const struct check *check)
{
    size_t count = 0;
    for (size_t i = 0; i < report->count; i++) {
        const struct report_result *answer = &report->results[i];
        count += answer->state == state && answer->result->check == check && blocks(answer);
    }
    return count;
}

/* The checks that block by STATE, each with the number of appliances. */
static void put_blocking_state(const struct html *page, enum state state)
{
    size_t checks = 0;
    for (size_t c = 0; c < page->check_count; c++) {
        size_t count = count_blocking(page->report, state, page->checks[c]);
        if (count == 0)
            continue;
        if (checks++ == 0) {
            html_put(page, "<li>");
            html_put_state(page, state);
            html_put(page, "<div>");
        }
        html_put(page, " <span class=\"blocked\"><a href=\"#%s\">%s</a>",
                 html_finding_place(page, state, page->checks[c]), page->checks[c]->name);
        html_put(page, " on %zu</span>", count);
    }
    if (checks > 0)
        html_put(page, "</div></li>\n");
}

static void put_blocking(const struct html *page)
{
    const struct report *report = page->report;
    size_t count = 0;
    for (size_t i = 0; i < report->count; i++)
        count += blocks(&report->results[i]);
    if (report->only != NULL)
        html_put(page, "<p class=\"interrupted\">Only these checks were run: %s</p>\n",
                 report->only);
    if (report->alone)
        html_put(page, "<p class=\"interrupted\">There was no baseline: nothing can be called new "
                       "or lost</p>\n");
    if (report->interrupted != NULL)
        html_put(page, "<p class=\"interrupted\">This run did not come to its end: %s</p>\n",
                 report->interrupted);
    if (count == 0) {
        html_put(page, report->interrupted != NULL || report->count == 0
                           ? "<p>Nothing that was asked blocks the sign-off; what was not asked "
                             "does.</p>\n"
                           : "<p>Nothing blocks the sign-off.</p>\n");
        return;
    }
    html_put(
        page,
        "<h3>What blocks the sign-off, on how many appliances</h3>\n<ul class=\"blocking\">\n");
    for (int state = STATE_CRITICAL; state >= STATE_PENDING; state--)
        put_blocking_state(page, (enum state)state);
    html_put(page, "</ul>\n");
}

static void put_count(const struct html *page, const char *style, const char *sign,
                      const char *label, size_t count)
{
    html_put(page, "<div class=\"%s %s\"><dt><span aria-hidden=\"true\">%s</span> %s</dt>", style,
             count == 0 ? "none" : "some", sign, label);
    html_put(page, "<dd>%zu</dd></div>\n", count);
}

static void put_counts(const struct html *page)
{
    html_put(page, "<dl class=\"counts\">\n");
    for (int state = STATE_CRITICAL; state >= 0; state--)
        put_count(page, result_state_word((enum state)state), html_put_sign((enum state)state),
                  result_state_label((enum state)state),
                  report_count(page->report, (enum state)state));
    put_count(page, "waived", "w", "waived findings", report_waived(page->report));
    html_put(page, "</dl>\n");
}

void html_verdict_box(const struct html *page)
{
    const struct report *report = page->report;
    int code = report_verdict_code(report);
    html_put(page,
             "<section id=\"verdict\" class=\"verdict %s\" aria-labelledby=\"verdict-title\" "
             "tabindex=\"-1\">\n<h2 id=\"verdict-title\"><span aria-hidden=\"true\">%s</span> "
             "%s</h2>\n",
             result_state_word(verdicts[code].state), html_put_sign(verdicts[code].state),
             report_close_code(report));
    html_put(page, "<p class=\"sum\">%zu %s, %zu answers; verdict <code>%s</code>, ",
             report->node_count, report->node_count == 1 ? "appliance" : "appliances",
             report->count, report_verdict(report));
    html_put(page, "close code to propose: <strong>%s</strong></p>\n", verdicts[code].close);
    put_counts(page);
    put_blocking(page);
    html_put(page, "</section>\n");
}

/* ---- the change ---- */

size_t html_verdict_has_identity(const struct report *report)
{
    return report->change != NULL || report->run_operator != NULL || report->has_times ||
           report->plan.has_from || report->run_id != NULL;
}

static void put_period(const struct html *page, const char *term, bool has_from, int64_t from,
                       bool has_to, int64_t to)
{
    if (!has_from && !has_to)
        return;
    html_put(page, "<div><dt>%s</dt><dd>", term);
    if (has_from)
        html_put_time(page, from);
    html_put(page, " to ");
    if (has_to)
        html_put_time(page, to);
    if (has_from && has_to) {
        char span[32];
        html_put(page, " <span class=\"name\">(%s)</span>",
                 time_print_span(to - from, span, sizeof(span)));
    }
    html_put(page, "</dd></div>\n");
}

/* From the first to the last that was seen of the change itself. */
static void put_actual(const struct html *page)
{
    const struct report *report = page->report;
    bool any = false;
    int64_t from = 0, to = 0;
    for (size_t n = 0; n < report->node_count; n++) {
        const struct timeline *timeline = &report->nodes[n].timeline;
        for (size_t i = 0; i < timeline->event_count; i++) {
            int64_t at = timeline->events[i].at;
            if (strcmp(timeline->events[i].what, "verified") == 0)
                continue;
            from = !any || at < from ? at : from;
            to = !any || at > to ? at : to;
            any = true;
        }
    }
    if (!any)
        return;
    put_period(page, "Observed", true, from, true, to);
    if (report->plan.has_to && to > report->plan.to) {
        char span[32];
        html_put(page,
                 "<div><dt>Overrun</dt><dd class=\"late\">the last step was %s after the end "
                 "of the window</dd></div>\n",
                 time_print_span(to - report->plan.to, span, sizeof(span)));
    }
}

void html_verdict_identity(const struct html *page)
{
    const struct report *report = page->report;
    const struct report_plan *plan = &report->plan;
    html_put(page, "<dl class=\"facts\">\n");
    html_put_entry(page, "Change", report->change);
    html_put_entry(page, "Requester", plan->requester);
    html_put_entry(page, "Approved by", plan->approved_by);
    html_put_entry_time(page, "Approved", plan->has_approved_at, plan->approved_at);
    html_put_entry(page, "Implementer", plan->implementer);
    html_put_entry(page, "Reviewer", plan->reviewer);
    put_period(page, "Planned", plan->has_from, plan->from, plan->has_to, plan->to);
    put_actual(page);
    put_period(page, "Verified", report->has_times, report->started_at, report->has_times,
               report->ended_at);
    html_put_entry(page, "Operator", report->run_operator);
    html_put_entry(page, "Run", report->run_id);
    html_put_entry(page, "Tool", arena_printf(report->arena, "postcheck %s", report->tool_version));
    html_put(page, "</dl>\n");
}

/* ---- the signature ---- */

size_t html_verdict_has_signoff(const struct report *report)
{
    return report->seal_count;
}

static void put_line(const struct html *page, const char *role, const char *name)
{
    html_put(page, "<div><dt>%s</dt><dd>%s</dd></div>\n", role, name);
}

void html_verdict_signoff(const struct html *page)
{
    static const char *const heads[] = {"file of the run", "SHA-256", NULL};
    const struct report *report = page->report;
    html_put_table(page, "seals", "What is signed, by its hash", heads);
    for (size_t i = 0; i < report->seal_count; i++) {
        html_put(page, "<tr><th scope=\"row\">%s</th>", report->seals[i].name);
        html_put(page, "<td class=\"hash\">%s</td></tr>\n", report->seals[i].sha256);
    }
    html_put_table_end(page);
    html_put(page, "<dl class=\"facts\">\n");
    html_put_entry(page, "Run", report->run_id);
    html_put_entry_time(page, "Judged for", report->has_judged_at, report->judged_at);
    if (report->previous != NULL) {
        html_put(page, "<div><dt>Run before</dt><dd>%s <span class=\"hash\">%s</span></dd></div>\n",
                 report->previous, report->previous_sha256);
    }
    html_put(page, "</dl>\n<dl class=\"signatures\">\n");
    put_line(page, "Verifier", report->run_operator);
    put_line(page, "Date", "");
    put_line(page, "Reviewer", report->plan.reviewer);
    put_line(page, "Date", "");
    html_put(page, "</dl>\n");
}
