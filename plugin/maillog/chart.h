/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_MAILLOG_CHART_H
#define PLUGIN_MAILLOG_CHART_H

/* Mail over time as a line of characters, one for each so many minutes. */

#include "checks/maillog/flow.h"

enum { CHART_COLUMNS = 60 };

struct chart {
    size_t columns;
    unsigned minutes; /* that each column stands for */
    int64_t from, to; /* wall clock: of the first column, behind the last */
    uint64_t received[CHART_COLUMNS], delivered[CHART_COLUMNS], bounced[CHART_COLUMNS];
    uint64_t most_received, most_delivered, most_bounced; /* in one column */
};

/* False: there is nothing to draw, less than three columns. */
bool chart_make(const struct flow_minute *minutes, size_t count, struct chart *chart);

/* VALUES, at most MOST, as text of at most 3 * CHART_COLUMNS + 1 bytes. */
const char *chart_line(const uint64_t *values, size_t columns, uint64_t most, bool utf8,
                       char *text);

#endif
