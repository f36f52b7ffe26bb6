/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_FLEET_H
#define TESTS_APPLIANCE_FLEET_H

/*
 * The fleet that is played: from a fleet file (README.md) or one scenario folder, with the
 * inventory of the first state's capture.json, multiplied if wanted.
 */

#include "tests/appliance/appliance.h"

struct fleet_source {
    const char *file;     /* fleet file; NULL = none */
    const char *scenario; /* folder; used without a file */
    unsigned copies;      /* 0 = the fleet as it is; N = every appliance N times, renamed */
};

/* Fills nodes, states, faults and shift_s. NULL, or one line that says what is wrong. */
const char *fleet_load(struct sim *sim, const struct fleet_source *source);

/* Adds the fault that TEXT (a JSON object) describes. NULL, or what is wrong. */
const char *fleet_fault(struct sim *sim, const char *text);

#endif
