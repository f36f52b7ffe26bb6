/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_WORLD_H
#define TESTS_UNIT_WORLD_H

/* A small fleet and its baseline, filled document by document: for what needs a whole question. */

#include "tests/unit/unit.h"

#include "checks/check.h"
#include "checks/registry.h"

enum { ESA1, ESA2, SMA1, WORLD_NODES, WORLD_DOCUMENTS = 12 };

static struct node world_now[WORLD_NODES], world_then[WORLD_NODES];
static struct fleet fleet_now = {world_now, WORLD_NODES}, fleet_then = {world_then, WORLD_NODES};
static struct question q;

static inline void world_fill(struct node *nodes)
{
    static const char *const names[] = {"esa1.example.com", "esa2.example.com", "sma1.example.com"};
    for (size_t i = 0; i < WORLD_NODES; i++)
        nodes[i] = (struct node){.name = names[i],
                                 .role = i == SMA1 ? ROLE_SMA : ROLE_ESA,
                                 .sma = i == SMA1 ? NULL : names[SMA1],
                                 .documents =
                                     arena_array(&arena, WORLD_DOCUMENTS, sizeof(struct document))};
}

static inline int world_begin(void **state)
{
    (void)set_up(state);
    world_fill(world_now);
    world_fill(world_then);
    q = (struct question){
        .arena = &arena, .fleet = &fleet_now, .baseline = &fleet_then, .node = &world_now[ESA1]};
    return 0;
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, world_begin, tear_down)

static inline int64_t utc(const char *text)
{
    struct stamp stamp;
    int64_t seconds;
    assert_true(time_parse_any(text_of(text), &stamp));
    assert_true(time_utc(stamp, &seconds));
    return seconds;
}

/* The document ID of NODE, taken at TAKEN (RFC 3339; NULL = not told); replaces an older one. */
static inline struct document *give(struct node *node, const char *id, const char *text,
                                    const char *taken)
{
    size_t i = 0;
    while (i < node->document_count && strcmp(node->documents[i].id, id) != 0)
        i++;
    assert_true(i < WORLD_DOCUMENTS);
    node->document_count += i == node->document_count;
    node->documents[i] = (struct document){.id = id,
                                           .bytes = text_of(text),
                                           .has_taken_at = taken != NULL,
                                           .taken_at = taken != NULL ? utc(taken) : 0};
    return &node->documents[i];
}

/* A `status` that says AS_OF and UP_SINCE, as AsyncOS writes them, and how long that is. */
static inline void give_status(struct node *node, const char *as_of, const char *up_since,
                               const char *uptime, const char *taken)
{
    give(node, "cli/status.txt",
         arena_printf(&arena, "Status as of: %s\nUp since: %s%s\nSystem status: Online\n", as_of,
                      up_since, uptime),
         taken);
}

#endif
