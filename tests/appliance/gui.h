/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_GUI_H
#define TESTS_APPLIANCE_GUI_H

/* The legacy GUI: /xml/status, the login form and two pages. asyncos-http.md 4 and 5. */

#include "tests/appliance/request.h"

/* Sets REQUEST->document, when the path is that of a document. */
void gui_route(struct request *request);

/* The answer of a sound appliance; faults that replace or spoil it are played by web.c. */
void gui_answer(struct request *request, struct answer *answer);

/* A small HTML page with TITLE and one sentence. */
void gui_page(struct request *request, struct answer *answer, unsigned status, const char *title,
              const char *sentence);

/* The page of a GUI that is not up yet. Its sentence is V. */
void gui_restarting(struct request *request, struct answer *answer);

#endif
