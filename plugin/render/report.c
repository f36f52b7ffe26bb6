/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/render/report.h"

#include <ctype.h>
#include <string.h>

size_t report_count(const struct report *report, enum state state)
{
    size_t count = 0;
    for (size_t i = 0; i < report->count; i++)
        count += report->results[i].state == state;
    return count;
}

/* Does ANSWER say that something was not seen, perhaps beside something worse? */
static bool is_unseen(const struct report_result *answer)
{
    bool unseen = answer->state == STATE_UNKNOWN || answer->state == STATE_PENDING;
    for (size_t i = 0; i < answer->result->finding_count && !unseen; i++) {
        const enum state weight = result_weight(answer->result->findings[i]);
        unseen = weight == STATE_UNKNOWN || weight == STATE_PENDING;
    }
    return unseen;
}

enum verdict { PASS, PASS_WITH_WARNINGS, FAIL, INCOMPLETE };

static enum verdict verdict_of(const struct report *report)
{
    bool ignorant = report->interrupted != NULL || report->count == 0, doubtful = false;
    for (size_t i = 0; i < report->count; i++) {
        const struct report_result *answer = &report->results[i];
        bool unseen = is_unseen(answer);
        if (answer->state == STATE_CRITICAL)
            return FAIL;
        ignorant |= unseen && !answer->optional;
        doubtful |= answer->state == STATE_WARNING || unseen;
    }
    return ignorant ? INCOMPLETE : doubtful ? PASS_WITH_WARNINGS : PASS;
}

const char *report_verdict(const struct report *report)
{
    static const char *const words[] = {"pass", "pass_with_warnings", "fail", "incomplete"};
    return words[verdict_of(report)];
}

int report_verdict_code(const struct report *report)
{
    return (int)verdict_of(report);
}

const char *report_close_code(const struct report *report)
{
    static const char *const words[] = {"SUCCESSFUL", "SUCCESSFUL WITH ISSUES", "UNSUCCESSFUL",
                                        "INCOMPLETE"};
    return words[verdict_of(report)];
}

size_t report_waived(const struct report *report)
{
    size_t count = 0;
    for (size_t i = 0; i < report->count; i++)
        for (size_t f = 0; f < report->results[i].result->finding_count; f++)
            count += report->results[i].result->findings[f]->waiver != NULL;
    return count;
}

const struct report_waiver *report_waiver(const struct report *report, const char *name)
{
    for (size_t i = 0; i < report->waiver_count; i++)
        if (strcmp(report->waivers[i].name, name) == 0)
            return &report->waivers[i];
    return NULL;
}

int report_exit_code(const struct report *report)
{
    bool whole = report->interrupted == NULL && report->count > 0;
    return result_exit_code(whole ? report->state : STATE_UNKNOWN);
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

/* Does ANSWER fail by nothing but what a waiver lets pass? */
static bool is_waived(const struct report_result *answer)
{
    bool any = false;
    for (size_t i = 0; i < answer->result->finding_count; i++) {
        const struct finding *finding = answer->result->findings[i];
        any |= finding->waiver != NULL;
        if (finding->waiver == NULL && finding->state > STATE_OK)
            return false;
    }
    return any;
}

/* The line with the appliance's name in front, if the line does not name it itself. */
static const char *with_node(const struct report *report, const struct report_result *answer)
{
    const char *node = answer->result->node, *text = answer->line;
    if (text_find_word(text_of(text), node) < 0)
        text = arena_printf(report->arena, "%s: %s", node, text);
    return is_waived(answer) ? arena_printf(report->arena, "%s (waived)", text) : text;
}

/* "; also critical: alerts, status; warning: version" */
static const char *also(const struct report *report, const struct report_result *first)
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
            const struct report_result *answer = &report->results[i];
            if (answer == first || answer->state != words[w].state)
                continue;
            if (same)
                text = arena_printf(report->arena, "%s, %s", text, answer->result->check->name);
            else
                text = arena_printf(report->arena, "%s; %s%s: %s", text, any ? "" : "also ",
                                    words[w].word, answer->result->check->name);
            same = any = true;
        }
    }
    return text;
}

static const char *all_fine(const struct report *report)
{
    size_t passed = report_count(report, STATE_OK), left = report->count - passed;
    const char *rest = left == 0 ? "" : arena_printf(report->arena, ", %zu not applicable", left);
    const char *who = report->node_count == 1
                          ? report->nodes[0].name
                          : arena_printf(report->arena, "%zu appliances", report->node_count);
    return arena_printf(report->arena, "%s: %zu %s passed%s", who, passed,
                        passed == 1 ? "check" : "checks", rest);
}

/* Is the state of ANSWER no more than a consequence of another check's? */
static bool follows(const struct report_result *answer)
{
    for (size_t i = 0; i < answer->result->finding_count; i++)
        if (answer->result->findings[i]->state == answer->state &&
            !answer->result->findings[i]->follows)
            return false;
    return true;
}

/* The first of the worst, causes before consequences. */
static const struct report_result *speaker(const struct report *report)
{
    const struct report_result *first = report->results, *end = first + report->count;
    while (first->state != report->state)
        first++;
    for (const struct report_result *answer = first; answer < end; answer++)
        if (answer->state == report->state && !follows(answer))
            return answer;
    return first;
}

const char *report_headline(const struct report *report)
{
    if (report->interrupted != NULL)
        return arena_printf(report->arena, "ASYNCOS UNKNOWN - %s", report->interrupted);
    if (report->count == 0)
        return "ASYNCOS UNKNOWN - nothing was asked";
    const struct report_result *first = speaker(report);
    const char *name = first->result->check->name;
    if (report->one_check)
        return arena_printf(report->arena, "%s %s - %s", upper(report->arena, name),
                            exit_label(report->state), with_node(report, first));
    if (report->state <= STATE_OK)
        return arena_printf(report->arena, "ASYNCOS OK - %s", all_fine(report));
    return arena_printf(report->arena, "ASYNCOS %s - %s: %s%s", exit_label(report->state), name,
                        with_node(report, first), also(report, first));
}
