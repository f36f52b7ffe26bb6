/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/render/report.h"

#include <ctype.h>
#include <string.h>

const char *report_verdict(const struct report *report)
{
    bool warned = false, ignorant = false;
    for (size_t i = 0; i < report->count; i++) {
        enum state state = result_state(report->results[i]);
        if (state == STATE_CRITICAL)
            return "fail";
        warned = warned || state == STATE_WARNING;
        ignorant = ignorant || state == STATE_UNKNOWN || state == STATE_PENDING;
    }
    return ignorant ? "incomplete" : warned ? "pass_with_warnings" : "pass";
}

/* Nagios knows four states: PENDING is said as UNKNOWN, N/A as OK, as in the exit code. */
static const char *exit_label(enum state state)
{
    static const char *const labels[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    return labels[result_exit_code(state)];
}

static const char *upper(struct arena *arena, const char *name)
{
    char *copy = arena_dup(arena, text_of(name));
    for (char *p = copy; *p != '\0'; p++)
        *p = (char)toupper((unsigned char)*p);
    return copy;
}

/* The line with the appliance's name in front, if the line does not name it itself. */
static const char *with_node(const struct report *report, const char *line)
{
    if (text_find_word(text_of(line), report->node->name) >= 0)
        return line;
    return arena_printf(report->arena, "%s: %s", report->node->name, line);
}

/* "; also critical: alerts, status; warning: version" */
static const char *also(const struct report *report, const struct result *first)
{
    static const struct {
        enum state state;
        const char *word;
    } words[] = {{STATE_CRITICAL, "critical"},
                 {STATE_WARNING, "warning"},
                 {STATE_UNKNOWN, "unknown"},
                 {STATE_PENDING, "pending"}};
    const char *text = "";
    bool any = false;
    for (size_t w = 0; w < CHECK_COUNT(words); w++) {
        bool same = false;
        for (size_t i = 0; i < report->count; i++) {
            const struct result *result = report->results[i];
            if (result == first || result_state(result) != words[w].state)
                continue;
            if (same)
                text = arena_printf(report->arena, "%s, %s", text, result->check->name);
            else
                text = arena_printf(report->arena, "%s; %s%s: %s", text, any ? "" : "also ",
                                    words[w].word, result->check->name);
            same = any = true;
        }
    }
    return text;
}

static const char *all_fine(const struct report *report)
{
    size_t passed = 0;
    for (size_t i = 0; i < report->count; i++)
        passed += result_state(report->results[i]) == STATE_OK;
    size_t left = report->count - passed;
    const char *rest = left == 0 ? "" : arena_printf(report->arena, ", %zu not applicable", left);
    return arena_printf(report->arena, "%s: %zu %s passed%s", report->node->name, passed,
                        passed == 1 ? "check" : "checks", rest);
}

const char *report_headline(const struct report *report)
{
    const struct result *first = report->results[0];
    if (report->one_check)
        return arena_printf(report->arena, "%s %s - %s", upper(report->arena, first->check->name),
                            exit_label(report->state), with_node(report, result_line(first)));
    if (report->state <= STATE_OK)
        return arena_printf(report->arena, "ASYNCOS OK - %s", all_fine(report));
    for (size_t i = 0; i < report->count; i++)
        if (result_state(report->results[i]) == report->state) {
            first = report->results[i];
            break;
        }
    const char *line = with_node(report, result_line(first));
    return arena_printf(report->arena, "ASYNCOS %s - %s: %s%s", exit_label(report->state),
                        first->check->name, line, also(report, first));
}
