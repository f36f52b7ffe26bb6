/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RENDER_HTML_AXIS_H
#define PLUGIN_RENDER_HTML_AXIS_H

/* The time axis that all drawings of a page share: so they can be read side by side. */

#include "plugin/render/html_put.h"

struct html_axis {
    int64_t from, to; /* UTC; equal when there is nothing to draw */
    int width;        /* of the drawing, in its own units */
    int64_t step;     /* seconds from one tick to the next */
};

/*
 * From the first event or minute of any appliance, or the begin of the window, to the last, at most
 * 36 hours: what lies far outside the night is told in words only.
 */
struct html_axis html_axis_of(const struct report *report, int width);

bool html_axis_shows(const struct html_axis *axis, int64_t at);

/* Where AT stands, moved to the edge when it is not shown. */
int html_axis_x(const struct html_axis *axis, int64_t at);

/* The planned window as an area, and a line at each tick; with LABELS the hour stands at it. */
void html_axis_put(const struct html *page, const struct html_axis *axis, int height, bool labels);

#endif
