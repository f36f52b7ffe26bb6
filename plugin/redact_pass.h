/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_REDACT_PASS_H
#define PLUGIN_REDACT_PASS_H

/* One pass of redact() over a text: what it needs to find things and to take them out. */

#include "checks/arena.h"
#include "checks/text.h"

/*
 * One pass over a text. It is made twice: first to learn how long the copy will be, then, only when
 * something is to be taken out, to write it. So a text without secrets costs no memory.
 */
struct redact_pass {
    struct span in;
    size_t from;       /* everything before is in OUT, or counted */
    size_t done;       /* everything before has been looked at: no byte is searched twice */
    bool markup, json; /* the text begins as XML or HTML, as JSON */
    char *out;         /* NULL while counting */
    size_t n;
    bool changed;
    const struct span *needles; /* what the pass looks for; NULL = nothing of its own */
    size_t needle_count;
};

/* PASS over pass.in with SCAN: pass.in itself when nothing was replaced, else a copy in ARENA. */
struct span redact_pass_run(struct arena *arena, void (*scan)(struct redact_pass *),
                            struct redact_pass pass);

/*
 * Puts TEXT in the place of the bytes from BEGIN to END of pass->in; nothing when it stands there
 * already, or when an earlier call reached behind BEGIN.
 */
void redact_pass_replace(struct redact_pass *pass, size_t begin, size_t end, const char *text);

bool redact_pass_is_alnum(char c);    /* ASCII letter or digit */
bool redact_pass_is_word(char c);     /* or '_' or '-' */
bool redact_pass_is_line_end(char c); /* LF, CR, or NUL */

/* COUNT hexadecimal digits at the start of TEXT as a number, or -1. */
int redact_pass_hex(struct span text, size_t count);

#endif
