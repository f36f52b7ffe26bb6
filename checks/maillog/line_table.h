/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_LINE_TABLE_H
#define CHECKS_MAILLOG_LINE_TABLE_H

/*
 * family.def as the hot loop compares it. A form hangs in the chain of the four bytes that stand
 * behind its first number ("MID # ready": "read") or begin it ("Message done": "Mess"); one whose
 * literal is shorter is tried last, for every message of its class. The first that fits wins, in
 * the order of family.def.
 */

#include "checks/maillog/family.h"

/* How a message begins: "MID #", "ICID #", "DCID #", or other words. */
enum line_class { LINE_MID, LINE_ICID, LINE_DCID, LINE_WORDS, LINE_CLASSES };

/* What follows the first literal of a pattern, piece by piece. */
struct line_step {
    uint64_t literal, mask; /* up to eight bytes */
    uint8_t literal_n;
    uint8_t before; /* 0, or what comes before the literal: '#', '?', '$' */
    uint8_t id;     /* which id a '#' is: 0 the first number of the pattern, else 1 */
};

enum { LINE_STEPS = 8, LINE_FORMS = 160, LINE_SLOTS = 2048, LINE_LITERAL = 32 };

/* What decides at the first glance. */
struct line_first {
    char literal[LINE_LITERAL]; /* the first literal, or the beginning of it */
    uint32_t literal_mask;      /* a bit for each byte of it */
    uint8_t literal_n;
    uint8_t family;
    uint8_t quiet_class; /* its class, when the literal is all and its lines are not wanted */
    uint8_t spare[25];   /* 64 bytes */
};

struct line_form {
    struct line_step steps[LINE_STEPS];
    uint8_t class; /* enum line_class */
    uint8_t next;  /* the form to try when this one does not fit; 0 = none */
    uint8_t step_count;
};

struct line_table {
    uint8_t slots[LINE_SLOTS];      /* heads of chains: indexes of forms, which begin at 1 */
    uint8_t fallback[LINE_CLASSES]; /* chains of the forms without four bytes */
    uint8_t count;
    struct line_first firsts[LINE_FORMS] __attribute__((aligned(64)));
    struct line_form forms[LINE_FORMS];
};

/* Where the key of "Message done" and "New SMTP ICID" begins: their first four bytes tell little.
 */
enum { LINE_TABLE_SECOND = 8 };

/* Slot of the four bytes KEY of a message of CLASS. */
static inline uint32_t line_table_slot(uint32_t key, unsigned class)
{
    return ((key + class * 0x9e3779b9u) * 0x85ebca6bu) >> 21;
}

void line_table_fill(struct line_table *table);

#endif
