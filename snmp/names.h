/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SNMP_NAMES_H
#define SNMP_NAMES_H

/*
 * What must outlive the process: the number of each name, the state that each thing was in, and
 * since when. A number is never given to another name. Pure, but for the text that somebody keeps:
 * JSON of schema postcheck.agentx/1.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checks/fault.h"

enum names_kind { NAMES_APPLIANCE, NAMES_CHECK, NAMES_CLUSTER, NAMES_SETTING, NAMES_KINDS };

struct names {
    struct json_t *root;
    struct json_t *seen; /* states and alerts of the report being read: they replace the others */
    bool changed;        /* since the text was taken */
};

/* Empty ones. */
void names_init(struct names *names);
void names_free(struct names *names);

/* Those of TEXT; false when it is not of names_text(), and then NAMES is empty. */
bool names_read(struct names *names, struct span text, const char *path, struct fault *fault);

/* As text, of malloc(); NAMES->changed is false then. */
char *names_text(struct names *names);

/* The number of NAME, from 1 on. */
uint32_t names_number(struct names *names, enum names_kind kind, const char *name);

/* Between names_begin() and names_end() stands one report; what it does not name is forgotten. */
void names_begin(struct names *names);
void names_end(struct names *names);

/*
 * KEY is in STATE at the time NOW. Since when, and which state it had before; 0 when no other
 * was seen.
 */
void names_state(struct names *names, const char *key, uint32_t state, int64_t now,
                 uint32_t *previous, int64_t *since);

/* The number of the alert KEY, and when it was first seen. */
uint32_t names_alert(struct names *names, const char *key, int64_t now, int64_t *since);

#endif
