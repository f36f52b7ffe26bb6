/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/fleet.h"

#include <stdlib.h>
#include <string.h>

static int compare_nodes(const void *a, const void *b)
{
    const struct node *x = a, *y = b;
    return text_order_nocase(text_of(x->name), text_of(y->name));
}

static int compare_key(const void *key, const void *element)
{
    const struct span *name = key;
    const struct node *node = element;
    return text_order_nocase(*name, text_of(node->name));
}

bool fleet_sort(struct fleet *fleet, const char **twice)
{
    if (fleet->count > 1)
        qsort(fleet->nodes, fleet->count, sizeof(*fleet->nodes), compare_nodes);
    for (size_t i = 1; i < fleet->count; i++)
        if (compare_nodes(&fleet->nodes[i - 1], &fleet->nodes[i]) == 0) {
            *twice = fleet->nodes[i].name;
            return false;
        }
    return true;
}

struct node *fleet_node(const struct fleet *fleet, struct span name)
{
    if (fleet->count == 0)
        return NULL;
    return bsearch(&name, fleet->nodes, fleet->count, sizeof(*fleet->nodes), compare_key);
}

struct document *fleet_document(const struct node *node, const char *id)
{
    for (size_t i = 0; i < node->document_count; i++)
        if (strcmp(node->documents[i].id, id) == 0)
            return &node->documents[i];
    return NULL;
}

const char *fleet_member_id(struct arena *arena, const struct document_kind *kind,
                            struct span member)
{
    struct span head, tail;
    if (!text_cut(text_of(kind->id), '*', &head, &tail))
        return kind->id;
    return arena_printf(arena, "%.*s%.*s%.*s", TEXT_ARGS(head), TEXT_ARGS(member), TEXT_ARGS(tail));
}

bool fleet_is_of_kind(const struct document_kind *kind, struct span id)
{
    size_t i = 0;
    for (; kind->id[i] != '*'; i++)
        if (i == id.n || kind->id[i] != id.p[i])
            return i == id.n && kind->id[i] == '\0';
    return text_ends(text_skip(id, i), kind->id + i + 1);
}

bool fleet_same_name(struct span a, struct span b)
{
    struct span longer = a.n > b.n ? a : b, shorter = a.n > b.n ? b : a, label, rest;
    (void)text_cut(longer, '.', &label, &rest);
    return text_same_nocase(a, b) || text_same_nocase(label, shorter);
}

static void parse(struct arena *arena, const struct document_kind *kind, struct document *document)
{
    struct fault why = {.kind = FAULT_NONE};
    document->parsed_as = kind;
    document->facts = NULL;
    document->parse_fault = document->fault;
    if (document->fault != NULL)
        return;
    void *facts = arena_alloc(arena, kind->facts_size);
    if (text_trim(document->bytes).n == 0)
        (void)fault_set(&why, FAULT_EMPTY, kind->id, 0, "the answer is empty");
    else if (kind->parse(arena, document->bytes, facts, &why))
        document->facts = facts;
    else if (why.kind == FAULT_NONE)
        (void)fault_set(&why, FAULT_SYNTAX, kind->id, 0, "not recognised");
    if (document->facts == NULL)
        document->parse_fault = fault_keep(arena, &why);
}

const void *fleet_facts(struct arena *arena, const struct node *node,
                        const struct document_kind *kind, const char *id, struct fault *fault)
{
    struct document *document = NULL;
    /* Most facts are asked for again and again: a pointer tells sooner than all the names do. */
    for (size_t i = 0; node != NULL && document == NULL && i < node->document_count; i++)
        if (node->documents[i].parsed_as == kind && strcmp(node->documents[i].id, id) == 0)
            document = &node->documents[i];
    if (node != NULL && document == NULL)
        document = fleet_document(node, id);
    if (document == NULL) {
        (void)fault_set(fault, FAULT_NOT_CAPTURED, id, 0, "not captured");
        return NULL;
    }
    if (document->parsed_as != kind)
        parse(arena, kind, document);
    if (document->facts == NULL && fault != NULL)
        (void)fault_set(fault, document->parse_fault->kind, id, document->parse_fault->line, "%s",
                        document->parse_fault->text);
    return document->facts;
}

void fleet_forget(struct node *node)
{
    for (size_t i = 0; i < node->document_count; i++) {
        node->documents[i].parsed_as = NULL;
        node->documents[i].facts = NULL;
        node->documents[i].parse_fault = NULL;
    }
}
