/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_CMD_CMD_H
#define PLUGIN_CMD_CMD_H

/*
 * The subcommands of postcheck: rows of one table, one file each. A command writes its result to
 * OUT and nothing to stdout; complaints are faults.
 */

#include <jansson.h>
#include <stdio.h>

#include "plugin/config.h"
#include "plugin/flags.h"
#include "plugin/judge.h"

/* What is common to all commands. */
struct cmd {
    struct arena *arena;
    const char *config_path; /* -f; NULL = the default */
    struct config config;    /* loaded when the command needs one */
    const char *format;      /* of the command's list; the first when not told */
    const char *output;      /* --output FILE; NULL = stdout */
    bool progress;
    bool colour; /* the result goes to a terminal that may show colours */
    int verbose;
    /* Set by the flags of the commands that have them. */
    const char *record, *baseline, *state;
    const struct via *via; /* who asks in our place; NULL: nobody */
    const char *replay;    /* a capture in place of asking: then there may be no configuration */
    struct judging judging;
    const struct check **checks;
    size_t check_count;
    unsigned timeout_s;
    void *own; /* of the command that has flags of its own */
    int argc;  /* operands: argv[0] … argv[argc - 1] */
    char **argv;
    FILE *out;
};

/* Flags that a command takes besides --format, --output, --no-progress, -v, -h. */
enum {
    CMD_FLAG_CHECK = 1,
    CMD_FLAG_RECORD = 2,
    CMD_FLAG_BASELINE = 4,
    CMD_FLAG_STATE = 8,
    CMD_FLAG_TIMEOUT = 16
};

/* Codes of a command's own flags without a letter begin here; files that one may be given. */
enum { CMD_OWN = 512, CMD_MAX_FILES = 100000 };

struct cmd_row {
    const char *name;
    const char *operands; /* "[NODE]…"; "" = none */
    int min_operands, max_operands;
    const char *help;    /* one line */
    const char *details; /* paragraphs of --help; may be NULL */
    const char *formats[10];
    bool needs_config;
    unsigned flags;
    /* Flags that only this command has, from CMD_OWN on, and what takes them. */
    const struct flag *own;
    const size_t *own_count;
    bool (*take)(struct cmd *cmd, int code, const char *argument, struct fault *fault);
    const char *exits; /* its exit codes, for --help; 3 is always also "could not do its work" */
    /* Returns the exit code; 3 with FAULT set when it could not do its work. */
    int (*run)(struct cmd *cmd, struct fault *fault);
};

extern const struct cmd_row cmd_rows[];
extern const size_t cmd_row_count;

/* Prints ROOT to OUT, a line end behind it, and releases it. */
void cmd_print_json(FILE *out, json_t *root);

extern const struct flag settings_flags[];
extern const size_t settings_flag_count;
bool settings_take(struct cmd *cmd, int code, const char *argument, struct fault *fault);

extern const struct flag poll_flags[];
extern const size_t poll_flag_count;
bool poll_take(struct cmd *cmd, int code, const char *argument, struct fault *fault);

extern const struct flag watch_flags[];
extern const size_t watch_flag_count;
bool watch_take(struct cmd *cmd, int code, const char *argument, struct fault *fault);

int cmd_audit(struct cmd *cmd, struct fault *fault);
int cmd_baseline(struct cmd *cmd, struct fault *fault);
int cmd_checks(struct cmd *cmd, struct fault *fault);
int cmd_discover(struct cmd *cmd, struct fault *fault);
int cmd_doctor(struct cmd *cmd, struct fault *fault);
int cmd_maillog(struct cmd *cmd, struct fault *fault);
int cmd_nodes(struct cmd *cmd, struct fault *fault);
int cmd_poll(struct cmd *cmd, struct fault *fault);
int cmd_report(struct cmd *cmd, struct fault *fault);
int cmd_verify(struct cmd *cmd, struct fault *fault);
int cmd_watch(struct cmd *cmd, struct fault *fault);

#endif
