/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"
#include "checks/mib.h"
#include "checks/parse/cli_version.h"

static const struct need needs[] = {
    {&snmp_walk_kind, NEED_REQUIRED},
    {&cli_version_kind, NEED_ALSO},
};

static const struct metric_spec metrics[] = {
    {"fan_rpm", "", "speed of the fan in rpm", NULL, "1:", "the fan stands still: TAC, RMA"},
    /* 90 is the vendor's highest limit, that of a processor; others have their own below. */
    {"temperature_c", "", "temperature in degrees Celsius", NULL, "90",
     "look at fans and room; TAC when both are as they should be"},
};

static const struct compare_spec compares[] = {
    {"power_supplies", COMPARE_SET_KEPT, "power supplies that are installed", 0},
    {"fans", COMPARE_SET_KEPT, "fans", 0},
    {"temperature_sensors", COMPARE_SET_KEPT, "temperature sensors", 0},
};

/* snmp.md 1.3: numbers as in the public MIB. */
static const struct mib_word supply_words[] = {
    {1, STATE_OK, "not installed", NULL},
    {2, STATE_OK, "healthy", NULL},
    {3, STATE_WARNING, "has no mains power", "look at its cable and its circuit"},
    {4, STATE_CRITICAL, "faulty", "replace the power supply: TAC, RMA"},
};
static const struct mib_word redundancy_words[] = {
    {1, STATE_OK, "redundancy is there", NULL},
    {2, STATE_WARNING, "redundancy is lost",
     "one more failure switches the appliance off: see which power supply is not healthy"},
};

/*
 * The limits of the user guides for older models (snmp.md 1.5), by what a sensor is called; within
 * a tenth of it a temperature deserves attention.
 */
static const struct {
    const char *word;
    double limit;
} sensors[] = {{"ambient", 47}, {"riser", 62}, {"backplane", 72}, {"cpu", 90}};

/* A table of the walk that stands for parts of the machine. */
struct parts {
    enum snmp_table_name table;
    unsigned name; /* its column */
    const char *word, *words, *compare;
};
static const struct parts supplies = {SNMP_SUPPLIES, 4, "power supply", "power supplies",
                                      "power_supplies"};
static const struct parts fans = {SNMP_FANS, 3, "fan", "fans", "fans"};
static const struct parts temperatures = {SNMP_TEMPERATURES, 3, "temperature", "temperatures",
                                          "temperature_sensors"};

static bool is_there(const struct parts *parts, const struct snmp_row *row)
{
    return parts->table != SNMP_SUPPLIES || row->columns[2].type != SNMP_NUMBER ||
           row->columns[2].number != 1;
}

/* Names of the parts that are there; NULL: the table is not published. */
static struct span *names_of(const struct question *q, const struct snmp_walk *walk,
                             const struct parts *parts, size_t *count)
{
    const struct snmp_table *table = walk == NULL ? NULL : &walk->tables[parts->table];
    *count = 0;
    if (table == NULL || table->count == 0)
        return NULL;
    struct span *names = arena_array(q->arena, table->count, sizeof(*names));
    for (size_t i = 0; i < table->count; i++)
        if (is_there(parts, &table->rows[i]))
            names[(*count)++] =
                text_of(mib_name(q->arena, &table->rows[i], parts->name, parts->word));
    return names;
}

/* What the baseline had is still there; what the model ought to have is published. */
static size_t judge_parts(const struct question *q, struct result *result,
                          const struct snmp_walk *walk, const struct parts *parts)
{
    const struct snmp_walk *then = check_facts_of(q, check_before(q), &snmp_walk_kind, NULL);
    size_t count, before_count;
    const char *node = q->node->name;
    struct span *now = names_of(q, walk, parts, &count);
    struct span *before = names_of(q, then, parts, &before_count);
    struct finding *finding = NULL;
    if (walk->cut_line != 0)
        return count; /* which was said; what is missing may be behind it */
    bool kept = compare_set(q, result, parts->compare, NULL, before, before_count, now, count);
    if (now == NULL)
        finding =
            result_say(result, STATE_UNKNOWN, node,
                       "%s publishes no %s, and its model is not virtual", node, parts->words);
    else if (before != NULL && !kept)
        finding = result_say(result, STATE_WARNING, node,
                             "%s: not all %s of the baseline are there (%zu before, %zu now)", node,
                             parts->words, before_count, count);
    if (finding != NULL) {
        (void)result_evidence(result, finding, snmp_walk_kind.id, 0);
        (void)result_hint(finding, "was a part removed? Compare with the baseline's walk");
    }
    return count;
}

