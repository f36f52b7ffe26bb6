/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_GAP_H
#define CHECKS_GAP_H

/*
 * Missing tracking data (domain.md 0.5, V19). A gap is expected while the gateway was down, and for
 * as long as one file of tracking data covers; one that is longer, or elsewhere, is a finding. One
 * from before the change counts when the baseline's page showed it already.
 */

#include "checks/page.h"

/* What the baseline's page says; read once for all gateways. */
struct gap_before {
    bool known;
    struct managed_list list;
    const struct page_row *rows;
};
struct gap_before gap_before(const struct question *q, const struct result *result);

/*
 * Judges the gaps of ROW, which the availability page says of ITEM. True: all could be read, and
 * findings were said about them. False: not a word was said, the cells are in no known form.
 */
bool gap_judge(const struct question *q, struct result *result, const struct managed *item,
               const struct page_row *row, const struct gap_before *before);

#endif
