/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PAGE_H
#define CHECKS_PAGE_H

/*
 * What a GUI page of the SMA says about its gateways. Tables are found by what a person sees: the
 * row whose name cell is a gateway's, the column whose header speaks of a status. Only words known
 * as good are good (asyncos-http.md 5).
 */

#include "checks/managed.h"
#include "checks/parse/gui_table.h"

enum page_word {
    PAGE_NO_ROW,
    PAGE_OFF, /* "Not enabled", and nothing says that the service should be on */
    PAGE_GOOD,
    PAGE_GAP,          /* good, but something is said to be missing: struct page_row, gaps */
    PAGE_DOUBT,        /* data that end long before the page was taken */
    PAGE_UNRECOGNISED, /* or no status at all */
    PAGE_WAITING,
    PAGE_BAD
};

/* A page that is known, and what its words mean. */
struct page_kind {
    const struct document_kind *document;
    const char *title;             /* as the GUI heads it in English */
    const char *const *good_words; /* ended by NULL; the operator's for the check count too */
    bool yes_is_good;              /* under a header that asks for "Established" */
    enum config_appliances_service service; /* that it is about; SERVICE_COUNT: all of them */
};

/* A cell that says what is missing. */
struct page_gap {
    struct span cell;
    unsigned line;
};

struct page_row {
    enum page_word word; /* the worst of all rows and cells of the gateway */
    const char *text;    /* that cell, or all cells when no status column was found */
    unsigned line;
    struct page_gap *gaps; /* in all of its rows and cells */
    size_t gap_count;
};

/* State of a finding made from WORD. */
enum state page_state(enum page_word word);

/*
 * When document ID of q->node was asked, if that is known in UTC: by the capture, else by the clock
 * of its `status`, which was asked at about the same time (then it is not EXACT).
 */
bool page_asked_at(const struct question *q, const char *id, struct stamp *when, bool *exact);

/*
 * Is PAGE what it should be: the page that was asked for, of this SMA, taken with the other
 * documents? If not, says so (UNKNOWN).
 */
bool page_fits(const struct question *q, struct result *result, const struct page_kind *kind,
               const struct gui_page *page);

/*
 * What PAGE says of each gateway of LIST, in its order; behind them one more: the worst bad word of
 * rows below theirs that name none of them (a sum, a gateway that nobody expects).
 */
const struct page_row *page_read(const struct question *q, const struct result *result,
                                 const struct page_kind *kind, const struct gui_page *page,
                                 const struct managed_list *list);

#endif
