/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_GUI_TABLE_H
#define CHECKS_PARSE_GUI_TABLE_H

/*
 * Tables of a GUI page of the SMA, fetched or saved by the operator from the browser. Their HTML is
 * not attested anywhere (asyncos-http.md 5), so tables are read as what a person sees: rows of
 * cell texts and the header above each column. libxml2's HTML parser; no network.
 */

#include "checks/fleet.h"

enum { GUI_TABLE_MAX_CELLS = 64, GUI_TABLE_MAX_ROWS = 20000 };

struct gui_table_row {
    struct span *cells; /* visible text, white space folded, entities decoded, UTF-8 */
    size_t count;
    unsigned line;
};

struct gui_table {
    struct span *headers; /* per column; folded over several header rows, colspan repeated */
    size_t header_count;
    struct gui_table_row *rows; /* without header rows and hidden rows */
    size_t row_count;
    unsigned line;
};

struct gui_page {
    struct gui_table *tables; /* innermost tables only (layout tables hold tables) */
    size_t count;
    struct span title;
    struct span heading;  /* first <h1> in sight */
    struct span language; /* of <html lang> or the session script's language=…; empty = not told */
};

/*
 * https/tracking_page.html and https/services_page.html, struct gui_page. A page that is a failure
 * though its status was 200 ("User Session is not valid.", "process of restarting", "Application
 * Error", a login form) is a fault of its kind (V S30).
 */
extern const struct document_kind gui_table_tracking_kind;
extern const struct document_kind gui_table_services_kind;

#endif
