/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/capture.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "checks/parse/cli_version.h"
#include "checks/registry.h"
#include "plugin/file.h"
#include "plugin/index.h"
#include "plugin/redact_log.h"

static const char *const rooms[] = {"cli", "https", "log", "snmp"};

/* Where documents lie, and whether they were written by record.h. */
struct place {
    const char *dir, *folder; /* of the capture, of the node */
    bool kept;
};

/*
 * One document from its file, if there is one. Redacted as a live answer is: a pasted baseline must
 * compare equal to it.
 */
static void read_file(struct arena *arena, const struct place *place, struct node *node,
                      const char *id)
{
    struct span bytes = {NULL, 0};
    struct fault fault = {.kind = FAULT_NONE};
    const char *path = arena_printf(arena, "%s/%s", place->folder, id);
    if (!file_read(arena, path, CAPTURE_MAX_DOCUMENT, &bytes, &fault) &&
        fault.kind == FAULT_NOT_CAPTURED)
        return;
    struct document *document = index_add_document(arena, node, id);
    document->bytes =
        place->kept ? bytes : redact_log_document(arena, id, bytes, text_of(""), false);
    if (fault.kind != FAULT_NONE)
        document->fault = fault_keep(arena, &fault);
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
    for (const struct dirent *entry; (entry = readdir(handle)) != NULL;) {
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
static void read_family(struct arena *arena, const struct place *place, struct node *node,
                        const struct document_kind *kind)
{
    struct span head, tail;
    size_t count;
    (void)text_cut(text_of(kind->id), '*', &head, &tail);
    const char *suffix = tail.p;
    const char *parent = arena_printf(arena, "%s/%.*s", place->folder, TEXT_ARGS(head));
    char **names = names_in(arena, parent, &count, NULL);
    for (size_t i = 0; names != NULL && i < count; i++)
        if (text_ends(text_of(names[i]), suffix)) {
            const char *id = arena_printf(arena, "%.*s%s", TEXT_ARGS(head), names[i]);
            if (fleet_document(node, id) == NULL)
                read_file(arena, place, node, id);
        }
}

static void read_documents(struct arena *arena, struct place place, struct node *node,
                           const struct document_kind *const *kinds, size_t count)
{
    place.folder = arena_printf(arena, "%s/%s", place.dir, node->name);
    for (size_t i = 0; i < count; i++) {
        if (node->role != 0 && (kinds[i]->roles & node->role) == 0)
            continue; /* an appliance of this role has no such document */
        if (strchr(kinds[i]->id, '*') != NULL)
            read_family(arena, &place, node, kinds[i]);
        else
            read_file(arena, &place, node, kinds[i]->id);
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
static enum role guess_role(struct arena *arena, const struct node *node,
                            const struct document_kind *const *kinds, size_t count)
{
    unsigned seen = 0;
    for (size_t i = 0; i < count; i++)
        if (kinds[i]->roles != ROLE_ANY && fleet_document(node, kinds[i]->id) != NULL)
            seen |= kinds[i]->roles;
    if (seen == ROLE_SMA || seen == ROLE_ESA)
        return (enum role)seen;
    const struct cli_version *version =
        fleet_facts(arena, node, &cli_version_kind, cli_version_kind.id, NULL);
    return version != NULL && version->release.product == PRODUCT_SMA ? ROLE_SMA : ROLE_ESA;
}

static bool same_or_untold(const char *a, const char *b)
{
    return a == NULL || b == NULL || text_same_nocase(text_of(a), text_of(b));
}

/*
 * Can a check about ASKED want documents of NODE? Of its cluster, of the gateways of its SMA; and
 * of all whose place is not told. Leaving out the rest keeps one check cheap in a capture of a
 * thousand.
 */
static bool is_related(const struct node *asked, const struct node *node)
{
    if (asked == NULL || asked == node || asked->role == 0 || node->role == 0)
        return true;
    if (asked->role == ROLE_SMA)
        return node->role == ROLE_ESA && same_or_untold(node->sma, asked->name);
    return node->role == ROLE_ESA && same_or_untold(node->cluster, asked->cluster);
}

static void load_documents(struct arena *arena, struct place place, const json_t *root,
                           const char *host, const struct fleet *fleet)
{
    size_t count;
    const struct document_kind **kinds = registry_kinds(arena, &count);
    const struct node *asked = host == NULL ? NULL : fleet_node(fleet, text_of(host));
    for (size_t i = 0; i < fleet->count; i++)
        if (is_related(asked, &fleet->nodes[i]))
            read_documents(arena, place, &fleet->nodes[i], kinds, count);
    index_documents(arena, root, fleet);
    for (size_t i = 0; i < fleet->count; i++)
        if (fleet->nodes[i].role == 0)
            fleet->nodes[i].role = guess_role(arena, &fleet->nodes[i], kinds, count);
}

static bool sort(struct fleet *fleet, const char *dir, struct fault *fault)
{
    const char *twice;
    return fleet_sort(fleet, &twice) ||
           fault_set(fault, FAULT_SYNTAX, dir, 0,
                     "%.80s is there twice, perhaps in other letter case: one appliance has one "
                     "name and one folder, named as in capture.json",
                     twice);
}

/* Folders of appliances that the index does not name. */
static bool add_folders(struct arena *arena, const char *dir, char **names, size_t count,
                        struct fleet *fleet, struct fault *fault)
{
    const size_t listed = fleet->count;
    for (size_t i = 0; i < count; i++) {
        if (!index_is_name(names[i]) || !holds_documents(arena, dir, names[i]))
            continue;
        const struct fleet index = {fleet->nodes, listed};
        const struct node *known = fleet_node(&index, text_of(names[i]));
        if (known == NULL || strcmp(known->name, names[i]) != 0)
            (void)index_add_node(arena, fleet, names[i]);
    }
    if (fleet->count == 0)
        return fault_set(fault, FAULT_NOT_CAPTURED, dir, 0,
                         "holds no appliance: expected folders such as "
                         "esa1.example.com/cli/status.txt");
    return sort(fleet, dir, fault);
}

static bool load(struct arena *arena, const char *dir, bool kept, const char *host,
                 struct capture *capture, struct fault *fault)
{
    size_t count;
    json_t *root = NULL;
    *capture = (struct capture){.run_id = NULL};
    char **names = names_in(arena, dir, &count, fault);
    bool done = names != NULL && index_load(arena, dir, capture, &root, fault) &&
                sort(&capture->fleet, dir, fault) &&
                add_folders(arena, dir, names, count, &capture->fleet, fault);
    if (done)
        load_documents(arena, (struct place){dir, NULL, kept}, root, host, &capture->fleet);
    json_decref(root);
    return done;
}

bool capture_load(struct arena *arena, const char *dir, const char *host, struct capture *capture,
                  struct fault *fault)
{
    return load(arena, dir, false, host, capture, fault);
}

bool capture_load_kept(struct arena *arena, const char *dir, struct capture *capture,
                       struct fault *fault)
{
    return load(arena, dir, true, NULL, capture, fault);
}
