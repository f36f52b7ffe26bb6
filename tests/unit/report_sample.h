/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_REPORT_SAMPLE_H
#define TESTS_UNIT_REPORT_SAMPLE_H

/*
 * Reports to render, built by hand: what a renderer is tried on without any appliance. Every check
 * of the registry answers for every appliance, also one that is added later.
 */

#include "plugin/render/report.h"

struct report_sample {
    const char *name;
    struct report *(*make)(struct arena *arena);
};

/*
 * "passing": a cluster of two and its SMA, everything as it should be.
 * "failing": twenty gateways in two clusters, two SMAs, faults of every kind, waivers.
 * "hostile": every text tries to be more than text; no plan, interrupted.
 * A row without a name ends the table.
 */
extern const struct report_sample report_samples[];

/* The middle of the night of the change: 2026-03-08T00:00:00Z. */
#define REPORT_SAMPLE_MIDNIGHT INT64_C(1772928000)

/* What the hostile one says wherever a text stands. */
extern const char report_sample_markup[];

#endif
