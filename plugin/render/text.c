/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "checks/registry.h"
#include "plugin/render/render.h"

/*
 * Tables for people. Of one appliance: a check a row, its failing findings and what to do below it.
 * Of a fleet: what is wrong, each thing once, then appliances x checks.
 */

/* A row for each appliance up to here; above, only for those that are not fine. */
enum { MAX_ROWS = 40, MAX_FINDINGS = 200 };

static const char *source_of(const struct report *report, const struct finding *finding)
{
    if (finding->evidence.line == 0)
        return finding->evidence.document;
    return arena_printf(report->arena, "%s, line %u", finding->evidence.document,
                        finding->evidence.line);
}

static void put_finding(FILE *out, const struct report *report, const struct finding *finding,
                        const char *line, const char **last_hint)
{
    bool told = text_starts(text_of(line), finding->text);
    if (finding->state <= STATE_OK && finding->explained_by == NULL && report->verbose < 2)
        return;
    if (!told)
        (void)fprintf(out, "%28s%s\n", "", finding->text);
    if (finding->explained_by != NULL)
        (void)fprintf(out, "%30sexplained by: %s\n", "", finding->explained_by);
    if (finding->hint != NULL && finding->hint != *last_hint)
        (void)fprintf(out, "%30shint: %s\n", "", finding->hint);
    *last_hint = finding->hint;
    if (report->verbose > 0 && finding->evidence.document != NULL)
        (void)fprintf(out, "%30ssee: %s\n", "", source_of(report, finding));
}

static void put_node(FILE *out, const struct report *report)
{
    (void)fprintf(out, "%s: %s\n\n  %-13s  %-9s  %s\n", report->nodes[0].name,
                  report_verdict(report), "check", "state", "what was found");
    for (size_t i = 0; i < report->count; i++) {
        const struct report_result *answer = &report->results[i];
        const struct result *result = answer->result;
        const char *last_hint = NULL;
        (void)fprintf(out, "  %-13s  %-9s  %s\n", result->check->name,
                      result_state_label(answer->state), answer->line);
        for (size_t f = 0; f < result->finding_count; f++)
            put_finding(out, report, result->findings[f], answer->line, &last_hint);
    }
}

/* ---- a fleet ---- */

/* One failing finding, with the check and appliance that said it. */
struct said {
    const struct result *result;
    const struct finding *finding;
};

/* Worst first, then by check and text, so that what several appliances say stands together. */
static int by_weight(const void *a, const void *b)
{
    const struct said *x = a, *y = b;
    if (x->finding->state != y->finding->state)
        return (int)y->finding->state - (int)x->finding->state;
    int order = strcmp(x->result->check->name, y->result->check->name);
    if (order == 0)
        order = strcmp(x->finding->text, y->finding->text);
    return order != 0 ? order : strcmp(x->result->node, y->result->node);
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
            all[(*count)++] = (struct said){result, result->findings[f]};
        }
    }
    if (*count > 1)
        qsort(all, *count, sizeof(*all), by_weight);
    return all;
}

/* TEXT behind LABEL, broken at blanks before column 96. */
static void put_wrapped(FILE *out, const char *label, const char *text)
{
    enum { COLUMNS = 96 };
    size_t indent = strlen(label), column = indent;
    (void)fputs(label, out);
    for (const char *word = text; *word != '\0';) {
        size_t n = strcspn(word, " ");
        if (column > indent && column + 1 + n > COLUMNS) {
            (void)fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        }
        column += (size_t)fprintf(out, "%s%.*s", column > indent ? " " : "", (int)n, word);
        word += n + strspn(word + n, " ");
    }
    (void)fputc('\n', out);
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

static void put_findings(FILE *out, const struct report *report)
{
    size_t count, shown = 0;
    const struct said *all = collect(report, &count);
    for (size_t i = 0; i < count; i++) {
        const struct finding *finding = all[i].finding;
        if (i > 0 && all[i - 1].finding->state == finding->state &&
            all[i - 1].result->check == all[i].result->check &&
            strcmp(all[i - 1].finding->text, finding->text) == 0)
            continue; /* both ends of a link report it */
        if (shown++ >= MAX_FINDINGS)
            continue;
        (void)fprintf(out, "%-9s %s\n", result_state_label(finding->state),
                      all[i].result->check->name);
        put_wrapped(out, "    ", finding->text);
        if (finding->hint != NULL)
            put_wrapped(out, "    to do: ", finding->hint);
        if (finding->evidence.document != NULL)
            (void)fprintf(out, "    seen in: %s%s\n",
                          is_own(finding->evidence.document)
                              ? arena_printf(report->arena, "%s/", all[i].result->node)
                              : "",
                          source_of(report, finding));
        (void)fputc('\n', out);
    }
    if (shown > MAX_FINDINGS)
        (void)fprintf(out, "… and %zu more: --format json shows all\n\n", shown - MAX_FINDINGS);
}

/* Narrow enough for eleven columns. */
static const char *short_label(enum state state)
{
    static const char *const labels[STATE_COUNT] = {
        [STATE_NOT_APPLICABLE] = "n/a", [STATE_OK] = "ok",        [STATE_PENDING] = "PENDING",
        [STATE_UNKNOWN] = "UNKNOWN",    [STATE_WARNING] = "WARN", [STATE_CRITICAL] = "CRIT"};
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

static int width_of(const struct check *check)
{
    size_t n = strlen(check->name);
    return (int)(n < 7 ? 7 : n);
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
    (void)fprintf(out, "%-*s", widest, "appliance");
    for (size_t c = 0; c < count; c++)
        (void)fprintf(out, "  %-*s", c + 1 < count ? width_of(used[c]) : 0, used[c]->name);
    (void)fputc('\n', out);
    for (size_t i = 0; i < report->node_count; i++) {
        const struct report_node *node = &report->nodes[i];
        bool shown = report->node_count <= MAX_ROWS || node->state > STATE_OK;
        fine += !shown;
        if (shown)
            (void)fprintf(out, "%-*s", widest, node->name);
        for (size_t c = 0; c < count; c++) {
            const char *cell = "-"; /* results stand in the order of appliances and checks */
            if (next < report->count && report->results[next].result->check == used[c] &&
                strcmp(report->results[next].result->node, node->name) == 0)
                cell = short_label(report->results[next++].state);
            if (shown)
                (void)fprintf(out, "  %-*s", c + 1 < count ? width_of(used[c]) : 0, cell);
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
    (void)fprintf(out, "\nVerdict: %s. %zu appliances, %zu answers:", report_verdict(report),
                  report->node_count, report->count);
    const char *separator = " ";
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
    if (report->node_count == 1)
        put_node(out, report);
    else
        put_fleet(out, report);
}
