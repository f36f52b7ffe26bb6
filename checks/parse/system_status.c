/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/system_status.h"

#include "checks/parse/api_error.h"

#define MEMBER(field) offsetof(struct system_status, field)

/* asyncos-http.md 3.3: V, percentage_diskio V for v1.0 only. */
static const struct {
    const char *name;
    size_t offset;
} members[] = {
    {"percentage_cpu_load", MEMBER(cpu_percent)},
    {"percentage_ram_utilization", MEMBER(ram_percent)},
    {"percentage_swap_utilization", MEMBER(swap_percent)},
    {"percentage_queue_utilization", MEMBER(queue_percent)},
    {"percentage_diskio", MEMBER(diskio_percent)},
    {"resource_conservation", MEMBER(resource_conservation)},
    {"messages_in_workqueue", MEMBER(messages_in_workqueue)},
};

static bool parse(struct arena *arena, struct span bytes, void *facts, struct fault *fault)
{
    (void)arena;
    json_t *root = api_error_load(bytes, system_status_kind.id, fault);
    if (root == NULL)
        return false;
    const json_t *data = json_object_get(root, "data");
    bool any = false;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        struct system_status_value *value = (void *)((char *)facts + members[i].offset);
        value->present = api_error_number(data, members[i].name, &value->value) ||
                         api_error_number(root, members[i].name, &value->value);
        any = any || value->present;
    }
    /* `{}` is how the API says that it has nothing (V, v1.0 guide). */
    bool empty =
        json_object_size(root) == 0 || (json_is_object(data) && json_object_size(data) == 0);
    if (!any && empty)
        fault_set(fault, FAULT_EMPTY, system_status_kind.id, 0, "the answer holds no values");
    else if (!any)
        fault_set(fault, FAULT_SYNTAX, system_status_kind.id, 0,
                  "JSON without any known health value");
    json_decref(root);
    return any;
}

const struct document_kind system_status_kind = {
    .id = "https/system_status.json",
    .asked = "API health/system_status",
    .roles = ROLE_ESA,
    .facts_size = sizeof(struct system_status),
    .parse = parse,
};
