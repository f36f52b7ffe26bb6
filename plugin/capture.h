/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_CAPTURE_H
#define PLUGIN_CAPTURE_H

/*
 * Captures on disk (design.md 8): DIR/capture.json, which may be missing, and DIR/NODE/<document
 * id>. A folder of pasted outputs without capture.json is a valid capture: its folders are the
 * nodes, and roles follow from the documents present.
 */

#include "checks/fleet.h"

/* A document larger than this is not read (FAULT_TOO_BIG in its place). */
enum { CAPTURE_MAX_DOCUMENT = 32 * 1024 * 1024 };

struct capture {
    struct fleet fleet;
    const char *run_id; /* NULL = not told, as the next two */
    const char *change;
    const char *run_operator;
};

/*
 * Reads the documents of all kinds that any check needs: of all nodes when HOST is NULL, else of
 * those that a check about HOST can want (the others are known by name only). False: DIR cannot be
 * read, holds no node, or its capture.json is broken; FAULT names file and remedy. A document that
 * cannot be read becomes a document with a fault, never a failure of the whole.
 */
bool capture_load(struct arena *arena, const char *dir, const char *host, struct capture *capture,
                  struct fault *fault);

/* The same of all nodes for what record.h wrote: those documents are redacted already. */
bool capture_load_kept(struct arena *arena, const char *dir, struct capture *capture,
                       struct fault *fault);

#endif
