/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PAGE_H
#define CHECKS_PAGE_H

/*
 * What a GUI page of the SMA says about one appliance. Tables are found by what a person sees: the
 * row that names the appliance, the column whose header speaks of a status. Only words known as
 * good are good (asyncos-http.md 5).
 */

#include "checks/check.h"
#include "checks/parse/gui_table.h"

enum page_word { PAGE_NO_ROW, PAGE_GOOD, PAGE_UNRECOGNISED, PAGE_WAITING, PAGE_BAD };

struct page_row {
    enum page_word word; /* the worst of all rows and status cells of the appliance */
    const char *text;    /* that cell, or all cells when no status column was found */
    unsigned line;
};

/* Names under which the appliance may stand: its own, its address; NULL entries are passed over. */
struct page_names {
    const char *name;
    const char *address;
};

/*
 * BUILT_IN are the words that are good on this page, ended by NULL; the operator's for the result's
 * check count too.
 */
struct page_row page_find(const struct question *q, const struct result *result,
                          const struct gui_page *page, struct page_names names,
                          const char *const *built_in);

#endif
