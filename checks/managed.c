/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/managed.h"

#include <stdlib.h>
#include <string.h>

#include "checks/parse/cli_version.h"

/* -- Names ---------------------------------------------------------------------------------- */

/* FNV-1a. Texts that somebody made collide are still told apart, by their letters. */
static uint64_t key_of(struct span text)
{
    uint64_t key = 0xcbf29ce484222325;
    for (size_t i = 0; i < text.n; i++)
        key = (key ^ (unsigned char)text_lower(text.p[i])) * 0x100000001b3;
    return key;
}

static void add_name(const struct question *q, struct managed_names *names, struct span text,
                     size_t index, bool weak)
{
    if (text.n == 0)
        return;
    names->all = arena_push(q->arena, names->all, names->count, sizeof(names->all[0]));
    names->all[names->count++] = (struct managed_name){text, key_of(text), index, weak};
}

static int order_of_texts(const struct managed_name *x, const struct managed_name *y)
{
    return x->key != y->key ? (x->key > y->key) - (x->key < y->key)
                            : text_order_nocase(x->text, y->text);
}

static int compare_names(const void *a, const void *b)
{
    const struct managed_name *x = a, *y = b;
    int order = order_of_texts(x, y);
    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

/* Sorts NAMES, and drops the weak ones that several things have. */
static void sort_names(struct managed_names *names)
{
    size_t kept = 0, end;
    if (names->count != 0)
        qsort(names->all, names->count, sizeof(names->all[0]), compare_names);
    for (size_t i = 0; i < names->count; i = end) {
        for (end = i + 1;
             end < names->count && order_of_texts(&names->all[i], &names->all[end]) == 0;)
            end++;
        bool shared = names->all[i].index != names->all[end - 1].index;
        for (size_t j = i; j < end; j++)
            if (!shared || !names->all[j].weak)
                names->all[kept++] = names->all[j];
    }
    names->count = kept;
}

/* Position of the first name that is not before WANTED. */
static size_t position(const struct managed_names *names, const struct managed_name *wanted)
{
    size_t low = 0, high = names->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_names(&names->all[middle], wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct managed_name *find(const struct managed_names *names, struct span text)
{
    const struct managed_name wanted = {.text = text, .key = key_of(text)};
    size_t at = text.n == 0 ? names->count : position(names, &wanted);
    bool found = at < names->count && order_of_texts(&names->all[at], &wanted) == 0;
    return found ? &names->all[at] : NULL;
}

const struct managed_name *managed_find(const struct managed_list *list, struct span text,
                                        size_t *count)
{
    const struct managed_name *first = find(&list->names, text);
    *count = 0;
    if (first != NULL) {
        struct managed_name behind = *first;
        behind.index = SIZE_MAX;
        *count = position(&list->names, &behind) - (size_t)(first - list->names.all);
    }
    return first;
}

bool managed_is(const struct managed_list *list, size_t index, struct span text)
{
    const struct managed_name wanted = {.text = text, .key = key_of(text), .index = index};
    size_t at = position(&list->names, &wanted);
    return text.n != 0 && at < list->names.count &&
           compare_names(&list->names.all[at], &wanted) == 0;
}

/* The first label of a host name; empty for a short name and for an address. */
static struct span label_of(struct span name)
{
    struct span label, rest;
    int64_t number;
    bool dotted = text_cut(name, '.', &label, &rest);
    return dotted && !text_to_int(label, &number) ? label : (struct span){NULL, 0};
}

/* -- The list and the fleet ----------------------------------------------------------------- */

/* What the join needs of the whole fleet. */
struct join {
    struct managed_names nodes;    /* names; weak: labels and addresses */
    struct managed_names listed;   /* by the SMA in question */
    struct managed_names anywhere; /* listed by any SMA of the fleet */
    size_t smas;
};

static struct span serial_of(const struct question *q, const struct node *node)
{
    const struct cli_version *version = check_facts_of(q, node, &cli_version_kind, NULL);
    return version == NULL ? (struct span){NULL, 0} : version->serial;
}

static void add_entries(const struct question *q, struct managed_names *names,
                        const struct config_appliances *list)
{
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct config_appliances_entry *entry = &list->entries[i];
        add_name(q, names, entry->host_name, i, false);
        add_name(q, names, entry->serial, i, false);
        add_name(q, names, entry->ip_address, i, true);
        add_name(q, names, label_of(entry->host_name), i, true);
    }
}

static struct join join_of(const struct question *q, const struct config_appliances *list)
{
    struct join join = {.smas = 0};
    for (size_t i = 0; i < q->fleet->count; i++) {
        const struct node *node = &q->fleet->nodes[i];
        add_name(q, &join.nodes, text_of(node->name), i, false);
        add_name(q, &join.nodes, label_of(text_of(node->name)), i, true);
        add_name(q, &join.nodes, text_of(node->address), i, true);
        if (node->role != ROLE_SMA)
            continue;
        join.smas++;
        add_entries(q, &join.anywhere, check_facts_of(q, node, &config_appliances_kind, NULL));
    }
    add_entries(q, &join.listed, list);
    sort_names(&join.nodes);
    sort_names(&join.listed);
    sort_names(&join.anywhere);
    return join;
}

/* TEXT, when it stands for NODE and for no other of the fleet. */
static struct span only(const struct question *q, const struct join *join, const struct node *node,
                        struct span text)
{
    const struct managed_name *found = find(&join->nodes, text);
    bool one = found != NULL && &q->fleet->nodes[found->index] == node;
    return one ? text : (struct span){NULL, 0};
}

static const struct managed_name *find_node(const struct question *q, const struct join *join,
                                            const struct managed_names *names,
                                            const struct node *node)
{
    const struct span keys[] = {text_of(node->name), serial_of(q, node),
                                only(q, join, node, text_of(node->address)),
                                only(q, join, node, label_of(text_of(node->name)))};
    const struct managed_name *found = NULL;
    for (size_t i = 0; found == NULL && i < CHECK_COUNT(keys); i++)
        found = find(names, keys[i]);
    return found;
}

static const char *entry_name(const struct question *q, const struct config_appliances_entry *entry)
{
    struct span name = entry->host_name.n != 0    ? entry->host_name
                       : entry->ip_address.n != 0 ? entry->ip_address
                                                  : entry->serial;
    return result_clean(q->arena, name, 200);
}

static void add(const struct question *q, const struct join *join, struct managed_list *all,
                struct managed item)
{
    all->too_many = all->too_many || all->count == MANAGED_MAX;
    if (all->too_many)
        return;
    if (item.entry != NULL) {
        item.before = managed_twin(
            check_facts_of(q, check_before(q), &config_appliances_kind, NULL), item.entry);
        item.serial = item.entry->serial;
        add_name(q, &all->names, item.entry->host_name, all->count, false);
        add_name(q, &all->names, item.entry->ip_address, all->count, true);
    }
    struct span label = label_of(text_of(item.name));
    if (item.node != NULL) {
        add_name(q, &all->names, text_of(item.node->address), all->count, true);
        label = only(q, join, item.node, label);
    } else if (find(&join->nodes, label) != NULL) {
        label.n = 0; /* the short name of one that is in the fleet */
    }
    add_name(q, &all->names, label, all->count, true);
    add_name(q, &all->names, text_of(item.name), all->count, false);
    add_name(q, &all->names, item.serial, all->count, true);
    all->items = arena_push(q->arena, all->items, all->count, sizeof(item));
    all->items[all->count++] = item;
}

/* Adds the nodes of the inventory; TAKEN: which entries of LIST they are. */
static void add_nodes(const struct question *q, const struct join *join,
                      const struct config_appliances *list, struct managed_list *all, bool *taken)
{
    for (size_t i = 0; i < q->fleet->count; i++) {
        const struct node *node = &q->fleet->nodes[i];
        if (node->role != ROLE_ESA)
            continue;
        const struct managed_name *hit = find_node(q, join, &join->listed, node);
        const struct managed_name *name = find(&join->nodes, text_of(node->sma));
        const struct node *sma = name == NULL ? NULL : &q->fleet->nodes[name->index];
        bool ours = node->sma == NULL ? join->smas == 1 : sma == q->node;
        if (ours || hit != NULL) {
            if (hit != NULL)
                taken[hit->index] = true;
            add(q, join, all,
                (struct managed){.name = node->name,
                                 .node = node,
                                 .entry = hit == NULL ? NULL : &list->entries[hit->index],
                                 .serial = serial_of(q, node)});
        } else if ((sma == NULL || sma->role != ROLE_SMA) &&
                   find_node(q, join, &join->anywhere, node) == NULL) {
            all->orphans = arena_push(q->arena, all->orphans, all->orphan_count, sizeof(node));
            all->orphans[all->orphan_count++] = node;
        }
    }
}

struct managed_list managed_by(const struct question *q, const struct config_appliances *list)
{
    struct managed_list all = {.count = 0};
    struct join join = join_of(q, list);
    bool *taken = arena_alloc(q->arena, list == NULL ? 0 : list->count);
    add_nodes(q, &join, list, &all, taken);
    for (size_t i = 0; list != NULL && i < list->count && !all.too_many; i++) {
        const struct config_appliances_entry *entry = &list->entries[i];
        bool is_esa = entry->product_type.n == 0 || text_is_nocase(entry->product_type, "ESA");
        if (is_esa && !taken[i])
            add(q, &join, &all, (struct managed){.name = entry_name(q, entry), .entry = entry});
    }
    sort_names(&all.names);
    return all;
}

/* -- Questions about one gateway ------------------------------------------------------------ */

const struct config_appliances_entry *managed_twin(const struct config_appliances *list,
                                                   const struct config_appliances_entry *entry)
{
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct config_appliances_entry *other = &list->entries[i];
        if (text_same_nocase(other->serial, entry->serial) ||
            (entry->host_name.n != 0 && text_same_nocase(other->host_name, entry->host_name)))
            return other;
    }
    return NULL;
}

bool managed_service_on(const struct managed *item, enum config_appliances_service service)
{
    return (item->entry != NULL && item->entry->services[service] == FLAG_YES) ||
           (item->before != NULL && item->before->services[service] == FLAG_YES);
}

void managed_rest(const struct question *q, struct result *result, const struct managed_list *list)
{
    enum { NAMED = 10 };
    const char *names = "";
    if (list->too_many)
        (void)result_say(result, STATE_UNKNOWN, q->node->name,
                         "%s: more than %d gateways; the others were not judged", q->node->name,
                         MANAGED_MAX);
    if (list->orphan_count == 0)
        return;
    for (size_t i = 0; i < list->orphan_count && i < NAMED; i++)
        names = arena_printf(q->arena, "%s%s%s", names, i > 0 ? ", " : "", list->orphans[i]->name);
    if (list->orphan_count > NAMED)
        names = arena_printf(q->arena, "%s and %zu more", names, list->orphan_count - NAMED);
    struct finding *finding =
        result_say(result, STATE_UNKNOWN, q->node->name,
                   "managed by no SMA of this capture, so judged on none: %s", names);
    (void)result_hint(finding, "tell which SMA manages them (`sma` in capture.json), and capture "
                               "that SMA too");
}
