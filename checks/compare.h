/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_COMPARE_H
#define CHECKS_COMPARE_H

/*
 * What an appliance says now beside what it said in the baseline: field by field, each with an
 * operator that its check declares (domain.md 4.1: equality, nothing lost, within a band). A
 * comparison judges nothing by itself; a check says in its own words what it means that one does
 * not hold. Reports list them all, also those that hold.
 */

#include <stdbool.h>
#include <stddef.h>

#include "checks/text.h"

enum compare_op {
    COMPARE_EQUAL,     /* the same text, but for letter case */
    COMPARE_NOT_LESS,  /* a number that may only grow */
    COMPARE_BAND,      /* a number between before / band and before x band */
    COMPARE_SET_EQUAL, /* the same members, in any order */
    COMPARE_SET_KEPT   /* no member lost; new ones may be there */
};

struct compare_spec {
    const char *name; /* snake_case, unique within its check */
    enum compare_op op;
    const char *help; /* one line for people: "members of the cluster" */
    double band;      /* of COMPARE_BAND, above 1 */
};

struct question;
struct result;

const char *compare_op_word(enum compare_op op);  /* "equal", "not_less": machine formats */
const char *compare_op_label(enum compare_op op); /* "the same", "not less": people */

/*
 * Records a comparison of RESULT's check under the spec NAME and returns whether it holds. Nothing
 * is recorded, and true returned, when there is nothing to compare: the question has no baseline,
 * the baseline did not know the appliance, or both sides are empty. One side that is empty is not
 * told: then it does not hold, for a field that cannot be compared is not proven equal. So a check
 * that speaks of a difference looks first whether both sides are there.
 */
bool compare_text(const struct question *q, struct result *result, const char *name,
                  const char *instance, struct span before, struct span after);

/* Numbers; HAS_… false: not told. */
bool compare_number(const struct question *q, struct result *result, const char *name,
                    const char *instance, bool has_before, double before, bool has_after,
                    double after);

/* Members of a set, letter case ignored, each counted once. NULL: not told. Order does not matter.
 */
bool compare_set(const struct question *q, struct result *result, const char *name,
                 const char *instance, const struct span *before, size_t before_count,
                 const struct span *after, size_t after_count);

#endif
