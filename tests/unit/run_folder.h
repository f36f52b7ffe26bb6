/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_RUN_FOLDER_H
#define TESTS_UNIT_RUN_FOLDER_H

/* Folders of runs, judged and sealed from tests/scenarios as `postcheck verify --replay` does. */

#include "tests/unit/folder.h"

#include "plugin/capture.h"
#include "plugin/proof.h"
#include "plugin/record.h"
#include "plugin/sums.h"

static inline void copy_capture(const char *scenario, const char *to)
{
    struct capture capture;
    const char *from = arena_printf(&arena, "tests/scenarios/%s", scenario);
    assert_true(capture_load(&arena, from, NULL, &capture, &fault));
    struct record *record = record_open(&arena, inside(to), &fault);
    assert_non_null(record);
    for (size_t i = 0; i < capture.fleet.count; i++)
        assert_true(record_node(record, &capture.fleet.nodes[i], &fault));
    const struct record_run run = {"2026-03-08T03:10:00Z-1", "CHG1", "J. Doe"};
    assert_true(record_close(record, &run, &capture.fleet, false, &fault));
}

static inline struct rules some_rules(void)
{
    return (struct rules){.phase = "verify",
                          .run_id = "2026-03-08T03:10:00Z-1",
                          .change = "CHG1",
                          .run_operator = "J. Doe",
                          .has_times = true,
                          .started_at = 1772939400,
                          .ended_at = 1772939460,
                          .has_judged_at = true,
                          .judged_at = 1772939460,
                          .judging = {.of_change = true}};
}

/* SCENARIO against `before` (NULL: without baseline), judged by RULES, as the folder NAME. */
static inline struct report make_run(const char *name, const char *scenario, const char *before,
                                     const struct rules *rules)
{
    struct report report;
    copy_capture(scenario, name);
    if (before != NULL)
        copy_capture(before, arena_printf(&arena, "%s/%s", name, proof_baseline));
    assert_true(proof_put_rules(&arena, inside(name), rules, &fault));
    assert_true(proof_judge(&arena, inside(name), &report, &fault));
    assert_true(proof_seal(&arena, inside(name), &report, &fault));
    return report;
}

#endif
