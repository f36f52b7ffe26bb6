/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_CLI_H
#define CHECKS_PARSE_CLI_H

/*
 * The answer of one CLI command, as a person or a session kept it, made plain: what the screen
 * showed (screen.h), without the echo of the command and prompts. asyncos-cli.md 1.2 (V).
 *
 * Shared by the parsers of all CLI documents.
 */

#include <stdbool.h>
#include <stddef.h>

#include "checks/arena.h"
#include "checks/fault.h"
#include "checks/parse/screen.h"
#include "checks/text.h"

enum cli_mode {
    CLI_MODE_UNKNOWN,    /* no prompt seen */
    CLI_MODE_STANDALONE, /* esa1.example.com>  (V) */
    CLI_MODE_MACHINE,    /* (Machine esa1.example.com)>  (V) */
    CLI_MODE_GROUP,      /* (Group Main_Group)>  (R) */
    CLI_MODE_CLUSTER     /* (Cluster Example)>  (V) */
};

struct cli_text {
    struct screen_line *lines; /* of the wanted command only, prompts and echo left out */
    size_t count;
    const struct screen_line *above; /* what stands above the answer: echoes, other commands */
    size_t above_count;
    bool prompt_returned; /* a top-level prompt follows the answer: the command came to its end */
    bool question_open;   /* the text ends in an unanswered "…]> " */
    struct span question; /* that last line */
    enum cli_mode mode;   /* of the last prompt seen */
    struct span host;     /* whose answer: of a standalone or machine prompt, or of the machine
                             that the echo asked; empty when not seen */
    bool too_long;        /* over SCREEN_MAX_LINES or SCREEN_MAX_LINE: the rest was left out */
    bool last_line_open;  /* no line end and no prompt behind the last line: it may be cut off */
};

/*
 * Reads BYTES as the answer to COMMAND ("status", also matches an echo "status detail"). When the
 * text holds a whole session with several echoed commands, only the (last) section of COMMAND is
 * kept. False: empty, binary (NUL bytes that are no UTF-16), or an "Unknown command" answer
 * (FAULT_UNSUPPORTED), or a bare restriction question that nobody answered.
 */
bool cli_read(struct arena *arena, struct span bytes, const char *command, struct cli_text *text,
              struct fault *fault);

/*
 * The appliance that the prompt names, for document_kind: FACTS of a CLI document begin with
 * `struct span host`, a copy of cli_text's.
 */
struct span cli_host(const void *facts);

/* "Label: value" in LINE: label trimmed, value trimmed. False when there is no colon. */
bool cli_pair(struct span line, struct span *label, struct span *value);

/* Number of leading blanks (a tab counts as one). */
size_t cli_indent(struct span line);

/* Is LINE blank or a rule of dashes under a heading? */
bool cli_is_rule(struct span line);

/* Is LINE so long that the next one may only be its hard-wrapped rest? */
bool cli_wrapped(struct span line);

/* Sets FAULT (kind SYNTAX) quoting the first line of TEXT that is not blank. Returns false. */
bool cli_not_recognised(const struct cli_text *text, const char *what, struct fault *fault);

/*
 * Lines FROM … TO-1 as one text in the arena, each trimmed, joined by one blank: undoes hard
 * wrapping.
 */
struct span cli_joined(struct arena *arena, const struct cli_text *text, size_t from, size_t to);

#endif
