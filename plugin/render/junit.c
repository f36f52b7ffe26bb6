/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "plugin/render/render.h"
#include "plugin/render/tell.h"

/*
 * JUnit XML as Jenkins, GitLab and others read it: a suite is an appliance, a case a check.
 *
 *   CRITICAL          failure: asked, and wrong
 *   UNKNOWN, PENDING  error: the test could not be carried out. Skipped would be green in most
 *                     systems, and ignorance is never a pass. Of a check that is not mandatory it
 *                     is skipped: it does not stop the run either
 *   WARNING           passed, with what is wrong in system-out: the format has no word for it
 *   waived            skipped, with the waiver's name, unless something else fails
 *   N/A               skipped, with why
 */

enum kind { PASSED, FAILURE, ERROR, SKIPPED };

static bool has_waived(const struct report_result *answer)
{
    for (size_t i = 0; i < answer->result->finding_count; i++)
        if (answer->result->findings[i]->waiver != NULL)
            return true;
    return false;
}

static enum kind kind_of(const struct report_result *answer)
{
    switch (answer->state) {
    case STATE_CRITICAL:
        return FAILURE;
    case STATE_UNKNOWN:
    case STATE_PENDING:
        return answer->optional ? SKIPPED : ERROR;
    case STATE_WARNING:
        return has_waived(answer) ? SKIPPED : PASSED;
    case STATE_NOT_APPLICABLE:
        return SKIPPED;
    case STATE_OK:
    case STATE_COUNT:
        break;
    }
    return PASSED;
}

/* ---- text that is XML 1.0 whatever it was: U+FFFE and U+FFFF are UTF-8, but never XML ---- */

static void put(FILE *out, const struct report *report, const char *text)
{
    static const char *const entities[256] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&apos;"};
    for (const char *p = tell_clean(report->arena, text); *p != '\0'; p++) {
        if (strncmp(p, "\xef\xbf\xbe", 3) == 0 || strncmp(p, "\xef\xbf\xbf", 3) == 0)
            p += 2;
        else if (entities[(unsigned char)*p] != NULL)
            (void)fputs(entities[(unsigned char)*p], out);
        else
            (void)fputc(*p, out);
    }
}

static void attribute(FILE *out, const struct report *report, const char *name, const char *value)
{
    (void)fprintf(out, " %s=\"", name);
    put(out, report, value);
    (void)fputc('"', out);
}

static void property(FILE *out, const struct report *report, const char *indent, const char *name,
                     const char *value)
{
    if (value == NULL)
        return;
    (void)fprintf(out, "%s  <property", indent);
    attribute(out, report, "name", name);
    attribute(out, report, "value", value);
    (void)fputs("/>\n", out);
}

/* Milliseconds as seconds, without a decimal point of the locale. */
static void seconds(FILE *out, const char *name, uint64_t ms)
{
    (void)fprintf(out, " %s=\"%llu.%03llu\"", name, (unsigned long long)(ms / 1000),
                  (unsigned long long)(ms % 1000));
}

/* ---- a case ---- */

static void line(FILE *out, const struct report *report, const char *label, const char *text)
{
    if (text == NULL)
        return;
    (void)fprintf(out, "%s: ", label);
    put(out, report, text);
    (void)fputc('\n', out);
}

static void put_finding(FILE *out, const struct report *report, const struct finding *finding)
{
    line(out, report, tell_label(finding), finding->text);
    line(out, report, "  wanted", finding->wanted);
    line(out, report, "  found", finding->found);
    line(out, report, "  explained by", finding->explained_by);
    line(out, report, "  waived", tell_waiver(report, finding));
    line(out, report, "  hint", finding->hint);
    line(out, report, "  see", tell_source(report->arena, finding));
}

/* What fails or was explained, worst first. */
static void put_findings(FILE *out, const struct report *report, const struct result *result)
{
    for (int severity = STATE_COUNT - 1; severity >= 0; severity--)
        for (size_t i = 0; i < result->finding_count; i++) {
            const struct finding *finding = result->findings[i];
            if ((int)result_weight(finding) == severity &&
                (finding->state > STATE_OK || tell_is_explained(finding)))
                put_finding(out, report, finding);
        }
}

static void put_properties(FILE *out, const struct report *report,
                           const struct report_result *answer)
{
    const struct result *result = answer->result;
    (void)fputs("      <properties>\n", out);
    property(out, report, "      ", "state", result_state_word(answer->state));
    property(out, report, "      ", "taken_at",
             tell_time(report->arena, answer->has_taken_at, answer->taken_at));
    if (answer->optional)
        property(out, report, "      ", "mandatory", "no");
    for (size_t i = 0; i < result->finding_count; i++)
        property(out, report, "      ", "waiver", tell_waiver(report, result->findings[i]));
    (void)fputs("      </properties>\n", out);
}

/* Of what was skipped it says why: "UNKNOWN, not mandatory: …", "waived: NAME: …". */
static const char *message_of(const struct report *report, const struct report_result *answer)
{
    const struct result *result = answer->result;
    if (kind_of(answer) != SKIPPED || answer->state == STATE_NOT_APPLICABLE)
        return answer->line;
    if (answer->state != STATE_WARNING)
        return arena_printf(report->arena, "%s, not mandatory: %s",
                            result_state_label(answer->state), answer->line);
    size_t i = 0;
    while (result->findings[i]->waiver == NULL)
        i++;
    return arena_printf(report->arena, "waived: %s", tell_waiver(report, result->findings[i]));
}

