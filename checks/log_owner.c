/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/log_owner.h"

#include <string.h>

#include "checks/parse/cli_version.h"

enum { MAX_NAMED = 6 };

/* NODE's serial number, as it, or else the present or the earlier one of it tells; or empty. */
static struct span serial_of(const struct question *q, const struct node *node)
{
    const struct node *tellers[] = {node, q->node, check_before(q)};
    for (size_t i = 0; i < CHECK_COUNT(tellers); i++) {
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

const struct mail_logs *log_owner_part(const struct question *q, const struct node *node,
                                       const struct mail_logs *facts, const char **why)
{
    const struct flow_summary *s = &facts->summary;
    const struct document *document = fleet_document(node, mail_logs_kind.id);
    const struct span serial = serial_of(q, node);
    const char *ignored;
    why = why == NULL ? &ignored : why;
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
