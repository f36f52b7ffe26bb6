/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "checks/registry.h"
#include "plugin/render/render.h"
#include "plugin/render/tell.h"
#include "plugin/render/things.h"
#include "plugin/render/wrap.h"

/*
 * Tables for people. Of one appliance: a check a row, its failing findings and what to do below it.
 * Of a fleet: what is wrong, each thing once, then appliances x checks.
 */

/* A row for each appliance up to here; above, only for those that are not fine. */
enum { MAX_ROWS = 40, MAX_FINDINGS = 200, MAX_ASIDE = 10 };

/* ---- colours, which only words of ours have ---- */

static const char *colour_of(enum state state)
{
    static const char *const colours[STATE_COUNT] = {
        [STATE_NOT_APPLICABLE] = "2", [STATE_OK] = "32",      [STATE_PENDING] = "36",
        [STATE_UNKNOWN] = "35",       [STATE_WARNING] = "33", [STATE_CRITICAL] = "1;31"};
    return colours[state];
}

/* WORD, coloured as STATE on a terminal that may, and blanks up to WIDTH. */
static const char *painted(const struct report *report, enum state state, const char *word,
                           int width)
{
    int n = (int)strlen(word), blanks = width > n ? width - n : 0;
    if (!report->colour)
        return arena_printf(report->arena, "%s%*s", word, blanks, "");
    return arena_printf(report->arena, "\033[%sm%s\033[0m%*s", colour_of(state), word, blanks, "");
}

/* Of a run as it is signed, not of its worst answer: ignorance stands below a warning there. */
static const char *painted_verdict(const struct report *report)
{
    static const enum state states[] = {STATE_OK, STATE_WARNING, STATE_CRITICAL, STATE_UNKNOWN};
    return painted(report, states[report_verdict_code(report)], tell_verdict(report), 0);
}

/* TEXT was cleaned where it came in; here it is made sure of once more. */
static void put(FILE *out, const struct report *report, const char *label, const char *text)
{
    wrap_put(out, label, tell_clean(report->arena, text));
}

/* ---- one appliance ---- */

/* Below what was found. */
static void put_behind(FILE *out, const struct report *report, const char *label, const char *text)
{
    put(out, report, arena_printf(report->arena, "%28s%s", "", label), text);
}

static void put_finding(FILE *out, const struct report *report, const struct finding *finding,
                        const char *line, const char **last_hint)
{
    bool told = text_starts(text_of(line), finding->text);
    if (finding->state <= STATE_OK && finding->explained_by == NULL && report->verbose < 2)
        return;
    if (!told)
        put_behind(out, report, "", finding->text);
    if (finding->waiver != NULL)
        put_behind(out, report, "  waived: ", tell_waiver(report, finding));
    if (finding->explained_by != NULL)
        put_behind(out, report, "  explained by: ", finding->explained_by);
    if (finding->hint != NULL && finding->hint != *last_hint)
        put_behind(out, report, "  hint: ", finding->hint);
    *last_hint = finding->hint;
    if (report->verbose > 0 && finding->evidence.document != NULL)
        put_behind(out, report, "  see: ", tell_source(report->arena, finding));
}

static void put_node(FILE *out, const struct report *report)
{
    (void)fprintf(out, "%s: %s\n\n  %-13s  %-9s  %s\n",
                  tell_clean(report->arena, report->nodes[0].name), painted_verdict(report),
                  "check", "state", "what was found");
    for (size_t i = 0; i < report->count; i++) {
        const struct report_result *answer = &report->results[i];
        const struct result *result = answer->result;
        const char *last_hint = NULL;
        put(out, report,
            arena_printf(report->arena, "  %-13s  %s  ", result->check->name,
                         painted(report, answer->state, result_state_label(answer->state), 9)),
            answer->line);
        for (size_t f = 0; f < result->finding_count; f++)
            put_finding(out, report, result->findings[f], answer->line, &last_hint);
    }
}

/* ---- a fleet ---- */

static void put_thing(FILE *out, const struct report *report, const struct thing *thing,
                      const char **last_hint)
{
    const struct finding *finding = thing->finding;
    put(out, report,
        arena_printf(report->arena, "%s ",
                     painted(report, result_weight(finding), tell_label(finding), 9)),
        thing->checks);
    put(out, report, "    ", thing->what);
    if (finding->waiver != NULL)
        put(out, report, "    waived: ", tell_waiver(report, finding));
    if (finding->hint != NULL && finding->hint != *last_hint)
        put(out, report, "    to do: ", finding->hint);
    *last_hint = finding->hint;
    if (*thing->places != '\0')
        put(out, report, "    seen in: ", thing->places);
    (void)fputc('\n', out);
}

static void put_findings(FILE *out, const struct report *report)
{
    size_t count;
    const char *last_hint = NULL;
    const struct thing *things = things_of(report, &count);
    for (size_t i = 0; i < count && i < MAX_FINDINGS; i++)
        put_thing(out, report, &things[i], &last_hint);
    if (count > MAX_FINDINGS)
        (void)fprintf(out, "… and %zu more: --format json shows all\n\n", count - MAX_FINDINGS);
}

