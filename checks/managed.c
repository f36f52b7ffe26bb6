/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/managed.h"

#include "checks/parse/cli_version.h"

static size_t count_smas(const struct fleet *fleet)
{
    size_t count = 0;
    for (size_t i = 0; i < fleet->count; i++)
        count += fleet->nodes[i].role == ROLE_SMA;
    return count;
}

static struct span serial_of(const struct question *q, const struct node *node)
{
    const struct cli_version *version = check_facts_of(q, node, &cli_version_kind, NULL);
    return version == NULL ? (struct span){NULL, 0} : version->serial;
}

/* A name or address that is told and equal; what is not told joins nothing. */
static bool same(struct span a, const char *b)
{
    return a.n != 0 && b != NULL && text_is_nocase(a, b);
}

static bool is_entry_of(const struct config_appliances_entry *entry, const struct node *node)
{
    return same(entry->host_name, node->name) || same(entry->ip_address, node->name) ||
           same(entry->ip_address, node->address);
}

static const struct config_appliances_entry *find_entry(const struct config_appliances *list,
                                                        const struct node *node, struct span serial)
{
    for (size_t i = 0; list != NULL && i < list->count; i++)
        if (is_entry_of(&list->entries[i], node))
            return &list->entries[i];
    for (size_t i = 0; list != NULL && serial.n != 0 && i < list->count; i++)
        if (text_same_nocase(list->entries[i].serial, serial))
            return &list->entries[i];
    return NULL;
}

static void add(const struct question *q, struct managed_list *all, struct managed item)
{
    all->too_many = all->too_many || all->count == MANAGED_MAX;
    if (all->too_many)
        return;
    all->items = arena_push(q->arena, all->items, all->count, sizeof(item));
    all->items[all->count++] = item;
}

static bool taken(const struct managed_list *all, const struct config_appliances_entry *entry)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].entry == entry)
            return true;
    return false;
}

static const char *entry_name(const struct question *q, const struct config_appliances_entry *entry)
{
    struct span name = entry->host_name.n != 0    ? entry->host_name
                       : entry->ip_address.n != 0 ? entry->ip_address
                                                  : entry->serial;
    return result_clean(q->arena, name, 200);
}

struct managed_list managed_by(const struct question *q, const struct config_appliances *list)
{
    struct managed_list all = {NULL, 0, false};
    bool only_sma = count_smas(q->fleet) == 1;
    for (size_t i = 0; i < q->fleet->count; i++) {
        const struct node *node = &q->fleet->nodes[i];
        struct span serial = serial_of(q, node);
        const struct config_appliances_entry *entry =
            node->role == ROLE_ESA ? find_entry(list, node, serial) : NULL;
        bool ours =
            node->sma == NULL ? only_sma : text_is_nocase(text_of(node->sma), q->node->name);
        if (node->role != ROLE_ESA || (!ours && entry == NULL))
            continue;
        add(q, &all,
            (struct managed){node->name, node, entry, entry != NULL ? entry->serial : serial});
    }
    for (size_t i = 0; list != NULL && i < list->count && !all.too_many; i++) {
        const struct config_appliances_entry *entry = &list->entries[i];
        bool is_esa = entry->product_type.n == 0 || text_is_nocase(entry->product_type, "ESA");
        if (is_esa && !taken(&all, entry))
            add(q, &all, (struct managed){entry_name(q, entry), NULL, entry, entry->serial});
    }
    return all;
}