static void put_case(FILE *out, const struct report *report, const struct report_result *answer)
{
    static const char *const elements[] = {NULL, "failure", "error", "skipped"};
    const char *element = elements[kind_of(answer)];
    const struct result *result = answer->result;
    (void)fputs("    <testcase", out);
    attribute(out, report, "classname", result->node);
    attribute(out, report, "name", result->check->name);
    seconds(out, "time", answer->has_duration ? answer->duration_ms : 0);
    (void)fputs(">\n", out);
    put_properties(out, report, answer);
    if (element != NULL) {
        (void)fprintf(out, "      <%s", element);
        attribute(out, report, "message", message_of(report, answer));
        if (kind_of(answer) != SKIPPED)
            attribute(out, report, "type", result_state_word(answer->state));
        (void)fputc('>', out);
        put_findings(out, report, result);
        (void)fprintf(out, "</%s>\n", element);
    }
    if (element == NULL || kind_of(answer) == SKIPPED) {
        (void)fputs("      <system-out>", out);
        put(out, report, answer->line);
        (void)fputc('\n', out);
        if (element == NULL)
            put_findings(out, report, result);
        (void)fputs("</system-out>\n", out);
    }
    (void)fputs("    </testcase>\n", out);
}

/* ---- suites ---- */

/* Counts of the COUNT answers at ANSWERS; EXTRA more errors than there are cases with a result. */
static void put_counts(FILE *out, const struct report_result *answers, size_t count, size_t extra)
{
    size_t counts[4] = {0};
    uint64_t ms = 0;
    for (size_t i = 0; i < count; i++) {
        counts[kind_of(&answers[i])]++;
        ms += answers[i].has_duration ? answers[i].duration_ms : 0;
    }
    (void)fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"",
                  count + extra, counts[FAILURE], counts[ERROR] + extra, counts[SKIPPED]);
    seconds(out, "time", ms);
}

/* How many answers about the same appliance stand together from FIRST on. */
static size_t together(const struct report *report, size_t first)
{
    size_t end = first + 1;
    while (end < report->count &&
           strcmp(report->results[end].result->node, report->results[first].result->node) == 0)
        end++;
    return end - first;
}

/* What is known of the appliance; the search goes on from *NEXT, where it mostly ends at once. */
static const struct report_node *find_node(const struct report *report, const char *name,
                                           size_t *next)
{
    static const struct report_node unknown = {.name = NULL};
    for (size_t i = 0; i < report->node_count; i++) {
        const struct report_node *node = &report->nodes[(*next + i) % report->node_count];
        if (strcmp(node->name, name) != 0)
            continue;
        *next += i + 1;
        return node;
    }
    return &unknown;
}

/* The COUNT answers at ANSWERS are about NODE. */
static void put_suite(FILE *out, const struct report *report, const struct report_node *node,
                      const struct report_result *answers, size_t count)
{
    struct arena *arena = report->arena;
    (void)fputs("  <testsuite", out);
    attribute(out, report, "name", answers->result->node);
    put_counts(out, answers, count, 0);
    if (report->has_times) { /* the format knows no zone; it is UTC */
        const char *at = tell_time(arena, true, report->started_at);
        attribute(out, report, "timestamp", arena_dup(arena, (struct span){at, strcspn(at, "Z")}));
    }
    attribute(out, report, "hostname", answers->result->node);
    (void)fputs(">\n    <properties>\n", out);
    property(out, report, "    ", "change", report->change);
    property(out, report, "    ", "verdict", report_verdict(report));
    property(out, report, "    ", "close_code", report_close_code(report));
    property(out, report, "    ", "run", report->run_id);
    property(out, report, "    ", "phase", report->phase);
    property(out, report, "    ", "only", report->only);
    property(out, report, "    ", "baseline", report->alone ? "none" : NULL);
    property(out, report, "    ", "tool_version", report->tool_version);
    property(out, report, "    ", "cluster", node->cluster);
    property(out, report, "    ", "version_before", node->before);
    property(out, report, "    ", "version_after", node->after);
    property(out, report, "    ", "version_expected", node->expected);
    (void)fputs("    </properties>\n", out);
    for (size_t i = 0; i < count; i++)
        put_case(out, report, &answers[i]);
    (void)fputs("  </testsuite>\n", out);
}

/* A run that ended early, or asked nothing, is no pass, however good the rest is. */
static const char *broken(const struct report *report)
{
    if (report->interrupted != NULL)
        return report->interrupted;
    return report->count == 0 ? "nothing was asked" : NULL;
}

void render_junit_print(FILE *out, const struct report *report)
{
    const char *why = broken(report);
    size_t next = 0;
    (void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"postcheck\"", out);
    put_counts(out, report->results, report->count, why != NULL);
    (void)fputs(">\n", out);
    if (why != NULL) {
        (void)fputs("  <testsuite name=\"postcheck\" tests=\"1\" failures=\"0\" errors=\"1\" "
                    "skipped=\"0\" time=\"0.000\">\n"
                    "    <testcase classname=\"postcheck\" name=\"run\" time=\"0.000\">\n"
                    "      <error",
                    out);
        attribute(out, report, "message", why);
        (void)fputs(" type=\"incomplete\"></error>\n    </testcase>\n  </testsuite>\n", out);
    }
    for (size_t i = 0, count; i < report->count; i += count) {
        const char *name = report->results[i].result->node;
        count = together(report, i);
        put_suite(out, report, find_node(report, name, &next), report->results + i, count);
    }
    (void)fputs("</testsuites>\n", out);
}
