/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_WATCH_MODEL_H
#define PLUGIN_WATCH_MODEL_H

/*
 * What `postcheck watch` knows of the fleet: the stage of each appliance and since when, who
 * receives in each cluster, and what is wrong. Knows no clock, terminal or file.
 */

#include "checks/stage.h"
#include "plugin/config.h"

/* A reboot into a new release takes up to 20 minutes (domain.md 0, 5). */
enum { MODEL_DOWN_S = 30 * 60 };

/* What one round says of an appliance; without pointers, for it comes through a pipe. */
struct model_sight {
    struct stage stage;
    bool cli_refused, web_refused; /* a login was refused: not asked again */
    char refused[STAGE_TEXT];
};

struct model_node {
    const struct config_node *config;
    struct stage stage;
    bool seen; /* by this program; else STAGE is the baseline's and the journal's */
    bool has_since, has_answered;
    int64_t since;       /* of the stage, UTC */
    int64_t answered_at; /* last, UTC */
    bool cli_refused, web_refused;
    char refused[STAGE_TEXT];
    bool has_verdict;
    struct stage_verdict verdict;
    enum state state; /* of PROBLEM, which may be the stage's own */
    char problem[STAGE_TEXT + 64];
};

struct model_cluster {
    const char *name;
    size_t members, receiving, untold;
    bool seen;                      /* every member */
    const struct model_node *build; /* a member on a new release; NULL = none yet */
    enum state state;
    char problem[STAGE_TEXT + 64];
};

struct model {
    const char *change;       /* NULL = not told */
    struct model_node *nodes; /* as in the configuration */
    size_t node_count;
    struct model_cluster *clusters; /* by name */
    size_t cluster_count;
    size_t *order; /* of the nodes: the worst first, then those in the middle of it */
    size_t counts[STAGE_COUNT];
    size_t complete;  /* nothing is left but to verify, or verified */
    enum state state; /* the worst of all problems */
};

void model_init(struct arena *arena, const struct config *config, struct model *model);

/* Takes what a round says of node INDEX at AT; returns the stage of before. */
struct stage model_take(struct model *model, size_t index, const struct model_sight *sight,
                        int64_t at);

/* What follows for clusters, order, counts and problems at NOW. */
void model_judge(struct model *model, int64_t now);

/* An event of the time line that a change of stage shows. */
struct model_event {
    const char *word;     /* of timeline_words */
    const char *document; /* NULL = none */
    bool release;         /* it is about stage.now.release */
};
enum { MODEL_EVENTS = 8 };

/* What was seen to happen from BEFORE to NOW, in order; returns how many. Each holds now. */
size_t model_events(const struct stage *before, const struct stage *now,
                    struct model_event events[MODEL_EVENTS]);

#endif
