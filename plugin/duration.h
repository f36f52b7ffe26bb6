/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_DURATION_H
#define PLUGIN_DURATION_H

/* How long, as people write it: "60", "60s", "45m", "1h". */

#include <stdbool.h>

/* The whole TEXT; false when it is none, or not from MIN to MAX seconds. */
bool duration_parse(const char *text, unsigned min, unsigned max, unsigned *seconds);

#endif
