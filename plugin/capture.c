/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/capture.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "checks/parse/cli_version.h"
#include "checks/registry.h"
#include "plugin/file.h"

enum { MAX_INDEX = 8 * 1024 * 1024, MAX_NODES = 20000, MAX_NAME = 253 };

static const char *const rooms[] = {"cli", "https", "log", "snmp"};

/* Names become paths and output: the letters of host names, nothing else. */
static bool is_node_name(const char *name)
{
    size_t n = strlen(name);
    return n > 0 && n <= MAX_NAME && name[0] != '.' && name[0] != '-' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == n;
}

static struct node *add_node(struct arena *arena, struct fleet *fleet, const char *name)
{
    fleet->nodes = arena_push(arena, fleet->nodes, fleet->count, sizeof(*fleet->nodes));
    struct node *node = &fleet->nodes[fleet->count++];
    *node = (struct node){.name = arena_dup(arena, text_of(name))};
    return node;
}

static struct document *add_document(struct arena *arena, struct node *node, const char *id)
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
    if (name == NULL || !is_node_name(name))
        return fault_set(fault, FAULT_SYNTAX, origin, 0,
                         "nodes: '%.80s' is no name of an appliance", name == NULL ? "" : name);
    if (role != NULL && strcmp(role, "esa") != 0 && strcmp(role, "sma") != 0)
        return fault_set(fault, FAULT_SYNTAX, origin, 0, "%s: role '%.40s' is neither esa nor sma",
                         name, role);
    if (fleet_node(fleet, text_of(name)) != NULL)
        return fault_set(fault, FAULT_SYNTAX, origin, 0, "%s is listed twice", name);
    struct node *node = add_node(arena, fleet, name);
    if (role != NULL)
        node->role = strcmp(role, "sma") == 0 ? ROLE_SMA : ROLE_ESA;
    node->cluster = string_of(arena, entry, "cluster");
    node->sma = string_of(arena, entry, "sma");
    node->address = string_of(arena, entry, "address");
    return true;
}

/* What capture.json says of one document: when and from where, and why there is none. */
static void read_document(struct arena *arena, const json_t *entry, struct fleet *fleet)
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
        document = add_document(arena, node, id);
    const char *when = json_string_value(json_object_get(entry, "taken_at"));
    if (when != NULL && time_parse_iso(text_of(when), &taken_at))
        document->has_taken_at = time_utc(taken_at, &document->taken_at);
    const json_t *duration = json_object_get(entry, "duration_ms");
    document->has_duration = json_is_integer(duration) && json_integer_value(duration) >= 0 &&
                             json_integer_value(duration) <= INT32_MAX;
    if (document->has_duration)
        document->duration_ms = (unsigned)json_integer_value(duration);
    document->vantage = string_of(arena, entry, "vantage");
    if (json_is_string(why)) {
        const char *text = json_string_value(why);
        (void)fault_set(&document->fault, fault_kind_of(text_of(text)), id, 0, "%s", text);
    } else if (json_is_object(why)) {
        const char *kind = json_string_value(json_object_get(why, "kind"));
        const char *text = json_string_value(json_object_get(why, "text"));
        (void)fault_set(&document->fault, fault_kind_of(text_of(kind)), id, 0, "%s",
                        text != NULL   ? text
                        : kind != NULL ? kind
                                       : "not told why");
    }
}

static bool read_nodes(struct arena *arena, const json_t *root, const char *path,
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
    json_array_foreach(
        json_object_get(root, "nodes"), i,
        entry) if (!read_node(arena, entry, path, &capture->fleet, fault)) return false;
    const char *id = string_of(arena, root, "run_id");
    capture->run_id = id != NULL ? id : string_of(arena, root, "id");
    capture->change = string_of(arena, root, "change");
    capture->run_operator = string_of(arena, root, "operator");
    capture->has_index = true;
    return true;
}

/* One document from its file, if there is one. */
static void read_file(struct arena *arena, const char *folder, struct node *node, const char *id)
{
    struct span bytes = {NULL, 0};
    struct fault fault = {.kind = FAULT_NONE};
    const char *path = arena_printf(arena, "%s/%s", folder, id);
    if (!file_read(arena, path, CAPTURE_MAX_DOCUMENT, &bytes, &fault) &&
        fault.kind == FAULT_NOT_CAPTURED)
        return;
    struct document *document = add_document(arena, node, id);
    document->bytes = bytes;
    if (fault.kind != FAULT_NONE)
        (void)fault_set(&document->fault, fault.kind, id, 0, "%s", fault.text);
}

