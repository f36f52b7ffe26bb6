/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_PLAN_H
#define PLUGIN_FETCH_PLAN_H

/*
 * How each kind of document is asked for: one table. Its CLI rows are also the whole list of
 * commands that postcheck can send (design.md 9): see plan_may_send().
 */

#include "checks/fleet.h"

enum fetch_how {
    FETCH_CLI,  /* a command of the CLI, over SSH */
    FETCH_XML,  /* GET of the GUI's port with HTTP Basic */
    FETCH_API,  /* GET of the AsyncOS API */
    FETCH_PAGE, /* a GUI page at a configured path, or a saved page */
    FETCH_LOG,  /* a file, else `grep` over SSH, else the logs API: log.h */
    FETCH_SNMP, /* a walk, where `snmp` is configured */
};

enum fetch_mode {
    FETCH_MODE_MACHINE, /* of this machine: the mode a login lands in (V) */
    FETCH_MODE_CLUSTER  /* restricted to cluster mode: the switch is answered, and undone at the end
                         */
};

struct fetch_row {
    const struct document_kind *kind;
    enum fetch_how how;
    enum fetch_mode mode;
    /* Command, or path with query; of a log its usual name; NULL: the page of the configuration. */
    const char *ask;
    const char *fallback; /* asked when ASK is an unknown command; NULL = none */
    size_t max_bytes;     /* an answer that is longer is FAULT_TOO_BIG; of a log the end is kept */
    unsigned limit_s;     /* for this one answer, within the appliance's deadline */
};

extern const struct fetch_row plan_rows[];
extern const size_t plan_row_count;

/* The row of KIND; NULL for a kind that cannot be asked for (a test holds that there is none). */
const struct fetch_row *plan_row(const struct document_kind *kind);

/* Everything that can be written to a channel of the CLI, and nothing else. */
enum plan_input {
    PLAN_COMMAND,      /* a row's ask or fallback, or what plan_is_grep() knows */
    PLAN_MACHINE,      /* "clustermode machine HOST": back to the mode of the login */
    PLAN_EXIT,         /* "exit" */
    PLAN_YES,          /* "Y", to the question whether to switch to cluster mode, and to no other */
    PLAN_MORE,         /* a blank, to the pager */
    PLAN_INTERRUPT,    /* Ctrl-C, to any other question and to what does not end */
    PLAN_BATCH,        /* the same as the command of an exec channel */
    PLAN_BATCH_CLUSTER /* "clustermode cluster ; " and the command of a row of cluster mode */
};

/*
 * The one gate: the bytes to send for INPUT with TEXT (command or host), in BUFFER, or 0 when that
 * may not be sent: a command that is in no row, a host that is no host name. SCREEN is the last
 * line that the appliance shows: PLAN_YES passes only when it is the restriction question for
 * cluster mode, PLAN_MORE only at the pager, PLAN_COMMAND, PLAN_MACHINE and PLAN_EXIT only at a
 * top-level prompt; the two batch inputs go to a channel that shows nothing yet. There is no input
 * that is an empty line.
 */
size_t plan_may_send(enum plan_input input, struct span text, struct span screen, char *buffer,
                     size_t size);

/*
 * Is TEXT the one form of `grep` that is sent: `grep -e "Www Mmm dd HH:" NAME` for an hour of a log
 * or `grep -e "Www Mmm dd " NAME` for a day (a blank before a day of one digit)? NAME:
 * plan_is_log_name(). Nothing in it can be an option, a pattern or a second command.
 */
bool plan_is_grep(struct span text);

/* May TEXT name a log subscription: letters, digits, '_', '-', '.', not first '-' or '.', 64 at
 * most?
 */
bool plan_is_log_name(struct span text);

/* Where the commands that are typed behind a prompt act. */
enum plan_place {
    PLAN_STANDALONE,    /* "esa1.example.com> " (V) */
    PLAN_MACHINE_PLACE, /* "(Machine esa1.example.com)> " (V) */
    PLAN_GROUP_PLACE,   /* "(Group Main_Group)> " (R) */
    PLAN_CLUSTER_PLACE  /* "(Cluster Example)> " (V) */
};

struct plan_prompt {
    enum plan_place place;
    struct span name; /* host, group or cluster; may hold blanks and dots */
};

/* Is LINE (text behind the last line end, '\r' stripped) a top-level prompt? asyncos-cli.md 1.2. */
bool plan_prompt(struct span line, struct plan_prompt *prompt);
bool plan_is_prompt(struct span line);
/* "-Press Any Key For More-" (V) */
bool plan_is_pager(struct span line);
/*
 * `This command is restricted to "cluster" mode.  Would you like to switch …? [Y]> ` (V UG71); TEXT
 * may be broken into lines by a narrow terminal.
 */
bool plan_is_cluster_question(struct span text);
/* Any other "…]> " or "…: " that may wait for an answer. */
bool plan_is_question(struct span line);

#endif
