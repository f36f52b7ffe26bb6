/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_ASK_H
#define PLUGIN_ASK_H

/* check_asyncos with a configuration: asks the appliance, or judges a capture by its limits. */

#include "plugin/asyncos.h"

/* The functions of struct asyncos_live. */
bool ask(struct arena *arena, struct options *options, struct report *report, struct fault *fault);
bool ask_answers(struct arena *arena, const struct options *options, const char **text,
                 struct fault *fault);

#endif
