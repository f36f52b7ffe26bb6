/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_WATCH_PAGE_H
#define PLUGIN_WATCH_PAGE_H

/*
 * The page of `postcheck watch`: what is wrong first, then how many are where, then the appliances,
 * as many as fit. From 24 lines of 80 columns on.
 */

#include <stdio.h>

#include "plugin/watch/model.h"

struct page {
    const struct model *model;
    size_t rows, columns;
    size_t first; /* of the appliances that are shown; page_print() moves it back to where it can */
    size_t fit;   /* appliances that fit; set by page_print() */
    bool colour, help;
    bool asking;        /* a round is at work: DONE of TOTAL were asked */
    size_t done, total; /* TOTAL 0: not known yet */
    int64_t now, next;  /* UTC; when the next round begins */
    bool has_until;     /* end of the planned window */
    int64_t until;
    const char *fault; /* why the last round could ask nobody; NULL */
};

/* All lines but the bottom one. Texts of appliances are clean in MODEL. */
void page_print(FILE *out, struct page *page);

/* What is left to say when the screen is given back: problems and counts. */
void page_summary(FILE *out, struct page *page);

/* The bottom line: keys, and which part is shown. */
void page_bottom(const struct page *page, char *line, size_t size);

#endif
