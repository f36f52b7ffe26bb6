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

const struct check *registry_find(struct span name)
{
    for (size_t i = 0; i < registry_count; i++)
        if (text_is(name, registry_checks[i]->name))
            return registry_checks[i];
    return NULL;
}
