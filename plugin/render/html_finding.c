/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "plugin/render/html_section.h"
#include "plugin/render/html_thing.h"

/* Findings: those that need a name against them, waived ones, explained ones. */

/* So many things of one check and state stand open, the others folded below them. */
enum { MAX_OPEN = 25 };

static bool is_open(const struct finding *finding)
{
    return finding->state > STATE_OK && finding->waiver == NULL;
}

static bool is_waived(const struct finding *finding)
{
    return finding->waiver != NULL;
}

static bool is_explained(const struct finding *finding)
{
    return finding->explained_by != NULL && !is_open(finding) && !is_waived(finding);
}

static size_t count_of(const struct report *report, bool (*wanted)(const struct finding *finding))
{
    size_t count = 0;
    for (size_t i = 0; i < report->count; i++)
        for (size_t f = 0; f < report->results[i].result->finding_count; f++)
            count += wanted(report->results[i].result->findings[f]);
    return count;
}

size_t html_finding_open(const struct report *report)
{
    return count_of(report, is_open);
}

size_t html_finding_explained(const struct report *report)
{
    return count_of(report, is_explained);
}

const char *html_finding_place(const struct html *page, enum state state, const struct check *check)
{
    return arena_printf(page->report->arena, "%s-%s", result_state_word(state), check->name);
}

/* Is EVIDENCE of NODE this document? It names the appliance only when that is another one. */
static bool is_source(const struct report_document *document, const char *node, const char *id)
{
    size_t n = strlen(document->node);
    if (strncmp(id, document->node, n) == 0 && id[n] == '/')
        return strcmp(id + n + 1, document->id) == 0;
    return strcmp(document->node, node) == 0 && strcmp(document->id, id) == 0;
}

/* ---- a thing ---- */

static void put_source(const struct html *page, const struct html_thing_place *place, bool of_many)
{
    const struct report *report = page->report;
    const struct evidence *evidence = &place->finding->evidence;
    const char *node = place->answer->result->node;
    size_t d = 0;
    while (d < report->document_count &&
           !is_source(&report->documents[d], node, evidence->document))
        d++;
    bool kept = d < report->document_count;
    if (of_many)
        html_put(page, "%s: ", node);
    if (kept)
        html_put(page, "<a href=\"#document-%zu\">", d);
    html_put(page, "<code>%s</code>", evidence->document);
    if (evidence->line > 0)
        html_put(page, ", line %u", evidence->line);
    if (kept)
        html_put(page, "</a>");
    if (kept && report->documents[d].has_taken_at) {
        html_put(page, " <span class=\"aside\">taken ");
        html_put_time(page, report->documents[d].taken_at);
        html_put(page, "</span>");
    }
}

static void put_evidence(const struct html *page, const struct html_thing *thing)
{
    enum { SHOWN = 3, LOOKED_AT = 60 };
    size_t shown = 0, i = 0;
    if (thing->places[0].finding->evidence.document == NULL)
        return;
    html_put(page, "<div><dt>evidence</dt><dd>");
    for (; i < thing->count && i < LOOKED_AT && shown < SHOWN; i++) {
        if (thing->places[i].finding->evidence.document == NULL || html_thing_told_before(thing, i))
            continue;
        if (shown++ > 0)
            html_put(page, "<br/>");
        put_source(page, &thing->places[i], html_thing_nodes(thing) > 1);
    }
    while (i < thing->count && html_thing_told_before(thing, i))
        i++;
    if (i < thing->count)
        html_put(page, "<br/>and more like these");
    html_put(page, "</dd></div>\n");
}

static void put_waiver(const struct html *page, const char *name)
{
    const struct report_waiver *waiver = report_waiver(page->report, name);
    html_put(page, "<div><dt>waiver</dt><dd>%s", name);
    if (waiver != NULL)
        html_put(page, ": %s <span class=\"aside\">approved by %s</span>", waiver->reason,
                 waiver->approved_by);
    html_put(page, "</dd></div>\n");
}

/* Their names, each once. */
static void put_names(const struct html *page, const struct html_thing *thing)
{
    const char *last = NULL;
    html_put(page, "<div><dt>on</dt><dd>");
    for (size_t i = 0; i < thing->count; i++) {
        const char *node = thing->places[i].answer->result->node;
        if (!html_thing_same(last, node))
            html_put(page, "%s <span>%s</span>", last == NULL ? "" : ",", node);
        last = node;
    }
    html_put(page, "</dd></div>\n");
}

/*
 * Links to a state of a check lead to the first thing that is its own, else to the first document
 * that it lacks. By state and check; NULL where nothing links to.
 */
static const struct html_thing **homes_of(const struct html *page,
                                          const struct html_thing_list *things)
{
    const struct html_thing **homes =
        arena_array(page->report->arena, page->check_count * STATE_COUNT, sizeof(*homes));
    for (int own = 1; own >= 0; own--)
        for (size_t i = 0; i < things->count; i++) {
            const struct html_thing *thing = &things->items[i];
            const struct html_thing **its = &homes[(size_t)thing->state * page->check_count];
            for (size_t c = 0; c < page->check_count; c++)
                if (its[c] == NULL && (thing->check != NULL) == own &&
                    (own ? thing->check == page->checks[c]
                         : html_thing_asked_by(thing, page->checks[c])))
                    its[c] = thing;
        }
    return homes;
}

