/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <string.h>

#include "checks/registry.h"
#include "plugin/render/render.h"
#include "plugin/render/tell.h"
#include "plugin/render/things.h"

/*
 * GitHub-flavoured Markdown for tickets and merge requests: the verdict first, then what is wrong,
 * then tables. No HTML of ours, and none of an appliance.
 */

enum { MAX_THINGS = 200, MAX_ROWS = 200 };

/* ---- text in which nothing is active ---- */

/*
 * What would be Markdown, HTML, a table's border, an emoji or a formula loses that by a backslash.
 * A backslash does not stop mail addresses, @mentions and #references, which are made into links
 * after Markdown has been read: '@' and '#' stand in code. Links without brackets need their
 * "://" or "www.".
 */
static void put(FILE *out, const struct report *report, const char *text)
{
    const char *clean = tell_clean(report->arena, text);
    for (const char *p = clean; *p != '\0'; p++) {
        size_t marks = strspn(p, "@#");
        bool colon = *p == ':' && p[1] == '/';
        bool dot = *p == '.' && p - clean >= 3 && tolower((unsigned char)p[-1]) == 'w' &&
                   tolower((unsigned char)p[-2]) == 'w' && tolower((unsigned char)p[-3]) == 'w';
        if (marks > 0) {
            (void)fprintf(out, "`%.*s`", (int)marks, p);
            p += marks - 1;
            continue;
        }
        if (colon || dot || strchr("\\`*_[]<>&~|!${}", *p) != NULL)
            (void)fputc('\\', out);
        (void)fputc(*p, out);
    }
}

static void put_all(FILE *out, const struct report *report, const char *before, const char *text,
                    const char *after)
{
    (void)fputs(before, out);
    put(out, report, text);
    (void)fputs(after, out);
}

/* "WHAT: TEXT" below an item of a list; nothing when there is no TEXT. */
static void item(FILE *out, const struct report *report, const char *what, const char *text)
{
    if (text == NULL || *text == '\0')
        return;
    (void)fprintf(out, "  - *%s:* ", what);
    put_all(out, report, "", text, "\n");
}

static void cell(FILE *out, const struct report *report, const char *text)
{
    put_all(out, report, " ", text == NULL ? "" : text, " |");
}

/* The heading of a table, NAMES being "A | B | C", and the line below it. */
static void heads(FILE *out, const char *names)
{
    (void)fprintf(out, "| %s |\n|", names);
    for (const char *p = names; p != NULL; p = strchr(p + 1, '|'))
        (void)fputs(" --- |", out);
    (void)fputc('\n', out);
}

static void left_out(FILE *out, size_t shown, size_t max)
{
    if (shown > max)
        (void)fprintf(out, "\nThe report in JSON has %zu more.\n", shown - max);
}

static void put_head(FILE *out, const struct report *report)
{
    (void)fprintf(out, "# AsyncOS verification: %s\n\n", report_close_code(report));
    (void)fprintf(out, "**Verdict: %s.** %zu appliance%s, %zu answer%s", report_verdict(report),
                  report->node_count, report->node_count == 1 ? "" : "s", report->count,
                  report->count == 1 ? "" : "s");
    if (report->count > 0)
        (void)fprintf(out, ": %s", tell_counts(report));
    (void)fputs(".\n", out);
    if (report->change != NULL)
        put_all(out, report, "\n**Change:** ", report->change, "");
    if (report->change != NULL && report->plan.title != NULL)
        put_all(out, report, ", ", report->plan.title, "");
    if (report->change != NULL)
        (void)fputc('\n', out);
    if (report->only != NULL)
        put_all(out, report, "\n**Only these checks were run:** ", report->only, "\n");
    if (report->alone)
        (void)fputs("\n**There was no baseline:** nothing can be called new or lost\n", out);
    if (report->interrupted != NULL)
        put_all(out, report, "\n**The run ended early:** ", report->interrupted, "\n");
}

/* ---- what is wrong ---- */

