/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/limits.h"

static const struct metric_spec *find_metric(const struct check *check, struct span name)
{
    for (size_t i = 0; i < check->metric_count; i++)
        if (text_is(name, check->metrics[i].name))
            return &check->metrics[i];
    return NULL;
}

/* The metric that a range is about; NULL with FAULT. */
static const struct metric_spec *metric_of(const struct check *const *checks, size_t count,
                                           bool named, struct span name, const char *origin,
                                           struct fault *fault)
{
    if (!named && count == 1 && checks[0]->metric_count > 0)
        return &checks[0]->metrics[0];
    for (size_t i = 0; named && i < count; i++) {
        const struct metric_spec *spec = find_metric(checks[i], name);
        if (spec != NULL)
            return spec;
    }
    if (named)
        (void)fault_set(fault, FAULT_INTERNAL, origin, 0,
                        "no metric '%.*s' in the checks asked for; --list-checks shows all",
                        FAULT_QUOTE(name));
    else
        (void)fault_set(fault, FAULT_INTERNAL, origin, 0,
                        "a range without METRIC= needs exactly one check that has a metric (-C)");
    return NULL;
}

static struct check_limit *limit_of(struct arena *arena, struct limits *limits,
                                    const struct metric_spec *spec)
{
    for (size_t i = 0; i < limits->count; i++)
        if (limits->items[i].spec == spec)
            return &limits->items[i];
    limits->items = arena_push(arena, limits->items, limits->count, sizeof(*limits->items));
    limits->items[limits->count] = (struct check_limit){.spec = spec};
    return &limits->items[limits->count++];
}

bool limits_add(struct arena *arena, struct limits *limits, const struct check *const *checks,
                size_t count, const char *text, bool critical, const char *origin,
                struct fault *fault)
{
    struct span name, range;
    struct limit limit;
    struct fault why = {.kind = FAULT_NONE};
    bool named = text_cut(text_of(text), '=', &name, &range);
    const struct metric_spec *spec = metric_of(checks, count, named, name, origin, fault);
    if (spec == NULL)
        return false;
    if (!limit_parse(named ? range.p : text, &limit, &why))
        return fault_set(fault, why.kind, origin, 0, "%s", why.text);
    struct check_limit *target = limit_of(arena, limits, spec);
    if (critical) {
        target->has_critical = true;
        target->critical = limit;
    } else {
        target->has_warning = true;
        target->warning = limit;
    }
    return true;
}

void limits_put(struct arena *arena, struct limits *limits, const struct check_limit *limit)
{
    struct check_limit *target = limit_of(arena, limits, limit->spec);
    if (limit->has_warning) {
        target->has_warning = true;
        target->warning = limit->warning;
    }
    if (limit->has_critical) {
        target->has_critical = true;
        target->critical = limit->critical;
    }
}
