/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/config_appliances.h"

#include "checks/parse/api_error.h"

enum { MAX_ENTRIES = 10000 };

static const struct {
    const char *member; /* V, 12.0.0-452 */
    const char *name;
} services[SERVICE_COUNT] = {
    [SERVICE_TRACKING] = {"tracking_enabled", "Message Tracking"},
    [SERVICE_REPORTING] = {"reporting_enabled", "Reporting"},
    [SERVICE_SPAM] = {"spam_enabled", "Spam Quarantine"},
    [SERVICE_PVO] = {"pvo_enabled", "Policy, Virus and Outbreak Quarantines"},
};

const char *config_appliances_service_name(enum config_appliances_service service)
{
    return services[service].name;
}

/* Booleans (V); words, since other AsyncOS calls write booleans as strings (V, 1.3). */
static enum config_appliances_flag flag(const json_t *appliance, const char *member)
{
    const json_t *value = json_object_get(appliance, member);
    if (json_is_boolean(value))
        return json_is_true(value) ? FLAG_YES : FLAG_NO;
    struct span word = text_trim(api_error_string(appliance, member));
    if (text_is_nocase(word, "true") || text_is_nocase(word, "yes"))
        return FLAG_YES;
    if (text_is_nocase(word, "false") || text_is_nocase(word, "no"))
        return FLAG_NO;
    return FLAG_UNTOLD;
}

/* Adds the appliances of an object keyed by serial number. */
static void add(struct arena *arena, struct config_appliances *facts, json_t *by_serial)
{
    const char *serial;
    json_t *appliance;
    json_object_foreach (by_serial, serial, appliance) {
        if (facts->count == MAX_ENTRIES)
            return;
        if (!json_is_object(appliance))
            continue;
        facts->entries = arena_push(arena, facts->entries, facts->count, sizeof(facts->entries[0]));
        struct config_appliances_entry *entry = &facts->entries[facts->count++];
        entry->serial = api_error_keep(arena, text_of(serial));
        entry->product_type = api_error_keep(arena, api_error_string(appliance, "product_type"));
        entry->host_name = api_error_keep(arena, api_error_string(appliance, "host_name"));
        entry->ip_address = api_error_keep(arena, api_error_string(appliance, "ip_address"));
        entry->established = flag(appliance, "connection_established");
        for (size_t i = 0; i < SERVICE_COUNT; i++)
            entry->services[i] = flag(appliance, services[i].member);
    }
}

static bool parse(struct arena *arena, struct span bytes, void *facts, struct fault *fault)
{
    json_t *root = api_error_load(bytes, config_appliances_kind.id, fault);
    if (root == NULL)
        return false;
    struct config_appliances *found = facts;
    const json_t *data = json_object_get(root, "data");
    json_t *list = json_object_get(data, "appliances");
    size_t size = json_is_array(list) ? json_array_size(list) : json_object_size(list);
    /* "No records" is an answer: `{}`, `{"data": {}}` or an empty list. */
    bool empty = json_object_size(root) == 0 ||
                 (json_is_object(data) && json_object_size(data) == 0) ||
                 ((json_is_array(list) || json_is_object(list)) && size == 0);
    for (size_t i = 0; json_is_array(list) && i < size; i++)
        add(arena, found, json_array_get(list, i));
    if (json_is_object(list))
        add(arena, found, list);
    json_decref(root);
    if (!empty && found->count == 0)
        return fault_set(fault, FAULT_SYNTAX, config_appliances_kind.id, 0,
                         "JSON without a list of appliances by serial number");
    return true;
}

const struct document_kind config_appliances_kind = {
    .id = "https/config_appliances.json",
    .asked = "API config/appliances",
    .roles = ROLE_SMA,
    .facts_size = sizeof(struct config_appliances),
    .parse = parse,
};
