/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_LINE_TABLE_H
#define CHECKS_MAILLOG_LINE_TABLE_H

/*
 * family.def as the hot loop compares it. A form is a pattern without what its class tells already.
 * It hangs in the chain of the first four bytes of what is left ("MID # ready": "read"); one whose
 * literal is shorter is tried last, for every message of its class. The first that fits wins, in
 * the order of family.def.
 */

#include "checks/maillog/family.h"

/* How a message begins. Those behind LINE_WORDS are forks: forms that lead to further forms. */
enum line_class {
    LINE_MID,      /* "MID #" */
    LINE_ICID,     /* "ICID #" */
    LINE_DCID,     /* "DCID #" */
    LINE_MESSAGE,  /* "Message " */
    LINE_NEW,      /* "New SMTP" */
    LINE_START,    /* "Start " */
    LINE_DELIVERY, /* "Delivery" */
    LINE_WORDS,    /* anything else */
    LINE_MID_ICID,
    LINE_MID_INTERIM,
    LINE_CLASSES
};

enum { LINE_STEPS = 4, LINE_FORMS = 160, LINE_SLOTS = 2048, LINE_LITERAL = 32, LINE_PREFIXES = 16 };

/* What makes a message one of CLASS. */
struct line_prefix {
    uint64_t word, mask; /* its first eight bytes, as memory has them; which of them count */
    uint32_t digits;     /* all ones when a number follows */
    uint32_t salt;       /* of the class, for line_table_slot() */
    uint8_t skip;        /* bytes of the prefix; of a fork, behind its parent's */
    uint8_t key;         /* where the key begins, behind prefix and number */
    uint8_t class;       /* enum line_class */
    uint8_t least;       /* digits of the number that there must be */
    uint8_t parent;      /* of a fork: the class of the form that leads to it */
};

/* What decides at the first glance: the literal that stands behind prefix and number. */
struct line_first {
    char literal[LINE_LITERAL]; /* or the beginning of it */
    uint32_t mask;              /* a bit for each byte of it */
    uint8_t n;
    uint8_t class;     /* enum line_class */
    uint8_t spare[26]; /* 64 bytes */
};

/* What follows the first literal of a pattern, piece by piece. */
struct line_step {
    char literal[LINE_LITERAL];
    uint32_t mask;
    uint8_t n;
    uint8_t before; /* 0, or what comes before the literal: '#', '?', '$' */
    uint8_t id;     /* which id a '#' is: 0 the first number of the pattern, else 1 */
};

/* What is to be done behind the first literal. */
enum line_shape { LINE_PLAIN, LINE_NUMBER, LINE_NUMBERS, LINE_ONE, LINE_STEPPED, LINE_FORK };

struct line_form {
    struct line_step steps[LINE_STEPS];
    uint8_t step_count;
    uint8_t shape;  /* enum line_shape */
    uint8_t family; /* enum family */
    uint8_t next;   /* the form to try when this one does not fit; 0 = none */
    uint8_t fork;   /* FORK: the class of its forms */
};

struct line_table {
    struct line_first firsts[LINE_FORMS] __attribute__((aligned(64)));
    uint32_t prefix_multiplier, key_multiplier;
    struct line_prefix prefixes[LINE_PREFIXES]; /* by line_table_prefix() */
    struct line_prefix classes[LINE_CLASSES];
    uint8_t slots[LINE_SLOTS];      /* by line_table_slot(): heads of chains, 0 = none */
    uint8_t fallback[LINE_CLASSES]; /* chains of the forms without four bytes */
    uint8_t count;                  /* of forms, which begin at 1, forks first */
    struct line_form forms[LINE_FORMS];
};

/* Slot of KEY: four bytes, and the salt of the class. */
static inline __attribute__((always_inline)) uint32_t
line_table_slot(const struct line_table *table, uint32_t key)
{
    return (key * table->key_multiplier) >> 21;
}

static inline __attribute__((always_inline)) uint32_t
line_table_prefix(const struct line_table *table, uint32_t begin)
{
    return (begin * table->prefix_multiplier) >> 28;
}

/* A bit for each of N bytes, at most 32. */
static inline __attribute__((always_inline)) uint32_t line_table_mask(size_t n)
{
    return (uint32_t)(((uint64_t)1 << n) - 1);
}

/* One for all readers, made when the first asks for it; nobody changes it. NULL: out of memory. */
const struct line_table *line_table_shared(void);

#endif
