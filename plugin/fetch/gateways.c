/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/gateways.h"

#include <string.h>

#include "checks/managed.h"
#include "plugin/fetch/draft.h"
#include "plugin/index.h"

enum { WINDOW_S = 60 * 60, RECORDS = 10 };

/* May NODE be one that MANAGER manages? Where nobody is told, other managers may, too. */
static bool may_be_managed(const struct config_node *node, const char *manager, bool any_untold)
{
    if (node->role == ROLE_SMA)
        return any_untold || text_same_nocase(text_of(node->name), text_of(manager));
    return node->sma == NULL || text_same_nocase(text_of(node->sma), text_of(manager));
}

/*
 * What concerns the manager of the inventory, as a fleet in which it has answered LIST and nothing
 * else. All of a big inventory would be sorted anew for each of its managers.
 */
static struct node *manager_of(const struct fetch *fetch, struct fleet *fleet, struct span list)
{
    const struct config *config = fetch->config;
    bool any_untold = false;
    for (size_t i = 0; i < config->node_count; i++)
        any_untold |= config->nodes[i].role == ROLE_ESA && config->nodes[i].sma == NULL;
    struct config few = *config;
    few.nodes = arena_array(fetch->arena, config->node_count, sizeof(*few.nodes));
    few.node_count = 0;
    for (size_t i = 0; i < config->node_count; i++)
        if (may_be_managed(&config->nodes[i], fetch->node->name, any_untold))
            few.nodes[few.node_count++] = config->nodes[i];
    *fleet = config_fleet(fetch->arena, &few);
    struct node *node = fleet_node(fleet, text_of(fetch->node->name));
    if (node != NULL && list.n > 0)
        index_add_document(fetch->arena, node, config_appliances_kind.id)->bytes = list;
    return node;
}

static bool is_there(const struct gateways_item *items, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(items[i].id, id) == 0)
            return true;
    return false;
}

struct gateways_item *gateways_find(const struct fetch *fetch, const struct document_kind *kind,
                                    struct span list, size_t *count)
{
    struct arena *arena = fetch->arena;
    struct fleet fleet;
    struct gateways_item *items = NULL;
    const struct node *node = manager_of(fetch, &fleet, list);
    *count = 0;
    if (node == NULL)
        return NULL;
    const struct question q = {.arena = arena, .fleet = &fleet, .node = node};
    const struct config_appliances *answer =
        check_facts_of(&q, node, &config_appliances_kind, NULL);
    struct managed_list managed = managed_by(&q, answer);
    for (size_t i = 0; i < managed.count; i++) {
        const struct managed *one = &managed.items[i];
        struct gateways_item item = {.name = one->name, .host = one->name};
        item.id = fleet_member_id(arena, kind, text_of(one->name));
        if (!index_is_name(one->name) || is_there(items, *count, item.id))
            continue;
        if (one->entry != NULL && one->entry->services[SERVICE_TRACKING] == FLAG_NO)
            continue;
        if (one->entry != NULL && one->entry->host_name.n != 0)
            item.host = arena_dup(arena, one->entry->host_name);
        if (one->entry == NULL && answer != NULL)
            item.host = NULL;
        items = arena_push(arena, items, *count, sizeof(item));
        items[(*count)++] = item;
    }
    return items;
}

/* "2026-03-08T02:00:00.000Z", percent-encoded into QUERY. */
static void put_minute(struct draft *query, const char *name, int64_t seconds)
{
    char text[32];
    struct span minute = text_of(time_print_utc(seconds - seconds % 60, text, sizeof(text)));
    minute.n -= text_ends(minute, "Z") ? 1 : 0;
    draft_string(query, name);
    draft_percent(query, minute);
    draft_string(query, ".000Z");
}

const char *gateways_query(struct arena *arena, const char *path, const char *host, int64_t now_s)
{
    struct draft query = {.arena = arena};
    draft_string(&query, path);
    put_minute(&query, strchr(path, '?') == NULL ? "?startDate=" : "&startDate=", now_s - WINDOW_S);
    put_minute(&query, "&endDate=", now_s);
    draft_string(&query, "&searchOption=messages&ciscoHost=");
    draft_percent(&query, text_of(host));
    draft_string(&query, arena_printf(arena, "&offset=0&limit=%d", RECORDS));
    return query.bytes;
}
