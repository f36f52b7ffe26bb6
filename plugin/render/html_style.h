/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RENDER_HTML_STYLE_H
#define PLUGIN_RENDER_HTML_STYLE_H

/* The style sheet of the page. Holds neither '<' nor '&', so that it is text in XML too. */
extern const char html_style[];

#endif
