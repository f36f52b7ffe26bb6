/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_CONFIG_KEY_H
#define PLUGIN_CONFIG_KEY_H

/* The keys of the configuration file (design.md 7): one table says where each may stand, how its
 * value is read, and where it goes. */

#include "plugin/config.h"

/* Kinds of sections, as bits. */
enum config_place {
    CONFIG_DEFAULTS = 1,
    CONFIG_CLUSTER = 2,
    CONFIG_NODE = 4,
    CONFIG_CHECK = 8,
    CONFIG_CHANGE = 16,
    CONFIG_WAIVER = 32,
    CONFIG_ICINGA = 64
};

/* What values are read into. */
struct config_target {
    struct arena *arena;
    const char *folder; /* of the configuration file, with '/' behind it; "" = the current one */
    struct config *config;
    struct config_node *node;     /* of [defaults], [cluster], [node] and [icinga2] */
    const struct check *check;    /* of [check] */
    struct report_waiver *waiver; /* of [waiver] */
    const char *why;              /* what was wrong with the last value, one sentence in ARENA */
};

struct config_key {
    const char *name;
    unsigned places;    /* enum config_place, or-ed */
    const char *wanted; /* what a value looks like, behind "expected" */
    bool (*read)(struct config_target *target, const struct config_key *key, const char *value,
                 void *field);
    size_t offset;     /* of its field: in config_node, report_waiver, else in config */
    size_t size;       /* of its field */
    const void *extra; /* for READ: a prefix, or words and their values */
    unsigned min, max; /* for READ: of a number */
    bool repeats;      /* may stand in one section more than once */
};

extern const struct config_key config_key_table[];
extern const size_t config_key_count;

/* The key of that name; NULL when there is none. */
const struct config_key *config_key_find(const char *name);

/* Reads VALUE of KEY into TARGET. False: target->why says what is wrong with it. */
bool config_key_read(struct config_target *target, const struct config_key *key, const char *value);

/*
 * "; did you mean 'NAME'?" with that of the COUNT NAMES which is nearest to WORD, or "" when none
 * is near. In ARENA.
 */
const char *config_key_hint(struct arena *arena, struct span word, const char *const *names,
                            size_t count);

#endif
