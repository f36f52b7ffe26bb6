/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"
#include "checks/parse/cli_displayalerts.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/cli_version.h"
#include "checks/parse/xml_status.h"
#include "checks/start.h"
#include "checks/zone.h"

/* The Install Date has no zone: the hour that is set back in autumn happens twice. */
enum { DST_S = 3600 };

static const struct need needs[] = {
    {&cli_status_kind, NEED_REQUIRED},
    {&cli_version_kind, NEED_ALSO},
    {&xml_status_kind, NEED_ALSO},
    {&cli_displayalerts_kind, NEED_ALSO}, /* its stamps tell the zone */
};

static const struct metric_spec metrics[] = {
    /* The reboot takes up to about 20 minutes (domain.md D08); later means another reboot. */
    {"restart_delay_s", "s", "start of the system after the installation", "2700", "7200",
     "a start long after the installation is a second reboot: look for the reason in system_logs "
     "and "
     "on the console"},
};

static const char hint_reboot[] = "installed but never rebooted: reboot inside the window";

static void compare_sources(const struct question *q, struct result *result,
                            const struct start *start)
{
    if (!start->cli.known || !start->xml.known)
        return;
    int64_t apart = time_between(start->cli.when, start->xml.when);
    if (apart >= -START_TOLERANCE_S && apart <= START_TOLERANCE_S)
        return;
    char a[32], b[32];
    struct finding *finding = result_say(result, STATE_UNKNOWN, q->node->name,
                                         "%s: the CLI says up since %s, the XML page says %s",
                                         q->node->name, time_print(start->cli.when, a, sizeof(a)),
                                         time_print(start->xml.when, b, sizeof(b)));
    (void)result_evidence(result, finding, start->xml.document, start->xml.line);
}

/*
 * The start must lie after EARLIEST, which WHAT describes. Where it lies less than VAGUE_S before,
 * the two may be told in different ways, and nothing is proven.
 */
static void judge_after(const struct question *q, struct result *result, const struct start *start,
                        struct stamp earliest, const char *what, int64_t vague_s)
{
    char up[32], limit[32];
    (void)time_print(start->when, up, sizeof(up));
    (void)time_print(earliest, limit, sizeof(limit));
    struct finding *finding;
    int64_t later = time_between(start->when, earliest);
    if (later >= 0) {
        finding = result_say(result, STATE_OK, q->node->name, "%s started %s, after %s (%s)",
                             q->node->name, up, what, limit);
    } else if (later >= -vague_s) {
        finding = result_say(result, STATE_UNKNOWN, q->node->name,
                             "%s started %s, less than an hour before %s (%s), which has no zone: "
                             "the clocks may have been set in between",
                             q->node->name, up, what, limit);
    } else {
        finding = result_say(result, STATE_CRITICAL, q->node->name,
                             "%s was not rebooted: up since %s, before %s (%s)", q->node->name, up,
                             what, limit);
        (void)result_hint(finding, hint_reboot);
    }
    (void)result_compare(result, finding, limit, up);
    (void)result_evidence(result, finding, start->document, start->line);
}

/* --since is a moment; a wall clock of unknown zone cannot be compared with it. */
static void judge_against_since(const struct question *q, struct result *result,
                                const struct start *start)
{
    char up[32], since[32];
    if (start->when.has_offset || !q->since.has_offset) {
        judge_after(q, result, start, q->since, "the start of the change", 0);
        return;
    }
    struct finding *finding = result_say(
        result, STATE_UNKNOWN, q->node->name,
        "%s: up since %s in a zone that nothing tells, so it cannot be compared with --since %s",
        q->node->name, time_print(start->when, up, sizeof(up)),
        time_print(q->since, since, sizeof(since)));
    (void)result_evidence(result, finding, start->document, start->line);
    (void)result_hint(finding, "give --since without a zone, in the appliance's own time, or "
                               "capture displayalerts too: its stamps tell the zone");
}

