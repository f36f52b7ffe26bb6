/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/state.h"

#include <string.h>
#include <strings.h>

#include "checks/time.h"
#include "plugin/duration.h"
#include "plugin/file.h"
#include "plugin/state_index.h"

/* Clocks of two machines may differ by so much; more is no state that anybody can have written. */
enum { MAX_AHEAD_S = 60, MAX_AGE_MAX_S = 366 * 24 * 60 * 60, MAX_NAMES = 5 };

bool state_take_max_age(const char *argument, unsigned *seconds, struct fault *fault)
{
    return duration_parse(argument, 1, MAX_AGE_MAX_S, seconds) ||
           fault_set(fault, FAULT_INTERNAL, "--max-age", 0,
                     "expected a duration such as 90s, 15m or 2h, not '%.60s'", argument);
}

/* "45 s", "12 min", "3 h 5 min", "4 d 2 h" */
static const char *words(struct arena *arena, int64_t s)
{
    const long long minutes = (long long)(s / 60), hours = minutes / 60, days = hours / 24;
    return s < 120      ? arena_printf(arena, "%lld s", (long long)s)
           : hours == 0 ? arena_printf(arena, "%lld min", minutes)
           : days == 0  ? arena_printf(arena, "%lld h %lld min", hours, minutes % 60)
                        : arena_printf(arena, "%lld d %lld h", days, hours % 24);
}

/* The end of a long path tells more than its beginning. */
static const char *short_path(struct arena *arena, const char *path)
{
    const size_t n = strlen(path);
    return n <= 80 ? path : arena_printf(arena, "…%s", path + n - 80);
}

static struct report nothing(struct arena *arena, const struct state_question *q, const char *why)
{
    return (struct report){
        .arena = arena,
        .tool_version = POSTCHECK_VERSION,
        .phase = "check",
        .verbose = q->verbose,
        .state = STATE_NOT_APPLICABLE,
        .interrupted = result_clean(
            arena, text_of(arena_printf(arena, "%s %s", short_path(arena, q->path), why)), 400),
    };
}

static const char *unreadable(struct arena *arena, const struct fault *fault)
{
    if (fault->kind == FAULT_NOT_CAPTURED)
        return "is not there: `postcheck poll --state` writes it";
    if (fault->kind == FAULT_SYNTAX || fault->kind == FAULT_UNSUPPORTED)
        return arena_printf(arena, "is no state of `postcheck poll --state`: %s", fault->text);
    return arena_dup(arena, text_of(fault->text));
}

/* All but HOST leaves the report. */
static void keep_host(struct report *report, const char *host)
{
    size_t kept = 0;
    for (size_t i = 0; i < report->node_count; i++)
        if (strcasecmp(report->nodes[i].name, host) == 0)
            report->nodes[kept++] = report->nodes[i];
    report->node_count = kept;
    kept = 0;
    for (size_t i = 0; i < report->cluster_count; i++)
        for (size_t m = 0; m < report->clusters[i].member_count; m++)
            if (strcasecmp(report->clusters[i].members[m], host) == 0) {
                report->clusters[kept++] = report->clusters[i];
                break;
            }
    report->cluster_count = kept;
    kept = 0;
    for (size_t i = 0; i < report->count; i++)
        if (strcasecmp(report->results[i].result->node, host) == 0)
            report->results[kept++] = report->results[i];
    report->count = kept;
}

/* Does PART hold HOST and nothing else, as it should? */
static bool is_of_host(struct arena *arena, const struct state_question *q, struct span part,
                       struct report *report)
{
    struct fault fault;
    if (!reload_bytes(arena, q->path, part, q->find, report, &fault))
        return false;
    const size_t results = report->count;
    keep_host(report, q->host);
    return report->count == results && report->node_count == 1;
}

/* By the index when there is one and it leads to HOST, else out of the text, else all of it. */
static bool load(struct arena *arena, const struct state_question *q, struct report *report,
                 const char **others, struct fault *fault)
{
    struct span bytes, part;
    const char *path = reload_path(arena, q->path);
    *others = "";
    if (!q->whole && state_index_read(arena, path, q->host, &part) &&
        is_of_host(arena, q, part, report))
        return true;
    if (!file_read(arena, path, RELOAD_MAX, &bytes, fault))
        return false;
    if (!q->whole && state_index_cut(arena, bytes, q->host, &part) &&
        is_of_host(arena, q, part, report))
        return true;
    if (!reload_bytes(arena, path, bytes, q->find, report, fault))
        return false;
    for (size_t i = 0; i < report->node_count && i < MAX_NAMES; i++)
        *others = arena_printf(arena, "%s%s%s", *others, i > 0 ? ", " : "", report->nodes[i].name);
    if (report->node_count > MAX_NAMES)
        *others = arena_printf(arena, "%s …", *others);
    keep_host(report, q->host);
    return true;
}

