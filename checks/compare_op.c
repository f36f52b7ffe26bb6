/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/compare.h"

/* Apart from compare.c: who reads a report needs the words, not the checks. */

static const struct {
    const char *word, *label;
} ops[] = {
    [COMPARE_EQUAL] = {"equal", "the same"},
    [COMPARE_NOT_LESS] = {"not_less", "not less"},
    [COMPARE_BAND] = {"band", "within a band"},
    [COMPARE_SET_EQUAL] = {"set_equal", "the same set"},
    [COMPARE_SET_KEPT] = {"set_kept", "none lost"},
};

const char *compare_op_word(enum compare_op op)
{
    return ops[op].word;
}

const char *compare_op_label(enum compare_op op)
{
    return ops[op].label;
}
