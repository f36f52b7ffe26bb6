/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "checks/registry.h"
#include "plugin/render/render.h"
#include "plugin/render/wrap.h"

/*
 * Tables for people. Of one appliance: a check a row, its failing findings and what to do below it.
 * Of a fleet: what is wrong, each thing once, then appliances x checks.
 */

/* A row for each appliance up to here; above, only for those that are not fine. */
enum { MAX_ROWS = 40, MAX_FINDINGS = 200, MAX_PLACES = 3 };

static const char *source_of(const struct report *report, const struct finding *finding)
{
    if (finding->evidence.line == 0)
        return finding->evidence.document;
    return arena_printf(report->arena, "%s, line %u", finding->evidence.document,
                        finding->evidence.line);
}

/* Below what was found. */
static void put_behind(FILE *out, const struct report *report, const char *label, const char *text)
{
    wrap_put(out, arena_printf(report->arena, "%28s%s", "", label), text);
}

static void put_finding(FILE *out, const struct report *report, const struct finding *finding,
                        const char *line, const char **last_hint)
{
    bool told = text_starts(text_of(line), finding->text);
    if (finding->state <= STATE_OK && finding->explained_by == NULL && report->verbose < 2)
        return;
    if (!told)
        put_behind(out, report, "", finding->text);
    if (finding->explained_by != NULL)
        put_behind(out, report, "  explained by: ", finding->explained_by);
    if (finding->hint != NULL && finding->hint != *last_hint)
        put_behind(out, report, "  hint: ", finding->hint);
    *last_hint = finding->hint;
    if (report->verbose > 0 && finding->evidence.document != NULL)
        put_behind(out, report, "  see: ", source_of(report, finding));
}

static void put_node(FILE *out, const struct report *report)
{
    (void)fprintf(out, "%s: %s\n\n  %-13s  %-9s  %s\n", report->nodes[0].name,
                  report_verdict(report), "check", "state", "what was found");
    for (size_t i = 0; i < report->count; i++) {
        const struct report_result *answer = &report->results[i];
        const struct result *result = answer->result;
        const char *last_hint = NULL;
        wrap_put(out,
                 arena_printf(report->arena, "  %-13s  %-9s  ", result->check->name,
                              result_state_label(answer->state)),
                 answer->line);
        for (size_t f = 0; f < result->finding_count; f++)
            put_finding(out, report, result->findings[f], answer->line, &last_hint);
    }
}

/* ---- a fleet ---- */

/* One failing finding, with the check and appliance that said it. */
struct said {
    const struct result *result;
    const struct finding *finding;
    const char *what;  /* its text without the document that could not be used */
    const char *place; /* "NODE/DOCUMENT, line N"; "" = none */
    bool unusable;     /* it is about such a document, whatever the check */
};

/* One thing that is wrong, however many say it: check is "" when it does not matter. */
static int by_thing(const struct said *x, const struct said *y)
{
    if (x->finding->state != y->finding->state)
        return (int)y->finding->state - (int)x->finding->state;
    if (x->unusable != y->unusable)
        return x->unusable ? -1 : 1;
    int order = x->unusable ? 0 : strcmp(x->result->check->name, y->result->check->name);
    return order != 0 ? order : strcmp(x->what, y->what);
}

/* Worst first; what says the same stands together. */
static int by_weight(const void *a, const void *b)
{
    const struct said *x = a, *y = b;
    int order = by_thing(x, y);
    return order != 0 ? order : strcmp(x->place, y->place);
}

/* Is it a document of the appliance itself, not NODE/DOCUMENT of another one? */
static bool is_own(const char *document)
{
    static const char *const rooms[] = {"cli/", "https/", "log/", "snmp/"};
    for (size_t i = 0; i < CHECK_COUNT(rooms); i++)
        if (text_starts(text_of(document), rooms[i]))
            return true;
    return false;
}

static struct said say(const struct report *report, const struct result *result,
                       const struct finding *finding)
{
    struct said said = {result, finding, finding->text, "", false};
    const char *document = finding->evidence.document;
    if (document == NULL)
        return said;
    size_t n = strlen(document);
    if (strncmp(finding->text, document, n) == 0 && strncmp(finding->text + n, ": ", 2) == 0) {
        said.what = finding->text + n + 2;
        said.unusable = true;
    }
    said.place = arena_printf(report->arena, "%s%s%s", is_own(document) ? result->node : "",
                              is_own(document) ? "/" : "", source_of(report, finding));
    return said;
}

static struct said *collect(const struct report *report, size_t *count)
{
    struct said *all = NULL;
    *count = 0;
    for (size_t i = 0; i < report->count; i++) {
        const struct result *result = report->results[i].result;
        for (size_t f = 0; f < result->finding_count; f++) {
            if (result->findings[f]->state <= STATE_OK)
                continue;
            all = arena_push(report->arena, all, *count, sizeof(*all));
            all[(*count)++] = say(report, result, result->findings[f]);
        }
    }
    if (*count > 1)
        qsort(all, *count, sizeof(*all), by_weight);
    return all;
}

/* "alerts, status": the checks that say it, in the order of the registry. */
static const char *checks_of(const struct report *report, const struct said *all, size_t count)
{
    const char *names = "";
    for (size_t c = 0; c < registry_count; c++)
        for (size_t i = 0; i < count; i++)
            if (all[i].result->check == registry_checks[c]) {
                names = arena_printf(report->arena, "%s%s%s", names, *names != '\0' ? ", " : "",
                                     registry_checks[c]->name);
                break;
            }
    return names;
}

