/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"
#include "checks/mib.h"
#include "checks/parse/cli_version.h"

static const struct need needs[] = {
    {&cli_version_kind, NEED_REQUIRED},
    {&snmp_walk_kind, NEED_ALSO},
};

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

/* raidTable (snmp.md 1.3): numbers as in the public MIB. */
enum { DRIVE_STATUS = 2, DRIVE_ID = 3, DRIVE_ERROR = 4 };
static const struct mib_word drive_words[] = {
    {1, STATE_OK, "healthy", NULL},
    {2, STATE_CRITICAL, "failed", drive_failed},
    {3, STATE_WARNING, "is being rebuilt", "wait for the rebuild to end; do not reboot meanwhile"},
};

static bool told_before(const struct snmp_walk *then, const struct snmp_value *error)
{
    const struct snmp_table *table = then == NULL ? NULL : &then->tables[SNMP_DRIVES];
    for (size_t i = 0; table != NULL && i < table->count; i++)
        if (text_same_nocase(table->rows[i].columns[DRIVE_ERROR].text, error->text))
            return true;
    return false;
}

/* Any text but that there is no error ("No Error" by the MIB, "No Errors" as one check had it). */
static void judge_error(const struct question *q, struct result *result, const char *drive,
                        const struct snmp_value *error)
{
    const struct snmp_walk *then = check_facts_of(q, check_before(q), &snmp_walk_kind, NULL);
    if (error->type == SNMP_ABSENT || error->text.n == 0 ||
        text_starts_nocase(error->text, "no error"))
        return;
    bool known = told_before(then, error);
    struct finding *finding =
        result_say(result, known ? STATE_OK : STATE_WARNING, drive,
                   "%s: the last error of %s is '%.*s'%s", q->node->name, drive,
                   TEXT_ARGS(text_head(error->text, 200)), known ? ", as in the baseline" : "");
    (void)result_hint(finding, known ? NULL
                                     : "RAID events in `displayalerts`? Ask TAC before the "
                                       "next reboot");
    (void)result_evidence(result, finding, snmp_walk_kind.id, error->line);
}

/* It counts since power-on, so it may begin anew. */
static void judge_events(const struct question *q, struct result *result,
                         const struct snmp_walk *walk)
{
    const struct snmp_walk *before = check_facts_of(q, check_before(q), &snmp_walk_kind, NULL);
    const struct snmp_value *now = &walk->scalars[SNMP_RAID_EVENTS];
    const struct snmp_value *then = before == NULL ? NULL : &before->scalars[SNMP_RAID_EVENTS];
    if (!mib_number(result, now, "RAID", "number of events", false) || then == NULL ||
        then->type != SNMP_NUMBER || now->number <= then->number)
        return;
    struct finding *finding =
        result_say(result, STATE_WARNING, q->node->name, "%s: %lld RAID events since the baseline",
                   q->node->name, (long long)(now->number - then->number));
    (void)result_evidence(result, finding, snmp_walk_kind.id, now->line);
    (void)result_hint(finding, "`displayalerts` says what they were; TAC when a drive is named");
}

/* What SNMP tells of the drives. Returns how many. */
static size_t judge_drives(const struct question *q, struct result *result)
{
    const struct snmp_walk *walk = check_facts_optional(q, result, &snmp_walk_kind);
    const struct snmp_table *drives = walk == NULL ? NULL : &walk->tables[SNMP_DRIVES];
    for (size_t i = 0; drives != NULL && i < drives->count; i++) {
        const struct snmp_row *row = &drives->rows[i];
        const char *name = mib_name(q->arena, row, DRIVE_ID, "drive");
        if (mib_judge(result, &row->columns[DRIVE_STATUS], name, "status", drive_words,
                      CHECK_COUNT(drive_words)) == NULL)
            (void)result_say(result, STATE_UNKNOWN, name, "%s: the status of %s is not published",
                             q->node->name, name);
        judge_error(q, result, name, &row->columns[DRIVE_ERROR]);
    }
    if (walk != NULL)
        judge_events(q, result, walk);
    return drives == NULL ? 0 : drives->count;
}

/* True: the model has no RAID, which was said. */
static bool has_none(const struct question *q, struct result *result,
                     const struct cli_version *version, bool told)
{
    /* "RAID: NA" with "RAID Status: Unknown" is the normal virtual appliance (V, four samples). */
    bool none = text_is_nocase(version->raid, "NA") || text_is_nocase(version->raid, "N/A");
    if (!version->is_virtual || (!none && told))
        return false;
    struct finding *finding = result_say(result, STATE_NOT_APPLICABLE, q->node->name,
                                         "%s is virtual (model %.*s, RAID: %s)", q->node->name,
                                         TEXT_ARGS(version->model), none ? "NA" : "not listed");
    (void)result_evidence(result, finding, cli_version_kind.id, version->raid_line);
    return true;
}

/* Nobody asked the CLI: SNMP alone. False when it does not tell. */
static bool by_snmp_alone(const struct question *q, struct result *result)
{
    const struct snmp_walk *walk = check_facts_of(q, q->node, &snmp_walk_kind, NULL);
    if (walk == NULL || fleet_document(q->node, cli_version_kind.id) != NULL ||
        (!walk->is_virtual && walk->tables[SNMP_DRIVES].count == 0))
        return false;
    if (walk->is_virtual) {
        struct finding *finding =
            result_say(result, STATE_NOT_APPLICABLE, q->node->name, "%s is virtual (model %.*s)",
                       q->node->name, TEXT_ARGS(walk->model));
        (void)result_evidence(result, finding, snmp_walk_kind.id, walk->descr.line);
        return true;
    }
    (void)mib_facts(q, result);
    result_summary(result, "%s: %zu drives are healthy, by SNMP", q->node->name,
                   judge_drives(q, result));
    return true;
}

static void run(const struct question *q, struct result *result)
{
    if (by_snmp_alone(q, result))
        return;
    const struct cli_version *version = check_facts(q, result, &cli_version_kind);
    bool told = version != NULL && version->raid_status_line != 0 && version->raid_status.n != 0;
    if (version != NULL && has_none(q, result, version, told))
        return;
    if (told)
        judge(q, result, version);
    else if (version != NULL)
        (void)result_say(result, STATE_UNKNOWN, q->node->name,
                         "%s: `version` shows no RAID Status, and the model is not virtual",
                         q->node->name);
    size_t drives = judge_drives(q, result);
    if (told && drives > 0)
        result_summary(result, "%s: RAID status is %.*s, and all drives by SNMP are healthy (%zu)",
                       q->node->name, TEXT_ARGS(version->raid_status), drives);
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
