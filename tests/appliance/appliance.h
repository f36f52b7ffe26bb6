/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_APPLIANCE_H
#define TESTS_APPLIANCE_APPLIANCE_H

/*
 * The simulator: any number of appliances served from scenario folders by one process, over SSH
 * (libssh's server) and HTTPS (libmicrohttpd), each on ports of 127.0.0.1 that the kernel chose.
 * It shares no code with what it tests but arena and text: no parser of checks/, nothing of
 * plugin/.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "checks/arena.h"
#include "checks/text.h"

/* A fault as data: which appliance, where, what, how much. */
struct sim_fault {
    const char *node;  /* "*" = all */
    const char *on;    /* "ssh", "https" (GUI and API), "gui", "api", or a document id */
    const char *fault; /* word of the list in tests/appliance/README.md */
    int64_t value;     /* bytes, milliseconds, times: by the word; 0 = the word's default */
    bool once;         /* gone after it happened once (per node) */
    bool *used;        /* of a "once" fault: the nodes that it happened to */
};

enum sim_port { SIM_SSH, SIM_GUI, SIM_API, SIM_PORTS };

/* One simulated appliance. What does not change after start needs no lock. */
struct sim_node {
    const char *name;
    bool is_sma;
    const char *cluster, *sma; /* NULL = none */
    const char *origin; /* its name in the scenario: differs when the fleet is a multiplied one */
    int listener[SIM_PORTS]; /* bound all the time; listening unless refusing or down */
    uint16_t port[SIM_PORTS];
    void *host_key, *other_host_key; /* ssh_key */
    /* under sim_lock() */
    unsigned failed_logins; /* more than 10 in two minutes: the client is on the block list */
    int64_t failed_since_ms;
    bool blocked;
    bool down;         /* rebooting */
    int64_t up_ms;     /* monotonic: end of a reboot that a fault began; 0 = none */
    unsigned sessions; /* SSH sessions that are logged in */
};

struct sim_state { /* one state of the timeline */
    const char *name;
    const char *scenario;
    int64_t at_ms;     /* since start; -1 = only on "step" or "state NAME" */
    const char **down; /* appliances that are down in it */
    size_t down_count;
};

struct sim {
    struct arena *arena;
    const char *dir; /* where journal, keys, configuration are written */
    struct sim_node *nodes;
    size_t node_count;
    struct sim_state *states;
    size_t state_count;
    size_t state; /* present one; under the lock */
    struct sim_fault *faults;
    size_t fault_count; /* under the lock */
    int64_t shift_s;    /* what is added to every time in a document; fixed at start */
    const char *user;
    const char *passphrase;
    FILE *journal;
    int64_t started_ms;
    int64_t token_s; /* life of a token */
};

/* One lock for all that changes after start. */
void sim_lock(void);
void sim_unlock(void);

int64_t sim_now_ms(void); /* CLOCK_MONOTONIC */

/*
 * Is there a fault WORD on ON ("ssh", a document id …) of NODE at this moment? Its value (or
 * STANDARD when 0) goes to *VALUE. A "once" fault is used up by the call; it is journalled. After
 * "reboot" the appliance is down for *VALUE milliseconds, and its SSH sessions are broken.
 */
bool sim_fault(struct sim *sim, const struct sim_node *node, const char *on, const char *word,
               int64_t standard, int64_t *value);

/* The same question, but nothing is used up, journalled or set off. */
bool sim_has_fault(struct sim *sim, const struct sim_node *node, const char *on, const char *word);

/* Counts a failed login; more than 10 in two minutes put the client on the block list. */
void sim_failed_login(struct sim_node *node);

/* Is NODE's block list in force (asyncos-cli.md 1.6, V)? */
bool sim_is_blocked(struct sim_node *node);

/* Ends all faults, failed logins, block lists and reboots. */
void sim_clear(struct sim *sim);

/* A descriptor that becomes readable when ports must be opened or closed; sim_woken() empties it.
 */
int sim_wake_fd(void);
void sim_wake(void);
void sim_woken(void);

#endif
