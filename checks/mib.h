/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MIB_H
#define CHECKS_MIB_H

/* What the checks that read snmp/walk.txt have in common. */

#include "checks/check.h"
#include "checks/parse/snmp_walk.h"

/* The document of another kind than SNMP that q->node has answered; NULL: nothing shows it alive.
 */
const char *mib_alive(const struct question *q);

/*
 * Facts of the walk of q->node, for a check that lives by it; NULL when it has said why not. A walk
 * that is cut, or has lines that are no values, is said as UNKNOWN: what is absent may be behind
 * it.
 */
const struct snmp_walk *mib_facts(const struct question *q, struct result *result);

/* The text in COLUMN of ROW, else "WORD 2" by its index. */
const char *mib_name(struct arena *arena, const struct snmp_row *row, unsigned column,
                     const char *word);

/*
 * Is VALUE, which is WHAT of SUBJECT, a number? One that is published but no number is said as
 * UNKNOWN, and when it is WANTED also one that is not published.
 */
bool mib_number(struct result *result, const struct snmp_value *value, const char *subject,
                const char *what, bool wanted);

/* What an enumeration of the MIB means. */
struct mib_word {
    int64_t number;
    enum state state;
    const char *words;
    const char *hint;
};

/*
 * Says what VALUE, which is WHAT of SUBJECT, means by its COUNT words; a number that is none of
 * them is UNKNOWN. Nothing when it is not published: NULL then.
 */
struct finding *mib_judge(struct result *result, const struct snmp_value *value,
                          const char *subject, const char *what, const struct mib_word *words,
                          size_t count);

#endif
