/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "checks/check.h"
#include "checks/excuse.h"
#include "checks/parse/cli_clusterlist.h"
#include "checks/parse/cli_connstatus.h"
#include "checks/parse/cli_displayalerts.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/cli_workqueue.h"
#include "checks/parse/xml_status.h"
#include "checks/signature.h"
#include "checks/zone.h"

#include <stdlib.h>

static const struct need needs[] = {
    {&cli_displayalerts_kind, NEED_REQUIRED},
    {&cli_status_kind, NEED_ALSO},
    {&xml_status_kind, NEED_ALSO},
    {&cli_workqueue_kind, NEED_ALSO},
    {&cli_clusterlist_kind, NEED_ALSO},
    {&cli_connstatus_kind, NEED_ALSO},
};

static const struct metric_spec metrics[] = {
    {"alerts_new", "", "new alerts that nothing explains", NULL, NULL, NULL},
    {"alerts_explained", "", "new alerts that the change itself explains", NULL, NULL, NULL},
};

/* Past this many different new alerts the rest is only counted. */
enum { MAX_GROUPS = 200, MAX_QUOTE = 300 };

/* How many alerts a list shows (R). */
enum { DEFAULT_LIST = 50 };

/*
 * An alert is new when the baseline did not have it, and when it is not from before TIME. The list
 * is newest first (R): what stands above a known alert is new whatever the clock said.
 */
struct cutoff {
    const uint64_t *known; /* fingerprints of the baseline's alerts, sorted */
    size_t known_count;
    bool has_time;
    struct stamp time;
    const char *words; /* "since the baseline" … */
    const bool *fresh; /* per alert of the list: is it new? */
};

/* Alerts of one kind: same text but for digits, same verdict. */
struct group {
    uint64_t shape;
    const struct alert *first; /* as listed: the newest */
    size_t count;
    const struct signature *signature;
    const char *excuse;
};

/*
 * FNV-1a, 64 bits, of all but blanks: two terminals may wrap a text differently. With SHAPE, digits
 * count as one kind of letter.
 */
static uint64_t fingerprint(uint64_t hash, struct span text, bool shape)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == ' ')
            continue;
        bool digit = text.p[i] >= '0' && text.p[i] <= '9';
        hash = (hash ^ (unsigned char)(shape && digit ? '0' : text.p[i])) * 0x100000001b3u;
    }
    return hash;
}

/* By UTC where the zone is known: when clocks are set back, one hour comes twice. */
static uint64_t identity(const struct alert *alert)
{
    int64_t when = alert->when.civil;
    bool utc = time_utc(alert->when, &when);
    uint64_t hash = 0xcbf29ce484222325u ^ (uint64_t)when ^ ((uint64_t)alert->repeats << 40) ^
                    (uint64_t)utc << 63;
    return fingerprint(hash * 0x100000001b3u, alert->text, false);
}

