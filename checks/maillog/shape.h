/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_SHAPE_H
#define CHECKS_MAILLOG_SHAPE_H

/*
 * What the forms look like that are not recognised: one example per shape, how often each was met.
 * The health figure of the parser (mail-logs.md (d) 25).
 *
 * A shape is a message without what differs from line to line: numbers and hex words become '#',
 * mail addresses '@', what stands in <…> "<@>", in quotes "''", host names, URLs and words with
 * bytes that are no ASCII '*'; a list of any of these is as one of them.
 *
 *     MID 14 Skip <a@example.com> for 192.0.2.1, 192.0.2.2  ->  MID # Skip <@> for #
 *
 * No allocation; the size is fixed whatever comes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/maillog/pack.h"
#include "checks/text.h"

enum {
    SHAPE_MAX = 64,            /* different ones kept; the messages of further ones are counted */
    SHAPE_EXAMPLE_BYTES = 200, /* kept of an example, cut between two characters */
    SHAPE_LOOK_BYTES = 512,    /* of a message that are looked at */
    SHAPE_FORM_BYTES = 160     /* of a shape that tell it from others */
};

struct shape {
    uint64_t count;
    uint64_t hash;
    uint16_t n;                            /* bytes of the example */
    char example[SHAPE_EXAMPLE_BYTES + 1]; /* the first message met: valid UTF-8 without control
                                              characters ('?' in their place), ends in NUL */
};

struct shapes { /* none met: COUNT and OTHERS are 0 */
    size_t count;
    uint64_t others; /* messages of shapes that found no room */
    struct shape of[SHAPE_MAX];
};

/* One more message; any bytes. The first message of each shape is kept. */
void shape_add(struct shapes *shapes, struct span message);

/* What FROM met was met after what TO met. */
void shape_merge(struct shapes *to, const struct shapes *from);

/* The shape of MESSAGE in words, ended by NUL; the bytes of it. */
size_t shape_form(struct span message, char form[SHAPE_FORM_BYTES + 1]);

/* Indices of the shapes, most frequent first; of equals the first met. Returns their number. */
size_t shape_order(const struct shapes *shapes, uint8_t order[SHAPE_MAX]);

/* All of it, saved or loaded. */
void shape_pack(struct shapes *shapes, struct pack *pack);

#endif
