/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_SKETCH_H
#define CHECKS_MAILLOG_SKETCH_H

/*
 * The most frequent texts of a stream in bounded memory (Space-Saving: Metwally, Agrawal, El
 * Abbadi 2005). A text that is more frequent than total / counters is always among the counters.
 * The same texts in the same order give the same list.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/maillog/flow.h"
#include "checks/maillog/pack.h"
#include "checks/text.h"

/* What is kept of a text: longer ones that begin alike are one. */
enum { SKETCH_TEXT = 128, SKETCH_MAX_COUNTERS = 1 << 20 };

struct sketch;

/*
 * COUNTERS: 1 to SKETCH_MAX_COUNTERS, else the nearest; 180 bytes each, touched when used first.
 * NULL: out of memory.
 */
struct sketch *sketch_new(size_t counters);
void sketch_free(struct sketch *sketch); /* NULL is allowed */

/* TEXT came WEIGHT times more; it is copied. An empty text and no weight do nothing. */
void sketch_add(struct sketch *sketch, struct span text, uint64_t weight);

/* Everything added so far, whatever became of its counter. */
uint64_t sketch_total(const struct sketch *sketch);

/*
 * The most frequent texts, most first, equal ones by their bytes; at most ROOM. Returns their
 * number. A count is never too low and too high by at most `error`. The texts point into the
 * sketch and live until the next sketch_add().
 */
size_t sketch_list(struct sketch *sketch, struct flow_top *tops, size_t room);

/*
 * All of it, saved, or loaded into an empty sketch of as many counters: it goes on as the one that
 * was saved, also where several texts are the least frequent.
 */
void sketch_pack(struct sketch *sketch, struct pack *pack);

#endif
