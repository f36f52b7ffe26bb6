/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_FLOW_TEXT_H
#define CHECKS_MAILLOG_FLOW_TEXT_H

/*
 * What the log says in words of messages in flight. Each has a cell under its number, which holds
 * the texts of most: nothing is allocated or freed as messages come and go, and the cell that was
 * left last is used next, while it is warm. Only what is longer than a cell lies elsewhere.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "checks/text.h"

enum {
    FLOW_TEXT_LONGEST = 1024,   /* bytes kept of one text */
    FLOW_TEXT_ENOUGH = 1 << 20, /* of a message: no text is kept behind so many bytes */
    FLOW_TEXT_HEAD = 3,         /* bytes before each: its kind, its length as the machine has it */
    FLOW_TEXT_CELL = 256
};

enum flow_text_kind { TEXT_FROM, TEXT_TO, TEXT_SUBJECT, TEXT_MESSAGE_ID, TEXT_REASON, TEXT_KINDS };

/* Those of one message; all zero at first. */
struct flow_text {
    char *bytes; /* in its cell, or elsewhere when ROOM is more */
    uint32_t n, room;
};

struct flow_texts {
    char **chunks; /* of cells */
    uint32_t chunk_count;
};

void flow_text_release(struct flow_text *of);
void flow_text_free(struct flow_texts *texts); /* all have been released */

/* Adds TEXT to the message of NUMBER (from 1; low ones first). False: out of memory. */
bool flow_text_keep(struct flow_texts *texts, uint32_t number, struct flow_text *of,
                    enum flow_text_kind kind, struct span text);

/* The one at *AT, which moves on; 0 at first. False: there are no more. */
static inline bool flow_text_next(const struct flow_text *of, uint32_t *at,
                                  enum flow_text_kind *kind, struct span *text)
{
    if (*at >= of->n)
        return false;
    const char *from = of->bytes + *at;
    uint16_t n;
    memcpy(&n, from + 1, sizeof(n));
    *kind = (enum flow_text_kind)from[0];
    *text = (struct span){from + FLOW_TEXT_HEAD, n};
    *at += FLOW_TEXT_HEAD + (uint32_t)n;
    return true;
}

/* The texts of NUMBER will be asked for soon. */
void flow_text_expect(const struct flow_texts *texts, uint32_t number);

#endif
