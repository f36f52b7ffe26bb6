/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/registry.h"

#define CHECK(name) extern const struct check name##_check;
#include "checks/registry.def"
#undef CHECK

#define CHECK(name) &name##_check,
const struct check *const registry_checks[] = {
#include "checks/registry.def"
};
#undef CHECK

const size_t registry_count = CHECK_COUNT(registry_checks);

static bool holds(const struct document_kind *const *kinds, size_t count,
                  const struct document_kind *kind)
{
    for (size_t i = 0; i < count; i++)
        if (kinds[i] == kind)
            return true;
    return false;
}

const struct document_kind **registry_kinds(struct arena *arena, size_t *count)
{
    const struct document_kind **kinds = NULL;
    *count = 0;
    for (size_t c = 0; c < registry_count; c++)
        for (size_t n = 0; n < registry_checks[c]->need_count; n++) {
            const struct document_kind *kind = registry_checks[c]->needs[n].kind;
            if (holds(kinds, *count, kind))
                continue;
            kinds = arena_push(arena, kinds, *count, sizeof(*kinds));
            kinds[(*count)++] = kind;
        }
    return kinds;
}

const struct check *registry_find(struct span name)
{
    for (size_t i = 0; i < registry_count; i++)
        if (text_is(name, registry_checks[i]->name))
            return registry_checks[i];
    return NULL;
}