static void put_thing(FILE *out, const struct report *report, const struct thing *thing)
{
    const struct finding *finding = thing->finding;
    (void)fprintf(out, "- **%s** %s: ", tell_label(finding), thing->checks);
    put_all(out, report, "", thing->what, "\n");
    if (thing->alike) {
        item(out, report, "wanted", finding->wanted);
        item(out, report, "found", finding->found);
    }
    item(out, report, "waived", tell_waiver(report, finding));
    item(out, report, "explained by", finding->explained_by);
    item(out, report, "to do", finding->hint);
    item(out, report, "seen in", thing->places);
}

static void put_findings(FILE *out, const struct report *report)
{
    size_t count;
    const struct thing *things = things_of(report, &count);
    if (count > 0)
        (void)fputs("\n## What is wrong\n\n", out);
    for (size_t i = 0; i < count && i < MAX_THINGS; i++)
        put_thing(out, report, &things[i]);
    left_out(out, count, MAX_THINGS);
}

/* ---- tables ---- */

static void put_matrix(FILE *out, const struct report *report)
{
    size_t count, next = 0, fine = 0;
    const struct check **used = tell_columns(report, &count);
    const char *names = "Appliance";
    if (count == 0)
        return;
    for (size_t c = 0; c < count; c++)
        names = arena_printf(report->arena, "%s | %s", names, used[c]->name);
    (void)fputs("\n## Appliances and checks\n\n", out);
    heads(out, names);
    for (size_t i = 0; i < report->node_count; i++) {
        const struct report_node *node = &report->nodes[i];
        const bool shown = report->node_count <= MAX_ROWS || node->state > STATE_OK;
        fine += !shown;
        if (shown)
            put_all(out, report, "| ", node->name, " |");
        for (size_t c = 0; c < count; c++) {
            const struct report_result *answer = tell_cell(report, node->name, used[c], &next);
            const enum state state = answer == NULL ? STATE_OK : answer->state;
            const char *strong = state > STATE_OK ? "**" : "";
            if (shown)
                (void)fprintf(out, " %s%s%s |", strong,
                              answer == NULL ? "-" : result_state_label(state), strong);
        }
        if (shown)
            (void)fputc('\n', out);
    }
    if (fine > 0)
        (void)fprintf(out, "\n%zu appliances on which every check passed have no row.\n", fine);
}

static void put_versions(FILE *out, const struct report *report)
{
    bool any = false;
    for (size_t i = 0; i < report->node_count; i++) {
        const struct report_node *node = &report->nodes[i];
        any |= node->before != NULL || node->after != NULL || node->expected != NULL;
    }
    if (!any)
        return;
    (void)fputs("\n## Versions\n\n", out);
    heads(out, "Appliance | Role | Model | Cluster | Before → after | Expected");
    for (size_t i = 0; i < report->node_count; i++) {
        const struct report_node *node = &report->nodes[i];
        const char *before = node->before == NULL ? "not told" : node->before;
        const char *after = node->after == NULL ? "not told" : node->after;
        (void)fputc('|', out);
        cell(out, report, node->name);
        cell(out, report, node->role == ROLE_SMA ? "sma" : "esa");
        cell(out, report, node->model);
        cell(out, report, node->cluster);
        cell(out, report, arena_printf(report->arena, "%s → %s", before, after));
        cell(out, report, node->expected);
        (void)fputc('\n', out);
    }
}

static void put_comparisons(FILE *out, const struct report *report)
{
    size_t shown = 0;
    for (size_t i = 0; i < report->count; i++) {
        const struct result *result = report->results[i].result;
        for (size_t c = 0; c < result->comparison_count; c++) {
            const struct comparison *comparison = &result->comparisons[c];
            if (comparison->holds || shown++ >= MAX_ROWS)
                continue;
            if (shown == 1) {
                (void)fputs("\n## Not as in the baseline\n\n", out);
                heads(out, "Appliance | Check | What | Before | After | Wanted");
            }
            (void)fputc('|', out);
            cell(out, report, result->node);
            cell(out, report, result->check->name);
            cell(out, report, tell_compared(report->arena, comparison));
            cell(out, report, comparison->before == NULL ? "not told" : comparison->before);
            cell(out, report, comparison->after == NULL ? "not told" : comparison->after);
            cell(out, report, compare_op_label(comparison->spec->op));
            (void)fputc('\n', out);
        }
    }
    left_out(out, shown, MAX_ROWS);
}