static int compare_strings(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in DIR, sorted, without those that begin with a dot. NULL and FAULT when unreadable. */
static char **names_in(struct arena *arena, const char *dir, size_t *count, struct fault *fault)
{
    char **names = arena_alloc(arena, sizeof(*names));
    DIR *handle = opendir(dir);
    *count = 0;
    if (handle == NULL) {
        (void)fault_set(fault, FAULT_INTERNAL, dir, 0, "cannot be read: %s", strerror(errno));
        return NULL;
    }
    for (const struct dirent *entry; (entry = readdir(handle)) != NULL && *count < MAX_NODES;) {
        if (entry->d_name[0] == '.')
            continue;
        names = arena_push(arena, names, *count, sizeof(*names));
        names[(*count)++] = arena_dup(arena, text_of(entry->d_name));
    }
    (void)closedir(handle);
    qsort(names, *count, sizeof(*names), compare_strings);
    return names;
}

/* The members of a family such as https/tracking_messages/<esa>.json that are there. */
static void read_family(struct arena *arena, const char *folder, struct node *node,
                        const struct document_kind *kind)
{
    struct span head, tail;
    size_t count;
    (void)text_cut(text_of(kind->id), '*', &head, &tail);
    const char *suffix = tail.p;
    const char *parent = arena_printf(arena, "%s/%.*s", folder, TEXT_ARGS(head));
    char **names = names_in(arena, parent, &count, NULL);
    for (size_t i = 0; names != NULL && i < count; i++)
        if (text_ends(text_of(names[i]), suffix)) {
            const char *id = arena_printf(arena, "%.*s%s", TEXT_ARGS(head), names[i]);
            if (fleet_document(node, id) == NULL)
                read_file(arena, folder, node, id);
        }
}

static void read_node_documents(struct arena *arena, const char *dir, struct node *node)
{
    const char *folder = arena_printf(arena, "%s/%s", dir, node->name);
    for (size_t c = 0; c < registry_count; c++)
        for (size_t n = 0; n < registry_checks[c]->need_count; n++) {
            const struct document_kind *kind = registry_checks[c]->needs[n].kind;
            if (node->role != 0 && (kind->roles & node->role) == 0)
                continue; /* an appliance of this role has no such document */
            if (strchr(kind->id, '*') != NULL) {
                read_family(arena, folder, node, kind);
            } else if (fleet_document(node, kind->id) == NULL) {
                read_file(arena, folder, node, kind->id);
            }
        }
}

/* A folder is a node's when it holds at least one room of documents. */
static bool holds_documents(struct arena *arena, const char *dir, const char *name)
{
    struct stat info;
    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        const char *path = arena_printf(arena, "%s/%s/%s", dir, name, rooms[i]);
        if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
            return true;
    }
    return false;
}

/* Role by the documents that only one role has, else by the model in `version`. */
static enum role guess_role(struct arena *arena, const struct node *node)
{
    unsigned seen = 0;
    for (size_t c = 0; c < registry_count; c++)
        for (size_t n = 0; n < registry_checks[c]->need_count; n++) {
            const struct document_kind *kind = registry_checks[c]->needs[n].kind;
            if (kind->roles != ROLE_ANY && fleet_document(node, kind->id) != NULL)
                seen |= kind->roles;
        }
    if (seen == ROLE_SMA || seen == ROLE_ESA)
        return (enum role)seen;
    const struct cli_version *version =
        fleet_facts(arena, node, &cli_version_kind, cli_version_kind.id, NULL);
    return version != NULL && version->release.product == PRODUCT_SMA ? ROLE_SMA : ROLE_ESA;
}

static int compare_nodes(const void *a, const void *b)
{
    const struct node *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* Reads DIR/capture.json when there is one. *ROOT is NULL when there is none. */
static bool load_index(struct arena *arena, const char *dir, struct capture *capture, json_t **root,
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
    return read_nodes(arena, *root, path, capture, fault);
}

static void load_documents(struct arena *arena, const char *dir, const json_t *root,
                           struct capture *capture)
{
    size_t i;
    json_t *entry;
    for (size_t n = 0; n < capture->fleet.count; n++)
        read_node_documents(arena, dir, &capture->fleet.nodes[n]);
    json_array_foreach(json_object_get(root, "documents"), i, entry)
        read_document(arena, entry, &capture->fleet);
    for (size_t n = 0; n < capture->fleet.count; n++)
        if (capture->fleet.nodes[n].role == 0)
            capture->fleet.nodes[n].role = guess_role(arena, &capture->fleet.nodes[n]);
}

/* A folder is a node. Names are compared without letter case, so two may not differ in it only. */
static bool add_folder(struct arena *arena, const char *dir, const char *name, struct fleet *fleet,
                       struct fault *fault)
{
    const struct node *known = fleet_node(fleet, text_of(name));
    if (known == NULL)
        (void)add_node(arena, fleet, name);
    else if (strcmp(known->name, name) != 0)
        return fault_set(
            fault, FAULT_SYNTAX, dir, 0,
            "%.60s and %.60s differ in letter case only: one appliance has one folder, "
            "named as in capture.json",
            known->name, name);
    return true;
}

bool capture_load(struct arena *arena, const char *dir, struct capture *capture,
                  struct fault *fault)
{
    size_t count;
    json_t *root = NULL;
    *capture = (struct capture){.has_index = false};
    char **names = names_in(arena, dir, &count, fault);
    bool done = names != NULL && load_index(arena, dir, capture, &root, fault);
    for (size_t i = 0; done && i < count; i++)
        done = !is_node_name(names[i]) || !holds_documents(arena, dir, names[i]) ||
               add_folder(arena, dir, names[i], &capture->fleet, fault);
    if (done && capture->fleet.count == 0)
        done = fault_set(fault, FAULT_NOT_CAPTURED, dir, 0,
                         "holds no appliance: expected folders such as "
                         "esa1.example.com/cli/status.txt");
    if (done) {
        qsort(capture->fleet.nodes, capture->fleet.count, sizeof(struct node), compare_nodes);
        load_documents(arena, dir, root, capture);
    }
    json_decref(root);
    return done;
}
