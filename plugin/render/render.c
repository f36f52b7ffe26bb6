/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/render/render.h"

#include <string.h>

const struct renderer render_rows[] = {
    {"nagios", "plugin output with perfdata (default)", NULL, render_nagios_print},
    {"json", "report of schema postcheck.report/1", "report.json", render_json_print},
    {"html", "page for a change board, without scripts", "report.html", render_html_print},
    {"text", "table for people", NULL, render_text_print},
    {"markdown", "for tickets and merge requests", NULL, render_markdown_print},
    {"junit", "JUnit XML for pipelines", "report.junit.xml", render_junit_print},
    {"openmetrics", "metrics for Prometheus", NULL, render_openmetrics_print},
    {"checkmk", "local check lines of a Checkmk agent", NULL, render_checkmk_print},
};

const size_t render_count = CHECK_COUNT(render_rows);

const struct renderer *render_find(const char *name)
{
    for (size_t i = 0; i < render_count; i++)
        if (strcmp(name, render_rows[i].name) == 0)
            return &render_rows[i];
    return NULL;
}

const char *render_names(struct arena *arena)
{
    const char *text = "";
    for (size_t i = 0; i < render_count; i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "", render_rows[i].name);
    return text;
}

void render_help(FILE *out)
{
    for (size_t i = 0; i < render_count; i++)
        (void)fprintf(out, "%*s%-11s %s\n", i == 0 ? 0 : 24, "", render_rows[i].name,
                      render_rows[i].help);
}
