/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_PROOF_H
#define PLUGIN_PROOF_H

/*
 * The folder of a run (design.md 8): a capture, the rules that it is judged by (rules.h), a copy of
 * the baseline in baseline/, what `watch` has seen in timeline.jsonl; and what follows from these,
 * report.* and SHA256SUMS. The verdict is always computed from the folder, so a run that asked
 * appliances, one that was given a capture, and an audit years later are the same computation.
 */

#include <stdio.h>

#include "plugin/capture.h"
#include "plugin/rules.h"

/* Names in the folder. */
extern const char proof_rules[], proof_baseline[], proof_timeline[], proof_report[];

/* Writes RULES into DIR, whole or not at all. */
bool proof_put_rules(struct arena *arena, const char *dir, const struct rules *rules,
                     struct fault *fault);

/* The rules of the run in DIR. False with FAULT, as rules_read(). */
bool proof_get_rules(struct arena *arena, const char *dir, struct rules *rules,
                     struct fault *fault);

/* All that a verdict is computed from. */
struct proof {
    struct rules rules;
    struct capture now, before; /* BEFORE is empty without a baseline */
    bool compares;              /* there is a baseline */
};

/* Reads what lies in DIR. False: FAULT says which file is missing or cannot be read. */
bool proof_load(struct arena *arena, const char *dir, struct proof *proof, struct fault *fault);

/* The verdict, from memory alone; REPORT lives in ARENA and points into PROOF. */
void proof_evaluate(struct arena *arena, const struct proof *proof, struct report *report);

/*
 * Both, and what the report says of the folder itself: hashes, what `watch` saw. REPORT lives in
 * ARENA. False: FAULT says which file is missing or cannot be read.
 */
bool proof_judge(struct arena *arena, const char *dir, struct report *report, struct fault *fault);

/* REPORT as the file that PRINT of render.h writes, in ARENA. */
struct span proof_render(struct arena *arena, const struct report *report,
                         void (*print)(FILE *out, const struct report *report));

/* Writes every kept form of REPORT into DIR, each whole or not at all, and SHA256SUMS at last. */
bool proof_seal(struct arena *arena, const char *dir, const struct report *report,
                struct fault *fault);

#endif