static int compare_numbers(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/*
 * When the baseline's list was made. A longer list of today reaches further back than the
 * baseline's: what is older than the baseline is not new, even if the baseline did not list it.
 */
static bool baseline_time(const struct question *q, const struct cli_displayalerts *before,
                          struct stamp *time)
{
    const struct document *document = fleet_document(check_before(q), cli_displayalerts_kind.id);
    const struct cli_status *status = check_facts_of(q, check_before(q), &cli_status_kind, NULL);
    if (document->has_taken_at) {
        *time = time_from_utc(document->taken_at);
    } else if (status != NULL && status->has_as_of) {
        *time = status->as_of;
    } else {
        for (size_t i = 0; i < before->count; i++)
            if (i == 0 || time_between(before->alerts[i].when, *time) < 0)
                *time = before->alerts[i].when; /* at least its oldest alert tells */
        return before->count > 0;
    }
    time->civil -= ZONE_SKEW_S;
    return true;
}

static bool from_baseline(const struct question *q, struct cutoff *cutoff)
{
    const struct cli_displayalerts *before =
        check_facts_of(q, check_before(q), &cli_displayalerts_kind, NULL);
    if (before == NULL)
        return false;
    uint64_t *known = arena_array(q->arena, before->count + 1, sizeof(*known));
    for (size_t i = 0; i < before->count; i++)
        known[i] = identity(&before->alerts[i]);
    qsort(known, before->count, sizeof(*known), compare_numbers);
    *cutoff = (struct cutoff){
        .known = known, .known_count = before->count, .words = "since the baseline"};
    cutoff->has_time = baseline_time(q, before, &cutoff->time);
    return true;
}

/* What the appliance's own clock showed when it was asked. */
static bool own_clock(const struct question *q, struct stamp *clock)
{
    const struct cli_status *cli = check_facts_of(q, q->node, &cli_status_kind, NULL);
    const struct xml_status *xml = check_facts_of(q, q->node, &xml_status_kind, NULL);
    if (cli != NULL && cli->has_as_of)
        *clock = cli->as_of;
    else if (xml != NULL && xml->has_timestamp)
        *clock = xml->timestamp;
    else
        return false;
    return true;
}

static bool from_start(const struct question *q, struct result *result, struct cutoff *cutoff)
{
    const char *node = q->node->name;
    struct start start = start_of(q, q->node);
    struct stamp clock;
    char up[32], now[32];
    if (!start.known) {
        (void)result_say(result, STATE_UNKNOWN, node,
                         "%s: no --baseline, no --since, and no document that tells its last "
                         "start: nothing says which alerts are new",
                         node);
        return false;
    }
    (void)time_print(start.when, up, sizeof(up));
    if (own_clock(q, &clock) && time_between(start.when, clock) > START_TOLERANCE_S) {
        struct finding *finding =
            result_say(result, STATE_UNKNOWN, node,
                       "%s: up since %s, which is later than its clock says (%s): nothing says "
                       "which alerts are new",
                       node, up, time_print(clock, now, sizeof(now)));
        (void)result_evidence(result, finding, start.document, start.line);
        return false;
    }
    *cutoff = (struct cutoff){.has_time = true, .time = start.when};
    cutoff->words = arena_printf(q->arena, "since its last start %s (no baseline)", up);
    return true;
}

/* The baseline's list, else --since, else the appliance's own last start. */
static bool choose_cutoff(const struct question *q, struct result *result, struct cutoff *cutoff)
{
    char text[32];
    if (q->baseline != NULL) {
        if (from_baseline(q, cutoff))
            return true;
        (void)result_say(result, STATE_UNKNOWN, q->node->name,
                         "the baseline holds no usable displayalerts of %s", q->node->name);
        if (!q->has_since)
            return false;
    }
    if (!q->has_since)
        return from_start(q, result, cutoff);
    *cutoff = (struct cutoff){.has_time = true, .time = q->since};
    cutoff->words = arena_printf(q->arena, "since %s", time_print(q->since, text, sizeof(text)));
    return true;
}

static bool is_known(const struct cutoff *cutoff, const struct alert *alert)
{
    uint64_t id = identity(alert);
    return cutoff->known_count > 0 &&
           bsearch(&id, cutoff->known, cutoff->known_count, sizeof(id), compare_numbers) != NULL;
}

/* Which alerts are new: not known, and not old unless they stand above a known one (newest first,
 * R). */
static const bool *find_new(const struct question *q, const struct cutoff *cutoff,
                            const struct cli_displayalerts *now)
{
    bool *fresh = arena_array(q->arena, now->count, sizeof(*fresh));
    size_t above = 0;
    for (size_t i = 0; i < now->count; i++) {
        fresh[i] = !is_known(cutoff, &now->alerts[i]);
        if (!fresh[i])
            above = i;
    }
    for (size_t i = above; cutoff->has_time && i < now->count; i++)
        if (time_between(excuse_last(&now->alerts[i]), cutoff->time) < 0)
            fresh[i] = false;
    return fresh;
}

/* A severity that the build prints itself counts more than the table's. */
static enum alert_severity severity_of(const struct group *group)
{
    if (group->first->severity != ALERT_UNTOLD)
        return group->first->severity;
    return group->signature == NULL ? ALERT_UNTOLD : group->signature->severity;
}

static const struct {
    enum state state;
    const char *words;
} kinds[] = {
    [ALERT_UNTOLD] = {STATE_WARNING, "new alert of unknown class"},
    [ALERT_INFO] = {STATE_OK, "new information"},
    [ALERT_WARNING] = {STATE_WARNING, "new warning alert"},
    [ALERT_CRITICAL] = {STATE_CRITICAL, "new critical alert"},
};

static enum state state_of(const struct group *group)
{
    return group->excuse != NULL ? STATE_OK : kinds[severity_of(group)].state;
}

static void say_group(const struct question *q, struct result *result, const struct group *group)
{
    const struct alert *alert = group->first;
    enum alert_severity severity = severity_of(group);
    char when[32];
    size_t times = group->count > 1 ? group->count : 0;
    const char *count = times > 0 ? arena_printf(q->arena, ", %zu times", times) : "";
    if (alert->repeats > 0)
        count = arena_printf(q->arena, "%s, repeated %u times", count, alert->repeats);
    const char *quote = result_clean(q->arena, alert->text, MAX_QUOTE);
    struct finding *finding =
        result_say(result, state_of(group), q->node->name, "%s: %s%s (%s%s): %s", q->node->name,
                   group->excuse != NULL ? "explained: " : "", kinds[severity].words,
                   time_print(alert->when, when, sizeof(when)), count, quote);
    (void)result_evidence(result, finding, cli_displayalerts_kind.id, alert->line);
    if (group->excuse != NULL)
        (void)result_explain(result, finding, "%s", group->excuse);
    else if (group->signature != NULL)
        (void)result_hint(finding, group->signature->hint);
    else if (severity == ALERT_UNTOLD)
        (void)result_hint(finding,
                          "not in the table of known alerts: read it in full, and judge it "
                          "by the severity in its alert mail");
}

struct tally {
    struct group groups[MAX_GROUPS];
    size_t count;
    size_t fresh, explained, left_out;
    enum state left_out_state; /* the worst of them: a flood must not hide the one that matters */
};

static void add_alert(const struct question *q, struct excuse_facts *facts, struct tally *tally,
                      const struct alert *alert)
{
    struct group group = {.first = alert, .count = 1, .signature = signature_of(alert->text)};
    group.excuse = excuse_for(q, facts, group.signature, alert);
    group.shape = fingerprint(fingerprint(1, text_of(group.excuse), false), alert->text, true);
    enum alert_severity severity = severity_of(&group);
    tally->fresh += group.excuse == NULL && severity != ALERT_INFO;
    tally->explained += group.excuse != NULL;
    for (size_t i = 0; i < tally->count; i++)
        if (tally->groups[i].shape == group.shape && severity_of(&tally->groups[i]) == severity) {
            tally->groups[i].count++;
            return;
        }
    if (tally->count < MAX_GROUPS) {
        tally->groups[tally->count++] = group;
    } else {
        tally->left_out++;
        tally->left_out_state = result_worse(tally->left_out_state, state_of(&group));
    }
}

/*
 * Does the list still reach back to what it is compared with? Newest first (R): behind one that is
 * not new nothing new is lost, even where the list ends early; but only where the list looks so.
 */
static void judge_coverage(const struct question *q, struct result *result,
                           const struct cutoff *cutoff, const struct cli_displayalerts *now)
{
    bool reaches_back = false;
    for (size_t i = 0; i < now->count && !reaches_back; i++)
        reaches_back = !cutoff->fresh[i];
    bool rising =
        now->count > 1 && time_between(now->alerts[now->count - 1].when, now->alerts[0].when) > 0;
    if (now->cut && (rising || !reaches_back))
        (void)result_say(result, STATE_UNKNOWN, q->node->name, "%s: the list of alerts ends early",
                         q->node->name);
    if (now->stray.n != 0) {
        struct finding *finding =
            result_say(result, STATE_UNKNOWN, q->node->name,
                       "%s: displayalerts says something not recognised: '%.*s'", q->node->name,
                       TEXT_ARGS(now->stray));
        (void)result_evidence(result, finding, cli_displayalerts_kind.id, now->stray_line);
    }
    if (now->count == 0 && !now->cut && !now->none_said && !now->prompt_returned)
        (void)result_say(
            result, STATE_UNKNOWN, q->node->name,
            "%s: displayalerts shows its heading and no alert, but neither says so nor "
            "returns to the prompt",
            q->node->name);
    if (reaches_back)
        return;
    size_t asked = now->asked > 0 ? now->asked : DEFAULT_LIST;
    if (cutoff->known_count == 0 && now->count >= asked)
        (void)result_say(result, STATE_UNKNOWN, q->node->name,
                         "%s: all %zu listed alerts are new: there may be more than the list shows",
                         q->node->name, now->count);
    if (cutoff->known_count == 0)
        return;
    struct finding *finding =
        result_say(result, STATE_UNKNOWN, q->node->name,
                   "%s: none of the %zu alerts of the baseline is still listed: newer ones may be "
                   "lost too",
                   q->node->name, cutoff->known_count);
    (void)result_evidence(result, finding, cli_displayalerts_kind.id, 0);
    (void)result_hint(finding,
                      "ask for a longer list (`displayalerts 500`), or search the alert mails "
                      "and `grep \"alert was sent\" mail_logs`");
}

/* A clock that was set back says nothing about which alert came after which. */
static void judge_clock(const struct question *q, struct result *result,
                        const struct cutoff *cutoff, const struct cli_displayalerts *now)
{
    struct stamp clock;
    char later[32], shown[32];
    if (!own_clock(q, &clock))
        return;
    for (size_t i = 0; i < now->count; i++) {
        const struct alert *alert = &now->alerts[i];
        if (time_between(alert->when, clock) <= ZONE_SKEW_S || !cutoff->fresh[i])
            continue;
        struct finding *finding =
            result_say(result, STATE_UNKNOWN, q->node->name,
                       "%s: an alert of %s is later than the appliance's clock (%s): the clock was "
                       "set back, or the list is from another time than its status",
                       q->node->name, time_print(alert->when, later, sizeof(later)),
                       time_print(clock, shown, sizeof(shown)));
        (void)result_evidence(result, finding, cli_displayalerts_kind.id, alert->line);
        return;
    }
}

/* When the change began, for what it may explain. */
static const struct stamp *begin_of(const struct question *q, const struct cutoff *cutoff)
{
    if (q->has_since)
        return &q->since;
    return q->baseline != NULL && cutoff->has_time ? &cutoff->time : NULL;
}

static void run(const struct question *q, struct result *result)
{
    const struct cli_displayalerts *now = check_facts(q, result, &cli_displayalerts_kind);
    struct cutoff cutoff;
    if (now == NULL || !choose_cutoff(q, result, &cutoff))
        return;
    cutoff.fresh = find_new(q, &cutoff, now);
    struct excuse_facts facts = excuse_facts(q, begin_of(q, &cutoff));
    struct tally *tally = arena_alloc(q->arena, sizeof(*tally));
    for (size_t i = 0; i < now->count; i++)
        if (cutoff.fresh[i])
            add_alert(q, &facts, tally, &now->alerts[i]);
    for (size_t i = 0; i < tally->count; i++)
        say_group(q, result, &tally->groups[i]);
    if (tally->left_out > 0)
        (void)result_say(result, result_worse(STATE_WARNING, tally->left_out_state), q->node->name,
                         "%s: %zu further new alerts%s", q->node->name, tally->left_out,
                         tally->left_out_state == STATE_CRITICAL ? ", critical ones among them"
                                                                 : "");
    judge_clock(q, result, &cutoff, now);
    judge_coverage(q, result, &cutoff, now);
    struct evidence list = {cli_displayalerts_kind.id, 0};
    check_measure(q, result, "alerts_new", NULL, (double)tally->fresh, list);
    check_measure(q, result, "alerts_explained", NULL, (double)tally->explained, list);
    if (result->finding_count == 0)
        (void)result_say(result, STATE_OK, q->node->name, "%s: no new alert %s", q->node->name,
                         cutoff.words);
    if (tally->explained > 0)
        result_summary(result, "%s: no unexplained alert %s, %zu explained", q->node->name,
                       cutoff.words, tally->explained);
    else
        result_summary(result, "%s: no new alert %s", q->node->name, cutoff.words);
}

const struct check alerts_check = {
    .name = "alerts",
    .title = "does `displayalerts` show new alerts that nothing explains?",
    .roles = ROLE_ANY,
    .needs = needs,
    .need_count = CHECK_COUNT(needs),
    .metrics = metrics,
    .metric_count = CHECK_COUNT(metrics),
    .settle_s = 1800, /* domain.md V12 */
    .run = run,
};
