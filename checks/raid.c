/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"
#include "checks/parse/cli_version.h"

static const struct need needs[] = {{&cli_version_kind, NEED_REQUIRED}};

static const struct compare_spec compares[] = {
    {"raid_status", COMPARE_EQUAL, "RAID status", 0},
};

/*
 * The line "RAID Status" (asyncos-cli.md 2, domain.md P01, V30; Optimal, Degraded: R). It is good
 * only as a whole: "Not Ready" and "READY (1 of 2 drives)" are not. A bad word is bad
 * anywhere, and the worse ones stand first. Anything else is not recognised.
 */
static const char drive_failed[] = "a drive has failed: TAC, RMA; do not start another upgrade";
static const struct {
    const char *words;
    bool whole;
    enum state state;
    const char *hint;
} rows[] = {
    {"optimal", true, STATE_OK, NULL},
    {"ready", true, STATE_OK, NULL},
    {"degraded", false, STATE_CRITICAL, drive_failed},
    {"failed", false, STATE_CRITICAL, drive_failed},
    {"failure", false, STATE_CRITICAL, drive_failed},
    {"offline", false, STATE_CRITICAL, "the volume is offline: TAC, RMA"},
    {"missing", false, STATE_CRITICAL, "a drive is missing: reseat it, else TAC, RMA"},
    {"rebuild", false, STATE_WARNING, "wait for the rebuild to end; do not reboot meanwhile"},
    {"rebuilding", false, STATE_WARNING, "wait for the rebuild to end; do not reboot meanwhile"},
};

static void judge(const struct question *q, struct result *result,
                  const struct cli_version *version)
{
    struct span status = version->raid_status;
    const char *node = q->node->name;
    const struct cli_version *then = check_facts_of(q, check_before(q), &cli_version_kind, NULL);
    (void)compare_text(q, result, "raid_status", NULL,
                       then == NULL ? text_of(NULL) : then->raid_status, status);
    size_t i = 0;
    while (i < CHECK_COUNT(rows) && !(rows[i].whole ? text_is_nocase(status, rows[i].words)
                                                    : text_find_word(status, rows[i].words) >= 0))
        i++;
    struct finding *finding;
    if (i < CHECK_COUNT(rows)) {
        finding = result_say(result, rows[i].state, node, "%s: RAID status is %.*s", node,
                             TEXT_ARGS(status));
        (void)result_hint(finding, rows[i].hint);
    } else {
        finding = result_say(result, STATE_UNKNOWN, node,
                             "%s: RAID status is not recognised: '%.*s'", node, TEXT_ARGS(status));
    }
    (void)result_compare(result, finding, "Optimal", arena_dup(q->arena, text_head(status, 200)));
    (void)result_evidence(result, finding, cli_version_kind.id, version->raid_status_line);
}

static void run(const struct question *q, struct result *result)
{
    const struct cli_version *version = check_facts(q, result, &cli_version_kind);
    if (version == NULL)
        return;
    /* "RAID: NA" with "RAID Status: Unknown" is the normal virtual appliance (V, four samples). */
    bool none = text_is_nocase(version->raid, "NA") || text_is_nocase(version->raid, "N/A");
    bool told = version->raid_status_line != 0 && version->raid_status.n != 0;
    if (version->is_virtual && (none || !told)) {
        struct finding *finding = result_say(result, STATE_NOT_APPLICABLE, q->node->name,
                                             "%s is virtual (model %.*s, RAID: %s)", q->node->name,
                                             TEXT_ARGS(version->model), none ? "NA" : "not listed");
        (void)result_evidence(result, finding, cli_version_kind.id, version->raid_line);
        return;
    }
    if (!told) {
        (void)result_say(result, STATE_UNKNOWN, q->node->name,
                         "%s: `version` shows no RAID Status, and the model is not virtual",
                         q->node->name);
        return;
    }
    judge(q, result, version);
}

const struct check raid_check = {
    .name = "raid",
    .title = "is the RAID READY or OPTIMAL?",
    .roles = ROLE_ANY,
    .needs = needs,
    .need_count = CHECK_COUNT(needs),
    .compares = compares,
    .compare_count = CHECK_COUNT(compares),
    .run = run,
};
