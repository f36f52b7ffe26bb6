/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_DEPLOY_DEPLOY_H
#define PLUGIN_DEPLOY_DEPLOY_H

/*
 * Configuration of monitoring systems: rows of one table, each printed from the registry and from
 * the options, so a new check or option appears by itself. nagios/ holds the same bytes.
 */

#include "checks/registry.h"
#include "plugin/flags.h"

/* What a printer prints from and into. */
struct deploy {
    FILE *out;
    struct arena *arena;
    const struct flag *flags; /* the options of check_asyncos */
    size_t flag_count;
};

struct deploy_row {
    const char *name;
    const char *file; /* in nagios/ */
    const char *help;
    void (*print)(const struct deploy *deploy);
};

/* What a service that monitors has in common everywhere, in seconds. */
enum {
    DEPLOY_INTERVAL_S = 600, /* each look is a login: not more often without a reason */
    DEPLOY_ATTEMPTS = 3,
    DEPLOY_COLLECT_S = 300, /* between two collections of `postcheck poll --every`, as advised */
    DEPLOY_STALE_S = 1800,  /* without a passive result for so long it is UNKNOWN; told after the
                               attempts, as any other state */
    DEPLOY_TIMEOUT_S = 50   /* of the plugin: below the minute after which the cores kill it */
};

extern const struct deploy_row deploy_rows[];
extern const size_t deploy_count;

/* The row of that name, or NULL. */
const struct deploy_row *deploy_find(const char *name);

/* "nagios-commands, nagios-services, …", in ARENA. */
const char *deploy_names(struct arena *arena);

/* The rows, one a line, with their files. */
void deploy_list(FILE *out);

/*
 * Between two looks at something that is not OK. All DEPLOY_ATTEMPTS together last longer than
 * CHECK's answer may be not final after a start: what settles by itself wakes nobody up. And, but
 * for the check on which the others depend, longer than it takes until that one has been looked at
 * as often: of an appliance that is gone it speaks first, and alone.
 */
unsigned deploy_retry_s(const struct check *check);

/* For how long collected metrics show a fault of CHECK before it is told: in so many collections as
 * there are looks elsewhere, and when it is final. */
unsigned deploy_for_s(const struct check *check);

/* Do the other checks of an appliance tell nobody while this one fails? */
bool deploy_leads(const struct check *check);

/* Is FLAG one that a service may have? Not those that end the program or change its output. */
bool deploy_has(const struct flag *flag);

/* May FLAG be given more than once? */
bool deploy_repeats(const struct flag *flag);

/* "-H", "--baseline": as it is written on a command line. */
const char *deploy_flag(struct arena *arena, const struct flag *flag);

/* "asyncos_ok_word": the variable that fills it. */
const char *deploy_variable(struct arena *arena, const struct flag *flag);

/* TEXT as one line, with ESCAPE before each of the characters SPECIAL; ESCAPE '\0' drops them. */
const char *deploy_line(struct arena *arena, const char *text, const char *special, char escape);

/* "Mailflow": NAME with a capital, as in names of alerts. */
const char *deploy_capital(struct arena *arena, const char *name);

void deploy_nagios_commands(const struct deploy *deploy);
void deploy_nagios_services(const struct deploy *deploy);
void deploy_nagios_passive(const struct deploy *deploy);
void deploy_icinga_commands(const struct deploy *deploy);
void deploy_icinga_services(const struct deploy *deploy);
void deploy_icinga_api_user(const struct deploy *deploy);
void deploy_director_basket(const struct deploy *deploy);
void deploy_prometheus_rules(const struct deploy *deploy);
void deploy_grafana_dashboard(const struct deploy *deploy);

#endif