/* Where it was seen: each place once, the first few by name. */
static void put_places(FILE *out, const struct report *report, const struct said *all, size_t count)
{
    const char *text = "", *last = "";
    size_t places = 0, nodes = 0;
    for (size_t i = 0; i < count; i++) {
        const char *place = all[i].place;
        size_t n = strcspn(place, "/");
        if (strcmp(place, last) == 0)
            continue;
        nodes += strncmp(place, last, n) != 0 || last[n] != '/';
        if (places++ < MAX_PLACES)
            text = arena_printf(report->arena, "%s%s%s", text, *text != '\0' ? "; " : "", place);
        last = place;
    }
    if (places > MAX_PLACES)
        text = arena_printf(report->arena, "%s; and %zu more", text, places - MAX_PLACES);
    if (places > MAX_PLACES && nodes > 1)
        text = arena_printf(report->arena, "%s, of %zu appliances in all", text, nodes);
    if (places > 0)
        wrap_put(out, "    seen in: ", text);
}

static void put_thing(FILE *out, const struct report *report, const struct said *all, size_t count,
                      const char **last_hint)
{
    const struct finding *finding = all[0].finding;
    bool one = true; /* then the document may stand before the sentence, as the check says it */
    for (size_t i = 1; i < count; i++)
        one = one && strcmp(all[i].finding->text, finding->text) == 0;
    wrap_put(out, arena_printf(report->arena, "%-9s ", result_state_label(finding->state)),
             checks_of(report, all, count));
    wrap_put(out, "    ", one ? finding->text : all[0].what);
    if (finding->hint != NULL && finding->hint != *last_hint)
        wrap_put(out, "    to do: ", finding->hint);
    *last_hint = finding->hint;
    put_places(out, report, all, count);
    (void)fputc('\n', out);
}

static void put_findings(FILE *out, const struct report *report)
{
    size_t count, same, shown = 0;
    const char *last_hint = NULL;
    const struct said *all = collect(report, &count);
    for (size_t i = 0; i < count; i += same) {
        for (same = 1; i + same < count && by_thing(&all[i], &all[i + same]) == 0;)
            same++;
        if (shown++ < MAX_FINDINGS)
            put_thing(out, report, all + i, same, &last_hint);
    }
    if (shown > MAX_FINDINGS)
        (void)fprintf(out, "… and %zu more: --format json shows all\n\n", shown - MAX_FINDINGS);
}

/* Narrow enough for twelve columns beside a name, on a terminal of 80. */
enum { CELL = 5, HEADS = 3, TERMINAL = 79 };

static const char *short_label(enum state state)
{
    static const char *const labels[STATE_COUNT] = {
        [STATE_NOT_APPLICABLE] = "n/a", [STATE_OK] = "ok",        [STATE_PENDING] = "PEND",
        [STATE_UNKNOWN] = "UNKN",       [STATE_WARNING] = "WARN", [STATE_CRITICAL] = "CRIT"};
    return labels[state];
}

/* Which checks have a column: those that ran at all. */
static size_t columns(const struct report *report, const struct check **used)
{
    size_t count = 0;
    for (size_t c = 0; c < registry_count; c++)
        for (size_t i = 0; i < report->count; i++)
            if (report->results[i].result->check == registry_checks[c]) {
                used[count++] = registry_checks[c];
                break;
            }
    return count;
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

static void put_matrix(FILE *out, const struct report *report)
{
    const struct check **used =
        arena_array(report->arena, registry_count, sizeof(const struct check *));
    size_t count = columns(report, used), next = 0, fine = 0;
    int widest = 9;
    for (size_t i = 0; i < report->node_count; i++)
        if ((int)strlen(report->nodes[i].name) > widest)
            widest = (int)strlen(report->nodes[i].name);
    put_heads(out, widest, used, count);
    for (size_t i = 0; i < report->node_count; i++) {
        const struct report_node *node = &report->nodes[i];
        bool shown = report->node_count <= MAX_ROWS || node->state > STATE_OK;
        fine += !shown;
        if (shown)
            (void)fprintf(out, "%-*s  ", widest, node->name);
        for (size_t c = 0; c < count; c++) {
            const char *cell = "-"; /* results stand in the order of appliances and checks */
            if (next < report->count && report->results[next].result->check == used[c] &&
                strcmp(report->results[next].result->node, node->name) == 0)
                cell = short_label(report->results[next++].state);
            if (shown)
                (void)fprintf(out, "%-*s", c + 1 < count ? CELL : 0, cell);
        }
        if (shown)
            (void)fputc('\n', out);
    }
    if (fine > 0)
        (void)fprintf(out, "and %zu appliances on which every check passed\n", fine);
}

static void put_fleet(FILE *out, const struct report *report)
{
    put_findings(out, report);
    put_matrix(out, report);
    (void)fprintf(out, "\nVerdict: %s. %zu appliances, %zu answers", report_verdict(report),
                  report->node_count, report->count);
    const char *separator = ":\n         ";
    for (int state = STATE_COUNT - 1; state >= 0; state--) {
        size_t count = report_count(report, (enum state)state);
        if (count == 0)
            continue;
        (void)fprintf(out, "%s%zu %s", separator, count, result_state_label((enum state)state));
        separator = ", ";
    }
    (void)fputc('\n', out);
}

void render_text_print(FILE *out, const struct report *report)
{
    if (report->interrupted != NULL)
        (void)fprintf(out, "%s\n\n", report->interrupted);
    if (report->only != NULL)
        wrap_put(out, "Only these checks were run: ", report->only);
    if (report->node_count == 1)
        put_node(out, report);
    else
        put_fleet(out, report);
}
