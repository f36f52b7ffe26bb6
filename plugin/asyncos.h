/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_ASYNCOS_H
#define PLUGIN_ASYNCOS_H

/*
 * check_asyncos, but for how appliances are asked: postcheck-replay links no transport, so a replay
 * starts in half the time and memory; for the rest it becomes postcheck-live, which is the same
 * with them. What answers from a state file alone is plugin/check_asyncos.c, which becomes
 * postcheck-replay for everything else.
 */

#include "plugin/run.h"

/* What asks appliances. False: FAULT says why nothing could be asked or judged. */
struct asyncos_live {
    /* Answers OPTIONS by asking, or by judging a capture with what the configuration says. */
    bool (*judge)(struct arena *arena, struct options *options, struct report *report,
                  struct fault *fault);
    /* Asks, for --answers: *TEXT is a line of pack.h. */
    bool (*answers)(struct arena *arena, const struct options *options, const char **text,
                    struct fault *fault);
};

/* Ends the process with one line: the handler of arenas. */
_Noreturn void asyncos_out_of_memory(void);

/* jansson drops members when memory runs out; an answer with less in it must not look whole. */
void asyncos_guard_memory(void);

/* One line on stdout that says what is wrong: the only output of a run that could not judge. */
int asyncos_complain(struct arena *arena, const struct fault *fault);

/* Prints REPORT as FORMAT. Returns the exit code. */
int asyncos_print(const struct report *report, const char *format);

/* CODE, or 3 when stdout could not be written: a full disk must not look like an answer. */
int asyncos_close(int code);

/* The program: its exit code. LIVE is NULL where no transport is linked. */
int asyncos_main(int argc, char **argv, const struct asyncos_live *live);

#endif
