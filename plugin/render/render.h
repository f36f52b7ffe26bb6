/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RENDER_RENDER_H
#define PLUGIN_RENDER_RENDER_H

/*
 * Output formats: rows of one table. A renderer writes a finished report without looking back; the
 * caller asks the stream once at the end whether all of it was written.
 */

#include <stdio.h>

#include "plugin/render/report.h"

struct renderer {
    const char *name;
    const char *help;
    const char *file; /* its name in a run folder, which has those that are kept; NULL = not kept */
    void (*print)(FILE *out, const struct report *report);
};

extern const struct renderer render_rows[];
extern const size_t render_count;

/* The format of that name, or NULL. */
const struct renderer *render_find(const char *name);

/* "nagios, json, text, …", in ARENA. */
const char *render_names(struct arena *arena);

/* Help lines of --format. */
void render_help(FILE *out);

void render_nagios_print(FILE *out, const struct report *report);
void render_json_print(FILE *out, const struct report *report);
void render_html_print(FILE *out, const struct report *report);
void render_text_print(FILE *out, const struct report *report);
void render_markdown_print(FILE *out, const struct report *report);
void render_junit_print(FILE *out, const struct report *report);
void render_openmetrics_print(FILE *out, const struct report *report);
void render_checkmk_print(FILE *out, const struct report *report);

#endif