/* As many columns as fit beside a name, on a terminal of 80; more stand below. */
enum { CELL = 5, HEADS = 3, TERMINAL = 79, COLUMNS = 12 };

static const char *short_label(enum state state)
{
    static const char *const labels[STATE_COUNT] = {
        [STATE_NOT_APPLICABLE] = "n/a", [STATE_OK] = "ok",        [STATE_PENDING] = "PEND",
        [STATE_UNKNOWN] = "UNKN",       [STATE_WARNING] = "WARN", [STATE_CRITICAL] = "CRIT"};
    return labels[state];
}

/* By how much the name of the last column, number C, would stand out: it begins so much earlier. */
static int overhang(int widest, size_t c, const struct check *check)
{
    int end = widest + 2 + (int)c * CELL + (int)strlen(check->name);
    return end <= TERMINAL ? 0 : end - TERMINAL < CELL ? end - TERMINAL : CELL;
}

/* The names of the checks, each above its column, in turn on one of HEADS lines. */
static void put_heads(FILE *out, int widest, const struct check **used, size_t count)
{
    for (size_t row = 0; row < HEADS && row < count; row++) {
        bool last = row + 1 == HEADS || row + 1 == count;
        (void)fprintf(out, "%-*s", widest + 2, last ? "appliance" : "");
        size_t c = row;
        (void)fprintf(out, "%*s", (int)row * CELL, "");
        for (; c + HEADS < count; c += HEADS) {
            bool before_last = c + 2 * HEADS >= count;
            int over = before_last ? overhang(widest, c + HEADS, used[c + HEADS]) : 0;
            (void)fprintf(out, "%-*s", HEADS * CELL - over, used[c]->name);
        }
        (void)fprintf(out, "%s\n", used[c]->name);
    }
}

static int wider(int widest, const char *name)
{
    return (int)strlen(name) > widest ? (int)strlen(name) : widest;
}

/* The answers to the COUNT checks of USED. Returns how many appliances were left out. */
static size_t put_part(FILE *out, const struct report *report, int widest,
                       const struct check **used, size_t count)
{
    size_t next = 0, fine = 0;
    put_heads(out, widest, used, count);
    for (size_t i = 0; i < report->node_count; i++) {
        const struct report_node *node = &report->nodes[i];
        bool shown = report->node_count <= MAX_ROWS || node->state > STATE_OK;
        fine += !shown;
        if (shown)
            (void)fprintf(out, "%-*s  ", widest, tell_clean(report->arena, node->name));
        for (size_t c = 0; c < count; c++) {
            const struct report_result *answer = tell_cell(report, node->name, used[c], &next);
            const int width = c + 1 < count ? CELL : 0;
            if (shown && answer == NULL)
                (void)fprintf(out, "%-*s", width, "-");
            else if (shown)
                (void)fputs(painted(report, answer->state, short_label(answer->state), width), out);
        }
        if (shown)
            (void)fputc('\n', out);
    }
    return fine;
}

static void put_matrix(FILE *out, const struct report *report)
{
    size_t count, fine = 0;
    const struct check **used = tell_columns(report, &count);
    int widest = 9;
    for (size_t i = 0; i < report->node_count; i++)
        widest = wider(widest, tell_clean(report->arena, report->nodes[i].name));
    const size_t parts = count <= COLUMNS ? 1 : (count + COLUMNS - 1) / COLUMNS;
    const size_t each = (count + parts - 1) / parts;
    for (size_t from = 0; from == 0 || from < count; from += each == 0 ? 1 : each) {
        if (from > 0)
            (void)fputc('\n', out);
        fine = put_part(out, report, widest, from == 0 ? used : used + from,
                        count - from < each ? count - from : each);
    }
    if (fine > 0)
        (void)fprintf(out, "and %zu appliances on which every check passed\n", fine);
}

static void put_fleet(FILE *out, const struct report *report)
{
    put_findings(out, report);
    put_matrix(out, report);
    (void)fprintf(out, "\nVerdict: %s. %zu appliances, %zu answers", painted_verdict(report),
                  report->node_count, report->count);
    (void)fputs(report->count > 0 ? ":\n" : "\n", out);
    if (report->count > 0)
        put(out, report, "         ", tell_counts(report));
}

/* ---- what a run that is signed has besides ---- */

static void put_known(FILE *out, const struct report *report, const char *label, const char *text)
{
    if (text != NULL)
        put(out, report, label, text);
}

