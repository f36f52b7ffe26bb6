/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/log_owner.h"

#include <string.h>

#include "checks/parse/cli_version.h"

enum { MAX_NAMED = 6 };

/* NODE's serial number, as it, or else the present or the earlier one of it tells; or empty. */
static struct span serial_of(const struct question *q, const struct node *node)
{
    const struct node *tellers[] = {node, q->node, check_before(q)};
    const bool asked = text_same_nocase(text_of(node->name), text_of(q->node->name));
    for (size_t i = 0; i < (asked ? CHECK_COUNT(tellers) : 1); i++) {
        const struct cli_version *version = check_facts_of(q, tellers[i], &cli_version_kind, NULL);
        if (version != NULL && version->serial.n > 0)
            return version->serial;
    }
    return (struct span){NULL, 0};
}

static bool is_of(const struct flow_appliance *appliance, const char *node, struct span serial)
{
    const bool tells = serial.n > 0 && appliance->serial[0] != '\0';
    if (tells && text_same_nocase(serial, text_of(appliance->serial)))
        return true;
    return !tells && appliance->host[0] != '\0' &&
           fleet_same_name(text_of(appliance->host), text_of(node));
}

static const char *name_of(const struct flow_appliance *appliance)
{
    return appliance->host[0] != '\0'     ? appliance->host
           : appliance->serial[0] != '\0' ? appliance->serial
                                          : "one without a name";
}

/* "esa2, esa3 and 4 more" */
static const char *names(struct arena *arena, const struct flow_appliance *of, size_t count)
{
    const char *text = "";
    for (size_t i = 0; i < count && i < MAX_NAMED; i++)
        text = arena_printf(arena, "%s%s%s", text, i == 0 ? "" : ", ", name_of(&of[i]));
    return count <= MAX_NAMED ? text
                              : arena_printf(arena, "%s and %zu more", text, count - MAX_NAMED);
}

/* The other appliance of the fleet that APPLIANCE of a log is: by its host, by its serial number.
 */
static const struct node *other_of(const struct question *q, const struct node *node,
                                   const struct flow_appliance *appliance, struct span serial)
{
    const struct span host = text_of(appliance->host), told = text_of(appliance->serial);
    const bool foreign_host = host.n > 0 && !fleet_same_name(host, text_of(node->name));
    const bool foreign_serial = told.n > 0 && serial.n > 0 && !text_same_nocase(told, serial);
    for (size_t i = 0; (foreign_host || foreign_serial) && i < q->fleet->count; i++) {
        const struct node *other = &q->fleet->nodes[i];
        if (text_same_nocase(text_of(other->name), text_of(node->name)))
            continue;
        if (foreign_host && fleet_same_name(host, text_of(other->name)))
            return other;
        const struct cli_version *version =
            foreign_serial ? check_facts_of(q, other, &cli_version_kind, NULL) : NULL;
        if (version != NULL && text_same_nocase(told, version->serial))
            return other;
    }
    return NULL;
}

const struct mail_logs *log_owner_part(const struct question *q, const struct node *node,
                                       const struct mail_logs *facts, const char **why)
{
    const struct flow_summary *s = &facts->summary;
    const struct document *document = fleet_document(node, mail_logs_kind.id);
    const struct span serial = serial_of(q, node);
    const char *ignored;
    why = why == NULL ? &ignored : why;
    for (size_t i = 0; !facts->several && s->appliances != NULL && i < s->appliance_count; i++) {
        const struct node *other = other_of(q, node, &s->appliances[i], serial);
        if (other == NULL)
            continue;
        *why = arena_printf(q->arena, "the log holds lines of %s", other->name);
        return NULL;
    }
    if (!facts->several || document == NULL)
        return facts;
    struct flow_appliance *own = arena_array(q->arena, s->appliance_count, sizeof(*own));
    size_t count = 0;
    for (size_t i = 0; i < s->appliance_count; i++)
        if (is_of(&s->appliances[i], node->name, serial))
            own[count++] = s->appliances[i];
    if (count == 0) {
        *why =
            arena_printf(q->arena, "the log holds lines of %s, and none of them is known to be %s",
                         names(q->arena, s->appliances, s->appliance_count), node->name);
        return NULL;
    }
    struct mail_logs *part = arena_alloc(q->arena, sizeof(*part));
    const struct mail_logs_range range = {.only = own, .only_count = count};
    if (mail_logs_read(q->arena, document->bytes, &range, part, NULL) && !part->several)
        return part;
    *why =
        arena_printf(q->arena, "the log holds lines of %s, and more than one of them may be %s: %s",
                     names(q->arena, s->appliances, s->appliance_count), node->name,
                     names(q->arena, own, count));
    return NULL;
}
