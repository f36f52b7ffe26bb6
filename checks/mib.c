/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/mib.h"

#include <inttypes.h>

const char *mib_alive(const struct question *q)
{
    const char *first = NULL; /* by name: they are there in the order of asking, or of the folder */
    for (size_t i = 0; i < q->node->document_count; i++) {
        const struct document *document = &q->node->documents[i];
        /* Logs may have been delivered long before. */
        if (document->fault == NULL && document->bytes.n > 0 &&
            (text_starts(text_of(document->id), "cli/") ||
             text_starts(text_of(document->id), "https/")) &&
            (first == NULL || strcmp(document->id, first) < 0))
            first = document->id;
    }
    return first;
}

const struct snmp_walk *mib_facts(const struct question *q, struct result *result)
{
    const struct snmp_walk *walk = check_facts(q, result, &snmp_walk_kind);
    struct finding *finding = NULL;
    if (walk != NULL && walk->cut_line != 0) {
        finding = result_say(result, STATE_UNKNOWN, q->node->name,
                             "%s: %s ends early: what is behind it is not known", q->node->name,
                             snmp_walk_kind.id);
        (void)result_evidence(result, finding, snmp_walk_kind.id, walk->cut_line);
    } else if (walk != NULL && walk->unread.n > 0) {
        finding = result_say(result, STATE_UNKNOWN, q->node->name,
                             "%s: a line of %s is not recognised: '%.*s'", q->node->name,
                             snmp_walk_kind.id, TEXT_ARGS(text_head(walk->unread, 200)));
        (void)result_evidence(result, finding, snmp_walk_kind.id, walk->unread_line);
    }
    if (walk == NULL && result->finding_count > 0 && mib_alive(q) != NULL)
        result->findings[result->finding_count - 1]->follows = true; /* `snmp` says it in full */
    return walk;
}

const char *mib_name(struct arena *arena, const struct snmp_row *row, unsigned column,
                     const char *word)
{
    const struct snmp_value *name = &row->columns[column];
    if (name->type == SNMP_TEXT && name->text.n > 0)
        return result_clean(arena, name->text, 120);
    return arena_printf(arena, "%s %u", word, row->index);
}

static struct finding *say_unread(struct result *result, const struct snmp_value *value,
                                  const char *subject, const char *what)
{
    struct finding *finding =
        result_say(result, STATE_UNKNOWN, subject, "%s: %s of %s is not recognised: '%.*s'",
                   result->node, what, subject, TEXT_ARGS(text_head(value->text, 200)));
    return result_evidence(result, finding, snmp_walk_kind.id, value->line);
}

bool mib_number(struct result *result, const struct snmp_value *value, const char *subject,
                const char *what, bool wanted)
{
    if (value->type == SNMP_ABSENT && wanted)
        (void)result_say(result, STATE_UNKNOWN, subject, "%s: %s of %s is not published",
                         result->node, what, subject);
    else if (value->type != SNMP_NUMBER && value->type != SNMP_ABSENT)
        (void)say_unread(result, value, subject, what);
    return value->type == SNMP_NUMBER;
}

struct finding *mib_judge(struct result *result, const struct snmp_value *value,
                          const char *subject, const char *what, const struct mib_word *words,
                          size_t count)
{
    if (value->type == SNMP_ABSENT)
        return NULL;
    if (value->type != SNMP_NUMBER)
        return say_unread(result, value, subject, what);
    struct finding *finding = NULL;
    for (size_t i = 0; i < count && finding == NULL; i++)
        if (words[i].number == value->number) {
            finding = result_say(result, words[i].state, subject, "%s: %s: %s", result->node,
                                 subject, words[i].words);
            (void)result_hint(finding, words[i].hint);
        }
    if (finding == NULL)
        finding = result_say(result, STATE_UNKNOWN, subject,
                             "%s: %s of %s is %" PRId64 ", which its MIB does not know",
                             result->node, what, subject, value->number);
    return result_evidence(result, finding, snmp_walk_kind.id, value->line);
}
