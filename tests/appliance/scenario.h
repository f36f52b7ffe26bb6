/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_SCENARIO_H
#define TESTS_APPLIANCE_SCENARIO_H

/* What an appliance answers at this moment: the document of the present state's scenario. */

#include "tests/appliance/appliance.h"

/*
 * Document ID of NODE, malloc'ed, *N bytes, NUL behind them; NULL when the scenario has none. For a
 * multiplied fleet names are rewritten, and all times are shifted (shift.h). CLI documents are
 * given without the prompt and echo in front and the prompt at the end.
 */
char *scenario_document(struct sim *sim, const struct sim_node *node, const char *id, size_t *n);

#endif
