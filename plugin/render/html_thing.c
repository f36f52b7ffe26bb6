/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/render/html_thing.h"

#include <string.h>

/* The text behind "DOCUMENT: ", when FINDING is about a document that cannot be used; else NULL. */
static const char *unusable(const struct finding *finding)
{
    const char *document = finding->evidence.document;
    size_t n = document == NULL ? 0 : strlen(document);
    bool is = n > 0 && strncmp(finding->text, document, n) == 0 &&
              strncmp(finding->text + n, ": ", 2) == 0;
    return is ? finding->text + n + 2 : NULL;
}

bool html_thing_same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool fits(const struct html_thing *thing, enum state state, const struct check *check,
                 const char *what, const struct finding *finding)
{
    const struct finding *first = thing->places[0].finding;
    return thing->state == state && thing->check == check && html_thing_same(thing->what, what) &&
           html_thing_same(first->wanted, finding->wanted) &&
           html_thing_same(first->found, finding->found) &&
           html_thing_same(first->explained_by, finding->explained_by) &&
           html_thing_same(first->waiver, finding->waiver);
}

static void add(struct arena *arena, struct html_thing_list *things, const struct check *check,
                const char *what, struct html_thing_place place)
{
    enum state state = place.finding->state;
    size_t i = 0;
    while (i < things->count && !fits(&things->items[i], state, check, what, place.finding))
        i++;
    if (i == things->count) {
        things->items = arena_push(arena, things->items, things->count, sizeof(*things->items));
        things->items[things->count++] =
            (struct html_thing){.state = state, .check = check, .what = what};
    }
    struct html_thing *thing = &things->items[i];
    thing->places = arena_push(arena, thing->places, thing->count, sizeof(*thing->places));
    thing->places[thing->count++] = place;
}

/* Those of STATE that CHECK said about appliances; NULL: about documents, whatever the check. */
static void collect(const struct html *page, struct html_thing_list *things, enum state state,
                    const struct check *check, bool (*wanted)(const struct finding *finding))
{
    const struct report *report = page->report;
    for (size_t i = 0; i < report->count; i++) {
        const struct report_result *answer = &report->results[i];
        if (check != NULL && answer->result->check != check)
            continue;
        for (size_t f = 0; f < answer->result->finding_count; f++) {
            const struct finding *finding = answer->result->findings[f];
            const char *fault = unusable(finding);
            if (finding->state == state && wanted(finding) && (fault == NULL) == (check != NULL))
                add(report->arena, things, check, check == NULL ? fault : finding->text,
                    (struct html_thing_place){answer, finding});
        }
    }
}

struct html_thing_list html_thing_list_of(const struct html *page,
                                          bool (*wanted)(const struct finding *finding))
{
    struct html_thing_list things = {NULL, 0};
    for (int state = STATE_CRITICAL; state >= 0; state--) {
        collect(page, &things, (enum state)state, NULL, wanted);
        for (size_t c = 0; c < page->check_count; c++)
            collect(page, &things, (enum state)state, page->checks[c], wanted);
    }
    return things;
}

size_t html_thing_nodes(const struct html_thing *thing)
{
    size_t count = 0;
    const char *last = NULL;
    for (size_t i = 0; i < thing->count; i++) {
        const char *node = thing->places[i].answer->result->node;
        count += !html_thing_same(last, node);
        last = node;
    }
    return count;
}

bool html_thing_asked_by(const struct html_thing *thing, const struct check *check)
{
    for (size_t i = 0; i < thing->count; i++)
        if (thing->places[i].answer->result->check == check)
            return true;
    return false;
}

bool html_thing_told_before(const struct html_thing *thing, size_t i)
{
    const struct html_thing_place *its = &thing->places[i];
    for (size_t p = 0; p < i; p++) {
        const struct html_thing_place *place = &thing->places[p];
        if (html_thing_same(place->answer->result->node, its->answer->result->node) &&
            html_thing_same(place->finding->evidence.document, its->finding->evidence.document) &&
            place->finding->evidence.line == its->finding->evidence.line)
            return true;
    }
    return false;
}
