/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "plugin/render/html_axis.h"
#include "plugin/render/html_section.h"

/*
 * A row per appliance on one time axis: a band that tells whether it took mail, and a mark for each
 * event. The band speaks by its height, the marks by letters, so that a copier loses nothing.
 */

enum { WIDTH = 800, HEIGHT = 44, HEAD = 20, MARKS = 13, BAND = 33, APART = 15, MAX_MARKS = 40 };

static const struct {
    const char *what, *mark, *label;
} events[] = {
    {"suspended", "S", "suspended"},
    {"drained", "D", "drained"},
    {"disconnected", "X", "disconnected"},
    {"installing", "I", "installing"},
    {"down", "▾", "down"},
    {"up", "▴", "up"},
    {"resumed", "R", "resumed"},
    {"connected", "C", "connected"},
    {"established", "E", "established"},
    {"first_mail_in", "↘", "first mail in"},
    {"first_mail_out", "↗", "first mail out"},
    {"verified", "✓", "verified"},
};

static const char *mark_of(const char *what)
{
    for (size_t i = 0; i < CHECK_COUNT(events); i++)
        if (strcmp(events[i].what, what) == 0)
            return events[i].mark;
    return "•";
}

static const char *label_of(const char *what)
{
    for (size_t i = 0; i < CHECK_COUNT(events); i++)
        if (strcmp(events[i].what, what) == 0)
            return events[i].label;
    return what;
}

size_t html_timeline_has(const struct report *report)
{
    size_t count = 0;
    for (size_t n = 0; n < report->node_count; n++)
        count += report->nodes[n].timeline.event_count;
    return count;
}

/* ---- the band ---- */

/* Nothing is in service because nobody said otherwise. */
enum phase { UNTOLD, IN_SERVICE, HELD, DOWN };

/* What an appliance is in after an event; NULL ends the table. */
static const struct {
    const char *what;
    enum phase phase;
} changes[] = {
    {"suspended", HELD},           {"down", DOWN},           {"resumed", IN_SERVICE},
    {"first_mail_in", IN_SERVICE}, {"verified", IN_SERVICE}, {NULL, UNTOLD},
};

/* The same when it was in PHASE before; its listeners stay suspended over a reboot. */
static enum phase next_phase(enum phase phase, const char *what, bool suspended, enum role role)
{
    if (strcmp(what, "up") == 0)
        return suspended ? HELD : role == ROLE_SMA ? IN_SERVICE : UNTOLD;
    if (strcmp(what, "verified") == 0 && phase != UNTOLD)
        return phase;
    for (size_t i = 0; changes[i].what != NULL; i++)
        if (strcmp(changes[i].what, what) == 0)
            return changes[i].phase;
    return phase;
}

/* How long it was in each phase, as far as events bound it; the last one is not over. */
struct phases {
    int64_t seconds[DOWN + 1];
    bool seen[DOWN + 1];
    enum phase last;
};

static void put_band(const struct html *page, enum phase phase, int from, int to)
{
    static const struct {
        const char *style;
        int height;
    } looks[] = {{"untold", 1}, {"service", 3}, {"held", 8}, {"down", 14}};
    if (to > from)
        html_put(page, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
                 looks[phase].style, from, BAND - looks[phase].height / 2, to - from,
                 looks[phase].height);
}

/* The band of NODE, and what it adds up to. What is in service is so until its last event. */
static struct phases put_bands(const struct html *page, const struct html_axis *axis,
                               const struct report_node *node)
{
    const struct timeline *timeline = &node->timeline;
    struct phases phases = {{0}, {false}, UNTOLD};
    bool suspended = false;
    int x = 0;
    for (size_t i = 0; i < timeline->event_count; i++) {
        const struct timeline_event *event = &timeline->events[i];
        enum phase next = next_phase(phases.last, event->what, suspended, node->role);
        if (i > 0)
            phases.seconds[phases.last] += event->at - timeline->events[i - 1].at;
        if (next != phases.last) {
            int to = html_axis_x(axis, event->at);
            put_band(page, phases.last, x, to);
            x = to;
        }
        suspended = next == HELD || (suspended && next == DOWN);
        phases.last = next;
        phases.seen[next] = true;
    }
    if (phases.last == IN_SERVICE) {
        int to = html_axis_x(axis, timeline->events[timeline->event_count - 1].at);
        put_band(page, IN_SERVICE, x, to);
        x = to;
    }
    put_band(page, phases.last == IN_SERVICE ? UNTOLD : phases.last, x, axis->width);
    return phases;
}

/* ---- the marks ---- */

struct mark {
    const char *sign;
    int at;    /* its moment */
    int place; /* where it stands */
};

/*
 * Marks stand as near to their moments as their width allows: where some would meet, they stand
 * side by side around the middle of their moments (isotonic regression: pools of equal shift).
 */
static void place_marks(struct mark *marks, int count, int width)
{
    int first[MAX_MARKS], pools = 0;
    double shift[MAX_MARKS];
    for (int i = 0; i < count; i++) {
        first[pools] = i;
        shift[pools] = marks[i].at - i * APART;
        for (; pools > 0 && shift[pools - 1] >= shift[pools]; pools--) {
            int before = first[pools] - first[pools - 1], n = i + 1 - first[pools];
            shift[pools - 1] = (shift[pools - 1] * before + shift[pools] * n) / (before + n);
        }
        pools++;
    }
    for (int p = 0, i = 0; p < pools; p++)
        for (; i < (p + 1 < pools ? first[p + 1] : count); i++) {
            int least = APART / 2 + i * APART, most = width - APART / 2 - (count - 1 - i) * APART;
            int place = (int)shift[p] + i * APART;
            marks[i].place = place > most ? most : place < least ? least : place;
        }
}

