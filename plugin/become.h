/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_BECOME_H
#define PLUGIN_BECOME_H

/* One program that becomes another: the small ones start fast and leave the rest to the large. */

#include "checks/arena.h"

/*
 * Becomes the first program that there is of PLACES: as seen from the folder of this program, or
 * absolute; NULL ends the list. Returns only when there is none; errno then says why.
 */
void become(struct arena *arena, const char *const *places, char **argv);

#endif