static void judge_supplies(const struct question *q, struct result *result,
                           const struct snmp_table *table)
{
    enum state worst = STATE_OK;
    const struct snmp_value *redundancy = NULL;
    for (size_t i = 0; i < table->count; i++) {
        const struct snmp_row *row = &table->rows[i];
        const char *name = mib_name(q->arena, row, supplies.name, supplies.word);
        const struct snmp_value *value = &row->columns[3];
        if (mib_judge(result, &row->columns[2], name, "status", supply_words,
                      CHECK_COUNT(supply_words)) == NULL)
            (void)result_say(result, STATE_UNKNOWN, name, "%s: the status of %s is not published",
                             q->node->name, name);
        /* It is one of all supplies, told with each: the worst is said, once. */
        if (value->type == SNMP_ABSENT)
            continue;
        enum state state = value->type != SNMP_NUMBER || value->number < 1 || value->number > 2
                               ? STATE_UNKNOWN
                               : redundancy_words[value->number - 1].state;
        if (redundancy == NULL || result_worse(worst, state) != worst)
            redundancy = value;
        worst = result_worse(worst, state);
    }
    if (redundancy != NULL)
        (void)mib_judge(result, redundancy, "power supplies", "redundancy", redundancy_words,
                        CHECK_COUNT(redundancy_words));
}

static void judge_fans(const struct question *q, struct result *result,
                       const struct snmp_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const char *name = mib_name(q->arena, &table->rows[i], fans.name, fans.word);
        const struct snmp_value *rpm = &table->rows[i].columns[2];
        if (mib_number(result, rpm, name, "speed", true))
            check_measure(q, result, "fan_rpm", name, (double)rpm->number,
                          (struct evidence){snmp_walk_kind.id, rpm->line});
    }
}

/* The operator's limits hold alone. */
static bool has_own_limits(const struct question *q)
{
    for (size_t i = 0; i < q->limit_count; i++)
        if (q->limits[i].spec == &metrics[1])
            return true;
    return false;
}

static void judge_temperature(const struct question *q, struct result *result, const char *name,
                              const struct snmp_value *value)
{
    const double degrees = (double)value->number;
    check_measure(q, result, "temperature_c", name, degrees,
                  (struct evidence){snmp_walk_kind.id, value->line});
    for (size_t i = 0; i < CHECK_COUNT(sensors) && !has_own_limits(q); i++) {
        if (text_find_nocase(text_of(name), sensors[i].word) < 0)
            continue;
        const double limit = sensors[i].limit;
        if (degrees <= limit * 0.9 || degrees > 90)
            return;
        struct finding *finding = result_say(
            result, degrees > limit ? STATE_CRITICAL : STATE_WARNING, name,
            "%s: %s: %.0f degrees Celsius, the limit is %.0f", q->node->name, name, degrees, limit);
        (void)result_evidence(result, finding, snmp_walk_kind.id, value->line);
        (void)result_hint(finding, metrics[1].hint);
        return;
    }
}

static void judge_temperatures(const struct question *q, struct result *result,
                               const struct snmp_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const char *name =
            mib_name(q->arena, &table->rows[i], temperatures.name, temperatures.word);
        const struct snmp_value *value = &table->rows[i].columns[2];
        if (mib_number(result, value, name, "value", true))
            judge_temperature(q, result, name, value);
    }
}

/* By the MIB's text these tables mean nothing on virtual models. */
static bool is_virtual(const struct question *q, struct result *result)
{
    const struct cli_version *cli = check_facts_of(q, q->node, &cli_version_kind, NULL);
    const struct snmp_walk *walk = check_facts_of(q, q->node, &snmp_walk_kind, NULL);
    bool by_cli = cli != NULL && cli->is_virtual;
    if (!by_cli && (walk == NULL || !walk->is_virtual || (cli != NULL && cli->model.n > 0)))
        return false;
    struct span model = by_cli ? cli->model : walk->model;
    struct finding *finding =
        result_say(result, STATE_NOT_APPLICABLE, q->node->name, "%s is virtual (model %.*s)",
                   q->node->name, TEXT_ARGS(model));
    (void)result_evidence(result, finding, by_cli ? cli_version_kind.id : snmp_walk_kind.id,
                          by_cli ? 0 : walk->descr.line);
    return true;
}

static void run(const struct question *q, struct result *result)
{
    const struct snmp_walk *walk = is_virtual(q, result) ? NULL : mib_facts(q, result);
    if (walk == NULL)
        return;
    size_t supply_count = judge_parts(q, result, walk, &supplies);
    size_t fan_count = judge_parts(q, result, walk, &fans);
    size_t sensor_count = judge_parts(q, result, walk, &temperatures);
    judge_supplies(q, result, &walk->tables[SNMP_SUPPLIES]);
    judge_fans(q, result, &walk->tables[SNMP_FANS]);
    judge_temperatures(q, result, &walk->tables[SNMP_TEMPERATURES]);
    (void)result_say(result, STATE_OK, q->node->name,
                     "%s: power supplies: %zu, fans: %zu, temperatures: %zu", q->node->name,
                     supply_count, fan_count, sensor_count);
    result_summary(result, "%s: power supplies (%zu), fans (%zu), temperatures (%zu) are fine",
                   q->node->name, supply_count, fan_count, sensor_count);
}

const struct check hardware_check = {
    .name = "hardware",
    .title = "power supplies, redundancy, fans, temperatures",
    .roles = ROLE_ANY,
    .needs = needs,
    .need_count = CHECK_COUNT(needs),
    .metrics = metrics,
    .metric_count = CHECK_COUNT(metrics),
    .compares = compares,
    .compare_count = CHECK_COUNT(compares),
    .if_asked = true,
    .run = run,
};
