/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/render/html_axis.h"

enum { MINUTE = 60, HOUR = 3600, LONGEST = 36 * HOUR, BEFORE = 12 * HOUR, TICKS = 9, LABEL = 32 };

/* Stretches AXIS to AT when that lies in FIRST to LAST. */
static void stretch(struct html_axis *axis, int64_t at, int64_t first, int64_t last)
{
    if (at < first || at > last)
        return;
    bool empty = axis->from == 0 && axis->to == 0;
    axis->from = empty || at < axis->from ? at : axis->from;
    axis->to = empty || at > axis->to ? at : axis->to;
}

static void stretch_all(const struct report *report, struct html_axis *axis, int64_t first,
                        int64_t last)
{
    for (size_t n = 0; n < report->node_count; n++) {
        const struct timeline *timeline = &report->nodes[n].timeline;
        for (size_t i = 0; i < timeline->event_count; i++)
            stretch(axis, timeline->events[i].at, first, last);
        for (size_t i = 0; i < timeline->minute_count; i++)
            stretch(axis, timeline->minutes[i].at, first, last);
    }
}

/* What the night is counted from: the window, else when the answers were true, else the newest
   minute of mail or event. */
static int64_t anchor_of(const struct report *report)
{
    if (report->plan.has_from)
        return report->plan.from - BEFORE;
    if (report->has_judged_at || report->has_times)
        return (report->has_judged_at ? report->judged_at : report->ended_at) - LONGEST;
    struct html_axis all = {0, 0, 0, 0};
    stretch_all(report, &all, 1, INT64_C(4102444800)); /* 2100: what is later is no time */
    return all.to - LONGEST;
}

struct html_axis html_axis_of(const struct report *report, int width)
{
    static const int steps[] = {5, 10, 15, 30, 60, 120, 180, 360};
    struct html_axis axis = {0, 0, width, 0};
    int64_t first = anchor_of(report), last = first + BEFORE + LONGEST;
    if (report->plan.has_from)
        stretch(&axis, report->plan.from, first, last);
    if (report->plan.has_to)
        stretch(&axis, report->plan.to, first, last);
    stretch_all(report, &axis, first, last);
    size_t i = 0;
    while (i + 1 < CHECK_COUNT(steps) && axis.to - axis.from > (int64_t)steps[i] * MINUTE * TICKS)
        i++;
    axis.step = (int64_t)steps[i] * MINUTE;
    if (axis.to > axis.from) { /* air on both sides */
        axis.from -= axis.step / 4;
        axis.to += axis.step / 4;
    }
    return axis;
}

bool html_axis_shows(const struct html_axis *axis, int64_t at)
{
    return at >= axis->from && at <= axis->to;
}

int html_axis_x(const struct html_axis *axis, int64_t at)
{
    if (at <= axis->from || axis->to == axis->from)
        return 0;
    if (at >= axis->to)
        return axis->width;
    return (int)((at - axis->from) * axis->width / (axis->to - axis->from));
}

static void put_window(const struct html *page, const struct html_axis *axis, int height)
{
    const struct report_plan *plan = &page->report->plan;
    if (!plan->has_from || !plan->has_to)
        return;
    int from = html_axis_x(axis, plan->from), to = html_axis_x(axis, plan->to);
    html_put(page, "<rect class=\"window\" x=\"%d\" y=\"0\" width=\"%d\" height=\"%d\"/>\n", from,
             to - from, height);
}

void html_axis_put(const struct html *page, const struct html_axis *axis, int height, bool labels)
{
    if (!labels)
        put_window(page, axis, height);
    int64_t first = (axis->from / axis->step + 1) * axis->step;
    for (int64_t at = first; at < axis->to; at += axis->step) {
        int x = html_axis_x(axis, at);
        unsigned of_day = (unsigned)(at % (24 * HOUR));
        if (labels && (x < LABEL / 2 || x > axis->width - LABEL / 2))
            continue; /* it would be cut off */
        if (labels) {
            html_put(page, "<text class=\"tick\" x=\"%d\" y=\"%d\">%u%u:", x, height - 3,
                     of_day / HOUR / 10, of_day / HOUR % 10);
            html_put(page, "%u%u</text>\n", of_day % HOUR / MINUTE / 10, of_day / MINUTE % 10);
        } else {
            html_put(page, "<path class=\"tick\" d=\"M%d 0V%d\"/>\n", x, height);
        }
    }
}