/* Is the installation of this change visible: newer than what the baseline had? */
static bool installed_anew(const struct cli_version *now, const struct cli_version *before)
{
    return before == NULL || !before->has_install_date ||
           time_between(now->install_date, before->install_date) > 0;
}

static bool judge_against_baseline(const struct question *q, struct result *result,
                                   const struct start *start)
{
    struct start before = start_of(q, check_before(q));
    if (!before.known)
        return false;
    char up[32];
    struct finding *finding;
    (void)time_print(start->when, up, sizeof(up));
    if (!start->zone_told || !before.zone_told)
        before.when.has_offset = false; /* a guessed zone may be that of the other season */
    int64_t later = time_between(start->when, before.when);
    if (later > START_TOLERANCE_S) {
        finding = result_say(result, STATE_OK, q->node->name, "%s started %s, after the baseline",
                             q->node->name, up);
    } else if (later < -START_TOLERANCE_S) {
        finding = result_say(result, STATE_UNKNOWN, q->node->name,
                             "%s: up since %s, earlier than the baseline shows", q->node->name, up);
    } else {
        finding =
            result_say(result, STATE_CRITICAL, q->node->name,
                       "%s was not rebooted: up since %s, as in the baseline", q->node->name, up);
        (void)result_hint(finding, hint_reboot);
    }
    (void)result_evidence(result, finding, start->document, start->line);
    return true;
}

static bool judge_against_install(const struct question *q, struct result *result,
                                  const struct start *start)
{
    const struct cli_version *now = check_facts_of(q, q->node, &cli_version_kind, NULL);
    const struct cli_version *before = check_facts_of(q, check_before(q), &cli_version_kind, NULL);
    if (now == NULL || !now->has_install_date || !installed_anew(now, before))
        return false;
    judge_after(q, result, start, now->install_date, "the installation", DST_S);
    int64_t delay = time_between(start->when, zone_of(q, q->node, now->install_date));
    if (delay < 0 || time_between(start->when, now->install_date) < 0)
        return true;
    /* Outside a change, an appliance that started again a year after its upgrade is in order. */
    if (q->has_since || before != NULL)
        check_measure(q, result, "restart_delay_s", NULL, (double)delay,
                      (struct evidence){start->document, start->line});
    else
        check_record(q, result, "restart_delay_s", NULL, (double)delay);
    return true;
}

static void run(const struct question *q, struct result *result)
{
    struct start start = start_of(q, q->node);
    if (!start.known) {
        if (check_facts(q, result, &cli_status_kind) != NULL)
            (void)result_say(result, STATE_UNKNOWN, q->node->name, "%s: no 'Up since' in %s",
                             q->node->name, cli_status_kind.id);
        return;
    }
    compare_sources(q, result, &start);
    bool judged = judge_against_baseline(q, result, &start);
    if (q->has_since)
        judge_against_since(q, result, &start);
    judged = judged || q->has_since;
    judged = judge_against_install(q, result, &start) || judged;
    char up[32];
    (void)time_print(start.when, up, sizeof(up));
    if (!judged) {
        struct finding *finding =
            result_say(result, STATE_UNKNOWN, q->node->name,
                       fleet_document(q->node, cli_version_kind.id) == NULL
                           ? "%s: cli/version.txt: not captured; up since %s, but without "
                             "--baseline, --since or "
                             "its Install Date nothing tells when it had to reboot"
                           : "%s: up since %s; without --baseline, --since or an Install Date "
                             "nothing tells when "
                             "it had to reboot",
                       q->node->name, up);
        (void)result_evidence(result, finding, start.document, start.line);
    }
    result_summary(result, "%s rebooted, up since %s", q->node->name, up);
}

const struct check reboot_check = {
    .name = "reboot",
    .title = "was it rebooted exactly once, inside the window?",
    .roles = ROLE_ANY,
    .needs = needs,
    .need_count = CHECK_COUNT(needs),
    .metrics = metrics,
    .metric_count = CHECK_COUNT(metrics),
    .run = run,
};