/* The id of the place on the page, when THING is the home of the check with number C. */
static const char *place_at(const struct html *page, const struct html_thing **homes,
                            const struct html_thing *thing, size_t c)
{
    if (homes == NULL || homes[(size_t)thing->state * page->check_count + c] != thing)
        return NULL;
    return html_finding_place(page, thing->state, page->checks[c]);
}

/* The checks that a document is missing for. */
static void put_askers(const struct html *page, const struct html_thing *thing,
                       const struct html_thing **homes)
{
    const char *separator = "";
    html_put(page, "<div><dt>needed by</dt><dd>");
    for (size_t c = 0; c < page->check_count; c++) {
        if (!html_thing_asked_by(thing, page->checks[c]))
            continue;
        const char *place = place_at(page, homes, thing, c);
        html_put(page, "%s ", separator);
        separator = ",";
        if (place != NULL)
            html_put(page, "<span id=\"%s\">%s</span>", place, page->checks[c]->name);
        else
            html_put(page, "%s", page->checks[c]->name);
    }
    html_put(page, "</dd></div>\n");
}

/* A hint that stands above already is not said again. */
static void put_thing(const struct html *page, const struct html_thing *thing,
                      const struct html_thing **homes, const char **last_hint)
{
    const struct finding *finding = thing->places[0].finding;
    size_t nodes = html_thing_nodes(thing);
    if (nodes > 1)
        html_put(page, "<li>\n<p class=\"who\">%zu appliances", nodes);
    else
        html_put(page, "<li>\n<p class=\"who\">%s", thing->places[0].answer->result->node);
    html_put(page, "</p>\n<div class=\"what\">\n<p>");
    html_put_prose(page, thing->what);
    if (finding->follows)
        html_put(page, " <span class=\"aside\">follows from another finding</span>");
    html_put(page, "</p>\n<dl>\n");
    if (nodes > 1)
        put_names(page, thing);
    html_put_entry(page, "wanted", finding->wanted);
    html_put_entry(page, "found", finding->found);
    html_put_entry(page, "explained by", finding->explained_by);
    if (finding->waiver != NULL)
        put_waiver(page, finding->waiver);
    if (finding->hint != NULL && (*last_hint == NULL || strcmp(finding->hint, *last_hint) != 0)) {
        html_put(page, "<div class=\"hint\"><dt>to do</dt><dd>");
        html_put_prose(page, finding->hint);
        html_put(page, "</dd></div>\n");
    }
    *last_hint = finding->hint;
    if (thing->check == NULL)
        put_askers(page, thing, homes);
    put_evidence(page, thing);
    html_put(page, "</dl>\n</div>\n</li>\n");
}

/* ---- things of one check ---- */

static void put_heading(const struct html *page, const struct html_thing *thing,
                        const struct html_thing **homes)
{
    const char *place = NULL;
    for (size_t c = 0; c < page->check_count; c++)
        if (page->checks[c] == thing->check)
            place = place_at(page, homes, thing, c);
    bool waived = thing->places[0].finding->waiver != NULL;
    html_put(page, "<article class=\"group %s\"",
             waived ? "waived" : result_state_word(thing->state));
    if (place != NULL)
        html_put(page, " id=\"%s\"", place);
    html_put(page, ">\n<h3>");
    if (waived)
        html_put(page,
                 "<span class=\"state waived\"><span aria-hidden=\"true\">w</span> WAIVED, else "
                 "%s</span>",
                 result_state_label(thing->state));
    else
        html_put_state(page, thing->state);
    html_put(page, " %s <span class=\"question\">",
             thing->check == NULL ? "no answer" : thing->check->name);
    html_put_prose(page, thing->check == NULL ? "documents that could not be had or read"
                                              : thing->check->title);
    html_put(page, "</span></h3>\n");
}

/* The first of THINGS that have its state and check, as one article; returns how many. */
static size_t put_group(const struct html *page, const struct html_thing *things, size_t count,
                        const struct html_thing **homes)
{
    const char *last_hint = NULL;
    size_t i = 0;
    put_heading(page, things, homes);
    html_put(page, "<ul>\n");
    for (; i < count && things[i].state == things->state && things[i].check == things->check; i++) {
        if (i == MAX_OPEN) {
            html_put(page, "</ul>\n");
            html_put_fold(page, false, "More of the same check");
            html_put(page, "<ul>\n");
        }
        put_thing(page, &things[i], homes, &last_hint);
    }
    html_put(page, "</ul>\n");
    if (i > MAX_OPEN)
        html_put_fold_end(page);
    html_put(page, "</article>\n");
    return i;
}

/* LINKED: the table of appliances and checks leads here. */
static void put_all(const struct html *page, bool (*wanted)(const struct finding *finding),
                    bool linked)
{
    struct html_thing_list things = html_thing_list_of(page, wanted);
    const struct html_thing **homes = linked ? homes_of(page, &things) : NULL;
    for (size_t i = 0; i < things.count;)
        i += put_group(page, &things.items[i], things.count - i, homes);
}

void html_finding_put_open(const struct html *page)
{
    put_all(page, is_open, true);
}

void html_finding_put_waived(const struct html *page)
{
    if (report_waived(page->report) == 0)
        return;
    html_put(page, "<p id=\"waived\">What they let pass counts as WARNING, never as OK:</p>\n");
    put_all(page, is_waived, false);
}

void html_finding_put_explained(const struct html *page)
{
    html_put_fold(page, false,
                  arena_printf(page->report->arena,
                               "%zu observed that would count, had nothing explained them",
                               html_finding_explained(page->report)));
    put_all(page, is_explained, false);
    html_put_fold_end(page);
}
