/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/render/things.h"

#include <stdlib.h>
#include <string.h>

#include "checks/registry.h"
#include "plugin/render/tell.h"

enum { MAX_PLACES = 3 };

/* One failing finding, with the check and appliance that said it. */
struct said {
    const struct result *result;
    const struct finding *finding;
    const char *what;  /* its text without the document that could not be used */
    const char *place; /* "NODE/DOCUMENT, line N", or "NODE"; "" = its text tells */
    bool unusable;     /* it is about such a document, whatever the check */
};

static int order_of(const char *a, const char *b)
{
    return strcmp(a == NULL ? "" : a, b == NULL ? "" : b);
}

/* One thing that is wrong, however many say it: check is "" when it does not matter. */
static int by_thing(const struct said *x, const struct said *y)
{
    int order = (int)result_weight(y->finding) - (int)result_weight(x->finding);
    if (order == 0)
        order = order_of(x->finding->waiver, y->finding->waiver);
    if (order == 0)
        order = (int)y->finding->state - (int)x->finding->state;
    if (order != 0)
        return order;
    if (x->unusable != y->unusable)
        return x->unusable ? -1 : 1;
    order = x->unusable ? 0 : strcmp(x->result->check->name, y->result->check->name);
    return order != 0 ? order : strcmp(x->what, y->what);
}

/* Worst first; what says the same stands together. */
static int by_weight(const void *a, const void *b)
{
    const struct said *x = a, *y = b;
    int order = by_thing(x, y);
    return order != 0 ? order : strcmp(x->place, y->place);
}

/* Is it a document of the appliance itself, not NODE/DOCUMENT of another one? */
static bool is_own(const char *document)
{
    static const char *const rooms[] = {"cli/", "https/", "log/", "snmp/"};
    for (size_t i = 0; i < CHECK_COUNT(rooms); i++)
        if (text_starts(text_of(document), rooms[i]))
            return true;
    return false;
}

static struct said say(const struct report *report, const struct result *result,
                       const struct finding *finding)
{
    struct said said = {result, finding, finding->text, "", false};
    const char *document = finding->evidence.document;
    if (document == NULL && text_find_word(text_of(finding->text), result->node) < 0)
        said.place = result->node; /* else nobody would know whose it is */
    if (document == NULL)
        return said;
    size_t n = strlen(document);
    if (strncmp(finding->text, document, n) == 0 && strncmp(finding->text + n, ": ", 2) == 0) {
        said.what = finding->text + n + 2;
        said.unusable = true;
    }
    said.place = arena_printf(report->arena, "%s%s%s", is_own(document) ? result->node : "",
                              is_own(document) ? "/" : "", tell_source(report->arena, finding));
    return said;
}

static struct said *collect(const struct report *report, size_t *count)
{
    struct said *all = NULL;
    *count = 0;
    for (size_t i = 0; i < report->count; i++) {
        const struct result *result = report->results[i].result;
        for (size_t f = 0; f < result->finding_count; f++) {
            if (result->findings[f]->state <= STATE_OK)
                continue;
            all = arena_push(report->arena, all, *count, sizeof(*all));
            all[(*count)++] = say(report, result, result->findings[f]);
        }
    }
    if (*count > 1)
        qsort(all, *count, sizeof(*all), by_weight);
    return all;
}

/* "alerts, status": the checks that say it, in the order of the registry. */
static const char *checks_of(const struct report *report, const struct said *all, size_t count)
{
    const char *names = "";
    for (size_t c = 0; c < registry_count; c++)
        for (size_t i = 0; i < count; i++)
            if (all[i].result->check == registry_checks[c]) {
                names = arena_printf(report->arena, "%s%s%s", names, *names != '\0' ? ", " : "",
                                     registry_checks[c]->name);
                break;
            }
    return names;
}

/* Where it was seen: each place once, the first few by name. */
static const char *places_of(const struct report *report, const struct said *all, size_t count)
{
    const char *text = "", *last = "";
    size_t places = 0, nodes = 0;
    for (size_t i = 0; i < count; i++) {
        const char *place = all[i].place;
        size_t n = strcspn(place, "/");
        if (strcmp(place, last) == 0)
            continue;
        nodes += strncmp(place, last, n) != 0 || last[n] != '/';
        if (places++ < MAX_PLACES)
            text = arena_printf(report->arena, "%s%s%s", text, *text != '\0' ? "; " : "", place);
        last = place;
    }
    if (places > MAX_PLACES)
        text = arena_printf(report->arena, "%s; and %zu more", text, places - MAX_PLACES);
    if (places > MAX_PLACES && nodes > 1)
        text = arena_printf(report->arena, "%s, of %zu appliances in all", text, nodes);
    return text;
}

static struct thing thing_of(const struct report *report, const struct said *all, size_t count)
{
    const struct finding *finding = all[0].finding;
    bool one = true; /* then the document may stand before the sentence, as the check says it */
    bool alike = true;
    for (size_t i = 1; i < count; i++) {
        one = one && strcmp(all[i].finding->text, finding->text) == 0;
        alike = alike && order_of(all[i].finding->wanted, finding->wanted) == 0 &&
                order_of(all[i].finding->found, finding->found) == 0;
    }
    return (struct thing){finding, one ? finding->text : all[0].what, checks_of(report, all, count),
                          places_of(report, all, count), alike};
}

const struct thing *things_of(const struct report *report, size_t *count)
{
    size_t findings, same;
    struct thing *things = NULL;
    const struct said *all = collect(report, &findings);
    *count = 0;
    for (size_t i = 0; i < findings; i += same) {
        for (same = 1; i + same < findings && by_thing(&all[i], &all[i + same]) == 0;)
            same++;
        things = arena_push(report->arena, things, *count, sizeof(*things));
        things[(*count)++] = thing_of(report, all + i, same);
    }
    return things;
}
