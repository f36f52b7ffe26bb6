/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RENDER_WRAP_H
#define PLUGIN_RENDER_WRAP_H

/* Lines for people: no wider than a terminal of 80 columns. */

#include <stdio.h>

/*
 * TEXT behind LABEL, which may have colours, broken at blanks before column 80; further lines begin
 * below the text. A word that is longer than a line stays whole: it is a name or a fingerprint that
 * somebody will copy.
 */
void wrap_put(FILE *out, const char *label, const char *text);

#endif
