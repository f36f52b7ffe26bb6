/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"

#include <string.h>

#include "checks/origin.h"

/* What was answered and cannot be read is said, even where another document answers instead. */
static void say_unusable(const struct question *q, struct result *result,
                         const struct document_kind *kind)
{
    struct fault fault;
    if (fleet_facts(q->arena, q->node, kind, kind->id, &fault) != NULL ||
        fault.kind == FAULT_NOT_CAPTURED)
        return;
    for (size_t i = 0; i < result->finding_count; i++) {
        const struct finding *finding = result->findings[i];
        if (finding->state > STATE_OK && finding->evidence.document != NULL &&
            strcmp(finding->evidence.document, kind->id) == 0)
            return;
    }
    (void)check_fault(result, q->node->name, &fault);
}

struct result *check_run(const struct check *check, const struct question *q)
{
    struct result *result = arena_alloc(q->arena, sizeof(*result));
    result_init(result, q->arena, check, q->node->name);
    if ((check->roles & q->node->role) == 0)
        (void)result_say(result, STATE_NOT_APPLICABLE, q->node->name,
                         "%s is an %s: %s does not apply", q->node->name,
                         q->node->role == ROLE_SMA ? "SMA" : "ESA", check->name);
    else
        check->run(q, result);
    for (size_t i = 0; i < check->need_count; i++)
        if (check->needs[i].rank == NEED_REQUIRED && result_state(result) != STATE_NOT_APPLICABLE)
            say_unusable(q, result, check->needs[i].kind);
    if ((check->roles & q->node->role) != 0)
        origin_judge(q, result);
    if (result->finding_count == 0)
        (void)result_say(result, STATE_UNKNOWN, q->node->name, "nothing was found out");
    return result;
}

/* Does waiting not heal it? What is refused once is refused again, and asking again may lock out.
 */
static bool is_lasting(enum fault_kind kind)
{
    static const enum fault_kind lasting[] = {
        FAULT_NOT_CAPTURED, FAULT_HOST_KEY,    FAULT_HOST_CHANGED, FAULT_CERTIFICATE,
        FAULT_ALGORITHM,    FAULT_LOGIN,       FAULT_EXPIRED,      FAULT_FACTOR,
        FAULT_FORBIDDEN,    FAULT_UNSUPPORTED, FAULT_TOO_BIG,      FAULT_INTERNAL};
    for (size_t i = 0; i < CHECK_COUNT(lasting); i++)
        if (lasting[i] == kind)
            return true;
    return false;
}

bool check_takes_part(const struct check *check, const struct question *q)
{
    const struct node *nodes[] = {q->node, check_before(q)};
    if (!check->if_asked)
        return true;
    for (size_t i = 0; i < CHECK_COUNT(nodes); i++)
        for (size_t n = 0; nodes[i] != NULL && n < check->need_count; n++)
            if (check->needs[n].rank == NEED_REQUIRED &&
                fleet_document(nodes[i], check->needs[n].kind->id) != NULL)
                return true;
    return false;
}

struct finding *check_fault(struct result *result, const char *subject, const struct fault *fault)
{
    struct finding *finding =
        result_say(result, fault_state(fault->kind), subject, "%s: %s", fault->origin, fault->text);
    finding->lasting = is_lasting(fault->kind);
    return result_evidence(result, finding, fault->origin, fault->line);
}

const void *check_facts(const struct question *q, struct result *result,
                        const struct document_kind *kind)
{
    struct fault fault;
    const void *facts = fleet_facts(q->arena, q->node, kind, kind->id, &fault);
    if (facts == NULL)
        (void)check_fault(result, q->node->name, &fault);
    return facts;
}

const void *check_facts_optional(const struct question *q, struct result *result,
                                 const struct document_kind *kind)
{
    struct fault fault;
    const void *facts = fleet_facts(q->arena, q->node, kind, kind->id, &fault);
    if (facts == NULL && fault.kind != FAULT_NOT_CAPTURED) {
        struct finding *finding = result_say(result, STATE_OK, q->node->name, "%s was not used: %s",
                                             fault.origin, fault.text);
        (void)result_evidence(result, finding, fault.origin, fault.line);
    }
    return facts;
}

const void *check_facts_of(const struct question *q, const struct node *node,
                           const struct document_kind *kind, struct fault *fault)
{
    return fleet_facts(q->arena, node, kind, kind->id, fault);
}

const struct node *check_before(const struct question *q)
{
    return q->baseline == NULL ? NULL : fleet_node(q->baseline, text_of(q->node->name));
}

bool check_age_s(const struct node *node, const char *id, int64_t *seconds)
{
    const struct document *document = fleet_document(node, id);
    if (document == NULL || !document->has_taken_at)
        return false;
    struct stamp taken = time_from_utc(document->taken_at);
    *seconds = 0;
    for (size_t i = 0; i < node->document_count; i++) {
        int64_t later = node->documents[i].has_taken_at
                            ? time_between(time_from_utc(node->documents[i].taken_at), taken)
                            : 0;
        if (later > *seconds)
            *seconds = later;
    }
    return true;
}

