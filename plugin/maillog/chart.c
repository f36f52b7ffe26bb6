/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/maillog/chart.h"

#include <string.h>

enum { LEVELS = 8 };

static uint64_t add(uint64_t *values, size_t column, uint64_t value, uint64_t most)
{
    values[column] += value;
    return values[column] > most ? values[column] : most;
}

bool chart_make(const struct flow_minute *minutes, size_t count, struct chart *chart)
{
    /* Widths that people count in; longer logs get whole days. */
    static const unsigned widths[] = {1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440};
    size_t w = 0;
    *chart = (struct chart){.minutes = widths[0]};
    if (count == 0)
        return false;
    int64_t first = minutes[0].minute / 60, last = minutes[count - 1].minute / 60;
    while (last / chart->minutes - first / chart->minutes >= CHART_COLUMNS)
        chart->minutes = ++w < sizeof(widths) / sizeof(widths[0]) ? widths[w] : chart->minutes * 2;
    int64_t origin = first / chart->minutes;
    chart->columns = (size_t)(last / chart->minutes - origin) + 1;
    chart->from = origin * chart->minutes * 60;
    chart->to = chart->from + (int64_t)chart->columns * chart->minutes * 60;
    for (size_t i = 0; i < count; i++) {
        int64_t column = minutes[i].minute / 60 / chart->minutes - origin;
        if (column < 0 || column >= CHART_COLUMNS)
            continue;
        size_t c = (size_t)column;
        chart->most_received = add(chart->received, c, minutes[i].received, chart->most_received);
        chart->most_delivered =
            add(chart->delivered, c, minutes[i].delivered, chart->most_delivered);
        chart->most_bounced = add(chart->bounced, c, minutes[i].bounced, chart->most_bounced);
    }
    return chart->columns >= 3;
}

const char *chart_line(const uint64_t *values, size_t columns, uint64_t most, bool utf8, char *text)
{
    static const char *const blocks[2][LEVELS + 1] = {
        {" ", ".", ",", "-", "=", "+", "*", "%", "#"},
        {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}};
    char *to = text;
    for (size_t i = 0; i < columns; i++) {
        size_t level = values[i] == 0 || most == 0
                           ? 0
                           : 1 + (size_t)((double)values[i] * (LEVELS - 1) / (double)most);
        const char *block = blocks[utf8][level > LEVELS ? LEVELS : level];
        size_t n = strlen(block);
        memcpy(to, block, n);
        to += n;
    }
    *to = '\0';
    return text;
}
