/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_FLEET_H
#define CHECKS_FLEET_H

/*
 * What is known of a fleet at one moment: nodes, and the documents that they answered. A baseline
 * is the same thing taken earlier. Filled by a transport (replay of a capture, live
 * sessions); read by checks through fleet_facts().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/arena.h"
#include "checks/fault.h"
#include "checks/text.h"
#include "checks/time.h"

enum role { ROLE_ESA = 1, ROLE_SMA = 2, ROLE_ANY = ROLE_ESA | ROLE_SMA };

/*
 * A kind of document: where it lies in a capture, and how to read it. One constant per pair in
 * checks/parse/. A kind whose id holds one '*' stands for a family, one document per managed
 * appliance ("https/tracking_messages/" "*" ".json").
 */
struct document_kind {
    const char *id;    /* path inside the node's folder of a capture */
    const char *asked; /* how it is asked for, in the operator's words: "CLI displayalerts" */
    enum role roles;   /* which appliances have it */
    size_t facts_size;
    /*
     * Reads BYTES into *FACTS (zeroed, facts_size bytes; spans point into BYTES or the arena).
     * False: nothing in it was recognised as this document; FAULT says why, quoting the
     * text. A document that is recognised in part is true; the checks look at presence bits.
     * Never fails for lack of memory, never prints, any bytes are allowed.
     */
    bool (*parse)(struct arena *arena, struct span bytes, void *facts, struct fault *fault);
    /* The appliance that the answer itself names; empty = not told. NULL: this kind never tells. */
    struct span (*host)(const void *facts);
};

/* One answer of one appliance. */
struct document {
    const char *id;
    struct span bytes;
    const struct fault *fault; /* NULL when it was answered */
    bool has_taken_at;
    int64_t taken_at; /* seconds since the epoch, UTC */
    bool has_duration;
    unsigned duration_ms; /* how long asking took */
    const char *vantage;  /* may be NULL: where it was asked from */

    /* Kept by fleet_facts(): each document is parsed once. */
    const struct document_kind *parsed_as;
    const void *facts;
    const struct fault *parse_fault; /* why there are no facts */
};

struct node {
    const char *name;
    enum role role;
    const char *cluster; /* name of its cluster as the inventory tells; NULL = not told */
    const char *sma;     /* name of its SMA as the inventory tells; NULL = not told */
    const char *address; /* NULL = not told */
    bool by_name_only;   /* of the inventory, but this run does not ask it */
    struct document *documents;
    size_t document_count;
};

struct fleet {
    struct node *nodes; /* sorted by fleet_sort() */
    size_t count;
};

/*
 * Sorts the nodes by name without letter case. To be called after the last node was added, and
 * before fleet_node(). False when two names are the same but for case: *TWICE is one of the two.
 */
bool fleet_sort(struct fleet *fleet, const char **twice);

/* Node of that name, letter case ignored; NULL when there is none. */
struct node *fleet_node(const struct fleet *fleet, struct span name);

/* Document of NODE with exactly that id; NULL when nobody asked. */
struct document *fleet_document(const struct node *node, const char *id);

/* Id of one member of a family: the '*' of KIND's id replaced by MEMBER. In ARENA. */
const char *fleet_member_id(struct arena *arena, const struct document_kind *kind,
                            struct span member);

/* Is ID the document of KIND, or one of its family? */
bool fleet_is_of_kind(const struct document_kind *kind, struct span id);

/*
 * Do A and B name one appliance: equal but for case, or one is the first label of the other? The
 * CLI's prompt may show the short name.
 */
bool fleet_same_name(struct span a, struct span b);

/*
 * Facts of NODE's document ID read as KIND, parsed at the first call and kept. NULL with FAULT
 * filled (origin = id) when the document is missing (FAULT_NOT_CAPTURED), was answered by a
 * fault, is empty, or is not recognised. FAULT may be NULL. NODE may be NULL (not captured).
 */
const void *fleet_facts(struct arena *arena, const struct node *node,
                        const struct document_kind *kind, const char *id, struct fault *fault);

/* Forgets what fleet_facts() kept for NODE: before the arena of the facts is released. */
void fleet_forget(struct node *node);

#endif