static const struct metric_spec *find_spec(const struct check *check, const char *name)
{
    for (size_t i = 0; i < check->metric_count; i++)
        if (strcmp(check->metrics[i].name, name) == 0)
            return &check->metrics[i];
    return NULL;
}

/* The range to apply: the operator's if given, else the default. False when there is none. */
static bool choose(bool given, const struct limit *operators, const char *standard,
                   struct limit *limit)
{
    if (!given)
        return standard != NULL && limit_parse(standard, limit, NULL);
    *limit = *operators;
    return true;
}

/* VALUE for people: "5h 2min", "1243", "87%". */
static const char *in_words(struct arena *arena, const struct metric_spec *spec, double value)
{
    char text[64];
    if (strcmp(spec->unit, "s") == 0 && value > -1e15 && value < 1e15)
        return arena_dup(arena, text_of(time_print_span((int64_t)value, text, sizeof(text))));
    return arena_printf(arena, "%s%s", limit_print_number(value, text, sizeof(text)), spec->unit);
}

static void say_crossed(struct result *result, enum state state, const struct metric *metric,
                        const struct limit *limit, const char *range, struct evidence from)
{
    const struct metric_spec *spec = metric->spec;
    const char *subject = metric->instance != NULL ? metric->instance : result->node;
    const char *value = in_words(result->arena, spec, metric->value);
    const char *bound = range;
    const char *relation = limit->inside ? "inside" : "outside";
    if (!limit->inside) {
        relation = metric->value > limit->high ? "above" : "below";
        bound =
            in_words(result->arena, spec, metric->value > limit->high ? limit->high : limit->low);
    }
    struct finding *finding = result_say(result, state, subject, "%s: %s: %s, %s %s", subject,
                                         spec->help, value, relation, bound);
    (void)result_hint(finding, spec->hint);
    (void)result_compare(result, finding, range, value);
    if (from.document != NULL)
        (void)result_evidence(result, finding, from.document, from.line);
}

/* A limit in force, and its text. */
struct bound {
    bool set;
    struct limit limit;
    const char *text;
};

static struct bound bound_of(struct arena *arena, bool given, const struct limit *operators,
                             const char *standard)
{
    char text[64];
    struct bound bound = {.set = choose(given, operators, standard, &bound.limit)};
    if (bound.set)
        bound.text = arena_dup(arena, text_of(limit_print(&bound.limit, text, sizeof(text))));
    return bound;
}

/* VALUE as the metric NAME, with the limits in force, which go to WARNING and CRITICAL too. */
static struct metric metric_of(const struct question *q, const struct result *result,
                               const char *name, const char *instance, double value,
                               struct bound *warning, struct bound *critical)
{
    static const struct check_limit none;
    const struct metric_spec *spec = find_spec(result->check, name);
    const struct check_limit *given = &none;
    for (size_t i = 0; i < q->limit_count; i++)
        if (q->limits[i].spec == spec)
            given = &q->limits[i];
    *warning = bound_of(result->arena, given->has_warning, &given->warning, spec->warning);
    *critical = bound_of(result->arena, given->has_critical, &given->critical, spec->critical);
    return (struct metric){
        .spec = spec,
        .instance = instance == NULL ? NULL : result_clean(result->arena, text_of(instance), 200),
        .value = value,
        .warning = warning->text,
        .critical = critical->text,
    };
}

void check_judge(const struct question *q, struct result *result, const char *name,
                 const char *instance, double value, struct evidence from)
{
    struct bound warning, critical;
    const struct metric metric = metric_of(q, result, name, instance, value, &warning, &critical);
    if (critical.set && limit_alerts(&critical.limit, value))
        say_crossed(result, STATE_CRITICAL, &metric, &critical.limit, critical.text, from);
    else if (warning.set && limit_alerts(&warning.limit, value))
        say_crossed(result, STATE_WARNING, &metric, &warning.limit, warning.text, from);
}

void check_record(const struct question *q, struct result *result, const char *name,
                  const char *instance, double value)
{
    struct bound warning, critical;
    const struct metric metric = metric_of(q, result, name, instance, value, &warning, &critical);
    result->metrics =
        arena_push(result->arena, result->metrics, result->metric_count, sizeof(metric));
    result->metrics[result->metric_count++] = metric;
}

void check_measure(const struct question *q, struct result *result, const char *name,
                   const char *instance, double value, struct evidence from)
{
    check_record(q, result, name, instance, value);
    check_judge(q, result, name, instance, value, from);
}

const char *check_source(const struct question *q, const struct node *node, const char *id)
{
    return node == q->node ? id : arena_printf(q->arena, "%s/%s", node->name, id);
}

bool check_good_word(const struct question *q, const struct result *result, struct span text)
{
    for (size_t i = 0; i < q->word_count; i++)
        if (q->words[i].check == result->check && text_same_nocase(text, q->words[i].word))
            return true;
    return false;
}
