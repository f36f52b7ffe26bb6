/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SNMP_IMAGE_H
#define SNMP_IMAGE_H

/*
 * The rows of all tables, built at once from the bytes of a report (schema postcheck.report/1) and
 * not changed after. Pure.
 */

#include "snmp/names.h"
#include "snmp/table.h"

struct image {
    struct table_rows tables[TABLE_COUNT]; /* the summary is one row */
    struct table_summary summary;          /* without what only the feed knows */
    int64_t run;                           /* when the newest answer was taken */
};

/*
 * IMAGE of the report BYTES, in ARENA. Names get their numbers from NAMES, which forgets states and
 * alerts that the report no longer has. False with FAULT, and NAMES not changed, when the bytes are
 * cut off, no such report, or do not say of when they are.
 */
bool image_build(struct arena *arena, struct span bytes, const char *path, struct names *names,
                 struct image *image, struct fault *fault);

#endif
