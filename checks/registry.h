/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_REGISTRY_H
#define CHECKS_REGISTRY_H

/* All checks, sorted by name: one word per check in registry.def. */

#include <stddef.h>

#include "checks/check.h"

extern const struct check *const registry_checks[];
extern const size_t registry_count;

/*
 * All kinds of documents that the checks need, each once, in the order first needed. In ARENA;
 * *COUNT says how many.
 */
const struct document_kind **registry_kinds(struct arena *arena, size_t *count);

/* The check of that name, or NULL. */
const struct check *registry_find(struct span name);

#endif