static void put_marks(const struct html *page, const struct html_axis *axis,
                      const struct timeline *timeline)
{
    struct mark marks[MAX_MARKS];
    int count = 0;
    for (size_t i = 0; i < timeline->event_count && count < MAX_MARKS; i++)
        if (html_axis_shows(axis, timeline->events[i].at))
            marks[count++] = (struct mark){mark_of(timeline->events[i].what),
                                           html_axis_x(axis, timeline->events[i].at), 0};
    place_marks(marks, count, axis->width);
    for (int i = 0; i < count; i++) {
        html_put(page, "<path class=\"lead\" d=\"M%d %dL%d %d\"/>", marks[i].place, MARKS + 3,
                 marks[i].at, BAND);
        html_put(page, "<text class=\"mark\" x=\"%d\" y=\"%d\">%s</text>\n", marks[i].place, MARKS,
                 marks[i].sign);
    }
}

/* How long, or that it is not over, or that nothing tells. */
static void put_span(const struct html *page, bool told, int64_t seconds, const char *still)
{
    char text[32];
    if (still != NULL)
        html_put(page,
                 "<td class=\"number\"><span class=\"state critical\"><span "
                 "aria-hidden=\"true\">✕</span> %s</span></td>",
                 still);
    else if (told)
        html_put(page, "<td class=\"number\">%s</td>",
                 time_print_span(seconds, text, sizeof(text)));
    else
        html_put_cell(page, NULL);
}

static void put_row(const struct html *page, const struct html_axis *axis, size_t n)
{
    const struct report_node *node = &page->report->nodes[n];
    html_put(page, "<tr><th scope=\"row\">%s</th><td>\n", node->name);
    html_put(
        page,
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"line-%zu line-text-%zu\">\n",
        WIDTH, HEIGHT, n, n);
    html_put(page, "<title id=\"line-%zu\">Time line of %s</title>\n<desc id=\"line-text-%zu\">", n,
             node->name, n);
    for (size_t i = 0; i < node->timeline.event_count; i++) {
        char at[32];
        html_put(page, "%s %s %s", i > 0 ? "," : "", label_of(node->timeline.events[i].what),
                 time_print_utc(node->timeline.events[i].at, at, sizeof(at)));
    }
    html_put(page, "</desc>\n");
    html_axis_put(page, axis, HEIGHT, false);
    struct phases phases = put_bands(page, axis, node);
    put_marks(page, axis, &node->timeline);
    html_put(page, "</svg></td>");
    put_span(page, phases.seen[DOWN], phases.seconds[DOWN],
             phases.last == DOWN ? "still down" : NULL);
    put_span(page, phases.seen[DOWN] || phases.seen[HELD],
             phases.seconds[HELD] + phases.seconds[DOWN],
             phases.last == DOWN || phases.last == HELD ? "not back" : NULL);
    html_put(page, "</tr>\n");
}

static void put_legend(const struct html *page)
{
    html_put(page, "<p class=\"legend\"><span><i class=\"key window\"></i> planned window</span>"
                   "<span><i class=\"key service\"></i> in service</span>"
                   "<span><i class=\"key held\"></i> suspended</span>"
                   "<span><i class=\"key down\"></i> down</span>"
                   "<span><i class=\"key untold\"></i> not told</span>");
    for (size_t i = 0; i < CHECK_COUNT(events); i++)
        html_put(page, "<span><b>%s</b> %s</span>", events[i].mark, events[i].label);
    html_put(page, "</p>\n");
}

static void put_events(const struct html *page)
{
    static const char *const heads[] = {"appliance", "event", "time", "told by", NULL};
    const struct report *report = page->report;
    html_put_fold(
        page, true,
        arena_printf(report->arena, "%zu events with their sources", html_timeline_has(report)));
    html_put_table(page, "events", "What happened when, and which document tells", heads);
    for (size_t n = 0; n < report->node_count; n++) {
        const struct timeline *timeline = &report->nodes[n].timeline;
        for (size_t i = 0; i < timeline->event_count; i++) {
            const struct timeline_event *event = &timeline->events[i];
            html_put(page, "<tr><th scope=\"row\">%s</th><td>%s%s</td>", report->nodes[n].name,
                     event->observed ? "seen " : "", label_of(event->what));
            html_put_cell_time(page, true, event->at);
            html_put(page, "<td><code>%s</code>", event->document);
            if (event->line > 0)
                html_put(page, ", line %u", event->line);
            html_put(page, "</td></tr>\n");
        }
    }
    html_put_table_end(page);
    html_put_fold_end(page);
}

void html_timeline_put(const struct html *page)
{
    const struct report *report = page->report;
    struct html_axis axis = html_axis_of(report, WIDTH);
    if (axis.to > axis.from) {
        const char *caption = "Each appliance through the change";
        html_put(page,
                 "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\">\n"
                 "<table class=\"lines\">\n<caption>%s</caption>\n<thead><tr>"
                 "<th scope=\"col\">appliance</th><th scope=\"col\">\n",
                 caption, caption);
        html_put(page,
                 "<span class=\"unseen\">time, UTC</span><svg viewBox=\"0 0 %d %d\" "
                 "aria-hidden=\"true\">\n",
                 WIDTH, HEAD);
        html_axis_put(page, &axis, HEAD, true);
        html_put(page, "</svg></th><th scope=\"col\" class=\"number\">down</th><th scope=\"col\" "
                       "class=\"number\">out of service</th>"
                       "</tr></thead>\n<tbody>\n");
        for (size_t n = 0; n < report->node_count; n++)
            if (report->nodes[n].timeline.event_count > 0)
                put_row(page, &axis, n);
        html_put_table_end(page);
        put_legend(page);
    }
    put_events(page);
}