/* What the ticket says. A change that was only noted beside the answers needs no heading. */
static void put_plan(FILE *out, const struct report *report)
{
    const struct report_plan *plan = &report->plan;
    struct arena *arena = report->arena;
    const char *from = tell_time(arena, plan->has_from, plan->from);
    const char *to = tell_time(arena, plan->has_to, plan->to);
    const char *approved = tell_time(arena, plan->has_approved_at, plan->approved_at);
    if (!tell_is_signed(report) && plan->title == NULL && from == NULL && to == NULL)
        return;
    const char *change = report->change == NULL ? "not told" : report->change;
    if (plan->title != NULL)
        change = arena_printf(arena, "%s: %s", change, plan->title);
    put_known(out, report, "change:      ", change);
    if (from != NULL || to != NULL)
        put(out, report, "planned:     ",
            arena_printf(arena, "%s to %s", from == NULL ? "not told" : from,
                         to == NULL ? "not told" : to));
    put_known(out, report, "requester:   ", plan->requester);
    if (plan->approved_by != NULL && approved != NULL)
        put_known(out, report,
                  "approved by: ", arena_printf(arena, "%s, %s", plan->approved_by, approved));
    else
        put_known(out, report, "approved by: ", plan->approved_by);
    put_known(out, report, "implementer: ", plan->implementer);
    put_known(out, report, "reviewer:    ", plan->reviewer);
    (void)fputc('\n', out);
}

static size_t most_rows(const struct report *report)
{
    return report->verbose > 0 ? MAX_FINDINGS : MAX_ASIDE;
}

static void put_rest(FILE *out, const struct report *report, size_t count)
{
    if (count == 0)
        return;
    if (count > most_rows(report))
        (void)fprintf(out, "  … and %zu more: %s shows all\n", count - most_rows(report),
                      report->verbose > 0 ? "--format json" : "-v");
    (void)fputc('\n', out);
}

/* What is not as the baseline had it; with -vv all that was compared. */
static void put_comparisons(FILE *out, const struct report *report)
{
    size_t shown = 0;
    for (size_t i = 0; i < report->count; i++) {
        const struct result *result = report->results[i].result;
        for (size_t c = 0; c < result->comparison_count; c++) {
            const struct comparison *comparison = &result->comparisons[c];
            bool told = !comparison->holds || report->verbose > 1;
            if (!told || shown++ >= most_rows(report))
                continue;
            (void)fputs(shown == 1 ? "Compared with the baseline:\n" : "", out);
            put(out, report, comparison->holds ? "  as wanted  " : "  differs    ",
                arena_printf(report->arena, "%s %s: %s: before %s; after %s; wanted: %s",
                             result->node, result->check->name,
                             tell_compared(report->arena, comparison),
                             comparison->before == NULL ? "not told" : comparison->before,
                             comparison->after == NULL ? "not told" : comparison->after,
                             compare_op_label(comparison->spec->op)));
        }
    }
    put_rest(out, report, shown);
}

/* Of one appliance they stand below its checks. */
static void put_explained(FILE *out, const struct report *report)
{
    size_t shown = 0;
    for (size_t i = 0; i < report->count; i++) {
        const struct result *result = report->results[i].result;
        for (size_t f = 0; f < result->finding_count; f++) {
            const struct finding *finding = result->findings[f];
            if (!tell_is_explained(finding) || shown++ >= most_rows(report))
                continue;
            (void)fputs(shown == 1 ? "Explained, and not failing:\n" : "", out);
            put(out, report, arena_printf(report->arena, "  %-13s  ", result->check->name),
                tell_named(report->arena, result->node, finding->text));
            put(out, report, arena_printf(report->arena, "%17sexplained by: ", ""),
                finding->explained_by);
        }
    }
    put_rest(out, report, shown);
}

/* All of the configuration: one that was of no use, or is over, is worth knowing. */
static void put_waivers(FILE *out, const struct report *report)
{
    for (size_t i = 0; i < report->waiver_count; i++) {
        const struct report_waiver *waiver = &report->waivers[i];
        const char *used = waiver->used == 0
                               ? "fits nothing"
                               : arena_printf(report->arena, "fits %zu finding%s", waiver->used,
                                              waiver->used == 1 ? "" : "s");
        (void)fputs(i == 0 ? "Waivers:\n" : "", out);
        put(out, report, waiver->expired ? "  expired  " : "  valid    ",
            tell_clean(report->arena,
                       arena_printf(report->arena, "%s: %s (approved by %s, until %s); %s",
                                    waiver->name, waiver->reason, waiver->approved_by,
                                    tell_time(report->arena, true, waiver->expires), used)));
    }
    put_rest(out, report, report->waiver_count == 0 ? 0 : 1);
}

/* What must be read stands last, where a terminal shows it. */
void render_text_print(FILE *out, const struct report *report)
{
    put_plan(out, report);
    if (tell_is_signed(report) && report->node_count != 1)
        put_explained(out, report);
    put_comparisons(out, report);
    put_waivers(out, report);
    if (report->interrupted != NULL) {
        wrap_put(out, "", tell_clean(report->arena, report->interrupted));
        (void)fputc('\n', out);
    }
    if (report->only != NULL)
        put(out, report, "Only these checks were run: ", report->only);
    if (report->alone)
        put(out, report, "There was no baseline: ", "nothing can be called new or lost");
    if (report->node_count == 1)
        put_node(out, report);
    else
        put_fleet(out, report);
}
