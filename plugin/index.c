/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/index.h"

#include <string.h>

#include "plugin/file.h"

enum { MAX_INDEX = 64 * 1024 * 1024, MAX_NAME = 253 };

bool index_is_name(const char *name)
{
    size_t n = strlen(name);
    return n > 0 && n <= MAX_NAME && name[0] != '.' && name[0] != '-' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == n;
}

struct node *index_add_node(struct arena *arena, struct fleet *fleet, const char *name)
{
    fleet->nodes = arena_push(arena, fleet->nodes, fleet->count, sizeof(*fleet->nodes));
    struct node *node = &fleet->nodes[fleet->count++];
    *node = (struct node){.name = arena_dup(arena, text_of(name))};
    return node;
}

struct document *index_add_document(struct arena *arena, struct node *node, const char *id)
{
    node->documents =
        arena_push(arena, node->documents, node->document_count, sizeof(*node->documents));
    struct document *document = &node->documents[node->document_count++];
    *document = (struct document){.id = id};
    return document;
}

/* A copy in the arena; NULL when MEMBER is no string or empty. */
static const char *string_of(struct arena *arena, const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));
    return text == NULL || *text == '\0' ? NULL : arena_dup(arena, text_of(text));
}

static bool read_node(struct arena *arena, const json_t *entry, const char *origin,
                      struct fleet *fleet, struct fault *fault)
{
    const char *name = string_of(arena, entry, "name");
    const char *role = string_of(arena, entry, "role");
    if (name == NULL || !index_is_name(name))
        return fault_set(fault, FAULT_SYNTAX, origin, 0,
                         "nodes: '%.80s' is no name of an appliance", name == NULL ? "" : name);
    if (role != NULL && strcmp(role, "esa") != 0 && strcmp(role, "sma") != 0)
        return fault_set(fault, FAULT_SYNTAX, origin, 0, "%s: role '%.40s' is neither esa nor sma",
                         name, role);
    struct node *node = index_add_node(arena, fleet, name);
    if (role != NULL)
        node->role = strcmp(role, "sma") == 0 ? ROLE_SMA : ROLE_ESA;
    node->cluster = string_of(arena, entry, "cluster");
    node->sma = string_of(arena, entry, "sma");
    node->address = string_of(arena, entry, "address");
    node->by_name_only = json_is_false(json_object_get(entry, "asked"));
    return true;
}

/*
 * The fault of an entry: its kind as a word, or an object {"kind", "text", "line"}; NULL when there
 * is none.
 */
static const struct fault *why_missing(struct arena *arena, const json_t *why, const char *id)
{
    const json_t *kind = json_is_object(why) ? json_object_get(why, "kind") : why;
    const char *word = json_string_value(kind);
    const char *text = json_string_value(json_object_get(why, "text"));
    struct fault fault;
    if (!json_is_object(why) && word == NULL)
        return NULL;
    const json_int_t line = json_integer_value(json_object_get(why, "line"));
    (void)fault_set(&fault, fault_kind_of(text_of(word)), id,
                    line > 0 && line <= INT32_MAX ? (unsigned)line : 0, "%s",
                    text != NULL   ? text
                    : word != NULL ? word
                                   : "not told why");
    return fault_keep(arena, &fault);
}

/* What capture.json says of one document: when and from where, and why there is none. */
static void read_document(struct arena *arena, const json_t *entry, const struct fleet *fleet)
{
    const char *name = json_string_value(json_object_get(entry, "node"));
    const char *id = string_of(arena, entry, "id");
    struct node *node = name == NULL ? NULL : fleet_node(fleet, text_of(name));
    struct stamp taken_at;
    if (node == NULL || id == NULL)
        return;
    struct document *document = fleet_document(node, id);
    const json_t *why = json_object_get(entry, "fault");
    if (document == NULL && !json_is_object(why) && !json_is_string(why))
        return;
    if (document == NULL)
        document = index_add_document(arena, node, id);
    const char *when = json_string_value(json_object_get(entry, "taken_at"));
    if (when != NULL && time_parse_iso(text_of(when), &taken_at))
        document->has_taken_at = time_utc(taken_at, &document->taken_at);
    const json_t *duration = json_object_get(entry, "duration_ms");
    document->has_duration = json_is_integer(duration) && json_integer_value(duration) >= 0 &&
                             json_integer_value(duration) <= INT32_MAX;
    if (document->has_duration)
        document->duration_ms = (unsigned)json_integer_value(duration);
    document->vantage = string_of(arena, entry, "vantage");
    document->fault = why_missing(arena, why, id);
}

void index_documents(struct arena *arena, const json_t *root, const struct fleet *fleet)
{
    size_t i;
    json_t *entry;
    json_array_foreach (json_object_get(root, "documents"), i, entry) {
        read_document(arena, entry, fleet);
    }
}

static bool read_index(struct arena *arena, const json_t *root, const char *path,
                       struct capture *capture, struct fault *fault)
{
    size_t i;
    json_t *entry;
    const json_t *nodes = json_object_get(root, "nodes");
    const json_t *documents = json_object_get(root, "documents");
    if (!json_is_object(root) || (nodes != NULL && !json_is_array(nodes)) ||
        (documents != NULL && !json_is_array(documents)))
        return fault_set(fault, FAULT_SYNTAX, path, 0,
                         "is no object with lists of nodes and documents");
    const char *schema = json_string_value(json_object_get(root, "schema"));
    if (schema != NULL && strcmp(schema, "postcheck.capture/1") != 0)
        return fault_set(fault, FAULT_UNSUPPORTED, path, 0,
                         "schema is '%.60s', this program reads postcheck.capture/1", schema);
    json_array_foreach (nodes, i, entry) {
        if (!read_node(arena, entry, path, &capture->fleet, fault))
            return false;
    }
    const char *id = string_of(arena, root, "run_id");
    capture->run_id = id != NULL ? id : string_of(arena, root, "id");
    capture->change = string_of(arena, root, "change");
    capture->run_operator = string_of(arena, root, "operator");
    return true;
}

bool index_load(struct arena *arena, const char *dir, struct capture *capture, json_t **root,
                struct fault *fault)
{
    const char *path = arena_printf(arena, "%s/capture.json", dir);
    struct span bytes;
    struct fault why = {.kind = FAULT_NONE};
    json_error_t error;
    *root = NULL;
    if (!file_read(arena, path, MAX_INDEX, &bytes, &why)) {
        if (why.kind == FAULT_NOT_CAPTURED)
            return true;
        return fault_set(fault, why.kind, path, 0, "%s", why.text);
    }
    *root = json_loadb(bytes.p, bytes.n, 0, &error);
    if (*root == NULL)
        return fault_set(fault, FAULT_SYNTAX, path, (unsigned)error.line, "line %d: %s", error.line,
                         error.text);
    return read_index(arena, *root, path, capture, fault);
}
