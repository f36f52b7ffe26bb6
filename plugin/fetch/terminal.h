/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_TERMINAL_H
#define PLUGIN_FETCH_TERMINAL_H

/*
 * What the CLI's terminal shows, as a state machine without any socket: bytes in, and out of them
 * whether the appliance waits for something (asyncos-cli.md 1.2, 1.3). It learns the prompt, so
 * that a line of an answer that merely looks like one does not count, and keeps the bytes of one
 * command as they came: they are the document.
 */

#include "checks/arena.h"
#include "plugin/fetch/plan.h"

enum terminal_event {
    TERMINAL_NOTHING,          /* nothing that can be waiting */
    TERMINAL_PROMPT,           /* a top-level prompt: the command is over */
    TERMINAL_PAGER,            /* wants a key */
    TERMINAL_CLUSTER_QUESTION, /* wants to switch to cluster mode */
    TERMINAL_QUESTION,         /* ends in "]> ", if nothing follows */
    TERMINAL_COLON /* ends in ": ", which may be a question if nothing follows for long */
};

enum { TERMINAL_LINE = 512 };

struct terminal {
    struct arena *arena;
    char *bytes; /* since terminal_begin() */
    size_t used, size, max;
    size_t line;    /* where the last line begins, in BYTES */
    size_t reacted; /* what came before was answered already */
    bool over;      /* more than MAX: the rest was left out */
    size_t keep;    /* only so much of the end is wanted; 0 = all */
    size_t gone;    /* bytes that were dropped because of it */
    void (*dropped)(void *context, struct span bytes); /* what is dropped: whole lines */
    void *context;
    bool begun;     /* echo or text of the command was seen: a prompt now ends it */
    char echo[80];  /* the command without blanks, as the echo is looked for; empty = none */
    size_t echoed;  /* how much of it was seen */
    size_t echo_at; /* where that began */
    bool echoes;    /* an echo was seen before: every command has one */
    bool stray;     /* text stood in front of the echo: the answer before went on behind its end */
    bool knows;     /* PROMPT is known */
    char name[256]; /* of the prompt */
    enum plan_place place;
    char screen[TERMINAL_LINE + 1]; /* the last line as the terminal shows it */
};

/* Empties TERMINAL; its buffer lives in ARENA. */
void terminal_init(struct terminal *terminal, struct arena *arena);

/*
 * From now on the bytes belong to COMMAND, at most MAX of them. The prompt that it was typed behind
 * stands in front. An empty COMMAND is for what is no command: the login, an interruption. MAX 0:
 * any number may come, and only the last of them are kept.
 */
void terminal_begin(struct terminal *terminal, struct span command, size_t max);

/*
 * Behind terminal_begin(): of what comes, the last KEEP bytes are enough. DROPPED is told what goes
 * at the front, whole lines; so terminal_bytes() may begin behind prompt and echo. MAX still bounds
 * all that comes.
 */
void terminal_keep(struct terminal *terminal, size_t keep,
                   void (*dropped)(void *context, struct span bytes), void *context);

/* From now on any number of bytes may come; what is shown stays. */
void terminal_release(struct terminal *terminal);

/* Takes N bytes. False when that is more than MAX in all. */
bool terminal_feed(struct terminal *terminal, const char *bytes, size_t n);

/* What the appliance may be waiting for, seen from the bytes that came so far. */
enum terminal_event terminal_event(struct terminal *terminal);

/* TERMINAL_PROMPT at login or behind a switch of modes: this is the prompt from now on. */
void terminal_learn(struct terminal *terminal);

/* A key was sent: what is shown now is not looked at again. */
void terminal_answered(struct terminal *terminal);

/* Last line as shown; of a question that is wrapped, all of it. Valid until the next call. */
struct span terminal_screen(struct terminal *terminal);

/*
 * Line of BYTES, the answer of one command with prompt and echo, that looks like a prompt of this
 * session or of any member although the answer goes on behind it; 0 = none. Who reads a document
 * ends it there, for sessions are pasted too, and would lose what follows.
 */
unsigned terminal_prompt_inside(const struct terminal *terminal, struct span bytes);

/* The bytes since terminal_begin(). Valid until the next terminal_begin(). */
struct span terminal_bytes(const struct terminal *terminal);

#endif
