/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RENDER_HTML_PUT_H
#define PLUGIN_RENDER_HTML_PUT_H

/*
 * Writing HTML that is well-formed XML too. Markup stands in templates, which are constants of the
 * program; whatever a template is filled with is text, and there is no way to put it unescaped.
 */

#include <stdio.h>

#include "plugin/render/report.h"

/* A page while it is written. */
struct html {
    FILE *out;
    const struct report *report;
    const struct check **checks; /* those that answered, by name */
    size_t check_count;
};

/*
 * TEMPLATE, in which %s is a text (NULL: nothing), %d an int, %u an unsigned, %zu a size_t and %% a
 * percent sign. Texts are made one line of valid characters, cut at a limit, and escaped for
 * content and quoted attributes alike.
 */
void html_put(const struct html *page, const char *template, ...)
    __attribute__((format(printf, 2, 3)));

/* TEXT, in which what stands in backquotes is something to type. */
void html_put_prose(const struct html *page, const char *text);

/* The mark of a state: a sign and its word, never colour alone. */
void html_put_state(const struct html *page, enum state state);

/* The sign alone: "✓". */
const char *html_put_sign(enum state state);

/* A moment, UTC: "2026-03-08 01:58:10". */
void html_put_time(const struct html *page, int64_t at);

/* An entry of a <dl>; the first only when TEXT is not NULL, the second only when KNOWN. */
void html_put_entry(const struct html *page, const char *term, const char *text);
void html_put_entry_time(const struct html *page, const char *term, bool known, int64_t at);

/* A table that scrolls in itself. HEADS are its columns, up to a NULL; "#bytes": of numbers. */
void html_put_table(const struct html *page, const char *style, const char *caption,
                    const char *const *heads);
void html_put_table_end(const struct html *page);

/* A cell with TEXT, or a dash that is read as "not known". */
void html_put_cell(const struct html *page, const char *text);
void html_put_cell_time(const struct html *page, bool known, int64_t at);

/* A part that is folded until somebody wants it. IS_LONG: on paper too. */
void html_put_fold(const struct html *page, bool is_long, const char *summary);
void html_put_fold_end(const struct html *page);

#endif