/* When the newest answer about the appliance was taken; if there is none, when the run ended. */
static bool made_at(const struct report *report, int64_t *at)
{
    bool known = report->has_times;
    *at = report->ended_at;
    for (size_t i = 0, taken = 0; i < report->count; i++) {
        const struct report_result *answer = &report->results[i];
        if (!answer->has_taken_at || (taken > 0 && answer->taken_at <= *at))
            continue;
        *at = answer->taken_at;
        taken++;
        known = true;
    }
    return known;
}

static bool is_asked(const struct state_question *q, const char *check)
{
    for (size_t i = 0; i < q->check_count; i++)
        if (strcmp(q->checks[i], check) == 0)
            return true;
    return q->check_count == 0;
}

static struct report_result missing(struct arena *arena, const struct state_question *q,
                                    const char *name, const char *host, const char *there)
{
    struct result *result = arena_alloc(arena, sizeof(*result));
    result_init(result, arena, q->find(text_of(name)), host);
    (void)result_say(result, STATE_UNKNOWN, host, "the state %s has no answer of this check%s%s",
                     short_path(arena, q->path), *there != '\0' ? ", but of " : "", there);
    return (struct report_result){
        .result = result, .state = STATE_UNKNOWN, .line = result_line(result)};
}

/* The results of the checks that are asked for, those that are not there as UNKNOWN. */
static void keep_checks(struct arena *arena, const struct state_question *q, struct report *report)
{
    const char *there = "";
    struct report_result *all = report->results;
    const size_t count = report->count;
    report->results = arena_array(arena, count + q->check_count, sizeof(*all));
    report->count = 0;
    for (size_t i = 0; i < count; i++) {
        const char *name = all[i].result->check->name;
        there = arena_printf(arena, "%s%s%s", there, i > 0 ? ", " : "", name);
        if (is_asked(q, name))
            report->results[report->count++] = all[i];
    }
    for (size_t c = 0; c < q->check_count; c++) {
        bool found = false;
        for (size_t i = 0; i < count; i++)
            found |= strcmp(all[i].result->check->name, q->checks[c]) == 0;
        if (!found)
            report->results[report->count++] =
                missing(arena, q, q->checks[c], report->nodes[0].name, there);
    }
    report->state = STATE_NOT_APPLICABLE;
    for (size_t i = 0; i < report->count; i++)
        report->state = result_worse(report->state, report->results[i].state);
}

/* What was said of the whole run is not said of one appliance. */
static void forget_run(const struct state_question *q, struct report *report)
{
    report->seal_count = report->document_count = 0;
    report->only = NULL;
    report->alone = false;
    report->verbose = q->verbose;
    report->one_check = q->check_count == 1;
}

struct report state_answer(struct arena *arena, const struct state_question *q)
{
    struct report report;
    struct fault fault;
    const char *others;
    char stamp[32];
    int64_t at;
    const unsigned max = q->max_age_s != 0 ? q->max_age_s : STATE_MAX_AGE_S;
    if (!load(arena, q, &report, &others, &fault))
        return nothing(arena, q, unreadable(arena, &fault));
    if (report.node_count == 0)
        return nothing(arena, q,
                       arena_printf(arena, "holds no appliance '%.80s'%s%s", q->host,
                                    *others != '\0' ? ", but " : "", others));
    if (!made_at(&report, &at))
        return nothing(arena, q, "does not say when its answers were taken");
    int64_t age = q->now - at;
    if (age < -MAX_AHEAD_S)
        return nothing(arena, q,
                       arena_printf(arena, "is of the future, %s: compare the clocks",
                                    time_print_utc(at, stamp, sizeof(stamp))));
    age = age < 0 ? 0 : age;
    if (age > (int64_t)max) {
        report = nothing(
            arena, q,
            arena_printf(arena,
                         "is %s old, of %s, and --max-age is %s: does `postcheck poll --state` "
                         "still run?",
                         words(arena, age), time_print_utc(at, stamp, sizeof(stamp)),
                         words(arena, max)));
    } else {
        forget_run(q, &report);
        keep_checks(arena, q, &report);
    }
    report.has_age = true;
    report.age_s = age;
    report.max_age_s = max;
    return report;
}
