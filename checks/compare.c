/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/compare.h"

#include <stdlib.h>
#include <string.h>

#include "checks/check.h"

enum { MAX_SHOWN = 40, MAX_TEXT = 400 };

static const struct compare_spec *find_spec(const struct check *check, const char *name)
{
    for (size_t i = 0; i < check->compare_count; i++)
        if (strcmp(check->compares[i].name, name) == 0)
            return &check->compares[i];
    return NULL;
}

static const char *shown(struct arena *arena, struct span text)
{
    return text.n == 0 ? NULL : result_clean(arena, text, MAX_TEXT);
}

/* A name that the check did not declare compares nothing: its unit test asks for every spec. */
static bool record(const struct question *q, struct result *result, const char *name,
                   const char *instance, struct span before, struct span after, bool holds)
{
    const struct compare_spec *spec = find_spec(result->check, name);
    if (check_before(q) == NULL || spec == NULL || (before.n == 0 && after.n == 0))
        return true;
    result->comparisons = arena_push(result->arena, result->comparisons, result->comparison_count,
                                     sizeof(*result->comparisons));
    result->comparisons[result->comparison_count++] = (struct comparison){
        .spec = spec,
        .instance = instance == NULL ? NULL : shown(result->arena, text_of(instance)),
        .before = shown(result->arena, before),
        .after = shown(result->arena, after),
        .holds = holds,
    };
    return holds;
}

bool compare_text(const struct question *q, struct result *result, const char *name,
                  const char *instance, struct span before, struct span after)
{
    before = text_trim(before);
    after = text_trim(after);
    return record(q, result, name, instance, before, after,
                  before.n > 0 && text_same_nocase(before, after));
}

static bool number_holds(const struct compare_spec *spec, double before, double after)
{
    if (spec->op == COMPARE_NOT_LESS)
        return after >= before;
    if (spec->op == COMPARE_BAND)
        return after * spec->band >= before && after <= before * spec->band;
    return after >= before && after <= before;
}

static struct span number_text(struct arena *arena, bool known, double value)
{
    return known ? text_of(arena_printf(arena, "%.15g", value)) : (struct span){NULL, 0};
}

bool compare_number(const struct question *q, struct result *result, const char *name,
                    const char *instance, bool has_before, double before, bool has_after,
                    double after)
{
    const struct compare_spec *spec = find_spec(result->check, name);
    return record(q, result, name, instance, number_text(q->arena, has_before, before),
                  number_text(q->arena, has_after, after),
                  has_before && has_after && spec != NULL && number_holds(spec, before, after));
}

static int by_name(const void *a, const void *b)
{
    return text_order_nocase(*(const struct span *)a, *(const struct span *)b);
}

/* Sorted, each once. */
static struct span *sorted(struct arena *arena, const struct span *names, size_t *count)
{
    struct span *all = arena_array(arena, *count, sizeof(*all));
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++)
        all[i] = text_trim(names[i]);
    if (*count > 1)
        qsort(all, *count, sizeof(*all), by_name);
    for (size_t i = 0; i < *count; i++)
        if (kept == 0 || !text_same_nocase(all[kept - 1], all[i]))
            all[kept++] = all[i];
    *count = kept;
    return all;
}

/* "a; b; c", or "none": a member may have commas in it. */
static struct span list(struct arena *arena, const struct span *names, size_t count)
{
    const char *text = count == 0 ? "none" : "";
    for (size_t i = 0; i < count && i < MAX_SHOWN; i++)
        text = arena_printf(arena, "%s%s%.*s", text, i > 0 ? "; " : "", TEXT_ARGS(names[i]));
    if (count > MAX_SHOWN)
        text = arena_printf(arena, "%s and %zu more", text, count - MAX_SHOWN);
    return text_of(text);
}

/* Is each of the sorted A also in the sorted B? */
static bool all_in(const struct span *a, size_t a_count, const struct span *b, size_t b_count)
{
    size_t at = 0;
    for (size_t i = 0; i < a_count; i++) {
        while (at < b_count && by_name(&b[at], &a[i]) < 0)
            at++;
        if (at == b_count || by_name(&b[at], &a[i]) != 0)
            return false;
    }
    return true;
}

bool compare_set(const struct question *q, struct result *result, const char *name,
                 const char *instance, const struct span *before, size_t before_count,
                 const struct span *after, size_t after_count)
{
    const struct compare_spec *spec = find_spec(result->check, name);
    const struct span none = {NULL, 0};
    if (before == NULL || after == NULL || spec == NULL)
        return record(q, result, name, instance,
                      before == NULL ? none : list(q->arena, before, before_count),
                      after == NULL ? none : list(q->arena, after, after_count), false);
    const struct span *then = sorted(q->arena, before, &before_count);
    const struct span *now = sorted(q->arena, after, &after_count);
    bool kept = all_in(then, before_count, now, after_count);
    bool same = kept && before_count == after_count;
    return record(q, result, name, instance, list(q->arena, then, before_count),
                  list(q->arena, now, after_count), spec->op == COMPARE_SET_EQUAL ? same : kept);
}