static void put_waivers(FILE *out, const struct report *report)
{
    if (report->waiver_count == 0)
        return;
    (void)fputs("\n## Waivers\n\n", out);
    heads(out, "Waiver | Check | Appliance | Text | Reason | Approved by | Until | Findings");
    for (size_t i = 0; i < report->waiver_count; i++) {
        const struct report_waiver *waiver = &report->waivers[i];
        const char *until = tell_time(report->arena, true, waiver->expires);
        (void)fputc('|', out);
        cell(out, report, waiver->name);
        cell(out, report, waiver->check);
        cell(out, report, waiver->node);
        cell(out, report, waiver->text);
        cell(out, report, waiver->reason);
        cell(out, report, waiver->approved_by);
        cell(out, report,
             waiver->expired ? arena_printf(report->arena, "%s (expired)", until) : until);
        (void)fprintf(out, " %zu |\n", waiver->used);
    }
}

static void put_explained(FILE *out, const struct report *report)
{
    size_t shown = 0;
    for (size_t i = 0; i < report->count; i++) {
        const struct result *result = report->results[i].result;
        for (size_t f = 0; f < result->finding_count; f++) {
            const struct finding *finding = result->findings[f];
            if (!tell_is_explained(finding) || shown++ >= MAX_ROWS)
                continue;
            if (shown == 1)
                (void)fputs("\n## Explained, and not failing\n\n", out);
            (void)fprintf(out, "- %s: ", result->check->name);
            put_all(out, report, "", tell_named(report->arena, result->node, finding->text), "\n");
            item(out, report, "explained by", finding->explained_by);
            item(out, report, "seen in", tell_source(report->arena, finding));
        }
    }
    left_out(out, shown, MAX_ROWS);
}

/* ---- which run it was ---- */

static const char *span_of(struct arena *arena, const char *from, const char *to)
{
    if (from == NULL && to == NULL)
        return NULL;
    return arena_printf(arena, "%s to %s", from == NULL ? "not told" : from,
                        to == NULL ? "not told" : to);
}

static void row(FILE *out, const struct report *report, const char *label, const char *text)
{
    if (text == NULL)
        return;
    (void)fprintf(out, "| %s |", label);
    cell(out, report, text);
    (void)fputc('\n', out);
}

static void put_identity(FILE *out, const struct report *report)
{
    struct arena *arena = report->arena;
    const struct report_plan *plan = &report->plan;
    const char *approved = plan->approved_by;
    if (approved != NULL && plan->has_approved_at)
        approved =
            arena_printf(arena, "%s, %s", approved, tell_time(arena, true, plan->approved_at));
    (void)fputs("\n## Run\n\n", out);
    heads(out, "What | As told or measured");
    row(out, report, "Change", report->change);
    row(out, report, "Title", plan->title);
    row(out, report, "Requester", plan->requester);
    row(out, report, "Approved by", approved);
    row(out, report, "Implementer", plan->implementer);
    row(out, report, "Reviewer", plan->reviewer);
    row(out, report, "Planned",
        span_of(arena, tell_time(arena, plan->has_from, plan->from),
                tell_time(arena, plan->has_to, plan->to)));
    row(out, report, "Verified",
        span_of(arena, tell_time(arena, report->has_times, report->started_at),
                tell_time(arena, report->has_times, report->ended_at)));
    row(out, report, "Run", report->run_id);
    row(out, report, "Phase", report->phase);
    row(out, report, "Operator", report->run_operator);
    row(out, report, "Run before", report->previous);
    row(out, report, "Tool", arena_printf(arena, "postcheck %s", report->tool_version));
    for (size_t i = 0; i < report->seal_count; i++)
        row(out, report, "SHA-256",
            arena_printf(arena, "%s %s", report->seals[i].name, report->seals[i].sha256));
}

void render_markdown_print(FILE *out, const struct report *report)
{
    put_head(out, report);
    put_findings(out, report);
    put_matrix(out, report);
    put_versions(out, report);
    put_comparisons(out, report);
    put_waivers(out, report);
    put_explained(out, report);
    put_identity(out, report);
}
