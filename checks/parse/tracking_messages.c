/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/tracking_messages.h"

#include "checks/parse/api_error.h"

enum { MAX_RECORDS = 10000 };

/* Adds one record: under "attributes" (V), or flat. */
static void add(struct arena *arena, struct tracking_messages *facts, const json_t *record)
{
    const json_t *attributes = json_object_get(record, "attributes");
    if (!json_is_object(attributes))
        attributes = record;
    if (!json_is_string(json_object_get(attributes, "hostName")) &&
        !json_is_string(json_object_get(attributes, "serialNumber")) &&
        !json_is_string(json_object_get(attributes, "timestamp")))
        return;
    facts->records = arena_push(arena, facts->records, facts->count, sizeof(facts->records[0]));
    struct tracking_messages_record *kept = &facts->records[facts->count++];
    /* "esa01.example.com (192.0.2.10)" in answers about details (V). */
    struct span host, address;
    (void)text_cut(api_error_string(attributes, "hostName"), '(', &host, &address);
    kept->host = api_error_keep(arena, host);
    kept->serial = api_error_keep(arena, api_error_string(attributes, "serialNumber"));
    kept->has_when = time_parse_tracking(api_error_string(attributes, "timestamp"), &kept->when);
}

/* A whole number that fits; the values around 2^53 and beyond are no counts. */
static bool whole(const json_t *object, const char *member, int64_t *value)
{
    double number;
    if (!api_error_number(object, member, &number) || !(number > -9e15 && number < 9e15))
        return false;
    *value = (int64_t)number;
    return true;
}

static bool parse(struct arena *arena, struct span bytes, void *facts, struct fault *fault)
{
    json_t *root = api_error_load(bytes, tracking_messages_kind.id, fault);
    if (root == NULL)
        return false;
    struct tracking_messages *found = facts;
    const json_t *meta = json_object_get(root, "meta");
    found->has_total = whole(meta, "totalCount", &found->total);
    if (!whole(meta, "num_bad_records", &found->bad_records) || found->bad_records < 0)
        found->bad_records = 0;

    json_t *data = json_object_get(root, "data");
    size_t size = json_array_size(data);
    /* "No records" is an answer: `{}`, `{"data": {}}` or an empty list. */
    bool empty = json_object_size(root) == 0 || (json_is_array(data) && size == 0) ||
                 (json_is_object(data) && json_object_size(data) == 0);
    for (size_t i = 0; i < size && found->count < MAX_RECORDS; i++)
        add(arena, found, json_array_get(data, i));
    json_decref(root);
    if (!empty && found->count == 0)
        return fault_set(fault, FAULT_SYNTAX, tracking_messages_kind.id, 0,
                         "JSON without a list of tracked messages");
    return true;
}

const struct document_kind tracking_messages_kind = {
    .id = "https/tracking_messages/*.json",
    .asked = "API message-tracking/messages",
    .roles = ROLE_SMA,
    .facts_size = sizeof(struct tracking_messages),
    .parse = parse,
};
