/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_TRICK_H
#define TESTS_APPLIANCE_TRICK_H

/* Answers of the CLI that look as if they had ended. */

#include "tests/appliance/screen.h"

/*
 * HEAD and TAIL of the answer of COMMAND with PROMPT between them, all in one piece: as a line, or
 * with the echo of another command (ECHO 1) or of this one (2) behind it.
 */
void trick_prompt_inside(struct screen *screen, const char *prompt, const char *command,
                         struct span head, struct span tail, int64_t echo);

/* Stops behind PROMPT until somebody believes it, but not longer than MS, and goes on. */
void trick_prompt_pause(struct screen *screen, const char *prompt, struct span head,
                        struct span tail, int64_t ms);

#endif
