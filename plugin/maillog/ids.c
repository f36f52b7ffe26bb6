/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/maillog/ids.h"

#include <stdlib.h>
#include <string.h>

static bool number(struct span *rest, uint64_t *value)
{
    size_t n = 0;
    *value = 0;
    while (n < rest->n && n < 19 && rest->p[n] >= '0' && rest->p[n] <= '9')
        *value = *value * 10 + (uint64_t)(rest->p[n++] - '0');
    *rest = text_skip(*rest, n);
    return n != 0;
}

/* What the number behind BEFORE is, the pattern up to there. */
static bool kind_of(struct span before, enum ids_kind *kind)
{
    static const struct {
        const char *word;
        enum ids_kind kind;
    } words[] = {{"ICID", IDS_ICID},
                 {"DCID", IDS_DCID},
                 {"MID", IDS_MID},
                 {"Message", IDS_MID},
                 {"rewritten to", IDS_MID}};
    before = text_trim(before);
    if (text_ends(before, ":"))
        before.n--;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (text_ends(before, words[i].word)) {
            *kind = words[i].kind;
            return true;
        }
    return false;
}

static void keep(struct ids *ids, enum ids_kind kind, uint64_t id)
{
    if (id != 0 && ids->count < sizeof(ids->of) / sizeof(ids->of[0])) {
        ids->of[ids->count].kind = kind;
        ids->of[ids->count++].id = id;
    }
}

/* As family_fits(), with every number. */
static bool fits(const char *pattern, struct span message, struct ids *ids)
{
    uint64_t value;
    enum ids_kind kind;
    ids->count = 0;
    for (const char *p = pattern; *p != '\0'; p++) {
        if (*p == '#') {
            if (!number(&message, &value))
                return false;
            if (kind_of((struct span){pattern, (size_t)(p - pattern)}, &kind))
                keep(ids, kind, value);
        } else if (*p == '?') {
            while (message.n > 0 && *message.p != ' ')
                message = text_skip(message, 1);
        } else if (*p != '$') {
            if (message.n == 0 || *message.p != *p)
                return false;
            message = text_skip(message, 1);
        }
    }
    return pattern[0] != '\0';
}

/* "Connection Error: [REASON ]DCID[:] 99 …": what is before the first DCID is the appliance's. */
static void connection_error(struct span message, struct ids *ids)
{
    uint64_t value;
    ptrdiff_t at = text_find(text_head(message, 80), "DCID");
    if (at < 0)
        return;
    struct cursor c = text_cursor(text_skip(message, (size_t)at + 4));
    (void)text_literal(&c, ":");
    text_blanks(&c);
    struct span rest = text_rest(&c);
    if (number(&rest, &value))
        keep(ids, IDS_DCID, value);
}

struct ids ids_of(const struct line_event *event)
{
    static const char *const starts[] = {"MID #", "ICID #", "DCID #"};
    const struct span message = {event->message, event->message_n};
    struct ids ids = {.count = 0};
    if (event->family == FAMILY_connection_error) {
        connection_error(message, &ids);
        return ids;
    }
    for (size_t i = 0; i < family_row_count; i++)
        if (family_rows[i].family == event->family && fits(family_rows[i].pattern, message, &ids))
            return ids;
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
        if (fits(starts[i], message, &ids))
            return ids;
    ids.count = 0;
    return ids;
}

static size_t slot_of(const struct ids_set *set, struct ids_key key)
{
    uint64_t hash =
        (key.id ^ (uint64_t)key.appliance << 40 ^ (uint64_t)key.kind << 60) * 0x9e3779b97f4a7c15u;
    size_t slot = (size_t)(hash >> 20) & (set->size - 1);
    while (set->slots[slot].kind != 0 &&
           (set->slots[slot].id != key.id || set->slots[slot].kind != key.kind ||
            set->slots[slot].appliance != key.appliance))
        slot = (slot + 1) & (set->size - 1);
    return slot;
}

bool ids_has(const struct ids_set *set, uint32_t appliance, enum ids_kind kind, uint64_t id)
{
    const struct ids_key key = {id, appliance, (uint32_t)kind + 1};
    return set->count > 0 && set->slots[slot_of(set, key)].kind != 0;
}

static bool grow(struct ids_set *set)
{
    struct ids_set larger = {.size = set->size == 0 ? 64 : set->size * 2, .count = set->count};
    larger.slots = calloc(larger.size, sizeof(*larger.slots));
    if (larger.slots == NULL)
        return false;
    for (size_t i = 0; i < set->size; i++)
        if (set->slots[i].kind != 0)
            larger.slots[slot_of(&larger, set->slots[i])] = set->slots[i];
    free(set->slots);
    *set = larger;
    return true;
}

bool ids_add(struct ids_set *set, uint32_t appliance, enum ids_kind kind, uint64_t id, bool *fresh)
{
    const struct ids_key key = {id, appliance, (uint32_t)kind + 1};
    if (2 * (set->count + 1) > set->size && !grow(set))
        return false;
    size_t slot = slot_of(set, key);
    bool is_fresh = set->slots[slot].kind == 0;
    if (fresh != NULL)
        *fresh = is_fresh;
    set->slots[slot] = key;
    set->count += is_fresh;
    return true;
}

void ids_free(struct ids_set *set)
{
    free(set->slots);
    *set = (struct ids_set){NULL, 0, 0};
}
