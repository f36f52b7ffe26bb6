/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_SUBMIT_SUBMIT_H
#define PLUGIN_SUBMIT_SUBMIT_H

/*
 * Results of a collection handed in to a monitoring system, in place of its asking for them: ways
 * are rows of one table. The services are those of nagios/: HOST and asyncos-CHECK; what is about a
 * cluster is one service on the cluster's own host.
 */

#include "plugin/config.h"

/* One result as one service: what `check_asyncos -H NODE -C CHECK` would print, in parts. */
struct submit_service {
    const char *host, *name;
    const char *check;
    int code;             /* 0 to 3 */
    const char *text;     /* lines separated by '\n', without a last one; never a '|' */
    const char *perfdata; /* tokens separated by blanks; "" = none */
};

/* What is handed in. */
struct submit {
    struct arena *arena;
    const struct config *config;
    const struct submit_service *services;
    size_t count;
    const char *source; /* this machine */
    unsigned ttl_s;     /* after so long without a newer result these are stale; 0 = not told */
    int64_t now;
};

/* What was not taken: each reason once, with all that it befell. */
struct submit_loss {
    struct fault fault;    /* the first of its kind */
    const char *names;     /* "HOST!SERVICE, …": the first few besides that one; "" = none */
    size_t count, skipped; /* in all; of these, not even tried after it */
};

struct submit_tally {
    size_t taken;
    struct submit_loss *losses;
    size_t loss_count;
};

struct submitter {
    const char *name;
    const char *help;
    /* Can it work at all? Asked before any appliance is. */
    bool (*ready)(struct arena *arena, const struct config *config, struct fault *fault);
    /* Hands in all of SUBMIT that can be, and counts. */
    void (*send)(const struct submit *submit, struct submit_tally *tally);
};

enum { SUBMIT_WAYS = 3 };

extern const struct submitter submit_rows[SUBMIT_WAYS];

/* The row of that name; NULL with FAULT. */
const struct submitter *submit_find(const char *name, struct fault *fault);

/*
 * The services of REPORT by host and check, in ARENA. Of the members of a cluster the one with the
 * worst state speaks, the first by name among equals. What is about a cluster of an appliance that
 * is in none has no service.
 */
const struct submit_service *submit_services(struct arena *arena, const struct config *config,
                                             const struct report *report, size_t *count);

/* The next token of PERFDATA, which moves behind it; labels in quotes may hold blanks. */
bool submit_token(struct span *perfdata, struct span *token);

/*
 * "TEXT|PERFDATA" of SERVICE for Nagios, which cuts at 8 KiB: of a longer one whole lines of the
 * text give way, and whole numbers. In ARENA.
 */
const char *submit_output(struct arena *arena, const struct submit_service *service);

/* SERVICE was not taken because of FAULT. SKIPPED: nor were so many after it, which nobody tried.
 */
void submit_lost(struct arena *arena, struct submit_tally *tally, const struct fault *fault,
                 const struct submit_service *service, size_t skipped);

/* LOSS in one sentence, in ARENA. */
const char *submit_explain(struct arena *arena, const struct submit_loss *loss);

bool submit_icinga2_ready(struct arena *arena, const struct config *config, struct fault *fault);
void submit_icinga2_send(const struct submit *submit, struct submit_tally *tally);
bool submit_spool_ready(struct arena *arena, const struct config *config, struct fault *fault);
void submit_spool_send(const struct submit *submit, struct submit_tally *tally);
bool submit_nsca_ready(struct arena *arena, const struct config *config, struct fault *fault);
void submit_nsca_send(const struct submit *submit, struct submit_tally *tally);

/* SERVICE as one record of Nagios' check result files. Pure; in ARENA. */
const char *submit_spool_record(struct arena *arena, const struct submit_service *service,
                                int64_t now);

#endif
