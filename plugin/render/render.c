/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/render/render.h"

#include <string.h>

static const struct renderer renderers[] = {
    {"nagios", "plugin output with performance data (default)", NULL, render_nagios_print},
    {"json", "report of schema postcheck.report/1", "report.json", render_json_print},
    {"html", "page for a change board, without scripts", "report.html", render_html_print},
    {"text", "table for people", NULL, render_text_print},
};

const struct renderer *render_find(const char *name)
{
    for (size_t i = 0; i < CHECK_COUNT(renderers); i++)
        if (strcmp(name, renderers[i].name) == 0)
            return &renderers[i];
    return NULL;
}

const char *render_names(struct arena *arena)
{
    const char *text = "";
    for (size_t i = 0; i < CHECK_COUNT(renderers); i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "", renderers[i].name);
    return text;
}

void render_help(FILE *out)
{
    for (size_t i = 0; i < CHECK_COUNT(renderers); i++)
        (void)fprintf(out, "%*s%-7s %s\n", i == 0 ? 0 : 24, "", renderers[i].name,
                      renderers[i].help);
}
