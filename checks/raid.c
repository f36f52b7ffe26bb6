/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"
#include "checks/parse/cli_version.h"

static const struct need needs[] = {{&cli_version_kind, NEED_REQUIRED}};

/*
 * Words of the line "RAID Status" (asyncos-cli.md 2, domain.md P01, V30; Optimal, Degraded: R).
 * The first word found decides, so the worse ones stand first.
 */
static const struct {
    const char *word;
    enum state state;
    const char *hint;
} words[] = {
    {"degraded", STATE_CRITICAL, "a drive has failed: TAC, RMA; do not start another upgrade"},
    {"failed", STATE_CRITICAL, "a drive has failed: TAC, RMA; do not start another upgrade"},
    {"failure", STATE_CRITICAL, "a drive has failed: TAC, RMA; do not start another upgrade"},
    {"offline", STATE_CRITICAL, "the volume is offline: TAC, RMA"},
    {"missing", STATE_CRITICAL, "a drive is missing: reseat it, else TAC, RMA"},
    {"rebuild", STATE_WARNING, "wait for the rebuild to end; do not reboot meanwhile"},
    {"rebuilding", STATE_WARNING, "wait for the rebuild to end; do not reboot meanwhile"},
    {"optimal", STATE_OK, NULL},
    {"ready", STATE_OK, NULL},
};

static void judge(const struct question *q, struct result *result,
                  const struct cli_version *version)
{
    const char *node = q->node->name;
    for (size_t i = 0; i < CHECK_COUNT(words); i++) {
        if (text_find_word(version->raid_status, words[i].word) < 0)
            continue;
        struct finding *finding =
            result_say(result, words[i].state, node, "%s: RAID status is %.*s", node,
                       TEXT_ARGS(version->raid_status));
        (void)result_compare(result, finding, "Optimal",
                             arena_dup(q->arena, text_head(version->raid_status, 200)));
        (void)result_evidence(result, finding, cli_version_kind.id, version->raid_status_line);
        (void)result_hint(finding, words[i].hint);
        return;
    }
    struct finding *finding =
        result_say(result, STATE_UNKNOWN, node, "%s: RAID status is not recognised: '%.*s'", node,
                   TEXT_ARGS(version->raid_status));
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
    .run = run,
};
